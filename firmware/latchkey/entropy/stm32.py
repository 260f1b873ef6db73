"""The RNG peripheral of an STM32, through the port's driver, distrustful of that driver.

Up to MicroPython 1.28 the driver returns 0 without a word when the peripheral gives nothing within 10 ms, and no version reads the error
flags. So the flags are read here after each draw where the firmware names the registers (RNG_SR: CECS 1, SECS 2, CEIS 5, SEIS 6), no
word may be 0, and none may equal its predecessor (the first-word rule of RM0090 24.3.1 and RM0351; both are false alarms once in 2^32
words). Words drawn at start-up are thrown away by the health tests, the first after the enable among them. Min-entropy: no assessment was
published for the older parts; half of each byte is counted.
"""

import os

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_SOURCE_BROKEN = const(702)

_RNGEN = const(1 << 2)
_CLOCK_ERROR = const(1 << 1)  # CECS: too slow a clock now
_SEED_ERROR = const((1 << 2) | (1 << 6))  # SECS now, SEIS since it was last cleared


class STM32:
    """`os.urandom` of an stm32 port with an RNG peripheral."""

    name = "STM32 RNG"
    trusted = True
    conditioned = False
    min_entropy = 4

    def __init__(self):
        self._last = b""

    def ready(self):
        """True: what it gives is judged when it is drawn."""
        return True

    def why_not(self):
        """Nothing known in advance."""
        return ""

    def fill(self, buf):
        """Fill `buf`, a multiple of 4 bytes."""
        data = os.urandom(len(buf) + 4)  # the last word is not given out: the next one will be compared with it
        try:
            self._judge(memoryview(data))
            buf[:] = memoryview(data)[:-4]
        finally:
            wipe(data)

    def _judge(self, data):
        flags = self._flags()
        if flags & _SEED_ERROR:
            self._restart()
            raise Fault(_SOURCE_BROKEN, self.name + ": seed error (RNG_SR SEIS); if it stays, the peripheral is faulty")
        if flags & _CLOCK_ERROR:
            raise Fault(_SOURCE_BROKEN, self.name + ": clock error (RNG_SR CECS); the RNG needs its 48 MHz clock, check machine.freq()")
        last = self._last
        for at in range(0, len(data), 4):
            word = data[at : at + 4]
            if word == b"\x00\x00\x00\x00":
                raise Fault(
                    _SOURCE_BROKEN, self.name + ": returns zeros, as MicroPython's driver does when the peripheral is stuck or unclocked"
                )
            if word == last:
                raise Fault(_SOURCE_BROKEN, self.name + ": the same word twice in a row")
            last = word
        self._last = bytes(last)

    def _flags(self):
        stm = _registers()
        return stm.mem32[stm.RNG + stm.RNG_SR] if stm else 0

    def _restart(self):
        # Clear SEIS (RM0090 24.3.2), then switch off and on. Newer parts also want a pulse of CONDRST, which the driver of 1.29 gives.
        stm = _registers()
        control = stm.RNG + stm.RNG_CR
        stm.mem32[stm.RNG + stm.RNG_SR] = 0
        stm.mem32[control] &= ~_RNGEN
        stm.mem32[control] |= _RNGEN


def _registers():
    """The `stm` module if it names the RNG's registers, else None."""
    try:
        import stm

        return stm if hasattr(stm, "RNG") and hasattr(stm, "RNG_SR") else None
    except ImportError:
        return None
