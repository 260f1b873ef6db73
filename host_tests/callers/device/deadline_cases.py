"""What test_deadlines.py runs: time limits and interruptions, of which none may lose or repeat anything."""

import errno
import time

import latchkey
from callers_support import Counting, Dribble, connect, echo, main


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
    assert 150 < time.ticks_diff(time.ticks_ms(), start) < 25000  # the default is 30 s
    assert len(stages) >= 2  # a watchdog is fed while nothing comes


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


def timeouts_lose_and_repeat_nothing(port, context):
    """A write of several records that times out after the first says so, and goes on when it is repeated; so does a read."""
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
    for _ in range(2):
        try:
            tls.write(data)
            raise Exception("no timeout")
        except OSError as e:
            assert e.errno == errno.ETIMEDOUT
        for other in (b"z" * 5001, data[2048:], data[:2048], data[:100], b"z"):
            try:
                tls.write(other)
                raise Exception("other data were taken for those that are leaving")
            except ValueError:
                pass
        transport.blocked = False  # one more record leaves
    transport.write = real
    tls.settimeout(5)
    assert tls.write(data) == len(data)
    assert tls.readline() == bytes(reversed(data[:-1])) + b"\n"
    tls.write(b"abc\n")
    tls.settimeout(0.1)
    try:
        tls.read()
        raise Exception("an end")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT
    tls.settimeout(None)
    assert tls.read(4) == b"cba\n"
    echo(tls)


def timeouts_hold_on_a_transport_that_is_always_ready(port, context):
    sock = connect(port)
    tls = context.wrap_socket(Dribble(sock), server_hostname="localhost")
    sock.setblocking(False)
    tls.settimeout(0.1)
    try:
        tls.read(1)  # without end, if the limit did not hold
        raise Exception("no timeout")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT


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


main(globals())
