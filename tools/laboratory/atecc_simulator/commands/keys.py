"""GenKey and ECDH: keys that are made and used inside."""

from hashlib import sha256

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import Policy
from . import Refusal, Result, allow, authorise, parse, slot_of, use_key
from .ecc import ORDER, agree, private_scalar, public_key, public_of, stored_point

CREATE, DIGEST, PUBLIC_DIGEST = 0x04, 0x08, 0x10


def genkey(chip: Chip, packet: Packet) -> Result:
    """9.7: create a private key, or compute the public key of one, or digest a stored public key."""
    parse(packet.p1 & ~(CREATE | DIGEST | PUBLIC_DIGEST) == 0, "GenKey has P1 bits 2, 3 and 4")
    slot = slot_of(packet)
    allow(chip.memory.config_locked, "no keys before the configuration zone is locked")
    policy = Policy.of(chip.memory, slot)
    if packet.p1 & PUBLIC_DIGEST:
        return digest_stored(chip, packet, policy)
    parse(not packet.data, "only the digest of a public key takes data")
    allow(policy.ecc_private, f"slot {slot} is not a secret P-256 private key")
    authorise(chip, policy)
    public = create(chip, policy) if packet.p1 & CREATE else compute(chip, policy)
    if packet.p1 & DIGEST:
        digest(chip, policy, packet.head, public)
    return public


def create(chip: Chip, policy: Policy) -> bytes:
    """A new key in the slot; the public key is returned whatever PubInfo says."""
    allow(policy.unlocked, f"slot {policy.slot} is locked")
    allow(not chip.memory.data_locked or policy.key_made_inside, f"WriteConfig of slot {policy.slot} forbids new keys")
    chip.update_seed()
    scalar = new_scalar(chip)
    chip.memory.put(chip.memory.slots[policy.slot], 0, scalar.to_bytes(36, "big"), f"slot {policy.slot}")
    return public_of(scalar)


def new_scalar(chip: Chip) -> int:
    """Uniform in 1..n-1."""
    while not 0 < (scalar := int.from_bytes(chip.random(32), "big")) < ORDER:
        pass
    return scalar


def compute(chip: Chip, policy: Policy) -> bytes:
    allow(not chip.memory.data_locked or policy.pub_info, f"PubInfo of slot {policy.slot} forbids its public key")
    return public_of(usable_scalar(chip, policy.slot))


def usable_scalar(chip: Chip, slot: int) -> int:
    scalar = private_scalar(chip.memory, slot)
    if scalar is None:
        raise Refusal(Status.EXECUTION, f"slot {slot} holds no valid private key")
    return scalar


def digest_stored(chip: Chip, packet: Packet, policy: Policy) -> Result:
    """Mode 0x10. Three bytes of OtherData stand in for P1 and P2."""
    parse(len(packet.data) in (0, 3), "OtherData has 3 bytes")
    allow(policy.ecc_public, f"slot {policy.slot} is not a P-256 public key")
    authorise(chip, policy)
    head = bytes([packet.opcode]) + packet.data if packet.data else packet.head
    xy = stored_point(chip.memory, policy.slot)
    allow(public_key(xy) is not None, f"slot {policy.slot} holds no point of the curve")
    digest(chip, policy, head, xy)
    return Status.SUCCESS


def digest(chip: Chip, policy: Policy, head: bytes, public: bytes) -> None:
    """Replace TempKey by the digest of a public key, on top of what was in it."""
    tempkey = chip.sram.tempkey
    allow(tempkey.valid, "TempKey is not valid")
    allow(not policy.req_random or tempkey.from_random, f"slot {policy.slot} asks for a random TempKey")
    tempkey.value = sha256(tempkey.value + head + chip.memory.serial_frame + bytes(25) + public).digest()
    tempkey.gen_key = tempkey.internal = True
    tempkey.gen_dig, tempkey.origin = False, None
    tempkey.key_id = policy.slot


def ecdh(chip: Chip, packet: Packet) -> Result:
    """9.5. The secret is the answer, in clear, or goes to slot N+1 (ReadKey bit 3)."""
    parse(packet.p1 == 0 and len(packet.data) == 64, "ECDH has P1 0 and 64 bytes")
    slot = slot_of(packet)
    policy = use_key(chip, slot, nonce=False)
    allow(policy.ecc_private and policy.agrees, f"slot {slot} may not agree on keys")
    allow(not policy.secret_to_next_slot or slot % 2 == 0, "only an even slot has a slot for its secret")
    secret = agree(usable_scalar(chip, slot), packet.data)
    if secret is None:  # which status the chip gives is not said
        raise Refusal(Status.EXECUTION, "the point is not on the curve")
    if not policy.secret_to_next_slot:
        return secret
    chip.memory.put(chip.memory.slots[slot + 1], 0, secret, f"slot {slot + 1}")
    return Status.SUCCESS
