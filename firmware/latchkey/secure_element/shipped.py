"""Chips that come with a certificate: what it is made whole from, so that nobody needs a template of his own. Loaded by who asks for it.

    from latchkey.secure_element import shipped
    context.load_cert_chain(shipped.chain(chip), chip.private_key(0))

Microchip's Trust&GO for TLS (at 0x35; its EUI-48 stands in slot 5) and TrustFLEX (at 0x36): the device's certificate is compressed in slot
10, its signer's in 12, the signer's key is in 11; which of its layouts it is says the template's number in slot 10. Arduino's boards
(ArduinoECCX08, at 0x60): a certificate in slot 10, its serial number and its issuer's key identifier in 11, the device's name in 12.
NervesKey (at 0x60, early ones at 0x58): as Trust&GO has them, but the signer's key without pads, and the device's name in the OTP zone.
SparkFun's boards come without a certificate: `latchkey provision sparkfun` on a computer gives one of your own CA.
"""

from hashlib import sha256

from latchkey.errors import Fault, TLSError, error_of
from latchkey.secure_element import commands
from latchkey.secure_element.certificates import CertificateChain
from latchkey.secure_element.compressed_certificate import key_id

_BAD_COMPRESSED_CERTIFICATE = const(819)

# Kinds of fields (compressed_certificate.py), each with bytes that stand in its place until it is filled, and nowhere else.
_PUBLIC_KEY = (1, b"\x01" * 64)
_SIGNATURE = const(2)
_ISSUED = (3, b"i" * 13)
_EXPIRES = (4, b"e" * 15)
_EXPIRES_BEFORE_2050 = (4, b"e" * 13)
_SIGNER_ID = (5, b"ssss")
_SERIAL_NUMBER = (6, b"\x06" * 16)
_AUTHORITY_KEY_ID = (7, b"\x07" * 20)
_SUBJECT_KEY_ID = (8, b"\x08" * 20)
_CHIP_SERIAL = (9, b"c" * 18)
_EUI48 = (10, b"u" * 12)
_ISSUER_KEY = const(11)
_IN_SLOT_5 = b"\x05\x00\x00\x0c"  # that field's second row: 12 bytes at the beginning of slot 5

_WITH_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_P256 = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_COMMON_NAME = const(3)  # of id-at
_COUNTRY = const(6)
_ORGANIZATION = const(10)
_UNIT = const(11)
_UTF8 = const(12)
_PRINTABLE = const(19)

_OTP = const(1)  # zone
_NERVES_KEY = b"Nrvs"
_NERVES_SIGNER = b"Signer"
_CLIENT = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"  # id-kp-clientAuth
_SERVER = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"

_MICROCHIP = b"Microchip Technology Inc"
_SIGNER = b"Crypto Authentication Signer " + _SIGNER_ID[1]
# The key of Microchip's "Crypto Authentication Root CA 002", which signs the signers.
_ROOT = (
    b"\xbdT\xe6m\xe3\x87T\x84\x00kS\xae\x15\x80\xd5\n\xa0i\xe7\x8a\xdfUx\xd8\\\xe2\xd5M\xd5\xb80)"
    b"k\xff\xddnorV\xfb\xd9\x9e\xf1\xa1\x16\xb1\x1d3\xadI\x10:\xa1\x85\x879\xdc\xfa\xe47\xe1\x9dcN"
)


def chain(chip, root=_ROOT):
    """The chain that a chip came with, for `load_cert_chain`. `root`: X || Y of the key that signs Microchip's signers."""
    compressed = chip.do(commands.read_slot, 10, 0, 72)
    number = compressed[69] >> 4
    if 2 <= number <= 4:
        device = chip.certificate(_device(number), 10, 0, 11)
        return CertificateChain(device, chip.certificate(_signer(root), 12, 11))
    if compressed[70]:  # Arduino's has 0 there
        otp = b"".join([chip.do(commands.read, _OTP, commands.config_address(at), True) for at in (0, 32)])
        if otp[:4] == _NERVES_KEY:
            return _nerves_key(chip, otp, compressed)
    name = bytes(chip.do(commands.read_slot, 12, 0, 64)).split(b"\0")[0]
    if not any(compressed[:64]) or any(compressed[67:72]) or not name:
        raise error_of(Fault(_BAD_COMPRESSED_CERTIFICATE, "slot 10 has no certificate of a layout that is known here"))
    return CertificateChain(chip.certificate(_arduino(name, bytes(chip.do(commands.read_slot, 11, 0, 36)), compressed), 10, 0))


def _device(number):
    """Of Trust&GO (3; 2 is an older one) and TrustFLEX (4)."""
    subject = _CHIP_SERIAL[1] + b" ATECC" if number == 2 else b"sn" + _CHIP_SERIAL[1]
    fields = [_SERIAL_NUMBER, _SIGNER_ID, _ISSUED, _EXPIRES, _CHIP_SERIAL, _PUBLIC_KEY]
    extensions = b""
    if number == 3:  # subjectAltName: a directory name whose serialNumber is the EUI-48
        fields.append(_EUI48)
        part = _tlv(0x30, b"\x06\x03\x55\x04\x05" + _tlv(_PRINTABLE, b"eui48_" + _EUI48[1]))
        extensions = _extension(17, _tlv(0x30, _tlv(0xA4, _tlv(0x30, _tlv(0x31, part)))))
    extensions += _extension(19, b"\x30\x00", True) + _extension(15, b"\x03\x02\x03\x88", True) + _identifiers(_AUTHORITY_KEY_ID[1])
    return _template(
        fields + [_SUBJECT_KEY_ID, _AUTHORITY_KEY_ID],
        _SERIAL_NUMBER[1],
        _microchip(_SIGNER),
        _ISSUED[1],
        _EXPIRES[1],
        _microchip(subject),
        extensions,
    )


def _signer(root):
    """Its issuer's key is in no slot: it stands behind the template."""
    extensions = _extension(15, b"\x03\x02\x01\x86", True) + _extension(19, b"\x30\x06\x01\x01\xff\x02\x01\x00", True)
    return _template(
        [_SERIAL_NUMBER, _ISSUED, _EXPIRES, _SIGNER_ID, _PUBLIC_KEY, _SUBJECT_KEY_ID],
        _SERIAL_NUMBER[1],
        _microchip(b"Crypto Authentication Root CA 002"),
        _ISSUED[1],
        _EXPIRES[1],
        _microchip(_SIGNER),
        extensions + _identifiers(key_id(root)),
        root,
    )


def _arduino(name, kept, compressed):
    """`kept`: what slot 11 has, 16 bytes of serial number and 20 of its issuer's key identifier, zeros for none."""
    serial = kept[:16].lstrip(b"\0") or b"\0"
    if serial[0] & 0x80:
        serial = b"\0" + serial
    expires = _expiry(compressed)
    issuer = _name(_PRINTABLE, (_COUNTRY, b"US"), (_ORGANIZATION, b"Arduino LLC US"), (_UNIT, b"IT"), (_COMMON_NAME, b"Arduino"))
    extensions = _extension(35, _tlv(0x30, _tlv(0x80, kept[16:]))) if any(kept[16:]) else b""
    subject = _name(_PRINTABLE, (_COMMON_NAME, name))
    return _template([_ISSUED, expires, _PUBLIC_KEY], serial, issuer, _ISSUED[1], expires[1], subject, extensions)


def _nerves_key(chip, otp, compressed):
    """Device and signer, which is a root of its own.

    What a key's identifier is the hash of has changed with the library that issued: the signature tells. The signer, which need not be sent
    (RFC 5246 section 7.4.2), is left out where it does not come out as it was issued.
    """
    from latchkey.crypto.sha1 import sha1

    signer = bytes(chip.do(commands.read_slot, 11, 0, 64))  # without the pads that others have
    name = bytes(otp[16:64] if otp[5] & 1 else otp[16:32]).split(b"\0")[0]
    refused: Any = None
    for identifier in (sha1(_key(signer)), key_id(signer)):
        try:
            device = chip.certificate(_nerves_device(name, identifier, signer, compressed), 10, 0)
        except TLSError as error:
            if error.cause != _BAD_COMPRESSED_CERTIFICATE:
                raise
            refused = error
            continue
        try:
            template = _nerves_signer(identifier, signer, chip.do(commands.read_slot, 12, 0, 72))
            return CertificateChain(device, chip.certificate(template, 12, 0))
        except TLSError as error:
            if error.cause != _BAD_COMPRESSED_CERTIFICATE:
                raise
            return CertificateChain(device)
    raise refused


def _nerves_device(name, identifier, signer, compressed):
    extensions = _extension(19, b"\x30\x00") + _extension(15, b"\x03\x02\x05\xa0", True) + _extension(37, _tlv(0x30, _CLIENT))
    expires = _expiry(compressed)
    return _template(
        [_SERIAL_NUMBER, _ISSUED, expires, _PUBLIC_KEY],
        _SERIAL_NUMBER[1],
        _name(_UTF8, (_COMMON_NAME, _NERVES_SIGNER)),
        _ISSUED[1],
        expires[1],
        _name(_UTF8, (_COMMON_NAME, name)),
        extensions + _extension(35, _tlv(0x30, _tlv(0x80, identifier))),
        signer,
    )


def _nerves_signer(identifier, signer, compressed):
    """Its key stands in the template, and so does its serial number, which follows from that and the dates."""
    serial = bytearray(sha256(signer + bytes(compressed[64:67])).digest()[:16])
    serial[0] = serial[0] & 0x3F | 0x40
    expires = _expiry(compressed)
    subject = _name(_UTF8, (_COMMON_NAME, _NERVES_SIGNER))
    extensions = _extension(19, b"\x30\x06\x01\x01\xff\x02\x01\x00", True) + _extension(15, b"\x03\x02\x01\x86", True)
    extensions += _extension(37, _tlv(0x30, _SERVER + _CLIENT)) + _extension(14, _tlv(4, identifier))
    extensions += _extension(35, _tlv(0x30, _tlv(0x80, identifier)))
    return _template([_ISSUED, expires], serial, subject, _ISSUED[1], expires[1], subject, extensions, signer, signer)


def _expiry(compressed):
    """Where the end of validity goes: RFC 5280 section 4.1.2.5 has two forms. (High bits of dates are Microchip's alone.)"""
    return _EXPIRES if 2000 + (compressed[64] >> 3) + (compressed[66] & 31) > 2049 else _EXPIRES_BEFORE_2050


def _key(point):
    """SubjectPublicKeyInfo."""
    return _tlv(0x30, _P256 + b"\x03\x42\x00\x04" + point)


def _template(fields, serial, issuer, issued, expires, subject, extensions, issuer_key=b"", point=_PUBLIC_KEY[1]):
    """The template (compressed_certificate.py) of a certificate of these parts."""
    dates = _tlv(0x17, issued) + _tlv(0x18 if len(expires) == 15 else 0x17, expires)
    key = _key(point)
    inside = b"\xa0\x03\x02\x01\x02" + _tlv(2, serial) + _WITH_SHA256 + issuer + _tlv(0x30, dates) + subject + key
    signed = _tlv(0x30, inside + _tlv(0xA3, _tlv(0x30, extensions))) + _WITH_SHA256
    der = _tlv(0x30, signed + b"\x03\x48" + bytes(72))
    table = b""
    for kind, place in fields:
        table += _row(kind, der.find(place), len(place))
        if place is _EUI48[1]:
            table += _IN_SLOT_5
    table += _row(_SIGNATURE, 4 + len(signed), 74)
    if issuer_key:
        table += _row(_ISSUER_KEY, len(der), 64)
    return b"LKC1" + bytes((len(table) // 4,)) + table + der + issuer_key


def _row(kind, at, length):
    return bytes((kind, at >> 8, at & 255, length))


def _microchip(common_name):
    return _name(_UTF8, (_ORGANIZATION, _MICROCHIP), (_COMMON_NAME, common_name))


def _name(kind, *parts):
    return _tlv(0x30, b"".join([_tlv(0x31, _tlv(0x30, b"\x06\x03\x55\x04" + bytes((what,)) + _tlv(kind, value))) for what, value in parts]))


def _identifiers(authority):
    return _extension(14, _tlv(4, _SUBJECT_KEY_ID[1])) + _extension(35, _tlv(0x30, _tlv(0x80, authority)))


def _extension(number, value, critical=False):
    """Of id-ce."""
    return _tlv(0x30, b"\x06\x03\x55\x1d" + bytes((number,)) + (b"\x01\x01\xff" if critical else b"") + _tlv(4, value))


def _tlv(tag, value):
    n = len(value)
    return bytes((tag, n) if n < 0x80 else (tag, 0x81, n) if n < 0x100 else (tag, 0x82, n >> 8, n & 255)) + value
