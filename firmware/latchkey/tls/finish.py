"""ClientKeyExchange, the keys that follow from it, and both Finished (RFC 5246 sections 7.4.7, 8.1, 6.3 and 7.4.9, RFC 7627).

`h` is the Handshake.
"""

from latchkey.crypto.util import equal, wipe
from latchkey.errors import Fault
from latchkey.tls.cipher_suites import prf, protections
from latchkey.tls.record import WORKED

_CLIENT_KEY_EXCHANGE = const(16)
_FINISHED = const(20)
_EPHEMERAL = const(1)  # key exchange
_PSK = const(2)
_RSA = const(4)
_UNEXPECTED_MESSAGE = const(331)
_DECODE_ERROR = const(330)
_BAD_FINISHED = const(363)


def send_client_key_exchange(h):
    """What the key exchange of the suite is made of: an ephemeral key agreement, a pre-shared key, or both; or a secret for an RSA key."""
    f = h.f
    h.c.stage = "client_key_exchange"
    body = b""
    notes = []
    (group, point), h.share = h.share or (0, b""), ()
    if h.c.suite[2] & _EPHEMERAL:
        ours, h.pre_master = yield from h.settings.key_agreement.agree(group, point, h.settings.random)
        body = bytes((len(ours),)) + ours
        notes.append("key agreement: " + h.settings.key_agreement.name)
    if h.c.suite[2] & _PSK:
        from latchkey.tls.psk import join

        body = join(h, body, group)
        notes.append("pre-shared key: " + h.proven[0].path[0])
    if h.c.suite[2] == _RSA:
        from latchkey.tls.others import encrypt

        body = yield from encrypt(h, notes)
    yield from f.begin(_CLIENT_KEY_EXCHANGE, len(body))
    yield from f.put(body)
    h.note(">", "ClientKeyExchange", len(body) + 4, ", ".join(notes))


def make_keys(h, session_hash):
    """Pre-master secret -> master secret -> key block -> a pair of record directions."""
    client_random, server_random = h.randoms
    if h.c.extended_master_secret:  # RFC 7627 section 4: bound to the handshake by its hash so far; else RFC 5246 section 8.1
        label, seed = b"extended master secret", session_hash
    else:
        label, seed = b"master secret", client_random + server_random
    yield WORKED
    h.master = prf(h.hash, h.pre_master, label, seed, 48)
    wipe(h.pre_master)
    yield WORKED
    h.over("signatures")
    h.protection = h.protection or h.cipher(True)  # where signing was dropped, there is room now
    h.pair = protections(h, server_random + client_random)
    if h.settings.exporter and h.c.extended_master_secret:
        h.c.exporter = h.hash, bytearray(h.master), client_random + server_random
    yield WORKED


def send_finished(h):
    f = h.f
    h.c.stage = "client_finished"
    h.note(">", "ChangeCipherSpec", 1)
    data = prf(h.hash, h.master, b"client finished", f.digest(), 12)
    yield WORKED
    yield from f.begin(_FINISHED, 12)
    yield from f.put(data)
    if h.c.extended_master_secret and not h.c.unique:
        h.c.unique = bytes(data)
    h.note(">", "Finished", 16)
    yield from f.flush()


def recv_finished(h):
    f = h.f
    h.note("<", "ChangeCipherSpec", 1)
    expected = prf(h.hash, h.master, b"server finished", f.digest(), 12)
    yield WORKED
    yield from h.expect(_FINISHED, "finished")
    r = yield from f.body(12)
    if r.end != 12:
        raise Fault(_DECODE_ERROR)
    if not equal(r.bytes(12), expected):
        raise Fault(_BAD_FINISHED)
    if h.c.resumed:  # the first of the handshake's
        h.c.unique = bytes(expected)
    wipe(expected)
    if h.c.reader.start < h.c.reader.end:
        raise Fault(_UNEXPECTED_MESSAGE, _FINISHED)
    if h.proven:
        h.c.peer_ok, h.c.key_exchange_ok = h.proven
    h.c.finished_ok = True
    h.c.stage = "data"
    h.note("<", "Finished", 16, "transcript verified")
