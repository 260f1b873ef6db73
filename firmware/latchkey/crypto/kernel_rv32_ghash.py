"""GHASH (NIST SP 800-38D section 6.4) on RV32, without tables: tools/build/kernels/rv32_ghash.s says how."""

import micropython

from latchkey.crypto import assembled, ghash_state
from latchkey.crypto.util import wipe  # noqa: F401  (a part of every GHASH kernel)

NAME = "rv32"
PIECE = 1024


# Machine code of tools/build/kernels/rv32_ghash.s, which tools/build/mpy puts in the place of this function
@micropython.viper
def _code():
    pass


prepare, absorb = ghash_state.functions(assembled.function(_code, ghash_state.fits))
