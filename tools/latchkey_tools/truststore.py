"""Trust stores for boards: a PEM bundle into a compact file that the device searches without loading it (`latchkey trust`).

On the device: `context.load_verify_locations("anchors.lk")`. The layout is in firmware/latchkey/x509/store_file.py, what is read of a
certificate in anchor.py beside it. Anchors whose keys the device can not use (other curves, RSA below 2048 bits) are left out, and named.
"""

import base64
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .anchors import BOUNDS, LENGTHS, Anchor, Bounds, anchor_of

MAGIC = b"latchkey"
VERSION = 2
_BEGIN = rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----"
_BLOCK = _BEGIN + rb"(.*?)-----END \1-----"
_HEADER = struct.Struct(">8sII32s")
_CONSTRAINED = struct.Struct(">I")  # how many anchors have name constraints
_INDEX_AT = _HEADER.size + _CONSTRAINED.size
_ENTRY = struct.Struct(">8sI")


def is_usable(anchor: Anchor) -> bool:
    """Whether the device can verify by its key."""
    try:
        key = serialization.load_der_public_key(anchor.spki)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return key.curve.name in ("secp256r1", "secp384r1") and anchor.spki.endswith(point)
    return isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 8192


def anchors_of(bundle: bytes) -> list[Anchor]:
    """Those of a PEM bundle, in UTF-16, too; ValueError where it has a broken block or none at all."""
    bundle = bundle.replace(b"\0", b"")
    blocks = re.findall(_BLOCK, bundle, re.DOTALL)
    if not blocks:
        raise ValueError("no certificate in PEM")
    if len(blocks) != len(re.findall(_BEGIN, bundle)):
        raise ValueError("a certificate can not be read: its PEM has no end")
    try:
        return [anchor_of(base64.b64decode(block)) for _, block in blocks]
    except (IndexError, ValueError) as reason:
        trusted = "where it is TRUSTED, openssl x509 -in FILE -out plain.pem makes it plain" if b"-BEGIN TRUSTED " in bundle else ""
        raise ValueError(f"a certificate can not be read: {trusted or reason}") from None


def pack(anchors: Iterable[Anchor]) -> bytes:
    """The file with these anchors; the same whatever their order, each once."""
    chosen = sorted(set(anchors), key=lambda a: a.record)
    index, records = b"", b""
    position = _INDEX_AT + _ENTRY.size * len(chosen)
    for anchor in chosen:
        index += _ENTRY.pack(anchor.subject[:8], position + len(records))
        records += anchor.record
    body = _CONSTRAINED.pack(sum(bool(anchor.constraints) for anchor in chosen)) + index + records
    return _HEADER.pack(MAGIC, VERSION, len(chosen), hashlib.sha256(body).digest()) + body


def unpack(data: bytes) -> list[Anchor]:
    """The anchors of a file; ValueError if it is none, or was changed."""
    if len(data) < _HEADER.size:
        raise ValueError("not a compact trust store")
    magic, version, count, digest = _HEADER.unpack_from(data)
    if magic != MAGIC or version > VERSION:
        raise ValueError("not a compact trust store")
    if version < VERSION:
        raise ValueError("packed by an older truststore, without the bounds of its anchors: make it anew")
    if hashlib.sha256(data[_HEADER.size :]).digest() != digest:
        raise ValueError("damaged: the digest in it is another")
    anchors = []
    for i in range(count):
        _, at = _ENTRY.unpack_from(data, _INDEX_AT + _ENTRY.size * i)
        bounds = Bounds.unpacked(data[at + 32 : at + 32 + BOUNDS.size])
        start = at + 32 + BOUNDS.size
        spki, constraints, name = LENGTHS.unpack_from(data, start)
        parts, start = [], start + LENGTHS.size
        for size in (spki, constraints, name):
            parts.append(data[start : start + size])
            start += size
        anchors.append(Anchor(data[at : at + 32], parts[0], parts[1], parts[2].decode(), bounds))
    return anchors


def chosen(anchors: Iterable[Anchor], only: Sequence[str], without: Sequence[str]) -> list[Anchor]:
    """The anchors whose names contain one of `only` (all if there is none) and none of `without`."""

    def wanted(anchor: Anchor) -> bool:
        return (not only or any(part in anchor.name for part in only)) and not any(part in anchor.name for part in without)

    return [anchor for anchor in anchors if wanted(anchor)]
