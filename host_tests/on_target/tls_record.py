"""The record layer, both directions over AES-128-GCM: `latchkey.tls.record`."""

import micropython

from latchkey.crypto.gcm import AESGCM
from latchkey.errors import Fault
from latchkey.tls.record import READ, READY, Protection, RecordReader, RecordWriter

KEY = b"sixteen byte key"
SALT = b"salt"
RECORD_OVERFLOW, BUFFER_TOO_SMALL, UNKNOWN_TYPE, BAD_VERSION, NOT_PROTECTED = 332, 333, 334, 335, 340
TOO_MANY_EMPTY, KEY_WORN_OUT, BAD_TAG = 342, 365, 602
INTERRUPTED, DATA_BEFORE_FINISHED = 304, 339


def _writer(size=1200, protected=True):
    writer = RecordWriter(bytearray(size))
    writer.protection = Protection(AESGCM(KEY), SALT) if protected else None
    return writer


def _reader(limit=1100, protected=True):
    reader = RecordReader(bytearray(limit + 24))
    reader.protection = Protection(AESGCM(KEY), SALT) if protected else None
    return reader


def _sealed(writer, kind, data):
    writer.begin(kind)
    writer.append(data)
    writer.finish()
    while not writer.step():
        pass
    out = bytes(writer.buf[: writer.end])
    writer.left(writer.end)
    return out


def _feed(reader, data, step=1 << 20):
    """Feed `data`, at most `step` bytes a read; returns [(kind, plaintext)] of what came out, and how many bytes were never asked for."""
    out = []
    at = 0
    while True:
        request = reader.receive()
        if request == READY:
            kind = reader.kind
            n = reader.end - reader.start
            start = reader.take(n)
            out.append((kind, bytes(reader.buf[start : start + n])))
        elif request == READ:
            n = min(reader.want - reader.got, step, len(data) - at)
            if n == 0:
                return out, len(data) - at
            reader.target[reader.got : reader.got + n] = data[at : at + n]
            reader.got += n
            at += n


def _cause(reader, data):
    try:
        _feed(reader, data)
    except Fault as fault:
        return fault.cause
    return None


def opens_what_was_sealed_whole_and_byte_by_byte():
    writer = _writer()
    texts = [b"", b"x", bytes(range(256)) * 4, b"y" * 1023, b"z" * 1025]
    wire = b"".join([_sealed(writer, 23, text) for text in texts])
    for step in (1 << 20, 1, 7):
        out, left = _feed(_reader(), wire, step)
        assert [text for _, text in out] == texts[1:] and left == 0


def reads_nothing_beyond_the_record():
    wire = _sealed(_writer(), 23, b"hello")
    reader = _reader()
    reader.receive()
    reader.target[:5] = wire[:5]
    reader.got = 5
    reader.receive()
    assert reader.want == len(wire) - 5 and reader.got == 0


def no_prefix_of_a_protected_record_releases_anything():
    wire = _sealed(_writer(), 23, b"hello")
    for n in range(len(wire)):
        assert _feed(_reader(), wire[:n]) == ([], 0), n


def streams_a_plaintext_record_larger_than_the_buffer():
    data = bytes(range(256)) * 8
    out, _ = _feed(_reader(512, False), b"\x16\x03\x03\x08\x00" + data)
    assert len(out) > 1 and b"".join([text for _, text in out]) == data


def rejects_a_changed_bit_anywhere():
    wire = _sealed(_writer(), 23, b"hello")
    for at in range(5, len(wire)):
        changed = bytearray(wire)
        changed[at] ^= 1
        assert _cause(_reader(), changed) == BAD_TAG, at
    assert _cause(_reader(), b"\x16" + wire[1:]) == BAD_TAG


def rejects_a_replayed_record():
    wire = _sealed(_writer(), 23, b"hello")
    assert _cause(_reader(), wire + wire) == BAD_TAG


def rejects_a_record_out_of_order():
    writer = _writer()
    first, second = _sealed(writer, 23, b"one"), _sealed(writer, 23, b"two")
    assert _cause(_reader(), second + first) == BAD_TAG


def explicit_nonce_is_the_sequence_number():
    writer = _writer()
    for number in range(3):
        assert _sealed(writer, 23, b"a")[5:13] == bytes(7) + bytes((number,))


def rejects_a_protected_record_that_the_buffer_cannot_hold_and_names_the_size():
    wire = _sealed(_writer(), 23, b"x" * 1000)
    try:
        _feed(_reader(600), wire)
        raise Exception("accepted")
    except Fault as fault:
        assert (fault.cause, fault.detail) == (BUFFER_TOO_SMALL, 1000)


def rejects_lengths_beyond_the_protocol():
    assert _cause(_reader(), b"\x17\x03\x03\x48\x01") == RECORD_OVERFLOW
    assert _cause(_reader(512, False), b"\x16\x03\x03\x40\x01") == RECORD_OVERFLOW


def rejects_a_record_too_short_to_be_protected():
    assert _cause(_reader(), b"\x16\x03\x03\x00\x10") == NOT_PROTECTED


def rejects_what_is_not_tls():
    assert _cause(_reader(512, False), b"HTTP/1.1 400") == UNKNOWN_TYPE
    assert _cause(_reader(512, False), b"\x16\x02\x00\x00\x05") == BAD_VERSION
    assert _cause(_reader(), b"\x17\x03\x01\x00\x20") == BAD_VERSION


def refuses_a_flood_of_empty_records():
    writer = _writer()
    some = b"".join([_sealed(writer, 23, b"") for _ in range(16)])
    reader = _reader()
    assert _feed(reader, some + _sealed(writer, 23, b"x"))[0] == [(23, b"x")]
    assert _cause(reader, b"".join([_sealed(writer, 23, b"") for _ in range(17)])) == TOO_MANY_EMPTY
    assert _cause(_reader(512, False), b"\x16\x03\x03\x00\x00" * 17) == TOO_MANY_EMPTY


def retires_a_key_after_2_to_the_24_records():
    writer = _writer()
    writer.protection.count = (1 << 24) - 1
    assert _sealed(writer, 23, b"last")[5:13] == b"\x00\x00\x00\x00\x00\xff\xff\xff"
    try:
        _sealed(writer, 23, b"one more")
        raise Exception("sealed")
    except Fault as fault:
        assert fault.cause == KEY_WORN_OUT
    reader = _reader()
    reader.protection.count = 1 << 24
    assert _cause(reader, b"\x17\x03\x03\x00\x18" + bytes(24)) == KEY_WORN_OUT


def nothing_is_handed_over_that_is_not_sealed_however_a_step_is_left():
    text = bytes([65 + i % 26 for i in range(5000)])  # two steps or more by any kernel

    class Stops:
        """An AEAD that ends with an exception at its n-th step, before or after the work of it."""

        def __init__(self, n, before):
            self.aead = AESGCM(KEY)
            self.left = n
            self.before = before
            self.seal_start = self.aead.seal_start

        def step(self):
            self.left -= 1
            if not self.left and self.before:
                raise KeyboardInterrupt
            done = self.aead.step()
            if not self.left:
                raise KeyboardInterrupt
            return done

        def wipe(self):
            self.aead.wipe()

    for n in range(1, 3):
        for before in (True, False):
            writer = _writer(6000)
            writer.protection.aead = Stops(n, before)
            writer.begin(23)
            writer.append(text)
            assert len(writer.outgoing()) == 0
            writer.finish()
            assert len(writer.outgoing()) == 0
            try:
                while not writer.step():
                    assert len(writer.outgoing()) == 0
                raise Exception("went on")
            except KeyboardInterrupt:
                pass
            assert len(writer.outgoing()) == 0
            for call in (writer.step, lambda writer=writer: writer.begin(21)):
                try:
                    call()
                    raise Exception("a step that was left half-way goes on")
                except Fault as fault:
                    assert fault.cause == INTERRUPTED
            writer.discard()
            assert len(writer.outgoing()) == 0


def no_plaintext_is_taken_by_a_worn_out_key_nor_by_none():
    writer = _writer()
    writer.protection.count = 1 << 24
    before = bytes(writer.buf)
    for cause in (KEY_WORN_OUT, DATA_BEFORE_FINISHED):
        try:
            writer.begin(23)
            raise Exception("begun")
        except Fault as fault:
            assert fault.cause == cause
        assert writer.buf == before and len(writer.outgoing()) == 0
        writer.protection = None
    writer.begin(22)  # a handshake message needs none


def a_retired_direction_does_nothing():
    writer = _writer()
    writer.begin(23)
    writer.append(b"secret")
    writer.retire()
    for call in (lambda: writer.begin(23), lambda: writer.append(b"x"), writer.finish, writer.step):
        try:
            call()
            raise Exception("did something")
        except Fault as fault:
            assert fault.cause == INTERRUPTED
    writer.left(5)
    assert len(writer.outgoing()) == 0 and writer.room() == 0
    writer.sealing, writer.body, writer.ready = 0, 13, 30  # as code may leave it that was half-way when it was retired
    assert len(writer.outgoing()) == 0
    for call in (lambda: writer.append(b"secret"), writer.finish):
        try:
            call()
            raise Exception("did something")
        except TypeError:
            pass
    reader = _reader()
    reader.retire()
    try:
        reader.receive()
        raise Exception("received")
    except Fault as fault:
        assert fault.cause == INTERRUPTED
    _, start, end = reader.spare()
    assert start == end and reader.got == reader.want


def gathers_records_until_the_buffer_is_full():
    writer = _writer(100, False)
    assert writer.room() == 95
    writer.begin(22)
    writer.append(b"a" * 40)
    writer.finish()
    assert writer.room() == 100 - 45 - 5
    writer.limit = 20
    assert writer.room() == 20
    writer.begin(22)
    writer.append(b"b" * 15)
    assert writer.room() == 5


def seals_and_opens_without_allocating():
    writer, reader = _writer(), _reader()
    _feed(reader, _sealed(writer, 23, b"first"))  # everything lazy is loaded now
    writer.begin(23)
    writer.append(bytes(1024))
    micropython.heap_lock()
    try:
        writer.finish()
        while not writer.step():
            pass
    finally:
        micropython.heap_unlock()
    wire = bytes(writer.buf[: writer.end])
    reader.receive()
    reader.target[:5] = wire[:5]
    reader.got = 5
    reader.receive()
    n = reader.want
    reader.target[:n] = wire[5:]
    reader.got = n
    micropython.heap_lock()
    try:
        while reader.receive() != READY:
            pass
        reader.take(1024)
    finally:
        micropython.heap_unlock()
    assert bytes(reader.buf[8 : 8 + 1024]) == bytes(1024)
