"""The field machine for any odd modulus of 8 or 12 words on RV32: tools/build/kernels/rv32_montgomery.s says how."""

import struct

import micropython

from latchkey.crypto import assembled
from latchkey.crypto.field.machine import Workspace, fits

_HEADER = const(64)


class Kernel(Workspace):
    """A workspace over a modulus, big-endian bytes."""

    NAME = "rv32"

    def __init__(self, modulus, slots):
        size = len(modulus)
        super().__init__(_run, _HEADER, size, slots)
        self.slice = 600000 // size**2  # multiplications: about 1 M instructions
        low = int.from_bytes(modulus[-4:], "big")
        inverse = 1
        for _ in range(5):  # Newton: twice as many bits are right after each step
            inverse = inverse * (2 - low * inverse) & 0xFFFFFFFF
        struct.pack_into("<II", self._workspace, 0, size, -inverse & 0xFFFFFFFF)
        for i in range(size):
            self._workspace[8 + i] = modulus[size - 1 - i]


# Machine code of tools/build/kernels/rv32_montgomery.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, fits)
