"""Encoding and decoding of handshake messages (RFC 5246 section 7.4, RFC 8422 section 5): syntax here, sense where they are used.

`r` is a `wire.Reader` over a message's body.
"""

from struct import pack

from latchkey.errors import Fault

_DECODE_ERROR = const(330)
_REPEATED_EXTENSION = const(349)
_NOT_NAMED_CURVE = const(358)


def vector(data):
    """A vector of bytes with its 16-bit length."""
    return len(data).to_bytes(2, "big") + data


def list16(numbers):
    """A vector of 16-bit numbers with its 16-bit length."""
    return vector(pack(">%dH" % len(numbers), *numbers))


def encode_client_hello(random, suites, extensions, session_id=b""):
    """The body of ClientHello; `suites` are rows of cipher_suites.py, `extensions` (type, bytes)."""
    numbers = b"".join([suites[i : i + 2] for i in range(0, len(suites), 4)])
    tail = b"".join([pack(">HH", kind, len(data)) + data for kind, data in extensions])
    # null compression alone
    return b"".join((b"\x03\x03", random, bytes((len(session_id),)), session_id, vector(numbers), b"\x01\x00", vector(tail)))


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


def decode_server_key_exchange(r, signed=True):
    """`(group, point, parameters, scheme, signature)`; `parameters` are the bytes that the signature covers, where there is one."""
    start = r.pos
    if r.u8() != 3:  # ECCurveType named_curve
        raise Fault(_NOT_NAMED_CURVE)
    group = r.u16()
    point = r.bytes(r.u8())
    parameters = bytes(r.buf[start : r.pos])
    scheme = r.u16() if signed else 0
    signature = r.bytes(r.u16()) if signed else b""
    r.close(r.end)
    return group, point, parameters, scheme, signature
