"""AES in counter mode on Xtensa, bitsliced, without tables: tools/build/kernels/xtensa_aes.s says how."""

import micropython

from latchkey.crypto import aes_state, assembled
from latchkey.crypto.util import wipe  # noqa: F401  (a part of every AES kernel)

NAME = "xtensa"
PIECE = 1024


# Machine code of tools/build/kernels/xtensa_aes.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


expand, counter, ctr = aes_state.functions(assembled.function(_code, aes_state.fits))
