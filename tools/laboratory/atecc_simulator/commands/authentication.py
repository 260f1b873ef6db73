"""MAC, HMAC and CheckMac: proofs of a shared secret."""

import hmac as hmac_module
from hashlib import sha256

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import Policy
from . import Result, allow, parse, slot_of, symmetric_key

SECOND_TEMPKEY, FIRST_TEMPKEY, SOURCE_INPUT, SERIAL_NUMBER = 0x01, 0x02, 0x04, 0x40
COPIES = (0x01, 0x05)


def tempkey_value(chip: Chip, packet: Packet) -> bytes:
    """TempKey, if it is valid, may enter a MAC, and is of the source that P1 bit 2 says."""
    tempkey = chip.sram.tempkey
    allow(tempkey.valid, "TempKey is not valid")
    allow(tempkey.source_input == bool(packet.p1 & SOURCE_INPUT), "P1 and TempKey's SourceFlag disagree")
    allow(not tempkey.no_mac, "TempKey holds a key that is barred from MACs")
    return tempkey.value


def mac_key(chip: Chip, slot: int) -> bytes:
    allow(not Policy.of(chip.memory, slot).no_mac, f"slot {slot} is barred from MACs")
    return symmetric_key(chip, slot)


def serial_parts(chip: Chip, packet: Packet) -> bytes:
    """SN8, SN4-7 or zeros, SN0-1, SN2-3 or zeros."""
    sn = chip.memory.serial_number
    if not packet.p1 & SERIAL_NUMBER:
        return sn[8:] + bytes(4) + sn[:2] + bytes(2)
    return sn[8:] + sn[4:8] + sn[:2] + sn[2:4]


def mac(chip: Chip, packet: Packet) -> Result:
    """9.11. The OTP fields of the ATSHA204A are zero here."""
    modes = SECOND_TEMPKEY | FIRST_TEMPKEY | SOURCE_INPUT | SERIAL_NUMBER
    parse(packet.p1 & ~modes == 0, "MAC has P1 bits 0, 1, 2 and 6")
    parse(len(packet.data) == (0 if packet.p1 & SECOND_TEMPKEY else 32), "a challenge has 32 bytes")
    slot = slot_of(packet)
    first = tempkey_value(chip, packet) if packet.p1 & FIRST_TEMPKEY else mac_key(chip, slot)
    second = tempkey_value(chip, packet) if packet.p1 & SECOND_TEMPKEY else packet.data
    return sha256(first + second + packet.head + bytes(11) + serial_parts(chip, packet)).digest()


def hmac(chip: Chip, packet: Packet) -> Result:
    """9.8. An ATECC608 has none."""
    parse(packet.p1 & ~(SOURCE_INPUT | SERIAL_NUMBER) == 0 and not packet.data, "HMAC has P1 bits 2 and 6, and no data")
    slot = slot_of(packet)
    second = tempkey_value(chip, packet)
    message = bytes(32) + second + packet.head + bytes(11) + serial_parts(chip, packet)
    return hmac_module.digest(mac_key(chip, slot), message, "sha256")


def checkmac(chip: Chip, packet: Packet) -> Result:
    """9.2: compare with what another device answered; success proves the key of the slot, and may copy a key to TempKey."""
    parse(packet.p1 & ~7 == 0 and len(packet.data) == 77, "CheckMac has P1 bits 0 to 2 and 77 bytes")
    slot = slot_of(packet)
    challenge, response, other = packet.data[:32], packet.data[32:64], packet.data[64:]
    second = tempkey_value(chip, packet) if packet.p1 & SECOND_TEMPKEY else challenge
    from_slot = not packet.p1 & FIRST_TEMPKEY
    first = mac_key(chip, slot) if from_slot else tempkey_value(chip, packet)
    sn = chip.memory.serial_number
    expected = sha256(first + second + other[:4] + bytes(8) + other[4:7] + sn[8:] + other[7:11] + sn[:2] + other[11:]).digest()
    chip.sram.tempkey.clear()
    if expected != response:
        return Status.MISMATCH
    if from_slot:
        chip.sram.authorised_by = slot
        copy_key(chip, packet, slot)
    return Status.SUCCESS


def copy_key(chip: Chip, packet: Packet, slot: int) -> None:
    """Password checking (3.3.7): P1 01 or 05 and ReadKey 0 of the target copy it to TempKey; the target is the next slot of an even one."""
    target = slot | 1 if slot % 2 == 0 else slot
    policy = Policy.of(chip.memory, target)
    if packet.p1 in COPIES and policy.read_key == 0 and not policy.private:
        chip.sram.tempkey.load(bytes(chip.memory.slots[target][:32]), source_input=bool(packet.p1 & SOURCE_INPUT))
