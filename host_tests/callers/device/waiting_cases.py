"""What test_waiting.py runs under MicroPython: `waiting_cases.py CASE PORT FOLDER`. latchkey waits as its transport waits, and hands over
what it has verified before it says that there is no more. The server is peers/reluctant.py."""

import errno
import io
import select
import sys
import time

import latchkey
from callers_support import Counting, Wire, connect, echo, main, said, times_out


class Modem(io.IOBase):
    """A transport that has `recv` and `send` alone, as a driver of a modem may."""

    def __init__(self, sock):
        self.sock = sock

    def recv(self, n):
        return self.sock.recv(n)

    def send(self, buf):
        return self.sock.send(buf)

    def close(self):
        self.sock.close()


def the_socket_s_own_timeout_ends_a_handshake_with_a_silent_server(port, context):
    sock = connect(port)
    sock.settimeout(0.3)
    assert 200 < times_out(lambda: context.wrap_socket(sock, server_hostname="localhost")) < 5000


def the_socket_s_own_timeout_holds_for_data(port, context):
    for wrap in (lambda sock: sock, Modem):
        sock = connect(port)
        sock.settimeout(0.3)
        tls = context.wrap_socket(wrap(sock), server_hostname="localhost")
        for call in (lambda tls=tls: tls.read(1), lambda tls=tls: tls.recv(1), lambda tls=tls: tls.readline(), lambda tls=tls: tls.read()):
            assert 200 < times_out(call) < 5000
            echo(tls)
        echo(tls)
        tls.close()


def a_timeout_within_a_record_loses_nothing(port, context):
    for n in (100, 6000):
        sock = connect(port)
        sock.settimeout(0.2)
        tls = context.wrap_socket(sock, server_hostname="localhost")
        tls.write(b"cut %d 700\n" % n)
        times_out(lambda tls=tls: tls.recv(1))
        got = b""
        while len(got) < n:
            try:
                got += tls.recv(n)
            except OSError as e:
                assert e.errno == errno.ETIMEDOUT
        assert got == said(n)
        echo(tls)
        tls.close()


def a_timeout_within_a_record_that_leaves_loses_and_repeats_nothing(port, context):
    """The server is deaf for a while, and its window full."""
    sock = connect(port)
    sock.settimeout(0.2)
    tls = context.wrap_socket(sock, server_hostname="localhost")
    tls.write(b"deaf 3000\n")
    data = bytearray(b"x" * 1500)
    total = stuck = 0
    while stuck < 3:  # what the kernel takes
        try:
            total += tls.write(data)
        except OSError as e:
            assert e.errno == errno.ETIMEDOUT, e
            stuck += 1
    while True:
        try:
            total += tls.write(data)
            break
        except OSError as e:
            assert e.errno == errno.ETIMEDOUT, e
    assert tls.write(b"\n") == 1
    while True:
        try:
            assert int(tls.readline()) == total
            break
        except OSError as e:
            assert e.errno == errno.ETIMEDOUT, e
    echo(tls)


def a_socket_that_was_non_blocking_before_connects_and_stays_so(port, context):
    """As mqtt_as does: `wrap_socket` goes on to the end of the handshake, a read returns what is there."""
    sock = connect(port)
    sock.setblocking(False)
    tls = context.wrap_socket(sock, server_hostname="localhost")
    assert tls.read(1) is None and tls.recv(5) is None and tls.readline() is None and tls.readinto(bytearray(3)) is None
    assert tls.write(b"hello\n") == 6
    answer = b""
    while len(answer) < 6:
        answer += tls.read(6 - len(answer)) or b""
    assert answer == b"olleh\n"
    assert tls.read(1) is None


def the_mode_of_the_raw_socket_may_change_at_any_time(port, context):
    """As umqtt.simple2 does, which polls and switches the raw socket."""
    sock = connect(port)
    tls = context.wrap_socket(sock, server_hostname="localhost")
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    for _ in range(3):
        tls.write(b"hello\n")
        assert poll.poll(5000)
        sock.setblocking(False)
        assert tls.read(1) == b"o"
        sock.setblocking(True)
        assert tls.read(5) == b"lleh\n"
        sock.setblocking(False)
        assert tls.read(1) is None
        sock.setblocking(True)


def a_handshake_of_ones_own_on_a_non_blocking_socket_says_that_it_would_block(port, context):
    sock = connect(port)
    sock.setblocking(False)
    tls = context.wrap_socket(sock, server_hostname="localhost", do_handshake_on_connect=False)
    for _ in range(3):
        try:
            tls.do_handshake()
            raise Exception("done")
        except OSError as e:
            assert e.errno == errno.EAGAIN, e
        assert tls.read(1) is None and tls.write(b"x") is None
        assert not tls.dead


def a_handshake_that_is_to_block_goes_on_on_a_non_blocking_socket(port, context):
    for quiet in (lambda sock, tls: sock.setblocking(False), lambda sock, tls: tls.setblocking(False)):
        sock = connect(port)
        tls = context.wrap_socket(sock, server_hostname="localhost", do_handshake_on_connect=False)
        quiet(sock, tls)
        tls.do_handshake(True)
        assert tls.read(1) is None
        tls.close()


def limits_that_were_asked_for_hold_on_a_blocking_socket(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.settimeout(0.2)
    assert times_out(lambda: tls.read(1)) < 5000
    tls.settimeout(None)
    echo(tls)
    tls.setblocking(False)
    assert tls.read(1) is None
    tls.close()
    context.timeout = 1
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    assert times_out(lambda: tls.read(1)) < 5000
    echo(tls)
    context.timeout = None
    told = []
    context.progress = told.append
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    del told[:]
    tls.write(b"cut 100 350\n")
    assert tls.read(100) == said(100)
    assert len(told) >= 3, told  # it is fed while nothing comes


def limits_as_long_as_a_week_and_longer(port, context):
    for seconds in (604800, 2000000000, 1e30, None):
        context.timeout = context.handshake_timeout = seconds
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        echo(tls)
        tls.settimeout(seconds)
        echo(tls)
        tls.close()
    for seconds in (-1, float("nan"), -0.5):
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        try:
            tls.settimeout(seconds)
            raise Exception("taken")
        except ValueError:
            pass
        echo(tls)


def what_came_is_handed_over_before_the_end_of_a_stream_that_was_cut(port, context):
    def cut(how=b"end 150\n"):
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        tls.write(how)
        return tls

    def raises_truncated(call, times=2):
        for _ in range(times):
            try:
                call()
                raise Exception("no error")
            except latchkey.TLSError as e:
                assert e.cause == 302, e

    for how in (b"end 150\n", b"end 150 3\n", b"end 150 50\n"):
        tls = cut(how)
        assert tls.read(100) == said(150)[:100]
        assert tls.read(100) == said(150)[100:]
        raises_truncated(lambda tls=tls: tls.read(100))
        tls = cut(how)
        buf = bytearray(200)
        assert tls.readinto(buf) == 150 and buf[:150] == said(150)
        raises_truncated(lambda tls=tls: tls.readinto(bytearray(10)))
        tls = cut(how)
        assert tls.recv(100) == said(150)[:100] and tls.recv(100) == said(150)[100:]
        raises_truncated(lambda tls=tls: tls.recv(1))
        tls = cut(how)
        assert tls.readline() == said(150)
        raises_truncated(tls.readline)
        tls = cut(how)
        assert tls.read() == said(150)
        raises_truncated(tls.read)
        assert tls.dead
    tls = cut(b"end 0\n")
    raises_truncated(lambda: tls.read(1))


def what_the_server_sent_before_it_went_is_read_after_a_write_that_failed(port, context):
    for transport in (lambda sock: sock, Counting):
        for ask in (0, 1, 150):  # bytes that are read before
            tls = context.wrap_socket(transport(connect(port)), server_hostname="localhost")
            tls.write(b"end 150\n")
            assert tls.read(ask) == said(150)[:ask]
            failed = None
            for _ in range(100):
                try:
                    tls.write(b"more of it")
                    time.sleep_ms(20)
                except OSError as e:
                    failed = e
                    break
            assert failed.errno in (32, errno.ECONNRESET), failed  # EPIPE, which MicroPython has no name for
            assert not tls.dead
            assert tls.read(150 - ask) == said(150)[ask:]
            for _ in range(2):
                try:
                    tls.read(1)
                    raise Exception("no error")
                except OSError:
                    assert tls.dead


def asyncio_gets_all_that_came_before_a_cut(port, context):
    import asyncio

    async def gathered(piece):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"end 20000\n")
        await writer.drain()
        data = b""
        while True:
            try:
                got = await reader.read(piece)
            except latchkey.TLSError as e:
                assert e.cause == 302, e
                return data, False
            data += got
            if not got:
                return data, True

    for piece in (300, 16384):
        assert asyncio.run(gathered(piece)) == (said(20000), False)
    context.suppress_ragged_eofs = True
    for piece in (5000, -1):
        assert asyncio.run(gathered(piece)) == (said(20000), True)


def what_came_is_kept_where_there_is_no_memory_for_it(port, context):
    """With room for 30,000 bytes once, not twice. The heap has 300 KB."""
    context.suppress_ragged_eofs = True
    for n, call in ((20000, lambda tls: tls.read(20000)), (20000, lambda tls: tls.readline(20000)), (15000, lambda tls: tls.recv(30000))):
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        tls.write(b"end %d\n" % n)
        assert tls.recv(1) == b"a"
        heap: list = [bytearray(31000)]
        try:
            while True:
                heap.append(bytearray(300))
        except MemoryError:
            heap[0] = None
        for _ in range(2):
            try:
                call(tls)
                raise Exception("there was memory for it")
            except MemoryError:
                assert not tls.dead
        heap.clear()
        assert tls.read() == (said(26) * (n // 26 + 1))[1:n]
        tls.close()


def nothing_follows_a_write_that_failed(port, context):
    for error in (OSError(errno.ECONNRESET), OSError("modem gone"), OSError()):
        transport = Counting(connect(port))
        tls = context.wrap_socket(transport, server_hostname="localhost")
        echo(tls)
        tls.write(b"hello\n")
        write = transport.write
        before = len(transport.writes)
        asked = []

        def broken(buf):
            asked.append(len(buf))  # noqa: B023
            raise error  # noqa: B023

        transport.write = broken  # pyright: ignore[reportAttributeAccessIssue]: that is the point
        for call in (lambda tls=tls: tls.write(b"one"), lambda tls=tls: tls.write(b"two"), tls.shutdown):
            try:
                call()
                raise Exception("written")
            except OSError as e:
                assert e is error and len(asked) == 1, e
            transport.write = write  # it may come back: a record of which nobody knows what has left is no beginning
        assert tls.read(6) == b"olleh\n"
        poll = select.poll()
        poll.register(tls, select.POLLOUT)
        assert poll.poll(0)
        tls.close()
        assert tls.dead and len(transport.writes) == before


def a_stream_that_was_cut_is_an_end_where_the_caller_says_so(port, context):
    for ask in ("attribute", "argument", "function"):
        lines = latchkey.Timeline()
        context.trace = lines
        context.suppress_ragged_eofs = ask == "attribute"
        if ask == "function":
            with open(sys.argv[3] + "/root.pem") as file:
                tls = latchkey.wrap_socket(connect(port), cadata=file.read(), server_hostname="localhost")
        elif ask == "argument":
            tls = context.wrap_socket(connect(port), server_hostname="localhost", suppress_ragged_eofs=True)
        else:
            tls = context.wrap_socket(connect(port), server_hostname="localhost")
        tls.write(b"end 150\n")
        assert tls.read() == said(150) and tls.read() == b"" and tls.read(5) == b"" and tls.readinto(bytearray(1)) == 0
        assert tls.readline() == b"" and tls.recv(1) == b""
        report = tls.report()
        assert report["truncated"]
        assert ask == "function" or "TRUNCATED" in str(lines)
        tls.close()
    context.suppress_ragged_eofs = True
    tls = context.wrap_socket(connect(port), server_hostname="localhost", suppress_ragged_eofs=False)
    tls.write(b"end 0\n")
    try:
        tls.read(1)
        raise Exception("an end")
    except latchkey.TLSError as e:
        assert e.cause == 302


def a_forged_record_is_refused_after_what_came_before_it(port, context):
    wire = Wire(connect(port))
    tls = context.wrap_socket(wire, server_hostname="localhost")
    tls.write(b"say 150\n")
    assert tls.recv(100) == said(150)[:100]
    forged = bytearray(b"\x17\x03\x03\x00\x40" + bytes(64))
    wire.readinto = lambda buf: _give(forged, buf)
    assert tls.read(100) == said(150)[100:]
    assert tls.dead
    for cause in (602, 602):
        try:
            tls.read(1)
            raise Exception("read")
        except latchkey.TLSError as e:
            assert e.cause == cause, e


def a_transport_that_has_no_memory_ends_the_connection_after_what_came_before_it(port, context):
    def without(buf):
        raise MemoryError

    for call in (lambda tls: tls.read(100), lambda tls: tls.read(), lambda tls: tls.readline()):
        wire = Wire(connect(port))
        tls = context.wrap_socket(wire, server_hostname="localhost")
        tls.write(b"say 150\n")
        assert tls.recv(100) == said(150)[:100]
        wire.readinto = without
        assert call(tls) == said(150)[100:]
        try:
            tls.read(1)
            raise Exception("read")
        except MemoryError:
            assert tls.dead


def _give(data, buf):
    n = min(len(buf), len(data))
    buf[:n] = data[:n]
    data[:n] = b""
    return n


def our_last_alert_is_waited_for_but_not_for_ever(port, context):
    for patience, blocked in ((None, 3), (0, 3), (None, 1 << 30)):
        wire = Wire(connect(port))
        tls = context.wrap_socket(wire, server_hostname="localhost")
        tls.settimeout(patience)
        looks = []

        def event(what, wire=wire, looks=looks, blocked=blocked):
            if what in ("poll", "write"):
                looks.append(what)
                wire.blocked = len(looks) < blocked

        wire.event = event
        wire.blocked = True
        before = len(wire.handed)
        left = tls.bytes_written
        tls.close()  # which would not end, if it waited for ever
        arrived = tls.bytes_written - left
        assert len(wire.handed) > before
        assert arrived == (31 if patience is None and blocked == 3 else 0), (patience, blocked, arrived)


def the_last_alert_of_a_handshake_that_waits_is_waited_for_too(port, _):
    """`wrap_socket` goes on to its end on a transport that does not block, and so does its last word."""

    class Slow(Modem):
        sends = 0
        last = b""

        def send(self, buf):
            self.sends += 1
            if 1 < self.sends < 5:
                raise OSError(errno.EAGAIN)
            self.last = bytes(buf)
            return self.sock.send(buf)

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.pins = [bytes(32)]
    sock = connect(port)
    sock.setblocking(False)
    slow = Slow(sock)
    try:
        context.wrap_socket(slow, server_hostname="localhost")
        raise Exception("connected")
    except latchkey.TLSError as e:
        assert slow.last == bytes((21, 3, 3, 0, 2, 2, e.alert)), slow.last


def a_non_blocking_write_takes_more_than_one_record(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.setblocking(False)
    line = b"y" * 5000 + b"\n"
    sent = tls.write(line)
    assert sent is not None and sent > 2048, sent
    while sent < len(line):
        sent += tls.write(line[sent:]) or 0
    tls.setblocking(True)
    assert tls.readline() == b"y" * 5000 + b"\n"


def a_record_of_16_kb_is_read_by_one_call_after_one_poll(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=sys.argv[3] + "/root.pem")
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.setblocking(False)
    while tls.write(b"say 16384\n") is None:
        pass
    poll = select.poll()
    poll.register(tls, select.POLLIN)
    polls = got = 0
    while got < 16384:
        assert poll.poll(5000)
        polls += 1
        piece = tls.read(16384 - got)
        got += len(piece or b"")
        time.sleep_ms(50)  # the rest comes meanwhile
    assert polls <= 2, polls


main(globals())
