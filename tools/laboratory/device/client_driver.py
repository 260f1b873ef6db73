"""A TLS client that the host drives, on any target: one connection per call, its outcome as one line of JSON.

    import client_driver
    client_driver.run(STREAM, {"root": "root.pem", "write": 100, "read": 100})

STREAM is what `Target.reach` hands out. The options, all but `root` with a default:
`root`: the trust anchors' file, None for CERT_NONE; `chain`, `key`: files of the device's identity, `more`: pairs of others; `name`:
server_hostname; `buffers`: receive and send buffer in bytes; `settings`: attributes of the context; `answer`: what
its callback for pre-shared keys gives, and `hints` what it was asked; `ciphers`, `protocols`: for its
`set_ciphers` and `set_alpn_protocols`; `timeout` in seconds; `talk`: pairs of what to say and what must come then; `write`: bytes of a
pattern to send; `read`: bytes of it to receive then, or "end" for all that come; `pace`: bytes that the transport takes and gives in one
call; `faulty_key`: the device's key makes wrong signatures;
`schemes`: those that it is to sign by; `trace`: tell each message as [direction, name, note];
`bind`: (label, length, context) of what is to be told of channel bindings and the exporter.
"""

import gc
import io
import json
import time

import latchkey
from latchkey.errors import describe

_kept = {}  # the last context, by what it was made of: a context outlives its connections
_hints = []
_OF_A_CONTEXT = ("root", "chain", "key", "more", "faulty_key", "schemes", "buffers", "settings", "answer", "ciphers", "protocols")


class Slow(io.IOBase):
    """A transport that moves a few bytes in one call, and nothing in every other."""

    def __init__(self, stream, pace):
        self.stream = stream
        self.pace = pace
        self.turn = False

    def _now(self):
        self.turn = not self.turn
        return self.turn

    def setblocking(self, flag):
        if hasattr(self.stream, "setblocking"):  # a UART has none
            self.stream.setblocking(flag)

    def readinto(self, buf):
        return self.stream.readinto(memoryview(buf)[: self.pace]) if self._now() else None

    def write(self, buf):
        return self.stream.write(memoryview(buf)[: self.pace]) if self._now() else None

    def ioctl(self, request, arg):
        return arg if request == 3 else -22

    def close(self):
        self.stream.close()


def context(options):
    """The context for `options`, the last one again if nothing changed."""
    made_of = repr([options.get(name) for name in _OF_A_CONTEXT])
    if made_of not in _kept:
        _kept.clear()
        gc.collect()
        receive, send = options.get("buffers") or (16384, 4096)
        made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=receive, send_buffer=send)
        if options["root"]:
            made.load_verify_locations(cafile=options["root"])
        elif not (options.get("answer") or "psk_key" in (options.get("settings") or ())):
            made.verify_mode = latchkey.CERT_NONE
        if options.get("chain"):
            made.load_cert_chain(options["chain"], options["key"])
            for chain, key in options.get("more") or ():
                made.load_cert_chain(chain, key)
            if options.get("faulty_key"):
                made.identity.sign = faulty(made.identity.sign)
            if options.get("schemes"):
                made.identity.schemes = options["schemes"]
        for name, value in (options.get("settings") or {}).items():
            setattr(made, name, value)
        if options.get("answer"):
            made.set_psk_client_callback(answering(options["answer"]))
        if options.get("ciphers"):
            made.set_ciphers(options["ciphers"])
        if options.get("protocols"):
            made.set_alpn_protocols(options["protocols"])
        _kept[made_of] = made
    return _kept[made_of]


def answering(answer):
    def callback(hint):
        _hints.append(hint)
        return answer

    return callback


def faulty(sign):
    """A key's `sign` that a fault of the hardware, or an attack on it, has struck."""

    def struck(scheme, digest):
        signature = bytearray((yield from sign(scheme, digest)))
        signature[-1] ^= 1
        return bytes(signature)

    return struck


def run(stream, options):
    result = {"established": False, "data": 0}
    begun = time.ticks_ms()
    tls = trace = None
    _hints.clear()
    try:
        if options.get("pace"):
            stream = Slow(stream, options["pace"])
        made = context(options)
        made.trace = trace = latchkey.Timeline() if options.get("trace") else None
        tls = made.wrap_socket(stream, server_hostname=options.get("name", "localhost"), do_handshake_on_connect=False)
        tls.settimeout(options.get("timeout", 60))
        tls.do_handshake()
        result["established"] = True
        result["report"] = tls.report()
        if options.get("bind"):
            result["bound"] = [bound and bound.hex() for bound in bind(tls, *options["bind"])]
        for say, hear in options.get("talk", ()):
            talk(tls, say, hear)
        exchange(tls, options, result)
    except latchkey.TLSError as e:
        result.update({"cause": e.cause, "name": describe(e.cause)[0], "alert": e.alert, "stage": e.stage, "message": str(e)})
    except OSError as e:
        result["errno"] = e.args[0]
    result["hints"] = _hints
    if tls:
        if trace:
            result["trace"] = [[event[1], event[2], event[4]] for event in trace.events]
        result["proven"] = tls.report()["peer_kind"]
        result["writes"] = tls.writes
        result["dead"] = tls.dead
        tls.close()
    else:
        stream.close()
    result["ms"] = time.ticks_diff(time.ticks_ms(), begun)
    print(json.dumps(result))


def bind(tls, label, length, context):
    """Channel bindings and keying material."""
    for kind in ("tls-unique", "tls-server-end-point"):
        yield tls.get_channel_binding(kind)
    yield tls.export_keying_material(label, length, context)


def talk(tls, say, hear):
    """Send `say`; what comes must end with `hear`."""
    tls.write(say)
    heard = b""
    while not heard.endswith(hear):
        more = tls.recv(256)
        if not more:
            raise ValueError("{} came, and no {}".format(heard, hear))
        heard += more


def exchange(tls, options, result):
    """Send `write` bytes of a pattern, receive `read`; those that came right are counted."""
    size = options.get("write", 0)
    piece = bytes(range(256))
    for start in range(0, size, 256):
        tls.write(piece[: min(256, size - start)])
    wanted = options.get("read", 0)
    buf = bytearray(256)
    while wanted == "end" or result["data"] < wanted:
        n = tls.recv_into(buf)
        if not n:
            result["end"] = True
            break
        for i in range(n):
            if buf[i] != (result["data"] + i) & 255:
                raise ValueError("byte {} of the answer is wrong".format(result["data"] + i))
        result["data"] += n
