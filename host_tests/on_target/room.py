"""Memory lent to computations: `latchkey.crypto.room`."""

import uctypes

from latchkey.crypto import room


def _lent(buf, start=0, end=None):
    return room.Room(lambda: (buf, start, len(buf) if end is None else end))


def _within(piece, buf):
    return uctypes.addressof(buf) <= uctypes.addressof(piece) and uctypes.addressof(piece) + len(piece) <= uctypes.addressof(buf) + len(buf)


def pieces_are_zeros_at_addresses_that_8_divides_within_what_is_spare():
    buf = bytearray(b"\xaa" * 200)
    room.lend(_lent(buf, 13, 150))
    try:
        one = room.take(50)
        two = room.take(61)
        for piece in (one, two):
            assert _within(piece, buf) and uctypes.addressof(piece) & 7 == 0
            assert not any(piece)
        one[:] = b"\x55" * 50
        assert not any(two)
        assert buf[:13] == b"\xaa" * 13 and buf[150:] == b"\xaa" * 50
    finally:
        room.lend(None)


def what_does_not_fit_comes_from_the_heap():
    buf = bytearray(64)
    room.lend(_lent(buf))
    try:
        assert _within(room.take(40), buf)
        piece = room.take(40)
        assert len(piece) == 40 and not _within(piece, buf)
        room.give(piece)
        assert _within(room.take(20), buf)
    finally:
        room.lend(None)
    assert not _within(room.take(8), buf)


def what_is_given_back_is_wiped_and_lent_again():
    buf = bytearray(64)
    room.lend(_lent(buf))
    try:
        first = room.take(64)
        first[:] = b"\x55" * 64
        room.give(first)
        assert not any(buf)
        again = room.take(64)
        assert _within(again, buf)
    finally:
        room.lend(None)
    again[:] = b"\x55" * 64
    room.give(again)  # as a job does that is closed while nothing is lent
    assert not any(buf)


def a_piece_is_lent_once_until_it_comes_back():
    buf = bytearray(96)
    room.lend(_lent(buf))
    try:
        one = room.take(40)
        two = room.take(40)
        room.give(one)  # out of turn: still nobody gets it twice
        three = room.take(40)
        assert not _within(three, buf)
        two[:] = b"\x55" * 40
        assert not any(three)
    finally:
        room.lend(None)


def a_room_without_anything_spare_lends_nothing():
    room.lend(_lent(b""))
    try:
        assert len(room.take(16)) == 16
    finally:
        room.lend(None)
