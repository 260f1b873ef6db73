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
        self._aes.ctr(self._block, 0, 16)  # E(0), the counter still being zero
        self._ghash = ghash.new(self._block)
        self._buf = None
        self._start = self._at = self._end = 0
        self._state = 0

    def seal_start(self, nonce, aad, buf, start, length):
        """Begin to encrypt `buf[start:start + length]` and to write the tag behind it."""
        self._begin(nonce, aad, buf, start, length, _SEALING)

    def open_start(self, nonce, aad, buf, start, length):
        """Begin to check and decrypt `buf[start:start + length]`, whose tag stands behind it."""
        self._begin(nonce, aad, buf, start, length, _CHECKING)

    def step(self):
        """Take the next 1 KB; True when done. A wrong tag is Fault(BAD_TAG), with text and tag overwritten by zeros."""
        state = self._state
        if not state:
            raise ValueError("nothing begun")
        at = self._at
        n = self._end - at
        if n > _PIECE:
            n = _PIECE
        if state != _CHECKING:
            self._aes.ctr(self._buf, at, n)
        if state != _DECRYPTING:
            self._ghash.update(self._buf, at, n)
        self._at = at = at + n
        return at == self._end and self._finished(state, at)

    def wipe(self):
        """End it: the keys are gone."""
        self._aes.wipe()
        self._ghash.wipe()
        self._buf = None
        self._state = 0

    def _begin(self, nonce, aad, buf, start, length, state):
        if len(nonce) != 12:
            raise ValueError("length of nonce")
        if start < 0 or length < 0 or start + length + _TAG > len(buf):
            raise ValueError("text and tag are not within the buffer")
        self._buf = buf
        self._start = self._at = start
        self._end = start + length
        self._state = state
        n = len(aad)
        pack_into(">IIII", self._block, 0, n >> 29, (n & 0x1FFFFFFF) << 3, length >> 29, (length & 0x1FFFFFFF) << 3)
        # J0 is nonce and 1 (section 7.1). It covers the tag, made or checked; the text's counters begin with 2.
        pack_into(">12sI", self._aes.counter, 0, nonce, 2 if state == _SEALING else 1)
        hash = self._ghash
        pack_into("16s", hash.y, 0, b"")
        hash.update(aad, 0, n)

    def _finished(self, state, end):
        """The last piece was taken: whether nothing is left to do."""
        if state != _DECRYPTING:
            hash = self._ghash
            hash.update(self._block, 0, 16)
            if state == _SEALING:
                pack_into(">I", self._aes.counter, 12, 1)
                pack_into("16s", self._buf, end, hash.y)
                self._aes.ctr(self._buf, end, _TAG)
            else:
                self._check(end)
                if self._start < end:
                    self._at = self._start
                    self._state = _DECRYPTING
                    return False
        self._buf = None
        self._state = 0
        return True

    def _check(self, end):
        """Uncover the received tag and compare it, in a time that does not depend on where it differs."""
        buf = self._buf
        self._aes.ctr(buf, end, _TAG)
        differs = self._ghash.differs(buf, end)
        pack_into("16s", buf, end, b"")
        if differs:
            self._buf = None
            self._state = 0
            wipe(memoryview(buf)[self._start : end])
            raise Fault(_BAD_TAG)
