"""What is trusted with a certificate: an anchor, and the record of it in a compact trust store.

The same is read on the device, in firmware/latchkey/x509/anchor.py, which says what a certificate bounds; the record's layout is in
trust.py beside it. Nothing else of a certificate is judged: some roots have serial number 0.
"""

import hashlib
import struct
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from .der import parts, tlv

LENGTHS = struct.Struct(">HHB")
BOUNDS = struct.Struct(">32sBB7s7s")

_ID_CE = b"\x55\x1d"
_KEY_USAGE, _BASIC_CONSTRAINTS, _NAME_CONSTRAINTS, _EXTENDED_KEY_USAGE = (_ID_CE + bytes((number,)) for number in (15, 19, 30, 37))
_FOR_SERVERS = (b"\x2b\x06\x01\x05\x05\x07\x03\x01", _ID_CE + b"\x25\x00")  # id-kp-serverAuth, anyExtendedKeyUsage
_OLD_VERSIONS = (0, 1)
_ANY_LENGTH = 255
_MOST = 0xFFFF  # octets of a key or of name constraints
_MOST_NAME = 63  # characters
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0\ufffc\ufffd"  # letters and symbols by their category


@dataclass(frozen=True)
class Bounds:
    """What a certificate says of whom it vouches for; without it no anchor is written.

    `certificate`: its SHA-256, by which it is known when a server sends it. `issues`: it is a CA's, whose key may sign certificates; else
    it is good for itself alone. `path_length`: how many CAs may stand below it, None for any number. Dates are digits, YYYYMMDDHHMMSS.
    """

    certificate: bytes
    issues: bool
    for_servers: bool
    path_length: int | None
    not_before: str
    not_after: str

    @property
    def packed(self) -> bytes:
        length = _ANY_LENGTH if self.path_length is None else min(self.path_length, _ANY_LENGTH - 1)
        dates = (bytes.fromhex(self.not_before), bytes.fromhex(self.not_after))
        return BOUNDS.pack(self.certificate, self.issues | self.for_servers << 1, length, *dates)

    @classmethod
    def unpacked(cls, data: bytes) -> "Bounds":
        certificate, flags, length, *dates = BOUNDS.unpack(data)
        return cls(certificate, bool(flags & 1), bool(flags & 2), None if length == _ANY_LENGTH else length, dates[0].hex(), dates[1].hex())

    def __str__(self) -> str:
        """What of it is worth a word."""
        if not self.issues:
            return "for itself alone  "
        limits = [] if self.path_length is None else [f"path length {self.path_length}"]
        return "".join(f"{limit}  " for limit in (*limits, *(() if self.for_servers else ("not for servers",))))


@dataclass(frozen=True)
class Anchor:
    """A subject's SHA-256, a key, name constraints (DER, or b"" for none), a name for people, and bounds."""

    subject: bytes
    spki: bytes
    constraints: bytes
    name: str
    bounds: Bounds

    @property
    def record(self) -> bytes:
        """As it stands in a file."""
        name = self.name.encode()
        if max(len(self.spki), len(self.constraints)) > _MOST:
            raise ValueError(f"{self.name}: its key or its name constraints are too long")
        lengths = LENGTHS.pack(len(self.spki), len(self.constraints), len(name))
        return self.subject + self.bounds.packed + lengths + self.spki + self.constraints + name


def _parts(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """`der.parts` of what has exact lengths; ValueError for the others, which a torn certificate has."""
    found = parts(der)
    if any(tlv(tag, contents) != whole for tag, contents, whole in found):
        raise ValueError("it is torn, or not DER")
    return found


def anchor_of(certificate: bytes) -> Anchor:
    """What of a certificate (DER) is trusted; ValueError (or IndexError) for one that can not be read."""
    [(_, whole, _)] = _parts(certificate)
    fields = _parts(_parts(whole)[0][1])
    version = 0
    if fields[0][0] == 0xA0:
        version = int.from_bytes(_parts(fields[0][1])[0][1])
        fields = fields[1:]
    issuer, validity, subject, spki = (field[2] for field in fields[2:6])
    says = _extensions(next((contents for tag, contents, _ in fields[6:] if tag == 0xA3), None))
    if says is None:  # RFC 5280 section 6.1.4 (k): a root of version 1; what another CA issued without a word is no CA's
        issues, length = version in _OLD_VERSIONS and issuer == subject, None
        says = {}
    else:
        issues, length = _basic_constraints(says.get(_BASIC_CONSTRAINTS))
    not_before, not_after = (_date(tag, value) for tag, value, _ in _parts(_parts(validity)[0][1]))
    bounds = Bounds(
        hashlib.sha256(certificate).digest(),
        issues and _may_sign(says.get(_KEY_USAGE)),
        _for_servers(says.get(_EXTENDED_KEY_USAGE)),
        length,
        not_before,
        not_after,
    )
    return Anchor(hashlib.sha256(subject).digest(), spki, says.get(_NAME_CONSTRAINTS, b""), name_of(subject), bounds)


def _extensions(contents: bytes | None) -> dict[bytes, bytes] | None:
    """The values of those that bound what is trusted, None for a certificate without any extension."""
    if contents is None:
        return None
    found: dict[bytes, bytes] = {}
    for _, extension, _ in _parts(_parts(contents)[0][1]):
        values = _parts(extension)
        oid = values[0][1]
        if oid in (_KEY_USAGE, _BASIC_CONSTRAINTS, _NAME_CONSTRAINTS, _EXTENDED_KEY_USAGE):
            if oid in found:
                raise ValueError("an extension is there twice")
            found[oid] = values[-1][1]
    return found


def _basic_constraints(value: bytes | None) -> tuple[bool, int | None]:
    """Whether the certificate is a CA's, and how many may stand below it."""
    issues, length = False, None
    for tag, contents, _ in () if value is None else _sequence(value):
        if tag == 0x01:
            issues = any(contents)
        elif tag == 0x02 and contents and not contents[0] & 0x80:
            length = int.from_bytes(contents)
        else:
            raise ValueError("basicConstraints that are none")
    return issues, length


def _may_sign(value: bytes | None) -> bool:
    """Whether keyUsage, if it is there, has keyCertSign."""
    if value is None:
        return True
    [(tag, usage, _)] = _parts(value)
    if tag != 0x03:
        raise ValueError("keyUsage that is none")
    unused = usage[0] if len(usage) == 2 else 0
    return len(usage) > 1 and bool(usage[1] & 0x04) and unused < 3


def _for_servers(value: bytes | None) -> bool:
    """Whether extendedKeyUsage, if it is there, names servers."""
    if value is None:
        return True
    usages = _sequence(value)
    if any(tag != 0x06 for tag, _, _ in usages):
        raise ValueError("extendedKeyUsage that is none")
    return any(oid in _FOR_SERVERS for _, oid, _ in usages)


def _sequence(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """What stands in the one SEQUENCE that `der` is."""
    [(tag, contents, _)] = _parts(der)
    if tag != 0x30:
        raise ValueError("no SEQUENCE")
    return _parts(contents)


def _date(tag: int, value: bytes) -> str:
    """The digits of a UTCTime or GeneralizedTime, zeros for what is none."""
    text = value.decode("ascii", "replace")
    if tag == 0x17:
        text = ("19" if text >= "5" else "20") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").strftime("%Y%m%d%H%M%S") if len(text) == 15 else "0" * 14
    except ValueError:
        return "0" * 14


def is_plain(text: str) -> bool:
    """Whether a name may stand in a device's sentences: nothing unseen, nothing that turns the direction of writing, no marks."""
    return all(
        letter == " "
        or (unicodedata.category(letter)[0] in "LNPS" and unicodedata.bidirectional(letter) not in ("R", "AL") and letter not in _BLANKS)
        for letter in text
    )


def name_of(subject: bytes) -> str:
    """The common name in a Name's DER, or for lack of one the organizational unit or organization, if it may stand in a sentence."""
    found = {}
    for _, rdn, _ in _parts(_parts(subject)[0][1]):
        for _, attribute, _ in _parts(rdn):
            (_, oid, _), (tag, value, _) = _parts(attribute)
            text = value.decode("utf-16-be" if tag == 0x1E else "utf-8", errors="replace")
            if is_plain(text):
                found[oid] = text
    for oid in (b"\x55\x04\x03", b"\x55\x04\x0b", b"\x55\x04\x0a"):
        if oid in found:
            return found[oid][:_MOST_NAME]
    return hashlib.sha256(subject).hexdigest()[:16]
