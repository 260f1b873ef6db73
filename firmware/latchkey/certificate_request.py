"""Certificate requests (PKCS #10, RFC 2986) and public keys in PEM, so that a board gets its certificate by a web form or over the network.

    from latchkey import certificate_request as request, device_key
    key = device_key.read("device.key")          # or chip.private_key(0)
    request.csr(key, "CN=pump 7,O=Plant")        # signed by the key
    request.public_key_pem(key)

A subject is attributes with commas between, in the order that the CA wants: CN, O, OU, C, ST, L, serialNumber. A comma in a value has a
backslash before it. What the certificate is for is the CA's to say. Both wait; a TLSError says what is wrong.
"""

import binascii

from latchkey.crypto import hashes
from latchkey.crypto.job import run
from latchkey.errors import Fault, error_of

_REQUEST_NOT_SIGNED = const(315)

_RSA = const(0)
_SECP384R1 = const(24)

_NAMES = {"CN": 3, "serialNumber": 5, "C": 6, "L": 7, "ST": 8, "O": 10, "OU": 11}  # 2.5.4.n
_PRINTABLE = (5, 6)  # PrintableString; the others are UTF8String (RFC 5280 section 4.1.2.4)
_MARKS = " '()+,-./:=?"  # which a PrintableString has beside letters and digits
_EC = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
_P256 = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_P384 = b"\x06\x05\x2b\x81\x04\x00\x22"
_RSA_ENCRYPTION = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
# Scheme -> its hash, its AlgorithmIdentifier's content (RFC 5758 section 3.2, RFC 4055 section 5).
_SIGNED = {
    0x0403: ("sha256", b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
    0x0503: ("sha384", b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
    0x0401: ("sha256", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"),
}


def csr(key, subject):
    """The request in PEM for `key` (`public_key`, `schemes`, `sign`), which signs it. Its signature was verified."""
    info = _tlv(0x30, b"\x02\x01\x00" + name(subject) + spki(key.public_key) + b"\xa0\x00")
    scheme = next(scheme for scheme in key.schemes if scheme in _SIGNED)
    kind, algorithm = _SIGNED[scheme]
    digest = hashes.new(kind)
    digest.update(info)
    try:
        signature = run(_signed(key, scheme, digest.digest()))
    except Fault as fault:
        raise error_of(fault)
    return pem("CERTIFICATE REQUEST", _tlv(0x30, info + _tlv(0x30, algorithm) + _tlv(0x03, b"\x00" + signature)))


def public_key_pem(key):
    """The key's SubjectPublicKeyInfo in PEM."""
    return pem("PUBLIC KEY", spki(key.public_key))


def name(subject):
    """A subject's DER; ValueError for what is none."""
    found = b""
    for part in _split(subject):
        kind, equals, value = part.partition("=")
        number = _NAMES.get(kind.strip())
        value = value.strip().encode()
        if not (equals and number and 0 < len(value) <= 64) or (number == 6 and len(value) != 2):
            raise ValueError("'{}': a subject is CN=device 7,O=Plant: {}, each of 1 to 64 bytes".format(part, ", ".join(_NAMES)))
        if number in _PRINTABLE and not all(
            (byte < 128 and chr(byte).isalpha()) or 48 <= byte < 58 or chr(byte) in _MARKS for byte in value
        ):
            raise ValueError("'{}': a {} has letters, digits and {} alone".format(part, kind.strip(), _MARKS[1:]))
        text = _tlv(0x13 if number in _PRINTABLE else 0x0C, value)
        found += _tlv(0x31, _tlv(0x30, b"\x06\x03\x55\x04" + bytes((number,)) + text))
    return _tlv(0x30, found)


def _split(subject):
    """At commas without a backslash before them."""
    parts = [""]
    escaped = False
    for letter in subject:
        if not escaped and letter in "\\,":
            escaped = letter == "\\"
            if letter == ",":
                parts.append("")
        else:
            parts[-1] += letter
            escaped = False
    return parts


def spki(public_key):
    """A public key's SubjectPublicKeyInfo (RFC 5480, RFC 3279 section 2.3.1) in DER."""
    if public_key[0] == _RSA:
        n, e = public_key[1], public_key[2]
        body = _tlv(0x30, _integer(n) + _integer(e.to_bytes(4, "big")))
        return _tlv(0x30, _tlv(0x30, _RSA_ENCRYPTION) + _tlv(0x03, b"\x00" + body))
    curve = _P384 if public_key[0] == _SECP384R1 else _P256
    return _tlv(0x30, _tlv(0x30, _EC + curve) + _tlv(0x03, b"\x00" + public_key[1]))


def pem(label, der):
    """RFC 7468."""
    lines = ["-----BEGIN " + label + "-----"]
    lines += [binascii.b2a_base64(der[at : at + 48]).decode().strip() for at in range(0, len(der), 48)]
    return "\n".join(lines + ["-----END " + label + "-----", ""])


def _signed(key, scheme, digest):
    """A job: the signature, which its own public key verifies. A chip may have been given another key, or come through wires that lie."""
    from latchkey.crypto.verify import verify

    signature = yield from key.sign(scheme, digest)
    if not (yield from verify(scheme, key.public_key, digest, signature)):
        raise Fault(_REQUEST_NOT_SIGNED)
    return signature


def _integer(value):
    value = bytes(value).lstrip(b"\x00")
    return _tlv(0x02, (b"\x00" if value[0] & 0x80 else b"") + value)


def _tlv(tag, content):
    size = len(content)
    head = bytes((size,)) if size < 128 else bytes((0x81, size)) if size < 256 else bytes((0x82, size >> 8, size & 255))
    return bytes((tag,)) + head + content
