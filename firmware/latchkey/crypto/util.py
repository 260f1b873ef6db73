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
    if type(buf) is bytes:
        buf = uctypes.bytearray_at(uctypes.addressof(buf), len(buf))
    size = len(buf)
    if size == 32:  # most secrets; "s" pads with zeros, a slice store would allocate
        pack_into(b"32s", buf, 0, b"")
    elif size >= 1024:
        _fill(buf, size, 1024, b"1024s")
    elif size >= 64:
        _fill(buf, size, 64, b"64s")
    else:
        _fill(buf, size, 4, b"4s") if size >= 4 else _fill(buf, size, 1, b"s")


def _fill(buf, size, step, zeros):
    """Zeros in steps, the last of which may begin within the one before it."""
    start = 0
    while start < size:
        if start > size - step:
            start = size - step
        pack_into(zeros, buf, start, b"")
        start += step
