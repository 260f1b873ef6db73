"""SSLSocket: the drive loop over a transport. The only file that touches one.

A transport is any MicroPython stream with `readinto(buf)` and `write(buf)` that return None when they would block; it is put in
non-blocking mode where it can be, and waited for with `select.poll` against a deadline. The socket itself is such a stream, so
TLS runs over TLS, and asyncio's StreamReader and StreamWriter take it as it is.

How calls behave, as on MicroPython's own sockets: blocking `read(n)` and `readinto(buf)` wait for all of `n` or the end, `recv(n)` for
something; non-blocking ones return what is there or None; the end of the stream is b"" or 0, and comes from the peer's close_notify
alone. A stream cut without it raises TLSError(TRUNCATED).

Every failure goes through `_fail`: the alert is sent, the secrets are wiped, the transport is closed, the cause is remembered. After
that every call raises it again. What leaves: TLSError, the transport's own OSErrors (ETIMEDOUT by `settimeout` among them; a
timeout in the data phase harms nothing), MemoryError, ValueError for a `write` that was to be repeated and has other data, and what
the caller's own callbacks raise.
"""

import errno
import io
import select
import sys
import time

from micropython import const

from latchkey import packing
from latchkey.errors import Fault, TLSError, alert_for, describe
from latchkey.tls.record import READ, WRITE

_POLL_REQUEST = const(3)
_CLOSE_REQUEST = const(4)
_EINVAL = const(-22)
_IN = const(1)  # select.POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL, everywhere in MicroPython
_OUT = const(4)
_BROKEN = const(8 | 16 | 32)
_CLOSE_NOTIFY = const(0)
_GLANCE = const(100)  # ms between calls of `progress` while the transport is silent

_CONNECTION_CLOSED = const(300)
_TAKEN_OVER = const(301)
_TRUNCATED = const(302)
_HANDSHAKE_TIMEOUT = const(303)
_INTERRUPTED = const(304)
_ALERT_RECEIVED = const(305)
_TRANSPORT_FAILED = const(308)
_CLOSED_IN_HANDSHAKE = const(309)


class SSLSocket(io.IOBase):
    """A TLS connection as a stream. Made by `SSLContext.wrap_socket`, not by itself."""

    def __init__(self, sock, settings, connection, chain):
        self._sock = sock
        self._settings = settings
        self._c = connection
        self._chain = chain
        self._job = None  # the handshake's generator, while it runs
        self._timeout = None  # seconds; None blocks, 0 does not
        self._poll = None  # () for a transport that cannot be polled
        self._wants = 0  # what the engine waits for: _IN, _OUT, or 0 for nothing but time
        self._resume = None  # ticks_ms at which a waiting chip is to be asked again
        self._deadline = None  # ticks_ms at which the handshake is too late
        self._end = None  # ticks_ms at which the present call has waited long enough
        self._timed_out = False
        self._pending = 0  # plaintext bytes of the record that is leaving
        self._pending_digest = None  # of these, when a call ended before they had left
        self._dead: Any = None  # (cause, sentence, alert, stage) once it is
        self._closing = False  # close_notify was sent, nothing more may be
        self._packing = False  # whether the collector runs often, for the modules that are being loaded
        self.bytes_read = 0  # of the transport, with all overhead
        self.bytes_written = 0
        self.writes = 0  # calls of the transport's write that took something

    # The handshake

    def do_handshake(self):
        """Drive the handshake: to its end when blocking; else as far as it goes, raising OSError(EAGAIN) when it would block."""
        self._start_waiting()
        if not self._shake():
            raise OSError(errno.EAGAIN)

    def _shake(self):
        """Advance the handshake; True when application data may flow, False when it would block."""
        self._alive()
        if self._c.established():
            return True
        try:
            if self._job is None:
                self._begin()
            while self._job is not None:
                job = self._job
                try:
                    request = next(job)
                except StopIteration:
                    request = None
                if self._dead:  # a callback closed the connection within this step, which went on to its end
                    job.close()
                    self._forget()
                    break
                if request is None:
                    self._job = None
                    self._pack_no_more()
                    if self._settings.frugal:
                        self._release()
                    break
                if not self._serve(request):
                    return False
        except BaseException as e:
            raise self._fail(e)
        self._alive()  # a callback may have closed it
        return True

    def _release(self):
        try:
            self._settings.release()
        except MemoryError:
            pass  # then what the handshake needed stays a while

    def _begin(self):
        if "latchkey.tls.handshake" not in sys.modules:
            self._packing = packing.begin(self._settings.frugal)
        from latchkey.tls.handshake import Handshake

        settings = self._settings
        settings.prepare()
        if hasattr(self._sock, "setblocking"):
            self._sock.setblocking(False)
        limit = settings.handshake_timeout
        self._deadline = None if limit is None else time.ticks_add(time.ticks_ms(), int(limit * 1000))
        self._job = Handshake(self._c, settings, self._chain).run()
        self._chain = None

    def _pack_no_more(self):
        if self._packing:
            self._packing = False
            packing.end()

    def _serve(self, request):
        """Do what the handshake asks for; False if that would block and may not."""
        self._check_time()
        self._progress()
        if self._job is None:
            return True
        if request == READ:
            return self._read_transport() or self._wait(_IN)
        if request == WRITE:
            return self._write_transport() or self._wait(_OUT)
        if request > 0:
            self._resume = time.ticks_add(time.ticks_ms(), request)
        self._wants = 0
        if self._timeout == 0:
            return False
        if request > 0:
            time.sleep_ms(request)
        return True

    def _progress(self):
        if self._settings.progress:
            self._settings.progress(self._c.stage)

    # The transport

    def _read_transport(self):
        """Read what the record layer wants; True if something came."""
        reader = self._c.reader
        n = self._sock.readinto(memoryview(reader.target)[reader.got : reader.want])
        if n is None:
            return False
        if n == 0:
            if not self._c.established():
                raise Fault(_CLOSED_IN_HANDSHAKE)
            raise Fault(_TRUNCATED)
        reader.got += n
        self.bytes_read += n
        return True

    def _write_transport(self):
        """Write what the record layer has; True if something left."""
        writer = self._c.writer
        n = self._sock.write(memoryview(writer.buf)[writer.sent : writer.end])
        if not n:
            return False
        writer.left(n)
        self.bytes_written += n
        self.writes += 1
        return True

    def _start_waiting(self):
        """A call begins: from here on its timeout counts."""
        self._end = time.ticks_add(time.ticks_ms(), int(self._timeout * 1000)) if self._timeout else None

    def _late(self):
        """Whether the handshake has missed its deadline."""
        return self._job is not None and self._deadline is not None and time.ticks_diff(self._deadline, time.ticks_ms()) <= 0

    def _check_time(self):
        if self._late():
            raise Fault(_HANDSHAKE_TIMEOUT)
        if self._end is not None and time.ticks_diff(self._end, time.ticks_ms()) <= 0:
            self._timed_out = True
            raise OSError(errno.ETIMEDOUT)

    def _wait(self, flag):
        """Wait until the transport is ready; False if that may not be waited for."""
        self._wants = flag
        if self._timeout == 0:
            return False
        self._check_time()  # also where a transport is always ready, or cannot be polled
        while not self._ready(flag, _GLANCE):
            self._check_time()
            self._progress()
        return True

    def _ready(self, flag, ms):
        """What the transport is ready for, out of `flag` and the error flags; a transport that cannot be polled is always ready."""
        poll = self._poll
        if poll is None:
            poll = select.poll()
            try:
                poll.register(self._sock, flag)
            except (OSError, TypeError):
                poll = ()
            self._poll = poll
        if not poll:
            time.sleep_ms(1 if ms else 0)
            return flag
        poll.modify(self._sock, flag)
        for _, event in poll.ipoll(ms):
            return event
        return 0

    # Application data: see data.py

    def readinto(self, buf, nbytes=-1):
        """Read into `buf`, at most `nbytes`; returns the number of bytes, 0 at the end, None when it would block."""
        return _data().readinto(self, buf, nbytes, True)

    def recv_into(self, buf, nbytes=-1):
        """Like `readinto`, but returns as soon as there is something."""
        return _data().readinto(self, buf, nbytes, False)

    def read(self, n=-1):
        """Read `n` bytes, or all until the end; None when it would block and nothing is there."""
        return _data().read(self, n)

    def recv(self, n):
        """Some bytes, at most `n`, as soon as there are any."""
        return _data().some(self, n, False)

    def readline(self, limit=-1):
        """A line with its newline; without one what came before the end or a timeout, or what is there when not blocking (or None)."""
        return _data().readline(self, limit)

    def write(self, buf, nbytes=-1):
        """Write `buf` and return its length when blocking. Non-blocking, the length of what has left whole as one record, or None: then the
        call is to be repeated with the same data, which is not sealed again."""
        return _data().write(self, buf, nbytes)

    send = write

    def sendall(self, buf):
        """Write all of `buf`; raises OSError(EAGAIN) when that would block."""
        if self.write(buf) != len(buf):
            raise OSError(errno.EAGAIN)

    def _flush(self):
        writer = self._c.writer
        while writer.sent < writer.end:
            if not self._write_transport() and not self._wait(_OUT):
                return False
        return True

    # The end

    def close(self):
        """Send close_notify as far as the transport takes it at once, wipe, and close the transport. Never raises for a dead one."""
        if self._dead:
            return
        try:
            if self._c.established() and not self._closing:
                self._closing = True
                self._say(_CLOSE_NOTIFY)
        finally:
            self._die((_CONNECTION_CLOSED, None, None, None))

    def shutdown(self):
        """Send close_notify, and stay readable until the peer's own comes: `read` then ends with b"". Before a handshake it closes."""
        self._alive()
        if not self._c.established():
            return self.close()
        self._start_waiting()
        try:
            if not self._closing and self._flush():  # a record that is half written comes first
                self._closing = True
                self._c.send_alert(_CLOSE_NOTIFY)
            if not self._flush():
                raise OSError(errno.EAGAIN)
        except BaseException as e:
            raise self._fail(e)

    @property
    def dead(self):
        """Whether the connection has ended, by `close` or by a failure."""
        return self._dead is not None

    def take_over(self):
        """A newer connection needs the buffers: wipe, close the transport, and say so ever after."""
        if not self._dead:
            self._die((_TAKEN_OVER, None, None, None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _alive(self):
        if self._dead:
            raise self._epitaph()

    def _epitaph(self):
        cause, sentence, alert, stage = self._dead
        return TLSError(cause, sentence or describe(cause)[1], alert, stage)

    def _fail(self, e):
        """The one place where a connection fails; returns the exception to raise."""
        timed_out, self._timed_out = self._timed_out, False
        if self._dead:  # since a callback closed it: the step went on without keys, and this may be what came of it
            self._forget()
            return self._epitaph() if isinstance(e, (Fault, TypeError, ValueError)) else e
        if self._c.established() and (timed_out or (isinstance(e, OSError) and e.errno == errno.EAGAIN)):
            return e  # nothing is lost: the caller may try again
        stage = self._c.stage
        if isinstance(e, Fault):
            cause = e.cause
            alert = alert_for(cause)
            try:
                sentence = describe(cause, e.detail)[1] + " (in " + stage + ")"
            except MemoryError:
                sentence = ""
            try:
                if cause == _ALERT_RECEIVED:
                    alert = e.detail
                elif alert is not None:
                    self._say(alert)
            finally:
                self._die((cause, sentence, alert, stage))
            return TLSError(cause, sentence, alert, stage)
        self._die((_TRANSPORT_FAILED if isinstance(e, OSError) else _INTERRUPTED, None, None, stage))
        return e

    def _forget(self):
        """What a step left that went on after a callback had ended the connection; the buffers may be another's by now."""
        if self._settings.lent_to(self):
            self._c.wipe()
        else:
            self._c.forget()

    def _say(self, alert):
        """Send an alert, as far as the transport takes it at once."""
        try:
            self._c.send_alert(alert)
            writer = self._c.writer
            if writer.sent < writer.end:
                self._write_transport()
        except (OSError, Fault, MemoryError):
            pass

    def _die(self, why):
        self._dead = why
        self._pack_no_more()
        job, self._job = self._job, None
        try:
            if job is not None:
                job.close()  # its `finally` wipes what the handshake holds
        except ValueError:
            pass  # it is what runs now, and called a callback that closes: `_shake` sees to it
        finally:
            self._c.wipe()
            self._chain = None
            try:
                self._sock.close()
            except (OSError, AttributeError):
                pass

    # Asking

    def setblocking(self, flag):
        self._timeout = None if flag else 0

    def settimeout(self, seconds):
        """Seconds that one wait may last (then OSError ETIMEDOUT), None to wait without end, 0 not to block."""
        self._timeout = seconds

    def cipher(self):
        """`(suite, protocol)` once the handshake is over, else None."""
        return (self._c.suite[1], "TLSv1.2") if self._c.established() else None

    def version(self):
        return "TLSv1.2" if self._c.established() else None

    def getpeercert(self, binary_form=False):
        """The leaf's DER, where the context was told to keep it (`keep_peer_cert`)."""
        if not binary_form:
            raise ValueError("only the DER form: getpeercert(True)")
        token = self._c.peer_ok
        return token.leaf_der if token else None  # pyright: ignore[reportAttributeAccessIssue]: x509's Peer

    def report(self):
        """What is known of the connection: a dict of plain values, without secrets."""
        from latchkey.trace import report

        return report(self, self._c, self._settings)

    def __repr__(self):
        if self._dead:
            return "<SSLSocket dead: %s>" % (self._dead[1] or describe(self._dead[0])[1])
        if not self._c.established():
            return "<SSLSocket in handshake: %s>" % self._c.stage
        return "<SSLSocket %s %s>" % (self._c.suite[1], self._c.peer_ok)

    def ioctl(self, request, arg):
        """MicroPython's stream protocol: 3 is poll, 4 is close; everything else is EINVAL, so that nobody watches the raw socket."""
        if request == _POLL_REQUEST:
            return self._readiness(arg)
        if request == _CLOSE_REQUEST:
            self.close()
            return 0
        return _EINVAL

    def _readiness(self, arg):
        """Ready when plaintext is there, a slice was used up, or the connection is dead; else as the transport is for what is wanted."""
        if self._dead:
            return arg & (_IN | _OUT) | 16
        c = self._c
        ready = 0
        if c.established():
            if arg & _IN and (c.reader.start < c.reader.end or c.reader.opening or c.closed):
                ready |= _IN
            if ready:
                return ready
            return self._ready(arg & (_IN | _OUT), 0)
        if self._job is None:  # not begun: the transport may still be connecting, so nothing is touched but its poll
            return self._ready(arg & (_IN | _OUT), 0)
        if self._late():
            return arg & (_IN | _OUT)  # the next call says so
        if self._wants:
            event = self._ready(self._wants, 0)
            return arg & (_IN | _OUT) | event & _BROKEN if event else 0
        if self._resume is None or time.ticks_diff(self._resume, time.ticks_ms()) <= 0:
            self._resume = None
            return arg & (_IN | _OUT)
        return 0


def _data():
    """What handles application data: loaded when there are the first."""
    from latchkey import data

    return data
