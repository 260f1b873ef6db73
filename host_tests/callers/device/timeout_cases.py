"""What test_waiting.py runs under MicroPython: `timeout_cases.py CASE PORT FOLDER`. A timeout is an error, and loses nothing. The server is
peers/reluctant.py."""

import select

import latchkey
from callers_support import connect, main, said, times_out


def a_timeout_is_raised_and_what_came_before_it_begins_the_next_call(port, context):
    """A caller that asked for a line, for so much or for all takes what it gets for that: half an answer would be a whole one."""
    buf = bytearray(100)
    for call in (
        lambda tls: tls.read(100),
        lambda tls: tls.read(),
        lambda tls: tls.readline(),
        lambda tls: tls.readline(50),
        lambda tls: tls.readinto(buf),
    ):
        for ask in (lambda sock, tls: sock.settimeout(0.2), lambda sock, tls: tls.settimeout(0.2)):
            sock = connect(port)
            tls = context.wrap_socket(sock, server_hostname="localhost")
            ask(sock, tls)
            tls.write(b"say 10\n")
            for _ in range(2):
                assert times_out(lambda tls=tls, call=call: call(tls)) < 5000
            poll = select.poll()
            poll.register(tls, select.POLLIN | select.POLLOUT)
            assert poll.poll(0)[0][1] == select.POLLIN | select.POLLOUT
            tls.write(b"say 7\n")
            assert tls.recv(3) == b"abc" and tls.recv_into(buf, 2) == 2 and buf[:2] == b"de"
            assert tls.readline(3) == b"fgh" and tls.read(5) == b"ijabc" and tls.read(1) == b"d"
            assert times_out(lambda tls=tls: tls.read(4)) < 5000
            tls.write(b"ok\nhello\n")
            assert tls.readline() == b"efgko\n" and tls.read(6) == b"olleh\n"
            tls.write(b"say 10\n")
            assert times_out(lambda tls=tls: tls.read(100)) < 5000
            tls.write(b"end 5\n")
            assert tls.read() == said(10) + said(5)
            try:
                tls.read(1)
                raise Exception("an end")
            except latchkey.TLSError as e:
                assert e.cause == 302


def what_was_kept_for_the_next_call_is_wiped(port, context):
    tls = context.wrap_socket(connect(port), server_hostname="localhost")
    tls.settimeout(0.2)
    tls.write(b"say 10\n")
    times_out(lambda: tls.read(100))
    kept = tls._kept
    assert kept == said(10)
    tls.close()
    assert not any(kept) and tls._kept is None


def a_timeout_is_told_though_the_socket_was_non_blocking_before(port, context):
    sock = connect(port)
    sock.setblocking(False)
    tls = context.wrap_socket(sock, server_hostname="localhost")
    for _ in range(2):
        sock.setblocking(False)
        assert tls.read(1) is None
        sock.settimeout(0.2)
        assert 150 < times_out(lambda: tls.read(1)) < 5000


main(globals())
