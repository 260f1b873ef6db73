"""How the server proves who it is: Certificate, CertificateStatus, ServerKeyExchange (RFC 5246 sections 7.4.2 and 7.4.3, RFC 6066
section 8, RFC 8422 section 5.4). The chain goes to x509 as it arrives; nothing is done with the key exchange's parameters before their
signature was verified with the key that the chain proved. `h` is the Handshake.
"""

from latchkey.crypto import hashes
from latchkey.crypto.util import Room
from latchkey.crypto.verify import SCHEMES, hash_name
from latchkey.errors import Fault
from latchkey.tls.record import WORKED

_CERTIFICATE = const(11)
_SERVER_KEY_EXCHANGE = const(12)
_CERTIFICATE_REQUEST = const(13)
_SERVER_HELLO_DONE = const(14)
_CERTIFICATE_STATUS = const(22)
_MAX_SERVER_KEY_EXCHANGE = const(1536)
_SLICE = const(192)  # octets of a certificate that are read in one
_DECODE_ERROR = const(330)
_UNEXPECTED_MESSAGE = const(331)
_KEY_DOES_NOT_FIT_SUITE = const(356)
_KEY_MAY_NOT_SIGN = const(357)
_GROUP_NOT_OFFERED = const(359)
_SCHEME_NOT_OFFERED = const(360)
_SCHEME_DOES_NOT_FIT = const(361)
_BAD_KEY_EXCHANGE_SIGNATURE = const(362)
_NO_SERVER_CERTIFICATE = const(364)
_KEY_MAY_NOT_ENCRYPT = const(370)
_DIGITAL_SIGNATURE = const(0x01)  # keyUsage bits 0
_KEY_ENCIPHERMENT = const(0x04)  # and 2
_EPHEMERAL = const(1)  # key exchange
_RSA = const(4)


def recv_certificate(h):
    """The server's chain, streamed into x509; returns (body's length, number of certificates)."""
    f = h.f
    chain = h.chain
    size = yield from h.expect(_CERTIFICATE, "certificate")
    r = yield from f.take(3)
    if r.u24() != f.left:
        raise Fault(_DECODE_ERROR)
    if not f.left:
        raise Fault(_NO_SERVER_CERTIFICATE)
    count = 0
    while f.left:
        r = yield from f.take(3)
        left = r.u24()
        if not left:  # ASN.1Cert<1..2^24-1>
            raise Fault(_DECODE_ERROR)
        chain.begin(left)
        yield from feed_chain(h, left)
        count += 1
    return size, count


def feed_chain(h, left):
    """The next `left` bytes of the message go to x509, as they come."""
    chain = h.chain
    if left > h.f.left:
        raise Fault(_DECODE_ERROR)
    while left:
        start, end = yield from h.f.chunk(min(left, _SLICE))
        chain.feed(h.c.reader.buf, start, end)
        left -= end - start
        yield WORKED
    chain.end()


def recv_certificate_status(h):
    """The stapled OCSP response (RFC 6066 section 8), which the server may leave out, and the header of the next message; returns its type.
    No path is judged before it is known to be one that may follow: with RSA key transport no ServerKeyExchange (RFC 5246 section 7.4.3).
    """
    f = h.f
    ephemeral = h.c.suite[2] & _EPHEMERAL
    stage = "server_key_exchange" if ephemeral else "certificate_status"
    h.c.stage = stage
    kind, size = yield from f.header()
    if kind == _CERTIFICATE_STATUS and h.stapling:
        h.c.stage = "certificate_status"
        r = yield from f.take(4)
        if r.u8() != 1 or r.u24() != f.left or not f.left:
            raise Fault(_DECODE_ERROR)
        h.chain.begin_status(f.left)
        yield from feed_chain(h, f.left)
        h.note("<", "CertificateStatus", size + 4)
        h.c.stage = stage
        kind, _ = yield from f.header()
    if not (kind == _SERVER_KEY_EXCHANGE if ephemeral else _CERTIFICATE_REQUEST <= kind <= _SERVER_HELLO_DONE):
        raise Fault(_UNEXPECTED_MESSAGE, kind)
    return kind


def validate_chain(h, size, count):
    """The path from the server's certificate to an anchor; sets the token `peer_ok`."""
    h.c.stage = "certificate"
    h.room = Room(h.c.reader.spare)
    yield WORKED
    leaf = h.chain.leaf
    job = h.chain.validate()
    h.chain = None
    token = yield from job
    # The leaf's key must be able to do, and be allowed, what the suite asks of it (RFC 5246 section 7.4.2).
    exchange = h.c.suite[2]
    encrypts = exchange == _RSA
    if (leaf.public_key[0] < 2 - encrypts) != bool(exchange & _RSA):  # a key that is for PSS alone encrypts nothing
        raise Fault(_KEY_DOES_NOT_FIT_SUITE)
    if leaf.key_usage is not None and not leaf.key_usage & (_KEY_ENCIPHERMENT if encrypts else _DIGITAL_SIGNATURE):
        raise Fault(_KEY_MAY_NOT_ENCRYPT if encrypts else _KEY_MAY_NOT_SIGN)
    h.leaf_key = leaf.public_key
    h.c.peer_ok = token
    if h.c.trace:
        h.note("<", "Certificate", size + 4, "%d certificate%s: %s" % (count, "" if count == 1 else "s", token))


def recv_server_key_exchange(h):
    """ECDHE parameters, after their header; nothing is done with them before their signature was verified."""
    from latchkey.tls import messages  # not needed while a path is validated

    h.c.stage = "server_key_exchange"
    size = h.f.left
    r = yield from h.f.body(_MAX_SERVER_KEY_EXCHANGE)
    group, point, parameters, scheme, signature = messages.decode_server_key_exchange(r)
    if group not in h.settings.key_agreement.groups:
        raise Fault(_GROUP_NOT_OFFERED, group)
    if scheme not in SCHEMES:
        raise Fault(_SCHEME_NOT_OFFERED, scheme)
    # ECDSA with EC keys, PKCS#1 and PSS with rsaEncryption, PSS with id-RSASSA-PSS
    key = h.leaf_key
    low = scheme & 255
    fits = key[0] == (0 if low < 8 else 1) if scheme >> 8 == 8 else key[0] != 1 and low == (3 if key[0] else 1)
    if not fits:
        raise Fault(_SCHEME_DOES_NOT_FIT, scheme)
    digest = hashes.new(hash_name(scheme))
    for part in (h.randoms[0], h.randoms[1], parameters):
        digest.update(part)
    if not (yield from h.verify(scheme, key, digest.digest(), signature)):
        raise Fault(_BAD_KEY_EXCHANGE_SIGNATURE)
    h.c.key_exchange_ok = group
    h.share = group, point
    h.leaf_key = ()
    if h.c.trace:
        h.note("<", "ServerKeyExchange", size + 4, "group %d, signature %04x verified" % (group, scheme))
