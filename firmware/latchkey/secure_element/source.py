"""The chip's Random as a source of randomness.

Min-entropy: Microchip published no assessment of the 508A; half of each byte is counted. The output is conditioned, so the health tests of
the pool see total failure only. The bus is not trusted: who holds the wires chooses these bytes, which is why they are mixed with
other sources and never replace them where there are any.
"""

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_CHIP_SELF_TEST = const(808)
_CHIP_RANDOM_UNLOCKED = const(812)


class Source:
    """Randomness from `chip`; `filling(buf)` is the job, `fill(buf)` waits for it."""

    trusted = True
    conditioned = True
    min_entropy = 4
    broken = (_CHIP_SELF_TEST,)

    def __init__(self, chip):
        self._chip = chip

    @property
    def name(self):
        """The model, once known."""
        return self._chip.model + " Random"

    @property
    def wires(self):
        """What the wires hold where nothing else is mixed in, for reports."""
        from latchkey.secure_element.wires import RANDOM

        return RANDOM

    def ready(self):
        """True if the chip answers and its configuration zone is locked."""
        return self._chip.ready() and self._chip.config_locked

    def why_not(self):
        """What is missing."""
        missing = self._chip.why_not()
        if missing or self._chip.config_locked:
            return missing
        return "its configuration zone is not locked, and until then Random gives FF FF 00 00 again and again; provision and lock it first"

    def fill(self, buf):
        """Fill `buf`; TLSError, also while another task has the chip."""
        self._chip.do(self._sequence, buf)

    def filling(self, buf):
        """Job: the same, waiting for the chip to be free."""
        return self._chip.session(self._sequence, buf)

    def _sequence(self, link, buf):
        """Job: draw; a chip whose own test fails is asked a second time."""
        try:
            return (yield from self._random(link, buf))
        except Fault as fault:
            if fault.cause not in self.broken:
                raise
        return (yield from self._random(link, buf))

    def _random(self, link, buf):
        if not self._chip.config_locked:
            yield from self._chip.refresh(link)
        if not self._chip.config_locked:
            raise Fault(_CHIP_RANDOM_UNLOCKED)
        block = bytearray(32)
        try:
            for at in range(0, len(buf), 32):
                yield from self._chip.commands.random(link, block)
                piece = min(32, len(buf) - at)
                buf[at : at + piece] = memoryview(block)[:piece]
        finally:
            wipe(block)
