"""A compact file of trust anchors, searched by subject without being loaded. `truststore.py` writes it.

    8  "latchkey"
    4  1, the version of this layout
    4  n, the number of anchors
   32  SHA-256 of all that follows
  n x 12  index, in ascending order: the first 8 octets of the SHA-256 of the subject; the position of the record in the file
  records: SHA-256 of the subject (32), then lengths of SubjectPublicKeyInfo (2), NameConstraints (2) and name (1), then these (DER, DER,
           UTF-8)

Numbers are big-endian. The digest tells versions of the file apart; whoever can write the file decides whom the device trusts.
"""

import struct

from micropython import const

from latchkey.errors import Fault

_TRUST_FORMAT = const(589)

_HEADER = const(48)
_ENTRY = const(12)


class StoreFile:
    """The file at `path`, which is opened for each search. `file` is the same, open, for its header."""

    def __init__(self, path, file):
        self.path = path
        header = file.read(_HEADER)
        if len(header) != _HEADER or header[:8] != b"latchkey":
            raise Fault(_TRUST_FORMAT, path)
        version, self.count = struct.unpack_from(">II", header, 8)
        if version != 1 or file.seek(0, 2) < _HEADER + _ENTRY * self.count:
            raise Fault(_TRUST_FORMAT, path)
        self.digest = header[16:]

    def find(self, subject):
        """The anchors with this SHA-256 of the subject: a list of `(SubjectPublicKeyInfo, NameConstraints or None, name)`."""
        found = []
        with open(self.path, "rb") as file:
            i = self._first(file, subject[:8])
            while i < self.count:
                key, position = self._entry(file, i)
                if key != subject[:8]:
                    break
                file.seek(position)
                if self._read(file, 32) == subject:
                    found.append(self._record(file))
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

    def _record(self, file):
        spki, constraints, name = struct.unpack(">HHB", self._read(file, 5))
        spki = self._read(file, spki)
        constraints = self._read(file, constraints) or None
        return spki, constraints, self._read(file, name).decode()

    def _read(self, file, size):
        data = file.read(size)
        if len(data) != size:
            raise Fault(_TRUST_FORMAT, self.path)
        return data
