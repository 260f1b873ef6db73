"""Ports without a generator that can be trusted: what stands in their list of sources, to say why and what to do."""

from latchkey.entropy.sources import OSRandom
from latchkey.errors import Fault

_SOURCE_NOT_READY = const(701)

_ATTACH = "attach a chip with a random generator and name its source() in latchkey_board.entropy_sources()"


def without_generator(platform):
    """For a port that has no `os.urandom`."""
    if platform == "pyboard":
        return Absent(
            "STM32 without RNG",
            "the part has no RNG peripheral or the firmware leaves it off, and what `random` gives follows from unique ID and time; "
            + _ATTACH,
        )
    return Absent(platform, "this firmware has no os.urandom; " + _ATTACH)


def unknown(platform):
    """For a port whose `os.urandom` is that of nobody knows what."""
    why = "the RP2040 has no true generator, only a 128-bit software one" if platform == "rp2" else "nothing is known of what is behind it"
    return OSRandom("os.urandom of " + platform, 1, why + "; " + _ATTACH)


def without_radio(mcu):
    """For an ESP32-P4 and whatever of that port does not say that it is another: `network` may be there, for a radio on another chip."""
    why = "it has no radio of its own, whose noise would make these numbers true ones (one on another chip does not); "
    return OSRandom(f"os.urandom of esp32 ({mcu})", 1, why + _ATTACH)


class Absent:
    """A source that isn't there: it stands in the list to say why."""

    trusted = False
    min_entropy = 1

    def __init__(self, name, why_not):
        self.name = name
        self._why_not = why_not

    def ready(self):
        """False."""
        return False

    def why_not(self):
        """Why, and what to do."""
        return self._why_not

    def fill(self, buf):
        """Never reached through the pool."""
        raise Fault(_SOURCE_NOT_READY, f"{self.name}: {self._why_not}")
