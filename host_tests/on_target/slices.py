"""No slice of public-key work is longer than 1.4 million instructions, 14 ms at 100 MHz, where a core's own machine code does it; than
3.6 million where viper's does, as SHA-384's everywhere.
"""

import gc

import emulator

from latchkey.crypto import ecdsa_sign, p256, p384, verify, x25519
from latchkey.crypto.field import machine
from latchkey.crypto.job import run

TARGETS = ("cortex_m", "rv32", "xtensa")

_MOST = 1400000
_MOST_VIPER = 3600000
_DIGESTS = {23: bytes(range(32)), 24: bytes(range(48))}
_SCALARS = {23: bytes(range(1, 33)), 24: bytes(range(1, 49))}


class _Random:
    def fill(self, buf):
        for i in range(len(buf)):
            buf[i] = i * 37 + 11 & 127


def _keeps_it_short(make, *arguments, most=_MOST):
    """The same job twice: the first one loads and tests."""
    run(make(*arguments))
    gc.collect()  # one that falls into a slice takes as long as one
    job = make(*arguments)
    goes_on = True
    while goes_on:
        start = emulator.instructions()
        goes_on = next(job, None) is not None
        slice = emulator.instructions() - start
        assert slice <= most, slice


def _own(field):
    return machine.kernel_name(field) not in ("viper", "portable")


def key_pairs_are_made_and_points_multiplied_in_short_slices():
    for curve, point in ((p256, p256.CURVE.base), (p384, p384.CURVE.base), (x25519, b"\x09" + bytes(31))):
        assert _own(curve.CURVE.field if curve is not x25519 else x25519.FIELD)
        _keeps_it_short(curve.generate, _Random())
        _keeps_it_short(curve.shared, _SCALARS[24 if curve is p384 else 23], point)


def signatures_are_made_and_verified_in_short_slices():
    for curve, group, scheme in ((p256, 23, 0x0403), (p384, 24, 0x0503)):
        scalar, digest = _SCALARS[group], _DIGESTS[group]
        _keeps_it_short(ecdsa_sign.sign, group, scalar, digest, _Random(), most=_MOST if group == 23 else _MOST_VIPER)
        key = group, run(curve.public(scalar))
        signature = run(ecdsa_sign.sign(group, scalar, digest, _Random()))
        assert run(verify.verify(scheme, key, digest, signature))
        _keeps_it_short(verify.verify, scheme, key, digest, signature)


def rsa_signatures_are_verified_in_short_slices():
    from latchkey.crypto import rsa

    if rsa.kernel().NAME == "portable":
        return
    for size in (256, 384, 512):
        key = 0, b"\xc3" * size, 65537
        signature = b"\x5a" * size
        _keeps_it_short(verify.verify, 0x0401, key, bytes(32), signature)
