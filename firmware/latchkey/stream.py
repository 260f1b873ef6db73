"""SSLSocket: the drive loop of a connection over a transport (`transport.py`). The socket itself is a stream, so TLS runs over TLS, and
asyncio's StreamReader and StreamWriter take it as it is.

How calls behave, as on MicroPython's own sockets: blocking `read(n)` and `readinto(buf)` wait for all of `n` or the end, `recv(n)` for
something; non-blocking ones return what is there or None; the end of the stream is b"" or 0, and comes from the peer's close_notify
alone. A stream cut without it raises TLSError(TRUNCATED), unless `suppress_ragged_eofs` was asked for. What was verified before an end or
an error is handed over first; the next call raises. A timeout is raised at once; the next call begins with what came before it. A `write`
that fails ends writing alone: what the server had sent before it went can be read, until reading ends, too.

A call waits as the transport does: in the mode and with the timeout that were set on it. `settimeout` and `setblocking` of the SSLSocket,
`timeout`, `progress` and `handshake_timeout` of the context, once set, take the waiting over.

Every call goes through `_call`: from the context's thread alone, one at a time (a callback may close a connection, not use it), and not on
a dead one. Every failure goes through `_fail`: the connection is dead first, then the alert is sent, the secrets are wiped, the transport
is closed. After that every call raises the cause. What leaves: TLSError, the transport's own OSErrors (ETIMEDOUT by a timeout
among them, which in the data phase harms nothing), MemoryError, ValueError for a `write` that was to be repeated and has other data, and
what the caller's own callbacks raise.
"""

import errno
import io
import sys
import time

from latchkey import packing
from latchkey.crypto.util import wipe
from latchkey.errors import Fault, TLSError, alert_for, describe, text
from latchkey.tls.record import READ, WRITE
from latchkey.transport import LIMIT, late, limit

_POLL_REQUEST = const(3)
_CLOSE_REQUEST = const(4)
_EINVAL = const(-22)
_IN = const(1)  # select.POLLIN, POLLOUT
_OUT = const(4)
_CLOSE_NOTIFY = const(0)
_GLANCE = const(100)  # ms between calls of `progress` while the transport is silent
_FAREWELL = 0.5  # seconds that our last alert is waited for

_CONNECTION_CLOSED = const(300)
_TAKEN_OVER = const(301)
_TRUNCATED = const(302)
_HANDSHAKE_TIMEOUT = const(303)
_INTERRUPTED = const(304)
_ALERT_RECEIVED = const(305)
_TRANSPORT_FAILED = const(308)
_CLOSED_IN_HANDSHAKE = const(309)
_IN_A_CALL = const(313)

# What may go wrong with a farewell, made beforehand, for want of memory is among it
_HARMLESS = (OSError, Fault, MemoryError, AttributeError)

# What a connection died of, made beforehand: (cause, sentence or None for the cause's own, alert, stage)
_CLOSED = (_CONNECTION_CLOSED, None, None, None)
_LOST = (_TAKEN_OVER, None, None, None)
_STRUCK = (_INTERRUPTED, None, None, None)


class SSLSocket(io.IOBase):
    """A TLS connection as a stream. Made by `SSLContext.wrap_socket`, not by itself.

    It is told nothing by attributes, but by its context's and by methods. That it refuses none, as a context does, is on purpose: a
    `__setattr__` would run at each store of its own, and take a tenth of a record's time.
    """

    # What few calls change takes no time in the others; but not what changes where it ends, which is not to take memory then.
    _resume: Any = None  # ticks_ms at which a waiting chip is to be asked again
    _pending_digest: Any = None  # of the plaintext that is leaving, when a call ended before it had left
    _left = 0  # bytes before that which had left when the time of that call was up
    _calls = False  # a call is under way, and it calls `progress` or `trace`, at a place where it holds nothing of the buffers
    _owed: Any = None  # the exception that the next call raises: what came before it was handed over
    _kept_at = 0  # from there in `_kept`
    _packing = False  # whether the collector runs often, for the modules that are being loaded

    def __init__(self, transport, settings, connection, chain, suppress_ragged_eofs):
        self._t = transport
        self._settings = settings
        self._c = connection
        self._chain = chain  # None once the handshake has begun
        self._suppress = suppress_ragged_eofs
        self._handshake: Any = None
        self._job: Any = None  # its generator, while it runs
        self._timeout = None  # seconds; None blocks, 0 does not; not asked while the transport is in its own mode
        self._insists = False  # this call goes on until it is done, whatever the mode
        self._wants = 0  # what the engine waits for: _IN, _OUT, or 0 for nothing but time
        self._deadline: Any = None  # limit of the handshake
        self._end: Any = None  # and of the present wait
        self._since = 0  # ticks_ms at which the present call began
        self._pending = 0  # plaintext bytes of the record that is leaving
        self._busy = False  # a call is under way
        self._closing = False  # close_notify was sent, nothing more may be
        self._dead: Any = None  # why, once it is
        self._ends = False  # the last alert is sent, or the rest wiped
        self._closes = 0  # how often the transport was told to close
        self._kept: Any = None  # what a call had read when its time was up: the next one begins with it
        self._cleaned = False  # dead, and everything of it is wiped and closed
        self._broken: Any = None  # the exception that the way out ended with: what has come can still be read
        self.bytes_read = 0  # of the transport, with all overhead
        self.bytes_written = 0
        self.writes = 0  # calls of the transport's write that took something
        if settings.timeout is not None:
            self.settimeout(settings.timeout)

    # The frame of a call

    def _call(self, work, a=None, b=None, c=None):
        """`work(self, a, b, c)`, alone. Where even `_fail` is interrupted, the connection is dead all the same."""
        self._settings.mine()
        if self._dead:
            if not self._cleaned:
                self._clean()
            owed, self._owed = self._owed, None
            raise owed or self._epitaph()
        if self._busy:
            raise TLSError(_IN_A_CALL, describe(_IN_A_CALL)[1])
        self._busy = True
        try:
            self._since = time.ticks_ms()
            self._end = limit(self._timeout or None)
            self._t.stays = False
            result = work(self, a, b, c)
            if self._dead is _CLOSED or self._dead is _LOST:  # meanwhile, by a scheduled function: what was read may be what was wiped
                self._live()
            self._busy = False
            return result
        except BaseException as e:
            raise self._fail(e)
        finally:
            self._insists = False
            if self._busy:
                self._dead = self._dead or _STRUCK
                self._busy = False

    def _live(self):
        """To be asked after every callback, the transport's code among them: it may have ended the connection."""
        if self._dead:
            raise Fault(_CONNECTION_CLOSED)

    def _stays(self):
        """Whether this call may not wait."""
        return not self._insists and (self._timeout == 0 or (self._t.own and self._t.stays))

    # The handshake

    def do_handshake(self, block=False):
        """Drive the handshake: to its end when blocking; else as far as it goes, raising OSError(EAGAIN) when it would block. With `block`
        it goes on until it is done or late, on a non-blocking transport, too."""
        if not self._call(SSLSocket._shake_hands, block):
            raise OSError(errno.EAGAIN)

    def _shake_hands(self, block, *_):
        self._insists = block
        return self._shake()

    def _shake(self):
        """Advance the handshake; True when application data may flow, False when it would block."""
        if self._c.established():
            return True
        if self._job is None:
            self._begin()
        while self._job is not None:
            try:
                request = next(self._job)
            except StopIteration:
                request = None
            if self._dead:  # a callback within that step ended the connection
                self._live()
            if request is None:
                self._job = self._handshake = None
                self._pack_no_more()
                if self._settings.frugal:
                    try:
                        self._settings.release()
                    except MemoryError:
                        pass  # then what the handshake needed stays a while
            elif not self._serve(request):
                return False
        return self._c.established()

    def _begin(self):
        if self._chain is None:  # a second handshake would find the tokens of the first
            raise Fault(_INTERRUPTED)
        if "latchkey.tls.handshake" not in sys.modules:
            self._packing = packing.begin(self._settings.frugal, len(self._settings._buffers) == 1)
        from latchkey.tls import handshake

        settings = self._settings
        settings.prepare()
        deadline = settings.handshake_timeout
        if settings.progress or not (deadline is None or deadline is LIMIT):  # something for which a transport may not block
            self._t.bind()
        self._deadline = limit(deadline)
        chain, self._chain = self._chain, None
        self._handshake = handshake.Handshake(self._c, settings, chain)
        self._handshake.short = self._packing
        self._job = self._handshake.run()

    def _pack_no_more(self):
        if self._packing:
            self._packing = False
            packing.end()

    def _serve(self, request):
        """Do what the handshake asks for; False if that would block and may not."""
        self._check_time()
        self._progress()
        if request == READ:
            return self._read() or self._wait(_IN)
        if request == WRITE:
            return self._write() or self._wait(_OUT)
        if request > 0:
            self._resume = time.ticks_add(time.ticks_ms(), request)
        self._wants = 0
        if self._stays():
            return False
        if request > 0:
            time.sleep_ms(request)
        return True

    def _progress(self):
        if self._settings.progress:
            self._calls = True
            try:
                self._settings.progress(self._c.stage)
            finally:
                self._calls = False
            self._live()

    def traced(self, *event):
        """What the connection calls for each message, where the context has a `trace`."""
        self._calls = True
        try:
            self._settings.trace(*event)
        finally:
            self._calls = False

    # The transport

    def _read(self):
        """Read what the record layer wants; True if something came, or the stream has ended as it may."""
        c = self._c
        reader = c.reader
        n = self._t.read(reader.target, reader.got, reader.want)
        self._live()
        if n is None:
            return False
        if not 0 <= n <= reader.want - reader.got:
            raise OSError(errno.EIO)
        reader.got += n
        self.bytes_read += n
        if n:
            return True
        if not c.established():
            raise Fault(_CLOSED_IN_HANDSHAKE)
        if not self._suppress:
            raise Fault(_TRUNCATED)
        c.closed = c.truncated = True
        if c.trace:
            c.trace("<", "TRUNCATED", 0, describe(_TRUNCATED)[1])
        return True

    def _write(self):
        """Write what the record layer lets leave; True if something left. Whoever calls it asks `_live` afterwards.

        A server that is gone may have said why before: once data may flow, a write that fails ends the way out alone. How much of the
        record has left is not known then, so nothing is handed to the transport any more. A timeout is no such end.
        """
        writer = self._c.writer
        t = self._t
        if self._broken:
            t.passing = self._broken
            raise self._broken
        try:
            n = t.write(writer)
        except OSError as e:
            if e is not t.passing and e.errno != errno.ETIMEDOUT and self._c.established() and not self._ends:
                self._broken = t.passing = e
            raise
        if not n or writer.sent == writer.ready:  # its code ended the connection
            return False
        if not 0 < n <= writer.ready - writer.sent:
            raise OSError(errno.EIO)
        writer.left(n)
        self.bytes_written += n
        self.writes += 1
        return True

    def _check_time(self):
        if self._job is not None and late(self._deadline):
            raise Fault(_HANDSHAKE_TIMEOUT)
        if late(self._end):
            self._t.passing = e = OSError(errno.ETIMEDOUT)
            raise e

    def _wait(self, flag):
        """Wait until the transport is ready; False if that may not be waited for."""
        self._live()
        self._wants = flag
        if self._stays():
            return False
        self._check_time()  # also where a transport is always ready, or cannot be polled
        while not self._t.ready(flag, _GLANCE):
            self._check_time()
            self._progress()
        self._live()
        return True

    # Application data: see data.py

    def readinto(self, buf, nbytes=-1):
        """Read into `buf`, at most `nbytes`; returns the number of bytes, 0 at the end, None when it would block."""
        data = _data(self)
        return self._call(data.readinto, data.room(buf, nbytes), True)

    def recv_into(self, buf, nbytes=-1):
        """Like `readinto`, but returns as soon as there is something."""
        data = _data(self)
        return self._call(data.readinto, data.room(buf, nbytes), False)

    def read(self, n=-1):
        """Read `n` bytes, or all until the end; None when it would block and nothing is there."""
        data = _data(self)
        n = data.count(n)
        return self._call(data.read) if n < 0 else self._call(data.some, bytearray(n), True)

    def recv(self, n):
        """Some bytes, at most `n`, as soon as there are any."""
        data = _data(self)
        if data.count(n) < 0:
            raise ValueError("negative size")
        return self._call(data.some, bytearray(n), False)

    def readline(self, limit=-1):
        """A line with its newline; without one what came before the end, or what is there when not blocking (or None)."""
        data = _data(self)
        return self._call(data.readline, data.count(limit))

    def write(self, buf, nbytes=-1, length=None):
        """Write `buf`, its first `nbytes` bytes, or, as all MicroPython streams have it, `length` bytes from the place that then stands
        second; return its length when blocking; after a timeout the call is to be repeated with the same data, and goes on. Non-
        blocking, the length of what has left in whole records, or None: then, and for what is not yet written, the same. Nothing is sealed
        again."""
        data = _data(self)
        return self._call(data.write, data.head(buf, nbytes) if length is None else data.head(data.head(buf, -1)[max(nbytes, 0) :], length))

    send = write

    def sendall(self, buf):
        """Write all of `buf`; raises OSError(EAGAIN) when that would block."""
        if self.write(buf) != len(buf):
            raise OSError(errno.EAGAIN)

    # The end

    def close(self):
        """Send close_notify, wipe, and close the transport. In blocking mode the alert is waited for, half a second at most, unless the
        transport can neither be made non-blocking nor be polled. Never raises for a dead one. A callback may call it; of a record that is
        being sealed then nothing leaves."""
        self._settings.mine()
        if not self._dead:
            self._dead = _CLOSED
            try:
                if self._c.established() and not self.held():
                    self._say(_CLOSE_NOTIFY)
            finally:
                self._clean()
        elif not self._cleaned:
            self._clean()

    def shutdown(self):
        """Send close_notify, and stay readable until the peer's own comes: `read` then ends with b"". Before a handshake it closes."""
        if not self._dead and not self._busy and not self._c.established():
            self.close()
        elif not self._call(_data(self).shutdown):
            raise OSError(errno.EAGAIN)

    @property
    def dead(self):
        """Whether the connection has ended, by `close` or by a failure."""
        return self._dead is not None

    def take_over(self):
        """A newer connection needs the buffers: wipe, close the transport, and say so ever after."""
        if not self._dead:
            self._dead = _LOST
        if not self._cleaned:
            self._clean()
        if not self._busy:  # nor hold the code that used the keys: see release.py
            self._c.reader.protection = self._c.writer.protection = None

    def held(self):
        """Whether its buffers cannot be another's now: a call is under way, which may hold a view of one or compute in one."""
        return self._ends or (self._busy and not self._calls)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _epitaph(self):
        cause, sentence, alert, stage = self._dead
        return TLSError(cause, sentence or describe(cause)[1], alert, stage)

    def _fail(self, e):
        """The one place where a connection fails; returns the exception to raise. It is dead first, whatever becomes of the rest: an
        interrupt in here leaves it so, and the next call goes on with `_clean`."""
        if self._dead:  # since a callback ended it: what the step ran into then tells nothing
            self._busy = False
            self._clean()
            return self._epitaph() if isinstance(e, (Fault, TypeError, ValueError, IndexError, AttributeError)) else e
        c = self._c
        if e is self._t.passing and c.established():
            self._busy = False
            return e
        self._dead = _STRUCK
        self._busy = False
        stage = c.stage
        try:
            if not isinstance(e, Fault) and not (isinstance(e, TLSError) and e.stage is None):  # of a source of randomness, say
                if isinstance(e, OSError):
                    self._dead = (_TRANSPORT_FAILED, None, None, stage)
                return text("parts").explained(e) if isinstance(e, ImportError) else e
            cause = e.cause
            alert = alert_for(cause)
            sentence = ""
            try:
                sentence = describe(cause, e.detail)[1] + " (in " + stage + ")"
                if cause in (_ALERT_RECEIVED, _CLOSED_IN_HANDSHAKE):
                    sentence += text("alerts").explain(e.detail, c, self._settings, text)
            except (MemoryError, ImportError):
                pass  # what there is of it has to do
            if cause == _ALERT_RECEIVED:
                alert = e.detail
            self._dead = (cause, sentence, alert, stage)
            if alert is not None and cause != _ALERT_RECEIVED:
                self._say(alert)
            return TLSError(cause, sentence, alert, stage)
        finally:
            self._clean()

    def _say(self, alert):
        """Send our last alert, behind what is leaving. Where calls wait, so does this one, but not for ever: a peer may read nothing."""
        patient = not self._stays()
        c = self._c
        said, self._closing = self._closing, True
        self._ends = True
        try:
            self._t.bind()
            self._end = limit(_FAREWELL)
            while not said or c.writer.sent < c.writer.ready:
                said = said or c.send_alert(alert)
                if c.writer.sent == c.writer.ready:  # a record is half sealed, and nothing may follow it
                    break
                if not self._write():
                    if not patient or late(self._end):
                        break
                    self._t.ready(_OUT, _GLANCE)
            if alert:  # after close_notify somebody else may read on
                self._t.drain(c.reader.buf)
        except _HARMLESS:
            pass
        finally:
            self._ends = False

    def _clean(self):
        """Wipe everything, and close the transport. Where an interrupt cuts this short, the next call goes on. It allocates nothing."""
        done = False
        self._ends = True
        spent = not self._c.established() or (self._dead or _CLOSED)[2] is not None  # RFC 5246 section 7.2.2
        try:
            if self._job is not None:
                self._job.close()  # its `finally` wipes what the handshake holds
                self._handshake.wipe()  # and so does this, should that have been interrupted
                self._job = self._handshake = None
            if spent and self._c.session:
                self._c.session.drop()
            done = True
        except Exception:
            pass  # it is what runs now, and called a callback that ends it: `_fail` comes here again. Or a store failed
        finally:
            self._chain = None
            self._c.forget()
            self._settings.wipe_of(self)
            kept, self._kept = self._kept, None
            if kept:
                wipe(kept)
            self._pack_no_more()
            self._ends = False
            if self._closes < 2:  # once, and once more where that was interrupted
                self._closes += 1
                try:
                    self._t.sock.close()
                    self._closes = 2
                except _HARMLESS:
                    pass
            self._cleaned = done

    # Asking

    def setblocking(self, flag):
        self.settimeout(None if flag else 0)

    def settimeout(self, seconds):
        """Seconds that one wait may last (then OSError ETIMEDOUT), None to wait without end, 0 not to block. From then on the transport's
        own mode and timeout count no more, if it can be made non-blocking, or polled."""
        self._settings.mine()
        if not (seconds is None or (isinstance(seconds, (int, float)) and seconds >= 0)):  # nan is not, either
            raise ValueError(text("arguments").no_argument("seconds", seconds))
        self._timeout = seconds
        self._t.bind()

    def cipher(self):
        """`(suite, protocol)` once the handshake is over, else None."""
        return (text("ciphers").name(self._c.suite), "TLSv1.2") if self._c.established() else None

    def selected_alpn_protocol(self):
        """The application protocol that the server picked (`SSLContext.set_alpn_protocols`), None if it picked none."""
        return self._c.protocol if self._c.established() else None

    def get_channel_binding(self, cb_type="tls-unique"):
        """Bytes that tie another protocol to this connection, or None: `tls-unique`, where the server has extended master secret, or
        `tls-server-end-point`, where the context has `keep_peer_cert` (RFC 5929)."""
        from latchkey.binding import channel_binding

        return channel_binding(self._c if self._c.established() else None, cb_type)

    def export_keying_material(self, label, length, context=None):
        """Bytes that both sides have and nobody else (RFC 5705), where the context has `exporter`; None without, before the handshake is
        over, and where the server lacks extended master secret."""
        from latchkey.binding import keying_material

        return keying_material(self._c if self._c.established() else None, label, length, context)

    @property
    def session(self):
        """What a later `wrap_socket(session=...)` resumes this connection by; None where the server gave nothing, or it is spent."""
        session = self._c.session
        return session if session and session.suite and self._c.established() else None

    @property
    def session_reused(self):
        """Whether this connection resumed a session; None before the handshake is over."""
        return self._c.resumed if self._c.established() else None

    def version(self):
        return "TLSv1.2" if self._c.established() else None

    def getpeercert(self, binary_form=False):
        """The leaf's DER, where the context was told to keep it (`keep_peer_cert`)."""
        if binary_form not in (True,):
            raise ValueError(text("arguments").no_argument("binary_form", binary_form))
        token = self._c.peer_ok
        return token.leaf_der if token else None  # pyright: ignore[reportAttributeAccessIssue]: x509's Peer

    def report(self):
        """What is known of the connection: a dict of plain values, without secrets."""
        from latchkey.trace import report

        return report(self, self._c, self._settings)

    def __repr__(self):
        from latchkey.trace import summary

        return summary(self)

    def ioctl(self, request, arg):
        """MicroPython's stream protocol: 3 is poll, 4 is close; everything else is EINVAL, so that nobody watches the raw socket."""
        if request == _POLL_REQUEST:
            from latchkey.polling import readiness

            self._settings.mine()
            return readiness(self, arg)
        if request == _CLOSE_REQUEST:
            self.close()
            return 0
        return _EINVAL


_found: Any = None  # by `_data`


def _data(tls):
    """What handles application data: loaded when there are the first. Where it finds no room, what only handshakes need goes first."""
    global _found
    if _found is None:
        try:
            from latchkey import data
        except MemoryError:
            tls._settings.release()
            from latchkey import data
        _found = data
    return _found
