"""DER that arrives in pieces of any size, element by element, through one window.

A parser is a generator that calls `open`, `take`, `peek` and `pass_to` with `yield from`; where the window has too little, these yield how
many octets they want from the current element's start, and `feed` resumes the parser when they are there. Small elements are taken
whole and read with a `Reader`; the others are entered and left, so an element may be larger than any buffer. Positions (`pos`, and
every `end`) count octets from the start. What has been read goes through `hash`, while that is set.
"""

from latchkey.crypto.util import borrow
from latchkey.errors import Fault
from latchkey.x509.der import Reader, content_size, header_size

_TRUNCATED = const(500)
_TRAILING = const(501)
_TAG = const(502)
_TOO_LONG = const(514)


class Elements:
    """The window and its bookkeeping. An element that must be seen whole may have `capacity` octets. Whoever ends it early gives `buf`
    back (crypto/util.py).
    """

    def __init__(self, capacity):
        self.buf = borrow(capacity)
        self._view = memoryview(self.buf)
        self.r = Reader(self.buf, 0, 0)
        self._job: Any = None

    def start(self, job):
        """Begin an input; `job` is the generator that reads it."""
        self.pos = 0  # of the current element in the input
        self._mark = self._have = 0  # where it begins in the window; octets in the window
        self._held = -1  # from where on the window must be kept though it has been read
        self._size = self._head = 0  # of the element taken, of the last header
        self.hash = None
        self._job = job
        self._want = next(job)

    def feed(self, buf, start, end):
        """Take `buf[start:end]`."""
        view = memoryview(buf)
        while start < end:
            if self._job is None:
                raise Fault(_TRAILING)
            have = self._have
            stop = min(len(self.buf), have + end - start)
            self._view[have:stop] = view[start : start + stop - have]
            start += stop - have
            self._have = stop
            if stop - self._mark >= self._want:
                self._resume()

    def _resume(self):
        """Let the parser go on, and make room for what it wants next."""
        try:
            self._want = next(self._job)
        except StopIteration:
            self._job = None
            if self._mark < self._have:
                raise Fault(_TRAILING)
            return
        if self._mark + self._want > len(self.buf):
            low = self._mark if self._held < 0 else self._held
            left = self._have - low
            self._view[:left] = bytes(self._view[low : self._have])
            self._mark -= low
            self._have = left
            if self._held >= 0:
                self._held = 0

    def finish(self):
        """The input ends here."""
        if self._job is not None:
            self._job = None
            raise Fault(_TRUNCATED)

    # For the parser

    def peek(self):
        """The octet that comes next: a tag, of the next element or of what follows its list."""
        if self._have == self._mark:
            yield 1
        return self.buf[self._mark]

    def header(self, end):
        """Read the next element's header; returns the octets of the whole element, which ends by `end`."""
        if self._have - self._mark < 2:
            yield 2
        head = header_size(self.buf, self._mark)
        if self._have - self._mark < head:
            yield head
        self._head = head
        size = head + content_size(self.buf, self._mark, head)
        if size > end - self.pos:
            raise Fault(_TRUNCATED)
        return size

    def open(self, tag, end):
        """Enter the next element, which must have this tag; returns where it ends."""
        size = yield from self.header(end)
        if self.buf[self._mark] != tag:
            raise Fault(_TAG)
        stop = self.pos + size
        self._eat(self._head)
        return stop

    def take(self, end, size=0):
        """Bring the next element whole into the window and set `r` on it; `done()` passes on. `size`: what `header` gave, which fits."""
        if not size:
            size = yield from self.header(end)
            if not self.fits(size):
                raise Fault(_TOO_LONG)
        if self._have - self._mark < size:
            yield size
        self._size = size
        self.r.set(self.buf, self._mark, self._mark + size)

    def done(self):
        """The taken element has been read, to its end."""
        if self.r.pos != self.r.end:
            raise Fault(_TRAILING)
        self._eat(self._size)

    def fits(self, size):
        """Whether an element of `size` octets can be taken."""
        return size + (self._mark - self._held if self._held >= 0 else 0) <= len(self.buf)

    def taken(self):
        """A view of the taken element, until `done()`."""
        return self._view[self._mark : self._mark + self._size]

    def pass_to(self, stop, sink=None):
        """Go on to position `stop` whatever stands there; `sink` gets views of it."""
        while self.pos < stop:
            if self._have == self._mark:
                yield 1
            size = min(self._have - self._mark, stop - self.pos)
            if sink is not None:
                sink(self._view[self._mark : self._mark + size])
            self._eat(size)

    def hold(self):
        """What is read from here on is kept in the window, for `release`."""
        self._held = self._mark

    def release(self, new_hash):
        """Begin this hash with what was held."""
        new_hash.update(self._view[self._held : self._mark])
        self._held = -1
        self.hash = new_hash

    def _eat(self, size):
        """So many octets have been read."""
        mark = self._mark
        self._mark = mark + size
        self.pos += size
        if self._held < 0:
            if self.hash is not None:
                self.hash.update(self._view[mark : mark + size])
            if self._mark == self._have:
                self._mark = self._have = 0
