"""A bus, a chip that has power, and the plainest of hosts: what most tests of the chip begin with."""

from .bus import AddressNack, Bus
from .clock import MILLISECOND, Clock
from .device import Atecc508a
from .host import ADDRESS, Host
from .memory import Memory
from .setups import tls_client


class Bench(Host):
    """`options` go to the chip."""

    def __init__(self, memory: Memory | None = None, kind: type[Atecc508a] = Atecc508a, **options) -> None:
        super().__init__(Bus())
        self.chip = kind(self.bus.clock, memory or tls_client(), **options)
        self.bus.attach(self.chip)
        self.bus.clock.advance(MILLISECOND)

    @property
    def clock(self) -> Clock:
        return self.bus.clock

    @property
    def memory(self) -> Memory:
        """What the chip has committed to EEPROM."""
        return self.chip.memory

    def answers(self) -> bool:
        """Whether the chip acknowledges its address."""
        try:
            self.bus.readfrom(ADDRESS, 1)
        except AddressNack:
            return False
        return True
