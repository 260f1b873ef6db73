"""Templates for certificates that a chip keeps compressed, and the 72 bytes themselves (Microchip's format, versions 0 and 1).

    python -m tools.latchkey_tools.atecc_template template SAMPLE [--signer-id 1A2B] [--chip-serial 0123...EE] -o device.lkc
    python -m tools.latchkey_tools.atecc_template compress CERTIFICATE [--signer-id 1A2B] [--serial-source 0] -o slot10.bin

SAMPLE is any certificate (PEM or DER) that the same authority issued in the same way: all that differs between two of them must be what
the format can carry. The device's side, and the layout of the template, is latchkey/secure_element/compressed_certificate.py.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"LKC1"
PUBLIC_KEY, SIGNATURE, ISSUED, EXPIRES, SIGNER_ID, SERIAL_NUMBER, AUTHORITY_KEY_ID, SUBJECT_KEY_ID, CHIP_SERIAL = range(1, 10)
NO_EXPIRY = 9999


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


def fields(der: bytes, signer_id: str | None, chip_serial: str | None) -> list[tuple[int, int, int]]:
    """(kind, offset, length) of everything variable."""
    certificate = x509.load_der_x509_certificate(der)
    outer = next(elements(der, 0, len(der)))
    tbs, _, signature = children(der, outer)
    _, serial, _, issuer, validity, subject, *_ = children(der, tbs)
    issued, expires = children(der, validity)
    found = [
        (kind, element[1], element[2] - element[1]) for kind, element in ((SERIAL_NUMBER, serial), (ISSUED, issued), (EXPIRES, expires))
    ]
    found += [(PUBLIC_KEY, at, 64) for at in occurrences(der, public_bytes(certificate))[:1]]
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectKeyIdentifier):
            found += [(SUBJECT_KEY_ID, at, 20) for at in occurrences(der, extension.value.digest)[:1]]
        if isinstance(extension.value, x509.AuthorityKeyIdentifier) and extension.value.key_identifier:
            found += [(AUTHORITY_KEY_ID, at, 20) for at in occurrences(der, extension.value.key_identifier)[-1:]]
    if signer_id:
        found += [(SIGNER_ID, at, 4) for at in occurrences(der, signer_id.upper().encode(), issuer, subject)]
    if chip_serial:
        found += [(CHIP_SERIAL, at, 18) for at in occurrences(der, chip_serial.upper().encode(), issuer, subject)]
    return [*sorted(found, key=lambda field: field[1]), (SIGNATURE, signature[1] - 2, signature[2] - signature[1] + 2)]


def template(sample: bytes, signer_id: str | None = None, chip_serial: str | None = None) -> bytes:
    """The template's bytes. `signer_id`: 4 hexadecimal digits in a name; `chip_serial`: 18 in a name; None if there are none."""
    if sample[:2] != b"\x30\x82":
        raise ValueError("a certificate of 256 to 65535 bytes in DER is expected")
    table = fields(sample, signer_id, chip_serial)
    rows = b"".join(bytes([kind]) + offset.to_bytes(2, "big") + bytes([length]) for kind, offset, length in table)
    return MAGIC + bytes([len(table)]) + rows + sample


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


def load(path: Path) -> x509.Certificate:
    """A certificate that the format can carry: P-256 for its key and for its signature. ValueError for another."""
    data = path.read_bytes()
    certificate = x509.load_pem_x509_certificate(data) if data.startswith(b"-----") else x509.load_der_x509_certificate(data)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("its key is not one on P-256")
    if not certificate.signature_algorithm_oid.dotted_string.startswith("1.2.840.10045.4.3.") or any(
        number.bit_length() > 256 for number in decode_dss_signature(certificate.signature)
    ):
        raise ValueError("it is not signed by ECDSA with a key on P-256")
    return certificate


def digits(count: int) -> Callable[[str], str]:
    """What an argument of `count` hexadecimal digits is parsed by."""

    def parse(text: str) -> str:
        if not re.fullmatch(f"[0-9a-fA-F]{{{count}}}", text):
            raise argparse.ArgumentTypeError(f"{text!r} (hexadecimal digits wanted: {count})")
        return text

    return parse


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.latchkey_tools.atecc_template", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("template", help="from a sample certificate")
    make.add_argument("--chip-serial", type=digits(18), help="the 18 digits of the chip's serial number, if the sample has it in a name")
    squeeze = commands.add_parser("compress", help="a certificate into 72 bytes")
    squeeze.add_argument("--serial-source", type=digits(1), default="0", help="a hexadecimal digit (default 0: the template's)")
    for command in (make, squeeze):
        command.add_argument("certificate", type=Path)
        command.add_argument("--signer-id", type=digits(4), help="4 hexadecimal digits")
        command.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        certificate = load(options.certificate)
        if options.command == "template":
            made = template(certificate.public_bytes(Encoding.DER), options.signer_id, options.chip_serial)
        else:
            made = compress(certificate, options.signer_id or "0000", int(options.serial_source, 16))
        options.output.write_bytes(made)
    except (OSError, ValueError) as error:
        print(f"{options.certificate}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
