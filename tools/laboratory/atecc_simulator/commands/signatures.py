"""Sign and Verify."""

from hashlib import sha256

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import PUBLIC_INVALID, PUBLIC_VALID, Policy
from . import Refusal, Result, allow, parse, slot_of, use_key
from .digests import Context
from .ecc import sign as ecdsa_sign
from .ecc import stored_point, verifies
from .generator import key_valid
from .keys import usable_scalar

EXTERNAL, SERIAL_NUMBER, INVALIDATE = 0x80, 0x40, 0x01
STORED, VALIDATE_EXTERNAL, VERIFY_EXTERNAL, VALIDATE, VERIFY_INVALIDATE = 0, 1, 2, 3, 7
CURVE_P256 = 4


def sign(chip: Chip, packet: Packet) -> Result:
    """9.18: R32 S32 over TempKey (external), or over a message about TempKey's origin (internal)."""
    external = bool(packet.p1 & EXTERNAL)
    allowed = EXTERNAL if external else SERIAL_NUMBER | INVALIDATE
    parse(packet.p1 & ~allowed == 0 and not packet.data, "Sign has P1 80, or bits 6 and 0, and no data")
    slot = slot_of(packet)
    policy = use_key(chip, slot, nonce=False)
    allow(policy.ecc_private, f"slot {slot} is not a secret P-256 private key")
    digest = external_digest(chip, policy) if external else internal_digest(chip, packet, policy)
    chip.draw_for_secret()
    return ecdsa_sign(usable_scalar(chip, slot), digest)


def external_digest(chip: Chip, policy: Policy) -> bytes:
    """The datasheet describes a digest loaded by Nonce(pass-through) and does not forbid others; nothing else is taken here, so that no
    driver comes to depend on it."""
    allow(policy.signs_external, f"slot {policy.slot} may not sign external messages")
    allow(chip.sram.tempkey.plain_input, "TempKey was not loaded by Nonce(pass-through)")
    return chip.sram.tempkey.value


def internal_digest(chip: Chip, packet: Packet, policy: Policy) -> bytes:
    tempkey = chip.sram.tempkey
    allow(policy.signs_internal, f"slot {policy.slot} may not sign internal messages")
    allow(chip.memory.data_locked, "internal signatures need the data zone locked")
    allow(tempkey.valid and tempkey.internal, "TempKey is not from GenDig or GenKey")
    return sha256(internal_message(chip, packet)).digest()


def internal_message(chip: Chip, packet: Packet) -> bytes:
    """The 55 bytes that Sign(internal) hashes."""
    tempkey, config = chip.sram.tempkey, chip.memory.config
    slot, with_sn = tempkey.key_id, bool(packet.p1 & SERIAL_NUMBER)
    return b"".join(
        (
            tempkey.value,
            packet.head,
            config[20 + 2 * slot : 22 + 2 * slot],
            config[96 + 2 * slot : 98 + 2 * slot],
            bytes([tempkey.flags, 0, 0]),
            bytes([config[12]]),
            bytes(config[8:12]) if with_sn else bytes(4),
            config[0:2],
            bytes(config[2:4]) if with_sn else bytes(2),
            bytes([chip.memory.slot_unlocked(slot), key_valid(chip, slot), 0]),
        )
    )


def verify(chip: Chip, packet: Packet) -> Result:
    """9.20."""
    lengths = {STORED: 64, VALIDATE_EXTERNAL: 64, VERIFY_EXTERNAL: 128, VALIDATE: 83, VERIFY_INVALIDATE: 83}
    parse(len(packet.data) == lengths.get(packet.p1), "Verify has modes 0, 1, 2, 3 and 7, each with its own length")
    if packet.p1 == VERIFY_EXTERNAL:
        parse(packet.p2 == CURVE_P256, "the curve is 0004")
        return outcome(packet.data[64:], plain_digest(chip), packet.data[:64])
    slot = slot_of(packet)
    policy = Policy.of(chip.memory, slot)
    allow(policy.ecc_public, f"slot {slot} is not a P-256 public key")
    if packet.p1 == STORED:
        return verify_stored(chip, packet, slot)
    return verify_for_validation(chip, packet, policy)


def plain_digest(chip: Chip) -> bytes:
    allow(chip.sram.tempkey.plain_input, "TempKey was not loaded by Nonce(pass-through)")
    return chip.sram.tempkey.value


def outcome(public: bytes, digest: bytes, signature: bytes) -> Status:
    verified = verifies(public, digest, signature)
    if verified is None:  # which status the chip gives is not said
        raise Refusal(Status.EXECUTION, "the public key is not on the curve")
    return Status.SUCCESS if verified else Status.MISMATCH


def verify_stored(chip: Chip, packet: Packet, slot: int) -> Status:
    """Success proves the key for those whose AuthKey it is."""
    policy = use_key(chip, slot)
    allow(not policy.pub_info or key_valid(chip, slot), f"the public key in slot {slot} is not validated")
    result = outcome(stored_point(chip.memory, slot), plain_digest(chip), packet.data)
    if result == Status.SUCCESS:
        chip.sram.authorised_by = slot
    return result


def verify_for_validation(chip: Chip, packet: Packet, policy: Policy) -> Status:
    """Validate, invalidate, validate external: the key named by ReadKey signs for the key in the slot."""
    allow(policy.pub_info, f"slot {policy.slot} has no validity to change")
    parent = policy.read_key
    allow(Policy.of(chip.memory, parent).ecc_public, f"slot {parent} is not a P-256 public key")
    digest = certificate_digest(chip, policy) if packet.p1 == VALIDATE_EXTERNAL else validation_digest(chip, packet, policy)
    result = verify_stored_by(chip, parent, digest, packet.data[:64])
    if result == Status.SUCCESS:
        mark = PUBLIC_INVALID if packet.p1 == VERIFY_INVALIDATE else PUBLIC_VALID
        first = bytes([mark | chip.memory.slots[policy.slot][0] & 0x0F])
        chip.memory.put(chip.memory.slots[policy.slot], 0, first, f"slot {policy.slot}")
    return result


def verify_stored_by(chip: Chip, parent: int, digest: bytes, signature: bytes) -> Status:
    policy = use_key(chip, parent)
    allow(not policy.pub_info or key_valid(chip, parent), f"the public key in slot {parent} is not validated")
    return outcome(stored_point(chip.memory, parent), digest, signature)


def x509_format(chip: Chip, policy: Policy) -> int:
    return chip.memory.config[92 + policy.x509_id]


def validation_digest(chip: Chip, packet: Packet, policy: Policy) -> bytes:
    """OtherData stands for the fields of the device that made the Sign(internal)."""
    other = packet.data[64:]
    allow(x509_format(chip, policy) == 0, f"slot {policy.slot} is validated by certificate")
    allow(other[17] & 1 == packet.p1 >> 2, "OtherData 17 and the mode disagree")
    tempkey, config = chip.sram.tempkey, chip.memory.config
    allow(tempkey.valid and tempkey.internal, "TempKey is not from GenKey or GenDig")
    message = tempkey.value + b"\x41" + other[:10] + bytes([config[12]]) + other[10:14] + bytes(config[0:2]) + other[14:]
    return sha256(message).digest()


def certificate_digest(chip: Chip, policy: Policy) -> bytes:
    """The digest of a certificate that the chip hashed itself, this slot's key in its place."""
    layout = x509_format(chip, policy)
    allow(layout != 0, f"slot {policy.slot} has no certificate template")
    sha = chip.sram.tempkey.origin
    if not chip.sram.tempkey.valid or not isinstance(sha, Context):
        raise Refusal(Status.EXECUTION, "TempKey is not from SHA")
    fits = sha.public_slot == policy.slot and sha.public_at == layout & 15 and sha.blocks == layout >> 4
    allow(fits, "the hashed message does not have the template's length or key position")
    return chip.sram.tempkey.value
