"""M5STACK_CORE2_AWS: Wi-Fi, whose radio makes the generator a true one, and a Trust&GO chip. Install as latchkey_board.py."""

from machine import Pin, SoftI2C

CHIP = True  # a Trust&GO, built in
SCL, SDA = 22, 21

_chip = None


def i2c():
    """The chip's bus. Bit-banged: ESP-IDF's driver stalls on the refusals by which a busy chip says so, and any pins serve."""
    return SoftI2C(scl=Pin(SCL), sda=Pin(SDA), freq=100_000)


def chip():
    """The chip, made once."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(i2c())
    return _chip


def entropy_sources():
    """The ESP32's generator (true while the radio is on), and the chip's."""
    from latchkey.entropy.port import sources

    return sources() + ([chip().source()] if CHIP else [])
