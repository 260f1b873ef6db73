"""Resumption (RFC 5246 section 7.3, RFC 5077): when a session is offered, how it is resumed, what is kept of a full handshake.

ClientHello                  -------->
                                              ServerHello
                                        NewSessionTicket*
                                       [ChangeCipherSpec]
                             <--------           Finished
[ChangeCipherSpec]
Finished                     -------->

A session is offered where all that the full handshake was judged by still holds, and once: whatever goes wrong with it makes it spent
(`Session.drop`), for whoever has it, and the next handshake is a full one. Loaded where a server gives a session, or there is one to offer.
`h` is the Handshake, `s` the SSLContext.
"""

import time
from hashlib import sha256

from latchkey.errors import Fault, once, text
from latchkey.tls.cipher_suites import protections
from latchkey.tls.finish import recv_finished, send_finished
from latchkey.tls.record import WORKED
from latchkey.tls.session import Resumed, Session

_NEW_SESSION_TICKET = const(4)
_CERT_NONE = const(0)
_MOST_AGE = const(86400)  # seconds after the full handshake (RFC 5246 section F.1.4)
_HOSTS = const(4)  # that a context remembers
_BESIDE_TICKET = const(512)  # octets of the send buffer for what a ClientHello says beside a ticket, that it leaves in one write

_DECODE_ERROR = const(330)


def offer(s, judged, host, session):
    """The session to offer to `host`: the caller's, else what the context remembers; None where neither may be."""
    if not (session is None or isinstance(session, Session)):
        raise ValueError(text("arguments").no_argument("session", session))
    if _stores(s) and not hasattr(s.sessions, "clockless"):
        raise ValueError(text("arguments").no_value("sessions", s.sessions))
    for one in [session] + list(s._remembered):
        if one is not None and fits(one, s, judged, host):
            return one
    if host and _stores(s):
        one = once("latchkey.tls", "stored").restore(s.sessions, host, s._offered(), *_time(s))
        if one is not None and fits(one, s, judged, host):
            _remember(s, one)
            return one
    return None


def fits(session, s, judged, host):
    """Whether it may be offered to `host` by a context."""
    if session.suite is None or session.host != host or session.binding != binding(s, judged):
        return False
    if session.peer.was == "UNVERIFIED" and judged[0] != _CERT_NONE:
        return False
    if judged[-3] and not session.peer.leaf_der:
        return False
    real, now = _time(s)
    if real != session.real or not session.made <= now <= session.until or (s.floor is not None and session.not_after < s.floor):
        session.drop()
        return False
    rows = s._offered()
    return session.suite[:2] in [rows[i : i + 2] for i in range(0, len(rows), 4)]


def resume(h):
    """All that follows a ServerHello that resumes."""
    c = h.c
    f = h.f
    session = c.session
    h.protection = h.cipher()
    h.pair = protections(h, h.randoms[1] + h.randoms[0])
    if h.settings.exporter:
        c.exporter = h.hash, bytearray(h.master), h.randoms[0] + h.randoms[1]
    yield WORKED
    if h.ticketing:
        yield from recv_new_session_ticket(h)
    c.stage = "change_cipher_spec"
    yield from f.change_cipher_spec()
    c.reader.protection = h.pair[1]
    yield from recv_finished(h)
    yield from f.send_change_cipher_spec(h.pair[0])
    yield from send_finished(h)
    # What was proven when the session began holds of whoever knows its secret.
    c.client_certificate = session.client_certificate
    c.key_exchange_ok = session.group
    c.peer_ok = session.peer
    c.stage = "data"
    if h.ticket:  # takes the old one's place
        session.renew(h.ticket[0], h.ticket[1], _time(h.settings)[1])
        if session.store:
            _store(h, session)


def recv_new_session_ticket(h):
    """What the server promised in its ServerHello; it counts once its Finished was verified. One of no length is none, one that a
    ClientHello has no room for is not kept."""
    f = h.f
    size = yield from h.expect(_NEW_SESSION_TICKET, "new_session_ticket")
    r = yield from f.take(6)
    hint = r.u16() << 16 | r.u16()
    n = r.u16()
    if n != f.left:
        raise Fault(_DECODE_ERROR)
    note = "%d s" % hint
    if n > len(h.c.writer.buf) - _BESIDE_TICKET:
        note = "too large for send_buffer: not kept"
        while f.left:
            yield from f.chunk(f.left)
    elif n:
        r = yield from f.take(n)
        h.ticket = r.bytes(n), hint
    h.note("<", "NewSessionTicket", size + 4, note)


def keep(h):
    """After both Finished of a full handshake: the session that the server gave, in `h.c.session` and remembered by the context."""
    c = h.c
    s = h.settings
    if not c.extended_master_secret or getattr(c.peer_ok, "not_after", None) is None:
        return
    real, now = _time(s)
    session = Session(c.host, c.server_name, h.master)
    session.suite = c.suite
    session.id = h.session_id
    session.group = c.key_exchange_ok
    session.client_certificate = c.client_certificate
    session.peer = Resumed(c.peer_ok, real)
    session.binding = binding(s, c.judged)
    session.real = real
    session.limit = h.limit
    session.made = now
    session.last = now + _MOST_AGE
    session.not_after = _seconds(c.peer_ok.not_after)
    if real:
        session.last = min(session.last, session.not_after)
        if c.peer_ok.stapled:
            session.last = min(session.last, _seconds(c.peer_ok.next_update))
    ticket, hint = h.ticket or (b"", 0)
    session.renew(ticket, hint, now)
    c.session = session
    if session.host:
        _remember(s, session)
        if _stores(s):
            _store(h, session)


def _stores(s):
    """Whether the context has a store."""
    return s.sessions not in (None, False, True)


def _remember(s, session):
    s._remembered = [one for one in s._remembered if one.host != session.host][1 - _HOSTS :] + [session]


def _store(h, session):
    try:
        once("latchkey.tls", "stored").save(h, session, _time(h.settings)[1])
    except MemoryError:  # it is kept in memory alone
        pass


def binding(s, judged):
    """A digest of what a server is judged by (wrapping.py), and of who a context says it is: of trust, pins, verify mode, identity, and
    buffers, which max_fragment_length follows."""
    mode, names, pins, profile, most_rsa_bits, _, dates, ocsp, verifier, _, _, trust, _ = judged
    h = sha256()
    h.update(trust.fingerprint() if trust is not None else bytes(32))
    for pin in sorted([bytes(pin) for pin in pins]):
        h.update(pin)
    rules = [int(mode != _CERT_NONE), int(bool(names)), profile, most_rsa_bits, int(bool(ocsp))]
    rules += [int(bool(dates)), int(bool(s.require_secure_renegotiation)), int(s._keyed()), len(s._buffers[0][0])]
    # What was proven over a bus that is not trusted, or agreed on over one, is good for whoever asks for the same.
    rules += [getattr(part, "wires", "") for part in (verifier, s.key_agreement)]
    h.update(repr(rules).encode())
    for identity in ((s.identity,) + s._identities) if s.identity is not None else ():
        for der in identity.chain():
            h.update(der)
    return h.digest()


def _time(s):
    """`(whether it is a clock's that is believed, seconds)`: else those of the port, which only go on while it runs."""
    now = s.now()
    if now is None or (s.floor is not None and now < s.floor):
        return False, int(time.time())
    return True, int(now)


def _seconds(date):
    """Seconds since 1970 of the 14 digits YYYYMMDDHHMMSS: the inverse of x509/clock.py's, by the same author's days_from_civil."""
    year, month = int(date[:4]), int(date[4:6])
    if month < 3:
        year -= 1
    day = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + int(date[6:8]) - 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + day - 719468
    return ((days * 24 + int(date[8:10])) * 60 + int(date[10:12])) * 60 + int(date[12:])
