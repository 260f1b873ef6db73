"""What test_stream.py runs: reading, writing and closing over transports of every temper."""

import errno
import select
import sys
import time

import latchkey
from callers_support import Counting, Dribble, connect, echo, main


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


main(globals())
