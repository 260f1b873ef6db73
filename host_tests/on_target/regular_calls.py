"""What works on secrets takes the same instructions for every secret from its call to its return: the interpreter's included, and those of
all that it allocates. (regularity.py and crypto_gcm_regular.py count the machine code alone; crypto/test_regular_addresses.py sees its
addresses.)

MicroPython keeps a number up to 2^30 in a pointer and makes an object of a larger one: so Python that takes a word of a key for a number
allocates by its value. Nothing interrupts this board but its serial ports.
"""

import gc

import emulator

from latchkey.crypto import (
    aes,
    ecdsa_sign,
    gcm,
    hashes,
    kernel_thumb2_aes,
    kernel_thumb2_ghash,
    kernel_viper_aes,
    kernel_viper_ghash,
    kernels,
    p256,
    sha512,
    weierstrass,
    x25519,
)
from latchkey.crypto.field import machine
from latchkey.crypto.job import run

TARGETS = ("cortex_m",)

_KEYS = bytes(16), b"\xff" * 16, bytes(range(16)), bytes(15) + b"\x01", b"\x80" + bytes(15), b"\x5a" * 16
_LONG_KEYS = bytes(32), b"\xff" * 32, bytes(range(32)), bytes(31) + b"\x01", b"\x80" + bytes(31), b"\x5a" * 32
_N = int.from_bytes(p256.CURVE.order[1], "big")
_SCALARS = [k.to_bytes(32, "big") for k in (1, 2, _N - 1, 1 << 255, (1 << 255) - 1, 0x5A5A << 100, 3**150)]

_lap = emulator.lap


def _count(call, secret):
    gc.collect()
    gc.disable()
    _lap()
    call(secret)
    count = _lap()
    gc.enable()
    return count


def _same(call, secrets):
    counts = [0] * len(secrets)
    for _ in range(2):  # what is loaded and remembered at the first time is not counted
        for i, secret in enumerate(secrets):
            _count(call, secrets[0])  # what it leaves makes the heap the same before each
            counts[i] = _count(call, secret)
    assert len(set(counts)) == 1, counts
    assert counts[0] > 500, counts


class _With:
    """Chosen kernels in the place of this core's, for the time of a `with`."""

    def __init__(self, code, ciphers):
        self.code, self.ciphers = code, ciphers

    def __enter__(self):
        self.kept = kernels.which(), aes.kernel(), gcm.kernel()
        kernels._found, (aes._kernel, gcm._kernel) = self.code, self.ciphers
        machine._kernels.clear()

    def __exit__(self, *args):
        kernels._found, aes._kernel, gcm._kernel = self.kept
        machine._kernels.clear()


def _thumb2():
    return _With(kernels.which(), (kernel_thumb2_aes, kernel_thumb2_ghash))


def _viper():
    return _With("native", (kernel_viper_aes, kernel_viper_ghash))


def expanding_a_key():
    for kernel in (kernel_thumb2_aes, kernel_viper_aes):
        _same(kernel.expand, _KEYS)
        _same(kernel.expand, _LONG_KEYS)


def preparing_a_hash_key():
    for kernel in (kernel_thumb2_ghash, kernel_viper_ghash):
        _same(kernel.prepare, _KEYS)


def _sealed(key):
    from latchkey.crypto.gcm import AESGCM

    aead = AESGCM(key)
    buf = bytearray(116)
    aead.seal_start(bytearray(12), b"additional", buf, 0, 100)
    while not aead.step():
        pass
    aead.open_start(bytearray(12), b"additional", buf, 0, 100)
    while not aead.step():
        pass
    aead.wipe()


def sealing_and_opening():
    for chosen in (_thumb2, _viper):
        with chosen():
            _same(_sealed, _KEYS)
            _same(_sealed, _LONG_KEYS)


def _authenticated(name):
    def call(key):
        mac = hashes.HMAC(key, name)
        mac.update(key)
        result = bytearray(mac.size)
        mac.digest_into(result)
        mac.wipe()

    return call


def authenticating_by_hmac():
    assert sha512.kernel().NAME == "viper"
    for name in ("sha256", "sha384", "sha512"):
        _same(_authenticated(name), _LONG_KEYS)
        _same(_authenticated(name), [key * 5 for key in _LONG_KEYS])  # longer than a block: hashed first


def comparing_a_scalar_with_the_order():
    _same(p256.in_range, _SCALARS)


def drawing_a_nonce():
    def drawn(key):
        nonces = ecdsa_sign.Nonces(32)
        run(nonces.draw_into(bytearray(32), p256.CURVE.order[1], key, bytes(range(32)), b"additional"))
        nonces.wipe()

    _same(drawn, _SCALARS)


def agreeing_on_a_key():
    for chosen, name in ((_thumb2, "thumb2 umaal"), (_viper, "viper")):
        with chosen():
            assert machine.kernel_name(p256.CURVE.field) == name
            _same(lambda secret: run(p256.shared(secret, p256.CURVE.base)), _SCALARS[::2])
            _same(lambda secret: run(p256.public(secret)), _SCALARS[::2])


def agreeing_on_a_key_by_x25519():
    assert machine.kernel_name(x25519.FIELD) == "thumb2 umaal"
    _same(lambda secret: run(x25519.shared(secret, b"\x09" + bytes(31))), _SCALARS)


def drawing_a_scalar():
    class Given:
        def __init__(self, scalar):
            self.scalar = scalar

        def fill(self, buf):
            buf[:] = self.scalar

    _same(lambda secret: weierstrass.draw(p256.CURVE.order[1], Given(secret)), _SCALARS)
