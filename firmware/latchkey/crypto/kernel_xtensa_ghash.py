"""GHASH (NIST SP 800-38D section 6.4) on Xtensa, without tables: tools/build/kernels/xtensa_ghash.s says how."""

import micropython

from latchkey.crypto import assembled, ghash_state
from latchkey.crypto.util import wipe  # noqa: F401  (a part of every GHASH kernel)

NAME = "xtensa"
PIECE = 1024


# Machine code of tools/build/kernels/xtensa_ghash.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


prepare, absorb = ghash_state.functions(assembled.function(_code, ghash_state.fits))
