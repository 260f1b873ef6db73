"""A compact file of trust anchors, searched by subject without being loaded. `latchkey trust` writes it.

    8  "latchkey"
    4  2, the version of this layout; 1 had no bounds
    4  n, the number of anchors
   32  SHA-256 of all that follows
    4  how many of them have name constraints
  n x 12  index, in ascending order: the first 8 octets of the SHA-256 of the subject; the position of the record in the file
  records, see anchor_record.py

Numbers are big-endian. The digest tells versions of the file apart; whoever can write the file decides whom the device trusts.
"""

import struct

from latchkey.errors import Fault

_TRUST_FORMAT = const(589)
_TRUST_OLD = const(591)

_LAYOUT = const(2)
_HEADER = const(52)
_ENTRY = const(12)
_HEAD = const(85)  # of a record
_LENGTHS_AT = const(80)


class StoreFile:
    """The file at `path`, which is opened for each search. `file` is the same, open, for its header."""

    def __init__(self, path, file):
        self.path = path
        header = file.read(_HEADER)
        if len(header) != _HEADER or header[:8] != b"latchkey":
            raise Fault(_TRUST_FORMAT, path)
        version, self.count = struct.unpack_from(">II", header, 8)
        if not 1 <= version <= _LAYOUT or not self.count or file.seek(0, 2) < _HEADER + _ENTRY * self.count:
            raise Fault(_TRUST_FORMAT, path)
        if version < _LAYOUT:
            raise Fault(_TRUST_OLD, path)
        self.digest = header[16:48]
        self.constrained = any(header[48:])

    def find(self, subject):
        """The anchors with this SHA-256 of the subject, as a TrustStore has them in memory."""
        from latchkey.x509.anchor_record import read

        found = []
        with open(self.path, "rb") as file:
            i = self._first(file, subject[:8])
            while i < self.count:
                key, position = self._entry(file, i)
                if key != subject[:8]:
                    break
                file.seek(position)
                head = self._read(file, _HEAD)
                if head[:32] == subject:
                    found.append(read(head + self._read(file, sum(struct.unpack_from(">HHB", head, _LENGTHS_AT)))))
                i += 1
        return found

    def _first(self, file, key):
        """The number of the first index entry that is not below `key`."""
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self._entry(file, middle)[0] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _entry(self, file, i):
        file.seek(_HEADER + _ENTRY * i)
        entry = self._read(file, _ENTRY)
        return entry[:8], int.from_bytes(entry[8:], "big")

    def _read(self, file, size):
        data = file.read(size)
        if len(data) != size:
            raise Fault(_TRUST_FORMAT, self.path)
        return data
