"""Hash functions by name: "sha256", "sha384", "sha512" (FIPS 180-4)."""

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
