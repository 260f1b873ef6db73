"""ServerKeyExchange: group, point, scheme, signature (RFC 8422 section 5.4, PROTOCOL rules 3 to 5)."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from host_tests.peers import keys
from host_tests.peers.scripted import Script
from tools.laboratory import pki

from .case import EC, RSA, Case, always, appended, flip, put, shortened

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_STRANGER = pki.key("p256", "stranger")
_CONTENT = 64 + 4  # both randoms, then curve type, group, length: where the signed point begins


def _case(name: str, script: Script, cause: str | None = None, alert: int | None = None, **rest) -> Case:
    return Case(name, script, cause, alert, "server_key_exchange" if cause else None, **rest)


def _bad_signature(name: str, script: Script) -> Case:
    return _case(name, script, "BAD_KEY_EXCHANGE_SIGNATURE", 51)


# Parameters, signed as they are sent


def _parameters(name: str, edit, cause: str, **rest) -> Case:
    return _case(name, Script(EC, parameters=edit), cause, 47, **rest)


def _point(name: str, edit, **rest) -> Case:
    """The point is looked at when it is needed."""
    return Case(name, Script(EC, parameters=edit), "POINT_NOT_ON_CURVE", 47, "client_key_exchange", **rest)


def _infinity(parameters: bytes) -> bytes:
    return parameters[:3] + b"\1\0"


def _compressed(parameters: bytes) -> bytes:
    return parameters[:3] + b"\x21" + bytes((2 + (parameters[-1] & 1),)) + parameters[5:37]


def _over_the_field(parameters: bytes) -> bytes:
    """The point (0, sqrt(b)) with its x written as p."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    return parameters[:5] + P.to_bytes(32) + pow(b, (P + 1) // 4, P).to_bytes(32)


# ECDSA


def _ecdsa(edit):
    """A signature of the right key, its (r, s) edited."""

    def sign(content: bytes) -> bytes:
        return encode_dss_signature(*edit(*decode_dss_signature(keys.sign(EC.key, 0x0403, content))))

    return Script(EC, sign=sign)


def _x25519(name: str, point: bytes, cause: str) -> Case:
    def parameters(_: bytes) -> bytes:
        return b"\3\0\x1d" + bytes((len(point),)) + point

    return Case(name, Script(EC, group=keys.X25519, parameters=parameters), cause, 47, "client_key_exchange")


def _ecdsa_der(edit) -> Script:
    """A signature of the right key, its DER edited."""
    return Script(EC, sign=lambda content: edit(keys.sign(EC.key, 0x0403, content)))


def _long_length(der: bytes) -> bytes:
    return der[:1] + b"\x81" + der[1:]


def _padded_integer(der: bytes) -> bytes:
    """r with one zero more in front than DER has."""
    return bytes((0x30, der[1] + 1, 2, der[3] + 1, 0)) + der[4:]


def _indefinite(der: bytes) -> bytes:
    return b"\x30\x80" + der[2:] + b"\0\0"


def _negative(content: bytes) -> bytes:
    """r without the zero that keeps it positive."""
    while True:
        der = keys.sign(EC.key, 0x0403, content)
        if der[4] == 0 and der[3] == 33:
            return bytes((0x30, der[1] - 1, 2, 32)) + der[5:]


# RSA: we have the private key, so we can sign any encoding at all.

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_SHA256_INFO_WITHOUT_NULL = bytes.fromhex("302f300b0609608648016503040201 0420")


def _raw(encoded: bytes) -> bytes:
    private = RSA.key
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.private_numbers()
    return pow(int.from_bytes(encoded), numbers.d, numbers.public_numbers.n).to_bytes(256)


def _pkcs1(encode) -> Script:
    return Script(RSA, scheme=0x0401, sign=lambda content: _raw(encode(hashlib.sha256(content).digest())))


def _padded(info: bytes, first: bytes = b"\0\1", fill: bytes = b"\xff") -> bytes:
    return first + fill * (253 - len(info)) + b"\0" + info


def _pss(salt: int, mgf: hashes.HashAlgorithm) -> Script:
    def sign(content: bytes) -> bytes:
        private = RSA.key
        assert isinstance(private, rsa.RSAPrivateKey)
        return private.sign(content, padding.PSS(padding.MGF1(mgf), salt), hashes.SHA256())

    return Script(RSA, scheme=0x0804, sign=sign)


def _as_number_over_n(content: bytes) -> bytes:
    """A right signature with the modulus added: the same residue, but not below the modulus."""
    private = RSA.key
    assert isinstance(private, rsa.RSAPrivateKey)
    n = private.public_key().public_numbers().n
    return (int.from_bytes(keys.sign(private, 0x0401, content)) + n).to_bytes(257)


CASES = (
    _parameters("picks the group secp256k1", put(1, b"\0\x16"), "GROUP_NOT_OFFERED"),
    _parameters("picks the group zero", put(1, b"\0\0"), "GROUP_NOT_OFFERED"),
    _parameters("picks the group 0x3a3a, a value of GREASE", put(1, b"\x3a\x3a"), "GROUP_NOT_OFFERED"),
    _parameters("describes its curve explicitly, as primes", put(0, b"\1"), "NOT_NAMED_CURVE"),
    _parameters("describes its curve explicitly, in characteristic 2", put(0, b"\2"), "NOT_NAMED_CURVE"),
    _point("sends a point that is not on the curve", flip(-1)),
    _point("sends a point of zeros", put(5, bytes(64))),
    _point("sends the point at infinity", _infinity),
    _point("sends a compressed point", _compressed, openssl=False),
    _point("sends a hybrid point", lambda data: data[:4] + bytes((6 + (data[-1] & 1),)) + data[5:], openssl=False),
    _point("sends a coordinate that is not below the field's prime", _over_the_field),
    _point("sends a point one byte short", lambda data: data[:3] + b"\x40" + data[4:-1]),
    _point("sends a point one byte long", lambda data: data[:3] + b"\x42" + data[4:] + b"\0"),
    _point("sends no point", lambda data: data[:3] + b"\0"),
    # X25519 (rule 4): every 32 bytes are a point, but none may lead to zero
    _case("agrees by X25519", Script(EC, group=keys.X25519)),
    _x25519("sends a point of X25519 of order 1", bytes(32), "SHARED_SECRET_ZERO"),
    _x25519("sends a point of X25519 of order 4", b"\1" + bytes(31), "SHARED_SECRET_ZERO"),
    _x25519("sends a point of X25519 of order 2, not reduced", b"\xec" + b"\xff" * 30 + b"\x7f", "SHARED_SECRET_ZERO"),
    _x25519("sends a point of X25519 one byte short", bytes(range(31)), "POINT_NOT_ON_CURVE"),
    _x25519("sends a point of X25519 one byte long", bytes(range(33)), "POINT_NOT_ON_CURVE"),
    _x25519("sends no point of X25519", b"", "POINT_NOT_ON_CURVE"),
    # Who signed, what, and by which scheme
    _bad_signature("signs its key exchange by another key", Script(EC, sign=lambda content: keys.sign(_STRANGER, 0x0403, content))),
    _bad_signature("signs another point", Script(EC, sign=lambda content: keys.sign(EC.key, 0x0403, flip(_CONTENT + 9)(content)))),
    _bad_signature("signs another client's random", Script(EC, sign=lambda content: keys.sign(EC.key, 0x0403, flip(0)(content)))),
    _bad_signature("signs another server's random", Script(EC, sign=lambda content: keys.sign(EC.key, 0x0403, flip(32)(content)))),
    _bad_signature("leaves the randoms out of what it signs", Script(EC, sign=lambda content: keys.sign(EC.key, 0x0403, content[64:]))),
    _bad_signature("signs with SHA-384 and says SHA-256", Script(EC, sign=lambda content: keys.sign(EC.key, 0x0503, content))),
    _case("signs with SHA-1, which was not offered", Script(EC, scheme=0x0203), "SCHEME_NOT_OFFERED", 47),
    _case("signs with SHA-224, which was not offered", Script(EC, scheme=0x0303, sign=always(bytes(70))), "SCHEME_NOT_OFFERED", 47),
    _case("signs with Ed25519, which was not offered", Script(EC, scheme=0x0807, sign=always(bytes(64))), "SCHEME_NOT_OFFERED", 47),
    _case("signs with PKCS#1 and SHA-1, which was not offered", Script(RSA, scheme=0x0201), "SCHEME_NOT_OFFERED", 47),
    _case(
        "signs with 0x4a4a, a value of GREASE", Script(EC, mutate={"server_key_exchange": put(69, b"\x4a\x4a")}), "SCHEME_NOT_OFFERED", 47
    ),
    _case("signs with no scheme at all", Script(EC, mutate={"server_key_exchange": put(69, b"\0\0")}), "SCHEME_NOT_OFFERED", 47),
    _case("says PKCS#1 with an ECDSA key", Script(EC, scheme=0x0401), "SCHEME_DOES_NOT_FIT", 47),
    _case("says PSS with an ECDSA key", Script(EC, scheme=0x0804), "SCHEME_DOES_NOT_FIT", 47),
    _case(
        "says ECDSA with an RSA key",
        Script(RSA, scheme=0x0403, sign=lambda content: keys.sign(RSA.key, 0x0401, content)),
        "SCHEME_DOES_NOT_FIT",
        47,
    ),
    _case("says PSS of a PSS key with an rsaEncryption key", Script(RSA, scheme=0x0809), "SCHEME_DOES_NOT_FIT", 47),
    # ECDSA (rule 3)
    _bad_signature("sends an ECDSA signature with one bit changed", Script(EC, mutate={"server_key_exchange": flip(-1)})),
    _bad_signature("sends an ECDSA signature with r = 0", _ecdsa(lambda r, s: (0, s))),
    _bad_signature("sends an ECDSA signature with s = 0", _ecdsa(lambda r, s: (r, 0))),
    _bad_signature("sends an ECDSA signature with r = s = 0", _ecdsa(lambda r, s: (0, 0))),
    _bad_signature("sends an ECDSA signature with r = n", _ecdsa(lambda r, s: (N, s))),
    _bad_signature("sends an ECDSA signature with s = n", _ecdsa(lambda r, s: (r, N))),
    _bad_signature("sends an ECDSA signature with r + n", _ecdsa(lambda r, s: (r + N, s))),
    _bad_signature("sends an ECDSA signature with s + n", _ecdsa(lambda r, s: (r, s + N))),
    _bad_signature("sends an ECDSA signature of 2^512", _ecdsa(lambda r, s: (r, 1 << 512))),
    _case("sends an ECDSA signature with n - s, which verifies as well", _ecdsa(lambda r, s: (r, N - s))),
    _bad_signature("sends a signature with a length in the long form", _ecdsa_der(_long_length)),
    _bad_signature("sends a signature of indefinite length", _ecdsa_der(_indefinite)),
    _bad_signature("sends a signature with a zero too many", _ecdsa_der(_padded_integer)),
    _bad_signature("sends a signature with a negative r", Script(EC, sign=_negative)),
    _bad_signature("sends a signature with a rest", _ecdsa_der(appended(b"\0"))),
    _bad_signature("sends a signature with a rest inside", _ecdsa_der(lambda der: bytes((0x30, der[1] + 2)) + der[2:] + b"\5\0")),
    _bad_signature("sends a signature that ends early", _ecdsa_der(shortened())),
    _bad_signature("sends a signature that is no DER at all", _ecdsa_der(always(b"signature"))),
    _bad_signature("sends an empty signature", _ecdsa_der(always(b""))),
    # PKCS#1 v1.5 (rule 3): the encoding is compared whole
    _bad_signature("changes one bit of an RSA signature", Script(RSA, scheme=0x0401, mutate={"server_key_exchange": flip(-1)})),
    _bad_signature(
        "signs PKCS#1 with a shorter padding and a rest",
        _pkcs1(lambda h: _padded(_SHA256_INFO + h)[-60:].rjust(200, b"\xff").rjust(201, b"\1").rjust(202, b"\0") + bytes(54)),
    ),
    _bad_signature(
        "signs PKCS#1 with garbage for the parameters",
        _pkcs1(lambda h: _padded(bytes.fromhex("3033300f06096086480165030402010502aabb0420") + h)),
    ),
    _bad_signature("signs PKCS#1 without the NULL", _pkcs1(lambda h: _padded(_SHA256_INFO_WITHOUT_NULL + h))),
    _bad_signature("signs PKCS#1 with the bare hash", _pkcs1(lambda h: _padded(h))),
    _bad_signature("signs PKCS#1 with block type 2", _pkcs1(lambda h: _padded(_SHA256_INFO + h, first=b"\0\2"))),
    _bad_signature("signs PKCS#1 with block type 0", _pkcs1(lambda h: _padded(_SHA256_INFO + h, first=b"\0\0", fill=b"\0"))),
    _bad_signature("signs PKCS#1 padded with other bytes", _pkcs1(lambda h: _padded(_SHA256_INFO + h, fill=b"\xfe"))),
    _bad_signature("signs PKCS#1 naming SHA-512 for SHA-256", _pkcs1(lambda h: _padded(_SHA256_INFO.replace(b"\2\1\5", b"\2\3\5") + h))),
    _bad_signature(
        "signs PKCS#1 under the scheme of PSS", Script(RSA, scheme=0x0804, sign=lambda content: keys.sign(RSA.key, 0x0401, content))
    ),
    _bad_signature(
        "signs PSS under the scheme of PKCS#1", Script(RSA, scheme=0x0401, sign=lambda content: keys.sign(RSA.key, 0x0804, content))
    ),
    _bad_signature("signs PSS with a salt of 20 bytes", _pss(20, hashes.SHA256())),
    _bad_signature("signs PSS without salt", _pss(0, hashes.SHA256())),
    _bad_signature("signs PSS with another hash in MGF1", _pss(32, hashes.SHA1())),
    _bad_signature("sends an RSA signature that is not below the modulus", Script(RSA, scheme=0x0401, sign=_as_number_over_n)),
    _bad_signature(
        "sends an RSA signature one byte short", Script(RSA, scheme=0x0401, sign=lambda content: keys.sign(RSA.key, 0x0401, content)[1:])
    ),
    _bad_signature(
        "sends an RSA signature with a zero in front",
        Script(RSA, scheme=0x0401, sign=lambda content: b"\0" + keys.sign(RSA.key, 0x0401, content)),
    ),
    _bad_signature("sends an RSA signature of zeros", Script(RSA, scheme=0x0401, sign=always(bytes(256)))),
    # Form and order
    _case("sends a byte behind ServerKeyExchange", Script(EC, mutate={"server_key_exchange": appended(b"\0")}), "DECODE_ERROR", 50),
    _case("sends a ServerKeyExchange that ends early", Script(EC, mutate={"server_key_exchange": shortened()}), "DECODE_ERROR", 50),
    _case(
        "sends a ServerKeyExchange cut in its point", Script(EC, mutate={"server_key_exchange": lambda body: body[:30]}), "DECODE_ERROR", 50
    ),
    _case("sends an empty ServerKeyExchange", Script(EC, mutate={"server_key_exchange": always(b"")}), "DECODE_ERROR", 50),
    _case("sends a ServerKeyExchange of 2,000 bytes", Script(EC, sign=always(bytes(2000))), "MESSAGE_TOO_LONG", 50),
    _case(
        "sends no ServerKeyExchange",
        Script(EC, first_flight=("server_hello", "certificate", "server_hello_done")),
        "UNEXPECTED_MESSAGE",
        10,
    ),
    _case(
        "sends CertificateRequest before ServerKeyExchange",
        Script(EC, first_flight=("server_hello", "certificate", "certificate_request", "server_key_exchange", "server_hello_done")),
        "UNEXPECTED_MESSAGE",
        10,
    ),
    Case(
        "sends ServerKeyExchange before Certificate",
        Script(EC, first_flight=("server_hello", "server_key_exchange", "certificate")),
        "UNEXPECTED_MESSAGE",
        10,
        "certificate",
    ),
)
