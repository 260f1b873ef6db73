"""AES in counter mode out of the firmware's `cryptolib`, which offers single blocks (ECB): mbedTLS or the chip's own unit.

How regular it is in time is the firmware's matter. Allocates nothing after the constructor.

What a cipher makes of its key stands in the object itself, behind the pointer to its type (extmod/modcryptolib.c): up to the first block
the key; then, over it, mbedTLS's context, which is the number of rounds, an offset and the round keys, of which there is one too many, or
on an ESP32, whose AES unit makes these, a length and the key. It is wiped there where the layout is found to be one of these, so not in
axTLS's ciphers (ESP8266). What a call leaves on C's stack is out of reach.
"""

from struct import calcsize, pack_into

import uctypes
from cryptolib import aes

from latchkey.crypto import kernels, util

NAME = "cryptolib"
PIECE = 1024

_COVER = const(-1)  # in the place of a length
_ECB = const(1)
_STREAM = const(256)  # bytes of key stream made at a time

_POINTER = calcsize("P")
_LEAST = const(64)  # bytes that a cipher takes in the heap, on an ESP32
# FIPS 197 appendix C.3: a key, its rounds, and the last round key
_KEY = bytes(range(32))
_ROUNDS = const(14)
_LAST = b"\x24\xfc\x79\xcc\xbf\x09\x79\xe9\x37\x1a\xc2\x3c\x6d\x68\xde\x36"
_LAST_AT = const(224)
_ROUND_KEYS = const(272)  # bytes that mbedTLS keeps for them

_reach = None  # how far what a cipher makes of its key reaches, from its address; 0 where that isn't known


def expand(key):
    """The state for a key of 16 or 32 bytes: counter block, cipher, room for key stream, the beginning of that, the cipher's memory."""
    stream = bytearray(_STREAM)
    cipher = aes(key, _ECB)
    return bytearray(16), cipher, stream, memoryview(stream)[:32], inside(cipher)


def inside(cipher):
    """The memory of a cipher that holds what it makes of its key, as far as that is known."""
    global _reach
    if _reach is None:
        _reach = _found()
    return uctypes.bytearray_at(util.address(cipher) + _POINTER, max(_reach - _POINTER, 0))


def _found():
    cipher = aes(_KEY, _ECB)
    cipher.encrypt(bytes(16))
    memory = bytes(uctypes.bytearray_at(util.address(cipher), _LEAST))
    at = memory.find(_KEY)
    if at < 0:
        return 0
    if memory[_POINTER] == _ROUNDS and bytes(uctypes.bytearray_at(util.address(cipher) + at + _LAST_AT, 16)) == _LAST:
        return at + _ROUND_KEYS
    return at + 32


def counter(state):
    """The 16-byte counter block that `ctr` begins with."""
    return state[0]


def ctr(state, buf, start, length):
    """As aes.py has it."""
    counter, cipher, stream, short, _ = state
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
    util.wipe(state[4])


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
