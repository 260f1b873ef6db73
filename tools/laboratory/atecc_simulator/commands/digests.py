"""SHA and GenDig: hashing in the chip, plain, keyed, and into TempKey."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..chip import Chip
from ..memory import CONFIG, DATA, OTP
from ..packets import Packet, Status
from ..policy import Policy
from . import Refusal, Result, allow, parse, slot_of, symmetric_key
from .ecc import public_key, stored_point

START, UPDATE, END, PUBLIC, HMAC_START, HMAC_END = range(6)
SHARED_NONCE, COUNTER, KEY_CONFIG = 3, 4, 5


@dataclass
class Context:
    """An unfinished hash. On the chip it lives in TempKey."""

    hash: Any  # hashlib's or hmac's
    keyed: bool
    blocks: int = 0
    public_slot: int | None = None
    public_at: int = 0


def sha(chip: Chip, packet: Packet) -> Result:
    """9.17. Only whole 64-byte blocks go through Update; the rest comes with End."""
    parse(packet.p1 <= HMAC_END, "SHA has modes 0 to 5")
    if packet.p1 in (START, HMAC_START):
        return sha_start(chip, packet)
    context = chip.sram.sha
    if context is None:
        raise Refusal(Status.EXECUTION, "no hash was begun")
    if packet.p1 == UPDATE:
        parse(packet.p2 == 64 == len(packet.data), "SHA(Update) has P2 64 and 64 bytes")
        context.hash.update(packet.data)
        context.blocks += 1
        return Status.SUCCESS
    if packet.p1 == PUBLIC:
        return sha_public(chip, packet, context)
    return sha_end(chip, packet, context)


def sha_start(chip: Chip, packet: Packet) -> Status:
    parse(not packet.data, "SHA(Start) has no data")
    if packet.p1 == START:
        parse(packet.p2 == 0, "SHA(Start) has P2 0")
        context = Context(sha256(), keyed=False)
    else:
        slot = slot_of(packet)
        allow(not Policy.of(chip.memory, slot).no_mac, f"slot {slot} is barred from MACs")
        context = Context(hmac.new(symmetric_key(chip, slot), digestmod=sha256), keyed=True)
    chip.sram.tempkey.clear()
    chip.sram.sha = context
    return Status.SUCCESS


def sha_public(chip: Chip, packet: Packet, context: Context) -> Status:
    """Hash X and Y of a stored public key: 64 bytes, a block."""
    parse(not packet.data, "SHA(Public) has no data")
    slot = slot_of(packet)
    allow(chip.memory.config_locked and Policy.of(chip.memory, slot).ecc_public, f"slot {slot} is not a P-256 public key")
    xy = stored_point(chip.memory, slot)
    allow(public_key(xy) is not None, f"slot {slot} holds no point of the curve")
    context.hash.update(xy)
    context.public_slot, context.public_at = slot, context.blocks
    context.blocks += 1
    return Status.SUCCESS


def sha_end(chip: Chip, packet: Packet, context: Context) -> bytes:
    """The digest, which is also left in TempKey."""
    allow(context.keyed == (packet.p1 == HMAC_END), "the hash was begun in the other mode")
    digest = finish(chip, packet, context)
    chip.sram.tempkey.load(digest, source_input=True, origin=context)
    return digest


def finish(chip: Chip, packet: Packet, context: Context) -> bytes:
    parse(packet.p2 == len(packet.data) <= 63, "SHA(End) has P2 bytes, up to 63")
    context.hash.update(packet.data)
    chip.sram.sha = None
    return context.hash.digest()


def gendig(chip: Chip, packet: Packet) -> Result:
    """9.6: TempKey = SHA-256 over a stored value and TempKey."""
    parse(packet.p1 <= KEY_CONFIG, "GenDig has zones 0 to 5")
    tempkey = chip.sram.tempkey
    handler = {CONFIG: of_zone, OTP: of_zone, DATA: of_slot, SHARED_NONCE: of_nonce, COUNTER: of_counter, KEY_CONFIG: of_key_config}
    if packet.p1 not in (DATA, SHARED_NONCE):
        parse(not packet.data, "only zones 2 and 3 take data")
    allow(tempkey.valid, "TempKey is not valid")
    value = sha256(handler[packet.p1](chip, packet)).digest()
    tempkey.value, tempkey.internal, tempkey.origin = value, True, None
    tempkey.gen_dig, tempkey.gen_key = packet.p1 == DATA, False
    tempkey.key_id = packet.p2 if packet.p1 == DATA else 0
    return Status.SUCCESS


def message(chip: Chip, first: bytes, head: bytes, middle: bytes = bytes(25)) -> bytes:
    """The message that all zones share: 32 bytes, the parameters, the serial number, 25 bytes, TempKey."""
    return first + head + chip.memory.serial_frame + middle + chip.sram.tempkey.value


def of_zone(chip: Chip, packet: Packet) -> bytes:
    area = chip.memory.config if packet.p1 == CONFIG else chip.memory.otp
    parse(32 * packet.p2 < len(area), "the block is beyond the end")
    return message(chip, bytes(area[32 * packet.p2 : 32 * packet.p2 + 32]), packet.head)


def of_slot(chip: Chip, packet: Packet) -> bytes:
    """For a slot with NoMac the host's 4 bytes stand in for the parameters. Other slots ignore them: cryptoauthlib always sends some.
    Transport keys (P2 from 0x8000) are not public and not here."""
    allow(packet.p2 < 0x8000, "there are no transport keys in this chip")
    slot = slot_of(packet)
    policy = Policy.of(chip.memory, slot)
    parse(len(packet.data) == 4 or (not packet.data and not policy.no_mac), "OtherData has 4 bytes")
    key = symmetric_key(chip, slot)
    if policy.no_mac:
        chip.sram.tempkey.no_mac = True
    return message(chip, key, packet.data if policy.no_mac else packet.head)


def of_nonce(chip: Chip, packet: Packet) -> bytes:
    """P2 bit 15: TempKey comes first. Its low byte alone is hashed."""
    parse(len(packet.data) == 32, "a shared nonce has 32 bytes")
    head = bytes([packet.opcode, packet.p1, packet.p2 & 0xFF, 0])
    first, last = packet.data, chip.sram.tempkey.value
    if packet.p2 & 0x8000:
        first, last = last, first
    return first + head + chip.memory.serial_frame + bytes(25) + last


def of_counter(chip: Chip, packet: Packet) -> bytes:
    parse(packet.p2 in (0, 1), "there are counters 0 and 1")
    count = chip.memory.counter(packet.p2).to_bytes(4, "little")
    return message(chip, bytes(32), packet.head, b"\0" + count + bytes(20))


def of_key_config(chip: Chip, packet: Packet) -> bytes:
    """SlotConfig, KeyConfig and whether the slot is locked (as in Sign(internal): 1 is unlocked)."""
    slot, config = slot_of(packet), chip.memory.config
    middle = b"\0" + config[20 + 2 * slot : 22 + 2 * slot] + config[96 + 2 * slot : 98 + 2 * slot]
    return message(chip, bytes(32), packet.head, bytes(middle) + bytes([chip.memory.slot_unlocked(slot)]) + bytes(19))
