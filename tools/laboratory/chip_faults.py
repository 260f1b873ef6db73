"""The fault matrix of the chips beside the ATECC508A: each fault at each transfer of an operation, and what may come of it.

After documented retries an operation gives the right result or a clear error; it never hangs, and never gives a wrong result. Once the
fault is over, the chip works with the same driver object.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.laboratory.simulated_chip import ChipBench

LIMIT_MS = 30_000  # of simulated time: a chip that is busy for ever is waited for four times
ALWAYS = 1_000_000
OCCASIONS = (0, 1, 2, 4, 7)  # the transfers at which a fault strikes, counted from the operation's first


@dataclass(frozen=True)
class Strike:
    name: str
    fault: dict
    ends: tuple[str, ...] = ()  # the causes that a lasting fault may end in

    def at(self) -> list[dict]:
        """This fault at each occasion; a lasting one at the first."""
        return [dict(self.fault, times=ALWAYS)] if self.ends else [dict(self.fault, skip=skip) for skip in OCCASIONS]


GONE = ("CHIP_NOT_ANSWERING",)

# What may happen to any chip on a bus.
ANY = (
    Strike("ACK of the address lost", {"kind": "lost_ack", "byte": -1}),
    Strike("ACK of the first byte lost", {"kind": "lost_ack", "byte": 0}),
    Strike("ACK of a later byte lost", {"kind": "lost_ack", "byte": 3}),
    Strike("first byte arrives damaged", {"kind": "flip_write", "byte": 0, "bit": 2}),
    Strike("second byte arrives damaged", {"kind": "flip_write", "byte": 1, "bit": 4}),
    Strike("third byte arrives damaged", {"kind": "flip_write", "byte": 2, "bit": 0}),
    Strike("high bit of a length arrives damaged", {"kind": "flip_write", "byte": 3, "bit": 7}),
    Strike("last byte of a short frame arrives damaged", {"kind": "flip_write", "byte": 5, "bit": 6}),
    Strike("first byte of an answer damaged", {"kind": "flip_read", "byte": 0, "bit": 5}),
    Strike("length of an answer damaged", {"kind": "flip_read", "byte": 2, "bit": 3}),
    Strike("answer damaged", {"kind": "flip_read", "byte": 4, "bit": 1}),
    Strike("missing for a while", {"kind": "missing", "times": 10}),
    Strike("never ends", {"kind": "hang"}),
    Strike("reset before a command's work", {"kind": "brown_out", "when": "before"}),
    Strike("reset in mid-command", {"kind": "brown_out", "when": "during"}),
    Strike("reset after it", {"kind": "brown_out", "when": "after"}),
    Strike("missing", {"kind": "missing"}, GONE),
    Strike("never ends, always", {"kind": "hang"}, GONE),
    Strike("resets always", {"kind": "brown_out"}, GONE),
    Strike("answers damaged always", {"kind": "flip_read", "byte": 1, "bit": 0}, GONE),
)
CRYPTO_AUTHENTICATION = (
    *ANY,
    Strike("wake lost", {"kind": "lost_wake"}),
    Strike("stuck at 11", {"kind": "stuck"}),
    Strike("status FF", {"kind": "status", "status": 0xFF}),
    Strike("status 0F", {"kind": "status", "status": 0x0F}),
    Strike("wake lost always", {"kind": "lost_wake"}, GONE),
    Strike("stuck at 11 always", {"kind": "stuck"}, GONE),
    Strike("status FF always", {"kind": "status", "status": 0xFF}, ("CHIP_COMMUNICATION",)),
    Strike("status 0F always", {"kind": "status", "status": 0x0F}, ("CHIP_REFUSED",)),
    Strike("status 03 always", {"kind": "status", "status": 0x03}, ("CHIP_PARSE_ERROR",)),
)

_STRIKE = """
def drawn():
    block = bytearray(32)
    chip.source().fill(block)
    return bytes(block)
chip = {driver}(i2c)
chip.ready()
link.control("fault", **{fault!r})
begun = link.control("time")["now"]
ended = outcome(lambda: {code})
took = link.control("time")["now"] - begun
link.control("clear_faults")
ended, took, drawn()
"""


def strike_all(chip: ChipBench, kind: dict, code: str, right: Callable[[Any], bool], strikes: tuple[Strike, ...]) -> str:
    """Every fault on a fresh chip of `kind` each; a table of what came of them. AssertionError lists what was not allowed."""
    wrong, ended = [], {}
    for strike in strikes:
        for fault in strike.at():
            chip.renew(**kind)
            (how, *rest), took, after = chip.run(_STRIKE.format(driver=chip.driver, fault=fault, code=code))
            complaint = _complaint(strike, how, rest, took, after, right)
            if complaint:
                wrong.append(f"{strike.name} ({fault}): {complaint}")
            ended.setdefault("ok" if how == "ok" else rest[0], []).append(strike.name)
    assert not wrong, "\n".join(wrong)
    return "\n".join(f"{end:24} {len(names):3}  {'; '.join(dict.fromkeys(names))}" for end, names in sorted(ended.items()))


def _complaint(strike: Strike, how: str, rest: list, took: float, after: bytes, right: Callable[[Any], bool]) -> str:
    if took >= LIMIT_MS:
        return f"it took {took:.0f} ms"
    if len(after) != 32:
        return "the chip does not work any more"
    if how == "ok":
        if strike.ends:
            return "it went on over a lasting fault"
        return "" if right(rest[0]) else f"a wrong result: {rest[0]!r}"
    return "" if rest[0] in strike.ends else f"{rest[0]}: {rest[1]}"
