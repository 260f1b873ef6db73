"""Read, Write and Lock."""

from hashlib import sha256

from ..chip import Chip
from ..memory import CONFIG, DATA, OTP, SLOT_SIZES, ZONE_SIZES
from ..packets import Packet, Status, crc16
from ..policy import PUBLIC_INVALID, PUBLIC_VALID, Policy, WritePolicy, private_slots
from . import Result, allow, parse

BLOCK, ENCRYPTED = 0x80, 0x40
CONFIG_FIXED = [*range(16), *range(84, 88)]
LOCK_WITHOUT_CRC = 0x80


class Address:
    """Zone, slot and byte offset that P1 and P2 of Read and Write name (9.1.4)."""

    def __init__(self, packet: Packet) -> None:
        self.zone = packet.p1 & 3
        self.length = 32 if packet.p1 & BLOCK else 4
        parse(self.zone != 3, "there are zones 0, 1 and 2")
        self.slot = packet.p2 >> 3 & 15 if self.zone == DATA else 0
        block = packet.p2 >> 8 if self.zone == DATA else packet.p2 >> 3
        word = 0 if self.length == 32 else packet.p2 & 7
        self.offset = 32 * block + 4 * word
        parse(not (self.zone == DATA and packet.p2 & 0x80), "bit 7 of the address is 0")
        size = SLOT_SIZES[self.slot] if self.zone == DATA else ZONE_SIZES[self.zone]
        parse(self.offset < size, "the address is beyond the end")

    def area(self, chip: Chip) -> bytearray:
        if self.zone == DATA:
            return chip.memory.slots[self.slot]
        return chip.memory.config if self.zone == CONFIG else chip.memory.otp

    @property
    def place(self) -> str:
        return f"slot {self.slot}" if self.zone == DATA else "config" if self.zone == CONFIG else "otp"


def read(chip: Chip, packet: Packet) -> Result:
    """9.16."""
    parse(packet.p1 & ~(BLOCK | 3) == 0 and not packet.data, "Read has P1 bits 7, 1 and 0, and no data")
    address = Address(packet)
    data = bytes(address.area(chip)[address.offset : address.offset + address.length]).ljust(address.length, b"\0")
    if address.zone == CONFIG:
        return data
    allow(chip.memory.config_locked and chip.memory.data_locked, "data and OTP are readable only when both zones are locked")
    return data if address.zone == OTP else read_by_policy(chip, address, data)


def read_by_policy(chip: Chip, address: Address, data: bytes) -> bytes:
    policy = Policy.of(chip.memory, address.slot)
    allow(not policy.private, f"slot {address.slot} holds a private key")
    if not policy.is_secret:
        allow(not policy.encrypt_read, f"slot {address.slot} is to be encrypted but not secret")
        return data
    allow(policy.encrypt_read and address.length == 32, f"slot {address.slot} is secret")
    tempkey = chip.sram.tempkey
    keyed = tempkey.from_random and tempkey.gen_dig and tempkey.key_id == policy.read_key
    allow(keyed, f"TempKey is not from a random Nonce and GenDig of slot {policy.read_key}")
    return xor(data, tempkey.value)


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=False))


def write(chip: Chip, packet: Packet) -> Result:
    """9.21. Nothing is changed on error."""
    parse(packet.p1 & ~(BLOCK | ENCRYPTED | 3) == 0, "Write has P1 bits 7, 6, 1 and 0")
    address = Address(packet)
    body = len(packet.data)
    parse(body == address.length or (body == 64 and address.length == 32), "Write has 4, 32, or 32 and a MAC")
    if address.zone == CONFIG:
        data = write_config(chip, packet, address)
    elif address.zone == OTP:
        data = write_otp(chip, packet, address)
    else:
        data = write_slot(chip, packet, address)
    area = address.area(chip)
    chip.memory.put(area, address.offset, data[: len(area) - address.offset], address.place)
    if address.zone == DATA:
        spoil_validity(chip, address.slot)
    return Status.SUCCESS


def write_config(chip: Chip, packet: Packet, address: Address) -> bytes:
    parse(not packet.p1 & ENCRYPTED and len(packet.data) == address.length, "the configuration zone is written in clear")
    allow(not chip.memory.config_locked, "the configuration zone is locked")
    touched = range(address.offset, address.offset + address.length)
    allow(not any(byte in touched for byte in CONFIG_FIXED), "bytes 0-15 and 84-87 are never written")
    return packet.data


def write_otp(chip: Chip, packet: Packet, address: Address) -> bytes:
    allow(chip.memory.config_locked, "OTP is not writable before the configuration zone is locked")
    if not chip.memory.data_locked:
        allow(address.length == 32, "before the data zone is locked only 32 bytes are written at once")
        return plain(chip, packet) if packet.p1 & ENCRYPTED else clear(packet)
    allow(chip.memory.otp_consumption and not packet.p1 & ENCRYPTED, "OTP is read-only")
    old = chip.memory.otp[address.offset : address.offset + address.length]
    return bytes(x & y for x, y in zip(old, clear(packet), strict=True))


def write_slot(chip: Chip, packet: Packet, address: Address) -> bytes:
    policy = Policy.of(chip.memory, address.slot)
    allow(chip.memory.config_locked, "slots are not writable before the configuration zone is locked")
    allow(not policy.private, f"slot {address.slot} holds a private key")
    allow(policy.unlocked, f"slot {address.slot} is locked")
    if not chip.memory.data_locked:
        allow(address.length == 32, "before the data zone is locked only 32 bytes are written at once")
        return plain(chip, packet) if packet.p1 & ENCRYPTED else clear(packet)
    return write_by_policy(chip, packet, address, policy)


def write_by_policy(chip: Chip, packet: Packet, address: Address, policy: Policy) -> bytes:
    allow(policy.write_policy != WritePolicy.NEVER, f"slot {policy.slot} is never written")
    if policy.write_policy == WritePolicy.ENCRYPTED:
        allow(address.length == 32, "encrypted writes have 32 bytes")
        tempkey = chip.sram.tempkey
        keyed = tempkey.valid and tempkey.gen_dig and tempkey.key_id == policy.write_key
        allow(keyed, f"TempKey is not from GenDig of slot {policy.write_key}")
        return plain(chip, packet)
    if policy.write_policy == WritePolicy.PUB_INVALID:
        allow(chip.memory.slots[policy.slot][0] & 0xF0 != PUBLIC_VALID, f"the public key in slot {policy.slot} is validated")
    always = policy.write_policy == WritePolicy.ALWAYS and not policy.is_secret
    allow(address.length == 32 or always, f"slot {policy.slot} takes no 4-byte writes")
    return clear(packet)


def clear(packet: Packet) -> bytes:
    allow(len(packet.data) <= 32, "a MAC has no place in a clear write")
    return packet.data


def plain(chip: Chip, packet: Packet) -> bytes:
    """Decrypt with TempKey and check the MAC (which counts all 32 bytes, beyond a short last block too)."""
    tempkey = chip.sram.tempkey
    allow(len(packet.data) == 64, "an encrypted write has a MAC")
    allow(tempkey.valid, "TempKey is not valid")
    data = xor(packet.data[:32], tempkey.value)
    mac = sha256(tempkey.value + packet.head + chip.memory.serial_frame + bytes(25) + data).digest()
    allow(mac == packet.data[32:], "the MAC does not fit")
    return data


def spoil_validity(chip: Chip, slot: int) -> None:
    """A write to a public key that is subject to validation makes it invalid."""
    policy = Policy.of(chip.memory, slot)
    if policy.ecc_public and policy.pub_info:
        chip.memory.slots[slot][0] = PUBLIC_INVALID | chip.memory.slots[slot][0] & 0x0F


def lock(chip: Chip, packet: Packet) -> Result:
    """9.10: the configuration zone, data and OTP, or one slot; for good."""
    what, slot = packet.p1 & 3, packet.p1 >> 2 & 15
    parse(not packet.p1 & 0x40 and what != 3 and not packet.data, "Lock has modes 0, 1 and 2, and no data")
    parse(what == 2 or slot == 0, "only Lock(slot) names a slot")
    memory = chip.memory
    if what == 0:
        allow(not memory.config_locked, "the configuration zone is already locked")
        check_summary(packet, bytes(memory.config))
        memory.put(memory.config, 87, b"\0", "config")
    elif what == 1:
        allow(memory.config_locked and not memory.data_locked, "the data zone is already locked, or the configuration zone is not")
        check_summary(packet, memory.summary(private_slots(memory)))
        memory.put(memory.config, 86, b"\0", "config")
    else:
        policy = Policy.of(memory, slot)
        allow(memory.config_locked and policy.lockable, f"slot {slot} is not lockable")
        allow(policy.unlocked, f"slot {slot} is already locked")
        memory.lock_slot(slot)
    return Status.SUCCESS


def check_summary(packet: Packet, zone: bytes) -> None:
    expected = int.from_bytes(crc16(zone), "little")
    allow(packet.p1 & LOCK_WITHOUT_CRC or packet.p2 == expected, f"the zone's CRC is {expected:04x}")
