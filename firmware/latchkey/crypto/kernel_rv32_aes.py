"""AES in counter mode on RV32, bitsliced, without tables: tools/build/kernels/rv32_aes.s says how."""

import micropython

from latchkey.crypto import aes_state, assembled
from latchkey.crypto.util import wipe  # noqa: F401  (a part of every AES kernel)

NAME = "rv32"
PIECE = 1024


# Machine code of tools/build/kernels/rv32_aes.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


expand, counter, ctr = aes_state.functions(assembled.function(_code, aes_state.fits))
