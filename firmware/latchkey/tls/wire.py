"""A cursor for the presentation language (RFC 5246 section 4): `end = r.open(r.u16()) ... r.close(end)` brackets a vector; inside, nothing
can be read beyond it; at the end, nothing may be left. Every short read and every leftover is the same fault, DECODE_ERROR.
"""

from latchkey.errors import Fault

_DECODE_ERROR = const(330)


class Reader:
    """Reads big-endian integers and slices from `buf[start:end]`."""

    def __init__(self, buf, start, end):
        self.buf = buf
        self.pos = start
        self.end = end

    def skip(self, n):
        """Pass over `n` bytes and return where they began."""
        at = self.pos
        if n > self.end - at:
            raise Fault(_DECODE_ERROR)
        self.pos = at + n
        return at

    def u8(self):
        return self.buf[self.skip(1)]

    def u16(self):
        at = self.skip(2)
        return self.buf[at] << 8 | self.buf[at + 1]

    def u24(self):
        return self.u8() << 16 | self.u16()

    def bytes(self, n):
        """A copy of the next `n` bytes."""
        at = self.skip(n)
        return bytes(self.buf[at : at + n])

    def more(self):
        """Whether anything is left in the vector that is open."""
        return self.pos < self.end

    def open(self, n):
        """Enter a vector of `n` bytes; returns what `close` needs."""
        outer = self.end
        if n > outer - self.pos:
            raise Fault(_DECODE_ERROR)
        self.end = self.pos + n
        return outer

    def close(self, outer):
        """Leave the vector; bytes left in it are a fault."""
        if self.pos != self.end:
            raise Fault(_DECODE_ERROR)
        self.end = outer
