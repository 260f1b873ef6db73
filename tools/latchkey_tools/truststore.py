"""Trust stores for boards: a PEM bundle into a compact file that the device searches without loading it.

    python -m tools.latchkey_tools.truststore make BUNDLE.pem anchors.lk [--only "ISRG Root X1" --only GTS] [--except NAME]
    python -m tools.latchkey_tools.truststore list anchors.lk

On the device: `context.load_verify_locations("anchors.lk")`. The layout is in firmware/latchkey/x509/store_file.py. Anchors whose keys
the device can not use (other curves, RSA below 2048 bits) are left out, and named.
"""

import argparse
import base64
import hashlib
import re
import struct
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .der import parts, tlv

MAGIC = b"latchkey"
VERSION = 1
_HEADER = struct.Struct(">8sII32s")
_ENTRY = struct.Struct(">8sI")
_NAME_CONSTRAINTS = b"\x55\x1d\x1e"
_LENGTHS = struct.Struct(">HHB")


@dataclass(frozen=True)
class Anchor:
    """A subject's SHA-256, a key, name constraints (DER, or b"" for none), and a name for people."""

    subject: bytes
    spki: bytes
    constraints: bytes
    name: str

    @property
    def record(self) -> bytes:
        name = self.name.encode()
        return self.subject + _LENGTHS.pack(len(self.spki), len(self.constraints), len(name)) + self.spki + self.constraints + name


def _parts(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """`der.parts` of what has exact lengths; ValueError for the others, which a torn certificate has."""
    found = parts(der)
    if any(tlv(tag, contents) != whole for tag, contents, whole in found):
        raise ValueError("it is torn, or not DER")
    return found


def anchor_of(certificate: bytes) -> Anchor:
    """What of a certificate (DER) is trusted. Nothing else of it is judged: some roots have serial number 0."""
    [(_, whole, _)] = _parts(certificate)
    fields = _parts(_parts(whole)[0][1])
    if fields[0][0] == 0xA0:
        fields = fields[1:]  # the version
    subject, spki = fields[4][2], fields[5][2]
    constraints = b""
    for tag, contents, _ in fields[6:]:
        if tag == 0xA3:
            for _, extension, _ in _parts(_parts(contents)[0][1]):
                values = _parts(extension)
                if values[0][1] == _NAME_CONSTRAINTS:
                    constraints = values[-1][1]
    return Anchor(hashlib.sha256(subject).digest(), spki, constraints, name_of(subject))


def name_of(subject: bytes) -> str:
    """The common name in a Name's DER, or for lack of one the organizational unit or organization."""
    found = {}
    for _, rdn, _ in _parts(_parts(subject)[0][1]):
        for _, attribute, _ in _parts(rdn):
            (_, oid, _), (tag, value, _) = _parts(attribute)
            found[oid] = value.decode("utf-16-be" if tag == 0x1E else "utf-8", errors="replace")
    for oid in (b"\x55\x04\x03", b"\x55\x04\x0b", b"\x55\x04\x0a"):
        if oid in found:
            return found[oid].encode()[:255].decode(errors="ignore")
    return hashlib.sha256(subject).hexdigest()[:16]


def is_usable(anchor: Anchor) -> bool:
    """Whether the device can verify by its key."""
    try:
        key = serialization.load_der_public_key(anchor.spki)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in ("secp256r1", "secp384r1")
    return isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 8192


def anchors_of(bundle: bytes) -> list[Anchor]:
    """Those of a PEM bundle; ValueError where it has a broken block or none at all."""
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", bundle, re.DOTALL)
    if not blocks:
        raise ValueError("no certificate in PEM")
    try:
        return [anchor_of(base64.b64decode(block)) for block in blocks]
    except (IndexError, ValueError) as reason:
        raise ValueError(f"a certificate can not be read: {reason}") from None


def pack(anchors: Iterable[Anchor]) -> bytes:
    """The file with these anchors; the same whatever their order, each once."""
    chosen = sorted(set(anchors), key=lambda a: a.record)
    index, records = b"", b""
    position = _HEADER.size + _ENTRY.size * len(chosen)
    for anchor in chosen:
        index += _ENTRY.pack(anchor.subject[:8], position + len(records))
        records += anchor.record
    body = index + records
    return _HEADER.pack(MAGIC, VERSION, len(chosen), hashlib.sha256(body).digest()) + body


def unpack(data: bytes) -> list[Anchor]:
    """The anchors of a file; ValueError if it is none, or was changed."""
    if len(data) < _HEADER.size:
        raise ValueError("not a compact trust store")
    magic, version, count, digest = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise ValueError("not a compact trust store")
    if hashlib.sha256(data[_HEADER.size :]).digest() != digest:
        raise ValueError("damaged: the digest in it is another")
    anchors = []
    for i in range(count):
        _, at = _ENTRY.unpack_from(data, _HEADER.size + _ENTRY.size * i)
        spki, constraints, name = _LENGTHS.unpack_from(data, at + 32)
        parts, start = [], at + 32 + _LENGTHS.size
        for size in (spki, constraints, name):
            parts.append(data[start : start + size])
            start += size
        anchors.append(Anchor(data[at : at + 32], parts[0], parts[1], parts[2].decode()))
    return anchors


def chosen(anchors: Iterable[Anchor], only: Sequence[str], without: Sequence[str]) -> list[Anchor]:
    """The anchors whose names contain one of `only` (all if there is none) and none of `without`."""

    def wanted(anchor: Anchor) -> bool:
        return (not only or any(part in anchor.name for part in only)) and not any(part in anchor.name for part in without)

    return [anchor for anchor in anchors if wanted(anchor)]


def _make(options: argparse.Namespace) -> None:
    data = Path(options.bundle).read_bytes()
    anchors = anchors_of(data)
    for part in (*options.only, *options.without):
        if not any(part in anchor.name for anchor in anchors):
            raise ValueError(f"no anchor has {part!r} in its name")
    anchors = chosen(anchors, options.only, options.without)
    for anchor in anchors:
        if not is_usable(anchor):
            print(f"left out, its key can not be used: {anchor.name}", file=sys.stderr)
    usable = list(filter(is_usable, anchors))
    if not usable:
        raise ValueError("no anchor is left")
    packed = pack(usable)
    Path(options.file).write_bytes(packed)
    print(f"{options.file}: {len(unpack(packed))} anchors, {len(packed)} bytes (the bundle has {len(data)})")


def _list(options: argparse.Namespace) -> None:
    for anchor in unpack(Path(options.file).read_bytes()):
        print(f"{anchor.subject.hex()[:16]}  {len(anchor.spki):4}  {'constrained  ' if anchor.constraints else ''}{anchor.name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 and a line on stderr where something is wrong."""
    parser = argparse.ArgumentParser(prog="truststore", description="compact trust stores for boards")
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("make", help="a compact file out of a PEM bundle")
    make.add_argument("bundle", help="certificates in PEM")
    make.add_argument("file", help="what to write")
    make.add_argument("--only", action="append", default=[], metavar="NAME", help="only anchors with this in their name (may be repeated)")
    make.add_argument("--except", action="append", default=[], metavar="NAME", dest="without", help="no anchors with this in their name")
    make.set_defaults(run=_make)
    show = commands.add_parser("list", help="what a compact file holds: subject's hash, bytes of the key, name")
    show.add_argument("file")
    show.set_defaults(run=_list)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as reason:
        print(f"truststore: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
