"""SHA, MAC and HMAC in the chip, as steps of a sequence (see `commands`).

What goes in and what comes out crosses the wires in clear: a key made of a MAC is known to who listens there, and chosen by who can
change what is on them.
"""

from latchkey.errors import Fault

_CHIP_UNSUPPORTED = const(814)


def sha256(link, data):
    """SHA (9.17): the digest of `data`, 64 bytes a command. The context lives in TempKey, so nothing may come between."""
    yield from link.execute(0x47, 0, 0, (), 1, 7, 9)
    return (yield from _feed(link, data, 2))


def hmac_sha256(link, slot, data):
    """SHA in HMAC mode: HMAC-SHA-256 of `data` under the 32 bytes in `slot`."""
    yield from link.execute(0x47, 4, slot, (), 1, 7, 9)
    return (yield from _feed(link, data, 2 if link.is_608 else 5))


def mac(link, slot, challenge, mode=0):
    """MAC (9.11) with a challenge of 32 bytes; `mode` bit 6 includes the serial number."""
    return bytes((yield from link.execute(0x08, mode, slot, (challenge,), 32, 5, 14)))


def hmac(link, slot, mode=0):
    """HMAC (9.8) over TempKey, which the sequence has loaded; `mode` bit 2 is TempKey's SourceFlag. The 608 has no such command."""
    if link.is_608:
        raise Fault(_CHIP_UNSUPPORTED, "ATECC608: it has no HMAC command; SHA in HMAC mode is there")
    return bytes((yield from link.execute(0x11, mode, slot, (), 32, 13, 23)))


def _feed(link, data, end):
    view = memoryview(data)
    full = len(data) // 64 * 64
    for at in range(0, full, 64):
        yield from link.execute(0x47, 1, 64, (view[at : at + 64],), 1, 7, 9)
    return bytes((yield from link.execute(0x47, end, len(data) - full, (view[full:],), 32, 7, 9)))
