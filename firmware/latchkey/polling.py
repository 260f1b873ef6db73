"""What an SSLSocket answers to `select.poll` and asyncio: loaded by whoever polls."""

import time

from latchkey.transport import late

_IN = const(1)  # select.POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL, everywhere in MicroPython
_OUT = const(4)
_HUP = const(16)
_BROKEN = const(8 | 16 | 32)


def readiness(tls, arg):
    """Ready when plaintext is there, a slice was used up, or the connection is dead; else as the transport is for what is wanted."""
    both = arg & (_IN | _OUT)
    if tls._dead:
        return both | _HUP
    c = tls._c
    if tls._busy:
        return both  # the next call says so
    if c.established():
        if arg & _IN and (c.reader.start < c.reader.end or c.reader.opening or c.closed or tls._kept):
            return _IN | (tls._t.ready(_OUT, 0) if arg & _OUT else 0)
        return tls._t.ready(both, 0) | (arg & _OUT if tls._broken else 0)  # the next write says so
    if tls._job is None:  # not begun: the transport may still be connecting, so nothing is touched but its poll
        return tls._t.ready(both, 0)
    if late(tls._deadline):
        return both  # the next call says so
    if tls._wants:
        event = tls._t.ready(tls._wants, 0)
        return both | event & _BROKEN if event else 0
    if tls._resume is None or time.ticks_diff(tls._resume, time.ticks_ms()) <= 0:
        tls._resume = None
        return both
    return 0
