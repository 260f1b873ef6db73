"""What test_ending.py runs under MicroPython: `ending_cases.py CASE PORT FOLDER`. Whatever ends a connection, latchkey hands over what it
has verified before it says so, and says its own last word. The server is peers/reluctant.py."""

import errno
import select
import sys
import time

import latchkey
from callers_support import Counting, Modem, Wire, connect, echo, main, said


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

        def broken(buf, error=error, asked=asked):
            asked.append(len(buf))
            raise error

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


main(globals())
