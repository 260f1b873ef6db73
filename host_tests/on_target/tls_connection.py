"""The data phase: `latchkey.tls.application_data` over two in-memory directions."""

from latchkey.crypto.gcm import AESGCM
from latchkey.errors import Fault
from latchkey.tls.application_data import CLOSED, begin_write, pay, receive
from latchkey.tls.connection import Connection
from latchkey.tls.record import READ, READY, Protection, RecordReader, RecordWriter

KEY = b"sixteen byte key"
ALERT_RECEIVED, UNEXPECTED_MESSAGE, DATA_BEFORE_FINISHED, TOO_MANY_WARNINGS, TOO_MANY_HELLO_REQUESTS = 305, 331, 339, 341, 343


def _pair(size=600):
    """A connection that is established, and the peer's writer and reader."""
    c = Connection(bytearray(size + 24), bytearray(size + 29), None)
    c.peer_ok, c.key_exchange_ok, c.finished_ok = "peer", 23, True
    writer, reader = RecordWriter(bytearray(size + 29)), RecordReader(bytearray(size + 24))
    for direction, salt in ((c.reader, b"them"), (writer, b"them"), (c.writer, b"ours"), (reader, b"ours")):
        direction.protection = Protection(AESGCM(KEY), salt)
    return c, writer, reader


def _send(writer, kind, data):
    writer.begin(kind)
    writer.append(data)
    writer.finish()
    while not writer.step():
        pass
    wire = bytes(writer.buf[: writer.end])
    writer.left(writer.end)
    return wire


def _receive(c, wire):
    """Feed `wire`; the data that came, and the last request."""
    out = b""
    at = 0
    while True:
        request = receive(c)
        reader = c.reader
        if request == READY:
            n = reader.end - reader.start
            start = reader.take(n)
            out += bytes(reader.buf[start : start + n])
        elif request == READ:
            n = min(reader.want - reader.got, len(wire) - at)
            if n == 0:
                return out, request
            reader.target[reader.got : reader.got + n] = wire[at : at + n]
            reader.got += n
            at += n
        elif request == CLOSED:
            return out, request


def _ours(c, reader):
    """What the connection wrote, as the peer reads it: [(kind, plaintext)]."""
    wire = bytes(c.writer.buf[: c.writer.end])
    c.writer.left(c.writer.end)
    out = []
    at = 0
    while True:
        request = reader.receive()
        if request == READY:
            n = reader.end - reader.start
            start = reader.take(n)
            out.append((reader.kind, bytes(reader.buf[start : start + n])))
        elif request == READ:
            n = min(reader.want - reader.got, len(wire) - at)
            if n == 0:
                return out
            reader.target[reader.got : reader.got + n] = wire[at : at + n]
            reader.got += n
            at += n


def _cause(c, wire):
    try:
        _receive(c, wire)
    except Fault as fault:
        return fault.cause
    return None


def no_data_flows_unless_all_three_tokens_are_set():
    for token in ("peer_ok", "key_exchange_ok", "finished_ok"):
        c, writer, _ = _pair()
        setattr(c, token, None)
        assert _cause(c, _send(writer, 23, b"data")) == DATA_BEFORE_FINISHED
        try:
            begin_write(c, b"data")
            raise Exception("wrote without " + token)
        except Fault as fault:
            assert fault.cause == DATA_BEFORE_FINISHED


def data_come_in_order_until_close_notify():
    c, writer, _ = _pair()
    wire = _send(writer, 23, b"one ") + _send(writer, 23, b"two") + _send(writer, 21, b"\x01\x00")
    assert _receive(c, wire) == (b"one two", CLOSED)


def data_after_close_notify_are_not_read():
    c, writer, _ = _pair()
    wire = _send(writer, 21, b"\x01\x00") + _send(writer, 23, b"late")
    assert _receive(c, wire) == (b"", CLOSED)


def a_fatal_alert_ends_it_with_its_number():
    c, writer, _ = _pair()
    try:
        _receive(c, _send(writer, 21, b"\x02\x14"))
        raise Exception("ignored")
    except Fault as fault:
        assert (fault.cause, fault.detail) == (ALERT_RECEIVED, 20)


def a_hello_request_is_answered_once_with_no_renegotiation():
    c, writer, reader = _pair()
    assert _receive(c, _send(writer, 22, b"\x00\x00") + _send(writer, 22, b"\x00\x00")) == (b"", READ)
    assert c.owes_no_renegotiation
    pay(c)
    assert _ours(c, reader) == [(21, b"\x01\x64")]
    _receive(c, _send(writer, 22, bytes(4)))
    assert not c.owes_no_renegotiation
    pay(c)
    assert _ours(c, reader) == []


def refuses_a_flood_of_hello_requests():
    c, writer, _ = _pair()
    assert _cause(c, _send(writer, 22, bytes(4 * 16))) is None
    assert _cause(c, _send(writer, 22, bytes(4))) == TOO_MANY_HELLO_REQUESTS


def refuses_other_handshake_messages_and_key_changes():
    c, writer, _ = _pair()
    assert _cause(c, _send(writer, 22, b"\x02\x00\x00\x00")) == UNEXPECTED_MESSAGE
    c, writer, _ = _pair()
    assert _cause(c, _send(writer, 20, b"\x01")) == UNEXPECTED_MESSAGE


def writes_records_no_longer_than_the_peer_accepts():
    c, _, reader = _pair()
    c.writer.limit = 100
    data = bytes(range(250))
    out = b""
    while data:
        n = begin_write(c, data)
        while not c.writer.step():
            pass
        assert n <= 100
        out += _ours(c, reader)[0][1]
        data = data[n:]
    assert out == bytes(range(250))


def an_alert_stands_behind_a_record_that_is_half_written():
    c, _, reader = _pair()
    begin_write(c, b"data")
    while not c.writer.step():
        pass
    c.writer.left(5)
    assert c.send_alert(0)
    c.writer.sent = 0  # what left, and what is to leave
    assert _ours(c, reader) == [(23, b"data"), (21, b"\x01\x00")]


def no_alert_follows_a_record_that_is_half_sealed():
    c, _, _ = _pair(6000)
    begin_write(c, bytes(5000))  # two steps or more by any kernel
    assert not c.writer.step()
    assert not c.send_alert(0)
    assert len(c.writer.outgoing()) == 0


def an_empty_record_of_another_type_than_data_is_out_of_place():
    for kind in (20, 21, 22):
        c, writer, _ = _pair()
        assert _cause(c, _send(writer, kind, b"")) == UNEXPECTED_MESSAGE, kind
    c, writer, _ = _pair()
    assert _receive(c, _send(writer, 23, b"") + _send(writer, 23, b"x")) == (b"x", READ)


def nothing_comes_between_the_halves_of_an_alert():
    for kind, rest in ((22, bytes(4)), (23, b"x"), (20, b"\x01")):
        c, writer, _ = _pair()
        assert _cause(c, _send(writer, 21, b"\x01") + _send(writer, kind, rest)) == UNEXPECTED_MESSAGE, kind
    c, writer, _ = _pair()
    assert _receive(c, _send(writer, 21, b"\x01") + _send(writer, 21, b"\x00")) == (b"", CLOSED)


def warnings_are_passed_over_four_in_a_row():
    for description in (10, 40, 41, 90, 100, 112, 255):
        c, writer, _ = _pair()
        warning = bytes((1, description))
        for kind, data in ((21, warning * 4), (23, b"x"), (21, warning * 4)):
            assert _receive(c, _send(writer, kind, data)) == (data if kind == 23 else b"", READ)
        assert _cause(c, _send(writer, 21, warning)) == TOO_MANY_WARNINGS


def what_was_forgotten_has_no_buffers():
    c, writer, _ = _pair()
    _receive(c, _send(writer, 23, b"data"))
    begin_write(c, b"data")
    c.forget()
    assert not c.reader.buf and not c.writer.buf and not c.established()
