"""A simulated chip within reach of a target: what the tests of the driver share.

    with bench(target) as chip_bench:
        chip_bench.reset(setup="tls_client")          # a new chip, a fresh driver object
        chip_bench.run("print(chip.model)")

    with bench(target, "ATSHA204A") as chip_bench:    # another driver
        chip_bench.reset(kind="atsha204a", setup="atsha204a")

On the target `link` is the way to the simulation, `i2c` the bus at 100 kHz, `chip` the driver's object, `run` runs a job, `outcome(f)`
calls `f` and gives ("ok", result) or ("fault", NAME, detail) of a Fault or TLSError. Simulated time stands in for `time`.
"""

import ast
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from tools.laboratory.atecc_simulator import MILLISECOND, Atecc508a, Bus
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.chips import CHIPS

_UART = 2  # of a board; the Unix port reaches the simulation by TCP

_PRELUDE = """
import simulated_i2c
link = simulated_i2c.Link({stream})
clock = link.install_time(1800000000)
i2c = simulated_i2c.I2C(link, freq=100000)
from latchkey.crypto.job import run
from latchkey.errors import Fault, TLSError, describe
from latchkey.secure_element import {driver}
def outcome(call):
    try:
        return ("ok", call())
    except (Fault, TLSError) as error:
        return ("fault", describe(error.cause, error.detail)[0], error.detail)
"""


class Target(Protocol):
    """A MicroPython that runs code, and can be led to a port of this machine: one of host_tests/targets."""

    def exec(self, code: str) -> str: ...

    def reach(self, port: int, uart: int) -> AbstractContextManager[str]: ...


class ChipBench:
    """One target, one bus, one chip. `controls` acts on the simulation from the host's side."""

    def __init__(self, target: Target, simulation: Simulation, driver: str) -> None:
        self.target = target
        self.driver = driver
        self.simulation = simulation
        self.controls = simulation.controls
        self.exec = target.exec

    @property
    def bus(self) -> Bus:
        return self.simulation.bus

    @property
    def chip(self) -> Atecc508a:
        return self.simulation.chip

    def renew(self, **chip: object) -> None:
        """A new simulated chip (arguments of the control "chip"), the bus at 100 kHz, a new recording."""
        kind = chip.get("kind")
        if kind in CHIPS:
            options = {name: value for name, value in chip.items() if name != "kind"}
            self.controls.put(CHIPS[str(kind)](self.bus.clock, **options))
            self.bus.clock.advance(20 * MILLISECOND)
        else:
            self.controls.do({"do": "chip", **chip})
        self.bus.recording.clear()
        self.bus.hz = 100_000

    def reset(self, **chip: object) -> None:
        """The same, and a new driver object for it."""
        self.renew(**chip)
        self.exec(f"link.pending_us = 0\nchip = {self.driver}(i2c)")

    def run(self, code: str) -> Any:
        """Run code; the last line's value, or what it printed, as a Python literal."""
        *lines, last = code.strip().splitlines()
        if not last.startswith(("print", " ")):
            last = f"print(repr(({last})))"
        printed = self.exec("\n".join([*lines, last])).strip()
        return ast.literal_eval(printed) if printed else None


@contextmanager
def bench(target: Target, driver: str = "ATECC") -> Iterator[ChipBench]:
    """The target with a chip; the driver's modules are imported under simulated time, so the target must be fresh."""
    with Simulation() as simulation, target.reach(simulation.port, uart=_UART) as stream:
        target.exec(_PRELUDE.format(stream=stream, driver=driver))
        yield ChipBench(target, simulation, driver)
