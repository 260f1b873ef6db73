"""What happened in a handshake: a timeline of its messages. `context.trace = Timeline()`, then print it."""

import time

from latchkey.errors import text

_EPHEMERAL = const(1)  # key exchange
_ENCRYPT_THEN_MAC = const(7)  # record protections from here on


class Timeline:
    """Collects `(ms since the first, direction, message, bytes, note)` in `events`; `str()` is a table."""

    def __init__(self):
        self.events = []
        self._start = None

    def __call__(self, direction, message, size, note=""):
        now = time.ticks_ms()
        if self._start is None:
            self._start = now
        self.events.append((time.ticks_diff(now, self._start), direction, message, size, note))

    def __str__(self):
        lines = ["    ms     bytes  message"]
        for ms, direction, message, size, note in self.events:
            if message == "alert":
                note += " " + text("alerts").NAMES.get(int(note.split(" ")[1]), "")
            lines.append("%6d  %s %6d  %-19s %s" % (ms, direction, size, message, note))
        return "\n".join(lines)


def report(tls, c, settings):
    """What `SSLSocket.report` gives: of the socket, its connection and its context."""
    peer = c.peer_ok
    return {
        "version": tls.version(),
        "cipher": text("ciphers").name(c.suite) if c.suite else None,
        "group": c.key_exchange_ok or None,
        "forward_secrecy": bool(c.suite[2] & _EPHEMERAL) if c.suite else None,
        "protocol": c.protocol,
        "encrypt_then_mac": bool(c.suite) and c.suite[3] >= _ENCRYPT_THEN_MAC,
        "extended_master_secret": c.extended_master_secret,
        "secure_renegotiation": c.secure_renegotiation,
        "peer": str(peer) if peer else None,
        "peer_kind": peer.kind if peer else None,
        "verified_name": peer.name if peer else None,
        "time_verified": peer.time_verified if peer else None,
        "resumed": c.resumed,
        "client_certificate": c.client_certificate,
        "truncated": c.truncated,
        "randomness": settings.random.name if settings.random else None,
        "key_agreement": settings.key_agreement.name if settings.key_agreement else None,
        "verification": getattr(settings.verifier, "name", "software"),  # crypto.verify is a module
        "wires": _wires(settings),
        "identity": settings.identity.name if settings.identity else None,
        "bytes_read": tls.bytes_read,
        "bytes_written": tls.bytes_written,
        "writes": tls.writes,
    }


def _wires(settings):
    """What the wires to a device hold of the session: a sentence for each part that is on them. Randomness is, if no other was mixed in."""
    monitors = getattr(settings.random, "monitors", None)
    sources = [settings.random] if monitors is None else [m.source for m in monitors if m.gave and m.source.trusted]
    drawn = [getattr(source, "wires", "") for source in sources]
    told = [drawn[0] if drawn and all(drawn) else ""]
    told += [getattr(part, "wires", "") for part in (settings.key_agreement, settings.verifier, settings._psk)]
    return [sentence for sentence in told if sentence]


def summary(tls):
    """What `repr` of an SSLSocket says."""
    if tls.dead:
        return "<SSLSocket dead: %s>" % tls._epitaph()
    if not tls.version():
        return "<SSLSocket in handshake: %s>" % tls._c.stage
    return "<SSLSocket %s %s>" % (tls.cipher()[0], tls._c.peer_ok)
