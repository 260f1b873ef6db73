"""Hash functions by name, "sha256", "sha384", "sha512" (FIPS 180-4), and HMAC (RFC 2104, FIPS 198-1) over any of them."""

from array import array
from hashlib import sha256  # once: each time it is asked for, the interpreter first looks for a file of that name
from struct import calcsize, pack_into

import uctypes

from latchkey.crypto.util import address, wipe
from latchkey.errors import once

STATE = 2 * calcsize("P")  # where the state of a hashlib object begins, behind type and flag

# name -> (bytes of digest, bytes of block)
_SIZES = {"sha256": (32, 64), "sha384": (48, 128), "sha512": (64, 128)}


def digest_size(name):
    return _SIZES[name][0]


def block_size(name):
    return _SIZES[name][1]


def new(name):
    """A hash object with `update(data)` and `digest()`, which ends it: there is no copy. Raises ValueError for another name."""
    if name == "sha256":
        return sha256()
    if name not in _SIZES:
        raise ValueError("hash " + name)
    from latchkey.crypto import sha512

    return sha512.SHA512() if name == "sha512" else sha512.SHA384()


_reach: "int | None" = None  # how far what a sha256 object keeps of its message reaches, once it is final; 0 where nothing is known of it


def finish(h):
    """The digest of a hash object that was fed a secret; what the object would keep of it is wiped.

    hashlib's keeps its last block and the digest (extmod/modhashlib.c), unless its mbedTLS wipes them, as version 3.6 does.
    """
    global _reach
    digest = h.digest()
    if _reach is None:
        _reach = once("latchkey.crypto", "residue").reach()
    if _reach and isinstance(h, sha256):
        wipe(uctypes.bytearray_at(address(h) + STATE, _reach))
    return digest


class HMAC:
    """`HMAC(key, name)`: `update(data)`, then `digest_into(buf)`; what is fed then is the next message under the same key, or that of
    `rekey`.

    `size` is the length of the result. The key stays in two padded blocks, from which each message starts anew, because hash
    objects can't be copied; `wipe()` overwrites them and ends the object. A message begins with its first `update`.
    """

    def __init__(self, key, name):
        self.size, size = _SIZES[name]
        self._name = name
        self._words: Any = array("H", bytes(2 * size))  # both blocks, which are made two octets at a time
        self._inner_key = uctypes.bytearray_at(uctypes.addressof(self._words), size)
        self._outer_key = uctypes.bytearray_at(uctypes.addressof(self._words) + size, size)
        self._hash = None
        self.rekey(key)

    def rekey(self, key=None):
        """Another key; without one it is the result of the message that ends here."""
        words = self._words
        size = len(words)
        made = None
        if key is None:
            made = key = self._digest()
        elif len(key) > size:
            h = new(self._name)
            h.update(key)
            made = key = finish(h)
        pack_into("64s" if size == 64 else "128s", words, 0, key)  # and zeros behind it
        half = size >> 1
        for i in range(half):
            word = words[i]
            words[i] = word ^ 0x3636
            words[half + i] = word ^ 0x5C5C
        if made:
            wipe(made)

    def update(self, data):
        h = self._hash
        if h is None:
            h = self._hash = new(self._name)  # which has no hash for a name that was wiped
            h.update(self._inner_key)
        h.update(data)

    def digest_into(self, buf):
        """Write the result to `buf`, of exactly `size` bytes, and end the message."""
        if len(buf) != self.size:
            raise ValueError("length of buffer")
        result = self._digest()
        buf[:] = result
        wipe(result)

    def wipe(self):
        if self._hash:
            wipe(finish(self._hash))
            self._hash = None
        self._name = ""
        wipe(self._inner_key)
        wipe(self._outer_key)

    def _digest(self):
        if self._hash is None:
            self.update(b"")
        inner = finish(self._hash)
        self._hash = None
        h = new(self._name)
        h.update(self._outer_key)
        h.update(inner)
        wipe(inner)
        return finish(h)
