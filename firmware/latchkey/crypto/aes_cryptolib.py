"""AES in counter mode out of the firmware's `cryptolib`, which offers single blocks (ECB): mbedTLS or the chip's own unit.

How regular it is in time is the firmware's matter, and its copy of the key can't be wiped. Allocates nothing after the constructor.
"""

from cryptolib import aes
from micropython import const

from latchkey.crypto import kernels
from latchkey.crypto.util import wipe

NAME = "cryptolib"

_ECB = const(1)
_STREAM = const(256)  # bytes of key stream made at a time


class AES:
    """`AES(key)` with a key of 16 or 32 bytes. `counter` is the 16-byte counter block that `ctr` begins with."""

    def __init__(self, key):
        self._aes = aes(key, _ECB)
        self.counter = bytearray(16)
        self._stream = bytearray(_STREAM)
        self._short = memoryview(self._stream)[:32]
        self._kernel = _kernel()

    def ctr(self, buf, start, length):
        """XOR the key stream over `buf[start:start + length]`; the counter's last 32 bits advance by a block at a time."""
        kernel = self._kernel
        while length > 0:
            n = min(length, _STREAM)
            stream = self._short if n <= 32 else self._stream
            kernel.count(self.counter, stream, (n + 15) >> 4)
            self._aes.encrypt(stream, stream)
            kernel.xor(stream, buf, start, n)
            start += n
            length -= n
        wipe(self._stream)

    def wipe(self):
        self._aes = None
        wipe(self.counter)
        wipe(self._stream)


_chosen = None


def _kernel():
    global _chosen
    if _chosen is None:
        _chosen = kernels.load("ctr", (), _works)
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
