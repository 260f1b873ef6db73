"""What carries a connection's bytes: reading and writing once, and waiting. The one module that calls the transport, which is any
MicroPython stream with `readinto(buf)` and `write(buf)` that return None when they would block.

latchkey waits as its transport waits. As long as nobody asks for more, each call of ours is one of the transport's, in the mode and with
the timeout that were set on it: `recv(n)` and `send(buf)`, which do their work once and lose nothing when they time out. (A socket's
own `readinto` and `write` go on until all is done, and forget their count when the time is up.) `recv` allocates its `n` bytes before it
waits, so it is asked for 512 at most. Where a limit of ours was asked for (`bind()`), and always where a transport has no `recv`, it is
put in non-blocking mode if it can be, read by `readinto`, and waited for by `select.poll`. What can neither be put in that mode nor be
polled waits as long as it will: no limit of ours holds there.

Everything here may run the user's code (a driver's methods), and with it whatever that calls. So a view of a buffer is made for the call
that it is handed to, after all else.

Nothing here knows what the bytes are. The time that a wait may last is the caller's affair: see `limit`.
"""

import errno
import select
import time

LIMIT = 30.0  # seconds of a handshake by default: as long as a context has this very object, nobody asked for a limit

_IN = const(1)  # select.POLLIN, POLLOUT
_OUT = const(4)
_AT_MOST = const(512)  # bytes of one `recv`
_TOO_SLOW = const(50)  # ms; an EAGAIN that takes as long twice is how the Unix port's `recv` and `send` say ETIMEDOUT,
_MUCH_TOO_SLOW = const(250)  # or once, if as long as no collection of the heap takes
_MOST_DRAINED = const(8)  # reads
_LONGEST = const(1000000)  # seconds, 11 days; ticks can't tell more, and who asks for more waits without end


class Transport:
    """`own`: the transport is in its own mode. `stays`: in the present call it has shown that this mode is non-blocking. `passing`: the
    last exception that harmed nothing: the call may be repeated.
    """

    def __init__(self, sock):
        self.sock = sock
        self.own = self._once = hasattr(sock, "recv")
        self.stays = False
        self.passing: Any = None
        self._quiet: Any = None  # whether it was put in non-blocking mode, once that was tried
        self._bound = False  # a limit was asked for
        self._timed = False  # its own mode was seen to have a timeout that is told by EAGAIN
        self._poll: Any = None  # () for a transport that cannot be polled

    def bind(self):
        """A limit is asked for: it is to block no more, if that can be had."""
        self.own = False
        self._bound = True

    def read(self, target, start, end):
        """Read into `target[start:end]` once: the number of bytes, 0 at the end of the stream, None where it would block."""
        if self._blocked(_IN):
            return None
        if self._quiet or not self._once:
            return self._do(self.sock.readinto, memoryview(target)[start:end], self._quiet)
        most = min(end - start, _AT_MOST)
        data = self._do(self.sock.recv, most, True)
        if data is None:
            return None
        n = len(data)
        if n > most:
            raise OSError(errno.EIO)
        memoryview(target)[start : start + n][:] = data  # into a slice of `target` the interpreter moves all that stands behind it, too
        return n

    def write(self, writer):
        """Write some of a RecordWriter's `outgoing()` once: the number of bytes, None where it would block."""
        if self._blocked(_OUT):
            return None
        if self._quiet or not self._once or not hasattr(self.sock, "send"):
            return self._do(self.sock.write, None, self._quiet, writer) or None
        return self._do(self.sock.send, None, True, writer)

    def drain(self, buf):
        """Before it is closed: read what has come and nobody wants, within reason, and where it is known that this cannot block. A TCP that
        is closed with bytes unread sends a reset, and drops what has not left yet: our last alert waits for what was sent before it to be
        acknowledged (Nagle's algorithm)."""
        for _ in range(_MOST_DRAINED):
            if not (self._quiet and self.ready(_IN, 0) and self._poll and self.read(buf, 0, len(buf))):
                break

    def ready(self, flag, ms):
        """What it is ready for, out of `flag` and the error flags, after `ms` at most; one that cannot be polled is always ready."""
        poll = self._poll
        if poll is None:
            poll = select.poll()
            try:
                poll.register(self.sock, flag)
                poll.poll(0)
            except (OSError, TypeError, AttributeError):
                poll = ()
            self._poll = poll
        if not poll:
            time.sleep_ms(1 if ms else 0)
            return flag
        poll.modify(self.sock, flag)
        for _, event in poll.ipoll(ms):
            return event
        return 0

    def _blocked(self, flag):
        """Whether it would block, as far as that is known before it is asked. Where it is not to be in its own mode, it is put in
        non-blocking mode; where it has none, and a limit was asked for, it is polled first."""
        if not self.own and self._quiet is None:
            self._quiet = hasattr(self.sock, "setblocking")
            if self._quiet:
                self.sock.setblocking(False)
        return self._bound and not self._quiet and not self.ready(flag, 0)

    def _do(self, call, argument, passes, writer=None):
        """One call of the transport, with what a `writer` has by then. An ETIMEDOUT passes where the call does its work once, or does
        not wait: others have lost count."""
        while True:
            start = time.ticks_ms() if self.own else 0
            try:
                done = call(argument if writer is None else writer.outgoing())
            except OSError as e:
                if e.errno == errno.EAGAIN or e.errno == errno.EINPROGRESS:  # lwIP's, of a socket that still connects
                    took = time.ticks_diff(time.ticks_ms(), start)
                    if not self.own or took < _TOO_SLOW:
                        self._timed = False  # it may have been, in another mode
                        self.stays = self.own
                        return None
                    if not self._timed and took < _MUCH_TOO_SLOW:  # or was it a collection of the heap? asked again, it tells
                        self._timed = True
                        continue
                    e = OSError(errno.ETIMEDOUT)
                if passes and e.errno == errno.ETIMEDOUT:
                    self.passing = e
                raise e
            if done is None:
                self.stays = self.own
            return done


def limit(seconds):
    """A limit of time that begins now, for `late`: a list of the milliseconds that were left at a time (ticks_ms); None for none."""
    return None if seconds is None or seconds >= _LONGEST else [int(seconds * 1000), time.ticks_ms()]


def late(limit):
    """Whether its time is up. To be asked at least once a day."""
    if limit is None:
        return False
    now = time.ticks_ms()
    limit[0] -= time.ticks_diff(now, limit[1])
    limit[1] = now
    return limit[0] <= 0
