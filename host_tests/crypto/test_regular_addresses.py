"""Machine code that handles secrets executes the same instructions and touches the same addresses, in the same order, whatever the secret:
seen from outside the emulated board, by a plugin of QEMU's (bench/address_trace.c). Equal counts are shown by on_target/regularity.py,
those of the interpreter's part by on_target/regular_calls.py.
"""

import pytest

from host_tests.targets.emulated import Emulated
from tools.bench.address_trace import traced

pytestmark = pytest.mark.targets("cortex_m", "armv6m", "rv32", "xtensa")

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SCALARS = [k.to_bytes(32, "big") for k in (1, 2, N - 1, 1 << 255, (1 << 255) - 1, 3**150)]
SCALARS_384 = [k.to_bytes(48, "big") for k in (1, (1 << 383) - 1, 3**240)]
KEYS = [bytes(16), b"\xff" * 16, bytes(range(16))]

VIPER = """
from latchkey.crypto import aes, kernel_viper_aes, kernels
kernels._found = "native"
aes._kernel = kernel_viper_aes  # which stands behind the firmware's own
"""
RUN = "from latchkey.crypto.job import run\nfrom latchkey.crypto import p256, p384, ecdsa_sign\nsecret = bytes.fromhex('{}')\n"
SHARED = RUN + "run(p256.shared(secret, p256.CURVE.base))"
PUBLIC = RUN + "run(p256.public(secret))"
SHARED_384 = RUN + "run(p384.shared(secret, p384.CURVE.base))"
X25519 = RUN + "from latchkey.crypto import x25519\nrun(x25519.shared(secret, b'\\x09' + bytes(31)))"
SIGNED = RUN + "run(ecdsa_sign.sign_with(23, secret, bytes(range(32)), b''))"
SEALED = """
from latchkey.crypto.gcm import AESGCM
aead = AESGCM(bytes.fromhex('{}'))
buf = bytearray(116)
aead.seal_start(bytearray(12), b"additional", buf, 0, 100)
while not aead.step():
    pass
"""
AUTHENTICATED = """
from latchkey.crypto.hashes import HMAC
mac = HMAC(bytes.fromhex('{}'), "sha384")
mac.update(b"label and seed")
mac.digest_into(bytearray(48))
"""
# What ran, lest another kernel be watched than the one that is meant
CURVES = (
    "\nfrom latchkey.crypto.field import machine\nassert set(k.NAME for k in machine._kernels.values()) == {{'KERNEL'}}, machine._kernels"
)
CIPHERS = "\nfrom latchkey.crypto import aes, gcm\nassert (aes.kernel().NAME, gcm.kernel().NAME) == ('KERNEL', 'KERNEL')"
HASHES = "\nfrom latchkey.crypto import sha512\nassert sha512.kernel().NAME == 'KERNEL'"


def judge(target: Emulated, kernel: str, code: str, secrets: list[bytes]) -> None:
    traces = {traced(code.format(secret.hex()).replace("KERNEL", kernel), target.core) for secret in secrets}
    assert len(traces) == 1
    (trace,) = traces
    assert trace.instructions > 10_000
    assert trace.accesses > 1_000


@pytest.mark.targets("cortex_m")
@pytest.mark.parametrize(
    ("kernel", "code", "secrets"),
    [
        pytest.param("thumb2 umaal", SHARED + CURVES, SCALARS, id="shared secret"),
        pytest.param("thumb2 umaal", PUBLIC + CURVES, SCALARS, id="public point"),
        pytest.param("thumb2 umaal", SHARED_384 + CURVES, SCALARS_384, id="shared secret over P-384"),
        pytest.param("thumb2 umaal", SIGNED + CURVES, SCALARS, id="signature"),
        pytest.param("thumb2 umaal", X25519 + CURVES, SCALARS[::2], id="X25519"),
        pytest.param("thumb2", SEALED + CIPHERS, KEYS, id="sealing"),
    ],
)
def test_thumb2_executes_and_touches_the_same_whatever_the_secret(target: Emulated, kernel: str, code: str, secrets: list[bytes]) -> None:
    judge(target, kernel.replace("umaal", "umlal") if target.core == "m3" else kernel, code, secrets)


@pytest.mark.targets("rv32", "xtensa")
@pytest.mark.parametrize(
    ("code", "secrets"),
    [
        pytest.param(SHARED_384, SCALARS_384, id="shared secret over P-384"),
        pytest.param(SIGNED, SCALARS[::2], id="signature"),
        pytest.param(X25519, SCALARS[::2], id="X25519"),
    ],
)
def test_the_kernel_for_any_modulus_executes_and_touches_the_same_whatever_the_secret(
    target: Emulated, code: str, secrets: list[bytes]
) -> None:
    judge(target, target.core, code + CURVES, secrets)


@pytest.mark.targets("rv32", "xtensa")
@pytest.mark.parametrize(
    ("code", "secrets"),
    [
        pytest.param(SHARED + CURVES, SCALARS, id="shared secret"),
        pytest.param(PUBLIC + CURVES, SCALARS, id="public point"),
        pytest.param(SEALED + CIPHERS, KEYS, id="sealing"),
    ],
)
def test_a_cores_own_kernel_executes_and_touches_the_same_whatever_the_secret(target: Emulated, code: str, secrets: list[bytes]) -> None:
    judge(target, target.core, code, secrets)


@pytest.mark.parametrize(
    ("code", "secrets"),
    [
        pytest.param(VIPER + SHARED + CURVES, SCALARS[::2], id="shared secret"),
        pytest.param(VIPER + PUBLIC + CURVES, SCALARS[::2], id="public point"),
        pytest.param(VIPER + SHARED_384 + CURVES, SCALARS_384, id="shared secret over P-384"),
        pytest.param(VIPER + SEALED + CIPHERS, KEYS, id="sealing"),
        pytest.param(AUTHENTICATED + HASHES, KEYS, id="authenticating by SHA-384"),
    ],
)
def test_viper_executes_and_touches_the_same_whatever_the_secret(target: Emulated, code: str, secrets: list[bytes]) -> None:
    judge(target, "viper", code, secrets)


LOOKUP = """
import micropython
@micropython.viper
def look_up(table: ptr8, i: int) -> int:
    return table[i]
look_up(bytearray(64), {})
"""


def test_a_look_up_by_a_secret_index_is_seen(target: Emulated) -> None:
    zero, again, other = (traced(LOOKUP.format(index), target.core) for index in ("00", "00", "32"))
    assert zero == again
    assert (zero.instructions, zero.accesses) == (other.instructions, other.accesses)
    assert zero.order != other.order
