"""Reading and writing once, and how long: `latchkey.transport`."""

import errno

from latchkey.transport import Transport, late, limit


class _Socket:
    """What a port's socket says: `answers` in their order, an exception among them is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def _next(self, name, argument):
        self.calls.append((name, argument if isinstance(argument, int) else len(argument)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def recv(self, n):
        return self._next("recv", n)

    def send(self, buf):
        return self._next("send", buf)

    def readinto(self, buf):
        return self._next("readinto", buf)

    def write(self, buf):
        return self._next("write", buf)


class _Quiet(_Socket):
    def setblocking(self, flag):
        self.calls.append(("setblocking", flag))


class _Writer:
    """What a RecordWriter has ready."""

    def __init__(self, buf):
        self.buf = buf

    def outgoing(self):
        return memoryview(self.buf)


class _Stream:
    def __init__(self, inner):
        self.readinto = inner.readinto
        self.write = inner.write


class _Half(_Stream):
    def __init__(self, inner):
        self.recv = inner.recv
        self.write = inner.write


def _raises(call, error):
    try:
        call()
        raise Exception("no error")
    except OSError as e:
        assert e.errno == error, e
        return e


def in_its_own_mode_a_socket_is_asked_once_for_512_bytes_at_most():
    sock = _Quiet(b"abc", b"", 5)
    t = Transport(sock)
    buf = bytearray(2000)
    assert t.read(buf, 0, 2000) == 3 and buf[:3] == b"abc"
    assert t.read(buf, 10, 15) == 0
    assert t.write(_Writer(buf)) == 5
    assert sock.calls == [("recv", 512), ("recv", 5), ("send", 2000)]


def would_block_is_none_and_a_timeout_passes():
    sock = _Quiet(OSError(errno.EAGAIN), OSError(errno.ETIMEDOUT), OSError(errno.EAGAIN), OSError(errno.ETIMEDOUT))
    t = Transport(sock)
    buf, out = bytearray(5), _Writer(bytearray(5))
    assert not t.stays
    assert t.read(buf, 0, len(buf)) is None and t.stays
    assert _raises(lambda: t.read(buf, 0, len(buf)), errno.ETIMEDOUT) is t.passing
    assert t.write(out) is None
    assert _raises(lambda: t.write(out), errno.ETIMEDOUT) is t.passing


def a_socket_that_is_still_connecting_would_block():
    t = Transport(_Quiet(OSError(errno.EINPROGRESS), OSError(errno.EINPROGRESS)))
    assert t.write(_Writer(bytearray(5))) is None and t.stays and t.read(bytearray(5), 0, 5) is None
    t = Transport(_Stream(_Socket(OSError(errno.EINPROGRESS))))
    assert t.write(_Writer(bytearray(5))) is None


def another_error_does_not_pass():
    t = Transport(_Quiet(OSError(errno.ECONNRESET)))
    _raises(lambda: t.read(bytearray(5), 0, 5), errno.ECONNRESET)
    assert t.passing is None


def an_eagain_that_takes_its_time_twice_is_a_timeout():
    import time

    class Slow(_Quiet):
        slow = 1000
        ms = 80

        def recv(self, n):
            self.slow -= 1
            time.sleep_ms(self.ms if self.slow >= 0 else 0)
            raise OSError(errno.EAGAIN)

    buf = bytearray(5)
    t = Transport(Slow())
    assert _raises(lambda: t.read(buf, 0, 5), errno.ETIMEDOUT) is t.passing and t.sock.slow == 998
    t = Transport(Slow())
    t.sock.ms = 300  # so long that once tells
    assert _raises(lambda: t.read(buf, 0, 5), errno.ETIMEDOUT) is t.passing and t.sock.slow == 999
    t = Transport(Slow())
    t.sock.slow = 1  # it was a collection of the heap
    assert t.read(buf, 0, 5) is None and t.stays
    t.sock.slow = 1  # and now the machine is busy
    assert t.read(buf, 0, 5) is None


def where_a_limit_is_asked_for_the_socket_is_made_non_blocking_and_filled():
    sock = _Quiet(3, None, 4, None)
    t = Transport(sock)
    t.bind()
    buf, out = bytearray(600), _Writer(bytearray(600))
    assert t.read(buf, 0, len(buf)) == 3 and t.read(buf, 0, len(buf)) is None and t.write(out) == 4 and t.write(out) is None
    assert sock.calls == [("setblocking", False), ("readinto", 600), ("readinto", 600), ("write", 600), ("write", 600)]


def a_stream_without_recv_is_read_as_it_always_was():
    t = Transport(_Stream(_Socket(3, None, 0, 5, None)))
    buf, out = bytearray(600), _Writer(bytearray(600))
    assert [t.read(buf, 0, len(buf)) for _ in range(3)] == [3, None, 0]
    assert [t.write(out) for _ in range(2)] == [5, None]


def a_read_or_write_that_loses_count_does_not_pass():
    t = Transport(_Stream(_Socket(OSError(errno.ETIMEDOUT), OSError(errno.ETIMEDOUT))))
    _raises(lambda: t.read(bytearray(5), 0, 5), errno.ETIMEDOUT)
    _raises(lambda: t.write(_Writer(bytearray(5))), errno.ETIMEDOUT)
    assert t.passing is None
    t = Transport(_Half(_Socket(OSError(errno.ETIMEDOUT))))
    _raises(lambda: t.write(_Writer(bytearray(5))), errno.ETIMEDOUT)
    assert t.passing is None


def more_than_was_asked_for_is_an_error():
    t = Transport(_Quiet(b"toolong"))
    _raises(lambda: t.read(bytearray(20), 0, 5), errno.EIO)


def where_it_cannot_be_made_non_blocking_a_limit_polls_it_first():
    import io

    class Polled(io.IOBase):
        asked = 0

        def readinto(self, buf):
            raise Exception("it would block")

        write = readinto

        def ioctl(self, request, arg):
            if request != 3:
                return -22
            self.asked += 1
            return 0

    sock = Polled()
    t = Transport(sock)
    t.bind()
    assert t.read(bytearray(5), 0, 5) is None and t.write(_Writer(bytearray(5))) is None and sock.asked


def limits_run_out():
    import time

    assert not late(None) and limit(None) is None
    assert late(limit(0))
    short = limit(0.02)
    assert not late(short)
    time.sleep_ms(30)
    assert late(short) and late(short)


def limits_may_be_longer_than_ticks_can_tell():
    for seconds in (604800, 999999, 1000000, 1e30, float("inf"), 1 << 40):
        assert not late(limit(seconds)), seconds
