"""What test_scheduled.py runs under MicroPython: `schedule_cases.py CASE PORT FOLDER`. What `micropython.schedule` runs (the callback of a
timer or a pin) comes between any two steps of Python, not at callbacks alone. The server is peers/reluctant.py."""

import micropython

import latchkey
from callers_support import Wire, connect, echo, main, said

MARK = b"PLAINTEXT"


class Strike:
    """Calls `what` at the n-th place from now at which a scheduled function may run: it schedules itself anew at each."""

    def __init__(self, n, what):
        self.what = what
        self.struck = self.over = False
        micropython.schedule(self, n)

    def __call__(self, n):
        if n and not self.over:
            micropython.schedule(self, n - 1)
        elif not self.over:
            self.struck = True
            self.what()


def at_every_place(port, context, call, what, check):
    """`call(tls)` on a new connection as often as there are places within it, with `what(tls)` at each; then `check` of what came of it."""
    n = 0
    while True:
        n += 1
        wire = Wire(connect(port), closes=False)
        tls = context.wrap_socket(wire, server_hostname="localhost")
        handed = []

        def strike(wire=wire, tls=tls, handed=handed):
            what(tls)
            handed.append(len(wire.handed))

        trip = Strike(n, strike)
        result: Any = None
        try:
            result = call(tls)
        except OSError as e:
            assert trip.struck, e
        trip.over = True
        if trip.struck:
            check(n, tls, wire, handed, result)
        tls.close()
        wire.sock.close()
        if not trip.struck:
            assert n > 50, n
            return


def a_connection_that_is_closed_within_a_write_hands_nothing_over(port, context, text=MARK * 20):
    def check(n, tls, wire, handed, _result):
        assert tls.dead and MARK not in wire.handed
        assert handed == [len(wire.handed)], (n, bytes(wire.handed[handed[0] :]))
        assert not any(context._buffers[0][0]) and not any(context._buffers[0][1]), n

    at_every_place(port, context, lambda tls: tls.write(text), lambda tls: tls.close(), check)


def nor_does_one_whose_cipher_meets_the_end_with_an_error_of_another_kind(port, context):
    context.set_ciphers(["ECDHE-ECDSA-AES128-CCM"])
    a_connection_that_is_closed_within_a_write_hands_nothing_over(port, context, MARK)


def a_connection_that_is_closed_within_a_read_gives_nothing_else_than_what_came(port, context):
    def call(tls):
        tls.write(b"say 150\n")
        return tls.read(150)

    def check(n, tls, _wire, _handed, result):
        assert tls.dead and result in (None, said(150)), (n, result)

    at_every_place(port, context, call, lambda tls: tls.close(), check)


def asking_within_a_read_harms_nothing(port, context):
    def call(tls):
        tls.write(b"say 150\n")
        return tls.read(150)

    def check(n, _tls, _wire, _handed, result):
        assert result == said(150), n

    at_every_place(port, context, call, lambda tls: (repr(tls), tls.report()), check)


def of_two_connections_that_are_made_at_once_one_has_the_buffers(port, context):
    n = 0
    while True:
        n += 1
        made = []

        def anew(made=made):
            try:
                made.append(context.wrap_socket(Wire(connect(port)), server_hostname="localhost", do_handshake_on_connect=False))
            except latchkey.TLSError as e:
                made.append(e.cause)

        trip = Strike(n, anew)
        outer = context.wrap_socket(Wire(connect(port)), server_hostname="localhost", do_handshake_on_connect=False)
        trip.over = True
        if not trip.struck:
            break
        refused = made == [313]  # the one before was about to be wiped
        assert outer.dead == (not refused and not made[0].dead), (n, outer, made)
        last = made[0] if outer.dead else outer
        if n % 20 == 0:
            echo(last)
        last.close()
    assert n > 50, n


main(globals())
