"""Hash functions by name, "sha256", "sha384", "sha512" (FIPS 180-4), and HMAC (RFC 2104, FIPS 198-1) over any of them."""

from hashlib import sha256  # once: each time it is asked for, the interpreter first looks for a file of that name
from struct import calcsize

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
    """`HMAC(key, name)`: `update(data)`, then `digest_into(buf)`; what is fed then is the next message under the same key.

    `size` is the length of the result. The key stays in two padded blocks, from which each message starts anew, because hash
    objects can't be copied; `wipe()` overwrites them and ends the object. A message begins with its first `update`.
    """

    def __init__(self, key, name):
        self.size = digest_size(name)
        self._name = name
        size = block_size(name)
        self._inner_key = inner = bytearray(b"\x36" * size)
        self._outer_key = outer = bytearray(b"\x5c" * size)
        if len(key) > size:
            h = new(name)
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
            h = self._hash = new(self._name)  # which has no hash for a name that was wiped
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
        h = new(self._name)
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
