"""The record layer (RFC 5246 section 6): one object per direction, each with its buffer, its protection and its numbers.

Neither object does I/O. `RecordReader.receive()` says what it needs: READ (put bytes into `target[got:want]` and advance `got`), WORKED (a
piece of a long record was opened; call again), READY (`buf[start:end]` is plaintext of type `kind`). `RecordWriter.step()` does the
same for sealing. The transport is never asked for more than the 5-byte header or the rest of the record.

The writer's rule: no byte leaves that is not sealed, however a step is left. `0 <= sent <= ready <= end`. What the transport is
handed is `outgoing()`, `buf[sent:ready]`, made nowhere else. `ready` moves forward in `_whole()` alone: when a record is closed that no
key protects yet, or when the AEAD said that the one being sealed is done. What stands between `ready` and `end` is one record at most,
open (`body >= 0`) or being sealed, never both. A record of application data is never begun without a key. The number of
records is asked before a byte of the next one is in the buffer. A step that was left by an exception is never resumed, for what it did
to the text is not known (a key stream applied twice gives the text back): the mark that it sets before it works is still there.
`retire()` ends all that, and takes the buffer away: code that runs on after a callback, or a scheduled function between any two steps, has
ended the connection finds nothing to hand over and nothing to write to (a TypeError), whatever it believes of the state.

Plaintext records are streamed in pieces of the buffer's size, so they are never too large; a protected record must fit the
buffer, because nothing of it may be released before its tag was checked.

Protection is AEAD (RFC 5288): the explicit nonce is the sequence number, the additional data are the sequence number, type, version
and length. What differs from that in other suites is in subclasses of Protection. A block cipher's knows how long a text is when it was
opened: `aad` has it then. The objects here allocate nothing per record; a test holds that under heap_lock().
"""

from struct import pack_into

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

# Requests of the engine to whoever drives it; a positive number is a wait in milliseconds.
WORKED = const(0)
READ = const(-1)
WRITE = const(-2)
READY = const(-3)

HEADER = const(5)
OVERHEAD = const(24)  # of any AEAD at most: explicit nonce 8, tag 16

_MAX_PLAINTEXT = const(16384)
_MAX_RECORDS = const(1 << 24)

_RECORD_OVERFLOW = const(332)
_BUFFER_TOO_SMALL = const(333)
_UNKNOWN_RECORD_TYPE = const(334)
_BAD_RECORD_VERSION = const(335)
_NOT_PROTECTED = const(340)
_TOO_MANY_EMPTY_RECORDS = const(342)
_KEY_WORN_OUT = const(365)
_INTERRUPTED = const(304)
_DATA_BEFORE_FINISHED = const(339)

_EMPTY_IN_A_ROW = const(16)
_ALERT = const(21)
_APPLICATION_DATA = const(23)

# What a direction's AEAD is doing
_IDLE = const(0)
_UNDER_WAY = const(1)
_IN_A_STEP = const(2)  # and where that is found at the beginning of one, it was left half-way
_RETIRED = const(3)


class Protection:
    """One epoch of one direction: AEAD, implicit nonce, sequence number. `front` and `back` are octets before and behind the text."""

    front = 8
    back = 16

    def __init__(self, aead, salt):
        self.aead = aead
        self.nonce = bytearray(12)
        self.nonce[:4] = salt
        self.aad = bytearray(13)  # sequence number, type, version, length of the plaintext
        self.count = 0

    def start(self, kind):
        """Take the next record's number into `aad`, where its length is still to be written; the numbers cannot wrap, the key is retired
        long before."""
        count = self.count
        if count >= _MAX_RECORDS + (kind == _ALERT):  # one more to say goodbye
            raise Fault(_KEY_WORN_OUT)
        self.count = count + 1
        aad = self.aad
        aad[5] = count >> 16 & 255
        aad[6] = count >> 8 & 255
        aad[7] = count & 255
        aad[8] = kind
        aad[9] = aad[10] = 3

    def incoming(self, buf):
        """The nonce of a record that stands at the beginning of `buf`."""
        pack_into(b"8s", self.nonce, 4, buf)  # a slice would allocate

    def outgoing(self, buf, at):
        """The nonce of one that is to be sealed, and what of it goes to `buf[at:]`: the sequence number."""
        pack_into(b"8s", self.nonce, 4, self.aad)
        pack_into(b"8s", buf, at, self.aad)

    def wipe(self):
        self.aead.wipe()
        wipe(self.nonce)


class RecordReader:
    """The receiving direction, over a buffer of the largest protected record that is accepted."""

    def __init__(self, buf):
        self.buf: Any = buf
        self.head = bytearray(HEADER)
        self.target = self.head  # what is being filled: the header, then the buffer
        self.limit = len(buf) - OVERHEAD  # plaintext bytes
        self.kind = 0
        self.start = self.end = 0  # plaintext not yet taken
        self.rest = 0  # bytes of a plaintext record still on the wire
        self.got = 0
        self.want = HEADER
        self.opening = _IDLE
        self.empty = 0
        self.protection: "Protection | None" = None

    def receive(self):
        """Advance to the next piece of plaintext; see the module's head for what is returned."""
        if self.start < self.end:
            return READY
        if self.opening:
            return self._open()
        if self.got < self.want:
            return READ
        if self.rest:
            return self._streamed()
        if self.target is self.head:
            return self._header()
        return self._protected()

    def retire(self):
        """Nothing comes out any more, and nothing is put in."""
        self.opening = _RETIRED
        self.start = self.end = self.got = self.want = 0
        self.target = self.head
        self.buf = b""

    def take(self, n):
        """Take `n` bytes of the plaintext that is ready; returns where they begin."""
        at = self.start
        self.start = at + n
        return at

    def spare(self):
        """`(buf, start, end)`: the larger part of the buffer that holds nothing, until the next `receive`."""
        size = len(self.buf)
        if self.start == self.end:
            return self.buf, 0, size
        return (self.buf, 0, self.start) if self.start > size - self.end else (self.buf, self.end, size)

    def _header(self):
        head = self.head
        kind = head[0]
        if not 20 <= kind <= 23:
            raise Fault(_UNKNOWN_RECORD_TYPE, kind)
        # Any 3.x before the version is agreed (RFC 5246 appendix E.1), 3.3 under protection.
        if head[1] != 3 or (self.protection and head[2] != 3):
            raise Fault(_BAD_RECORD_VERSION, "%d.%d" % (head[1], head[2]))
        length = head[3] << 8 | head[4]
        self.kind = kind
        if self.protection:
            text = length - self.protection.front - self.protection.back
            if text < 0:
                raise Fault(_NOT_PROTECTED)
            if text > self.limit:
                if text > _MAX_PLAINTEXT:  # AEAD adds no more (the limit of RFC 5246 section 6.2.3 is for all ciphers)
                    raise Fault(_RECORD_OVERFLOW)
                raise Fault(_BUFFER_TOO_SMALL, text)
        else:
            if length > _MAX_PLAINTEXT:
                raise Fault(_RECORD_OVERFLOW)
            self.rest = length
            if not length:
                return self._ended(0)
        self.target = self.buf
        self.got = 0
        self.want = min(length, len(self.buf))
        return READ

    def _ended(self, length):
        """The record is over, with `length` bytes of plaintext ready at its end; the next header comes now."""
        self.target = self.head
        self.got = 0
        self.want = HEADER
        self.empty = 0 if length else self.empty + 1
        if self.empty > _EMPTY_IN_A_ROW:
            raise Fault(_TOO_MANY_EMPTY_RECORDS)
        return READY if length else READ

    def _streamed(self):
        """A piece of a plaintext record has come."""
        self.start = 0
        self.end = self.got
        self.rest -= self.got
        if not self.rest:
            return self._ended(self.end)
        self.got = 0
        self.want = min(self.rest, len(self.buf))
        return READY

    def _protected(self):
        """The whole record is there: its nonce is in front, its tag behind."""
        p = self.protection
        length = self.want - p.front - p.back
        p.start(self.kind)
        p.aad[11] = length >> 8
        p.aad[12] = length & 255
        p.incoming(self.buf)
        self.opening = _IN_A_STEP
        p.aead.open_start(p.nonce, p.aad, self.buf, p.front, length)
        if self.opening != _IN_A_STEP:
            raise Fault(_INTERRUPTED)
        self.opening = _UNDER_WAY
        return self._open()

    def _open(self):
        if self.opening != _UNDER_WAY:
            raise Fault(_INTERRUPTED)
        self.opening = _IN_A_STEP
        done = self.protection.aead.step()
        if self.opening != _IN_A_STEP:
            raise Fault(_INTERRUPTED)
        self.opening = _IDLE if done else _UNDER_WAY
        if not done:
            return WORKED
        p = self.protection
        self.start = p.front
        self.end = p.front + (p.aad[11] << 8 | p.aad[12])
        return self._ended(self.end - self.start)


class RecordWriter:
    """The sending direction. Records gather in `buf`; whoever drives writes `outgoing()` and calls `left(n)`. See the head of this file."""

    def __init__(self, buf):
        self.buf: Any = buf
        self.limit = _MAX_PLAINTEXT  # what the peer accepts in a record
        self.sent = 0  # bytes that have left,
        self.ready = 0  # that may leave,
        self.end = 0  # and that are there
        self.body = -1  # where the open record's plaintext begins, -1 when none is open
        self.sealing = _IDLE
        self.protection: "Protection | None" = None

    def outgoing(self):
        """What may leave now."""
        return memoryview(self.buf)[self.sent : self.ready]

    def left(self, n):
        """`n` more bytes have left; when all have, the buffer begins anew."""
        if self.sealing != _RETIRED:
            self.sent += n
            if self.sent == self.end:
                self.sent = self.ready = self.end = 0

    def room(self):
        """How many bytes of plaintext still fit: the rest of the open record, or a new one's."""
        if self.sealing:
            return 0
        p = self.protection
        if self.body < 0:
            return min(self.limit, len(self.buf) - self.end - HEADER - (p.front + p.back if p else 0))
        return min(self.limit - (self.end - self.body), len(self.buf) - self.end - (p.back if p else 0))

    def begin(self, kind):
        """Open a record of type `kind`."""
        if self.sealing or self.body >= 0:
            raise Fault(_INTERRUPTED)
        p = self.protection
        if p:
            p.start(kind)
        elif kind == _APPLICATION_DATA:
            raise Fault(_DATA_BEFORE_FINISHED)
        at = self.end
        buf = self.buf
        buf[at] = kind
        buf[at + 1] = buf[at + 2] = 3
        self.end = self.body = at + HEADER + (p.front if p else 0)

    def append(self, data):
        """Plaintext into the open record; the caller has asked `room()`."""
        if self.body < 0:
            raise Fault(_INTERRUPTED)
        end = self.end + len(data)
        memoryview(self.buf)[self.end : end][:] = data  # into a slice of the buffer the interpreter moves all that stands behind it, too
        self.end = end

    def finish(self):
        """Close the open record: write its length and start sealing it. Call `step()` until it returns True."""
        body = self.body
        if body < 0:
            raise Fault(_INTERRUPTED)
        length = self.end - body
        buf = self.buf
        p = self.protection
        at = body - HEADER
        total = length
        if p:
            at -= p.front
            p.aad[11] = length >> 8
            p.aad[12] = length & 255
            p.outgoing(buf, at + HEADER)
            total += p.front + p.back
        buf[at + 3] = total >> 8
        buf[at + 4] = total & 255
        if not p:
            self._whole()
            return
        self.sealing = _IN_A_STEP
        self.body = -1
        self.end += p.back
        p.aead.seal_start(p.nonce, p.aad, buf, body, length)
        if self.sealing != _IN_A_STEP:
            raise Fault(_INTERRUPTED)
        self.sealing = _UNDER_WAY

    def step(self):
        """Seal a piece; True when the record is whole."""
        if self.sealing:
            if self.sealing != _UNDER_WAY:
                raise Fault(_INTERRUPTED)
            self.sealing = _IN_A_STEP
            done = self.protection.aead.step()
            if self.sealing != _IN_A_STEP:
                raise Fault(_INTERRUPTED)
            if not done:
                self.sealing = _UNDER_WAY
                return False
            self._whole()
        return True

    def _whole(self):
        """The last record is what may leave: the one place where `ready` moves forward."""
        self.body = -1
        self.ready = self.end
        self.sealing = _IDLE

    def discard(self):
        """Drop a record that was opened and not closed, and a flight that has not begun to leave and that no key protects."""
        if self.body >= 0:
            self.body = -1
            self.end = self.ready
        if not self.sent and not self.protection:
            self.ready = self.end = 0

    def retire(self):
        """Nothing leaves any more, and nothing is taken."""
        self.sealing = _RETIRED
        self.body = -1
        self.sent = self.ready = self.end = 0
        self.buf = b""
