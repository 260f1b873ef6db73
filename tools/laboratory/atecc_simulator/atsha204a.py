"""ATSHA204A (datasheet 8885): the 508A's interface and symmetric commands in a chip with 88 bytes of configuration and slots of 32.

Modelled: DevRev, Random, Nonce, MAC, HMAC, CheckMac, GenDig, DeriveKey, Read, Write, Lock, UpdateExtra, the longer wake. Not modelled: OTP
bytes in MACs, SHA, Pause, the uses of single-use slots. They get a parse error. Its image is the 508A's, whose KeyConfigs (bytes 96
to 127) say "a symmetric key" of each slot and cannot be reached.
"""

from . import timing
from .chip import Chip
from .clock import MICROSECOND
from .commands import Command, Result, parse
from .commands.generator import nonce
from .commands.table import ATECC508A
from .commands.zones import Address, read, write
from .device import Atecc508a
from .memory import CONFIG, DATA, Memory
from .packets import Packet
from .setups import config_zone

CONFIG_SIZE, SLOT_SIZE = 88, 32
_SYMMETRIC = "1c00 " * 16
_SLOTS = "8f80 80a1 82e0 a360 9440 a085 8640 8707 0f00 89f2 8a7a 0b8b 0c4c dd4d c242 af8f"  # as delivered (table 2-2)


def atsha204a(*, lock: bool = True) -> Memory:
    """As delivered, but that slot 5 holds a key for MACs, its number 32 times as in the other slots; `lock`: both zones."""
    slots = _SLOTS.split()
    slots[5] = "8f80"
    config = bytearray(config_zone(" ".join(slots), _SYMMETRIC, address=0x64))
    config[86:88] = b"\0\0" if lock else b"\x55\x55"
    memory = Memory(bytes(config))
    for number, slot in enumerate(memory.slots):
        slot[:SLOT_SIZE] = bytes([number]) * SLOT_SIZE
    return memory


def within(packet: Packet) -> None:
    """Zones are smaller than the 508A's, and the last 24 bytes of the configuration have no block."""
    address = Address(packet)
    end = address.offset + address.length
    parse(address.zone != CONFIG or end <= CONFIG_SIZE, "the configuration zone has 88 bytes")
    parse(address.zone != DATA or end <= SLOT_SIZE, "a slot has 32 bytes")


def read_zone(chip: Chip, packet: Packet) -> Result:
    within(packet)
    return read(chip, packet)


def write_zone(chip: Chip, packet: Packet) -> Result:
    within(packet)
    return write(chip, packet)


def dev_rev(chip: Chip, packet: Packet) -> Result:
    parse(packet.p1 == 0 and packet.p2 == 0, "DevRev has no parameters")
    return chip.revision


def short_nonce(chip: Chip, packet: Packet) -> Result:
    parse(packet.p2 == 0, "Nonce has P2 0")
    return nonce(chip, packet)


_SHARED = (0x08, 0x11, 0x15, 0x17, 0x1B, 0x1C, 0x20, 0x28)
_OWN = {
    0x02: Command("Read", read_zone),
    0x12: Command("Write", write_zone),
    0x16: Command("Nonce", short_nonce, "made"),
    0x30: Command("Info", dev_rev, "kept"),
}


class Atsha204a(Atecc508a):
    """An ATSHA204A."""

    revision = bytes.fromhex("00020009")
    commands = {opcode: ATECC508A[opcode] for opcode in _SHARED} | _OWN
    times = timing.ATSHA204A
    wake_high = 2500 * MICROSECOND
