"""What every secret needs: a comparison whose time says nothing, a wipe, and where it lies; and memory for the workspaces of a
computation: what is lent to it, else the heap.

A workspace is 1 to 3 KB in one piece, which a small heap full of modules hardly ever has when it is wanted. But a connection's buffers lie
idle for much of its handshake. So whoever resumes a job lends it a `Room` by `lend(room)`, and takes it back by `lend(None)` when the
job yields: what one job has of it, no other job sees, and no other thread.
"""

from struct import pack_into

import uctypes

try:
    from _thread import get_ident as thread  # a number for the thread that calls, 0 where the port has but one
except ImportError:

    def thread():
        return 0


_NOTHING = 0, None
_lent = _NOTHING  # to which thread, the Room


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
    elif size >= 16:
        _fill(buf, size, 16, b"16s")
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


class Room:
    """Lends out of `spare()`, a function that gives `(buf, start, end)`: what of a buffer holds nothing now, nor will before everything
    has come back.
    """

    def __init__(self, spare):
        self._spare = spare
        self._loans = []

    def borrow(self, n):
        """`n` zero bytes at an address that 8 divides, or None where they don't fit."""
        loans = self._loans
        buf, start, end = self._spare()
        if loans:
            start = max(start, loans[-1][1])  # its end
        start = start + 7 & -8
        if start + n > end:
            return None
        piece = uctypes.bytearray_at(uctypes.addressof(buf) + start, n)
        wipe(piece)
        loans.append([piece, start + n, buf])  # which keeps the buffer where it is
        return piece

    def give_back(self, piece):
        """The piece is no longer used; it can be taken again once those after it have come back, too."""
        loans = self._loans
        for loan in loans:
            if loan[0] is piece:
                loan[0] = None
        while loans and loans[-1][0] is None:
            loans.pop()


def lend(room):
    """To what runs in this thread from now on; None ends it."""
    global _lent
    _lent = (thread(), room) if room else _NOTHING


def lent():
    """The Room that is lent here, or None."""
    whose, room = _lent
    return room if room and whose == thread() else None


def borrow(n):
    """`n` zero bytes, to be given back by `give_back`."""
    room = lent()
    return (room and room.borrow(n)) or bytearray(n)


def give_back(piece):
    """Wipe it and give back what `borrow` gave."""
    wipe(piece)
    room = lent()
    if room:
        room.give_back(piece)
