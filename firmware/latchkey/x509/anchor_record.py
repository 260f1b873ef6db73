"""An anchor as a record, which stands in compact files (store_file.py) and is what a fingerprint is made of.

   32  SHA-256 of the subject's DER
   48  bounds (anchor.py)
    5  lengths of what follows: SubjectPublicKeyInfo (2), NameConstraints (2; 0: none), name (1)
        these: DER, DER, UTF-8

Lengths are big-endian.
"""

import struct
from hashlib import sha256

from latchkey.x509 import keys
from latchkey.x509.der import Reader

_MOST_RSA_BITS = const(8192)
_MOST_NAME = const(63)  # characters
_LENGTHS_AT = const(80)
_HEAD = const(85)

# Bounds of an anchor that is name and key: no certificate of its own, a CA for servers, of any length, for ever.
UNBOUNDED = bytes(32) + b"\x03\xff" + bytes(7) + b"\x99" * 7


def read(record):
    """What TrustStore keeps of it. Fault or ValueError for a record that is none."""
    key, constraints, _ = struct.unpack_from(">HHB", record, _LENGTHS_AT)
    constraints_at = _HEAD + key
    name_at = constraints_at + constraints
    spki = record[_HEAD:constraints_at]
    return (
        record[:_LENGTHS_AT] + sha256(spki).digest(),
        keys.public_key(Reader(spki), _MOST_RSA_BITS),
        record[constraints_at:name_at] or None,
        record[name_at:].decode(),
    )


def add(store, subject, spki, constraints, name, bounds):
    """One more anchor for a TrustStore; what it has already is not added again."""
    name = name[:_MOST_NAME].encode()
    constraints = constraints or b""
    if len(spki) > 0xFFFF or len(constraints) > 0xFFFF:
        raise ValueError
    record = b"".join((subject, bounds, struct.pack(">HHB", len(spki), len(constraints), len(name)), spki, constraints, name))
    anchor = read(record)  # its key must be one that can be used
    if anchor not in store.anchors:
        store.anchors.append(anchor)
        store.constrained |= constraints != b""
        store.mix(record)
