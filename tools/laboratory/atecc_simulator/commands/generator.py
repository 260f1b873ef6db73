"""Random, Nonce, Info: what a host asks first."""

from hashlib import sha256

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import PUBLIC_VALID, Policy
from . import Result, allow, parse, slot_of
from .ecc import private_scalar


def info(chip: Chip, packet: Packet) -> Result:
    """9.9. Data after the parameters are ignored."""
    if packet.p1 == 0:
        return chip.revision
    if packet.p1 == 1:
        return bytes([key_valid(chip, slot_of(packet)), 0, 0, 0])
    if packet.p1 == 2:
        return state(chip)
    parse(packet.p1 == 3, "Info has modes 0 to 3")
    allow(False, "the GPIO is there on single-wire parts only")
    return None


def key_valid(chip: Chip, slot: int) -> bool:
    """Private: the slot holds a usable scalar. Public: validated (the datasheet calls it meaningless without PubInfo: 0 here)."""
    policy = Policy.of(chip.memory, slot)
    if policy.private:
        return private_scalar(chip.memory, slot) is not None
    return policy.ecc_public and policy.pub_info and chip.memory.slots[slot][0] & 0xF0 == PUBLIC_VALID


def state(chip: Chip) -> bytes:
    tempkey, authorised_by = chip.sram.tempkey, chip.sram.authorised_by
    second = tempkey.valid << 7 | chip.sram.seed_updated << 1 | chip.eeprom_seed_updated
    if authorised_by is not None:
        second |= authorised_by << 3 | 4
    return bytes([tempkey.flags, second, 0, 0])


def random_bytes(chip: Chip) -> bytes:
    """32 random bytes; the fixed pattern while the configuration zone is unlocked."""
    return chip.random(32) if chip.memory.config_locked else b"\xff\xff\x00\x00" * 8


def random(chip: Chip, packet: Packet) -> Result:
    """9.15."""
    parse(packet.p1 in (0, 1) and packet.p2 == 0 and not packet.data, "Random has P1 0 or 1, P2 0 and no data")
    if packet.p1 == 0:
        chip.update_seed()
    return random_bytes(chip)


def nonce(chip: Chip, packet: Packet) -> Result:
    """9.12: modes 0 and 1 mix the generator with the host's 20 bytes, mode 3 takes the host's 32 as they are."""
    tempkey = chip.sram.tempkey
    if packet.p1 == 3:
        parse(packet.p2 == 0 and len(packet.data) == 32, "Nonce(pass-through) has P2 0 and 32 bytes")
        tempkey.load(packet.data, source_input=True)
        return Status.SUCCESS
    parse(packet.p1 in (0, 1), "Nonce has modes 0, 1 and 3")
    parse(packet.p2 in (0, 0x8000) and len(packet.data) == 20, "Nonce has P2 0 or 8000 and 20 bytes")
    tail = packet.data + bytes([packet.opcode, packet.p1, packet.p2 & 0xFF])
    if packet.p2:
        allow(tempkey.valid, "TempKey is not valid")
        tempkey.value = sha256(tempkey.value + tail).digest()
        return tempkey.value
    if packet.p1 == 0:
        chip.update_seed()
    made = random_bytes(chip)
    tempkey.load(sha256(made + tail).digest(), source_input=False)
    return made
