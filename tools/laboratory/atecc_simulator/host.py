"""The plainest host there can be: for tests, and for trying things by hand. It retries nothing."""

from .bus import AddressNack, Bus
from .clock import MILLISECOND
from .packets import Word, command, unframe
from .timing import WAKE_HIGH

ADDRESS = 0x60


class Host:
    """Talks to the chip at 0x60 of a bus, in Python."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def wake(self) -> bytes:
        """Wake pulse, tWHI, and the 4 bytes that the chip then has. AddressNack when it has not woken."""
        self.pulse()
        self.bus.clock.advance(WAKE_HIGH)
        return self.bus.readfrom(ADDRESS, 4)

    def pulse(self) -> None:
        """A general call at 100 kHz, which nobody acknowledges."""
        hz, self.bus.hz = self.bus.hz, 100_000
        try:
            self.bus.writeto(0, b"\0")
        except AddressNack:
            pass
        finally:
            self.bus.hz = hz

    def word(self, word: Word) -> None:
        """Reset, sleep or idle."""
        self.bus.writeto(ADDRESS, bytes([word]))

    def send(self, opcode: int, p1: int = 0, p2: int = 0, data: bytes = b"") -> None:
        """Write a command; ValueError unless every byte is acknowledged."""
        write = command(opcode, p1, p2, data)
        if self.bus.writeto(ADDRESS, write) != len(write):
            raise ValueError("the chip did not take the whole command")

    def poll(self, milliseconds: int = 2000) -> None:
        """Wait until the chip acknowledges its address again; TimeoutError."""
        for _ in range(milliseconds):
            try:
                self.bus.writeto(ADDRESS, b"\0")
                return
            except AddressNack:
                self.bus.clock.advance(MILLISECOND)
        raise TimeoutError("the chip stays busy, or has gone to sleep")

    def receive(self) -> int | bytes:
        """The answer: a status (int), or data. ValueError when count or CRC do not fit."""
        count = self.bus.readfrom(ADDRESS, 1)
        body = unframe(count + self.bus.readfrom(ADDRESS, max(count[0] - 1, 0)))
        return body[0] if len(body) == 1 else body

    def call(self, opcode: int, p1: int = 0, p2: int = 0, data: bytes = b"") -> int | bytes:
        """Send, wait, receive."""
        self.send(opcode, p1, p2, data)
        self.poll()
        return self.receive()

    def get(self, opcode: int, p1: int = 0, p2: int = 0, data: bytes = b"") -> bytes:
        """As `call`, for commands that answer with data; ValueError when it was a status."""
        answer = self.call(opcode, p1, p2, data)
        if isinstance(answer, int):
            raise ValueError(f"status {answer:02x}")
        return answer
