"""Handshake messages <-> records (RFC 5246 sections 6.2.1 and 7.4), and the transcript: the handshake's hash at three points, after
ClientKeyExchange and before each Finished; where a session is resumed, the latter two. hashlib's objects end with their digest and cannot
be copied, so as many are fed together; from the ServerHello on, which says what hash it is.

The server's messages may be cut and joined in any way; ours go one to a record, and a whole flight to one write. Messages are
pulled: `header()`, then the body by `body()` (whole, bounded) or by `take()` and `chunk()` (as a stream: Certificate and
CertificateRequest may be larger than any buffer). All these are generators that yield the engine's requests; `_piece()` is the one
that yields for bytes. Where DTLS will differ, it differs here.
"""

from latchkey.crypto import hashes
from latchkey.errors import Fault
from latchkey.tls.record import READY, WORKED, WRITE
from latchkey.tls.wire import Reader

_ALERT = const(21)
_HANDSHAKE = const(22)
_CHANGE_CIPHER_SPEC = const(20)
_APPLICATION_DATA = const(23)

_HELLO_REQUEST = const(0)
_CLIENT_HELLO = const(1)

_CLOSED_IN_HANDSHAKE = const(309)
_DECODE_ERROR = const(330)
_UNEXPECTED_MESSAGE = const(331)
_BAD_CHANGE_CIPHER_SPEC = const(337)
_LEFTOVER_AT_KEY_CHANGE = const(338)
_DATA_BEFORE_FINISHED = const(339)
_TOO_MANY_HELLO_REQUESTS = const(343)
_MESSAGE_TOO_LONG = const(344)

_HELLO_REQUESTS = const(16)
_WORTH_A_RECORD = const(64)
_LENGTHS = const(8)  # what is taken from the messages that are read as a stream


class Framing:
    """Messages over one Connection. Until our second flight is written its send buffer is free: it holds one bounded message of the
    server's at a time. `transcript`: hash objects, one to be spent at each point but where they can be copied; before them one of each
    other hash that our signature may be of.
    """

    def __init__(self, connection):
        self.c = connection
        self.reader = connection.reader
        self.writer = connection.writer
        self.transcript: "list" = []
        self.others: "list" = []  # hashes of the first of these, where they are not the suite's
        self.left = 0  # bytes of the message's body not yet taken
        self.hello_requests = 0

    # The transcript

    def hash_with(self, name, others, hello, points=3):
        """Begin it, with our ClientHello. `name`: the suite's hash; `others`: what our keys sign with; `points`: how many of
        the three there are."""
        self.others = [other for other in set(others) if other != name]
        h = hashes.new(name)
        self.transcript = [hashes.new(other) for other in self.others] + [h]
        if not hasattr(h, "copy"):
            for _ in range(1, points):
                self.transcript.append(hashes.new(name))
        self.feed(_CLIENT_HELLO, hello)

    def feed(self, kind, body):
        """A whole message."""
        n = len(body)
        head = bytes((kind, 0, n >> 8, n & 255))
        for h in self.transcript:
            h.update(head)
            h.update(body)

    def digest_of(self, other):
        """The hash of all messages so far by another hash than the suite's, once."""
        return self.transcript.pop(self.others.index(other)).digest()

    def digest(self):
        """The hash of all messages so far."""
        h = self.transcript.pop()
        if hasattr(h, "copy"):
            self.transcript.append(h.copy())
        return h.digest()

    # Receiving

    def header(self):
        """The next message: yields requests, returns `(type, length)`. HelloRequest is passed over and not hashed."""
        head = bytearray(4)
        while True:
            self.left = 4
            transcript, self.transcript = self.transcript, []
            yield from self._fill(head, 4)
            self.transcript = transcript
            kind = head[0]
            length = head[1] << 16 | head[2] << 8 | head[3]
            if kind != _HELLO_REQUEST:
                break
            if length:
                raise Fault(_DECODE_ERROR)
            self.hello_requests += 1
            if self.hello_requests > _HELLO_REQUESTS:
                raise Fault(_TOO_MANY_HELLO_REQUESTS)
        for h in transcript:
            h.update(head)
        self.left = length
        return kind, length

    def body(self, bound):
        """The whole body of at most `bound` bytes, as a Reader."""
        n = self.left
        if n > bound or n > len(self.writer.buf):
            raise Fault(_MESSAGE_TOO_LONG, n)
        return (yield from self.take(n))

    def take(self, n):
        """The next `n` bytes of the body, as a Reader, valid until the next call."""
        scratch = self.writer.buf
        if n > self.left or n > len(scratch):
            raise Fault(_DECODE_ERROR)
        yield from self._fill(scratch, n)
        return Reader(scratch, 0, n)

    def chunk(self, limit):
        """Some of the next `limit` bytes of the body: returns `(start, end)` in the reader's buffer, valid until the next call."""
        if limit > self.left:
            raise Fault(_DECODE_ERROR)
        n = yield from self._piece(limit)
        start = self.reader.start - n
        return start, self.reader.start

    def spare(self):
        """`(buf, start, end)`: what the messages that are read as a stream leave of the send buffer, until the next `body`."""
        return self.writer.buf, _LENGTHS, len(self.writer.buf) if self.writer.room() else 0

    def done(self):
        """The message must be over."""
        if self.left:
            raise Fault(_DECODE_ERROR)

    def change_cipher_spec(self):
        """The server's ChangeCipherSpec: one byte 01, in a record of its own, at the boundary of a message and of an alert (rule 9)."""
        reader = self.reader
        if reader.start < reader.end or reader.rest:
            raise Fault(_LEFTOVER_AT_KEY_CHANGE)
        yield from self._record(_CHANGE_CIPHER_SPEC)
        at = reader.take(1)
        if reader.buf[at] != 1 or reader.start < reader.end or reader.rest:
            raise Fault(_BAD_CHANGE_CIPHER_SPEC)

    def _fill(self, dst, n):
        dst = memoryview(dst)[:n]  # a slice of all of it would move what stands behind, too
        at = 0
        while at < n:
            got = yield from self._piece(n - at)
            start = self.reader.start
            dst[at : at + got] = memoryview(self.reader.buf)[start - got : start]
            at += got

    def _piece(self, limit):
        """Take up to `limit` bytes of handshake data from the current record, reading the next one where it is used up."""
        reader = self.reader
        if reader.start == reader.end:
            yield from self._record(_HANDSHAKE)
        n = min(limit, reader.end - reader.start)
        at = reader.take(n)
        self.left -= n
        if self.transcript:
            view = memoryview(reader.buf)[at : at + n]
            for h in self.transcript:
                h.update(view)
        return n

    def _record(self, wanted):
        """Wait for a record of type `wanted`; alerts are dealt with on the way, everything else is out of place, empty or not."""
        reader = self.reader
        while True:
            empty = reader.empty
            request = reader.receive()
            if reader.empty > empty and not reader.kind == wanted == _HANDSHAKE:
                raise self._misplaced(wanted)
            if request != READY:
                yield request
            elif reader.kind == _ALERT:
                self.c.feed_alerts()
                if self.c.closed:
                    raise Fault(_CLOSED_IN_HANDSHAKE)
            elif reader.kind == wanted:
                if self.c.alert_level:  # half an alert stands before it, and would be joined with what comes after a key change
                    raise Fault(_UNEXPECTED_MESSAGE, wanted) if wanted == _HANDSHAKE else Fault(_LEFTOVER_AT_KEY_CHANGE)
                self.c.warnings = 0
                return
            else:
                raise self._misplaced(wanted)

    def _misplaced(self, wanted):
        kind = self.reader.kind
        if kind == _APPLICATION_DATA:
            return Fault(_DATA_BEFORE_FINISHED)
        if kind == wanted:  # an empty one
            return Fault(_BAD_CHANGE_CIPHER_SPEC)
        return Fault(_UNEXPECTED_MESSAGE, kind)

    # Sending

    def begin(self, kind, length):
        """Start a message of `length` bytes; its body follows by `put`."""
        yield from self._close_record()
        yield from self.put(bytes((kind, length >> 16, length >> 8 & 255, length & 255)))

    def put(self, data):
        """Some of the message's body, cut into records where it must be."""
        for h in self.transcript:
            h.update(data)
        view = memoryview(data)
        writer = self.writer
        while view:
            if writer.body < 0:
                # No record begins where only a few bytes fit: send what there is and begin afresh.
                if writer.end and writer.room() < _WORTH_A_RECORD:
                    yield from self.flush()
                writer.begin(_HANDSHAKE)
            n = min(len(view), writer.room())
            writer.append(view[:n])
            view = view[n:]
            if view:
                yield from self._close_record()

    def send_change_cipher_spec(self, protection):
        """Our ChangeCipherSpec; what follows is sealed by `protection`."""
        yield from self._close_record()
        if self.writer.room() < _WORTH_A_RECORD:
            yield from self.flush()
        self.writer.begin(_CHANGE_CIPHER_SPEC)
        self.writer.append(b"\x01")
        yield from self._close_record()
        self.writer.protection = protection

    def flush(self):
        """End the flight: everything leaves in one write, where the transport takes it."""
        yield from self._close_record()
        while self.writer.sent < self.writer.ready:
            yield WRITE

    def _close_record(self):
        writer = self.writer
        if writer.body >= 0:
            writer.finish()
            while not writer.step():
                yield WORKED
