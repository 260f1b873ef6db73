"""ClientHello and ServerHello (RFC 5246 sections 7.4.1.2 to 7.4.1.4): what is offered, and what of it the server took.

`h` is the Handshake.
"""

from latchkey.crypto.util import wipe
from latchkey.crypto.verify import SCHEMES, hash_name
from latchkey.errors import Fault, text
from latchkey.tls import messages
from latchkey.tls.cipher_suites import find, hash_of

_SERVER_HELLO = const(2)
_CLIENT_HELLO = const(1)
_SERVER_NAME = const(0)  # ExtensionType
_MAX_FRAGMENT_LENGTH = const(1)
_STATUS_REQUEST = const(5)
_SUPPORTED_GROUPS = const(10)
_EC_POINT_FORMATS = const(11)
_SIGNATURE_ALGORITHMS = const(13)
_ALPN = const(16)
_ENCRYPT_THEN_MAC = const(22)
_EXTENDED_MASTER_SECRET = const(23)
_SESSION_TICKET = const(35)
_RECORD_SIZE_LIMIT = const(28)
_RENEGOTIATION_INFO = const(0xFF01)
_EPHEMERAL = const(1)  # key exchange
_PSK = const(2)
_MAX_SERVER_HELLO = const(1024)
_VERSION = const(0x0303)
_FULL_RECORD = const(16384)
_DECODE_ERROR = const(330)
_VERSION_NOT_SUPPORTED = const(345)
_SUITE_NOT_OFFERED = const(346)
_COMPRESSION_NOT_NULL = const(347)
_UNSOLICITED_EXTENSION = const(348)
_BAD_RENEGOTIATION_INFO = const(350)
_NO_SECURE_RENEGOTIATION = const(351)
_NO_EXTENDED_MASTER_SECRET = const(352)
_NO_UNCOMPRESSED_POINTS = const(353)
_ALIEN_RECORD_LIMIT = const(354)
_PROTOCOL_NOT_OFFERED = const(366)


def our_extensions(h):
    """The extensions of our hello, as (type, data)."""
    s = h.settings
    offer = []
    name = h.c.server_name
    if name:
        offer.append((_SERVER_NAME, messages.vector(b"\x00" + messages.vector(name))))  # RFC 6066 section 3
    if any_suite(h, _EPHEMERAL, _EPHEMERAL):
        offer.append((_SUPPORTED_GROUPS, messages.list16(s.key_agreement.groups)))
        offer.append((_EC_POINT_FORMATS, b"\x01\x00"))
    if any_suite(h, _PSK, 0):
        offer.append((_SIGNATURE_ALGORITHMS, messages.list16(SCHEMES)))
    offer.append((_EXTENDED_MASTER_SECRET, b""))
    offer.append((_RENEGOTIATION_INFO, b"\x00"))
    if s._suites:
        from latchkey.tls.others import extend

        extend(h, offer)
    if s._protocols:
        offer.append((_ALPN, messages.vector(s._protocols)))  # RFC 7301 section 3.1
    if h.c.judged or h.c.session:
        offer.append((_SESSION_TICKET, h.c.session.ticket if h.c.session else b""))  # RFC 5077 section 3.2
    if s.ocsp:
        offer.append((_STATUS_REQUEST, b"\x01\x00\x00\x00\x00"))  # ocsp, no responders named, no extensions
    limit = h.c.reader.limit
    if limit < _FULL_RECORD:  # RFC 6066 section 4, RFC 8449 section 4
        offer.append((_MAX_FRAGMENT_LENGTH, bytes((fragment_code(h),))))
        offer.append((_RECORD_SIZE_LIMIT, bytes((limit >> 8, limit & 255))))
    return offer


def any_suite(h, mask, bits):
    """Whether the key exchange of one that is offered has these bits under a mask."""
    at = 2
    while at < len(h.rows):
        if h.rows[at] & mask == bits:
            return True
        at += 4
    return False


def fragment_code(h):
    """max_fragment_length's code for the largest of 512, 1024, 2048, 4096 that the buffer holds."""
    code = 1
    while code < 4 and 512 << code <= h.c.reader.limit:
        code += 1
    return code


def send_client_hello(h):
    f = h.f
    if hasattr(h.settings.random, "reseed"):  # the pool draws on its true sources before each handshake
        yield from h.settings.random.reseed()
    random = bytearray(32)
    h.settings.random.fill(random)
    h.randoms = bytes(random), None
    h.rows = h.c.rows or h.settings._offered()
    if h.c.session:
        h.c.session.begin(h)
    offer = our_extensions(h)
    hello = messages.encode_client_hello(random, h.rows, offer, h.session_id)
    h.hello = hello, [kind for kind, _ in offer]
    yield from f.begin(_CLIENT_HELLO, len(hello))
    yield from f.put(hello)
    yield from f.flush()
    name = h.c.server_name
    h.note(">", "ClientHello", len(hello) + 4, "server_name " + name.decode() if name else "no server_name")


def recv_server_hello(h):
    s = h.settings
    yield from h.expect(_SERVER_HELLO, "server_hello")
    r = yield from h.f.body(_MAX_SERVER_HELLO)
    size = r.end
    version, random, session_id, number, compression, extensions = messages.decode_server_hello(r)
    # 1. Version, suite, compression. A server of TLS 1.3 that answers 1.2 says DOWNGRD 01 in its random; since 1.2 is the
    #    highest version we enable, that is no downgrade (RFC 8446 section 4.1.3).
    if version != _VERSION:
        raise Fault(_VERSION_NOT_SUPPORTED, "%d.%d" % (version >> 8, version & 255))
    suite = find(h.rows, number)
    if suite is None:
        raise Fault(_SUITE_NOT_OFFERED, number)
    if compression:
        raise Fault(_COMPRESSION_NOT_NULL)
    # 2. Only extensions that were offered (RFC 5246 section 7.4.1.4).
    hello, offered = h.hello
    for kind in extensions:
        if kind not in offered:
            raise Fault(_UNSOLICITED_EXTENSION, kind)
    # 3. What each says.
    h.c.suite = suite
    h.hash = hash_of(suite)
    h.randoms = h.randoms[0], random
    agree_extensions(h, extensions)
    agree_session(h, session_id, extensions)
    # 4. Now it is known what the transcript is hashed with.
    others = []  # what our keys sign with
    if s.identity is not None and not h.c.resumed:
        others = [hash_name(identity.schemes[0]) for identity in (s.identity,) + s._identities]
    h.f.hash_with(h.hash, others, hello, 2 if h.c.resumed else 3)
    h.f.feed(_SERVER_HELLO, memoryview(r.buf)[:size])
    h.hello = ()
    if h.c.trace:
        note = text("ciphers").name(suite) + ("" if suite[2] & _EPHEMERAL else ", no forward secrecy")
        h.note("<", "ServerHello", size + 4, note + (", resumed" if h.c.resumed else ""))


def agree_session(h, session_id, extensions):
    """Whether the server resumes what was offered, which it tells by its ID; a session that it declines is spent."""
    c = h.c
    h.ticketing = _SESSION_TICKET in extensions
    session = c.session
    if session:
        if session_id and session_id == h.session_id:
            session.agree(h, _MAX_FRAGMENT_LENGTH in extensions or _RECORD_SIZE_LIMIT in extensions)
            c.resumed = True
            return
        c.session = None
        session.drop()
        wipe(h.master)
    h.session_id = session_id if h.c.judged else b""


def agree_extensions(h, extensions):
    s = h.settings
    c = h.c
    info = extensions.get(_RENEGOTIATION_INFO)
    if info is None and s.require_secure_renegotiation:
        raise Fault(_NO_SECURE_RENEGOTIATION)
    if info is not None and info != b"\x00":  # RFC 5746 section 3.4
        raise Fault(_BAD_RENEGOTIATION_INFO)
    c.secure_renegotiation = info is not None
    for kind in (_EXTENDED_MASTER_SECRET, _SERVER_NAME, _STATUS_REQUEST, _SESSION_TICKET):
        if extensions.get(kind):  # these are empty in a ServerHello
            raise Fault(_DECODE_ERROR)
    c.extended_master_secret = _EXTENDED_MASTER_SECRET in extensions
    if s.require_extended_master_secret and not c.extended_master_secret:
        raise Fault(_NO_EXTENDED_MASTER_SECRET)
    if _ENCRYPT_THEN_MAC in extensions:
        from latchkey.tls.others import agree

        agree(c, extensions)
    h.stapling = _STATUS_REQUEST in extensions
    formats = extensions.get(_EC_POINT_FORMATS)
    if formats is not None:
        if len(formats) != 1 + formats[0] if formats else True:
            raise Fault(_DECODE_ERROR)
        if 0 not in formats[1:]:
            raise Fault(_NO_UNCOMPRESSED_POINTS)
    protocol = extensions.get(_ALPN)
    if protocol is not None:  # exactly one name (RFC 7301 section 3.1), as it stands in our list
        n = len(protocol)
        if n < 4 or protocol[0] or protocol[1] != n - 2 or protocol[2] != n - 3:
            raise Fault(_DECODE_ERROR)
        at = 0
        while s._protocols[at : at + n - 2] != protocol[2:]:
            if at == len(s._protocols):
                raise Fault(_PROTOCOL_NOT_OFFERED)
            at += 1 + s._protocols[at]
        c.protocol = protocol[3:].decode()
    # A limit that the server agreed to binds both directions (RFC 6066 section 4) or ours (RFC 8449 section 4), never both.
    fragment = extensions.get(_MAX_FRAGMENT_LENGTH)
    limit = extensions.get(_RECORD_SIZE_LIMIT)
    if fragment is not None:
        if limit is not None or fragment != bytes((fragment_code(h),)):
            raise Fault(_ALIEN_RECORD_LIMIT)
        c.writer.limit = h.limit = 256 << fragment[0]
    elif limit is not None:
        if len(limit) != 2:
            raise Fault(_DECODE_ERROR)
        limit = limit[0] << 8 | limit[1]
        if limit < 64:
            raise Fault(_ALIEN_RECORD_LIMIT)
        c.writer.limit = min(limit, _FULL_RECORD)
