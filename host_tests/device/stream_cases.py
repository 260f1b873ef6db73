"""What test_stream.py runs under MicroPython: `stream_cases.py CASE PORT FOLDER`. Each case is a function (port, context) that prints what
the test then looks at; a failed case raises."""

import errno
import gc
import io
import select
import socket
import sys
import time

import latchkey


def connect(port):
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    return sock


def echo(tls, data=b"hello\n"):
    assert tls.write(data) == len(data)
    answer = tls.readline()
    assert answer == bytes(reversed(data[:-1])) + b"\n", answer


class Dribble(io.IOBase):
    """A transport that takes one byte a write, gives one a read, and says None every other time."""

    def __init__(self, sock):
        self.sock = sock
        self.turn = 0

    def readinto(self, buf):
        self.turn ^= 1
        return self.sock.readinto(memoryview(buf)[:1]) if self.turn else None

    def write(self, buf):
        self.turn ^= 1
        return self.sock.write(memoryview(buf)[:1]) if self.turn else None

    def ioctl(self, request, arg):
        return arg if request == 3 else -22

    def close(self):
        self.sock.close()


class Counting(io.IOBase):
    """A transport that remembers the sizes of reads and writes, and can refuse to write."""

    def __init__(self, sock):
        self.sock = sock
        self.writes = []
        self.reads = []
        self.blocked = False

    def setblocking(self, flag):
        self.sock.setblocking(flag)

    def readinto(self, buf):
        n = self.sock.readinto(buf)
        if n is not None:
            self.reads.append((len(buf), n))
        return n

    def write(self, buf):
        if self.blocked:
            return None
        n = self.sock.write(buf)
        self.writes.append(bytes(buf[:n]))
        return n

    def ioctl(self, request, arg):
        if request != 3:
            return -22
        poll = select.poll()
        poll.register(self.sock, arg)
        for _, event in poll.ipoll(0):
            return event & ~(4 if self.blocked else 0)
        return 0

    def close(self):
        self.sock.close()


def blocking(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    echo(tls)
    assert tls.cipher() == ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLSv1.2")
    report = tls.report()
    assert report["peer_kind"] == "CHAIN" and report["verified_name"] == "localhost", report
    tls.write(b"x" * 10000 + b"\n")
    assert len(tls.readline()) == 10001
    tls.close()
    tls.close()


def one_write_per_flight(port, context):
    transport = Counting(connect(port))
    tls = context.wrap_socket(transport, server_hostname="localhost")
    print(len(transport.writes), len(transport.writes[0]), sum([len(w) for w in transport.writes]))
    assert all(asked <= 16413 for asked, _ in transport.reads)
    tls.close()
    assert len(transport.writes) == 3  # close_notify


def dribbling(port, context):
    tls = context.wrap_socket(Dribble(connect(port)), server_hostname="localhost")
    echo(tls)
    tls.close()


def nonblocking(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    tls.setblocking(False)
    poll = select.poll()
    poll.register(tls, select.POLLOUT)
    turns = 0
    while tls.write(b"hello\n") is None:
        assert poll.poll(5000), "never ready"
        turns += 1
    assert turns > 3
    poll.modify(tls, select.POLLIN)
    answer = None
    while answer is None:
        assert poll.poll(5000), "never readable"
        answer = tls.read(6)
    assert answer == b"olleh\n"
    assert tls.read(1) is None
    assert tls.ioctl(10, 0) < 0
    tls.close()


def a_message_that_is_there_is_read_by_one_nonblocking_call(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    poll = select.poll()
    poll.register(tls, select.POLLIN)
    for size in (2, 100, 1000):
        tls.setblocking(True)
        tls.write(b"x" * size + b"\n")
        assert poll.poll(5000)
        tls.setblocking(False)  # as umqtt.simple's check_msg() does, for one byte
        assert tls.read(1) == b"x"
        assert tls.read(size) == b"x" * (size - 1) + b"\n"
        assert tls.read(1) is None
    tls.close()


def handshake_would_block(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    tls.setblocking(False)
    turns = 0
    while True:
        try:
            tls.do_handshake()
            break
        except OSError as e:
            assert e.errno == errno.EAGAIN
            turns += 1
            time.sleep_ms(1)
    assert turns > 3
    tls.setblocking(True)
    echo(tls)


def asyncio_streams(port, context):
    import asyncio

    async def main():
        ticks = 0

        async def ticker():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep_ms(1)

        task = asyncio.create_task(ticker())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"hello\n")
        await writer.drain()
        assert await reader.readline() == b"olleh\n"
        assert ticks > 3, ticks  # the handshake left room for others
        writer.write(b"a" * 9000 + b"\n")
        await writer.drain()
        line = await reader.readline()
        assert len(line) == 9001, len(line)
        writer.write(b"xyz\n")
        await writer.drain()
        assert await reader.readexactly(4) == b"zyx\n"
        task.cancel()
        writer.close()
        await writer.wait_closed()

    asyncio.run(main())


def timeout_harms_nothing(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.settimeout(0.05)
    try:
        tls.read(1)
        raise Exception("no timeout")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT and not isinstance(e, latchkey.TLSError)
    echo(tls)


def handshake_deadline(port, context):
    context.handshake_timeout = 0.2
    stages = []
    context.progress = stages.append
    start = time.ticks_ms()
    try:
        context.wrap_socket(connect(port), server_hostname="localhost")
        raise Exception("no deadline")
    except latchkey.TLSError as e:
        assert e.cause == 303 and e.stage == "server_hello", (e.cause, e.stage)
    assert 150 < time.ticks_diff(time.ticks_ms(), start) < 5000
    assert len(stages) >= 2  # a watchdog is fed while nothing comes


def reconnects_without_close(port, context):
    first = tls = None
    held = 0
    for i in range(500):
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        first = first or tls
        if i == 20:
            gc.collect()
            held = gc.mem_alloc()
    gc.collect()
    print(gc.mem_alloc() - held)
    try:
        first.read(1)
        raise Exception("the first still reads")
    except latchkey.TLSError as e:
        assert e.cause == 301 and "took over" in str(e)
    assert "took over" in repr(first)
    echo(tls)


def interrupted_anywhere(port, context):
    """Raise from `progress` at its n-th call, for every n: the connection is dead and wiped, the context goes on."""
    n = 0
    while True:
        left = [n]

        def progress(_stage, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt

        context.progress = progress
        tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
        try:
            tls.do_handshake()
            break
        except KeyboardInterrupt:
            assert tls.dead
            assert not any(context._buffers[0][0]) and not any(context._buffers[0][1])
            try:
                tls.write(b"x")
                raise Exception("wrote on a dead connection")
            except latchkey.TLSError as e:
                assert e.cause == 304
        n += 1
    context.progress = None
    echo(tls)
    assert n > 5


def write_repeats_without_sealing_twice(port, context):
    transport = Counting(connect(port))
    tls = context.wrap_socket(transport, server_hostname="localhost")
    tls.setblocking(False)
    transport.blocked = True
    for _ in range(3):
        assert tls.write(b"hello\n") is None
    try:
        tls.write(b"h")
        raise Exception("other data were taken")
    except ValueError:
        pass
    transport.blocked = False
    before = len(transport.writes)
    assert tls.write(b"hello\n") == 6
    assert len(transport.writes) == before + 1
    tls.setblocking(True)
    assert tls.readline() == b"olleh\n"


def timeouts_lose_and_repeat_nothing(port, context):
    """A write of several records that times out after the first returns what left; reads return what came before the timeout."""
    transport = Counting(connect(port))
    tls = context.wrap_socket(transport, server_hostname="localhost")
    data = bytes([97 + i % 26 for i in range(5000)]) + b"\n"
    tls.settimeout(0.05)
    real = transport.write

    def once(buf):
        n = real(buf)
        transport.blocked = True
        return n

    transport.write = once
    sent = tls.write(data)
    assert sent == 2048, sent
    try:
        tls.write(data[sent:])
        raise Exception("no timeout")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT
    try:
        tls.write(b"z" * 3000)
        raise Exception("other data were taken for those that are leaving")
    except ValueError:
        pass
    transport.blocked = False
    transport.write = real
    tls.settimeout(5)
    assert tls.write(data[sent:]) == len(data) - sent
    assert tls.readline() == bytes(reversed(data[:-1])) + b"\n"
    tls.write(b"abc\n")
    tls.settimeout(0.1)
    assert tls.read() == b"cba\n"  # up to the timeout
    tls.settimeout(None)
    echo(tls)


def timeouts_hold_on_a_transport_that_is_always_ready(port, context):
    sock = connect(port)
    tls = context.wrap_socket(Dribble(sock), server_hostname="localhost")
    sock.setblocking(False)
    tls.settimeout(0.1)
    start = time.ticks_ms()
    try:
        tls.read(1)
        raise Exception("no timeout")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT
    assert time.ticks_diff(time.ticks_ms(), start) < 3000


def closing_is_never_half_done(port, context):
    """An interrupt while close_notify or an alert is sent, a callback that closes: dead, wiped, and said so."""
    transport = Counting(connect(port))
    tls = context.wrap_socket(transport, server_hostname="localhost")

    def interrupted(buf):
        raise KeyboardInterrupt

    transport.write = interrupted
    try:
        tls.close()
        raise Exception("not interrupted")
    except KeyboardInterrupt:
        pass
    assert tls.dead and not any(context._buffers[0][0])
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    context.progress = lambda stage: tls.close()
    try:
        tls.do_handshake()
        raise Exception("shook hands on a closed socket")
    except latchkey.TLSError as e:
        assert e.cause == 300, e.cause
    context.progress = None
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.shutdown()
    try:
        tls.write(b"late")
        raise Exception("wrote after close_notify")
    except latchkey.TLSError as e:
        assert e.cause == 300
    assert tls.read() == b""
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    tls.shutdown()
    assert tls.dead


def asyncio_meets_the_deadline(port, context):
    import asyncio

    context.handshake_timeout = 0.3

    async def main():
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"hello\n")
        try:
            await asyncio.wait_for(writer.drain(), 5)
            raise Exception("connected")
        except latchkey.TLSError as e:
            assert e.cause == 303, e.cause

    asyncio.run(main())


def secrets_in_memory(port, context):
    """Print where a connection stands, and wait to be looked at: `FOLDER` is also what happens (close, interrupt, takeover)."""
    end = sys.argv[4]
    if end == "interrupt":

        def progress(stage):
            if stage == "finished":  # the server has logged its keys by then
                raise KeyboardInterrupt

        context.progress = progress
    try:
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
    except KeyboardInterrupt:
        tls = None
    if tls:
        echo(tls)
    print("open")
    sys.stdin.readline()
    if end == "takeover":
        context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    elif tls:
        tls.close()
    print("closed")
    sys.stdin.readline()


def wipes_on_close(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    echo(tls, b"a secret line\n")
    reader, writer = tls._c.reader, tls._c.writer
    assert any(reader.buf)
    tls.close()
    assert not any(reader.buf) and not any(writer.buf)
    assert not any(reader.protection.nonce) and not any(writer.protection.nonce)
    for call in (lambda: tls.read(1), lambda: tls.write(b"x"), lambda: tls.do_handshake()):
        try:
            call()
            raise Exception("a closed connection works")
        except latchkey.TLSError as e:
            assert e.cause == 300


def unverified_says_so(port, context):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.verify_mode = latchkey.CERT_NONE
    context.trace = latchkey.Timeline()
    tls = context.wrap_socket(connect(port), server_hostname="other.example")
    for text in (repr(tls), str(context.trace), tls.report()["peer"]):
        assert "UNVERIFIED" in text, text
    echo(tls)


def names_in_the_hello(port, context):
    context.verify_mode = latchkey.CERT_NONE
    for name, expected in (("localhost.", b"localhost"), ("127.0.0.1", None), ("::1", None), (None, None), ("b.example", b"b.example")):
        transport = Counting(connect(port))
        context.wrap_socket(transport, server_hostname=name)
        hello = transport.writes[0]
        if expected is None:
            assert b"\x00\x00\x00" + b"\x09" not in hello[40:] and b"127" not in hello, name
        else:
            n = len(expected)
            assert bytes((0, 0, 0, n + 5, 0, n + 3, 0, 0, n)) + expected in hello, name
            assert expected + b"." not in hello


def names_that_are_none_are_refused_before_anything_leaves(port, context):
    loose = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    loose.verify_mode = latchkey.CERT_NONE
    for name in (
        "https://example.org",
        "example.org:443",
        "*.example.org",
        "two words",
        "b\u00fccher.example",
        "a..b",
        "1.2.3",
        "[::1]",
        "n" * 64,
    ):
        for ctx in (context, loose):
            try:
                ctx.wrap_socket(None, server_hostname=name)
                raise Exception("wrapped " + name)
            except latchkey.TLSError as e:
                assert e.cause == 541 and name in str(e), e
    for name in ("", ".", b"."):
        try:
            context.wrap_socket(None, server_hostname=name)
            raise Exception("wrapped a dot")
        except latchkey.TLSError as e:
            assert "server_hostname=" in str(e), e


def policy_errors_name_the_line(port, context):
    bare = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    for ctx, name, line in ((bare, "localhost", "load_verify_locations"), (context, None, "server_hostname=")):
        try:
            ctx.wrap_socket(None, server_hostname=name)
            raise Exception("wrapped")
        except latchkey.TLSError as e:
            assert line in str(e) and e.args[0] == -e.cause, e
    for arguments in ({"receive_buffer": 100}, {"send_buffer": 100}, {"connections": 0}, {"protocol": 1}):
        try:
            latchkey.SSLContext(**arguments)
            raise Exception(str(arguments))
        except ValueError:
            pass


def long_writes_stay_within_the_records_the_server_accepts(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=512, send_buffer=2048)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    transport = Counting(connect(port))
    tls = context.wrap_socket(transport, server_hostname="localhost")
    transport.writes.clear()
    line = bytes([97 + i % 26 for i in range(1500)]) + b"\n"
    assert tls.write(line) == len(line)
    sent = b"".join(transport.writes)
    at = 0
    sizes = []
    while at < len(sent):
        assert sent[at] == 23
        sizes.append(sent[at + 3] << 8 | sent[at + 4])
        at += 5 + sizes[-1]
    assert sizes == [512 + 24, 512 + 24, len(line) - 1024 + 24], sizes
    answer = b""
    while len(answer) < len(line):
        answer += tls.recv(2000)
    assert answer == bytes(reversed(line[:-1])) + b"\n"


def a_callback_may_close_in_the_middle_of_a_step(port, _):
    from latchkey.tls.handshake import Handshake

    made = []
    init = Handshake.__init__

    def remembered(self, *args):
        init(self, *args)
        made.append(self)

    setattr(Handshake, "__init__", remembered)  # noqa: B010  (so that the type checker lets it pass)
    for message in ("ServerHello", "Certificate", "ServerKeyExchange", "ClientKeyExchange", "CertificateVerify", "Finished"):
        context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=4096)
        context.load_verify_locations(sys.argv[3] + "/root.pem")
        context.load_cert_chain(sys.argv[3] + "/device.pem", sys.argv[3] + "/device.key")
        tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)

        def closes(direction, name, size, text="", message=message, tls=tls):
            if name == message:
                tls.close()

        tls._c.trace = closes
        try:
            tls.do_handshake()
            raise Exception(message)
        except latchkey.TLSError as e:
            assert e.cause == 300, e  # CONNECTION_CLOSED
        assert tls.dead
        for buf in context._buffers[0][:2]:
            assert not any(buf), message
        handshake = made.pop()
        assert not any(handshake.pre_master) and not any(handshake.master), message


def another_thread_is_lent_nothing(port, context):
    import _thread

    from latchkey.crypto import room

    buf = bytearray(256)
    told = []
    room.lend(room.Room(lambda: (buf, 0, 256)))

    def other():
        piece = room.take(64)
        piece[:] = b"\xff" * 64
        room.give(piece)
        told.append(room.lent())

    _thread.start_new_thread(other, ())
    while not told:
        time.sleep_ms(1)
    assert told == [None] and room.lent() is not None
    piece = room.take(64)
    piece[:] = b"\x55" * 64
    assert buf[:64] == b"\x55" * 64 and not any(buf[64:])
    room.lend(None)


def a_heap_too_short_to_pack_leaves_the_collector_as_it_was(port, context):
    from latchkey import packing
    from latchkey.crypto import aes

    kernel = aes.kernel

    def none():
        raise MemoryError

    packing._SHORT = 1 << 30
    aes.kernel = none
    try:
        packing.begin(False)
        raise Exception("packed")
    except MemoryError:
        pass
    finally:
        aes.kernel = kernel
    assert gc.threshold() < 0
    context.wrap_socket(connect(port), server_hostname="localhost").close()
    assert gc.threshold() < 0


def the_leaf_is_kept_where_asked(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    assert tls.getpeercert(True) is None
    context.keep_peer_cert = True
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    assert tls.getpeercert(True) is None
    tls.do_handshake()
    print(tls.getpeercert(True).hex())
    try:
        tls.getpeercert()
        raise Exception("a dict of names is not to be had")
    except ValueError:
        pass
    echo(tls)


def several_connections(port, context):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048, send_buffer=1024, connections=2)
    context.verify_mode = latchkey.CERT_NONE
    one = context.wrap_socket(connect(port), server_hostname="localhost")
    two = context.wrap_socket(connect(port), server_hostname="localhost")
    echo(one)
    echo(two)
    echo(one)
    three = context.wrap_socket(connect(port), server_hostname="localhost")
    echo(three)
    echo(two)
    assert one.dead and not two.dead
    three.close()
    context.wrap_socket(connect(port), server_hostname="localhost")
    echo(two)


def steps(tls):
    """Of a non-blocking handshake: yields after each, ends with it."""
    tls.setblocking(False)
    while True:
        try:
            tls.do_handshake()
            break
        except OSError as e:
            if e.errno != errno.EAGAIN:
                raise
        yield


def handshakes_side_by_side_drop_nothing_that_the_other_needs(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048, connections=2)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    context.frugal = True

    def start():
        return context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)

    for ahead in range(0, 90, 5):
        one, two = start(), start()
        first, second = steps(one), steps(two)
        for _ in range(ahead):
            next(first, None)
        done = object()
        while [step for step in (first, second) if next(step, done) is not done]:
            pass
        for tls in (one, two):
            tls.setblocking(True)
            echo(tls)
            tls.close()


def a_callback_that_reconnects_leaves_the_new_connection_its_buffers(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    made = []

    def reconnect(direction, message, size, note=""):
        if message == "ServerHello" and not made:
            made.append(None)
            tls = context.wrap_socket(connect(port), server_hostname="localhost")
            tls.write(b"x" * 999 + b"\n")
            assert tls.recv(1) == b"x"  # the rest of the record is in the buffer
            made[0] = tls

    context.trace = reconnect
    try:
        context.wrap_socket(connect(port), server_hostname="localhost")
        raise Exception("a connection without buffers works")
    except latchkey.TLSError as e:
        assert e.cause == 301, e
    assert made[0].readline() == b"x" * 998 + b"\n"


def nothing_leaves_after_our_close_notify(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    echo(tls)
    tls.shutdown()
    written = tls.bytes_written
    tls._c.owes_no_renegotiation = True  # as if a HelloRequest had come
    try:
        assert tls.recv(1) == b""
    except latchkey.TLSError as e:
        assert e.cause == 302, e  # a server that closes without a word
    assert tls.bytes_written == written


def pins_beside_cert_none_are_a_mistake_that_is_named(port, context):
    context.verify_mode = latchkey.CERT_NONE
    context.pins = [bytes(32)]
    try:
        context.wrap_socket(None, server_hostname="localhost")
        raise Exception("wrapped")
    except ValueError as e:
        assert "CERT_REQUIRED" in str(e)


def giving_back_memory_may_fail_for_want_of_it(port, context):
    from latchkey import release

    def fail(*_):
        raise MemoryError

    context.frugal = True
    kept = release.handshake
    release.handshake = fail
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    release.handshake = kept
    echo(tls)


def an_abandoned_handshake_leaves_the_collector_to_the_next(port, context):
    context.frugal = True
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    next(steps(tls))
    assert gc.threshold() > 0
    del tls
    echo(context.wrap_socket(connect(port), server_hostname="localhost"))
    assert gc.threshold() == -1


def a_release_at_each_step_of_a_handshake_only_slows_it_down(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    for _ in steps(tls):
        context.release()
    tls.setblocking(True)
    echo(tls)


def handshakes_side_by_side_compute_in_their_own_idle_buffers(port, _):
    import uctypes

    from latchkey.crypto import room

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=8192, connections=2)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    lent = {}
    missed = []
    take = room.Room.take

    def watched(self, n):
        piece = take(self, n)
        if piece is None:
            missed.append(n)
        else:
            lent.setdefault(id(self), []).append((uctypes.addressof(piece), n))
        return piece

    room.Room.take = watched
    both = []
    for _ in range(2):
        tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
        tls.setblocking(False)
        both.append(tls)
    computing = 0
    shaking = list(both)
    while shaking:
        for tls in shaking[:]:
            try:
                tls.do_handshake()
                shaking.remove(tls)
            except OSError as e:
                if e.errno != errno.EAGAIN:
                    raise
        assert room.lent() is None
        computing += len(shaking) == 2
    assert computing
    assert not missed, missed
    buffers = [(uctypes.addressof(buf), len(buf)) for row in context._buffers for buf in row[:2]]
    users = []
    for pieces in lent.values():
        homes = {home for home in range(4) for at, n in pieces if buffers[home][0] <= at and at + n <= buffers[home][0] + buffers[home][1]}
        assert len(homes) == 1, homes  # one buffer for each room
        users.append(homes.pop())
    assert sorted(users) == [0, 1, 2, 3], users  # certificates in the send buffer, arithmetic in the receive buffer, of each connection
    for tls in both:
        tls.setblocking(True)
        echo(tls)


def tls_in_tls_like_stream(port, context):
    """The socket is a stream itself: read forms agree."""
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.write(b"abcdefgh\n")
    assert tls.recv(3) == b"hgf"
    buf = bytearray(4)
    assert tls.readinto(buf, 2) == 2 and buf[:2] == b"ed"
    assert tls.recv_into(buf) == 4 and buf == b"cba\n"
    tls.sendall(b"xy\n")
    assert tls.readline(2) == b"yx" and tls.readline() == b"\n"
    with tls:
        pass
    assert tls.dead


def transport_errors_pass_through(port, context):
    for error in (OSError(errno.ECONNRESET), OSError("modem gone"), OSError()):
        transport = Counting(connect(port))
        tls = context.wrap_socket(transport, server_hostname="localhost")

        def broken(_buf):
            raise error  # noqa: B023

        transport.readinto = broken  # pyright: ignore[reportAttributeAccessIssue]: that is the point
        try:
            tls.read(1)
            raise Exception("read")
        except OSError as e:
            assert e is error
        assert tls.dead
        try:
            tls.read(1)
            raise Exception("read")
        except latchkey.TLSError as e:
            assert e.cause == 308


def frugal_handshakes_hold_less_and_never_more(port, context):
    def held():
        gc.collect()
        return gc.mem_alloc()

    echo(context.wrap_socket(connect(port), server_hostname="localhost"))
    before = held()
    context.release()
    released = held()
    assert before - released > 30000, (before, released)
    context.frugal = True
    idle = []
    tls = None
    for _ in range(12):
        tls = context.wrap_socket(connect(port), server_hostname="localhost")
        echo(tls)
        idle.append(held())
    print(before, released, idle)
    assert idle[-1] <= idle[2] + 512, idle
    assert "latchkey.x509.certificate" not in sys.modules and "latchkey.tls.handshake" not in sys.modules
    assert tls and repr(tls).startswith("<SSLSocket TLS_ECDHE") and tls.report()["verified_name"] == "localhost"


def drop_in_for_ssl(port, context):
    """As umqtt.simple uses it: a module function, keyword parameters, write with a length."""
    import latchkey as ssl

    with open(sys.argv[3] + "/root.pem", "rb") as file:
        root = file.read()
    sock = ssl.wrap_socket(connect(port), cadata=root, server_hostname="localhost")
    assert sock.write(bytearray(b"hello\nrest"), 6) == 6
    sock.setblocking(False)
    while True:
        first = sock.read(1)
        if first is not None:
            break
    sock.setblocking(True)
    assert first + sock.read(5) == b"olleh\n"
    sock.close()


def main():
    name, port, folder = sys.argv[1:4]
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=folder + "/root.pem")
    globals()[name](int(port), context)
    print("ok")


main()
