"""Which sources a port has of its own, by `sys.platform`. Nothing outside this package asks for the platform on behalf of randomness."""

import os
import sys

from latchkey.entropy.sources import OSRandom


def sources():
    """The port's own sources, trusted or not, as a list; at least one, if only to say what is missing."""
    platform = sys.platform
    machine = getattr(sys.implementation, "_machine", "")
    if not hasattr(os, "urandom"):
        from latchkey.entropy.untrusted import without_generator

        return [without_generator(platform)]
    if platform in ("linux", "darwin"):
        return [OSRandom("os.urandom of " + platform)]
    if platform == "esp32":
        return [_esp32(machine)]
    if platform == "pyboard":  # every board of the stm32 port
        from latchkey.entropy.stm32 import STM32

        return [STM32()]
    if platform == "rp2" and "RP2350" in machine:
        from latchkey.entropy.rp2350 import RP2350

        mixed = "a 128-bit generator that is not a cryptographic one; the TRNG itself is read beside it"
        return [RP2350(), OSRandom("os.urandom of rp2", 1, mixed)]
    from latchkey.entropy.untrusted import unknown

    return [unknown(platform)]


def _esp32(machine):
    """By the MCU's name ("ESP32-S3R8"): the first ones (D0WD, U4WDH), the S, C and H series have a radio, H no Wi-Fi; P has none."""
    mcu = machine.split(" with ")[-1].upper().replace("-", "")
    at = mcu.find("ESP32") + 5
    series = mcu[at : at + 1] if mcu[at + 1 : at + 2].isdigit() else ""  # an ESP32-PICO-D4 is of the first one
    if at < 5 or series not in ("", "D", "U", "S", "C", "H"):
        from latchkey.entropy.untrusted import without_radio

        return without_radio(mcu)
    from latchkey.entropy.esp32 import ESP32

    return ESP32(wifi=series != "H")
