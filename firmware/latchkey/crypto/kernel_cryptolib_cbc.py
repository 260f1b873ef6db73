"""AES in CBC mode by the firmware's `cryptolib`. How regular it is in time is the firmware's matter.

A cipher has its initialization vector from its constructor alone, so there is one for each record.
"""

from cryptolib import aes

from latchkey.crypto import util
from latchkey.crypto.kernel_cryptolib_aes import inside

NAME = "cryptolib"
PIECE = 4096

_CBC = const(2)


def begin(key, iv, sealing):
    """As cbc.py has it."""
    cipher = aes(key, _CBC, iv)
    return cipher.encrypt if sealing else cipher.decrypt, inside(cipher)


def run(state, buf, start, end):
    view = memoryview(buf)[start:end]
    state[0](view, view)


def wipe(state):
    util.wipe(state[1])
