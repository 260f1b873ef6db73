"""A session as bytes, for a time in which nothing runs, and its ways into a context's store (`stores.py`) and back. The bytes hold its
secret: what keeps them outside RAM seals them.

    version, kind, flags, client certificate, suite 2, group 2, limit 2, made 8, last 8, until 8, notAfter 8, binding 32, master 48

and then, each with its length in two bytes: host, name for SNI, session ID, ticket, the leaf where it is kept, and the names of the path.
"""

from struct import pack_into, unpack_from

from latchkey.crypto.util import wipe
from latchkey.tls.session import Resumed, Session

_VERSION = const(1)
_HEAD = ">4B3H4Q32s"
_MASTER = const(74)  # where it stands
_ITEMS = const(122)

_KINDS = ("CHAIN", "PIN", "UNVERIFIED")
_CERTIFICATE = (None, False, True)

_MAC = const(7)  # record protections from here on are others' with encrypt_then_mac
_OTHERS = const(2)  # which stand so far before them

_MAC_LAST = const(64)  # flags
_NAMED = const(32)
_FOR_NO_NAME = const(16)
_TIME_VERIFIED = const(8)
_STAPLED = const(4)
_REAL = const(2)
_SNI = const(1)


def restore(store, host, rows, real, now):
    """What `store` has for `host` of one of the suites' `rows`, or None. Where a clock is believed is `real`, and `now` its seconds."""
    form = store.load(host)
    if form is None:
        return None
    session = decode(form, rows)
    wipe(form)
    if session is None or not (session.real or store.clockless):
        return None
    session.store = store
    if not session.real and not real:  # nobody knows how old it is: it begins anew
        late = now - session.made
        session.made += late
        session.last += late
        session.until += late
    return session


def save(h, session, now):
    """Put it into the context's store; one that does not take it, or fails, harms no connection."""
    store = h.settings.sessions
    if (session.store and store.wears) or not (session.real or store.clockless):
        return
    form = encode(session)
    try:
        why = store.put(session.host, form, h.settings.random, now)
        if not why:
            session.store = store
    except OSError as e:
        why = "not stored: " + repr(e)
    finally:
        wipe(form)
    h.note(" ", "session", len(form), why or "stored")


def encode(session):
    """The bytes of a session that is not spent, to be wiped by whoever has them."""
    peer = session.peer
    pieces = [session.host.encode(), session.server_name or b"", session.id, session.ticket, peer.leaf_der or b""]
    pieces += [name.encode() for name in peer.path]
    form = bytearray(_ITEMS + 2 * len(pieces) + sum([len(piece) for piece in pieces]))
    flags = 0
    for flag in (
        session.suite[3] >= _MAC,
        peer.name,
        peer.for_no_name,
        peer.time_verified,
        peer.stapled,
        session.real,
        session.server_name,
    ):
        flags = flags << 1 | bool(flag)
    head = (_VERSION, _KINDS.index(peer.was), flags, _CERTIFICATE.index(session.client_certificate))
    head += (session.suite[0] << 8 | session.suite[1], session.group, session.limit)
    pack_into(_HEAD, form, 0, *(head + (session.made, session.last, session.until, session.not_after, session.binding)))
    form[_MASTER:_ITEMS] = session.master
    at = _ITEMS
    for piece in pieces:
        pack_into(">H", form, at, len(piece))
        at += 2
        form[at : at + len(piece)] = piece
        at += len(piece)
    return form


def decode(form, rows):
    """The session of such bytes, or None where another version made them or none of the suites' `rows` is its."""
    if len(form) < _ITEMS or form[0] != _VERSION:
        return None
    _, kind, flags, certificate, number, group, limit, made, last, until, not_after, bound = unpack_from(_HEAD, form, 0)
    suite = [rows[i : i + 4] for i in range(0, len(rows), 4) if rows[i] << 8 | rows[i + 1] == number]
    if not suite:
        return None
    row = suite[0]
    if flags & _MAC_LAST:
        row = row[:3] + bytes((row[3] + _OTHERS,))
    pieces = []
    at = _ITEMS
    while at < len(form):
        n = form[at] << 8 | form[at + 1]
        pieces.append(bytes(form[at + 2 : at + 2 + n]))
        at += 2 + n
    host = pieces[0].decode()
    session = Session(host, pieces[1] if flags & _SNI else None, form[_MASTER:_ITEMS])
    session.suite = row
    session.id = pieces[2]
    session.ticket = pieces[3]
    session.group = group
    session.limit = limit
    session.client_certificate = _CERTIFICATE[certificate]
    session.binding = bound
    session.real = bool(flags & _REAL)
    session.made = made
    session.last = last
    session.until = until
    session.not_after = not_after
    peer: Any = _Peer()
    peer.kind = _KINDS[kind]
    peer.name = host if flags & _NAMED else None
    peer.for_no_name = bool(flags & _FOR_NO_NAME)
    peer.path = tuple([piece.decode() for piece in pieces[5:]])
    peer.not_after = None
    peer.stapled = bool(flags & _STAPLED)
    peer.leaf_der = pieces[4] or None
    session.peer = Resumed(peer, bool(flags & _TIME_VERIFIED))
    return session


class _Peer:
    """Stands for the peer of the full handshake."""
