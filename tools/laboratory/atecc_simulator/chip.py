"""What a command sees of the chip that runs it."""

from collections.abc import Callable
from typing import Protocol

from .memory import Memory
from .tempkey import Sram
from .timing import Timing


class Chip(Protocol):
    """The device (device.py), without its pins: what outlives the power, what does not, time, and randomness."""

    revision: bytes
    memory: Memory
    sram: Sram
    timing: Timing
    random: Callable[[int], bytes]
    extra_time: int
    eeprom_seed_updated: bool

    def increment_counter(self, index: int) -> int: ...

    def update_seed(self) -> None: ...

    def draw_for_secret(self) -> None: ...
