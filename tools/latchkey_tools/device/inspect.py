"""What `latchkey inspect` runs on a board: handshakes that are watched. Each line that is printed is one of JSON.

A time is in microseconds since the handshake began. What watching takes is left out of it: the clock stands still meanwhile.
"""

import binascii
import gc
import io
import json
import select
import sys
import time

import latchkey

_POLL = 3
_IN = 1


def told(kind, **facts):
    facts["kind"] = kind
    print(json.dumps(facts))


def tcp(host, port):
    """A connection by the board's own network."""
    import socket

    stream = socket.socket()
    try:
        stream.connect(socket.getaddrinfo(host, port)[0][-1])
    except OSError:
        stream.close()
        raise
    return stream


class Recorder:
    """What happens in a handshake. With `close` the heap is measured at each event, and every byte on the wire is told at once."""

    def __init__(self, close):
        self.close = close
        self.spans = []  # (what, from, until, bytes)
        self.messages = []  # (at, direction, name, bytes, note)
        self._still = 0
        self._start = time.ticks_us()

    def now(self):
        return time.ticks_diff(time.ticks_us(), self._start) - self._still

    def span(self, what, since, size=0):
        self.spans.append((what, since, self.now(), size))

    def __call__(self, direction, message, size, note=""):
        """The context's `trace`."""
        self.messages.append((self.now(), direction, message, size, note))
        self.aside(message)

    def aside(self, what, direction="", data=None):
        if not self.close:
            return
        began = time.ticks_us()
        at = self.now()
        if data is not None:
            told("wire", at=at, direction=direction, data=binascii.hexlify(bytes(data)).decode())
        gc.collect()
        told("heap", at=at, what=what, live=gc.mem_alloc(), free=gc.mem_free())
        self._still += time.ticks_diff(time.ticks_us(), began)

    def wire(self, stream):
        return (SocketWire if hasattr(stream, "recv") else Wire)(stream, self)

    def watch(self, chip):
        """Time each sequence of commands of a chip's; returns what ends that."""

        def session(sequence, *args):
            began = self.now()
            result = yield from type(chip).session(chip, sequence, *args)
            self.span("chip", began)
            return result

        def do(sequence, *args):
            began = self.now()
            result = type(chip).do(chip, sequence, *args)
            self.span("chip", began)
            return result

        chip.session, chip.do = session, do

        def unwatch():
            del chip.session
            del chip.do

        return unwatch


class Wire(io.IOBase):
    """A transport that is watched. What can be read at once is the radio's time, what is waited for is not."""

    def __init__(self, stream, recorder):
        self._stream = stream
        self._recorder = recorder
        self._since = None
        self._poll = select.poll()
        try:
            self._poll.register(stream, _IN)
            self._poll.poll(0)
        except (OSError, TypeError, AttributeError):
            self._poll = None

    def ready(self, flag):
        if self._poll is None:
            return flag
        self._poll.modify(self._stream, flag)
        for _, event in self._poll.poll(0):
            return event
        return 0

    def reading(self, call, argument, into=None):
        recorder = self._recorder
        if self._since is None:
            self._since = recorder.now()
            self._what = "radio" if self._poll and self.ready(_IN) else "waiting"
        got = call(argument)
        if got is None:
            return None
        data = got if into is None else into[:got]
        recorder.span(self._what, self._since, len(data))
        self._since = None
        recorder.aside("read", "<", data)
        return got

    def writing(self, call, data):
        recorder = self._recorder
        began = recorder.now()
        n = call(data)
        recorder.span("radio", began, n or 0)
        if n:
            recorder.aside("write", ">", data[:n])
        return n

    def readinto(self, buf):
        return self.reading(self._stream.readinto, buf, buf)

    def write(self, data):
        return self.writing(self._stream.write, data)

    def ioctl(self, request, argument):
        return self.ready(argument) if request == _POLL else 0

    def close(self):
        self._stream.close()


class SocketWire(Wire):
    def recv(self, n):
        return self.reading(self._stream.recv, n)

    def send(self, data):
        return self.writing(self._stream.send, data)

    def setblocking(self, flag):
        self._stream.setblocking(flag)

    def settimeout(self, seconds):
        self._stream.settimeout(seconds)


def shake(context, reach, name, recorder, key_log=None):
    """One handshake; whether it succeeded. What was found is told."""
    began = recorder.now()
    try:
        stream = reach()
        recorder.span("connect", began)
        tls = context.wrap_socket(recorder.wire(stream), server_hostname=name)
    except OSError as error:
        alert, stage = getattr(error, "alert", None), getattr(error, "stage", None)
        cause = getattr(error, "cause", None)
        told("failed", at=recorder.now(), cause=cause, text=str(error), alert=alert, stage=stage)
        return False
    told("done", at=recorder.now(), report=tls.report())
    if key_log:
        told("key", line=key_log.line(tls))
    tls.close()
    return True


def sources(context):
    """The sources behind a context's randomness."""
    monitors = getattr(context.random, "monitors", None)
    found = [context.random] if monitors is None else [monitor.source for monitor in monitors]
    return [{"name": source.name, "trusted": bool(getattr(source, "trusted", True))} for source in found if source]


def tell(recorder):
    for event in recorder.messages:
        told("message", event=event)
    for span in recorder.spans:
        told("span", event=span)


def inspect(context, reach, name, chip, resumed, keys):
    """A handshake that is looked at closely, then one that is timed; where `resumed`, of a session that one before them began."""
    found = sys.implementation
    told("board", machine=getattr(found, "_machine", sys.platform), version=sys.version, latchkey=latchkey.__version__)
    told("clock", now=context.now())
    key_log = None
    if keys:
        from latchkey import key_log

        key_log.switch_on(context)
    kept = context.sessions, context.trace
    context.sessions = resumed
    try:
        if resumed and not shake(context, reach, name, Recorder(False)):
            return
        gc.collect()
        told("before", live=gc.mem_alloc(), free=gc.mem_free())
        for close in (True, False):
            told("begin", close=close)
            recorder = context.trace = Recorder(close)
            unwatch = recorder.watch(chip) if chip else None
            try:
                done = shake(context, reach, name, recorder, close and key_log)
            finally:
                if unwatch:
                    unwatch()
            tell(recorder)
            if not done:
                break
        told("randomness", sources=sources(context))
    finally:
        context.sessions, context.trace = kept
