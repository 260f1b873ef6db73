"""PYBV11: an RNG peripheral, no network of its own, a chip where one is fitted. Install as latchkey_board.py."""

from machine import I2C

CHIP = False  # True where an ATECC508A or 608 is on I2C 1: SCL X9 (PB6), SDA X10 (PB7)

_chip = None


def set_hz(hz):
    """The bus clock: the object of a bus is one and the same, and making it again sets its clock. Not below 100000."""
    return I2C(1, freq=hz)


def chip():
    """The chip, made once; its bus runs at 400 kHz but for the wake pulse."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(set_hz(100_000), set_hz=set_hz)
    return _chip


def entropy_sources():
    """The RNG peripheral, and the chip's generator."""
    from latchkey.entropy.port import sources

    return sources() + ([chip().source()] if CHIP else [])
