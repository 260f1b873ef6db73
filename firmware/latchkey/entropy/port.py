"""Which sources a port has of its own, by `sys.platform`. Nothing outside this package asks for the platform on behalf of randomness."""

import os
import sys

from latchkey.entropy.sources import Absent, OSRandom

_ATTACH = "attach a chip with a random generator and name its source() in latchkey_board.entropy_sources()"


def sources():
    """The port's own sources, trusted or not, as a list; at least one, if only to say what is missing."""
    platform = sys.platform
    if not hasattr(os, "urandom"):
        return [_without_generator(platform)]
    if platform in ("linux", "darwin"):
        return [OSRandom("os.urandom of " + platform)]
    if platform == "esp32":
        from latchkey.entropy.esp32 import ESP32

        return [ESP32()]
    if platform == "pyboard":  # every board of the stm32 port
        from latchkey.entropy.stm32 import STM32

        return [STM32()]
    if platform == "rp2":
        return _rp2()
    return [OSRandom("os.urandom of " + platform, 1, "nothing is known of the generator behind it; " + _ATTACH)]


def _without_generator(platform):
    if platform == "pyboard":
        return Absent(
            "STM32 without RNG",
            "the part has no RNG peripheral or the firmware leaves it off, and what `random` gives follows from unique ID and time; "
            + _ATTACH,
        )
    return Absent(platform, "this firmware has no os.urandom; " + _ATTACH)


def _rp2():
    machine = getattr(sys.implementation, "_machine", "")
    if "RP2350" in machine:
        from latchkey.entropy.rp2350 import RP2350

        mixed = "a 128-bit generator that is not a cryptographic one; the TRNG itself is read beside it"
        return [RP2350(), OSRandom("os.urandom of rp2", 1, mixed)]
    return [OSRandom("os.urandom of rp2", 1, "the RP2040 has no true generator, only a 128-bit software one; " + _ATTACH)]
