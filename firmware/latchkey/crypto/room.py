"""Memory for the workspaces of a computation: what is lent to it, else the heap.

A workspace is 1 to 3 KB in one piece, which a small heap full of modules hardly ever has when it is wanted. But a connection's buffers lie
idle for much of its handshake. So whoever resumes a job may lend it a `Room`, by setting `lent`, and takes it back when the job yields
(`lent = None`): what one job has of it, no other job sees.
"""

import uctypes

from latchkey.crypto.util import wipe

lent: "Room | None" = None


class Room:
    """Lends out of `spare()`, a function that gives `(buf, start, end)`: what of a buffer holds nothing now, nor will before everything
    has come back. The last piece taken comes back first.
    """

    def __init__(self, spare):
        self._spare = spare
        self._loans = []

    def take(self, n):
        """`n` zero bytes at an address that 8 divides, or None where they don't fit."""
        loans = self._loans
        if loans:
            _, start, end, buf = loans[-1]
        else:
            buf, start, end = self._spare()
        start = start + 7 & -8
        if start + n > end:
            return None
        piece = uctypes.bytearray_at(uctypes.addressof(buf) + start, n)
        wipe(piece)
        loans.append((piece, start + n, end, buf))  # which keeps the buffer where it is
        return piece

    def give(self, piece):
        loans = self._loans
        if loans and loans[-1][0] is piece:
            loans.pop()


def take(n):
    """`n` zero bytes, to be given back by `give`."""
    return (lent and lent.take(n)) or bytearray(n)


def give(piece):
    """Wipe and give back what `take` gave."""
    wipe(piece)
    if lent:
        lent.give(piece)
