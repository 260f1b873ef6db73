"""The P-256 key of a certificate, for chips that give out no public key but in one."""

from latchkey.errors import Fault

_BAD_COMPRESSED_CERTIFICATE = const(819)

# SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480): SEQUENCE, id-ecPublicKey, prime256v1, BIT STRING, uncompressed.
_HEAD = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"


def point_of(der, where):
    """X || Y of the one P-256 key in `der`. That it is the private key's shows in the first signature, which is verified with it."""
    at = der.find(_HEAD) + len(_HEAD)
    if at < len(_HEAD) or len(der) < at + 64 or der.find(_HEAD, at) >= 0:
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, "%s: no certificate of a P-256 key" % where)
    return bytes(der[at : at + 64])
