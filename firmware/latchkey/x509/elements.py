"""DER that arrives in pieces of any size, element by element, through one small window.

A parser is a generator that calls `open`, `take`, `peek` and `pass_to` with `yield from`; each yields the octets it wants in the
window, and `feed` resumes it when they are there, never with more. Small elements are taken whole and read with a `Reader`; the others
are entered and left, so an element may be larger than any buffer. Positions (`pos`, and every `end`) count octets from the start.
Everything that goes by feeds the hashes that are set at that time.
"""

from micropython import const

from latchkey.errors import Fault
from latchkey.x509.der import Reader, content_size, header_size

_TRUNCATED = const(500)
_TRAILING = const(501)
_TAG = const(502)
_TOO_LONG = const(514)


class Elements:
    """The window and its bookkeeping. An element that must be seen whole may have `capacity` octets."""

    def __init__(self, capacity):
        self.buf = bytearray(capacity)
        self.r = Reader(self.buf, 0, 0)
        self._job = None

    def start(self, job):
        """Begin an input; `job` is the generator that reads it."""
        self.pos = 0  # of the current element in the input
        self._have = self._mark = 0  # octets in the window; where the current element begins in it
        self._holding = False
        self.whole_hash = self.part_hash = None
        self._job = job
        self._want = next(job)

    def feed(self, buf, start, end):
        """Take `buf[start:end]`."""
        view = memoryview(buf)
        while start < end:
            if self._job is None:
                raise Fault(_TRAILING)
            have = self._have
            stop = min(self._want, have + end - start)
            self.buf[have:stop] = view[start : start + stop - have]
            start += stop - have
            self._have = stop
            if stop == self._want:
                try:
                    self._want = next(self._job)
                except StopIteration:
                    self._job = None

    def finish(self):
        """The input ends here."""
        if self._job is not None:
            self._job = None
            raise Fault(_TRUNCATED)

    # For the parser

    def peek(self, end):
        """The tag of the next element, -1 at `end`."""
        if self.pos >= end:
            return -1
        if self._have == self._mark:
            yield self._mark + 1
        return self.buf[self._mark]

    def header(self, end):
        """Bring the next element's header into the window; returns the octets of the whole element, which ends by `end`."""
        mark = self._mark
        room = end - self.pos
        if room < 2:
            raise Fault(_TRUNCATED)
        if self._have < mark + 2:
            yield mark + 2
        head = header_size(self.buf, mark)
        if head > room:
            raise Fault(_TRUNCATED)
        if self._have < mark + head:
            yield mark + head
        size = head + content_size(self.buf, mark, head)
        if size > room:
            raise Fault(_TRUNCATED)
        return size

    def open(self, tag, end):
        """Enter the next element, which must have this tag; returns where it ends."""
        size = yield from self.header(end)
        if self.buf[self._mark] != tag:
            raise Fault(_TAG)
        stop = self.pos + size
        self.eat()
        return stop

    def take(self, end):
        """Bring the next element whole into the window and set `r` on it; `done()` passes on."""
        stop = self._mark + (yield from self.header(end))
        if stop > len(self.buf):
            raise Fault(_TOO_LONG)
        if self._have < stop:
            yield stop
        self.r.set(self.buf, self._mark, stop)

    def done(self):
        """The taken element has been read, to its end."""
        if self.r.pos != self.r.end:
            raise Fault(_TRAILING)
        self.eat()

    def fits(self, size):
        """Whether an element of `size` octets can be taken."""
        return self._mark + size <= len(self.buf)

    def taken(self):
        """A view of the taken element, until `done()`."""
        return memoryview(self.buf)[self._mark : self._have]

    def pass_to(self, stop, sink=None):
        """Go on to position `stop` whatever stands there; `sink` gets views of it."""
        while self.pos < stop:
            want = self._mark + min(stop - self.pos, len(self.buf) - self._mark)
            if self._have < want:
                yield want
            if sink is not None:
                sink(self.taken())
            self.eat()

    def eat(self):
        """What is in the window has been read."""
        self.pos += self._have - self._mark
        self._mark = self._have
        if not self._holding:
            view = memoryview(self.buf)[: self._have]
            if self.whole_hash is not None:
                self.whole_hash.update(view)
            if self.part_hash is not None:
                self.part_hash.update(view)
            self._have = self._mark = 0

    def hold(self):
        """What is read from here on stays in the window until `release`."""
        self._holding = True

    def release(self, whole_hash):
        """Begin this hash with what was held."""
        self._holding = False
        self.whole_hash = whole_hash
        self.eat()
