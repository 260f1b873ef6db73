"""What every secret needs: a comparison whose time says nothing, a wipe, and where it lies."""

from struct import pack_into

import uctypes


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

    Never a constant of the program: frozen ones are in flash. Allocates nothing for a bytearray: it runs on the way out
    of every error, a MemoryError too.
    """
    if isinstance(buf, bytes):
        buf = uctypes.bytearray_at(uctypes.addressof(buf), len(buf))
    size = len(buf)
    start = 0
    while size - start >= 256:  # "s" pads with zeros; a slice store would allocate
        pack_into("256s", buf, start, b"")
        start += 256
    while size - start >= 32:  # a key, a digest; in text it would be a name more that the interpreter keeps
        pack_into(b"32s", buf, start, b"")
        start += 32
    while start < size:
        buf[start] = 0
        start += 1
