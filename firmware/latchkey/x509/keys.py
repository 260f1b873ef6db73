"""AlgorithmIdentifiers of certificate signatures, and the public keys they verify under (RFC 3279, 4055, 5480, 5758).

Signature algorithms become TLS's scheme numbers; there are rows for ECDSA, PKCS#1 v1.5 and PSS with SHA-256, SHA-384 and SHA-512 and for
nothing else, so that no weaker hash can be reached from here. All encodings are compared whole: parameters are NULL or absent for
RSA (RFC 4055 section 5 has both accepted), absent for ECDSA (RFC 5758 section 3.2), NULL in an RSA key (RFC 3279 section 2.3.1).
"""

from latchkey.errors import Fault

_SIGNATURE_ALGORITHM = const(521)
_KEY_ALGORITHM = const(523)
_KEY_RSA_SIZE = const(524)
_KEY_RSA_EXPONENT = const(525)
_KEY_RSA_MODULUS = const(526)
_KEY_EC_POINT = const(527)

_ECDSA_SHA = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"  # and 02, 03 or 04
_PKCS1 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01"  # and 01 for a key, 0a for PSS, 0b, 0c or 0d for SHA-2
_EC_KEY = b"\x2a\x86\x48\xce\x3d\x02\x01"
_P256 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
_P384 = b"\x2b\x81\x04\x00\x22"
_LEAST_RSA_BITS = const(2048)


def scheme_of(algorithm):
    """The scheme of an AlgorithmIdentifier (its whole DER as bytes); PSS as with an rsaEncryption key."""
    kind = algorithm[-1]
    if algorithm[:-1] == _ECDSA_SHA and 2 <= kind <= 4:
        return 0x0203 + 0x100 * kind
    at = algorithm.find(b"\x06\x09" + _PKCS1)
    kind = algorithm[at + 10] if at in (2, 3) and len(algorithm) > at + 10 else 0
    if kind == 0x0A:
        from latchkey.x509 import pss

        return pss.scheme_of(algorithm)
    if 0x0B <= kind <= 0x0D and algorithm[:2] == bytes((0x30, len(algorithm) - 2)) and algorithm[13:] in (b"", b"\x05\x00") and at == 2:
        return 0x0101 + 0x100 * (kind - 8)
    raise Fault(_SIGNATURE_ALGORITHM)


def hash_of(scheme):
    """The name of the hash that `scheme_of`'s schemes sign."""
    return ("sha256", "sha384", "sha512")[(scheme & 0xFF if scheme >> 8 == 8 else scheme >> 8) - 4]


def public_key(r, most_rsa_bits):
    """Read a SubjectPublicKeyInfo: `(group, point)`, `(0, n, e)` or `(1, n, e, parameters or None)`."""
    outer = r.open(0x30)
    inner = r.open(0x30)
    oid = r.oid()
    if oid == _EC_KEY:
        if r.tag() != 0x06:  # a curve that is not named
            raise Fault(_KEY_ALGORITHM)
        curve = r.oid()
        r.close(inner)
        key = _ec_key(curve, r.octets_of_bits())
    elif oid == _PKCS1 + b"\x01":
        if r.read(0x05):
            raise Fault(_KEY_ALGORITHM)
        r.close(inner)
        n, e = _rsa_key(r.octets_of_bits(), most_rsa_bits)
        key = (0, n, e)
    elif oid == _PKCS1 + b"\x0a":
        parameters = None
        if r.tag() >= 0:
            from latchkey.x509 import pss

            parameters = pss.parameters(r)
        r.close(inner)
        n, e = _rsa_key(r.octets_of_bits(), most_rsa_bits)
        key = (1, n, e, parameters)
    else:
        raise Fault(_KEY_ALGORITHM)
    r.close(outer)
    return key


def _ec_key(curve, point):
    if curve == _P256:
        group, size = 23, 65
    elif curve == _P384:
        group, size = 24, 97
    else:
        raise Fault(_KEY_ALGORITHM)
    if len(point) != size or point[0] != 4:
        raise Fault(_KEY_EC_POINT)
    return group, point


def _rsa_key(der, most_bits):
    """Modulus (bytes, big-endian) and exponent (int) of an RSAPublicKey within bounds."""
    from latchkey.x509.der import Reader

    r = Reader(der)
    outer = r.open(0x30)
    n = r.unsigned()
    e = r.unsigned()
    r.close(outer)
    r.close(0)
    bits = 8 * len(n)
    while bits and not n[0] >> (bits - 1) % 8:
        bits -= 1
    if not _LEAST_RSA_BITS <= bits <= most_bits:
        raise Fault(_KEY_RSA_SIZE)
    if not n[-1] & 1:
        raise Fault(_KEY_RSA_MODULUS)
    if len(e) > 4 or e == b"\x01" or not e[-1] & 1:
        raise Fault(_KEY_RSA_EXPONENT)
    return n, int.from_bytes(e, "big")
