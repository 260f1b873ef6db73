"""Messages and records: fragmentation, coalescing, floods, key changes: `latchkey.tls.framing`."""

from latchkey.errors import Fault
from latchkey.tls.connection import Connection
from latchkey.tls.framing import Framing
from latchkey.tls.record import READ, WRITE

HELLO = b"\x02\x00\x00\x05hello"
DONE = b"\x0e\x00\x00\x00"
ALERT_RECEIVED, CLOSED_IN_HANDSHAKE, DECODE_ERROR, UNEXPECTED_MESSAGE, BAD_ALERT_LEVEL = 305, 309, 330, 331, 336
BAD_CHANGE_CIPHER_SPEC, LEFTOVER, DATA_BEFORE_FINISHED, TOO_MANY_WARNINGS, TOO_MANY_HELLO_REQUESTS, TOO_LONG = 337, 338, 339, 341, 343, 344


def _record(data, kind=22):
    return bytes((kind, 3, 3, len(data) >> 8, len(data) & 255)) + data


def _framing(size=600):
    return Framing(Connection(bytearray(size), bytearray(size), None))


def _drive(f, job, wire, step=1 << 20):
    """Run `job` on the bytes of `wire`; returns (its result or None at the end of the wire, bytes left over)."""
    reader = f.reader
    at = 0
    try:
        while True:
            request = next(job)
            if request == READ:
                n = min(reader.want - reader.got, step, len(wire) - at)
                if n == 0:
                    return None, 0
                reader.target[reader.got : reader.got + n] = wire[at : at + n]
                reader.got += n
                at += n
    except StopIteration as end:
        return end.value, len(wire) - at


def _two_messages(f):
    kind, length = yield from f.header()
    r = yield from f.body(100)
    hello = r.bytes(r.end)
    second = yield from f.header()
    f.done()
    return kind, length, hello, second


def _cause(job_of, wire, size=600):
    f = _framing(size)
    try:
        _drive(f, job_of(f), wire)
    except Fault as fault:
        return fault.cause
    return None


def takes_messages_however_they_are_cut_and_joined():
    flight = HELLO + DONE
    wires = [_record(flight), _record(HELLO) + _record(DONE)]
    for cut in range(1, len(flight)):
        wires.append(_record(flight[:cut]) + _record(flight[cut:]))
    wires.append(b"".join([_record(flight[i : i + 1]) for i in range(len(flight))]))
    for wire in wires:
        for step in (1 << 20, 1, 3):
            f = _framing()
            assert _drive(f, _two_messages(f), wire + b"trailing", step) == ((2, 5, b"hello", (14, 0)), 8)


def every_strict_prefix_waits_for_more():
    wire = _record(HELLO[:3]) + _record(HELLO[3:] + DONE)
    for n in range(len(wire)):
        f = _framing()
        assert _drive(f, _two_messages(f), wire[:n]) == (None, 0), n


def transcript_is_the_messages_without_records_and_hello_requests():
    import hashlib

    f = _framing()
    f.transcript = [hashlib.sha256() for _ in range(3)]
    _drive(f, _two_messages(f), _record(HELLO[:6]) + _record(HELLO[6:] + b"\x00\x00\x00\x00" + DONE))
    expected = hashlib.sha256(HELLO + DONE).digest()
    assert [h.digest() for h in f.transcript] == [expected] * 3


def streams_a_message_larger_than_the_buffer():
    body = bytes(range(256)) * 12
    f = _framing(520)

    def collect():
        _, left = yield from f.header()
        out = b""
        while left:
            start, end = yield from f.chunk(left)
            out += bytes(f.reader.buf[start:end])
            left -= end - start
        return out

    assert _drive(f, collect(), _record(b"\x0b\x00\x0c\x00" + body))[0] == body


def refuses_a_message_beyond_its_bound():
    assert _cause(_two_messages, _record(b"\x02\x00\x00\x65")) == TOO_LONG


def refuses_a_read_beyond_the_message():
    def greedy(f):
        yield from f.header()
        yield from f.take(6)

    assert _cause(greedy, _record(HELLO)) == DECODE_ERROR


def refuses_a_body_where_none_belongs():
    def done(f):
        yield from f.header()
        f.done()

    assert _cause(done, _record(b"\x0e\x00\x00\x01x")) == DECODE_ERROR


def passes_over_hello_requests_but_refuses_a_flood():
    request = b"\x00\x00\x00\x00"
    f = _framing()
    assert _drive(f, _two_messages(f), _record(request * 16 + HELLO + DONE))[0][0] == 2
    assert _cause(_two_messages, _record(request * 17 + HELLO)) == TOO_MANY_HELLO_REQUESTS
    assert _cause(_two_messages, _record(b"\x00\x00\x00\x01x")) == DECODE_ERROR


def tolerates_some_warnings_and_refuses_a_flood():
    warning = _record(b"\x01\x70", 21)
    f = _framing()
    assert _drive(f, _two_messages(f), warning * 4 + _record(HELLO) + warning * 4 + _record(DONE))[0] is not None
    assert _cause(_two_messages, warning * 5) == TOO_MANY_WARNINGS


def raises_a_fatal_alert_with_its_number_even_cut_in_two():
    for wire in (_record(b"\x02\x28", 21), _record(b"\x02", 21) + _record(b"\x28", 21)):
        f = _framing()
        try:
            _drive(f, _two_messages(f), wire)
            raise Exception("ignored")
        except Fault as fault:
            assert (fault.cause, fault.detail) == (ALERT_RECEIVED, 40)


def refuses_alerts_of_no_level_and_a_close_in_the_handshake():
    assert _cause(_two_messages, _record(b"\x03\x28", 21)) == BAD_ALERT_LEVEL
    assert _cause(_two_messages, _record(b"\x01\x00", 21)) == CLOSED_IN_HANDSHAKE


def refuses_data_and_a_key_change_out_of_place():
    assert _cause(_two_messages, _record(b"x", 23)) == DATA_BEFORE_FINISHED
    assert _cause(_two_messages, _record(b"\x01", 20)) == UNEXPECTED_MESSAGE
    assert _cause(_two_messages, _record(HELLO[:5]) + _record(b"\x01", 20)) == UNEXPECTED_MESSAGE


def takes_one_change_cipher_spec_of_one_byte_at_a_boundary():
    def key_change(f):
        yield from f.header()
        yield from f.take(5)
        yield from f.change_cipher_spec()
        return True

    f = _framing()
    assert _drive(f, key_change(f), _record(HELLO) + _record(b"\x01", 20)) == (True, 0)
    assert _cause(key_change, _record(HELLO + b"\x14") + _record(b"\x01", 20)) == LEFTOVER
    assert _cause(key_change, _record(HELLO) + _record(b"\x14") + _record(b"\x01", 20)) == UNEXPECTED_MESSAGE
    assert _cause(key_change, _record(HELLO) + _record(b"\x02", 20)) == BAD_CHANGE_CIPHER_SPEC
    assert _cause(key_change, _record(HELLO) + _record(b"\x01\x01", 20)) == BAD_CHANGE_CIPHER_SPEC


def a_flight_gathers_in_the_buffer_and_leaves_as_one_write():
    f = _framing()

    def flight():
        yield from f.begin(11, 3)
        yield from f.put(b"abc")
        yield from f.begin(16, 2)
        yield from f.put(b"de")
        yield from f.send_change_cipher_spec(None)
        yield from f.flush()

    job = flight()
    assert next(job) == WRITE
    sent = bytes(f.writer.buf[f.writer.sent : f.writer.end])
    assert sent == _record(b"\x0b\x00\x00\x03abc") + _record(b"\x10\x00\x00\x02de") + _record(b"\x01", 20)
    f.writer.left(len(sent))
    try:
        next(job)
        raise Exception("asked again")
    except StopIteration:
        assert f.writer.end == 0


def a_message_larger_than_the_buffer_leaves_in_as_few_writes_as_it_takes():
    f = _framing(200)
    body = bytes(range(250)) * 2
    out = b""
    writes = 0

    def flight():
        yield from f.begin(11, 500)
        yield from f.put(body)
        yield from f.flush()

    for request in flight():
        assert request == WRITE
        out += bytes(f.writer.buf[f.writer.sent : f.writer.end])
        f.writer.left(f.writer.end - f.writer.sent)
        writes += 1
    assert writes == 3
    message = b""
    while out:
        n = out[3] << 8 | out[4]
        message += out[5 : 5 + n]
        out = out[5 + n :]
    assert message == b"\x0b\x00\x01\xf4" + body
