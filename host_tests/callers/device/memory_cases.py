"""What test_wiping.py runs: secrets that are wiped, and memory that is given back."""

import gc
import sys
import time

import latchkey
from callers_support import connect, echo, main


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
    received, sent = reader.buf, writer.buf
    assert any(received)
    tls.close()
    assert not any(received) and not any(sent) and not reader.buf and not writer.buf
    assert not any(reader.protection.nonce) and not any(writer.protection.nonce)
    for call in (lambda: tls.read(1), lambda: tls.write(b"x"), lambda: tls.do_handshake()):
        try:
            call()
            raise Exception("a closed connection works")
        except latchkey.TLSError as e:
            assert e.cause == 300


def another_thread_is_lent_nothing(port, context):
    import _thread

    from latchkey.crypto import util

    buf = bytearray(256)
    told = []
    util.lend(util.Room(lambda: (buf, 0, 256)))

    def other():
        piece = util.borrow(64)
        piece[:] = b"\xff" * 64
        util.give_back(piece)
        told.append(util.lent())

    _thread.start_new_thread(other, ())
    while not told:
        time.sleep_ms(1)
    assert told == [None] and util.lent() is not None
    piece = util.borrow(64)
    piece[:] = b"\x55" * 64
    assert buf[:64] == b"\x55" * 64 and not any(buf[64:])
    util.lend(None)


def a_heap_too_short_to_pack_leaves_the_collector_as_it_was(port, context):
    from latchkey import packing
    from latchkey.crypto import aes

    kernel = aes.kernel

    def none():
        assert gc.threshold() > 0
        raise MemoryError

    packing._SHORT = 1 << 30
    aes.kernel = none
    try:
        context.wrap_socket(connect(port), server_hostname="localhost")
        raise Exception("connected")
    except MemoryError:
        pass
    finally:
        aes.kernel = kernel
    assert gc.threshold() < 0
    context.wrap_socket(connect(port), server_hostname="localhost").close()
    assert gc.threshold() < 0


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


main(globals())
