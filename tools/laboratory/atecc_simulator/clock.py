"""Simulated time. Nothing here ever sleeps; time passes only when a bus transfer or the host says so."""

from collections.abc import Callable

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000


class Clock:
    """Nanoseconds since the start of the simulation, and those who want to know when some pass."""

    def __init__(self) -> None:
        self.now = 0
        self.observers: list[Callable[[int, int, str], None]] = []

    def advance(self, nanoseconds: int, activity: str = "host") -> None:
        """Let time pass. `activity` says what the host was doing: "bus", "wake" (a wake pulse) or "host" (anything else)."""
        if nanoseconds < 0:
            raise ValueError("time runs forward")
        start, self.now = self.now, self.now + nanoseconds
        for observer in self.observers:
            observer(start, self.now, activity)

    @property
    def milliseconds(self) -> float:
        return self.now / MILLISECOND


class Account:
    """Where the time of one chip went, in nanoseconds: every instant is booked once, so the four add up to the clock.

    wake       wake pulses and the tWHI after them
    execution  the chip was executing (polls that it refused meanwhile are in here)
    bus        other transfers, to this chip or to others on the bus
    host       the rest
    """

    def __init__(self) -> None:
        self.wake = self.execution = self.bus = self.host = 0
        self.commands: dict[str, tuple[int, int]] = {}

    def book(self, activity: str, nanoseconds: int) -> None:
        setattr(self, activity, getattr(self, activity) + nanoseconds)

    def book_command(self, name: str, nanoseconds: int) -> None:
        """One more execution of a command: how often, and how long in all."""
        times, total = self.commands.get(name, (0, 0))
        self.commands[name] = (times + 1, total + nanoseconds)

    @property
    def total(self) -> int:
        return self.wake + self.execution + self.bus + self.host

    def as_dict(self) -> dict:
        """Milliseconds, for reports and for the link to the target."""
        split = {name: getattr(self, name) / MILLISECOND for name in ("wake", "execution", "bus", "host", "total")}
        split["commands"] = {name: [times, total / MILLISECOND] for name, (times, total) in self.commands.items()}
        return split
