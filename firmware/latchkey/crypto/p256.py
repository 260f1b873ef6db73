"""NIST P-256, secp256r1 (SEC 2, FIPS 186-5): key agreement, and the curve's constants for signatures.

Scalars are 32 bytes, points 65 (04 || x || y), all big-endian. Jobs: see crypto/job.py.
"""

from latchkey.crypto import scalar as scalars
from latchkey.crypto import weierstrass
from latchkey.crypto.util import wipe

_P = b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
_N = b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"
_B = b"\x5a\xc6\x35\xd8\xaa\x3a\x93\xe7\xb3\xeb\xbd\x55\x76\x98\x86\xbc\x65\x1d\x06\xb0\xcc\x53\xb0\xf6\x3b\xce\x3c\x3e\x27\xd2\x60\x4b"
_G = (
    b"\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
    b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
)


def _base_table():
    try:
        from latchkey.crypto.p256_base import TABLE
    except ImportError:
        return None
    return TABLE


CURVE = weierstrass.Curve(
    23,
    ("p256", _P, b"\xd3\x56\x93\xd6\xa8\x07\x11\x34"),
    ("p256 order", _N, b"\x82\xf2\xc1\x3b\x85\xdc\x17\x1c"),
    _B,
    _G,
    _base_table,
)


def generate(random):
    """Job: a fresh key pair `(scalar, point)`. Its user wipes the scalar, a bytearray. `random` has `fill(buf)`."""
    scalar = scalars.draw(_N, random)
    return scalar, (yield from public(scalar))


def in_range(scalar):
    """Whether 32 bytes are a private key: in [1, order - 1]."""
    return scalars.in_range(scalar, _N)


def public(scalar):
    """Job: the 65-byte public point of a scalar in [1, order - 1]."""
    return bytes((yield from weierstrass.multiply_base(CURVE, scalar)))


def shared(scalar, point):
    """Job: the x-coordinate of scalar times a peer's point, 32 bytes that the user wipes.

    Fault(POINT_NOT_ON_CURVE) for anything but an uncompressed point on the curve; the order is prime, so the result is never the
    point at infinity.
    """
    product = yield from weierstrass.multiply(CURVE, scalar, point)
    x = product[1:33]
    wipe(product)
    return x
