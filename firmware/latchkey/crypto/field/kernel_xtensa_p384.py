"""The field machine for P-384's prime on Xtensa: tools/build/kernels/xtensa_montgomery.s says how."""

import micropython

from latchkey.crypto import assembled
from latchkey.crypto.field import kernel_xtensa_montgomery
from latchkey.crypto.field.machine import fits

_HEADER = const(376)


class Kernel(kernel_xtensa_montgomery.Kernel):
    """A workspace over P-384's prime, of numbers in 14 limbs of 29 bits."""

    def __init__(self, modulus, slots):
        super().__init__(modulus, slots, _run, _HEADER)
        self.slice = 400  # multiplications: about 1 M instructions


# Machine code of tools/build/kernels/xtensa_montgomery.s with P384=1, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, fits)
