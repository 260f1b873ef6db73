"""An extension that does not fit the window, loaded where one comes: names are read one by one, name constraints kept, unknown extensions
passed over.
"""

from latchkey.errors import Fault

_TRAILING = const(501)
_TOO_LONG = const(514)
_EXTENSION_CRITICAL = const(530)
_GENERAL_NAME = const(536)
_DNS_NAME_SYNTAX = const(537)
_IP_ADDRESS_LENGTH = const(538)

_SAN = const(0x20)  # Certificate.flags
_SAN_CRITICAL = const(0x40)

_SUBJECT_ALTERNATIVE_NAME = const(17)
_NAME_CONSTRAINTS = const(30)


def read(parser, end, seen):
    """Read the next extension, which ends by `end`, with the `certificate.Parser`; `yield from` it."""
    r = parser.r
    end = yield from parser.open(0x30, end)
    yield from parser.take(end)
    number = parser.number(seen)
    parser.done()
    critical = False
    if (yield from parser.peek()) == 0x01:
        yield from parser.take(end)
        critical = r.optional_true()
        parser.done()
    if (yield from parser.open(0x04, end)) != end:
        raise Fault(_TRAILING)
    if number == _SUBJECT_ALTERNATIVE_NAME:
        parser.cert.flags |= _SAN | (_SAN_CRITICAL if critical else 0)
        try:
            yield from _names(parser, end)
        except Fault as fault:
            parser.flawed(fault)
            yield from parser.pass_to(end)
    elif number == _NAME_CONSTRAINTS:
        yield from _constraints(parser, end)
    elif number:
        raise Fault(_TOO_LONG)
    elif critical:
        raise Fault(_EXTENSION_CRITICAL)
    else:
        yield from parser.pass_to(end)


def _constraints(parser, end):
    size = end - parser.pos
    if not parser.constrained(size):
        yield from parser.pass_to(end)
        return
    kept = bytearray(size)

    def keep(view):
        at = size - (end - parser.pos)
        kept[at : at + len(view)] = view

    yield from parser.pass_to(end, keep)
    parser.cert.constraints = bytes(kept)


def _names(parser, end):
    if (yield from parser.open(0x30, end)) != end:
        raise Fault(_TRAILING)
    kept = bytearray()
    while parser.pos < end:
        size = yield from parser.header(end)
        if parser.fits(size):
            yield from parser.take(end, size)
            parser.general_name(kept)
            parser.done()
        else:
            _long_name(parser.cert, (yield from parser.peek()))
            yield from parser.pass_to(parser.pos + size)
    parser.cert.general_names = bytes(kept)


def _long_name(cert, tag):
    """A general name longer than the window is not looked at, but no host name and no address is as long."""
    if tag == 0x82:
        raise Fault(_DNS_NAME_SYNTAX)
    if tag == 0x87:
        raise Fault(_IP_ADDRESS_LENGTH)
    if tag not in b"\xa0\x81\xa3\xa4\xa5\x86\x88":
        raise Fault(_GENERAL_NAME)
    cert.cut |= 1 << (tag & 15)
