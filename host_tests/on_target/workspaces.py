"""Memory lent to computations: `latchkey.crypto.util`."""

import uctypes

from latchkey.crypto import util


def _lent(buf, start=0, end=None):
    return util.Room(lambda: (buf, start, len(buf) if end is None else end))


def _within(piece, buf):
    return uctypes.addressof(buf) <= uctypes.addressof(piece) and uctypes.addressof(piece) + len(piece) <= uctypes.addressof(buf) + len(buf)


def pieces_are_zeros_at_addresses_that_8_divides_within_what_is_spare():
    buf = bytearray(b"\xaa" * 200)
    util.lend(_lent(buf, 13, 150))
    try:
        one = util.borrow(50)
        two = util.borrow(61)
        for piece in (one, two):
            assert _within(piece, buf) and uctypes.addressof(piece) & 7 == 0
            assert not any(piece)
        one[:] = b"\x55" * 50
        assert not any(two)
        assert buf[:13] == b"\xaa" * 13 and buf[150:] == b"\xaa" * 50
    finally:
        util.lend(None)


def what_does_not_fit_comes_from_the_heap():
    buf = bytearray(64)
    util.lend(_lent(buf))
    try:
        assert _within(util.borrow(40), buf)
        piece = util.borrow(40)
        assert len(piece) == 40 and not _within(piece, buf)
        util.give_back(piece)
        assert _within(util.borrow(20), buf)
    finally:
        util.lend(None)
    assert not _within(util.borrow(8), buf)


def what_is_given_back_is_wiped_and_lent_again():
    buf = bytearray(64)
    util.lend(_lent(buf))
    try:
        first = util.borrow(64)
        first[:] = b"\x55" * 64
        util.give_back(first)
        assert not any(buf)
        again = util.borrow(64)
        assert _within(again, buf)
    finally:
        util.lend(None)
    again[:] = b"\x55" * 64
    util.give_back(again)  # as a job does that is closed while nothing is lent
    assert not any(buf)


def a_piece_is_lent_once_until_it_comes_back():
    buf = bytearray(96)
    util.lend(_lent(buf))
    try:
        one = util.borrow(40)
        two = util.borrow(40)
        util.give_back(one)  # out of turn: still nobody gets it twice
        three = util.borrow(40)
        assert not _within(three, buf)
        two[:] = b"\x55" * 40
        assert not any(three)
    finally:
        util.lend(None)


def a_room_without_anything_spare_lends_nothing():
    util.lend(_lent(b""))
    try:
        assert len(util.borrow(16)) == 16
    finally:
        util.lend(None)
