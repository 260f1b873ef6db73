"""What test_context.py runs: what a context says and refuses, and its connections one after another and side by side."""

import errno
import gc
import sys

import latchkey
from callers_support import Counting, connect, echo, main


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


def pins_beside_cert_none_are_a_mistake_that_is_named(port, context):
    context.verify_mode = latchkey.CERT_NONE
    context.pins = [bytes(32)]
    try:
        context.wrap_socket(None, server_hostname="localhost")
        raise Exception("wrapped")
    except ValueError as e:
        assert "CERT_REQUIRED" in str(e)


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


def handshakes_side_by_side_compute_in_their_own_idle_buffers(port, _):
    import uctypes

    from latchkey.crypto import util

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=8192, connections=2)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    lent = {}
    missed = []
    take = util.Room.borrow

    def watched(self, n):
        piece = take(self, n)
        if piece is None:
            missed.append(n)
        else:
            lent.setdefault(id(self), []).append((uctypes.addressof(piece), n))
        return piece

    util.Room.borrow = watched
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
        assert util.lent() is None
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


def a_release_at_each_step_of_a_handshake_only_slows_it_down(port, _):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048)
    context.load_verify_locations(sys.argv[3] + "/root.pem")
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    for _ in steps(tls):
        context.release()
    tls.setblocking(True)
    echo(tls)


def an_abandoned_handshake_leaves_the_collector_to_the_next(port, context):
    context.frugal = True
    tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
    next(steps(tls))
    assert gc.threshold() > 0
    del tls
    echo(context.wrap_socket(connect(port), server_hostname="localhost"))
    assert gc.threshold() == -1


main(globals())
