"""Powers modulo an RSA modulus on RV32: tools/build/kernels/rv32_rsa.s says how. For public data: the time depends on them."""

import micropython

from latchkey.crypto import assembled, montgomery_power

NAME = "rv32"


def power(base, exponent, modulus):
    """Job: as kernel_portable_rsa has it, with an odd exponent; a slice is one multiplication."""
    return montgomery_power.power(_run, 32, base, exponent, modulus)


# Machine code of tools/build/kernels/rv32_rsa.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


_run = assembled.function(_code, montgomery_power.fits)
