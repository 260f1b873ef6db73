"""The chip's outside: power states, wake, watchdog, I/O buffers. What a command does is the business of `device`.

Power states: "off", "asleep", "idle", "waking" (wake pulse seen, tWHI not over), "awake". In all but the last every address is refused;
so it is while a command executes. Events that come with time (end of tWHI, end of a command, watchdog) are caught up with by `settle`
whenever something looks at the chip.

Where the datasheet disagrees with itself or is silent:
- A command that is not complete at STOP keeps waiting for the rest; meanwhile reads are acknowledged and give 0xFF (6.6; 6.5 says refused).
  Later writes with word address 0x03 continue it; word address 0x00, sleep and idle drop it.
- A repeated START in place of STOP does not start execution; it counts as an incomplete command would.
- A count above the buffer's 155 bytes is never complete. A count below 7 is complete at STOP, and answered with a communication error,
  unless its CRC is right: then with a parse error.
- Bytes after a reserved word address are acknowledged and ignored.
"""

from .clock import Account, Clock
from .faults import Fault, Faults, opcode_of
from .packets import LARGEST_COMMAND, Status, Word, response
from .tempkey import Sram
from .timing import POWER_UP, WAKE_HIGH, WAKE_LOW, Timing


class Interface:
    """A chip as a device on the bus."""

    wake_high = WAKE_HIGH

    def __init__(self, clock: Clock, timing: Timing) -> None:
        self.clock = clock
        self.timing = timing
        self.account = Account()
        self.faults = Faults()
        self.wakes_on_any_low = False  # True: as on the wire, where slow traffic to other addresses wakes it too
        self.sram = Sram()
        self.state = "off"
        self.address = 0
        self._ready_at = 0  # end of tPU, of tWHI
        self._watchdog_at = 0
        self._busy_until: int | None = None
        self._then_idle = False
        self.last_command = ""
        self._output = b""
        self._position = 0
        self._input = bytearray()
        self._word: int | None = None
        self._expected = b""
        self._written = 0
        self._write_faults: dict[str, Fault] = {}
        clock.observers.append(self.elapse)
        self.power_on()

    # What a concrete chip adds

    def command_name(self, opcode: int | None) -> str:
        raise NotImplementedError

    def execute(self, packet: bytes) -> None:
        """A complete packet has arrived: set off its execution with `begin`."""
        raise NotImplementedError

    def complete(self) -> None:
        """The execution time is over: commit what was written."""
        raise NotImplementedError

    def interrupted(self) -> None:
        """Execution was cut off: forget what was to be written."""
        raise NotImplementedError

    def effective_address(self) -> int:
        raise NotImplementedError

    def long_watchdog(self) -> bool:
        raise NotImplementedError

    # Power

    def power_on(self) -> None:
        """Supply comes up: asleep, deaf to wake pulses for tPU."""
        self.state = "asleep"
        self.sram = Sram()
        self._ready_at = self.clock.now + POWER_UP

    def power_off(self) -> None:
        """Supply goes away, in the middle of a command perhaps."""
        self.settle()
        self._lose_power()
        self.state = "off"

    def power_cycle(self) -> None:
        self.power_off()
        self.power_on()

    def _lose_power(self) -> None:
        if self._busy_until is not None:
            self._busy_until = None
            self.interrupted()
        self._sleep()

    def _sleep(self) -> None:
        self.state = "asleep"
        self.sram = Sram()
        self._drop_buffers()

    def _idle(self) -> None:
        self.state = "idle"
        self._drop_buffers()

    def _drop_buffers(self) -> None:
        self._output, self._position = b"", 0
        self._input.clear()

    def sda_low(self, nanoseconds: int, general_call: bool) -> None:
        """A wake pulse, if it is long enough and the chip is asleep or idle; an awake chip ignores it (6.1.1)."""
        self.settle()
        if self.state not in ("asleep", "idle") or nanoseconds < WAKE_LOW or self.clock.now < self._ready_at:
            return
        if not (general_call or self.wakes_on_any_low) or self.faults.strike("lost_wake"):
            return
        self.state = "waking"
        self.address = self.effective_address()
        self._ready_at = self.clock.now + self.wake_high
        self._watchdog_at = self.clock.now + self.timing.watchdog_span(self.long_watchdog())
        self._drop_buffers()
        self._output = response(Status.SELF_TEST if self.faults.strike("self_test") else Status.WOKEN)

    # Time

    def settle(self) -> None:
        """Catch up with the clock."""
        now = self.clock.now
        if self.state == "waking" and now >= self._ready_at:
            self.state = "awake"
        if self._busy_until is not None and now >= min(self._busy_until, self._watchdog_at):
            finished, self._busy_until = self._busy_until <= self._watchdog_at, None
            (self.complete if finished else self.interrupted)()
            if self._then_idle:
                self._idle()
        if self.state in ("awake", "waking") and now >= self._watchdog_at:
            self._sleep()

    def elapse(self, start: int, end: int, activity: str) -> None:
        """For the clock. Every instant is booked once: first as wake, then as execution, then as what the host was doing."""
        if self.state == "waking" and start < self._ready_at:
            until = min(end, self._ready_at)
            self.account.book("wake", until - start)
            start = until
        if self._busy_until is not None and start < self._busy_until:
            until = min(end, self._busy_until, max(start, self._watchdog_at))
            self.account.book("execution", until - start)
            start = until
        self.account.book(activity, end - start)

    @property
    def watchdog_left(self) -> int:
        """Nanoseconds until the watchdog puts the chip to sleep."""
        return self._watchdog_at - self.clock.now

    @property
    def busy(self) -> bool:
        self.settle()
        return self._busy_until is not None

    def begin(self, nanoseconds: int, answer: bytes | None) -> None:
        """Be busy for so long, then offer `answer`; None: go idle."""
        self._busy_until = self.clock.now + nanoseconds
        self._output, self._position = answer or b"", 0
        self._then_idle = answer is None

    # The device side of the bus

    def expect(self, data: bytes) -> None:
        self._expected = data

    def addressed(self, address: int, read: bool) -> bool:
        self.settle()
        expected, self._expected = self._expected, b""
        if self.state != "awake" or address != self.address or self._busy_until is not None:
            return False
        if self.faults.strike("missing"):
            return False
        if read:
            return True
        self._word, self._written = None, 0
        self._write_faults = self._due_faults(expected)
        lost = self._write_faults.get("lost_ack")
        return not (lost is not None and lost.byte < 0)

    def _due_faults(self, expected: bytes) -> dict[str, Fault]:
        opcode = opcode_of(expected)
        if opcode is None:
            return {}
        name = self.command_name(opcode)
        due = {kind: self.faults.strike(kind, name) for kind in ("lost_ack", "flip_write", "stuck")}
        return {kind: fault for kind, fault in due.items() if fault is not None}

    def receive(self, byte: int) -> bool:
        index, self._written = self._written, self._written + 1
        flip, lost = self._write_faults.get("flip_write"), self._write_faults.get("lost_ack")
        if flip is not None and flip.byte == index:
            byte ^= 1 << flip.bit
        taken = self._take_word(byte) if self._word is None else self._take_byte(byte)
        return taken and not (lost is not None and lost.byte == index)

    def _take_word(self, byte: int) -> bool:
        self._word = byte
        if byte == Word.RESET:
            self._position = 0
            self._input.clear()
        return True

    def _take_byte(self, byte: int) -> bool:
        if self._word != Word.COMMAND or "stuck" in self._write_faults:
            return True
        if not self._input:
            self._output, self._position = b"", 0
        elif len(self._input) >= min(max(self._input[0], 1), LARGEST_COMMAND):
            return False
        self._input.append(byte)
        return True

    def transmit(self) -> int:
        if self._position >= len(self._output):
            return 0xFF
        byte = self._output[self._position]
        flip = self.faults.strike("flip_read", self.last_command, self._position)
        self._position += 1
        return byte if flip is None else byte ^ 1 << flip.bit

    def stop(self) -> None:
        word, self._word = self._word, None
        if "stuck" in self._write_faults:
            self._write_faults = {}
            self._output, self._position = response(Status.WOKEN), 0
        elif word == Word.SLEEP:
            self._sleep()
        elif word == Word.IDLE:
            self._idle()
        elif word == Word.COMMAND and 0 < len(self._input) >= self._input[0]:
            packet = bytes(self._input)
            self._input.clear()
            self.execute(packet)
