"""Pre-shared keys: PSK (RFC 4279 section 2) and ECDHE_PSK (RFC 5489 section 2). Loaded where a context has one; no certificate is.

The server proves itself by the key, and that it has it shows in its Finished alone: until then it is nobody, and its identity hint, like
all that it says, anybody's. The hint goes to the caller's callback and nowhere else; which key counts is what the caller says.
`h` is the Handshake, `s` the SSLContext.
"""

from latchkey.crypto.util import wipe
from latchkey.errors import Fault, text

_SERVER_KEY_EXCHANGE = const(12)
_SERVER_HELLO_DONE = const(14)
_EPHEMERAL = const(1)  # key exchange
_PSK = const(2)
_MOST_HINT = const(256)  # octets; RFC 4279 section 5.3 demands 128
_MOST_IDENTITY = const(1024)
_LEAST_KEY = const(16)
_MOST_KEY = const(1024)

_DECODE_ERROR = const(330)
_UNEXPECTED_MESSAGE = const(331)
_MESSAGE_TOO_LONG = const(344)
_GROUP_NOT_OFFERED = const(359)
_NO_PRE_SHARED_KEY = const(367)


class KeyHolder:
    """What the server was proven to be, a token like x509's Peer: somebody who has the key of this identity."""

    kind = "PSK"
    name = time_verified = not_after = leaf_der = None
    for_no_name = stapled = False

    def __init__(self, identity):
        self.path = (identity.decode(),)

    def __str__(self):
        return "PSK " + self.path[0]


def judge(s):
    """ValueError for what the caller gave and can't be; returns whether the server may prove itself by a certificate, too."""
    if s._psk is None:
        _checked(s.psk_identity, s.psk_key)
    elif s.psk_key is not None or s.psk_identity is not None:
        raise ValueError(text("arguments").TWO_KEYS)
    rows = s._offered()
    if not rows:
        raise ValueError(text("arguments").NO_SUITE)
    at = 2
    while at < len(rows) and rows[at] & _PSK:
        at += 4
    return at < len(rows)


def _checked(identity, key):
    """`(identity in octets, key)`."""
    if isinstance(identity, str):
        identity = identity.encode()
    if not isinstance(identity, (bytes, bytearray)) or len(identity) > _MOST_IDENTITY:
        raise ValueError(text("arguments").no_value("psk_identity", identity))
    if not isinstance(key, (bytes, bytearray, memoryview)) or not _LEAST_KEY <= len(key) <= _MOST_KEY:
        raise ValueError(text("arguments").no_key(key))
    return bytes(identity), key


def recv_server_key_exchange(h):
    """The identity hint, and with ECDHE_PSK the server's point, which no one has signed; ServerHelloDone must follow. Returns its type."""
    f = h.f
    h.c.stage = "server_key_exchange"
    ephemeral = h.c.suite[2] & _EPHEMERAL
    kind, size = yield from f.header()
    if kind == _SERVER_KEY_EXCHANGE:
        r = yield from f.body(_MOST_HINT + 256)
        n = r.u16()
        if n > _MOST_HINT:
            raise Fault(_MESSAGE_TOO_LONG, size)
        h.hint = r.bytes(n)
        if ephemeral:
            from latchkey.tls.messages import decode_server_key_exchange

            group, point, _, _, _ = decode_server_key_exchange(r, False)
            if group not in h.settings.key_agreement.groups:
                raise Fault(_GROUP_NOT_OFFERED, group)
            h.share = group, point
        r.close(r.end)
        h.note("<", "ServerKeyExchange", size + 4, "hint of %d bytes" % n)
        ephemeral = 0
        h.c.stage = "server_hello_done"
        kind, _ = yield from f.header()
    if ephemeral or kind != _SERVER_HELLO_DONE:
        raise Fault(_UNEXPECTED_MESSAGE, kind)
    return kind


def join(h, body, group):
    """The body of ClientKeyExchange: identity, then `body`, our ephemeral key. The pre-master secret is what was agreed by that, else as
    many zeros, and the key, each with its length."""
    identity, key = _identity_and_key(h)
    n = len(key)
    agreed = h.pre_master or bytearray(n)
    h.pre_master = secret = bytearray(len(agreed) + n + 4)
    at = 0
    for part in (agreed, key):
        secret[at] = len(part) >> 8
        secret[at + 1] = len(part) & 255
        at += 2
        secret[at : at + len(part)] = part
        at += len(part)
    wipe(agreed)
    h.proven = KeyHolder(identity), group
    return bytes((len(identity) >> 8, len(identity) & 255)) + identity + body


def _identity_and_key(h):
    s = h.settings
    if s._psk is None:
        return _checked(s.psk_identity, s.psk_key)
    hint = None
    if h.hint:
        try:
            hint = h.hint.decode()
        except UnicodeError:  # RFC 4279 section 5.1
            raise Fault(_DECODE_ERROR)
    identity, key = s._psk(hint)
    if not key:
        raise Fault(_NO_PRE_SHARED_KEY)
    return _checked(b"" if identity is None else identity, key)
