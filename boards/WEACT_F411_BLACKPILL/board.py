"""WEACT_F411_BLACKPILL: no random generator of its own, so a chip is what its randomness rests on. Install as latchkey_board.py."""

from machine import I2C

_chip = None


def chip():
    """The ATECC508A or 608 on I2C 1, SCL PB6, SDA PB7, made once. The bus stays at 100 kHz, the least this port can do."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(I2C(1, freq=100_000))
    return _chip


def entropy_sources():
    """The chip's generator; what the port has, to be named in reports."""
    from latchkey.entropy.port import sources

    return sources() + [chip().source()]
