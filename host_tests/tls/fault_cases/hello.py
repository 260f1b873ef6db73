"""ServerHello: version, suite, compression, extensions (RFC 5246 section 7.4.1.3, PROTOCOL: what may be agreed on)."""

from host_tests.peers import codec
from host_tests.peers.scripted import Message, Script

from .case import EC, Case, always, appended, flip, put, shortened

_BUFFERS = {"buffers": (2048, 1024)}  # small: limits of records are offered


def says(edit, **options) -> Script:
    return Script(EC, mutate={"server_hello": edit}, **options)


def extends(*more: tuple[int, bytes], **options) -> Script:
    """With further extensions behind the usual ones."""
    return Script(EC, extensions=lambda usual: [*usual, *more], **options)


def instead(kind: int, data: bytes, **options) -> Script:
    """With an extension that says something else."""
    return Script(EC, extensions=lambda usual: [*((k, d) for k, d in usual if k != kind), (kind, data)], **options)


def _hello(name: str, script: Script, cause: str | None = None, alert: int | None = None, **rest) -> Case:
    return Case(name, script, cause, alert, "server_hello" if cause else None, **rest)


def _version(name: str, number: int) -> Case:
    return _hello(f"picks {name}", says(put(0, number.to_bytes(2))), "VERSION_NOT_SUPPORTED", 70)


def _suite(name: str, number: int) -> Case:
    return _hello(f"picks the suite {name}, which was not offered", says(put(35, number.to_bytes(2))), "SUITE_NOT_OFFERED", 47)


_MFL, _RSL = codec.MAX_FRAGMENT_LENGTH, codec.RECORD_SIZE_LIMIT

CASES = (
    _version("TLS 1.1", 0x0302),
    _version("TLS 1.0", 0x0301),
    _version("SSL 3.0", 0x0300),
    _version("TLS 1.3 in the version field", 0x0304),
    _version("DTLS 1.2", 0xFEFD),
    _suite("RSA_WITH_AES_128_GCM_SHA256", 0x009C),
    _suite("ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xC009),
    _suite("NULL_WITH_NULL_NULL", 0x0000),
    _suite("TLS_AES_128_GCM_SHA256 of TLS 1.3", 0x1301),
    _suite("EMPTY_RENEGOTIATION_INFO_SCSV", 0x00FF),
    _suite("0x1a1a, a value of GREASE (RFC 8701)", 0x1A1A),
    _hello("picks a compression", says(put(37, b"\1")), "COMPRESSION_NOT_NULL", 47),
    # Extensions
    _hello("answers ALPN, which was not offered", extends((codec.ALPN, b"\0\3\2h2")), "UNSOLICITED_EXTENSION", 110),
    _hello(
        "answers session_ticket, which was not offered",
        extends((codec.SESSION_TICKET, b"")),
        "UNSOLICITED_EXTENSION",
        110,
        options={"settings": {"sessions": False}},
        openssl=False,
    ),
    _hello("answers status_request, which was not offered", extends((codec.STATUS_REQUEST, b"")), "UNSOLICITED_EXTENSION", 110),
    _hello("answers an extension nobody knows", extends((0x7777, b"\0")), "UNSOLICITED_EXTENSION", 110, openssl=False),
    _hello("answers 0x2a2a, an extension of GREASE", extends((0x2A2A, b"")), "UNSOLICITED_EXTENSION", 110, openssl=False),
    _hello("answers record_size_limit, which was not offered", extends((_RSL, b"\1\0")), "UNSOLICITED_EXTENSION", 110, openssl=False),
    _hello("answers max_fragment_length, which was not offered", extends((_MFL, b"\1")), "UNSOLICITED_EXTENSION", 110),
    _hello(
        "answers extended_master_secret twice",
        extends((codec.EXTENDED_MASTER_SECRET, b"")),
        "REPEATED_EXTENSION",
        47,
    ),
    _hello("answers an extension nobody knows twice", extends((0x7777, b""), (0x7777, b"")), "REPEATED_EXTENSION", 47, openssl=False),
    _hello(
        "sends a renegotiation_info that is not empty",
        instead(codec.RENEGOTIATION_INFO, b"\x0c" + bytes(12)),
        "BAD_RENEGOTIATION_INFO",
        40,
    ),
    _hello("sends a renegotiation_info without its length", instead(codec.RENEGOTIATION_INFO, b""), "BAD_RENEGOTIATION_INFO", 40),
    _hello("knows no renegotiation_info", Script(EC, renegotiation_info=False), openssl=False),
    _hello(
        "knows no renegotiation_info, which the context requires",
        Script(EC, renegotiation_info=False),
        "NO_SECURE_RENEGOTIATION",
        40,
        options={"settings": {"require_secure_renegotiation": True}},
    ),
    _hello("knows no extended_master_secret", Script(EC, extended_master_secret=False)),
    _hello(
        "knows no extended_master_secret, which the context requires",
        Script(EC, extended_master_secret=False),
        "NO_EXTENDED_MASTER_SECRET",
        40,
        options={"settings": {"require_extended_master_secret": True}},
        openssl=False,
    ),
    _hello("puts something into extended_master_secret", instead(codec.EXTENDED_MASTER_SECRET, b"\0"), "DECODE_ERROR", 50, openssl=False),
    _hello("puts something into server_name", instead(codec.SERVER_NAME, b"\0"), "DECODE_ERROR", 50),
    _hello("acknowledges server_name", instead(codec.SERVER_NAME, b"")),
    # RFC 8422 section 5.1.2: the client must end it. OpenSSL's releases differ.
    _hello("offers compressed points alone", instead(codec.EC_POINT_FORMATS, b"\1\1"), "NO_UNCOMPRESSED_POINTS", 47, openssl=False),
    _hello("offers no point format at all", instead(codec.EC_POINT_FORMATS, b"\0"), "NO_UNCOMPRESSED_POINTS", 47),
    _hello("sends ec_point_formats cut short", instead(codec.EC_POINT_FORMATS, b"\2\0"), "DECODE_ERROR", 50),
    _hello("sends ec_point_formats with a rest", instead(codec.EC_POINT_FORMATS, b"\1\0\0"), "DECODE_ERROR", 50),
    _hello("sends ec_point_formats without a length", instead(codec.EC_POINT_FORMATS, b""), "DECODE_ERROR", 50),
    _hello("leaves ec_point_formats out", Script(EC, extensions=lambda usual: [e for e in usual if e[0] != codec.EC_POINT_FORMATS])),
    _hello(
        "sends no extensions at all",
        Script(EC, renegotiation_info=False, extended_master_secret=False, extensions=lambda _: []),
        openssl=False,
    ),
    # Limits of records (RFC 6066 section 4, RFC 8449)
    _hello("agrees to max_fragment_length", Script(EC, record_limit="max_fragment_length"), options=_BUFFERS),
    _hello("agrees to record_size_limit", Script(EC, record_limit="record_size_limit"), options=_BUFFERS),
    _hello("answers max_fragment_length with a smaller one", extends((_MFL, b"\1")), "ALIEN_RECORD_LIMIT", 47, options=_BUFFERS),
    _hello("answers max_fragment_length with an unknown code", extends((_MFL, b"\5")), "ALIEN_RECORD_LIMIT", 47, options=_BUFFERS),
    _hello("answers max_fragment_length with nothing", extends((_MFL, b"")), "ALIEN_RECORD_LIMIT", 47, options=_BUFFERS),
    _hello("answers a record_size_limit below 64", extends((_RSL, b"\0\x3f")), "ALIEN_RECORD_LIMIT", 47, options=_BUFFERS, openssl=False),
    _hello("answers a record_size_limit of one byte", extends((_RSL, b"\x40")), "DECODE_ERROR", 50, options=_BUFFERS, openssl=False),
    _hello("answers both limits", extends((_RSL, b"\x40\0"), (_MFL, b"\3")), "ALIEN_RECORD_LIMIT", 47, options=_BUFFERS),
    # Form
    _hello("sends an empty ServerHello", says(always(b"")), "DECODE_ERROR", 50),
    _hello("sends a ServerHello cut in its random", says(lambda body: body[:20]), "DECODE_ERROR", 50),
    _hello("sends a ServerHello cut in its extensions", says(shortened()), "DECODE_ERROR", 50),
    _hello("sends a byte behind ServerHello's extensions", says(appended(b"\0")), "DECODE_ERROR", 50),
    _hello("sends extensions that run over their list", says(lambda body: body[:38] + b"\0\5" + body[40:]), "DECODE_ERROR", 50),
    _hello("sends a session id of 33 bytes", says(lambda body: body[:34] + b"\x21" + bytes(33) + body[35:]), "DECODE_ERROR", 50),
    _hello("sends a session id, as one that keeps sessions does", says(lambda body: body[:34] + b"\x20" + bytes(32) + body[35:])),
    _hello("sends a ServerHello of 70,000 bytes", says(appended(bytes(70_000))), "MESSAGE_TOO_LONG", 50),
    _hello(
        "announces a ServerHello of 16 MB",
        Script(EC, records=lambda r: [flip_length(r.raw)] if (r.kind, r.index) == (codec.HANDSHAKE, 0) else [r.raw]),
        "MESSAGE_TOO_LONG",
        50,
    ),
    # The downgrade sentinels (RFC 8446 section 4.1.3): 1.2 is our highest version, so neither is a downgrade.
    _hello("could have spoken TLS 1.3 and says so in its random", Script(EC, random=bytes(24) + b"DOWNGRD\1")),
    _hello("says in its random that we offered less than TLS 1.2", Script(EC, random=bytes(24) + b"DOWNGRD\0")),
    # Order
    _hello("sends no ServerHello", Script(EC, first_flight=("certificate",)), "UNEXPECTED_MESSAGE", 10),
    _hello(
        "answers with a ClientHello",
        Script(EC, first_flight=(), after={"client_hello": [Message("client_hello", bytes(40))]}),
        "UNEXPECTED_MESSAGE",
        10,
    ),
    Case("sends ServerHello twice", Script(EC, first_flight=("server_hello", "server_hello")), "UNEXPECTED_MESSAGE", 10, "certificate"),
    Case(
        "changes ServerHello's random on the way",
        Script(EC, records=lambda r: [flip(20)(r.raw)] if (r.kind, r.index) == (22, 0) else [r.raw]),
        "BAD_KEY_EXCHANGE_SIGNATURE",
        51,
        "server_key_exchange",
    ),
)


def flip_length(raw: bytes) -> bytes:
    """The length of the message that a record begins with is changed to the most there is."""
    return raw[:6] + b"\xff\xff\xff" + raw[9:]
