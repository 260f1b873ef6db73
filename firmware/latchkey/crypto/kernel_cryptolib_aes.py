"""AES in counter mode out of the firmware's `cryptolib`, which offers single blocks (ECB): mbedTLS or the chip's own unit.

How regular it is in time is the firmware's matter, and its copy of the key can't be wiped. Allocates nothing after the constructor.
"""

from struct import pack_into

from cryptolib import aes
from micropython import const

from latchkey.crypto import kernels, util

NAME = "cryptolib"
PIECE = 1024

_COVER = const(-1)  # in the place of a length
_ECB = const(1)
_STREAM = const(256)  # bytes of key stream made at a time


def expand(key):
    """The state for a key of 16 or 32 bytes: the counter block, the cipher, room for key stream, the beginning of that."""
    stream = bytearray(_STREAM)
    return bytearray(16), aes(key, _ECB), stream, memoryview(stream)[:32]


def counter(state):
    """The 16-byte counter block that `ctr` begins with."""
    return state[0]


def ctr(state, buf, start, length):
    """As aes.py has it."""
    counter, cipher, stream, short = state
    kernel = _kernel()
    if length == _COVER:
        pack_into(">I", counter, 12, 1)
        length = 16
    while length > 0:
        n = min(length, _STREAM)
        if n <= 32:
            stream = short
        kernel.count(counter, stream, (n + 15) >> 4)
        cipher.encrypt(stream, stream)
        kernel.xor(stream, buf, start, n)
        start += n
        length -= n
    util.wipe(state[2])


def wipe(state):
    util.wipe(state[0])


_chosen = None


def _kernel():
    global _chosen
    if _chosen is None:
        _chosen = kernels.load("ctr", _works, ("viper", "portable"))
    return _chosen


def _works(module):
    counter = bytearray(b"0123456789ab\x00\xff\xff\xff")
    stream = bytearray(48)
    module.count(counter, stream, 2)
    if stream != b"0123456789ab\x00\xff\xff\xff0123456789ab\x01\x00\x00\x00" + bytes(16) or counter[12:] != b"\x01\x00\x00\x01":
        return False
    text = bytearray(b"latchkey")
    module.xor(b"\xff\x01\x80", text, 2, 3)
    return text == b"la\x8bb\xe8key"
