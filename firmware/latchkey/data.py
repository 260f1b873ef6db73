"""Application data over an SSLSocket: what its methods of these names do, loaded when the first data flow.

A handshake needs nothing of it, and its peak is what a short heap has to hold.
"""

from hashlib import sha256

from micropython import const

from latchkey.errors import TLSError, describe
from latchkey.tls.connection import CLOSED
from latchkey.tls.record import READ, READY, WORKED

_IN = const(1)  # select.POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL, everywhere in MicroPython
_PIECES = const(4)  # of work in one non-blocking call of the data phase: a record of up to 1 KB is opened by one
_CONNECTION_CLOSED = const(300)


def readinto(tls, buf, nbytes, full):
    """`SSLSocket.readinto` (`full`) and `recv_into`."""
    view = memoryview(buf)
    if 0 <= nbytes < len(view):
        view = view[:nbytes]
    return _fill(tls, view, full)


def read(tls, n=-1):
    """`SSLSocket.read`."""
    if n >= 0:
        return some(tls, n, True)
    out = bytearray()
    piece = bytearray(256)
    while True:
        try:
            got = _fill(tls, piece, False)
        except OSError:
            if not out or tls._dead:
                raise
            got = 0  # a timeout: what came before it
        if got is None and not out:
            return None
        if not got:
            return bytes(out)
        out.extend(memoryview(piece)[:got])


def readline(tls, limit=-1):
    """`SSLSocket.readline`."""
    reader = tls._c.reader
    out = bytearray()
    while limit < 0 or len(out) < limit:
        try:
            got = _advance(tls)
        except OSError:
            if not out or tls._dead:
                raise
            break
        if got is None or got == 0:
            if not out:
                return got if got is None else b""
            break
        end = reader.buf.find(b"\n", reader.start, reader.end) + 1 or reader.end
        if limit >= 0:
            end = min(end, reader.start + limit - len(out))
        out.extend(memoryview(reader.buf)[reader.start : end])
        reader.take(end - reader.start)
        if out[-1] == 10:
            break
    return bytes(out)


def some(tls, n, full):
    """`n` bytes (`full`), or at most as many as soon as there are any (`SSLSocket.recv`)."""
    buf = bytearray(n)
    got = _fill(tls, memoryview(buf), full)
    return got if got is None else bytes(memoryview(buf)[:got])


def _fill(tls, view, full):
    """Fill `view` (`full`), or put in what is there; a timeout or an end after some bytes returns these."""
    at = 0
    reader = tls._c.reader
    while at < len(view):
        try:
            got = _advance(tls)
        except OSError:
            if not at or tls._dead:
                raise
            break  # a timeout: what came before it
        if not got:
            if at or got == 0:
                break
            return None
        n = min(got, len(view) - at)
        start = reader.take(n)
        view[at : at + n] = memoryview(reader.buf)[start : start + n]
        at += n
        if not full:
            break
    return at


def _advance(tls):
    """The number of plaintext bytes that are ready, waiting for some if that may be; 0 at the end, None if it would block."""
    tls._alive()
    tls._start_waiting()
    if not tls._shake():
        return None
    pieces = 0
    try:
        while True:
            request = tls._c.receive()
            if request == READY:
                return tls._c.reader.end - tls._c.reader.start
            if request == CLOSED:
                return 0
            tls._progress()
            # A HelloRequest is answered once, when the way out is free.
            if tls._c.owes_no_renegotiation and not tls._pending and not tls._closing:
                tls._c.pay()
                tls._write_transport()
            if request == READ and not tls._read_transport() and not tls._wait(_IN):
                return None
            if request == WORKED and tls._timeout == 0:
                pieces += 1
                if pieces == _PIECES:
                    tls._wants = 0
                    return None
    except BaseException as e:
        raise tls._fail(e)


def write(tls, buf, nbytes=-1):
    """`SSLSocket.write`."""
    view = memoryview(buf)
    if 0 <= nbytes < len(view):
        view = view[:nbytes]
    total = 0
    while total < len(view):
        try:
            n = _write(tls, view[total:])
        except OSError:
            if not total or tls._dead:
                raise
            break  # a timeout: what left before it
        if n is None:
            return total or None
        total += n
        if tls._timeout == 0:
            break
    return total


def _write(tls, view):
    """Seal and write one record of `view`; returns the plaintext bytes that left, or None."""
    tls._alive()
    if tls._closing:
        raise TLSError(_CONNECTION_CLOSED, describe(_CONNECTION_CLOSED)[1])
    tls._start_waiting()
    if not tls._shake():
        return None
    if tls._pending and tls._pending_digest not in (None, _digest(tls, view)):
        raise ValueError("write() is to be repeated with the same data until its length comes back")
    whole = False
    try:
        writer = tls._c.writer
        while not tls._pending:
            if not tls._flush():  # an alert of ours may still be there
                return None
            tls._pending = tls._c.begin_write(view)
        while not writer.step():
            tls._progress()
        whole = tls._flush()
    except BaseException as e:
        raise tls._fail(e)
    finally:
        if tls._pending and not whole and not tls._dead:
            tls._pending_digest = None  # not known, should there be no memory for it
            tls._pending_digest = _digest(tls, view)
    if not whole:
        return None
    sent, tls._pending = tls._pending, 0
    return sent


def _digest(tls, view):
    """What the record that is leaving is known by, when the call is repeated."""
    return sha256(view[: tls._pending]).digest()
