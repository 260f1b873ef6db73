"""A chip on a bus behind a TCP port: what a test needs, in one object."""

from .bus import Bus
from .controls import Controls
from .device import Atecc508a
from .memory import Memory
from .server import Server
from .setups import tls_client


class Simulation:
    """A context manager.

    with Simulation() as simulation, target.reach(simulation.port, uart=2) as stream:
        target.exec(f"import simulated_i2c\\nlink = simulated_i2c.Link({stream})")

    memory  what the chip holds (default: a provisioned TLS client)
    kind    Atecc508a or Atecc608a
    """

    def __init__(self, memory: Memory | None = None, kind: type[Atecc508a] = Atecc508a) -> None:
        self.bus = Bus()
        self.controls = Controls(self.bus, kind(self.bus.clock, memory or tls_client()))
        self.server = Server(self.bus, self.controls)
        self.host, self.port = self.server.listen()

    @property
    def chip(self) -> Atecc508a:
        """The chip on the bus now: the control "chip" puts another in its place."""
        return self.controls.chip

    def __enter__(self) -> "Simulation":
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.close()
