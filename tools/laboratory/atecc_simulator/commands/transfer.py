"""DeriveKey and PrivWrite: keys that come from other keys, or from outside."""

from hashlib import sha256

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import Policy
from . import Result, allow, parse, slot_of, symmetric_key
from .ecc import ORDER
from .zones import xor

SOURCE_INPUT, ENCRYPTED = 0x04, 0x40


def derivekey(chip: Chip, packet: Packet) -> Result:
    """9.4: a new symmetric key in the target slot, from itself (roll) or from its parent (create)."""
    parse(packet.p1 & ~SOURCE_INPUT == 0 and len(packet.data) in (0, 32), "DeriveKey has P1 bit 2 and no data or a MAC")
    slot = slot_of(packet)
    policy, tempkey = Policy.of(chip.memory, slot), chip.sram.tempkey
    allow(not policy.private and policy.key_made_inside, f"WriteConfig of slot {slot} forbids DeriveKey")
    allow(policy.unlocked, f"slot {slot} is locked")
    allow(tempkey.valid and tempkey.source_input == bool(packet.p1 & SOURCE_INPUT), "TempKey is not valid, or of the other source")
    parent = policy.write_key if policy.derive_from_parent else slot
    key = symmetric_key(chip, parent)
    frame = packet.head + chip.memory.serial_frame
    if policy.derive_needs_mac:
        allow(packet.data == sha256(key + frame).digest(), "the MAC does not fit")
    new = sha256(key + frame + bytes(25) + tempkey.value).digest()
    chip.memory.put(chip.memory.slots[slot], 0, new, f"slot {slot}")
    return Status.SUCCESS


def privwrite(chip: Chip, packet: Packet) -> Result:
    """9.14: a private key from outside: 4 zero bytes and 32, then a MAC. In clear before the data zone is locked only."""
    parse(packet.p1 & ~ENCRYPTED == 0 and len(packet.data) in (36, 68), "PrivWrite has P1 bit 6, 36 bytes and a MAC")
    slot = slot_of(packet)
    policy, memory = Policy.of(chip.memory, slot), chip.memory
    allow(memory.config_locked and policy.ecc_private, f"slot {slot} is not a secret P-256 private key")
    allow(policy.unlocked, f"slot {slot} is locked")
    if packet.p1 & ENCRYPTED:
        key = decrypt(chip, packet, policy)
    else:
        allow(not memory.data_locked, "a private key in clear is refused once the data zone is locked")
        key = packet.data[:36]
    allow(0 < int.from_bytes(key, "big") < ORDER, "not a private key")
    memory.put(memory.slots[slot], 0, key, f"slot {slot}")
    return Status.SUCCESS


def decrypt(chip: Chip, packet: Packet, policy: Policy) -> bytes:
    tempkey = chip.sram.tempkey
    allow(len(packet.data) == 68 and tempkey.valid, "TempKey is not valid, or the MAC is missing")
    if chip.memory.data_locked:
        allow(policy.priv_write, f"WriteConfig of slot {policy.slot} forbids PrivWrite")
        allow(tempkey.gen_dig and tempkey.key_id == policy.write_key, f"TempKey is not from GenDig of slot {policy.write_key}")
    key = xor(packet.data[:36], tempkey.value + sha256(tempkey.value).digest()[:4])
    mac = sha256(tempkey.value + packet.head + chip.memory.serial_frame + bytes(21) + key).digest()
    allow(mac == packet.data[36:], "the MAC does not fit")
    return key
