"""Encoding and decoding of handshake messages (RFC 5246 section 7.4, RFC 8422 section 5): syntax here, sense in `handshake.py`."""

from micropython import const

from latchkey.errors import Fault
from latchkey.tls.wire import Writer

# ExtensionType
SERVER_NAME = const(0)
MAX_FRAGMENT_LENGTH = const(1)
STATUS_REQUEST = const(5)
SUPPORTED_GROUPS = const(10)
EC_POINT_FORMATS = const(11)
SIGNATURE_ALGORITHMS = const(13)
EXTENDED_MASTER_SECRET = const(23)
RECORD_SIZE_LIMIT = const(28)
RENEGOTIATION_INFO = const(0xFF01)

_DECODE_ERROR = const(330)
_REPEATED_EXTENSION = const(349)
_NOT_NAMED_CURVE = const(358)


def encode_client_hello(buf, random, suites, extensions):
    """The body of ClientHello into `buf`; `extensions` are (type, bytes). Returns its length."""
    w = Writer(buf)
    w.u16(0x0303)
    w.put(random)
    w.u8(0)  # no session
    at = w.open(2)
    for suite in suites:
        w.u16(suite[0])
    w.close(at, 2)
    w.put(b"\x01\x00")  # null compression alone
    at = w.open(2)
    for kind, data in extensions:
        w.u16(kind)
        w.u16(len(data))
        w.put(data)
    w.close(at, 2)
    return w.pos


def host_name(name):
    """The extension data of server_name (RFC 6066 section 3) for an ASCII host name in bytes."""
    n = len(name)
    return bytes((n + 3 >> 8, n + 3 & 255, 0, n >> 8, n & 255)) + name


def list16(numbers):
    """A vector of 16-bit numbers with its 16-bit length."""
    out = bytearray((len(numbers) * 2 >> 8, len(numbers) * 2 & 255))
    for number in numbers:
        out.append(number >> 8)
        out.append(number & 255)
    return out


def decode_server_hello(r):
    """`(version, random, session id, suite, compression, {type: data})`; an extension that stands twice is refused here."""
    version = r.u16()
    random = r.bytes(32)
    n = r.u8()
    if n > 32:  # SessionID<0..32>
        raise Fault(_DECODE_ERROR)
    session_id = r.bytes(n)
    suite = r.u16()
    compression = r.u8()
    extensions = {}
    if r.more():
        outer = r.open(r.u16())
        while r.more():
            kind = r.u16()
            if kind in extensions:
                raise Fault(_REPEATED_EXTENSION, kind)
            extensions[kind] = r.bytes(r.u16())
        r.close(outer)
    r.close(r.end)
    return version, random, session_id, suite, compression, extensions


def decode_server_key_exchange(r):
    """`(group, point, parameters, scheme, signature)`; `parameters` are the bytes that the signature covers."""
    start = r.pos
    if r.u8() != 3:  # ECCurveType named_curve
        raise Fault(_NOT_NAMED_CURVE)
    group = r.u16()
    point = r.bytes(r.u8())
    parameters = bytes(r.buf[start : r.pos])
    scheme = r.u16()
    signature = r.bytes(r.u16())
    r.close(r.end)
    return group, point, parameters, scheme, signature
