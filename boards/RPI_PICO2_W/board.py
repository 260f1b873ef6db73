"""RPI_PICO2_W: Wi-Fi, the RP2350's TRNG, a chip where one is fitted. Install as latchkey_board.py."""

from machine import I2C, Pin

CHIP = False  # True where an ATECC508A or 608 is on I2C 0: SCL GP5, SDA GP4

_chip = None


def chip():
    """The chip, made once. The bus stays at 100 kHz."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(I2C(0, scl=Pin(5), sda=Pin(4), freq=100_000))
    return _chip


def entropy_sources():
    """The TRNG, `os.urandom` mixed in, and the chip's generator."""
    from latchkey.entropy.port import sources

    return sources() + ([chip().source()] if CHIP else [])
