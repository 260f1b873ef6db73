"""The field machine for P-384's prime on RV32: tools/build/kernels/rv32_p384.s says how."""

import micropython

from latchkey.crypto import assembled
from latchkey.crypto.field.machine import Workspace, fits


class Kernel(Workspace):
    """A workspace over P-384's prime."""

    NAME = "rv32"
    slice = 550  # multiplications: about 1 M instructions

    def __init__(self, _modulus, slots):
        super().__init__(_run, 0, 48, slots)
        self.RADIX_BITS = 0


# Machine code of tools/build/kernels/rv32_p384.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, fits)
