"""Hash functions by name: "sha256", "sha384", "sha512" (FIPS 180-4)."""

from hashlib import sha256  # once: each time it is asked for, the interpreter first looks for a file of that name

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
