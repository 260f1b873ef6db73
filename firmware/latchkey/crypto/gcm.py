"""AES-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags, in place, in pieces, allocating nothing once made.

`open` is two passes, one over the ciphertext for the tag, then, only if that was right, one that decrypts: nothing unverified is ever
in the buffer.
"""

from struct import pack_into

from micropython import const

from latchkey.crypto import aes, ghash
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_BAD_TAG = const(602)

_TAG = const(16)
_PIECE = const(1024)  # a multiple of the block; what one step() takes

_SEALING = const(1)
_CHECKING = const(2)
_DECRYPTING = const(3)


class AESGCM:
    """`AESGCM(key)` with a key of 16 or 32 bytes, for any number of messages, one at a time, in either direction.

    `seal_start` or `open_start`, then `step()` until it returns True. The text is `buf[start:start + length]`, the tag behind it.
    `nonce` (12 bytes, never used twice under a key to seal) and `aad` are read during the call of `*_start` only.
    """

    def __init__(self, key):
        if len(key) not in (16, 32):
            raise ValueError("length of key")
        self._aes = aes.new(key)
        self._block = bytearray(16)  # the hash key, then the block of lengths
        self._mask = bytearray(_TAG)  # E(J0), which hides the hash in the tag; then the tag
        self._aes.ctr(self._block, 0, 16)  # E(0), the counter still being zero
        self._ghash = ghash.new(self._block)
        self._buf = None
        self._start = self._at = self._end = 0
        self._state = 0

    def seal_start(self, nonce, aad, buf, start, length):
        """Begin to encrypt `buf[start:start + length]` and to write the tag behind it."""
        self._begin(nonce, aad, buf, start, length)
        self._state = _SEALING

    def open_start(self, nonce, aad, buf, start, length):
        """Begin to check and decrypt `buf[start:start + length]`, whose tag stands behind it."""
        self._begin(nonce, aad, buf, start, length)
        self._state = _CHECKING

    def step(self):
        """Take the next 1 KB; True when done. A wrong tag is Fault(BAD_TAG), with text and tag overwritten by zeros."""
        if not self._state:
            raise ValueError("nothing begun")
        at = self._at
        n = self._end - at
        if n > _PIECE:
            n = _PIECE
        self._at = at + n
        if self._state != _CHECKING:
            self._aes.ctr(self._buf, at, n)
        if self._state != _DECRYPTING:
            self._ghash.update(self._buf, at, n)
        return self._at == self._end and self._finished()

    def wipe(self):
        """End it: the keys are gone."""
        self._aes.wipe()
        self._ghash.wipe()
        wipe(self._mask)
        self._buf = None
        self._state = 0

    def _begin(self, nonce, aad, buf, start, length):
        if len(nonce) != 12:
            raise ValueError("length of nonce")
        if start < 0 or length < 0 or start + length + _TAG > len(buf):
            raise ValueError("text and tag are not within the buffer")
        self._buf = buf
        self._start = self._at = start
        self._end = start + length
        pack_into("12sI", self._aes.counter, 0, nonce, 0)
        self._aes.counter[15] = 1  # J0 (section 7.1), and the text's counters follow it
        wipe(self._mask)
        self._aes.ctr(self._mask, 0, _TAG)
        wipe(self._ghash.y)
        self._ghash.update(aad, 0, len(aad))
        pack_into(">IIII", self._block, 0, len(aad) >> 29, (len(aad) & 0x1FFFFFFF) << 3, length >> 29, (length & 0x1FFFFFFF) << 3)

    def _finished(self):
        """The last piece was taken: whether nothing is left to do."""
        if self._state == _DECRYPTING:
            self._done()
            return True
        self._ghash.update(self._block, 0, 16)
        mask, y = self._mask, self._ghash.y
        i = 0
        while i < _TAG:
            mask[i] ^= y[i]
            i += 1
        if self._state == _SEALING:
            i = 0
            while i < _TAG:
                self._buf[self._end + i] = mask[i]
                i += 1
            self._done()
            return True
        self._compare()
        if self._start == self._end:
            self._done()
            return True
        self._at = self._start
        self._state = _DECRYPTING
        return False

    def _compare(self):
        """The computed tag with the received one, in a time that does not depend on where they differ."""
        buf, mask, end = self._buf, self._mask, self._end
        difference = 0
        i = 0
        while i < _TAG:
            difference |= buf[end + i] ^ mask[i]
            i += 1
        if difference:
            wipe(memoryview(buf)[self._start : end + _TAG])
            self._done()
            raise Fault(_BAD_TAG)

    def _done(self):
        self._buf = None
        self._state = 0
