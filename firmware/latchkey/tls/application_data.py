"""The data phase: what may come after a handshake, and how data leave. `c` is the Connection, whose three tokens must be set; the requests
are those of `record.py`, and CLOSED after the peer's close_notify. Loaded when the first data flow.
"""

from latchkey.errors import Fault
from latchkey.tls.record import READY

CLOSED = const(-4)

_CHANGE_CIPHER_SPEC = const(20)
_ALERT = const(21)
_HANDSHAKE = const(22)
_APPLICATION_DATA = const(23)
_WARNING = const(1)
_NO_RENEGOTIATION = const(100)

_UNEXPECTED_MESSAGE = const(331)
_DATA_BEFORE_FINISHED = const(339)
_TOO_MANY_HELLO_REQUESTS = const(343)

_HELLO_REQUESTS = const(16)


def receive(c):
    """Advance towards application data: READY when `reader.buf[reader.start:reader.end]` is some, READ, WORKED or CLOSED."""
    reader = c.reader
    if not reader.opening and not c.established():  # asked before each record
        raise Fault(_DATA_BEFORE_FINISHED)
    while not c.closed:
        empty = reader.empty
        request = reader.receive()
        kind = reader.kind
        # Of the four types only application data may be empty (RFC 5246 section 6.2.1).
        if reader.empty > empty and kind != _APPLICATION_DATA:
            raise Fault(_UNEXPECTED_MESSAGE, kind)
        if request != READY:
            return request
        if kind == _ALERT:
            c.feed_alerts()
            continue
        c.warnings = 0
        if kind == _CHANGE_CIPHER_SPEC or c.alert_level:  # half an alert stands before it
            raise Fault(_UNEXPECTED_MESSAGE, kind)
        if kind == _APPLICATION_DATA:
            if c.hello_bytes:  # half a HelloRequest
                raise Fault(_UNEXPECTED_MESSAGE, kind)
            c.hello_requests = min(c.hello_requests, 1)  # a flood is what comes without data between
            return READY
        _hello_request(c)
    return CLOSED


def _hello_request(c):
    """The one handshake message that may still come, four zero bytes: answered once, a flood is refused."""
    reader = c.reader
    while reader.start < reader.end:
        if reader.buf[reader.take(1)]:
            raise Fault(_UNEXPECTED_MESSAGE, _HANDSHAKE)
        c.hello_bytes = c.hello_bytes + 1 & 3
        if not c.hello_bytes:
            c.hello_requests += 1
            if c.hello_requests == 1:
                c.owes_no_renegotiation = True
            if c.hello_requests > _HELLO_REQUESTS:
                raise Fault(_TOO_MANY_HELLO_REQUESTS)


def begin_write(c, data):
    """Start a record with as much of `data` as fits one; returns how much. Call `writer.step()` until it is sealed."""
    if not c.established():
        raise Fault(_DATA_BEFORE_FINISHED)
    writer = c.writer
    pay(c)
    n = min(len(data), writer.room() if writer.end == 0 else 0)
    if n:
        writer.begin(_APPLICATION_DATA)
        writer.append(memoryview(data)[:n])
        writer.finish()
    return n


def pay(c):
    """Write the no_renegotiation that is owed, where no record is under way."""
    if c.owes_no_renegotiation and c.writer.end == 0:
        c.owes_no_renegotiation = False
        c.alert(_WARNING, _NO_RENEGOTIATION)
