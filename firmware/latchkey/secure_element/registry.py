"""Which chips there are drivers for, what each does for TLS, and what of them is on a bus.

>>> from latchkey import secure_element
>>> for found in secure_element.probe(i2c): print(found)
0x60 ATECC508A: randomness, client certificate, ECDHE, verification
0x38 unknown: none of the chips that there are drivers for
"""

from latchkey.errors import TLSError

# What carries its name -> (addresses as delivered, what it does for TLS).
CHIPS = {
    "ATECC": (
        (0x60, 0x36, 0x35),
        "randomness, key and certificate of the client, ECDHE (the secret in clear or read encrypted), verification, a pre-shared key",
    ),
    "ATSHA204A": ((0x64,), "randomness, a pre-shared key by MAC under a key that stays inside"),
    "OPTIGA": ((0x30,), "randomness; of Trust M and X: key and certificate of the client, ECDHE (the secret in clear)"),
}

_WOKEN = ("ATECC", "ATSHA204A")  # by a pulse: no scan shows them while they sleep, and to look for them writes to nobody else


class Found:
    """Something on the bus: `address`, `model`, `can` (for TLS), and `chip`, its driver's object; `model` and `chip` are None where it is
    none of ours, and `can` says what is known instead."""

    def __init__(self, address, model, can, chip=None):
        self.address = address
        self.model = model
        self.can = can
        self.chip = chip

    def __repr__(self):
        return "0x%02x %s: %s" % (self.address, self.model or "unknown", self.can)


def probe(i2c, wake=None, set_hz=None, ask=(0x20, 0x30, 0x48)):
    """A list of what is on the bus.

    Chips that sleep are woken and read; those at the addresses of `ask` are asked by writing to them. Where something else lives at one of
    these (port expanders and sensors do), leave it out. 0x50 is to be named: a small EEPROM there would take the question for data.
    """
    from latchkey import secure_element

    found = []
    for name in _WOKEN:
        chip = getattr(secure_element, name)(i2c, wake, set_hz)
        if chip.ready():
            found.append(Found(chip.link.address, chip.model, CHIPS[name][1], chip))
    known = [one.address for one in found]
    for address in i2c.scan():
        if address not in known:
            found.append(_asked(secure_element, i2c, address) if address in ask else _guessed(address))
    return found


def _asked(drivers, i2c, address):
    names = [name for name in CHIPS if address in CHIPS[name][0]]
    told = "there is no driver for what may be there"
    for name in names:
        chip = getattr(drivers, name)(i2c, address=address)
        told = chip.why_not()
        if not told:
            return Found(address, chip.model, CHIPS[name][1], chip)
    return Found(address, None, told)


def _guessed(address):
    names = [name for name in CHIPS if address in CHIPS[name][0]]
    if names:
        return Found(address, None, "perhaps %s, which was not asked" % names[0])
    return Found(address, None, "none of the chips that there are drivers for")


def print_report(chip, tell):
    """Print what a chip is, what the sequence `tell` has to say of it, what it does for TLS, and what its wires hold."""
    from latchkey.secure_element import wires

    try:
        lines = chip.do(tell)
    except TLSError as error:
        if chip.revision is None:
            raise
        lines = ("not known: " + error.args[1],)
    revision = " ".join(["%02X" % byte for byte in chip.revision])
    print("%s, revision %s, I2C address 0x%02x" % (chip.model, revision, chip.link.address))
    for line in lines:
        print(line)
    name = type(chip).__name__
    print("for TLS: " + CHIPS[name][1])
    for text in wires.of(name):
        print("NOTE: " + text)
