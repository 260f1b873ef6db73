"""What test_callbacks.py runs under MicroPython: `callback_cases.py CASE PORT FOLDER`. How a call can be left in the middle, and
what may never come of it."""

import _thread
import errno
import time

import micropython

import latchkey
from callers_support import Wire, connect, main
from latchkey.errors import Fault

MARK = b"PLAINTEXT"
TEXT = MARK * 400  # two records


class Struck(Exception):
    pass


class Trip:
    """Does `what(tls)` at the n-th thing that happens after `arm`: a call of a callback, of the transport, of the cipher."""

    def __init__(self, n, what):
        self.left = n
        self.what = what
        self.tls: Any = None
        self.armed = False
        self.said: Any = None  # what was refused

    def __call__(self, *_):
        if not self.armed:
            return
        self.left -= 1
        if self.left == 0:
            self.what(self)

    @property
    def sprung(self):
        return self.left <= 0


def raises(error):
    def strike(_trip):
        raise error

    return strike


def does(call):
    """A callback that uses the connection, and lets what that raises pass."""
    return lambda trip: call(trip)


def tries(call):
    """A callback that uses the connection, and swallows what that raises."""

    def strike(trip):
        try:
            call(trip)
        except latchkey.TLSError as e:
            trip.said = e.cause

    return strike


def watch_the_cipher(tls, trip):
    """Let things happen within the cipher's steps, too: before and after each, between the text's covering and its tag."""
    aead = tls._c.writer.protection.aead
    ctr, absorb, step = aead._ctr, aead._absorb, aead.step

    def watched(function, before=False):
        def call(*arguments):
            if before:
                trip()
            result = function(*arguments)
            trip()
            return result

        return call

    aead._ctr, aead._absorb, aead.step = watched(ctr), watched(absorb), watched(step, True)


def shake(port, context, trip, **rest):
    wire = Wire(connect(port), trip, **rest)
    tls = trip.tls = context.wrap_socket(wire, server_hostname="localhost")
    return wire, tls


def attempt(call):
    try:
        return call()
    except (latchkey.TLSError, OSError, ValueError, Fault, Struck, KeyboardInterrupt):
        return None


WAYS = {
    "an interrupt": raises(KeyboardInterrupt()),
    "an exception": raises(Struck()),
    "a fault": raises(Fault(600)),
    "an error": raises(OSError(errno.EIO)),
    "something that looks like a timeout": raises(OSError(errno.ETIMEDOUT)),
    "something that looks like would-block": raises(OSError(errno.EAGAIN)),
    "close": does(lambda trip: trip.tls.close()),
    "shutdown": tries(lambda trip: trip.tls.shutdown()),
    "write": tries(lambda trip: trip.tls.write(MARK)),
    "read": tries(lambda trip: trip.tls.recv(1)),
    "shutdown that is let pass": does(lambda trip: trip.tls.shutdown()),
}


def no_byte_leaves_in_clear_however_a_write_is_left(port, context):
    """At every n-th thing that happens in a write, each way to leave it; then everything that a caller may try next."""
    for name, way in WAYS.items():
        n = 0
        sprung = True
        while sprung:
            n += 1
            trip = Trip(n, way)
            context.progress = trip
            wire, tls = shake(port, context, trip)
            tls.settimeout(2)
            watch_the_cipher(tls, trip)
            trip.armed = True
            attempt(lambda tls=tls: tls.write(TEXT))
            sprung = trip.sprung
            trip.armed = False
            for _ in range(3):
                attempt(lambda tls=tls: tls.write(TEXT))
            attempt(lambda tls=tls: tls.shutdown())
            attempt(lambda tls=tls: tls.recv(10))
            tls.close()
            assert MARK not in wire.handed, (name, n)
            for buffer in context._buffers[0][:2]:
                assert not any(buffer), (name, n)
        assert n > 20, (name, n)


def no_byte_leaves_in_clear_after_two_interrupts(port, context):
    """The second one falls on the n-th thing after the first, which is in the middle of a record."""
    for first in (3, 4, 5):
        for second in range(1, 7):
            trip = Trip(first, raises(KeyboardInterrupt()))
            context.progress = trip
            wire, tls = shake(port, context, trip)
            watch_the_cipher(tls, trip)
            trip.armed = True
            attempt(lambda tls=tls: tls.write(TEXT))
            assert trip.sprung
            trip.left = second
            for call in (lambda tls=tls: tls.write(TEXT), lambda tls=tls: tls.shutdown(), lambda tls=tls: tls.close()):
                attempt(call)
            trip.armed = False
            tls.close()
            assert tls.dead and MARK not in wire.handed
            for buffer in context._buffers[0][:2]:
                assert not any(buffer), (first, second)


def a_worn_out_key_sends_a_close_notify_and_not_a_byte_of_the_record(port, context):
    wire, tls = shake(port, context, Trip(0, None))
    for kind in (23, 21):
        tls._c.writer.protection.count = 1 << 24
        before = len(wire.handed)
        try:
            tls.write(TEXT)
            raise Exception("written")
        except latchkey.TLSError as e:
            assert (e.cause, e.alert) == (365, 0), e
        left = bytes(wire.handed[before:])
        assert len(left) == 5 + 8 + 2 + 16 and left[0] == 21, (kind, left)
        assert MARK not in wire.handed and tls.dead
        wire, tls = shake(port, context, Trip(0, None))
        tls._c.owes_no_renegotiation = True  # an alert of another kind that meets the end of the key


def a_call_within_a_call_is_refused_and_the_outer_one_goes_on(port, context):
    def inner(trip):
        for call in (
            lambda: trip.tls.write(b"inner\n"),
            lambda: trip.tls.read(1),
            lambda: trip.tls.readline(),
            lambda: trip.tls.recv(1),
            lambda: trip.tls.readinto(bytearray(1)),
            lambda: trip.tls.shutdown(),
            lambda: trip.tls.do_handshake(),
        ):
            try:
                call()
                raise Exception("a call within a call")
            except latchkey.TLSError as e:
                assert e.cause == 313 and "callback" in str(e), e

    for n in range(1, 6):
        trip = Trip(n, inner)
        context.progress = trip
        _, tls = shake(port, context, trip)
        trip.armed = True
        assert tls.write(b"outer\n") == 6
        assert tls.readline() == b"retuo\n"
        assert trip.sprung
        tls.close()


def in_a_handshake_a_call_within_a_call_is_refused_too(port, context):
    n = 0
    sprung = True
    while sprung:
        n += 1
        trip = Trip(n, tries(lambda trip: trip.tls.write(b"inner\n")))
        wire = Wire(connect(port), trip)
        tls = trip.tls = context.wrap_socket(wire, server_hostname="localhost", do_handshake_on_connect=False)
        context.progress = context.trace = trip
        trip.armed = True
        tls.do_handshake()
        sprung = trip.sprung
        trip.armed = False
        assert not sprung or trip.said == 313, (n, trip.said)
        assert tls.write(b"hello\n") == 6 and tls.readline() == b"olleh\n"
        context.progress = context.trace = None
        tls.close()
    assert n > 20, n


def a_callback_that_connects_anew_ends_the_old_connection_and_reads_nothing_of_it(port, context):
    """With a transport whose `close` does nothing, so that the old one's bytes still come."""
    made = []

    def anew(trip):
        wire = Wire(connect(port))
        new = context.wrap_socket(wire, server_hostname="localhost")
        new.write(b"y" * 600 + b"\n")
        made.append(new)

    for during in ("write", "read"):
        n = 0
        while True:
            n += 1
            del made[:]
            trip = Trip(n, anew)
            _, tls = shake(port, context, trip, closes=False)
            tls.write(b"x" * 1500 + b"\n")
            assert tls.recv(1) == b"x"
            context.progress = lambda stage: trip(stage)  # noqa: B023
            tls._t.sock.event = None
            trip.armed = True
            try:
                if during == "read":
                    tls.read(1000)
                    tls.read(3000)
                else:
                    tls.write(TEXT)
            except latchkey.TLSError as e:
                assert e.cause == 301, e
            except OSError as e:
                assert not trip.sprung and e.errno == errno.ETIMEDOUT
            context.progress = None
            if not made:
                tls.close()
                break
            answer = made[0].readline()
            assert answer == b"y" * 600 + b"\n", answer
            made[0].close()
            if during == "read" and n > 4:
                break
        assert n > 1, during


def an_end_allocates_nothing(port, context):
    for end in ("close", "_clean", "take_over"):
        wire = Wire(connect(port))
        tls = context.wrap_socket(wire, server_hostname="localhost")
        tls.write(b"hello\n")
        tls.recv(1)
        protection = tls._c.writer.protection
        tls._closing = True  # the alert takes memory, and is left out where there is none
        ends = getattr(tls, end)
        micropython.heap_lock()
        try:
            ends()
        finally:
            micropython.heap_unlock()
        assert not any(protection.nonce) and not any(context._buffers[0][0]) and not any(context._buffers[0][1])
        tls.close()
        assert tls.dead


def an_interrupt_while_secrets_are_wiped_leaves_none(port, context):
    from latchkey.tls import handshake

    real = handshake.wipe
    for n in range(1, 4):
        left = [n]

        def wipe(buf, left=left):
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            real(buf)

        def progress(stage):
            if stage == "finished":
                raise OSError(errno.EIO)

        tls = context.wrap_socket(connect(port), server_hostname="localhost", do_handshake_on_connect=False)
        context.progress = progress
        made = []
        handshake.wipe = wipe
        init = handshake.Handshake.__init__

        def remembered(self, *args, init=init, made=made):
            init(self, *args)
            made.append(self)

        setattr(handshake.Handshake, "__init__", remembered)  # noqa: B010  (so that the type checker lets it pass)
        attempt(tls.do_handshake)
        for call in (tls.do_handshake, tls.close):
            attempt(call)
        setattr(handshake.Handshake, "__init__", init)  # noqa: B010
        handshake.wipe = real
        context.progress = None
        assert tls.dead and made
        for secret in (made[0].master, made[0].pre_master):
            assert not any(secret), n


def a_transport_whose_close_was_interrupted_is_closed_by_the_next_call(port, context):
    closes = []

    def event(happens):
        if happens == "close":
            closes.append(happens)
            if len(closes) == 1:
                raise KeyboardInterrupt

    tls = context.wrap_socket(Wire(connect(port), event), server_hostname="localhost")
    try:
        tls.close()
        raise Exception("not interrupted")
    except KeyboardInterrupt:
        pass
    tls.close()
    tls.close()
    assert tls.dead and len(closes) == 2, closes


def a_callers_slip_harms_nothing(port, context):
    from array import array

    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    for call in (
        lambda: tls.write(None),
        lambda: tls.write(5),
        lambda: tls.write(array("H", [1, 2])),
        lambda: tls.readinto(None),
        lambda: tls.readinto(array("H", [1, 2])),
        lambda: tls.read("x"),
        lambda: tls.settimeout("x"),
    ):
        try:
            call()
            raise Exception("taken")
        except (TypeError, ValueError):
            pass
    assert tls.write("hello\n") == 6 and tls.readline() == b"olleh\n"


def a_handshake_within_a_handshake_takes_nothing_of_the_outer_one(port, context):
    told = []

    def trace(*_):
        if not told:
            try:
                tls.do_handshake()
            except latchkey.TLSError as e:
                told.append(e.cause)

    context.trace = trace
    sock = connect(port)
    sock.setblocking(False)
    tls = context.wrap_socket(sock, server_hostname="localhost", do_handshake_on_connect=False)
    tls.do_handshake(True)
    assert told == [313]


def a_transport_that_claims_more_than_it_was_asked_for_ends_the_connection(port, context):
    for name, lie in (("readinto", lambda buf: len(buf) + 1), ("write", lambda buf: len(buf) + 1), ("write", lambda buf: -1)):
        wire = Wire(connect(port))
        tls = context.wrap_socket(wire, server_hostname="localhost")
        setattr(wire, name, lie)
        try:
            tls.write(b"x\n")
            tls.recv(1)
            raise Exception("believed")
        except OSError as e:
            assert e.errno == errno.EIO and tls.dead


def a_failure_that_fails_leaves_the_connection_dead(port, context):
    """An interrupt at the n-th thing that happens while an alert is sent and the rest is cleaned: dead, and wiped by the next call."""
    n = 0
    sprung = True
    while sprung:
        n += 1
        trip = Trip(n, raises(KeyboardInterrupt()))
        wire, tls = shake(port, context, trip)
        protection = tls._c.reader.protection
        watch_the_cipher(tls, trip)
        wire.readinto = lambda buf, trip=trip: _garbage(buf, trip)
        attempt(lambda tls=tls: tls.recv(1))
        sprung = trip.sprung
        trip.armed = False
        assert tls.dead
        for call in (tls.do_handshake, lambda tls=tls: tls.write(MARK), lambda tls=tls: tls.recv(1)):
            try:
                call()
                raise Exception("a dead connection works")
            except latchkey.TLSError as e:
                assert e.cause in (304, 602), e
        assert not any(protection.nonce) and not tls._c.established()
        assert not any(context._buffers[0][0]) and not any(context._buffers[0][1])
        assert MARK not in wire.handed
    assert n > 3, n


def _garbage(buf, trip):
    trip.armed = True
    for i in range(len(buf)):
        buf[i] = 0x55
    if len(buf) == 5:
        buf[:] = b"\x17\x03\x03\x00\x40"
    return len(buf)


def an_interrupted_handshake_is_never_begun_anew(port, context):
    """At every n-th thing that happens: dead, nothing established, and no second handshake with the first one's tokens."""
    n = 0
    sprung = True
    while sprung:
        n += 1
        trip = Trip(n, raises(KeyboardInterrupt()))
        wire = Wire(connect(port), trip)
        context.progress = context.trace = None
        tls = trip.tls = context.wrap_socket(wire, server_hostname="localhost", do_handshake_on_connect=False)
        context.progress = trip
        tls._c.trace = trip
        trip.armed = True
        result = "interrupted"
        try:
            result = tls.do_handshake()
        except KeyboardInterrupt:
            pass
        sprung = trip.sprung
        trip.armed = False
        if sprung:
            assert result == "interrupted" and tls.dead and not tls._c.established()
            for call in (tls.do_handshake, lambda tls=tls: tls.write(MARK)):
                try:
                    call()
                    raise Exception("begun anew")
                except latchkey.TLSError as e:
                    assert e.cause == 304, e
        assert MARK not in wire.handed
        tls.close()
    context.progress = None
    assert n > 30, n


def another_thread_is_refused(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    told = []

    def other():
        for call in (
            lambda: tls.write(b"x"),
            lambda: tls.recv(1),
            lambda: tls.shutdown(),
            lambda: tls.close(),
            lambda: context.wrap_socket(connect(port), server_hostname="localhost"),
            lambda: context.release(),
            lambda: context.load_cert_chain("none"),
            lambda: context.load_verify_locations("none"),
            lambda: tls.settimeout(1),
            lambda: tls.setblocking(False),
            lambda: tls.ioctl(3, 1),
        ):
            try:
                call()
                told.append("done")
            except latchkey.TLSError as e:
                told.append(e.cause)
        told.append(None)

    _thread.start_new_thread(other, ())
    while not told or told[-1] is not None:
        time.sleep_ms(1)
    assert told == [314] * 11 + [None], told
    assert tls.write(b"hello\n") == 6 and tls.readline() == b"olleh\n"


def interrupts_at_any_time(port, context):
    """The test sends Ctrl-C at random times and searches what passes on the wire."""
    print("ready")
    while True:
        try:
            write_for_ever(port, context)
        except (KeyboardInterrupt, OSError):
            pass


def write_for_ever(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    while True:
        try:
            while True:
                tls.write(TEXT)
        except (KeyboardInterrupt, OSError):
            tls.write(TEXT)
            tls.shutdown()
            tls.write(TEXT)
            tls.close()


main(globals())
