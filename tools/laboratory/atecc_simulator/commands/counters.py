"""Counter, UpdateExtra and Pause."""

from ..chip import Chip
from ..packets import Packet, Status
from ..policy import Policy
from . import Result, allow, count_use, parse

USER_EXTRA, SELECTOR = 84, 85


def counter(chip: Chip, packet: Packet) -> Result:
    """9.3: read (0) or increment (1); the value in 4 bytes, little-endian."""
    parse(packet.p1 in (0, 1) and packet.p2 in (0, 1) and not packet.data, "Counter has P1 0 or 1, P2 0 or 1, and no data")
    value = chip.increment_counter(packet.p2) if packet.p1 else chip.memory.counter(packet.p2)
    return value.to_bytes(4, "little")


def updateextra(chip: Chip, packet: Packet) -> Result:
    """9.19: UserExtra once, Selector (with SelectorMode: once), or one use less of a limited-use key."""
    parse(packet.p1 <= 3 and packet.p2 <= 0xFF and not packet.data, "UpdateExtra has P1 bits 0 and 1, one byte in P2, and no data")
    if packet.p1 & 2:
        parse(packet.p2 <= 15, "there are 16 slots")
        count_use(chip, Policy.of(chip.memory, packet.p2))
        return Status.SUCCESS
    place = SELECTOR if packet.p1 else USER_EXTRA
    # With SelectorMode the text says "if Selector is non-zero"; section 4 and the ATSHA204A's datasheet say it must be zero: zero here.
    guarded = place == USER_EXTRA or chip.memory.config[19] & 1
    allow(not guarded or chip.memory.config[place] == 0, f"byte {place} was already written")
    chip.memory.put(chip.memory.config, place, bytes([packet.p2]), "config")
    return Status.SUCCESS


def pause(chip: Chip, packet: Packet) -> Result:
    """9.13: chips whose Selector is another go idle, without an answer."""
    parse(packet.p2 == 0 and not packet.data, "Pause has P2 0 and no data")
    return Status.SUCCESS if chip.memory.config[SELECTOR] == packet.p1 else None
