"""Application data over an SSLSocket: what its methods of these names do, loaded when the first data flow. Each runs within `_call`.

A handshake needs nothing of it, and its peak is what a short heap has to hold.
"""

import time
from hashlib import sha256

from latchkey.errors import Fault, TLSError, describe
from latchkey.tls.application_data import CLOSED, begin_write, pay, receive
from latchkey.tls.record import READY, WORKED
from latchkey.transport import limit

_IN = const(1)  # select.POLLIN, POLLOUT
_OUT = const(4)
_SLICE = const(20)  # ms of work in one call that may not wait; poll says "ready" meanwhile
_CLOSE_NOTIFY = const(0)
_CONNECTION_CLOSED = const(300)


def head(buf, n):
    """A view of a caller's `buf`, of its first `n` bytes where `n` is not negative."""
    if not isinstance(buf, (bytes, bytearray, memoryview, str)):  # an array may have items of more than a byte
        raise TypeError("bytes, a bytearray or a memoryview of them")
    view = memoryview(buf)  # pyright: ignore[reportArgumentType]: MicroPython's takes a str, too
    if isinstance(buf, memoryview) and len(bytes(view[:1])) > 1:
        raise TypeError("a memoryview of bytes, not of larger numbers")
    n = count(n)
    return view[:n] if 0 <= n < len(view) else view


def room(buf, n):
    """The same of a buffer that is read into; what can not be written is refused before anything is read."""
    view = head(buf, n)
    try:
        view[:0] = b""
    except TypeError:
        raise TypeError("a bytearray or a memoryview of one: what is read has to be put there")
    return view


def count(n):
    """A number of bytes as callers give it; -1 for None."""
    if n is None:
        return -1
    if not isinstance(n, int):
        raise TypeError("a number of bytes, not " + type(n).__name__)
    return n


def readinto(tls, view, full, _):
    """`SSLSocket.readinto` (`full`) and `recv_into`: fill `view`, or put in what is there."""
    return _fill(tls, view, full)


def _fill(tls, view, full):
    """Fill `view` (`full`), or put in what is there. What came before an end or an error is returned first."""
    at = 0
    while at < len(view):
        try:
            got = _advance(tls)
        except (Fault, OSError, MemoryError) as e:
            if not at:
                raise
            _postpone(tls, e, view[:at])
            break
        if not got:
            if at or got == 0:
                break
            return None
        n = min(got, len(view) - at)
        view[at : at + n] = _take(tls, n)
        at += n
        if not full or _tired(tls):
            break
    return at


def some(tls, buf, full, _):
    """`SSLSocket.read` and `recv`: what fits `buf`."""
    got = _fill(tls, memoryview(buf), full)
    return got if got is None else _given(tls, buf, got)


def read(tls, *_):
    """`SSLSocket.read` until the end."""
    out = bytearray()
    while True:
        got = 0
        try:
            got = _advance(tls)
        except (Fault, OSError, MemoryError) as e:
            if not out:
                raise
            _postpone(tls, e, out)
        if got is None and not out:
            return None
        if not got:
            return _given(tls, out, len(out))
        _append(tls, out, got)


def readline(tls, limit, *_):
    """`SSLSocket.readline`."""
    out = bytearray()
    while limit < 0 or len(out) < limit:
        try:
            got = _advance(tls)
        except (Fault, OSError, MemoryError) as e:
            if not out:
                raise
            _postpone(tls, e, out)
            break
        if not got:
            if not out:
                return got if got is None else b""
            break
        data, start = (tls._kept, tls._kept_at) if tls._kept else (tls._c.reader.buf, tls._c.reader.start)
        if limit >= 0:
            got = min(got, limit - len(out))
        end = data.find(b"\n", start, start + got) + 1
        _append(tls, out, end - start if end else got)
        if out[-1] == 10:
            break
    return _given(tls, out, len(out))


def _postpone(tls, e, data):
    """An exception after data. One that ends the connection is the next call's, and the data are handed over now. A timeout is raised at
    once, as callers know it, for none that asks for n bytes, a line or all expects less; the next call begins with the data."""
    e = tls._fail(e)
    if not tls._dead:
        tls._kept, tls._kept_at = bytearray(data), 0
        raise e
    tls._owed = e


def _append(tls, out, n):
    """Take the next `n` bytes to `out`. Where there is no memory for them, all is the next call's."""
    reader = tls._c.reader
    before = tls._kept, tls._kept_at, reader.start
    try:
        out.extend(_take(tls, n))
    except MemoryError as e:
        tls._kept, tls._kept_at, reader.start = before
        _hold(tls, e, out, len(out))


def _given(tls, buf, n):
    """The first `n` bytes of `buf` as bytes. Where there is no memory for them, they are the next call's."""
    try:
        return bytes(memoryview(buf)[:n])
    except MemoryError as e:
        _hold(tls, e, buf, n)


def _hold(tls, e, buf, n):
    """A MemoryError that loses nothing: the next call begins with the first `n` bytes of `buf`, which was read before. It allocates little
    more than a view."""
    if tls._kept:  # they came from there, and there is more of it
        tls._kept_at -= n
    elif n:
        at = len(buf) - n
        if at:
            view = memoryview(buf)
            view[at:] = view[:n]
        tls._kept, tls._kept_at = buf, at
    if not tls._dead:
        tls._t.passing = e
    raise e


def _take(tls, n):
    """The next `n` bytes of what `_advance` says is ready."""
    kept = tls._kept
    if kept:
        at = tls._kept_at
        view = memoryview(kept)[at : at + n]
        tls._kept_at += n
        if tls._kept_at == len(kept):
            tls._kept = None
        return view
    reader = tls._c.reader
    view = memoryview(reader.buf)[reader.start : reader.start + n]  # before they are taken: it needs memory
    reader.take(n)
    return view


def _advance(tls):
    """The number of plaintext bytes that are ready, waiting for some if that may be; 0 at the end, None if it would block."""
    if tls._kept:
        return len(tls._kept) - tls._kept_at
    tls._end = limit(tls._timeout or None)
    if not tls._shake():
        return None
    c = tls._c
    while True:
        request = receive(c)
        tls._live()
        if request == READY:
            return c.reader.end - c.reader.start
        if request == CLOSED:
            return 0
        tls._progress()
        if request == WORKED:
            if _tired(tls):
                return None
            continue
        # A HelloRequest is answered once, when the way out is free.
        if c.owes_no_renegotiation and not tls._pending and not tls._closing:
            pay(c)
            try:
                tls._write()
            except OSError:
                if not tls._broken:
                    raise
            tls._live()
        if not tls._read() and not tls._wait(_IN):
            return None


def _tired(tls):
    """Whether a call that may not wait has worked long enough."""
    return tls._stays() and time.ticks_diff(time.ticks_ms(), tls._since) > _SLICE


def write(tls, view, *_):
    """`SSLSocket.write`. A timeout is raised, for few look at what a blocking `write` returns; the repeated call goes on where it was."""
    total = start = tls._left
    tls._left = 0
    while total < len(view) or (start and total == start):  # repeated with less, it is to be refused
        try:
            n = _write(tls, view[total:])
        except (Fault, OSError, ValueError) as e:
            e = tls._fail(e)
            tls._left = total
            raise e
        if n is None:
            return total or None
        total += n
        if _tired(tls):
            break
    return total


def _write(tls, view):
    """Seal and write one record of `view`; returns the plaintext bytes that left, or None."""
    if tls._closing:
        tls._t.passing = e = TLSError(_CONNECTION_CLOSED, describe(_CONNECTION_CLOSED)[1])
        raise e
    if tls._broken:  # whatever the data are
        tls._write()
    tls._end = limit(tls._timeout or None)
    if not tls._shake():
        return None
    if tls._pending and tls._pending_digest not in (None, _digest(tls, view)):
        tls._t.passing = e = ValueError("write() is to be repeated with the same data until its length comes back")
        raise e
    whole = False
    try:
        writer = tls._c.writer
        while not tls._pending:
            if not _flush(tls):  # an alert of ours may still be there
                return None
            tls._pending = begin_write(tls._c, view)
        while not writer.step():
            tls._progress()
        whole = _flush(tls)
    finally:
        if tls._pending and not whole and not tls._dead:
            tls._pending_digest = None  # not known, should there be no memory for it
            tls._pending_digest = _digest(tls, view)
    if not whole:
        return None
    sent, tls._pending = tls._pending, 0
    return sent


def _flush(tls):
    """Write what may leave; False if that would block."""
    writer = tls._c.writer
    while writer.sent < writer.ready:
        if not tls._write() and not tls._wait(_OUT):
            return False
    tls._live()
    return True


def shutdown(tls, *_):
    """`SSLSocket.shutdown`; False if that would block."""
    if not tls._closing:
        if not _flush(tls):  # a record that is half written comes first
            return False
        tls._closing = True
        tls._c.send_alert(_CLOSE_NOTIFY)
    return _flush(tls)


def _digest(tls, view):
    """What the record that is leaving is known by, when the call is repeated."""
    return sha256(view[: tls._pending]).digest()
