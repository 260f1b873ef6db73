"""HMAC (RFC 2104) of records under a block cipher, with SHA-256, or with SHA-1 where the firmware has that.

Under MAC-then-encrypt the length of what is authenticated is a secret, which the number of the hash's compressions would tell (Lucky
Thirteen: AlFardan, Paterson, 2013): so there are always as many as the longest text takes.
"""

import hashlib

from latchkey.crypto.hashes import finish
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_BAD_TAG = const(602)

_BLOCK = const(64)

SHA_1: Any = getattr(hashlib, "sha1", None)


def refuse(bad, buf, start, end):
    """Where anything is wrong with a record: one fault, and nothing left of what was decrypted."""
    if bad:
        wipe(memoryview(buf)[start:end])
        raise Fault(_BAD_TAG)


class RecordMAC:
    """A key and its hash: `new()` makes an object of that, `size` is the length of the result."""

    def __init__(self, key, new, size):
        self.size = size
        self._new = new
        self._inner = inner = bytearray(b"\x36" * _BLOCK)
        self._outer = outer = bytearray(b"\x5c" * _BLOCK)
        for i in range(len(key)):
            inner[i] ^= key[i]
            outer[i] ^= key[i]

    def digest_into(self, out, header, buf, start, end, most):
        """Write the MAC of `header + buf[start:end]` to `out`, with the compressions of `header + buf[start:most]`."""
        view = memoryview(buf)
        h = self._new()
        h.update(self._inner)
        h.update(header)
        h.update(view[start:end])
        inner = finish(h)
        h = self._new()
        h.update(self._outer)
        h.update(inner)
        wipe(inner)
        result = finish(h)
        out[:] = result
        wipe(result)
        shift = len(header) + 8 - start  # a message ends with a bit and its length in 8 octets
        h = self._new()
        h.update(view[: _BLOCK * ((most + shift) // _BLOCK - (end + shift) // _BLOCK)])

    def wipe(self):
        wipe(self._inner)
        wipe(self._outer)
