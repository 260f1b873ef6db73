"""HMAC (RFC 2104, FIPS 198-1) over any hash of `hashes.py`."""

from latchkey.crypto import hashes
from latchkey.crypto.hashes import finish
from latchkey.crypto.util import wipe


class HMAC:
    """`HMAC(key, name)`: `update(data)`, then `digest_into(buf)`; what is fed then is the next message under the same key.

    `size` is the length of the result. The key stays in two padded blocks, from which each message starts anew, because hash
    objects can't be copied; `wipe()` overwrites them and ends the object. A message begins with its first `update`.
    """

    def __init__(self, key, name):
        self.size = hashes.digest_size(name)
        self._name = name
        size = hashes.block_size(name)
        self._inner_key = inner = bytearray(b"\x36" * size)
        self._outer_key = outer = bytearray(b"\x5c" * size)
        if len(key) > size:
            h = hashes.new(name)
            h.update(key)
            digest = finish(h)
            _pad(digest, inner, outer)
            wipe(digest)
        else:
            _pad(key, inner, outer)
        self._hash = None

    def update(self, data):
        h = self._hash
        if h is None:
            h = self._hash = hashes.new(self._name)  # which has no hash for a name that was wiped
            h.update(self._inner_key)
        h.update(data)

    def digest_into(self, buf):
        """Write the result to `buf`, of exactly `size` bytes, and end the message."""
        if len(buf) != self.size:
            raise ValueError("length of buffer")
        if self._hash is None:
            self.update(b"")
        inner = finish(self._hash)
        self._hash = None
        h = hashes.new(self._name)
        h.update(self._outer_key)
        h.update(inner)
        wipe(inner)
        result = finish(h)
        buf[:] = result
        wipe(result)

    def wipe(self):
        if self._hash:
            wipe(finish(self._hash))
            self._hash = None
        self._name = ""
        wipe(self._inner_key)
        wipe(self._outer_key)


def _pad(key, inner, outer):
    i = 0
    for byte in key:
        inner[i] = byte ^ 0x36
        outer[i] = byte ^ 0x5C
        i += 1  # noqa: SIM113  (enumerate would make a tuple of a byte of the key)
