"""Cursors and the encoding of messages: `latchkey.tls.wire`, `latchkey.tls.messages`."""

from latchkey.errors import Fault
from latchkey.tls import messages
from latchkey.tls.wire import Reader

DECODE_ERROR = 330
REPEATED_EXTENSION = 349
NOT_NAMED_CURVE = 358

SERVER_HELLO = (
    b"\x03\x03"
    + bytes(range(32))
    + b"\x04abcd"
    + b"\xc0\x2b\x00"
    + b"\x00\x0d"
    + b"\x00\x17\x00\x00"
    + b"\xff\x01\x00\x01\x00"
    + b"\x00\x01\x00\x00"
)
KEY_EXCHANGE = b"\x03\x00\x17\x41" + b"\x04" + bytes(64) + b"\x04\x03\x00\x03xyz"


def _cause(function, *args):
    try:
        function(*args)
    except Fault as fault:
        return fault.cause
    return None


def _reader(data):
    return Reader(data, 0, len(data))


def reads_integers_and_nested_vectors_from_any_offset():
    data = b"??" + b"\x01\x02\x03\x04\x05\x06" + b"\x00\x03abc" + b"??"
    r = Reader(data, 2, len(data) - 2)
    assert (r.u8(), r.u16(), r.u24()) == (1, 0x0203, 0x040506)
    outer = r.open(r.u16())
    assert r.bytes(3) == b"abc" and not r.more()
    r.close(outer)
    assert not r.more()


def refuses_a_read_beyond_the_open_vector():
    r = _reader(b"\x02abcd")
    r.open(r.u8())
    r.skip(2)
    assert _cause(r.u8) == DECODE_ERROR


def refuses_leftovers_of_a_vector():
    r = _reader(b"\x02abcd")
    outer = r.open(r.u8())
    r.u8()
    assert _cause(r.close, outer) == DECODE_ERROR


def refuses_a_vector_longer_than_what_holds_it():
    assert _cause(_reader(b"abc").open, 4) == DECODE_ERROR


def decodes_a_server_hello():
    version, random, session, suite, compression, extensions = messages.decode_server_hello(_reader(SERVER_HELLO))
    assert (version, random, session, suite, compression) == (0x0303, bytes(range(32)), b"abcd", 0xC02B, 0)
    assert extensions == {23: b"", 0xFF01: b"\x00", 1: b""}


def decodes_a_server_hello_without_extensions():
    assert messages.decode_server_hello(_reader(SERVER_HELLO[:42]))[5] == {}


def rejects_every_strict_prefix_of_a_server_hello():
    for n in range(len(SERVER_HELLO)):
        if n != 42:  # the version without extensions is whole
            assert _cause(messages.decode_server_hello, _reader(SERVER_HELLO[:n])) == DECODE_ERROR, n


def rejects_a_server_hello_with_trailing_bytes():
    assert _cause(messages.decode_server_hello, _reader(SERVER_HELLO + b"\x00")) == DECODE_ERROR


def rejects_an_extension_that_stands_twice():
    twice = SERVER_HELLO[:42] + b"\x00\x08" + b"\x00\x17\x00\x00" * 2
    assert _cause(messages.decode_server_hello, _reader(twice)) == REPEATED_EXTENSION


def decodes_a_server_key_exchange_and_what_its_signature_covers():
    group, point, parameters, scheme, signature = messages.decode_server_key_exchange(_reader(KEY_EXCHANGE))
    assert (group, len(point), scheme, signature) == (23, 65, 0x0403, b"xyz")
    assert parameters == KEY_EXCHANGE[:69]


def rejects_every_strict_prefix_of_a_server_key_exchange():
    for n in range(len(KEY_EXCHANGE)):
        assert _cause(messages.decode_server_key_exchange, _reader(KEY_EXCHANGE[:n])) == DECODE_ERROR, n
    assert _cause(messages.decode_server_key_exchange, _reader(KEY_EXCHANGE + b"\x00")) == DECODE_ERROR


def rejects_explicit_curve_parameters():
    assert _cause(messages.decode_server_key_exchange, _reader(b"\x01" + KEY_EXCHANGE[1:])) == NOT_NAMED_CURVE


def random_bytes_raise_only_faults():
    state = 1
    for _ in range(400):
        data = bytearray(60)
        for i in range(60):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            data[i] = state >> 16 & 255
        data[0] = 3
        for decode in (messages.decode_server_hello, messages.decode_server_key_exchange):
            try:
                decode(_reader(data))
            except Fault:
                pass


def encodes_a_client_hello_with_nested_lengths():
    name = messages.vector(b"\x00" + messages.vector(b"a.example"))
    r = _reader(messages.encode_client_hello(bytes(32), b"\xc0\x2b\x00\x00\xc0\x2f\x01\x00", [(0, name), (10, messages.list16((23,)))]))
    assert r.u16() == 0x0303 and r.bytes(32) == bytes(32) and r.u8() == 0
    assert r.bytes(r.u16()) == b"\xc0\x2b\xc0\x2f"
    assert r.bytes(r.u8()) == b"\x00"
    outer = r.open(r.u16())
    assert r.u16() == 0
    inner = r.open(r.u16())
    assert r.u16() == 12 and r.u8() == 0 and r.bytes(r.u16()) == b"a.example"
    r.close(inner)
    assert r.u16() == 10 and r.bytes(r.u16()) == b"\x00\x02\x00\x17"
    r.close(outer)
    assert not r.more()
