"""Microchip's compressed certificates: 72 bytes in a slot and a template make a certificate in DER.

The 72 bytes: R, S, dates (3), signer ID (2), template and chain ID, source of the serial number and format version, more date bits. The
template is a certificate of the same make with a table of where its variable parts stand; atecc_template.py makes it from a sample:

    "LKC1", number of fields (1), for each: kind (1), offset in the DER (2, big-endian), length (1); then the DER.

The signature is the last element; its length varies, so the outer lengths are set anew. That the result is right is shown by its
issuer's signature over it, which the server checks, and no other way.
"""

import hashlib

from micropython import const

from latchkey.errors import Fault
from latchkey.secure_element import commands, ecdsa_der

_BAD_TEMPLATE = const(818)
_BAD_COMPRESSED_CERTIFICATE = const(819)

_MAGIC = b"LKC1"
# Kinds of fields.
_PUBLIC_KEY = const(1)  # 64 bytes, X || Y
_SIGNATURE = const(2)  # the BIT STRING, last element
_ISSUED = const(3)  # UTCTime (13 characters) or GeneralizedTime (15)
_EXPIRES = const(4)
_SIGNER_ID = const(5)  # 4 hexadecimal digits
_SERIAL_NUMBER = const(6)  # the INTEGER's content
_AUTHORITY_KEY_ID = const(7)  # 20 bytes
_SUBJECT_KEY_ID = const(8)
_CHIP_SERIAL = const(9)  # 18 hexadecimal digits

_SIZE = const(72)


def rebuild(link, template, slot, key_slot, signer_slot):
    """A sequence: the certificate in DER."""
    from latchkey.secure_element.policy import serial_number

    fields, der = _parse(template)
    compressed = yield from commands.read_slot(link, slot, 0, _SIZE)
    config = yield from commands.read_config(link)
    public_key = yield from _public_key(link, config, key_slot)
    serial = serial_number(config)
    signature = None
    for kind, offset, length in fields:
        if kind == _SIGNATURE:
            signature = offset
            continue
        value = None
        if kind == _PUBLIC_KEY:
            value = public_key
        elif kind in (_ISSUED, _EXPIRES):
            value = _date(compressed, kind == _EXPIRES, length)
        elif kind == _SIGNER_ID:
            value = _hex(compressed[67:69])
        elif kind == _SERIAL_NUMBER:
            value = _serial_number(compressed, serial, public_key, length)
        elif kind == _SUBJECT_KEY_ID:
            value = _key_id(public_key)
        elif kind == _CHIP_SERIAL:
            value = _hex(serial)
        elif kind == _AUTHORITY_KEY_ID and signer_slot is not None:
            value = _key_id((yield from _public_key(link, config, signer_slot)))
        if value is not None:  # else the template's own stands
            if len(value) != length:
                raise Fault(_BAD_TEMPLATE, f"field {kind} has {length} bytes, not {len(value)}")
            der[offset : offset + length] = value
    if signature is None:
        raise Fault(_BAD_TEMPLATE, "it has no place for the signature")
    return _signed(der, signature, compressed[:64])


def _parse(template):
    if template[:4] != _MAGIC:
        raise Fault(_BAD_TEMPLATE, "it does not begin with LKC1")
    start = 5 + 4 * template[4] if len(template) > 4 else 5
    der = bytearray(template[start:])
    if der[:2] == b"\x30\x82":
        fields = [(template[at], template[at + 1] << 8 | template[at + 2], template[at + 3]) for at in range(5, start, 4)]
        if all(0 < length <= len(der) - offset for _, offset, length in fields):
            return fields, der
    raise Fault(_BAD_TEMPLATE, "its certificate or its table is cut off")


def _signed(der, at, raw):
    """Put the signature at `at` and the lengths right."""
    signature = ecdsa_der.encode(raw)
    bits = len(signature) + 1
    total = at + 2 + bits - 4
    return bytes(b"\x30\x82" + bytes((total >> 8, total & 255)) + der[4:at] + bytes((3, bits, 0)) + signature)


def _public_key(link, config, slot):
    """X || Y of a private key, or of a public key stored with its pads."""
    from latchkey.secure_element.policy import is_private

    if is_private(config, slot):
        return (yield from commands.public_key(link, slot))
    stored = yield from commands.read_slot(link, slot, 0, _SIZE)
    return bytes(stored[4:36] + stored[40:72])


def _key_id(public_key):
    """RFC 5280 section 4.2.1.2 method 1: an identifier, no more."""
    from latchkey.crypto.sha1 import sha1

    return sha1(b"\x04" + public_key)


def _date(compressed, expires, length):
    """Issue or expiry as UTCTime or GeneralizedTime of `length` characters; minutes and seconds are 0."""
    b = compressed[64:72]
    more = b[7] if b[6] & 15 else 0  # format version 0 has no date bits there
    year = 2000 + ((more & 0xC0) >> 1 | b[0] >> 3)
    years = b[2] & 31 | (more & 0x30) << 1
    month, day, hour = (b[0] & 7) << 1 | b[1] >> 7, b[1] >> 2 & 31, (b[1] & 3) << 3 | b[2] >> 5
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24):
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, "its date does not exist")
    if expires:
        if years == 0:  # none
            return b"99991231235959Z" if length == 15 else b"491231235959Z"
        year += years
    text = f"{year:04d}{month:02d}{day:02d}{hour:02d}0000Z"
    if length == 13 and not 1950 <= year < 2050:
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, f"the template's UTCTime has no year {year}")
    return (text if length == 15 else text[2:]).encode()


def _serial_number(compressed, serial, public_key, length):
    """The certificate's serial number by the source in byte 70; None: the template's own."""
    source = compressed[70] >> 4
    if source in (0, 7):
        return None
    if source == 8:
        return b"\x40" + serial
    if source == 9:
        return b"\x40" + compressed[67:69]
    if source not in (0xA, 0xB, 0xC, 0xD):
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, f"its serial number comes from source {source:X}")
    digest = hashlib.sha256(serial if source & 1 else public_key)
    digest.update(compressed[64:67])
    if compressed[70] & 15:
        digest.update(bytes((compressed[71] & 0xF0,)))
    number = bytearray(digest.digest()[:length])
    number[0] = number[0] & 0x7F if source >= 0xC else number[0] & 0x3F | 0x40
    return bytes(number)


def _hex(data):
    return "".join(f"{byte:02X}" for byte in data).encode()
