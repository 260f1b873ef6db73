"""The chip's share of a mutual handshake: bytes and simulated milliseconds of the bus, beside a sum made without driver and simulator.

The sum knows what a handshake needs of the chip: a reseed of 64 bytes, then Info, Nonce and Sign; each use begins with a wake and ends with
idle. It takes execution times from the datasheet (table 9-4), bus time from the lengths of the packets at 100 kHz (9 bits a byte, a bit
each for START and STOP), and tWHI for a wake. The simulated handshake is a real one, with `openssl s_server`.
"""

from dataclasses import dataclass

from tools.laboratory import fault_matrix
from tools.laboratory.chip_handshake import ChipHandshake

HZ = 100_000
WAKE_HIGH_MS = 1.5


@dataclass(frozen=True)
class Command:
    """Bytes of data both ways (a status is one), and execution time in ms, typical and maximum."""

    sent: int
    answered: int
    typical: float
    maximum: float


RANDOM = Command(0, 32, 1, 23)
INFO = Command(0, 4, 0.1, 1)
NONCE = Command(32, 1, 0.1, 7)
SIGN = Command(0, 64, 42, 50)
HANDSHAKE = ((RANDOM, RANDOM), (INFO, NONCE, SIGN))  # each a use of its own, between wake and idle


def transfer_ms(length: int) -> float:
    """A transfer of `length` bytes and its address byte."""
    return ((length + 1) * 9 + 2) / HZ * 1000


def wake_ms() -> float:
    """The pulse, tWHI, and the four bytes that say 11."""
    return transfer_ms(1) + WAKE_HIGH_MS + transfer_ms(4)


def command_ms(command: Command, execution: float) -> float:
    """03, count, opcode, P1, P2 and CRC around the data; count and CRC around the answer."""
    return transfer_ms(8 + command.sent) + execution + transfer_ms(3 + command.answered)


def handshake_ms(maximum: bool = False) -> float:
    """The independent sum."""
    return sum(
        wake_ms() + transfer_ms(1) + sum(command_ms(command, command.maximum if maximum else command.typical) for command in use)
        for use in HANDSHAKE
    )


def row(name: str, value: float, unit: str, how: str) -> dict:
    return {"name": f"atecc.{name}", "value": round(value, 1) if isinstance(value, float) else value, "unit": unit, "how": how}


def metrics() -> list[dict]:
    with ChipHandshake("software") as run:
        begun, cold, done = (run.stages[stage] for stage in ("begun", "cold start", "handshake"))
    mutual = "one mutual handshake, identity in the chip, ECDHE in software, bus at 100 kHz"
    start = "wake, model and locks, start-up test and first seed of the DRBG, public key"
    return [
        row("mutual.bus_bytes", done["bytes"] - cold["bytes"], "bytes", mutual + ", address bytes included"),
        row("mutual.simulated_ms", done["ms"] - cold["ms"], "ms", mutual + ", typical execution times"),
        row("mutual.datasheet_typical_ms", handshake_ms(), "ms", "sum of the datasheet's typical times, wakes and packets"),
        row("mutual.datasheet_maximum_ms", handshake_ms(maximum=True), "ms", "the same with the datasheet's maxima"),
        row("cold_start.bus_bytes", cold["bytes"] - begun["bytes"], "bytes", start),
        row("cold_start.simulated_ms", cold["ms"] - begun["ms"], "ms", start),
        row("fault_matrix.cases", fault_matrix.count(), "cases", "pairs of command and fault in chip/test_faults.py"),
    ]
