"""What every secret needs: a comparison whose time says nothing, a wipe, and where it lies."""

from builtins import bytes, isinstance, len  # as the module's own they are found at once
from struct import pack_into

import uctypes

# How zeros are written: "s" pads with them, where a slice store would allocate. By length those of keys and digests; then powers of two.
_WHOLE = {32: "32s", 64: "64s", 48: "48s"}
_PIECES = ("512s", "256s", "128s", "64s", "32s", "16s", "8s", "4s", "2s", "1s")


def equal(a, b):
    """Whether two byte strings are the same; the time depends on their lengths only."""
    if len(a) != len(b):
        return False
    difference = 0
    for i in range(len(a)):
        difference |= a[i] ^ b[i]
    return difference == 0


def address(thing):
    """Where an object lies. MicroPython's id() makes addresses from 2^30 to 2^31 negative: the RAM of an ESP32-C6 or P4."""
    where = id(thing)
    return where + (1 << 31) if where < 0 else where


def wipe(buf):
    """Overwrite a bytearray, a memoryview of one, or a `bytes` (hashlib's digests come as such) with zeros, in place.

    Never a constant of the program: frozen ones are in flash. Needs no memory for a bytearray: it runs on the way out of every error, a
    MemoryError too.
    """
    if isinstance(buf, bytes):
        buf = uctypes.bytearray_at(uctypes.addressof(buf), len(buf))
    form = _WHOLE.get(len(buf))
    if form:
        pack_into(form, buf, 0, b"")
    else:
        _overwrite(buf)


def _overwrite(buf):  # apart: a function of many variables has them in the heap
    size = len(buf)
    at = 0
    while size - at >= 1024:
        pack_into("1024s", buf, at, b"")
        at += 1024
    n = 512
    for form in _PIECES:
        if size & n:
            pack_into(form, buf, at, b"")
            at += n
        n >>= 1
