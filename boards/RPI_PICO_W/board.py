"""RPI_PICO_W: Wi-Fi, no generator that can be trusted, so a chip is what its randomness rests on. Install as latchkey_board.py."""

from machine import I2C, Pin

_chip = None


def chip():
    """The ATECC508A or 608 on I2C 0, SCL GP5, SDA GP4, made once. The bus stays at 100 kHz."""
    global _chip
    if _chip is None:
        from latchkey.secure_element import ATECC

        _chip = ATECC(I2C(0, scl=Pin(5), sda=Pin(4), freq=100_000))
    return _chip


def entropy_sources():
    """The chip's generator; what the port has is mixed in, and named in reports."""
    from latchkey.entropy.port import sources

    return sources() + [chip().source()]
