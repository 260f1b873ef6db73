"""What a test or a user may ask of the simulation itself, by name: over the link as JSON, or from Python.

{"do": "chip", "setup": "tls_client", "protect_ecdh": true}
{"do": "fault", "kind": "status", "command": "Sign", "status": 5}
"""

import os
import random
from collections.abc import Callable
from typing import Any

from . import setups
from .atecc608 import Atecc608a
from .atsha204a import Atsha204a, atsha204a
from .bus import Bus
from .clock import MILLISECOND
from .device import Atecc508a
from .faults import Fault
from .memory import Memory
from .timing import POWER_UP, Timing

CHIPS: dict[str, type[Atecc508a]] = {"atecc508a": Atecc508a, "atecc608a": Atecc608a, "atsha204a": Atsha204a}
SETUPS: dict[str, Callable[..., Memory]] = {
    "blank": setups.blank,
    "tls_client": setups.tls_client,
    "trust_and_go": setups.trust_and_go,
    "configured": setups.configured,
    "atsha204a": atsha204a,
}


class Controls:
    """Acts on one bus and on the chip it put there. `do_NAME` is the control NAME; results are fit for JSON."""

    def __init__(self, bus: Bus, chip: Atecc508a) -> None:
        self.bus = bus
        self.chip = chip
        self._attach()

    def _attach(self) -> None:
        """On the bus, its supply up for long enough to hear a wake pulse."""
        self.bus.attach(self.chip)
        self.bus.clock.advance(POWER_UP)

    def do(self, request: dict) -> object:
        """Run the control named by "do", the rest are its arguments. ValueError for a name that is not known."""
        arguments = dict(request)
        name = str(arguments.pop("do", ""))
        control = getattr(self, f"do_{name}", None)
        if control is None:
            names = [known[3:] for known in dir(self) if known.startswith("do_")]
            raise ValueError(f"no control {name!r}; there are {', '.join(names)}")
        return control(**arguments)

    def do_chip(
        self, kind: str = "atecc508a", setup: str = "tls_client", speed: str = "typical", seed: int | None = None, **options: object
    ) -> None:
        """A new chip in the present one's place, powered up. `options` go to the setup; a `seed` makes its generator repeatable."""
        generator = os.urandom if seed is None else random.Random(seed).randbytes
        chip = CHIPS[kind](self.bus.clock, SETUPS[setup](**options), times=Timing(CHIPS[kind].times, speed), random=generator)
        self.put(chip)

    def put(self, chip: Any) -> None:
        """Another chip in the present one's place, powered up."""
        if self.chip in self.bus.devices:
            self.bus.devices.remove(self.chip)
        self.bus.clock.observers.remove(self.chip.elapse)
        self.chip = chip
        self._attach()

    def do_fault(self, **fault: object) -> None:
        """One more fault, see `faults`."""
        self.chip.faults.add(Fault(**fault))  # type: ignore[arg-type]

    def do_clear_faults(self) -> int:
        """Forget all faults; how many were still waiting."""
        waiting = len(self.chip.faults.waiting)
        self.chip.faults.clear()
        return waiting

    def do_power_cycle(self) -> None:
        self.chip.power_cycle()

    def do_time(self) -> dict:
        """Simulated milliseconds: where they went since the chip was powered for the first time, and the clock."""
        return {"now": self.bus.clock.now / MILLISECOND, **self.chip.account.as_dict()}

    def do_bytes(self) -> int:
        """Bytes that crossed the bus since the recording began, address bytes included."""
        return self.bus.recording.size

    def do_forget(self) -> None:
        """Begin the recording anew."""
        self.bus.recording.clear()

    def do_carried(self, secret: str) -> bool:
        """Whether these bytes (hex) crossed the bus."""
        return self.bus.recording.carries(bytes.fromhex(secret))

    def do_transfers(self, last: int = 20) -> list[str]:
        """The last transfers as the monitor prints them."""
        return [str(transfer) for transfer in self.bus.recording.transfers[-last:]]

    def do_state(self) -> str:
        """The power state."""
        self.chip.settle()
        return self.chip.state

    def do_refusal(self) -> str:
        """Why the last command was refused, in words."""
        return self.chip.refusal

    def do_private_key(self, slot: int) -> str:
        """The private key of a slot (hex), behind the chip's back: to look where it must not be."""
        return f"{setups.private_value(self.chip.memory, slot):064x}"

    def do_peek(self, zone: str, slot: int = 0) -> str:
        """EEPROM behind the chip's back (hex): zone "config", "otp" or "slot"."""
        memory = self.chip.memory
        return {"config": memory.config, "otp": memory.otp, "slot": memory.slots[slot]}[zone].hex()

    def do_poke(self, zone: str, at: int, data: str, slot: int = 0) -> None:
        """Change EEPROM behind the chip's back."""
        memory = self.chip.memory
        memory.put({"config": memory.config, "otp": memory.otp, "slot": memory.slots[slot]}[zone], at, bytes.fromhex(data), "poke")
