"""The field machine for moduli a little below 2^256, 2^255 or 2^384 on Xtensa: tools/build/kernels/xtensa_montgomery.s says how."""

import struct

import micropython

from latchkey.crypto import assembled
from latchkey.crypto.field.machine import Workspace, fits
from latchkey.crypto.util import equal, wipe

_HEADER = const(204)
_INVERSE = const(8)
_N = const(36)
_T = const(96)  # numbers come and go here, big-endian
_IN = const(12)
_OUT = const(13)


class Kernel(Workspace):
    """A workspace over a modulus, big-endian bytes, of numbers in limbs of 29 bits."""

    NAME = "xtensa"

    def __init__(self, modulus, slots, run=None, header=_HEADER):
        bits = 8 * len(modulus)
        limbs = 9 if bits == 256 else 14
        super().__init__(run or _run, header, 4 * limbs, slots)
        self.RADIX_BITS = 29 * limbs
        self._modulus = modulus
        self.slice = 600000 // (bits // 8) ** 2  # multiplications: about 1 M instructions
        low = int.from_bytes(modulus[-4:], "big")
        inverse = 1
        for _ in range(5):  # Newton: twice as many bits are right after each step
            inverse = inverse * (2 - low * inverse) & 0x1FFFFFFF
        spare = bits - 29 * (limbs - 1)
        top = spare if modulus[0] & 0x80 else spare - 1
        comb = [bits * i // 4 // 29 * 4 | bits * i // 4 % 29 << 16 for i in (1, 2, 3)]
        struct.pack_into("<9I", self._workspace, 0, limbs, 4 * limbs, -inverse & 0x1FFFFFFF, top, spare, len(modulus), *comb)
        n = int.from_bytes(modulus, "big")
        for i in range(limbs):
            struct.pack_into("<I", self._workspace, _N + 4 * i, n >> 29 * i & 0x1FFFFFFF)

    def load(self, slot, data):
        size = len(self._modulus)
        for i in range(len(data) // size):
            self._workspace[_T : _T + size] = data[size * i : size * i + size]
            self._convert(_IN, slot + i, 1)

    def store(self, slot, count=1):
        size = len(self._modulus)
        data = bytearray(size * count)
        for i in range(count):
            self._convert(_OUT, slot + i, 1)
            number = self._workspace[_T : _T + size]
            if not equal(number, self._modulus):  # else zero, as the multiplication by 1 leaves it
                data[size * i : size * i + size] = number
            wipe(number)
        return data


# Machine code of tools/build/kernels/xtensa_montgomery.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, fits)
