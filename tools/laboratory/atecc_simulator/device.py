"""The chip: interface outside, memory inside, and the execution of one command between them."""

import os
from collections.abc import Callable
from pathlib import Path

from . import storage, timing
from .clock import Clock
from .commands import Command, Refusal, Result, allow
from .commands.table import ATECC508A
from .interface import Interface
from .memory import COUNTER_MAXIMUM, Memory
from .packets import Packet, Status, response

_KEPT_BY = (Status.COMMUNICATION, Status.ECC_FAULT)


class Atecc508a(Interface):
    """An ATECC508A.

    clock    simulated time, shared with the bus
    memory   the EEPROM; None loads it from `path`
    path     where the EEPROM is kept; written atomically after each command that changed it
    random   n -> n random bytes, the chip's generator; a test may give its own
    times    how long commands take
    """

    revision = bytes.fromhex("00005002")
    commands: dict[int, Command] = ATECC508A
    times: timing.Times = timing.ATECC508A

    def __init__(
        self,
        clock: Clock,
        memory: Memory | None = None,
        *,
        path: Path | None = None,
        random: Callable[[int], bytes] = os.urandom,
        times: timing.Timing | None = None,
    ) -> None:
        if memory is None:
            if path is None:
                raise ValueError("a chip needs its memory, or a file to load it from")
            memory = storage.load(path)
        memory.config[4:8] = self.revision  # RevNum is the silicon's, whatever the image was made for
        self.memory = memory
        self.path = path
        self.random = random
        self.eeprom_seed_updated = False
        self.stale_draws = 0
        self.extra_time = 0
        self.refusal = ""
        self._after: Memory | None = None
        super().__init__(clock, times or timing.Timing(self.times))
        if path is not None:
            storage.save(path, memory)

    # For the interface

    def command_name(self, opcode: int | None) -> str:
        command = self.commands.get(-1 if opcode is None else opcode)
        return command.name if command else ""

    def effective_address(self) -> int:
        return self.memory.i2c_address

    def long_watchdog(self) -> bool:
        return self.memory.long_watchdog

    def power_on(self) -> None:
        self.eeprom_seed_updated = False
        super().power_on()

    def complete(self) -> None:
        after, self._after = self._after, None
        if after is not None:
            self.memory = after
            if self.path is not None:
                storage.save(self.path, after)

    def interrupted(self) -> None:
        self._after = None

    # Execution

    def execute(self, packet: bytes) -> None:
        """At STOP: the answer and the new memory are worked out now, and come into force when the time is over."""
        self.extra_time, self.refusal = 0, ""
        try:
            parsed = Packet.parse(packet)
        except ValueError as error:
            self.last_command, self.refusal = "", str(error)
            self._finish(Status.COMMUNICATION)
            return
        command = self.commands.get(parsed.opcode) if parsed else None
        self.last_command = command.name if command else ""
        fault = self.faults.strike("status", self.last_command)
        result, after = (fault.status, None) if fault else self._run(command, parsed)
        if result not in _KEPT_BY:
            self._after_command(command, result)
        if fault := self.faults.strike("brown_out", self.last_command):
            self._brown_out(after, fault.when)
        else:
            self._finish(result, after)

    def _run(self, command: Command | None, packet: Packet | None) -> tuple[Result, Memory | None]:
        """Result, and the memory afterwards (None: nothing to commit)."""
        if command is None or packet is None:
            self.refusal = "not a command"
            return Status.PARSE, None
        if self.watchdog_left < self.timing.reserve(command.name):
            self.refusal = "not enough time before the watchdog"
            return Status.WATCHDOG, None
        if command.name != "SHA" and self.sram.sha is not None:
            self.sram.sha = None
            self.sram.tempkey.clear()
        before, self.memory = self.memory, self.memory.copy()
        try:
            return command.run(self, packet), self.memory
        except Refusal as refusal:
            self.refusal = str(refusal)
            return refusal.status, None
        finally:
            self.memory = before

    def _after_command(self, command: Command | None, result: Result) -> None:
        """The clearing rules of TempKey (2.5)."""
        rule = command.tempkey if command else "spent"
        failed = isinstance(result, int) and result != Status.SUCCESS
        if rule == "spent" or (failed and rule != "kept"):
            self.sram.tempkey.clear()
        if failed and rule == "own":
            self.sram.sha = None

    def _finish(self, result: Result, after: Memory | None = None) -> None:
        succeeded = not isinstance(result, int) or result in (Status.SUCCESS, Status.MISMATCH)
        duration = self.timing.execution(self.last_command) + self.extra_time if succeeded else self.timing.refusal()
        if self.faults.strike("hang", self.last_command):
            duration = 2 * self.timing.watchdog_span(True)
        else:
            self.account.book_command(self.last_command or "refused", duration)
        self._after = after
        self.begin(duration, None if result is None else response(result))

    def _brown_out(self, after: Memory | None, when: str) -> None:
        """The supply fails and comes back: with nothing written, half of it, or all of it and no answer."""
        if after is not None and when != "before":
            self._after = after if when == "after" else torn(self.memory, after)
            self.complete()
        self.power_cycle()

    # For the commands

    def increment_counter(self, index: int) -> int:
        value = self.memory.counter(index)
        allow(value < COUNTER_MAXIMUM, f"counter {index} is at its maximum")
        self.memory.set_counter(index, value + 1)
        return value + 1

    def draw_for_secret(self) -> None:
        """Before a number that has to stay secret: is it made from a seed that was updated since the chip had no power, or slept?"""
        if not (self.sram.seed_updated and self.eeprom_seed_updated):
            self.stale_draws += 1

    def update_seed(self) -> None:
        """The generator's seed goes to EEPROM once per power-up."""
        self.sram.seed_updated = True
        if not self.eeprom_seed_updated:
            self.eeprom_seed_updated = True
            self.memory.wear["seed"] += 1


def torn(before: Memory, after: Memory) -> Memory:
    """Memory when the supply fails in the middle of writing: the first half of the changed bytes is new. Counters never go back, but may
    jump by more than one (9.3)."""
    half = before.copy()
    half.wear = after.wear.copy()
    for old, new, area in zip(areas(before), areas(after), areas(half), strict=True):
        changed = [n for n in range(len(old)) if old[n] != new[n]]
        for n in changed[: len(changed) // 2]:
            area[n] = new[n]
    for index in (0, 1):
        if after.counter(index) != before.counter(index):
            half.set_counter(index, min(after.counter(index) + 1, COUNTER_MAXIMUM))
    return half


def areas(memory: Memory) -> list[bytearray]:
    return [memory.config, memory.otp, *memory.slots]
