"""Commands of provisioning, as steps of a sequence (see `commands`).

Each can be begun anew after an interruption without doing its work twice.
"""

from latchkey.errors import Fault
from latchkey.secure_element import commands
from latchkey.secure_element.chip import Interrupted

_CHIP_RESULT_UNKNOWN = const(815)
_IRREVERSIBLE = const(820)

_DATA = const(2)


def write(link, zone, address, data):
    """Write (9.21): 4 or 32 bytes in clear."""
    yield from link.execute(0x12, zone | (0x80 if len(data) == 32 else 0), address, (data,), 1, 7, 26)


def write_slot(link, slot, data, start=0):
    """Write `data` into a data slot from byte `start` (a multiple of 32), by blocks of 32, the last filled with zeros."""
    for at in range(0, len(data), 32):
        block = data[at : at + 32]
        yield from write(link, _DATA, commands.slot_address(slot, (start + at) // 32), block + b"\x00" * (32 - len(block)))


def lock(link, mode, summary, is_done):
    """Lock (9.10), for good: `mode` P1, `summary` its CRC; `is_done(link)` is a job that tells whether an interrupted attempt did it."""
    if not (yield from is_done(link)):
        yield from link.execute(0x17, mode, summary, (), 1, 8, 35)


def counter(link, number):
    """Counter read (9.3): 0 to 2,097,151."""
    return int.from_bytes((yield from link.execute(0x24, 0, number, (), 4, 5, 20)), "little")


def increment(link, number, before):
    """Counter increment from `before`; the new value."""
    now = yield from counter(link, number)
    if now == before:
        now = int.from_bytes((yield from link.execute(0x24, 1, number, (), 4, 5, 20)), "little")
    return now


def update_extra(link, mode, value, no_address=False):
    """UpdateExtra (9.19): UserExtra (mode 0, once) or Selector (mode 1).

    The Selector of a 608 whose ChipMode has bit 0 is its I2C address from the next sleep or power-up on, once and for good.
    """
    word = yield from commands.read(link, 0, commands.config_address(84), False)
    if word[mode] != value:
        if mode and link.is_608 and (yield from commands.read(link, 0, commands.config_address(16), False))[3] & 1:
            from latchkey.secure_element.configuration import unreachable

            if unreachable(value) and not no_address:
                raise Fault(_IRREVERSIBLE, unreachable(value) + "; no_address=True says that it is meant")
            link.moves_to(value >> 1)
        yield from link.execute(0x20, mode, value, (), 1, 8, 10)


def spend_use(link, slot):
    """UpdateExtra mode 2: one use less for a key of limited use. Faults when it can't be known whether that happened."""
    try:
        yield from link.execute(0x20, 2, slot, (), 1, 8, 10)
    except Interrupted as reason:
        raise Fault(_CHIP_RESULT_UNKNOWN, str(reason))
