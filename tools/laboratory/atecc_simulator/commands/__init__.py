"""What the commands share: refusals, access to keys, and the table that maps an opcode to its handler.

A handler takes the chip and the packet and returns a status (int) or data (bytes), or raises Refusal. It may change the chip's memory: the
changes are committed when the execution time is over, and not at all when the result is a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import Policy

Result = int | bytes | None


class Refusal(Exception):
    """The chip will not do it: `status` is the answer."""

    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status


def parse(condition: object, why: str) -> None:
    """Refuse as malformed (03) unless `condition`: lengths, modes, parameters out of range."""
    if not condition:
        raise Refusal(Status.PARSE, why)


def allow(condition: object, why: str) -> None:
    """Refuse as not allowed in this state or configuration (0F) unless `condition`."""
    if not condition:
        raise Refusal(Status.EXECUTION, why)


@dataclass(frozen=True)
class Command:
    """A row of the command table.

    tempkey  what becomes of TempKey.Valid (2.5): "kept" in all cases; "made" lost on errors other than FF and 05; "spent" lost on every
             return code other than FF and 05; "own" the handler sees to it, errors as "spent"
    """

    name: str
    run: Callable[[Chip, Packet], Result]
    tempkey: str = "spent"


def slot_of(packet: Packet) -> int:
    parse(packet.p2 <= 15, "there are 16 slots")
    return packet.p2


def authorise(chip: Chip, policy: Policy) -> None:
    """ReqAuth: the key named by AuthKey must have been proven; using the key spends the proof."""
    if not policy.req_auth:
        return
    proven, chip.sram.authorised_by = chip.sram.authorised_by, None
    allow(proven == policy.auth_key, f"slot {policy.slot} needs authorisation by slot {policy.auth_key}")


def count_use(chip: Chip, policy: Policy) -> None:
    """LimitedUse: slot 15 spends a bit of LastKeyUse, the others increment Counter 0."""
    if not policy.limited_use:
        return
    chip.extra_time += chip.timing.limited_use()
    if policy.slot == 15:
        allow(chip.memory.uses_left(), "slot 15 has no uses left")
        chip.memory.spend_use()
    else:
        chip.increment_counter(0)


def use_key(chip: Chip, slot: int, *, nonce: bool = True) -> Policy:
    """What every use of a key has in common: configuration locked, authorisation, limited use; and, but for Sign and ECDH, which table 2-12
    does not name there, a `nonce` of the chip's own where ReqRandom asks for it."""
    policy = Policy.of(chip.memory, slot)
    allow(chip.memory.config_locked, "keys are not usable before the configuration zone is locked")
    authorise(chip, policy)
    allow(not nonce or not policy.req_random or chip.sram.tempkey.from_random, f"slot {slot} asks for a random TempKey")
    count_use(chip, policy)
    return policy


def symmetric_key(chip: Chip, slot: int) -> bytes:
    """The first 32 bytes of a slot as a secret key. The datasheet does not name private slots here; a key must not pass this way."""
    policy = use_key(chip, slot)
    allow(not policy.private, f"slot {slot} holds an ECC private key")
    return bytes(chip.memory.slots[slot][:32])
