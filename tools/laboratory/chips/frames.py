"""What chips that speak in frames have in common: an address that is not acknowledged while they work, writes that count at STOP, faults.

A chip gives `written(data)`, what the host wrote, and `reading()`, the bytes that a read finds (0xFF after them, None: not acknowledged). A
command is begun with `work(milliseconds, done)`, and `done` is called when the time is over.
"""

import os
from collections.abc import Callable

from ..atecc_simulator import MILLISECOND, Account, Clock, Faults

_FOR_EVER = 10**9  # ms


class FrameChip:
    """A device on the bus. `address` in 7 bits, `random` n -> n bytes."""

    address = 0

    def __init__(self, clock: Clock, *, random: Callable[[int], bytes] = os.urandom, startup: float = 1) -> None:
        self.clock = clock
        self.random = random
        self.faults = Faults()
        self.account = Account()
        self.startup = startup
        self.executed: list[str] = []
        self._busy_until = 0
        self._done: Callable[[], None] | None = None
        self._input: bytearray | None = None
        self._output = b""
        self._at = 0
        self._due: dict = {}
        clock.observers.append(self.elapse)
        self.power_cycle()

    # What a concrete chip adds

    def forget(self) -> None:
        """All volatile state."""

    def written(self, data: bytes) -> None:
        raise NotImplementedError

    def reading(self) -> bytes | None:
        raise NotImplementedError

    # Power and time

    def power_cycle(self) -> None:
        self._done = None
        self.forget()
        self._busy_until = self.clock.now + round(self.startup * MILLISECOND)

    def settle(self) -> None:
        if self._done is not None and self.clock.now >= self._busy_until:
            done, self._done = self._done, None
            done()

    @property
    def busy(self) -> bool:
        self.settle()
        return self.clock.now < self._busy_until

    @property
    def state(self) -> str:
        return "busy" if self.busy else "ready"

    def elapse(self, start: int, end: int, activity: str) -> None:
        """For the clock: execution first, then what the host was doing."""
        until = max(start, min(end, self._busy_until))
        self.account.book("execution", until - start)
        self.account.book(activity, end - until)

    def work(self, name: str, milliseconds: float, done: Callable[[], None]) -> None:
        """A command: `done` when its time is over, unless a fault strikes."""
        self.settle()
        self.executed.append(name)
        if self.faults.strike("hang", name):
            milliseconds = _FOR_EVER
        else:
            self.account.book_command(name, round(milliseconds * MILLISECOND))
        fault = self.faults.strike("brown_out", name)
        if fault:
            if fault.when == "after":
                done()
            self.power_cycle()
            return
        self._busy_until = self.clock.now + round(milliseconds * MILLISECOND)
        self._done = done

    # The device side of the bus

    def expect(self, data: bytes) -> None:
        pass

    def sda_low(self, nanoseconds: int, general_call: bool) -> None:
        pass

    def deaf(self) -> bool:
        """Whether it does not acknowledge its address now."""
        return self.busy

    def addressed(self, address: int, read: bool) -> bool:
        if address != self.address or self.deaf() or self.faults.strike("missing"):
            return False
        if not read:
            self._input = bytearray()
            struck = ((kind, self.faults.strike(kind)) for kind in ("lost_ack", "flip_write"))
            self._due = {kind: fault for kind, fault in struck if fault is not None}
            lost = self._due.get("lost_ack")
            return not (lost is not None and lost.byte < 0)
        found = self.reading()
        if found is None:
            return False
        self._output, self._at = found, 0
        return True

    def receive(self, byte: int) -> bool:
        assert self._input is not None
        index = len(self._input)
        flip, lost = self._due.get("flip_write"), self._due.get("lost_ack")
        self._input.append(byte ^ 1 << flip.bit if flip is not None and flip.byte == index else byte)
        return not (lost is not None and lost.byte == index)

    def transmit(self) -> int:
        byte = self._output[self._at] if self._at < len(self._output) else 0xFF
        flip = self.faults.strike("flip_read", None, self._at)
        self._at += 1
        return byte if flip is None else byte ^ 1 << flip.bit

    def stop(self) -> None:
        data, self._input = self._input, None
        if data:
            self.written(bytes(data))


def crc16(data: bytes, register: int) -> int:
    """CRC-16, polynomial 0x1021, least significant bit first: of the IFX stack from 0; of X-25 from FFFF, and inverted afterwards."""
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register
