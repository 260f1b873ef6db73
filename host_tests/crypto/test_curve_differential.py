"""Curves and signatures against `cryptography` on random input, and on input built to hit what random input never does."""

import hashlib
import hmac
import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils, x25519
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host_tests.crypto.curve_reference import CURVES, P256, P384, Curve, Point
from host_tests.targets import Target, TargetError

pytestmark = pytest.mark.thorough
LIBRARY = {23: ec.SECP256R1(), 24: ec.SECP384R1()}
IMPORTS = """
from latchkey.crypto import ecdsa, ecdsa_sign, p256, p384, x25519
from latchkey.crypto.job import run
h = bytes.fromhex
"""
WATCH = """
taken = []
complete = ecdsa._add_completely
def watch(*a):
    taken.append(1)
    return (yield from complete(*a))
ecdsa._add_completely = watch
"""
quick = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def imported(target: Target) -> None:
    target.exec(IMPORTS)


def scalars(curve: Curve) -> st.SearchStrategy[int]:
    """Any scalar, with the edges and the sparse and dense ones more often."""
    n, bits = curve.n, 8 * curve.size
    edges = st.sampled_from([1, 2, 3, 4, 15, 16, 17, 30, 31, 32, n // 2, n // 2 + 1, *range(n - 34, n)])
    single_bits = st.integers(0, bits - 1).map(lambda i: (1 << i) % n or 1)
    long_runs = st.tuples(st.integers(0, bits - 1), st.integers(1, bits)).map(lambda t: (((1 << t[1]) - 1) << t[0]) % n or 1)
    return st.one_of(st.integers(1, n - 1), edges, single_bits, long_runs)


def public_point(curve: Curve, k: int) -> bytes:
    numbers = ec.derive_private_key(k, LIBRARY[curve.group]).public_key().public_numbers()
    return curve.encode((numbers.x, numbers.y))


def hexed(curve: Curve, number: int) -> str:
    return f"h('{number:0{2 * curve.size}x}')"


@pytest.mark.parametrize("name", CURVES)
def test_public_points_are_cryptographys(target: Target, name: str) -> None:
    curve = CURVES[name]

    @quick
    @given(k=scalars(curve))
    def agrees(k: int) -> None:
        assert target.exec(f"print(run({curve.module}.public({hexed(curve, k)})).hex())").strip() == public_point(curve, k).hex()

    agrees()


@pytest.mark.parametrize("name", CURVES)
def test_shared_secrets_are_cryptographys(target: Target, name: str) -> None:
    curve = CURVES[name]

    @quick
    @given(k=scalars(curve), other=scalars(curve))
    def agrees(k: int, other: int) -> None:
        theirs = public_point(curve, other)
        expected = public_point(curve, k * other % curve.n)[1 : 1 + curve.size]
        assert target.exec(f"print(run({curve.module}.shared({hexed(curve, k)}, h('{theirs.hex()}'))).hex())").strip() == expected.hex()

    agrees()


@pytest.mark.parametrize("name", CURVES)
def test_each_side_verifies_the_others_signatures(target: Target, name: str) -> None:
    curve = CURVES[name]

    @quick
    @given(k=scalars(curve), message=st.binary(max_size=40), algorithm=st.sampled_from([hashes.SHA256(), hashes.SHA384(), hashes.SHA512()]))
    def agrees(k: int, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
        key = ec.derive_private_key(k, LIBRARY[curve.group])
        digest = hashlib.new(algorithm.name, message).digest()
        ours = target.exec(f"print(run(ecdsa_sign.sign_with({curve.group}, {hexed(curve, k)}, h('{digest.hex()}'), b'more')).hex())")
        key.public_key().verify(bytes.fromhex(ours), digest, ec.ECDSA(utils.Prehashed(algorithm)))
        theirs = key.sign(digest, ec.ECDSA(utils.Prehashed(algorithm)))
        assert verdict(target, curve, public_point(curve, k), digest, theirs)
        r, s = utils.decode_dss_signature(theirs)
        assert not verdict(target, curve, public_point(curve, k), digest, utils.encode_dss_signature(r, s % curve.n % (curve.n - 1) + 1))

    agrees()


@pytest.mark.parametrize(("algorithm", "size"), [("sha256", 32), ("sha256", 48), ("sha384", 32), ("sha512", 48)])
def test_nonces_are_drawn_until_one_is_in_range_as_the_rfc_says(target: Target, algorithm: str, size: int) -> None:
    order = (0x09 << 8 * size - 8) + 12345  # of 27 draws one is below it
    key, digest, more = (bytes([byte]) * length for byte, length in ((3, size), (5, size), (7, 32)))
    length = hashlib.new(algorithm).digest_size
    target.exec(
        f"nonces = ecdsa_sign.Nonces({length})\nnonce = bytearray({size})\n"
        f"def draw():\n    run(nonces.draw_into(nonce, h('{order:0{2 * size}x}'), {key!r}, {digest!r}, {more!r}))\n    return nonce.hex()"
    )
    drawn = rfc_6979_nonces(algorithm, order, size, key + digest + more)
    for _ in range(3):
        assert target.exec("print(draw())").strip() == next(drawn).hex()


def rfc_6979_nonces(algorithm: str, order: int, size: int, seed: bytes) -> Iterator[bytes]:
    """Steps b to h of RFC 6979 section 3.2, over bytes: an order of `size` bytes takes as many of each draw."""
    length = hashlib.new(algorithm).digest_size
    k, v = bytes(length), b"\1" * length

    def mac(data: bytes) -> bytes:
        return hmac.digest(k, data, algorithm)

    for step in (b"\0", b"\1"):
        k = mac(v + step + seed)
        v = mac(v)
    while True:
        drawn = b""
        while len(drawn) < size:
            v = mac(v)
            drawn += v
        if 0 < int.from_bytes(drawn[:size], "big") < order:
            yield drawn[:size]
        k = mac(v + b"\0")
        v = mac(v)


def test_x25519_is_cryptographys(target: Target) -> None:
    @quick
    @given(scalar=st.binary(min_size=32, max_size=32), point=st.binary(min_size=32, max_size=32))
    def agrees(scalar: bytes, point: bytes) -> None:
        call = f"run(x25519.shared(h('{scalar.hex()}'), h('{point.hex()}')))"
        try:
            expected = x25519.X25519PrivateKey.from_private_bytes(scalar).exchange(x25519.X25519PublicKey.from_public_bytes(point))
        except ValueError:  # a result of zeros
            with pytest.raises(TargetError, match="603"):
                target.exec(call)
        else:
            assert target.exec(f"print({call}.hex())").strip() == expected.hex()

    agrees()


def verdict(target: Target, curve: Curve, point: bytes, digest: bytes, signature: bytes) -> bool:
    said = target.exec(f"print(run(ecdsa.verify(({curve.group}, h('{point.hex()}')), h('{digest.hex()}'), h('{signature.hex()}'))))")
    assert said.strip() in ("True", "False")
    return said.strip() == "True"


def judged(target: Target, curve: Curve, u1: int, u2: int, public: Point, r: int) -> bool:
    """The verdict on the signature that has these u1, u2 and r."""
    s = r * pow(u2, -1, curve.n) % curve.n
    digest = (u1 * s % curve.n).to_bytes(curve.size, "big") + bytes(64 - curve.size)
    return verdict(target, curve, curve.encode(public), digest, utils.encode_dss_signature(r, s))


def last_digit(k: int) -> int:
    """The odd digit with which a window of four bits ends, for an odd k."""
    return (k & 31) - 16


@pytest.fixture(params=[True, False], ids=["with the comb", "without the comb"])
def comb(request: pytest.FixtureRequest, target: Target) -> bool:
    target.exec(f"p256.CURVE.base_table = p256._base_table if {request.param} else (lambda: None)")
    return request.param


@pytest.mark.parametrize("curve", [P256, P384], ids=["P-256", "P-384"])
def test_an_x_between_order_and_prime_matches_r_plus_n(target: Target, comb: bool, curve: Curve) -> None:
    seeded = random.Random(1)
    x = curve.n
    while (point := curve.lift(x)) is None:
        x += 1
    u1, u2 = seeded.randrange(1, curve.n), seeded.randrange(1, curve.n)
    opposite = curve.times(curve.n - u1, curve.g)
    public = curve.times(pow(u2, -1, curve.n), curve.add(point, opposite))
    assert point[0] >= curve.n
    if point[0] > curve.n:
        assert judged(target, curve, u1, u2, public, point[0] - curve.n)
    assert not judged(target, curve, u1, u2, public, point[0] - curve.n + 1)


def sums_that_end_in_a_doubling(d: int) -> list[tuple[int, int]]:
    """(u1, u2), both odd, for Q = d G: before the last addition, of digit x times Q, or (without the comb) y G, the sum is that already.
    (An even u1 has both negated before they are cut into digits: the sum is the opposite one then, and so is its last addition.)
    """
    n = P256.n
    odd = random.Random(d).randrange(1, n) | 1
    return [((2 * last_digit(odd) - odd) * d % n, odd), (odd, (2 * last_digit(odd) - odd) * pow(d, -1, n) % n)]


@pytest.mark.parametrize("d", [1, 2, 2**200 + 12345, P256.n - 1])
def test_sums_whose_last_addition_is_a_doubling_are_right(target: Target, comb: bool, d: int) -> None:
    curve = P256
    public = curve.times(d, curve.g)
    taken = []
    for u1, u2 in sums_that_end_in_a_doubling(d):
        total = curve.add(curve.times(u1, curve.g), curve.times(u2, public))
        assert total is not None
        target.exec(WATCH)
        assert judged(target, curve, u1, u2, public, total[0] % curve.n)
        taken.append(target.exec("ecdsa._add_completely = complete\nprint(len(taken))").strip())
        assert not judged(target, curve, u1, u2, public, (total[0] + 1) % curve.n)
    assert taken[0 if comb else 1] == "1"  # else the case does not prove what it should


@pytest.mark.parametrize("d", [1, 2**100 + 1, P256.n - 1])
def test_a_sum_at_infinity_matches_nothing(target: Target, comb: bool, d: int) -> None:
    curve = P256
    public = curve.times(d, curve.g)
    for u2 in (1, 2, 2**128 + 1):
        u1 = -u2 * d % curve.n
        assert not judged(target, curve, u1, u2, public, curve.g[0] % curve.n)


@pytest.mark.parametrize("d", [1, P256.n - 2])
def test_small_scalars_and_related_keys_are_right(target: Target, comb: bool, d: int) -> None:
    curve = P256
    public = curve.times(d, curve.g)
    for u1 in (0, 1, 2, 16, curve.n - 1):
        for u2 in (1, 2, 15, curve.n - 1):
            total = curve.add(curve.times(u1, curve.g), curve.times(u2, public))
            if total is None:
                assert not judged(target, curve, u1, u2, public, 5)
            else:
                assert judged(target, curve, u1, u2, public, total[0] % curve.n), (u1, u2)
                assert not judged(target, curve, u1, u2, public, (total[0] + 1) % curve.n), (u1, u2)
