"""SHA-2 and HMAC against NIST's and the RFC's vectors, and against CPython's, by every kernel that runs on the target."""

import hashlib
import hmac
import random
import re
from math import isqrt

import pytest

from host_tests.crypto.nist import few, vectors
from host_tests.crypto.symmetric_cases import ask
from tools.build.places import ROOT

NAMES = ["sha256", "sha384", "sha512"]
SOURCE = ROOT / "firmware/latchkey/crypto/sha512.py"


@pytest.fixture(params=["viper", pytest.param("portable", marks=pytest.mark.thorough)])
def kernel(request, target):
    target.exec(f"import symmetric\nsymmetric.use({request.param!r})")
    assert kernel_of(target) == request.param
    yield target
    target.exec("symmetric.use('best')")


def kernel_of(target):
    return target.exec("print(symmetric.used('sha512'))").strip()


def some_of(target, cases):
    """As many cases as the target does in a few seconds."""
    return few(target, cases, 8 if kernel_of(target) == "portable" else 40)


@pytest.mark.parametrize("name", NAMES)
def test_gives_nists_digests_of_short_and_long_messages(kernel, name):
    cases = [v for kind in ("Short", "Long") for v in vectors(f"hashes/SHA2/{name.upper()}{kind}Msg.rsp") if "Msg" in v]
    most = 30_000 if kernel.slowness > 1 or kernel_of(kernel) == "portable" else 1_000_000  # bits
    some = some_of(kernel, [v for v in cases if int(v["Len"]) < most])
    messages = [(bytes.fromhex(v["Msg"])[: int(v["Len"]) // 8],) for v in some]
    assert ask(kernel, "hashed", messages, name) == [v["MD"] for v in some]


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_cpython_at_every_length_around_a_block(kernel, name):
    rng = random.Random(name)
    lengths = some_of(kernel, [*range(300), 1000, 1023, 1024, 1025, 4096])
    messages = [rng.randbytes(n) for n in lengths]
    expected = [hashlib.new(name, m).hexdigest() for m in messages]
    assert ask(kernel, "hashed", [(m,) for m in messages], name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_gives_the_macs_of_rfc_4231(kernel, name):
    cases = [v for v in vectors(f"HMAC/rfc-4231-{name}.txt") if "Key" in v]
    assert len(cases) >= 6
    fields = [(bytes.fromhex(v["Key"]), bytes.fromhex(v["Msg"])) for v in cases]
    assert ask(kernel, "maced", fields, name) == [v["MD"] for v in cases]


@pytest.mark.parametrize("name", NAMES)
def test_macs_agree_with_cpython_for_keys_around_a_block(kernel, name):
    rng = random.Random(name)
    block = hashlib.new(name).block_size
    sizes = [0, 1, 31, 32, 48, 64, block - 1, block, block + 1, 2 * block + 3]
    cases = [(rng.randbytes(size), rng.randbytes(rng.randrange(300))) for size in sizes]
    expected = [hmac.new(key, message, name).hexdigest() for key, message in cases]
    assert ask(kernel, "maced", cases, name) == expected


def test_the_constants_of_sha_512_are_roots_of_primes():
    primes = [n for n in range(2, 410) if all(n % d for d in range(2, isqrt(n) + 1))]
    assert len(primes) == 80

    def fraction(root):
        return (root & (1 << 64) - 1).to_bytes(8, "big")

    def cube_root(n):
        root = 1 << -(-n.bit_length() // 3)
        while root**3 > n:  # Newton's method, from above
            root = (2 * root + n // root**2) // 3
        return root

    tables = {
        name: bytes.fromhex("".join(re.findall(r"\\x(..)", text)))
        for name, text in re.findall(r"^(_\w+) = \((.*?)^\)", SOURCE.read_text(), re.M | re.S)
    }
    assert tables["_K"] == b"".join(fraction(cube_root(p << 192)) for p in primes)
    assert tables["_H512"] == b"".join(fraction(isqrt(p << 128)) for p in primes[:8])
    assert tables["_H384"] == b"".join(fraction(isqrt(p << 128)) for p in primes[8:16])
