"""Templates for certificates that a chip keeps compressed, and the 72 bytes themselves (Microchip's format, versions 0 and 1).

A sample is any certificate that the same authority issued in the same way: all that differs between two of them must be what the format
can carry, or stand in the chip. The device's side, and the layout of the template, is latchkey/secure_element/compressed_certificate.py.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"LKC1"
PUBLIC_KEY, SIGNATURE, ISSUED, EXPIRES, SIGNER_ID, SERIAL_NUMBER, AUTHORITY_KEY_ID, SUBJECT_KEY_ID, CHIP_SERIAL, SLOT_BYTES, ISSUER_KEY = (
    range(1, 12)
)
NO_EXPIRY = 9999
ID_CE_SUBJECT_KEY_ID, ID_CE_AUTHORITY_KEY_ID = b"\x55\x1d\x0e", b"\x55\x1d\x23"
A_CHIPS_SERIAL = re.compile(rb"0123[0-9A-F]{14}")
AN_EUI48, ITS_SLOT = re.compile(rb"eui48_([0-9A-F]{12})"), 5  # as Trust&GO has them

Field = tuple[int, int, int]  # kind, offset, length


def elements(der: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(tag, first byte of the content, its end) of each DER element in `der[start:end]`."""
    while start < end:
        length, content = der[start + 1], start + 2
        if length & 0x80:
            size = length & 0x7F
            length, content = int.from_bytes(der[content : content + size], "big"), content + size
        yield der[start], content, content + length
        start = content + length


def children(der: bytes, element: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    return list(elements(der, element[1], element[2]))


def occurrences(der: bytes, value: bytes, *within: tuple[int, int, int]) -> list[int]:
    """Where `value` stands in the DER, or in these elements of it; ValueError if nowhere."""
    found = []
    for _, start, end in within or [(0, 0, len(der))]:
        while (start := der.find(value, start, end)) >= 0:
            found.append(start)
            start += len(value)
    if not found:
        raise ValueError(f"the sample does not contain {value!r}")
    return found


def public_bytes(certificate: x509.Certificate) -> bytes:
    """X || Y of its P-256 key."""
    return certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def key_identifiers(der: bytes, tbs: tuple[int, int, int]) -> Iterator[Field]:
    """Where they stand. Read from the DER itself: what else is in the extensions need not be to a parser's taste (Trust&GO's "eui48_..." is
    a PrintableString with an underscore)."""
    for wrapper in children(der, tbs):
        if wrapper[0] != 0xA3:
            continue
        for extension in children(der, next(elements(der, wrapper[1], wrapper[2]))):
            oid, *_, value = children(der, extension)
            inside = next(elements(der, value[1], value[2]))
            if der[oid[1] : oid[2]] == ID_CE_SUBJECT_KEY_ID and inside[2] - inside[1] == 20:
                yield SUBJECT_KEY_ID, inside[1], 20
            if der[oid[1] : oid[2]] == ID_CE_AUTHORITY_KEY_ID:
                yield from ((AUTHORITY_KEY_ID, start, 20) for tag, start, end in children(der, inside) if tag == 0x80 and end - start == 20)


def fields(der: bytes, signer_id: str | None, chip_serial: str | None, in_slots: dict[int, str]) -> list[tuple[Field, ...]]:
    """(kind, offset, length) of everything variable; of what stands in a slot also (slot, first byte, length)."""
    certificate = x509.load_der_x509_certificate(der)
    outer = next(elements(der, 0, len(der)))
    tbs, _, signature = children(der, outer)
    _, serial, _, issuer, validity, subject, *_ = children(der, tbs)
    found = [(kind, start, end - start) for kind, (_, start, end) in zip((ISSUED, EXPIRES), children(der, validity), strict=True)]
    found += [(SERIAL_NUMBER, serial[1], serial[2] - serial[1])]
    found += [(PUBLIC_KEY, at, 64) for at in occurrences(der, public_bytes(certificate))[:1]]
    found += key_identifiers(der, tbs)
    if signer_id:
        found += [(SIGNER_ID, at, 4) for at in occurrences(der, signer_id.upper().encode(), issuer, subject)]
    if chip_serial:
        found += [(CHIP_SERIAL, at, 18) for at in occurrences(der, chip_serial.upper().encode(), tbs)]
    else:
        found += [(CHIP_SERIAL, match.start(), 18) for match in A_CHIPS_SERIAL.finditer(der, tbs[1], tbs[2])]
    pairs = [((SLOT_BYTES, match.start(1), 12), (ITS_SLOT, 0, 12)) for match in AN_EUI48.finditer(der, tbs[1], tbs[2])]
    for slot, text in in_slots.items():
        pairs += [((SLOT_BYTES, at, len(text)), (slot, 0, len(text))) for at in occurrences(der, text.encode(), tbs)]
    rows = sorted([*((field,) for field in found), *pairs], key=lambda row: row[0][1])
    return [*rows, ((SIGNATURE, signature[1] - 2, signature[2] - signature[1] + 2),)]


def template(
    sample: bytes,
    signer_id: str | None = None,
    chip_serial: str | None = None,
    *,
    in_slots: dict[int, str] | None = None,
    issuer: x509.Certificate | None = None,
) -> bytes:
    """The template's bytes. `signer_id`: 4 hexadecimal digits in a name; `chip_serial`: 18 of them, found by itself if it looks like one;
    None if there are none. `in_slots`: slot -> text that stands in the sample and at the beginning of the slot."""
    if sample[:2] != b"\x30\x82":
        raise ValueError("a certificate of 256 to 65535 bytes in DER is expected")
    rows = [row for field in fields(sample, signer_id, chip_serial, in_slots or {}) for row in field]
    behind = b""
    if issuer is not None:
        check_issued(x509.load_der_x509_certificate(sample), issuer)
        behind = public_bytes(issuer)
        rows.append((ISSUER_KEY, len(sample), 64))
    table = b"".join(bytes([kind]) + offset.to_bytes(2, "big") + bytes([length]) for kind, offset, length in rows)
    return MAGIC + bytes([len(rows)]) + table + sample + behind


def check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """ValueError unless it bears the signature of this issuer's key on P-256."""
    key = issuer.public_key()
    try:
        assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) and certificate.signature_hash_algorithm
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm))
    except (AssertionError, InvalidSignature):
        raise ValueError("the sample does not bear the signature of its issuer's key") from None


def dates(issued: datetime, expires: datetime) -> bytes:
    """The 24 bits of dates and byte 71, which has the high bits (format version 1). Full hours; whole years or the year 9999."""
    years = 0 if expires.year == NO_EXPIRY else expires.year - issued.year
    if (issued.minute, issued.second) != (0, 0):
        raise ValueError("the format has no minutes: issue at a full hour")
    if years and expires != issued.replace(year=expires.year):
        raise ValueError("the format has whole years: expire at the hour of issue")
    if not (2000 <= issued.year <= 2127 and 0 <= years <= 127):
        raise ValueError("the format ends in 2127, and after 127 years")
    since = issued.year - 2000
    packed = (since & 31) << 19 | issued.month << 15 | issued.day << 10 | issued.hour << 5 | years & 31
    return packed.to_bytes(3, "big") + bytes([(since >> 5) << 6 | (years >> 5) << 4])


def serial_number(source: int, public_key: bytes, chip_serial: bytes, date: bytes, size: int = 16, version: int = 1) -> bytes:
    """What an authority puts for serial number so that sources 8 and A to D can be rebuilt. `date` is what `dates` gives."""
    if source == 8:
        return b"\x40" + chip_serial
    message = (public_key if source in (0xA, 0xC) else chip_serial) + date[:3] + (bytes([date[3] & 0xF0]) if version else b"")
    digest = bytearray(hashlib.sha256(message).digest()[:size])
    digest[0] = digest[0] & 0x7F if source >= 0xC else digest[0] & 0x3F | 0x40
    return bytes(digest)


def compress(
    certificate: x509.Certificate, signer_id: str = "0000", serial_source: int = 0, template_id: int = 0, chain_id: int = 0
) -> bytes:
    """The 72 bytes of a certificate with an ECDSA P-256 signature."""
    r, s = decode_dss_signature(certificate.signature)
    date = dates(certificate.not_valid_before_utc.replace(tzinfo=None), certificate.not_valid_after_utc.replace(tzinfo=None))
    ids = bytes.fromhex(signer_id) + bytes([template_id << 4 | chain_id, serial_source << 4 | 1])
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + date[:3] + ids + date[3:]


def load_any(path: Path) -> x509.Certificate:
    data = path.read_bytes()
    return x509.load_pem_x509_certificate(data) if data.startswith(b"-----") else x509.load_der_x509_certificate(data)


def load(path: Path) -> x509.Certificate:
    """A certificate that the format can carry: P-256 for its key and for its signature. ValueError for another."""
    certificate = load_any(path)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("its key is not one on P-256")
    if not certificate.signature_algorithm_oid.dotted_string.startswith("1.2.840.10045.4.3.") or any(
        number.bit_length() > 256 for number in decode_dss_signature(certificate.signature)
    ):
        raise ValueError("it is not signed by ECDSA with a key on P-256")
    return certificate
