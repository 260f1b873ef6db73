"""AES-128-CCM (RFC 3610, NIST SP 800-38C) with 12-byte nonces and tags of 16 or 8 bytes: used as AES-GCM is (aead.py), with one difference.

What is authenticated is the text, so `open` decrypts before it can check: in place, and a wrong tag wipes it. Nothing allocates once
made. The key stream's kernel encrypts single blocks, too: a block of zeros under a counter block that is the input.
"""

from struct import pack_into

from latchkey.crypto import aes
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_BAD_TAG = const(602)

_PIECE = const(256)
_SEALING = const(1)
_OPENING = const(2)


class CCM:
    """`CCM(key)` with a key of 16 bytes."""

    tag = 16

    def __init__(self, key):
        if len(key) != 16:
            raise ValueError("length of key")
        self._cipher = cipher = aes.kernel()
        self._keys = cipher.expand(key)
        self._block = cipher.counter(self._keys)
        self._count = bytearray(16)  # the key stream's next counter block, A_i
        self._x = bytearray(16)  # the next block to be encrypted for the tag: X_i XOR B_i
        self._buf: Any = None
        self._start = self._at = self._end = self._stage = 0

    def seal_start(self, nonce, aad, buf, start, length):
        """Begin to encrypt `buf[start:start + length]` and to write the tag behind it."""
        end = start + length
        if len(nonce) != 12 or not 0 <= start <= end <= len(buf) - self.tag or not 0 < len(aad) < 0xFF00 or length >> 24:
            raise ValueError("nonce is not 12 bytes, or text and tag are not within the buffer")
        self._buf = buf
        self._start = self._at = start
        self._end = end
        self._stage = _SEALING
        # B_0 (RFC 3610 section 2.2) and A_1 (section 2.3), with lengths and counters of three bytes
        pack_into(">B12sBH", self._x, 0, 0x42 + 4 * (self.tag - 2), nonce, length >> 16, length & 0xFFFF)
        pack_into(">B12sBH", self._count, 0, 2, nonce, 0, 1)
        n = len(aad)
        self._next()
        self._x[0] ^= n >> 8
        self._x[1] ^= n & 255
        i = 2
        at = 0
        while at < n:
            if i == 16:
                self._next()
                i = 0
            self._x[i] ^= aad[at]
            i += 1
            at += 1

    def open_start(self, nonce, aad, buf, start, length):
        """Begin to decrypt and check `buf[start:start + length]`, whose tag stands behind it."""
        self.seal_start(nonce, aad, buf, start, length)
        self._stage = _OPENING

    def step(self):
        """Take the next piece; True when done. A wrong tag is Fault(BAD_TAG), text and tag then zeros."""
        stage = self._stage
        if not stage:
            raise ValueError("nothing begun")
        at = self._at
        end = self._end
        n = end - at
        if n > _PIECE:
            n = _PIECE
        if stage == _SEALING:
            self._absorb(at, n)
        if n:
            pack_into("16s", self._block, 0, self._count)
            self._cipher.ctr(self._keys, self._buf, at, n)
            pack_into("16s", self._count, 0, self._block)
        if stage == _OPENING:
            self._absorb(at, n)
        at += n
        self._at = at
        if at < end:
            return False
        self._finish(end, stage)
        return True

    def wipe(self):
        """End it: the keys are gone, and nothing can be sealed or opened any more."""
        if self._keys is None:
            return
        self._cipher.wipe(self._keys)
        wipe(self._x)
        wipe(self._count)
        self._keys = self._cipher = self._buf = None
        self._stage = 0

    def _next(self):
        """X = E(X XOR B), B being what will be XORed in next."""
        pack_into("16s", self._block, 0, self._x)
        pack_into("16s", self._x, 0, b"")
        self._cipher.ctr(self._keys, self._x, 0, 16)

    def _absorb(self, at, n):
        """The text's next bytes, whole blocks but for the last, go into the tag."""
        buf = self._buf
        x = self._x
        end = at + n
        while at < end:
            self._next()
            i = 0
            while i < 16 and at < end:
                x[i] ^= buf[at]
                i += 1
                at += 1

    def _finish(self, end, stage):
        """The tag is written, or compared in a time that does not tell where it differs."""
        buf = self._buf
        x = self._x
        self._next()
        count = self._count
        count[13] = count[14] = count[15] = 0
        pack_into("16s", self._block, 0, count)
        self._cipher.ctr(self._keys, x, 0, 16)  # S_0 (section 2.4)
        self._buf = None
        self._stage = 0
        difference = i = 0
        while i < self.tag:
            difference |= x[i] ^ buf[end + i]
            buf[end + i] = x[i] if stage == _SEALING else 0
            i += 1
        if stage == _OPENING and difference:
            wipe(memoryview(buf)[self._start : end])
            raise Fault(_BAD_TAG)


class CCM8(CCM):
    """The same with a tag of 8 bytes."""

    tag = 8
