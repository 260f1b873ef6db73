"""Encrypted reads and writes of a slot (datasheet 9.6, 9.16, 9.21).

Both sides derive the key stream from the slot key and fresh randomness of the chip.

`key` is the 32 bytes in `key_slot`, known to this host too; `serial` the 9 bytes of the serial number; `number` 20 random bytes, new each
time: the chip's share of the nonce comes over wires that are not trusted. The stream covers 32 bytes once: one Nonce and GenDig for each
block. A read carries no MAC: a wrong key yields a wrong value, without a word.
"""

import hashlib

from latchkey.crypto.hashes import finish
from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.secure_element import commands
from latchkey.secure_element.chip import Interrupted

_CHIP_RESULT_UNKNOWN = const(815)

_DATA = const(2)
_NONCE = b"\x16\x00\x00"
_ENCRYPTED = const(0x40)


def read_encrypted(link, slot, block, out, key_slot, key, serial, number):
    """A sequence: the block into `out` (32 bytes)."""
    stream = yield from _agree(link, key_slot, key, serial, number)
    try:
        data = yield from link.execute(0x02, 0x80 | _DATA, commands.slot_address(slot, block), (), 32, 0, 5)
        for i in range(32):
            out[i] = data[i] ^ stream[i]
    finally:
        wipe(stream)


def write_encrypted(link, slot, block, data, key_slot, key, serial, number):
    """A sequence: 32 bytes into a block whose WriteKey is `key_slot`; the chip checks a MAC over them.

    Faults with RESULT_UNKNOWN when a write of a slot under itself is interrupted.
    """
    p1, address = 0x80 | _ENCRYPTED | _DATA, commands.slot_address(slot, block)
    stream = yield from _agree(link, key_slot, key, serial, number)
    try:
        mac = hashlib.sha256(stream)
        mac.update(bytes((0x12, p1, address & 255, address >> 8)) + _serial(serial))
        mac.update(data)
        cipher = bytes(data[i] ^ stream[i] for i in range(32))
    finally:
        wipe(stream)
    try:
        yield from link.execute(0x12, p1, address, (cipher, finish(mac)), 1, 7, 26)
    except Interrupted as reason:
        if key_slot != slot:
            raise
        raise Fault(_CHIP_RESULT_UNKNOWN, str(reason))  # the key may have changed with the write, so it can't be begun anew


def _agree(link, key_slot, key, serial, number):
    """Nonce and GenDig; the value that TempKey has then."""
    chosen = yield from commands.nonce_random(link, number)
    yield from gendig(link, _DATA, key_slot)
    tempkey = hashlib.sha256(key)
    tempkey.update(bytes((0x15, _DATA, key_slot, 0)) + _serial(serial))
    tempkey.update(hashlib.sha256(chosen + number + _NONCE).digest())
    return finish(tempkey)


def gendig(link, zone, source):
    """GenDig (9.6): TempKey becomes a digest of itself and a zone's block or a slot."""
    yield from link.execute(0x15, zone, source, (), 1, 5, 25)


def _serial(serial):
    """SN8, SN0, SN1 and 25 zeros, as they stand in both messages."""
    return serial[8:9] + serial[:2] + b"\x00" * 25
