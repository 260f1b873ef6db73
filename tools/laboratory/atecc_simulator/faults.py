"""Faults to inject: what goes wrong on the bus, in the chip, with its supply.

    chip.faults.add(Fault("status", "Sign", status=Status.ECC_FAULT, times=2))
    chip.faults.add(Fault("lost_ack", "Nonce", byte=-1))

A fault waits for its command (None = any), lets `skip` occasions pass, strikes `times` times, and is then listed in `spent`.
"""

from dataclasses import dataclass, field

from .packets import Status, Word

KINDS = {
    "lost_ack": "the chip takes byte `byte` of the command write (-1: the address, 0: the word address) but its ACK does not arrive",
    "flip_write": "bit `bit` of byte `byte` of the command write arrives inverted",
    "flip_read": "bit `bit` of byte `byte` of the response is inverted on its way to the host",
    "status": "the chip answers with `status` instead of executing",
    "stuck": "the chip acknowledges the command and never sees it: its output buffer has 04 11 again",
    "hang": "the chip executes, and never ends before its watchdog does",
    "brown_out": "the supply fails: `when` is before, during or after the command's writes to EEPROM",
    "lost_wake": "a wake pulse has no effect",
    "self_test": "at a wake the chip says 07 instead of 11, as a 608 whose self-test failed",
    "missing": "nobody answers at the address (a transaction each time)",
}


@dataclass
class Fault:
    kind: str
    command: str | None = None
    times: int = 1
    skip: int = 0
    byte: int = 1
    bit: int = 0
    status: int = Status.COMMUNICATION
    when: str = "during"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")
        if self.when not in ("before", "during", "after"):
            raise ValueError("a brown-out is before, during or after the writes")


@dataclass
class Faults:
    """The faults waiting for one chip. Each strikes on one occasion of its kind at most once."""

    waiting: list[Fault] = field(default_factory=list)
    spent: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()
        self.spent.clear()

    def strike(self, kind: str, command: str | None = None, byte: int | None = None) -> Fault | None:
        """The fault of this kind (and, where given, of this byte) that is due now, if any; counts the occasion."""
        for fault in self.waiting:
            if fault.kind != kind or fault.command not in (None, command) or byte not in (None, fault.byte):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
                self.spent.append(fault)
            return fault
        return None


def opcode_of(write: bytes) -> int | None:
    """The opcode in a command write; None when it is not one."""
    return write[2] if len(write) > 2 and write[0] == Word.COMMAND else None
