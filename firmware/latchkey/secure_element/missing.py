"""What is said of a chip that was not found: where it was looked for, and who else is on the bus."""

from latchkey.errors import Fault

_CHIP_ABSENT = const(822)
_CHIP_DEAD = const(823)


def fault(chip, reason):
    """The Fault of a chip that `reason` (what its link said last) kept from being found."""
    link = chip.link
    text = "looked at " + _hex(link.addresses)
    try:
        found = link.i2c.scan()
    except (AttributeError, OSError):
        found = None  # an I2C object that cannot tell
    else:
        text += "; on the bus: " + (_hex(found) or "nobody")
    if chip.absent:  # its own sentence
        return Fault(chip.absent, f"{reason}, {text}")
    there = found is not None and any(address in found for address in link.addresses)
    return Fault(_CHIP_DEAD if there else _CHIP_ABSENT, f"{chip.model}: {reason}, {text}")


def _hex(addresses):
    return ", ".join([f"0x{address:02x}" for address in addresses])
