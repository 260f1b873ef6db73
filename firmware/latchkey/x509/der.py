"""DER (X.690 sections 8, 10 and 11), read strictly from a buffer.

A cursor stands in `buf[pos:end]`. `outer = r.open(tag)` enters an element, `r.close(outer)` leaves it and refuses leftovers, so
every nested structure is bracketed and no object is made per element. What is BER but not DER is refused with a cause of its own:
indefinite and needlessly long lengths, integers and named bits with needless octets, booleans that are not 00 or FF, default
values written out, constructed strings (their tags are never asked for). Lengths go up to 24 bits, tag numbers up to 30.
Everything raises `Fault(cause)`; the caller adds which certificate it was.
"""

from latchkey.errors import Fault

_TRUNCATED = const(500)
_TRAILING = const(501)
_TAG = const(502)
_LENGTH = const(503)
_INDEFINITE = const(504)
_INTEGER = const(505)
_BOOLEAN = const(506)
_DEFAULT = const(507)
_BIT_STRING = const(508)
_OID = const(509)
_TIME = const(511)


def header_size(buf, pos):
    """Octets of the header at `buf[pos:]`, told by its first two."""
    if buf[pos] & 0x1F == 0x1F:
        raise Fault(_TAG)
    first = buf[pos + 1]
    if first < 0x80:
        return 2
    if first == 0x80:
        raise Fault(_INDEFINITE)
    if first > 0x83:
        raise Fault(_LENGTH)
    return first - 0x7E


def content_size(buf, pos, head):
    """The length that a header of `head` octets at `buf[pos:]` gives; the shortest form or a Fault."""
    if head == 2:
        return buf[pos + 1]
    size = 0
    for i in range(pos + 2, pos + head):
        size = size << 8 | buf[i]
    if size < 0x80 or size >> (8 * (head - 3)) == 0:
        raise Fault(_LENGTH)
    return size


class Reader:
    """A cursor over the DER in `buf[pos:end]`."""

    def __init__(self, buf, pos=0, end=None):
        self.set(buf, pos, len(buf) if end is None else end)

    def set(self, buf, pos, end):
        """Stand somewhere else."""
        self.buf = buf
        self.pos = pos
        self.end = end

    def tag(self):
        """The tag of the next element, -1 at the end."""
        return self.buf[self.pos] if self.pos < self.end else -1

    def open(self, tag):
        """Enter the next element, which must have this tag; returns what `close` wants."""
        buf = self.buf
        pos = self.pos
        outer = self.end
        if pos + 2 > outer:
            raise Fault(_TRUNCATED)
        if buf[pos] != tag:
            raise Fault(_TAG)
        size = buf[pos + 1]
        if size < 0x80 and tag & 0x1F != 0x1F:  # as most are
            pos += 2
        else:
            head = header_size(buf, pos)
            if pos + head > outer:
                raise Fault(_TRUNCATED)
            size = content_size(buf, pos, head)
            pos += head
        if pos + size > outer:
            raise Fault(_TRUNCATED)
        self.pos = pos
        self.end = pos + size
        return outer

    def close(self, outer):
        """Leave the element; everything in it must have been read."""
        if self.pos != self.end:
            raise Fault(_TRAILING)
        self.end = outer

    def leave(self, outer):
        """Leave the element and what is unread of it."""
        self.pos = self.end
        self.end = outer

    def skip(self):
        """Pass over the next element, whatever it is."""
        self.leave(self.open(self.buf[self.pos] if self.pos < self.end else 0))

    def read(self, tag):
        """The contents of the next element, which must have this tag, as bytes."""
        outer = self.open(tag)
        end = self.end
        value = bytes(memoryview(self.buf)[self.pos : end])
        self.pos = end
        self.end = outer
        return value

    def oid(self):
        """The contents octets of an OBJECT IDENTIFIER (X.690 section 8.19)."""
        value = self.read(0x06)
        if not value or value[-1] & 0x80 or value[0] == 0x80:
            raise Fault(_OID)
        at = value.find(b"\x80")
        while at > 0:  # not where a number begins
            if not value[at - 1] & 0x80:
                raise Fault(_OID)
            at = value.find(b"\x80", at + 1)
        return value

    def unsigned(self):
        """The octets of an INTEGER that is not negative, without the leading zero (zero is one octet)."""
        value = self.read(0x02)
        if not value or value[0] & 0x80 or (len(value) > 1 and value[0] == 0 and value[1] < 0x80):
            raise Fault(_INTEGER)
        return value[1:] if len(value) > 1 and value[0] == 0 else value

    def number(self):
        """An INTEGER that is not negative."""
        return int.from_bytes(self.unsigned(), "big")

    def optional_true(self):
        """A BOOLEAN DEFAULT FALSE: True where it stands and is true."""
        if self.tag() != 0x01:
            return False
        value = self.read(0x01)
        if value == b"\x00":
            raise Fault(_DEFAULT)
        if value != b"\xff":
            raise Fault(_BOOLEAN)
        return True

    def octets_of_bits(self):
        """The octets of a BIT STRING of whole octets."""
        value = self.read(0x03)
        if not value or value[0]:
            raise Fault(_BIT_STRING)
        return value[1:]

    def named_bits(self):
        """A named-bit list as an int, bit i of the list being bit i of the int, to bit 15 (X.690 section 11.2.2: no zeros at its end)."""
        value = self.read(0x03)
        unused = value[0] if value else 8
        if unused if len(value) < 2 else value[-1] & (2 << unused) - 1 != 1 << unused:
            raise Fault(_BIT_STRING)
        bits = 0
        for i in range(8, min(8 * len(value), 24)):
            if value[i // 8] & 0x80 >> i % 8:
                bits |= 1 << i - 8
        return bits

    def time(self):
        """UTCTime or GeneralizedTime as the 14 digits YYYYMMDDHHMMSS (RFC 5280 section 4.1.2.5: each in its one form)."""
        tag = self.tag()
        digits = self.read(tag if tag == 0x18 else 0x17)
        if tag == 0x17:
            digits = (b"19" if digits[:1] >= b"5" else b"20") + digits
        elif digits[:4] < b"2050":
            raise Fault(_TIME)
        return check_time(digits)


def check_time(text):
    """The 14 digits of `text` (YYYYMMDDHHMMSSZ) if that is a moment of the calendar."""
    if len(text) != 15 or text[14] != 0x5A or not text[:14].isdigit():
        raise Fault(_TIME)
    digits = text[:14]
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    if not 1 <= month <= 12 or digits[8:10] > b"23" or digits[10:12] > b"59" or digits[12:] > b"59":
        raise Fault(_TIME)
    days = 30 + (month + month // 8) % 2
    if month == 2:
        days = 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    if not 1 <= day <= days:
        raise Fault(_TIME)
    return digits
