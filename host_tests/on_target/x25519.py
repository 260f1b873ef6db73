"""X25519 by the field machine: `latchkey.crypto.x25519`."""

from latchkey.crypto import x25519
from latchkey.crypto.job import run
from latchkey.errors import Fault

POINT_NOT_ON_CURVE = 600
SHARED_SECRET_ZERO = 603
P = (1 << 255) - 19
h = bytes.fromhex


def _cause(scalar, point):
    try:
        run(x25519.shared(scalar, point))
    except Fault as fault:
        return fault.cause
    return None


def the_vectors_of_rfc_7748_hold():
    # section 5.2
    for scalar, point, result in (
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",  # the highest bit is not looked at
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
        (
            "0900000000000000000000000000000000000000000000000000000000000000",
            "0900000000000000000000000000000000000000000000000000000000000000",
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ),
    ):
        assert run(x25519.shared(h(scalar), h(point))) == h(result)


def both_sides_agree_on_a_secret():
    class Random:
        def __init__(self, scalar):
            self.scalar = h(scalar)

        def fill(self, buf):
            buf[:] = self.scalar

    # section 6.1
    scalar, point = run(x25519.generate(Random("77076d0a7318a57d3c16c17251b26645c6df6b2d9b1ee3e3fba35a4f6e4a5b2a")))
    assert len(scalar) == 32 and len(point) == 32
    scalar2, point2 = run(x25519.generate(Random("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")))
    assert point2 == h("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    assert run(x25519.shared(scalar, point2)) == run(x25519.shared(scalar2, point))


def the_bits_that_are_set_in_every_scalar_do_not_matter():
    scalar = bytearray(range(32))
    expected = run(x25519.shared(scalar, b"\x09" + bytes(31)))
    scalar[0] ^= 7
    scalar[31] ^= 0xC0
    assert run(x25519.shared(scalar, b"\x09" + bytes(31))) == expected


def numbers_above_the_prime_are_the_same_points():
    scalar = bytes(range(7, 39))
    expected = run(x25519.shared(scalar, (9).to_bytes(32, "little")))
    assert run(x25519.shared(scalar, (P + 9).to_bytes(32, "little"))) == expected
    assert run(x25519.shared(scalar, ((1 << 255) + 9).to_bytes(32, "little"))) == expected


def rejects_points_of_small_order():
    # of order 1, 2, 4 and 8, and the same above the prime
    eighth = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
    other = "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"
    points = [h(eighth), h(other)] + [u.to_bytes(32, "little") for u in (0, 1, P - 1, P, P + 1)]
    for point in points:
        assert _cause(bytes(range(32)), point) == SHARED_SECRET_ZERO, point


def rejects_other_lengths():
    for point in (b"", bytes(31), b"\x09" * 33, b"\x04" + bytes(64)):
        assert _cause(bytes(range(32)), point) == POINT_NOT_ON_CURVE
