"""Microchip's compressed certificates: 72 bytes in a slot and a template make a certificate in DER.

The 72 bytes: R, S, dates (3), signer ID (2), template and chain ID, source of the serial number and format version, more date bits. The
template is a certificate of the same make with a table of where its variable parts stand; `latchkey template` makes it from a sample:

    "LKC1", number of rows (1), for each: kind (1), offset in the DER (2, big-endian), length (1); then the DER.

A field of bytes that stand in a data slot (an EUI-48, say) has a second row: slot, first byte in it, length. The issuer's public key may
stand behind the certificate. The signature is the last element; its length varies, so the outer lengths are set anew. That the result is
right is shown by its issuer's signature over it, and no other way: a template may be another device's, with bytes that no field names.
"""

import hashlib

from latchkey.errors import Fault
from latchkey.secure_element import commands, ecdsa_der

_SLOT_POLICY = const(813)
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
_SLOT_BYTES = const(10)
_ISSUER_KEY = const(11)  # 64 bytes, not of the certificate

_SIZE = const(72)
# AlgorithmIdentifier up to the last byte of its OID (RFC 5758 section 3.2), and what that byte says.
_ECDSA_WITH = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"
_HASHES = {2: "sha256", 3: "sha384", 4: "sha512"}


def rebuild(link, template, slot, key_slot, signer_slot):
    """A sequence: the certificate in DER, where its signature stands, and its issuer's public key (64 bytes), None if not known."""
    from latchkey.secure_element.configuration import serial_number

    fields, der = _parse(template)
    compressed = yield from commands.explained(link, slot, "read", commands.read_slot, slot, 0, _SIZE)
    config = yield from commands.read_config(link)
    public_key = yield from _public_key(link, config, key_slot)
    issuer_key = signature = None
    if signer_slot is not None:
        issuer_key = yield from _public_key(link, config, signer_slot)
    rows = iter(fields)
    for kind, offset, length in rows:
        if kind == _SIGNATURE:
            signature = offset
            continue
        if kind == _ISSUER_KEY:
            issuer_key = issuer_key or bytes(der[offset : offset + length])
            continue
        if kind == _SLOT_BYTES:
            value = yield from _slot_bytes(link, next(rows, None))
        else:
            value = _value(kind, length, compressed, serial_number(config), public_key)
            if kind == _AUTHORITY_KEY_ID and signer_slot is not None:
                value = key_id(issuer_key)
        if value is not None:  # else the template's own stands
            if len(value) != length:
                raise Fault(_BAD_TEMPLATE, f"field {kind} has {length} bytes, not {len(value)}")
            der[offset : offset + length] = value
    if signature is None:
        raise Fault(_BAD_TEMPLATE, "it has no place for the signature")
    return _signed(der, signature, compressed[:64]), signature, issuer_key


def verified(der, at, issuer_key, slot):
    """Job: the certificate, if what stands at `at` is its issuer's signature, or if its issuer is not known here.

    In software, since the bus is not trusted.
    """
    if issuer_key is not None:
        from latchkey.crypto import ecdsa, hashes

        name = _HASHES.get(der[at - 1]) if der[at - 12 : at - 1] == _ECDSA_WITH else None
        digest = hashes.new(name or "sha256")
        digest.update(memoryview(der)[4 : at - 12])
        try:
            good = name and (yield from ecdsa.verify((23, b"\x04" + issuer_key), digest.digest(), der[at + 3 :]))
        except Fault:
            good = False  # no point of the curve
        if not good:
            text = "what slot {} and the template make does not bear the signature of its issuer's key: one of the three is another's"
            raise Fault(_BAD_COMPRESSED_CERTIFICATE, text.format(slot))
    return der


def _value(kind, length, compressed, serial, public_key):
    """What a field is filled with; None: what the template has."""
    if kind == _PUBLIC_KEY:
        return public_key
    if kind in (_ISSUED, _EXPIRES):
        return _date(compressed, kind == _EXPIRES, length)
    if kind == _SIGNER_ID:
        return _hex(compressed[67:69])
    if kind == _SERIAL_NUMBER:
        return _serial_number(compressed, serial, public_key, length)
    if kind == _SUBJECT_KEY_ID:
        return key_id(public_key)
    if kind == _CHIP_SERIAL:
        return _hex(serial)
    if kind != _AUTHORITY_KEY_ID:
        raise Fault(_BAD_TEMPLATE, f"a field of kind {kind} is not known here")
    return None


def _slot_bytes(link, source):
    """The bytes that a field's second row names."""
    if source is None or source[0] > 15:
        raise Fault(_BAD_TEMPLATE, "a field does not say from which slot it comes")
    slot, start, length = source
    if start + length > commands.slot_size(slot):
        raise Fault(_BAD_TEMPLATE, f"slot {slot} does not have so many bytes")
    return (yield from commands.explained(link, slot, "read", commands.read_slot, slot, start, length))


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
    from latchkey.secure_element.configuration import is_private

    if is_private(config, slot):
        return (yield from commands.explained(link, slot, "public", commands.public_key, slot))
    if slot < 8:
        raise Fault(_SLOT_POLICY, f"slot {slot}: it is not configured as a private key (KeyConfig Private), and too short for a public one")
    stored = yield from commands.explained(link, slot, "read", commands.read_slot, slot, 0, _SIZE)
    return bytes(stored[4:36] + stored[40:72])


def key_id(public_key):
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
