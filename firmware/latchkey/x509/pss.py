"""RSASSA-PSS-params (RFC 4055 section 3.1), loaded where a certificate uses them.

Accepted: one hash of SHA-256, SHA-384 and SHA-512 for message and MGF1, a salt as long as the hash (PROTOCOL: one form per scheme),
the trailer field left at its default. Parameters of the hashes may be NULL or absent (RFC 4055 section 2.1).
"""

from latchkey.errors import Fault
from latchkey.x509.der import Reader

_PSS_PARAMETERS = const(522)

_SHA2 = b"\x60\x86\x48\x01\x65\x03\x04\x02"  # and 01 for SHA-256, 02 for SHA-384, 03 for SHA-512
_MGF1 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"


def scheme_of(algorithm):
    """The scheme of a whole AlgorithmIdentifier of id-RSASSA-PSS."""
    r = Reader(algorithm)
    outer = r.open(0x30)
    r.oid()
    if r.tag() < 0:
        raise Fault(_PSS_PARAMETERS)
    name = parameters(r)[0]
    r.close(outer)
    return 0x0804 + ("sha256", "sha384", "sha512").index(name)


def parameters(r):
    """Read RSASSA-PSS-params; returns `(hash, MGF1 hash, salt length)`."""
    outer = r.open(0x30)
    if r.tag() != 0xA0:
        raise Fault(_PSS_PARAMETERS)  # absent means SHA-1
    inner = r.open(0xA0)
    number = _hash(r)
    r.close(inner)
    if r.tag() != 0xA1:
        raise Fault(_PSS_PARAMETERS)
    inner = r.open(0xA1)
    mgf = r.open(0x30)
    if r.oid() != _MGF1 or _hash(r) != number:
        raise Fault(_PSS_PARAMETERS)
    r.close(mgf)
    r.close(inner)
    if r.tag() != 0xA2:
        raise Fault(_PSS_PARAMETERS)
    inner = r.open(0xA2)
    salt = r.number()
    r.close(inner)
    if salt != (32, 48, 64)[number] or r.tag() >= 0:
        raise Fault(_PSS_PARAMETERS)
    r.close(outer)
    name = ("sha256", "sha384", "sha512")[number]
    return name, name, salt


def _hash(r):
    """The number, 0 to 2, of a hash's AlgorithmIdentifier."""
    outer = r.open(0x30)
    oid = r.oid()
    if r.tag() == 0x05 and r.read(0x05):
        raise Fault(_PSS_PARAMETERS)
    r.close(outer)
    if oid[:-1] != _SHA2 or not 1 <= oid[-1] <= 3:
        raise Fault(_PSS_PARAMETERS)
    return oid[-1] - 1
