"""What carries a connection's bytes: reading and writing once, and waiting. The one module that calls the transport, which is any
MicroPython stream with `readinto(buf)` and `write(buf)` that return None when they would block.

latchkey waits as its transport waits. As long as nobody asks for more, each call of ours is one of the transport's, in the mode and with
the timeout that were set on it: `recv(n)` and `send(buf)`, which do their work once and lose nothing when they time out. (A socket's
own `readinto` and `write` go on until all is done, and forget their count when the time is up.) `recv` allocates its `n` bytes before it
waits, so it is asked for 512 at most. Where a limit of ours was asked for (`own = False`), and always where a transport has no `recv`, it
is put in non-blocking mode if it can be, read by `readinto`, and waited for by `select.poll`.

Nothing here knows what the bytes are. The time that a wait may last is the caller's affair: see `limit`.
"""

import errno
import select
import time

from micropython import const

LIMIT = 30.0  # seconds of a handshake by default: as long as a context has this very object, nobody asked for a limit

_IN = const(1)  # select.POLLIN, POLLOUT
_OUT = const(4)
_AT_MOST = const(512)  # bytes of one `recv`
_TOO_SLOW = const(50)  # ms; an EAGAIN that took as long is how the Unix port's `recv` and `send` say ETIMEDOUT
_LONGEST = const(1000000)  # seconds, 11 days; ticks can't tell more, and who asks for more waits without end


class Transport:
    """`own`: the transport is in its own mode. `stays`: that mode is non-blocking, as it has shown. `lent`: the transport's code runs, and
    may have a view of a connection's buffer. `passing`: the last exception that harmed nothing: the call may be repeated.
    """

    def __init__(self, sock):
        self.sock = sock
        self.own = self._once = hasattr(sock, "recv")
        self.stays = False
        self.lent = False
        self.passing: Any = None
        self._quiet: Any = None  # whether it was put in non-blocking mode, once that was tried
        self._poll: Any = None  # () for a transport that cannot be polled

    def read(self, view):
        """Read into `view` once: the number of bytes, 0 at the end of the stream, None where it would block."""
        if self._fills():
            return self._do(self.sock.readinto, view, True)
        if not self.own and not self.ready(_IN, 0):
            return None
        data = self._do(self.sock.recv, min(len(view), _AT_MOST), True)
        if data is None:
            return None
        view[: len(data)] = data
        return len(data)

    def write(self, view):
        """Write some of `view` once: the number of bytes, None where it would block. A socket without `send` that times out in its own mode
        has lost count, so that this is no passing error."""
        if self._fills() or not hasattr(self.sock, "send"):
            return self._do(self.sock.write, view, not self.own) or None
        if not self.own and not self.ready(_OUT, 0):
            return None
        return self._do(self.sock.send, view, True)

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

    def _fills(self):
        """Whether it is to be read by `readinto`: it does not block, or has nothing else. Where it is not to be in its own mode, it is put
        in non-blocking mode, if it can be."""
        if not self.own and self._quiet is None:
            self._quiet = hasattr(self.sock, "setblocking")
            if self._quiet:
                self.sock.setblocking(False)
        return self._quiet or not self._once

    def _do(self, call, argument, passes):
        start = time.ticks_ms() if self.own else 0
        self.lent = True
        try:
            done = call(argument)
            if done is None:
                self.stays = self.own
            return done
        except OSError as e:
            if e.errno == errno.EAGAIN:
                if not self.own or self.stays or time.ticks_diff(time.ticks_ms(), start) < _TOO_SLOW:
                    self.stays = self.own
                    return None
                e = OSError(errno.ETIMEDOUT)
            if passes and e.errno == errno.ETIMEDOUT:
                self.passing = e
            raise e
        finally:
            self.lent = False


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
