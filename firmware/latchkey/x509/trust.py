"""Trust anchors in memory, and files of them that are searched without being loaded.

An anchor is a subject, a key, name constraints, and the bounds that its certificate sets (anchor.py); one given as name and key has none.
It is kept as a record, in memory as in a compact file (store_file.py, made by `truststore.py`):

   32  SHA-256 of the subject's DER
   48  bounds
    5  lengths of what follows: SubjectPublicKeyInfo (2), NameConstraints (2; 0: none), name (1), big-endian
        these: DER, DER, UTF-8

In memory that costs about 120 bytes beyond the SubjectPublicKeyInfo (91 bytes for P-256, 294 for RSA-2048), in a file nothing but its path.
"""

import struct
from hashlib import sha256

from micropython import const

from latchkey.errors import Fault

_KEY_ALGORITHM = const(523)
_KEY_EC_POINT = const(527)
_TRUST_FORMAT = const(589)
_TRUST_EMPTY = const(590)

_MOST_RSA_BITS = const(8192)
_MOST_NAME = const(63)  # characters
_LENGTHS_AT = const(80)
_HEAD = const(85)

# Of an anchor that is name and key: no certificate of its own, a CA for servers, of any length, for ever.
_UNBOUNDED = bytes(32) + b"\x03\xff" + bytes(7) + b"\x99" * 7


class TrustStore:
    """Anchors, found by the SHA-256 of their subject's DER."""

    def __init__(self):
        self._anchors = []  # records
        self._files = []
        self._fingerprint = bytes(32)
        self.constrained = False  # whether any anchor may have name constraints

    def add(self, data):
        """Add certificates: PEM (any number, text around them is ignored) or DER (one), in bytes or text. Returns how many were added.

        Anchors whose key can not be used here are left out, which only narrows what is trusted; Fault if nothing is left.
        """
        from latchkey.x509.pem import blocks

        return self._add_all(blocks(data, (b"CERTIFICATE",)))

    def add_file(self, path):
        """Add the anchors in the file at `path`: a compact file, or certificates in PEM, read one at a time, or DER."""
        with open(path, "rb") as file:
            start = file.read(8)
            file.seek(0)
            if start == b"latchkey":
                from latchkey.x509.store_file import StoreFile

                store = StoreFile(path, file)
                self._files.append(store)
                self.constrained |= store.constrained
                self._mix(store.digest)
                return store.count
            from latchkey.x509.pem import stream_blocks

            return self._add_all(stream_blocks(file, (b"CERTIFICATE",)))

    def add_anchor(self, subject, spki, constraints=None, name=""):
        """Add an anchor by the DER of its subject, SubjectPublicKeyInfo and NameConstraints: a CA without any other bounds."""
        self._add(sha256(subject).digest(), spki, constraints, name, _UNBOUNDED)

    def find(self, subject):
        """The anchors with this SHA-256 of the subject: `(public key, NameConstraints or None, name, SHA-256 of the key's DER, bounds)`."""
        found = []
        for record in self._anchors:
            if record.startswith(subject):
                found.append(_entry(record))
        for file in self._files:
            try:
                for record in file.find(subject):
                    found.append(_entry(record))
            except (Fault, ValueError, OSError):  # damaged, or gone
                raise Fault(_TRUST_FORMAT, file.path)
        return found

    def fingerprint(self):
        """32 bytes that change with what is trusted."""
        return self._fingerprint

    def _add_all(self, certificates):
        from latchkey.x509.anchor import from_certificate

        count = left_out = 0
        reason = None
        try:
            for der in certificates:
                try:
                    self._add(*from_certificate(der))
                    count += 1
                except Fault as fault:
                    if not _KEY_ALGORITHM <= fault.cause <= _KEY_EC_POINT:
                        raise ValueError
                    reason = fault
                    reason.detail = count + left_out
                    left_out += 1
        except ValueError:
            raise Fault(_TRUST_FORMAT, count + left_out)
        if not count:
            raise reason or Fault(_TRUST_EMPTY)
        return count

    def _add(self, subject, spki, constraints, name, bounds):
        name = name[:_MOST_NAME].encode()
        constraints = constraints or b""
        if len(spki) > 0xFFFF or len(constraints) > 0xFFFF:
            raise ValueError
        record = b"".join((subject, bounds, struct.pack(">HHB", len(spki), len(constraints), len(name)), spki, constraints, name))
        _entry(record)  # its key must be one that can be used
        if record not in self._anchors:
            self._anchors.append(record)
            self.constrained |= constraints != b""
            self._mix(record)

    def _mix(self, data):
        self._fingerprint = sha256(self._fingerprint + data).digest()


def _entry(record):
    from latchkey.x509 import signature
    from latchkey.x509.der import Reader

    key, constraints, _ = struct.unpack_from(">HHB", record, _LENGTHS_AT)
    constraints_at = _HEAD + key
    name_at = constraints_at + constraints
    spki = record[_HEAD:constraints_at]
    return (
        signature.public_key(Reader(spki), _MOST_RSA_BITS),
        record[constraints_at:name_at] or None,
        record[name_at:].decode(),
        sha256(spki).digest(),
        record[32:_LENGTHS_AT],
    )
