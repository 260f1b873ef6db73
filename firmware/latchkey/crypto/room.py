"""Memory for the workspaces of a computation: what is lent to it, else the heap.

A workspace is 1 to 3 KB in one piece, which a small heap full of modules hardly ever has when it is wanted. But a connection's buffers lie
idle for much of its handshake. So whoever resumes a job lends it a `Room` by `lend(room)`, and takes it back by `lend(None)` when the
job yields: what one job has of it, no other job sees, and no other thread.
"""

import uctypes

from latchkey.crypto.job import thread
from latchkey.crypto.util import wipe

_NOTHING = 0, None
_lent = _NOTHING  # to which thread, the Room


class Room:
    """Lends out of `spare()`, a function that gives `(buf, start, end)`: what of a buffer holds nothing now, nor will before everything
    has come back.
    """

    def __init__(self, spare):
        self._spare = spare
        self._loans = []

    def take(self, n):
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

    def give(self, piece):
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


def take(n):
    """`n` zero bytes, to be given back by `give`."""
    room = lent()
    return (room and room.take(n)) or bytearray(n)


def give(piece):
    """Wipe and give back what `take` gave."""
    wipe(piece)
    room = lent()
    if room:
        room.give(piece)
