"""Signing by RSA, by every kernel that runs on the target: what is signed verifies, is blinded, and a fault never leaves."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from host_tests.targets import Target
from tools.laboratory import pki

SCHEMES = {0x0401: "sha256", 0x0501: "sha384", 0x0601: "sha512", 0x0804: "sha256", 0x0805: "sha384", 0x0806: "sha512"}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}

PREPARE = """
import os
from latchkey.crypto import rsa_sign
from latchkey.crypto.job import run
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

class Random:
    drawn = []
    def fill(self, buf):
        buf[:] = os.urandom(len(buf))
        self.drawn.append(bytes(buf))

class Context:
    random = Random()

def key(text):
    n, e, *secrets = [bytearray(bytes.fromhex(field)) for field in text.split()]
    return rsa_sign.RSAKey(bytes(n), int.from_bytes(e, "big"), secrets, Context)

def use(kind):
    rsa_sign._kernel = None
    if kind != "best":
        rsa_sign._kernel = __import__("latchkey.crypto.kernel_" + kind + "_rsa_sign", None, None, ("x",))
"""


def numbers(private: rsa.RSAPrivateKey) -> str:
    n = private.private_numbers()
    values = (n.public_numbers.n, n.public_numbers.e, n.p, n.q, n.dmp1, n.dmq1, n.iqmp)
    return " ".join(value.to_bytes((value.bit_length() + 7) // 8).hex() for value in values)


@pytest.fixture(params=["best", pytest.param("portable", marks=pytest.mark.thorough)])
def kernel(request: pytest.FixtureRequest, target: Target) -> Target:
    """The target, with the kernel of one kind."""
    target.exec(PREPARE)
    target.exec(f"use({request.param!r})")
    return target


def key_of(size: int) -> rsa.RSAPrivateKey:
    private = pki.key(f"rsa{size}", "signs") if size % 1024 == 0 else rsa.generate_private_key(65537, size)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def verify(private: rsa.RSAPrivateKey, scheme: int, digest: bytes, signature: bytes) -> None:
    chosen = HASHES[SCHEMES[scheme]]
    pad = padding.PSS(padding.MGF1(chosen), chosen.digest_size) if scheme >> 8 == 8 else padding.PKCS1v15()
    private.public_key().verify(signature, digest, pad, utils.Prehashed(chosen))


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize("size", [2050, 2056, 3072, 4096])
def test_what_keys_of_other_sizes_sign_verifies(size: int, kernel: Target) -> None:
    signs(kernel, size)


def test_what_is_signed_verifies(kernel: Target) -> None:
    signs(kernel, 2048)


def signs(kernel: Target, size: int) -> None:
    private = key_of(size)
    kernel.exec(f"k = key({numbers(private)!r})")
    for scheme in SCHEMES if size == 2048 and kernel.slowness <= 1 else (0x0401, 0x0804):
        digest = bytes(range(HASHES[SCHEMES[scheme]].digest_size))
        told = kernel.exec(f"print(run(k.sign({scheme}, {digest!r})).hex())")
        verify(private, scheme, digest, bytes.fromhex(told))


def test_pkcs1_signatures_are_the_same_whatever_blinds_them_and_pss_ones_differ(kernel: Target) -> None:
    kernel.exec(f"k = key({numbers(key_of(2048))!r})")
    for scheme, count in ((0x0401, 1), (0x0804, 2)):
        told = kernel.exec(f"print(len(set(run(k.sign({scheme}, bytes(32))) for _ in range(2))))")
        assert told == f"{count}\n"


def test_bases_and_exponents_are_blinded_anew_each_time(kernel: Target) -> None:
    kernel.exec(f"k = key({numbers(key_of(2048))!r})")
    told = kernel.exec("""
real = rsa_sign.kernel()
seen = []
class Watching:
    def power(base, exponent, modulus):
        seen.append((bytes(bytearray(base)), bytes(bytearray(exponent))))  # copies: they are wiped
        return real.power(base, exponent, modulus)
rsa_sign._kernel = Watching
for _ in range(2):
    run(k.sign(0x0401, bytes(32)))
rsa_sign._kernel = real
print(len(seen), len(set(base for base, _ in seen)), len(set(exponent for _, exponent in seen)), max(len(e) for _, e in seen))
""")
    assert told.split() == ["4", "4", "4", str(128 + 8)]


@pytest.mark.parametrize("half", [0, 1])
def test_a_fault_in_one_half_never_leaves(half: int, kernel: Target) -> None:
    """It would give the factors away: gcd(s^e - m, n)."""
    kernel.exec(f"k = key({numbers(key_of(2048))!r})")
    told = kernel.exec(f"""
real = rsa_sign.kernel()
count = [0]
class Faulty:
    def power(base, exponent, modulus):
        result = yield from real.power(base, exponent, modulus)
        if count[0] == {half}:
            result[40] ^= 4
        count[0] += 1
        return result
rsa_sign._kernel = Faulty
for scheme in (0x0401, 0x0804):
    count[0] = 0
    try:
        print("left", run(k.sign(scheme, bytes(32))))
    except Fault as fault:
        print(fault.cause)
rsa_sign._kernel = real
""")
    assert told.split() == ["604", "604"]


def test_nothing_of_the_key_is_left_after_the_wipe(kernel: Target) -> None:
    told = kernel.exec(f"k = key({numbers(key_of(2048))!r})\nk.wipe()\nprint(any(any(secret) for secret in k.secrets))")
    assert told == "False\n"


def test_the_best_kernel_is_chosen(target: Target) -> None:
    target.exec(PREPARE)
    name, core = target.exec("from latchkey.crypto import kernels\nuse('best')\nprint(rsa_sign.kernel().NAME, kernels.which())").split()
    assert name == ("thumb2" if core == "umaal" else "portable")
    assert target.exec("print(kernels.failed)") == "[]\n"


def test_an_inverse_is_one(kernel: Target) -> None:
    assert kernel.exec("print([rsa_sign.inverse(a, 1009) * a % 1009 for a in (1, 2, 500, 1008, 1010, 123456789)])") == f"{[1] * 6}\n"
