"""What test_waiting.py runs under MicroPython: `waiting_cases.py CASE PORT FOLDER`. latchkey waits as its transport waits. The server is
peers/reluctant.py."""

import errno
import select
import sys
import time

import latchkey
from callers_support import Modem, connect, echo, main, said, times_out


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
