"""The field machine for P-256's prime on Xtensa: tools/build/kernels/xtensa_p256.s says how."""

import micropython

from latchkey.crypto import assembled
from latchkey.crypto.field.machine import Workspace, fits
from latchkey.crypto.util import equal, wipe


class Kernel(Workspace):
    """A workspace over P-256's prime, of numbers in 9 limbs of 29 bits; they come and go as 32 bytes at a slot's beginning."""

    NAME = "xtensa"
    slice = 1150  # multiplications: about 1.2 M instructions

    def __init__(self, modulus, slots):
        super().__init__(_run, 148, 36, slots)
        self.RADIX_BITS = 261
        self._modulus = modulus

    def load(self, slot, data):
        count = len(data) // 32
        for i in range(count):
            at = self._header + 36 * (slot + i)
            self._workspace[at : at + 32] = data[32 * i : 32 * i + 32]
        self._convert(12, slot, count)

    def store(self, slot, count=1):
        data = bytearray(32 * count)
        self._convert(13, slot, count)
        for i in range(count):
            at = self._header + 36 * (slot + i)
            number = self._workspace[at : at + 32]
            if not equal(number, self._modulus):  # else zero, as the multiplication by 1 leaves it
                data[32 * i : 32 * i + 32] = number
            wipe(number)
        self._convert(12, slot, count)
        return data


# Machine code of tools/build/kernels/xtensa_p256.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, fits)
