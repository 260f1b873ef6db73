"""Hash functions by name: "sha256", "sha384", "sha512" (FIPS 180-4)."""

from hashlib import sha256  # once: each time it is asked for, the interpreter first looks for a file of that name
from struct import calcsize

import uctypes
from micropython import const

from latchkey.crypto.util import address, wipe

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


_STATE = 2 * calcsize("P")  # where the state begins, behind type and flag
_LEAST = const(112)  # bytes that it has
_LAST_BLOCK = b"latchkey latchkey latchkey latchkey latchkey latchkey l\x80" + bytes(6) + b"\x01\xb8"

_reach = None  # how far what a sha256 object keeps of its message reaches, once it is final; 0 where that is nothing, or not known


def finish(h):
    """The digest of a hash object that was fed a secret; what the object would keep of it is wiped.

    hashlib's keeps its last block and the digest (extmod/modhashlib.c), unless its mbedTLS wipes them, as version 3.6 does.
    """
    digest = h.digest()
    if _reach is None:
        _measure()
    if _reach and isinstance(h, sha256):
        wipe(uctypes.bytearray_at(address(h) + _STATE, _reach))
    return digest


def _measure():
    global _reach
    h = sha256(_LAST_BLOCK[:55])
    digest = h.digest()
    memory = bytes(uctypes.bytearray_at(address(h) + _STATE, _LEAST))
    swapped = bytes([digest[i ^ 3] for i in range(32)])
    _reach = max([memory.find(mark) + len(mark) for mark in (_LAST_BLOCK, digest, swapped) if mark in memory] or (0,))
