"""What carries a connection's bytes: reading and writing once, and waiting. The one module that calls the transport, which is any
MicroPython stream with `readinto(buf)` and `write(buf)` that return None when they would block.

latchkey waits as its transport waits. As long as nobody asks for more, each call of ours is one of the transport's, in the mode and with
the timeout that were set on it: `recv(n)` and `send(buf)`, which do their work once and lose nothing when they time out. (A socket's
own `readinto` and `write` go on until all is done, and forget their count when the time is up.) `recv` allocates its `n` bytes before it
waits, so it is asked for 512 at most. Where a limit of ours was asked for (`own = False`), and always where a transport has no `recv`, it
is put in non-blocking mode if it can be, read by `readinto`, and waited for by `select.poll`.

Nothing here knows what the bytes are. The time that a wait may last is the caller's affair: see `Deadline`.
"""

import errno
import select
import time

from micropython import const

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
        self.own = hasattr(sock, "recv")
        self.stays = False
        self.lent = False
        self.passing: Any = None
        self._quiet = False  # we put it in non-blocking mode
        self._closed = False
        self._poll: Any = None  # () for a transport that cannot be polled

    def read(self, view):
        """Read into `view` once: the number of bytes, 0 at the end of the stream, None where it would block."""
        self.settle()
        if self._quiet or not hasattr(self.sock, "recv"):
            return _no_more_than(view, self._once(self.sock.readinto, view))
        if not self.own and not self.ready(_IN, 0):
            return None
        data = self._once(self.sock.recv, min(len(view), _AT_MOST))
        if data is None:
            return None
        n = _no_more_than(view, len(data))
        view[:n] = data
        return n

    def write(self, view):
        """Write some of `view` once: the number of bytes, None where it would block. A socket without `send` that times out in its own mode
        has lost count, so that this is no passing error."""
        self.settle()
        if self._quiet or not hasattr(self.sock, "send"):
            return _no_more_than(view, self._once(self.sock.write, view, not self.own)) or None
        if not self.own and not self.ready(_OUT, 0):
            return None
        return _no_more_than(view, self._once(self.sock.send, view))

    def settle(self):
        """Put it in non-blocking mode, where it is not to be in its own."""
        if not self.own and not self._quiet and hasattr(self.sock, "setblocking"):
            self.sock.setblocking(False)
            self._quiet = True

    def ready(self, flag, ms):
        """What it is ready for, out of `flag` and the error flags, after `ms` at most; one that cannot be polled is always ready."""
        poll = self._poll
        if poll is None:
            poll = select.poll()
            try:
                poll.register(self.sock, flag)
            except (OSError, TypeError):
                poll = ()
            self._poll = poll
        if not poll:
            time.sleep_ms(1 if ms else 0)
            return flag
        poll.modify(self.sock, flag)
        for _, event in poll.ipoll(ms):
            return event
        return 0

    def close(self):
        if self._closed:
            return
        self._closed = True
        try:
            self.sock.close()
        except (OSError, AttributeError):
            pass

    def _once(self, call, argument, passes=True):
        start = time.ticks_ms()
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


def _no_more_than(view, n):
    """`n`, unless the transport says that it did more than it was asked for."""
    if n is not None and not 0 <= n <= len(view):
        raise OSError(errno.EIO)
    return n


class Deadline:
    """A limit of time: `set(seconds)`, None for none; `over()` is asked at least once a day."""

    def __init__(self):
        self._left: Any = None  # ms, as of
        self._mark = 0  # ticks_ms

    def set(self, seconds):
        self._left = None if seconds is None or seconds >= _LONGEST else int(seconds * 1000)
        self._mark = time.ticks_ms()

    def over(self):
        if self._left is None:
            return False
        now = time.ticks_ms()
        self._left -= time.ticks_diff(now, self._mark)
        self._mark = now
        return self._left <= 0


def check_seconds(seconds):
    """What a user gave for a timeout: None, or a number of seconds from 0."""
    if seconds is not None and not seconds >= 0:  # which nan is not, either
        raise ValueError("seconds from 0, or None to wait without end")
    return seconds
