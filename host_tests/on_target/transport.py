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
    assert t.read(memoryview(buf)) == 3 and buf[:3] == b"abc"
    assert t.read(memoryview(buf)[:5]) == 0
    assert t.write(memoryview(buf)) == 5
    assert sock.calls == [("recv", 512), ("recv", 5), ("send", 2000)]


def would_block_is_none_and_a_timeout_passes():
    sock = _Quiet(OSError(errno.EAGAIN), OSError(errno.ETIMEDOUT), OSError(errno.EAGAIN), OSError(errno.ETIMEDOUT))
    t = Transport(sock)
    view = memoryview(bytearray(5))
    assert not t.stays
    assert t.read(view) is None and t.stays
    assert _raises(lambda: t.read(view), errno.ETIMEDOUT) is t.passing
    assert t.write(view) is None
    assert _raises(lambda: t.write(view), errno.ETIMEDOUT) is t.passing
    assert not t.lent


def another_error_does_not_pass():
    t = Transport(_Quiet(OSError(errno.ECONNRESET)))
    _raises(lambda: t.read(memoryview(bytearray(5))), errno.ECONNRESET)
    assert t.passing is None and not t.lent


def an_eagain_that_took_its_time_is_a_timeout():
    import time

    class Slow(_Quiet):
        def recv(self, n):
            time.sleep_ms(80)
            raise OSError(errno.EAGAIN)

    t = Transport(Slow())
    view = memoryview(bytearray(5))
    assert _raises(lambda: t.read(view), errno.ETIMEDOUT) is t.passing
    t.stays = True  # known to be in non-blocking mode: then the machine was busy
    assert t.read(view) is None


def where_a_limit_is_asked_for_the_socket_is_made_non_blocking_and_filled():
    sock = _Quiet(3, None, 4, None)
    t = Transport(sock)
    t.own = False
    view = memoryview(bytearray(600))
    assert t.read(view) == 3 and t.read(view) is None and t.write(view) == 4 and t.write(view) is None
    assert sock.calls == [("setblocking", False), ("readinto", 600), ("readinto", 600), ("write", 600), ("write", 600)]


def a_stream_without_recv_is_read_as_it_always_was():
    t = Transport(_Stream(_Socket(3, None, 0, 5, None)))
    view = memoryview(bytearray(600))
    assert [t.read(view) for _ in range(3)] == [3, None, 0]
    assert [t.write(view) for _ in range(2)] == [5, None]


def a_write_that_loses_count_does_not_pass():
    t = Transport(_Half(_Socket(OSError(errno.ETIMEDOUT))))
    _raises(lambda: t.write(memoryview(bytearray(5))), errno.ETIMEDOUT)
    assert t.passing is None


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
