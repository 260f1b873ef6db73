"""What test_callbacks.py runs under MicroPython: `takeover_cases.py CASE PORT FOLDER`. A connection ends, or is at work, while another one
is made on its context: neither has anything of the other's, and nothing stays behind.
"""

import errno
import io

import latchkey
from callers_support import Wire, connect, main


def buffers_are_not_given_away_while_the_transport_works(port, context):
    """Whatever of its methods connects anew: it is refused, or where the old one is dead by then, the new one is alone."""
    for bare in (False, True):
        for what in ("read", "write", "poll", "setblocking", "recv", "send"):
            said = []

            def event(happens, what=what, said=said):
                if happens == what and not said:
                    try:
                        context.wrap_socket(Wire(connect(port)), server_hostname="localhost")
                        said.append(0)
                    except latchkey.TLSError as e:
                        said.append(e.cause)

            wire = Once(connect(port)) if bare else Wire(connect(port))
            tls = context.wrap_socket(wire, server_hostname="localhost")
            wire.event = event
            tls.settimeout(100)
            assert tls.write(b"hello\n") == 6
            assert tls.readline() == b"olleh\n"
            assert said in ([], [313]), (what, said)
            assert said or what not in (("recv", "send", "poll") if bare else ("read", "write")), (bare, what)
            tls.close()


class Once(io.IOBase):
    """A transport with `recv` and `send` that can't be made non-blocking, but polled."""

    def __init__(self, sock):
        self.wire = Wire(sock)
        self.event: Any = None

    def recv(self, n):
        if self.event:
            self.event("recv")
        return self.wire.sock.recv(n)

    def send(self, buf):
        if self.event:
            self.event("send")
        return self.wire.sock.send(buf)

    def ioctl(self, request, arg):
        if self.event:
            self.event("poll")
        return self.wire.ioctl(request, arg)

    def close(self):
        self.wire.close()


def a_transport_whose_close_connects_anew_leaves_one_connection(port, context):
    made = []

    def event(happens):
        if happens == "close" and not made:
            made.append(None)
            made[0] = context.wrap_socket(Wire(connect(port)), server_hostname="localhost")

    wire = Wire(connect(port))
    context.wrap_socket(wire, server_hostname="localhost")
    wire.event = event
    new = context.wrap_socket(Wire(connect(port)), server_hostname="localhost")
    assert made[0].dead and not new.dead
    assert new.write(b"hello\n") == 6 and new.readline() == b"olleh\n"
    try:
        made[0].recv(1)
        raise Exception("two connections over the same buffers")
    except latchkey.TLSError as e:
        assert e.cause == 301, e


def a_transport_that_connects_anew_when_it_is_looked_at_leaves_one_connection(port, context):
    made = []

    class Proxy(io.IOBase):
        def __getattr__(self, name):
            if name == "recv" and not made:
                made.append(None)
                made[0] = context.wrap_socket(Wire(connect(port)), server_hostname="localhost")
            raise AttributeError(name)

        def readinto(self, buf):
            return inner.readinto(buf)

        def write(self, buf):
            return inner.write(buf)

        def close(self):
            inner.close()

    inner = Wire(connect(port))
    new = context.wrap_socket(Proxy(), server_hostname="localhost")
    assert made[0].dead and not new.dead
    assert new.write(b"hello\n") == 6 and new.readline() == b"olleh\n"


def a_store_that_fails_while_a_connection_ends_keeps_neither_secrets_nor_buffers(port, context):
    """Its code runs where a session is deleted, with nothing of the connection left to whoever would try again."""
    from latchkey.stores import Memory, SessionStore

    for error in (KeyboardInterrupt(), TypeError("a slip")):
        for times in (1, 9):
            for failing in ("garbage", "transport"):
                strikes = [0]
                place = Memory(bytearray(8192))
                context.sessions = SessionStore(place, bytes(32))
                context._remembered = []
                tls = context.wrap_socket(connect(port), server_hostname="localhost")
                tls.close()

                def read(slot, error=error, strikes=strikes, place=place):
                    if strikes[0]:
                        strikes[0] -= 1
                        raise error
                    return Memory.read(place, slot)

                place.read = read
                wire = Wire(connect(port))
                wire.readinto = lambda buf, strikes=strikes, times=times, how=failing: _broken(buf, strikes, times, how)
                raised: Any = None
                try:
                    context.wrap_socket(wire, server_hostname="localhost")
                except BaseException as e:
                    raised = e
                # A slip of the store's is nothing beside what ended the connection; an interrupt is the caller's.
                assert isinstance(raised, (KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else OSError)), raised
                for buffer in context._buffers[0][:2]:
                    assert not any(buffer), (error, times, failing)
                assert closed(wire.sock), (error, times, failing)
                strikes[0] = 0
                new = context.wrap_socket(connect(port), server_hostname="localhost")
                assert new.write(b"hello\n") == 6 and new.readline() == b"olleh\n" and not new.session_reused
                new.close()


def closed(sock):
    try:
        sock.setblocking(True)
    except OSError:
        return True
    return False


def _broken(buf, strikes, times, how):
    strikes[0] = times
    if how == "transport":
        raise OSError(errno.EIO)
    buf[:] = b"\x55" * len(buf)
    return len(buf)


main(globals())
