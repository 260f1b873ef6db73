"""NUCLEO_WB55: Bluetooth, an RNG peripheral, a chip on the Arduino header where one is fitted. Install as latchkey_board.py."""

from machine import I2C

CHIP = False  # True where an ATECC508A or 608 is on I2C 1: SCL PB8 (D15), SDA PB9 (D14)

_chip = None


def chip():
    """The chip, made once. The bus stays at 100 kHz: this port's I2C is bit-banged on this family."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(I2C(1, freq=100_000))
    return _chip


def entropy_sources():
    """The RNG peripheral, and the chip's generator."""
    from latchkey.entropy.port import sources

    return sources() + ([chip().source()] if CHIP else [])
