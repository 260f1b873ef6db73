"""What AEADs that encrypt, then authenticate, have in common: in place, in pieces, with 12-byte nonces and 16-byte tags.

`open` is two passes, one over the ciphertext for the tag, then, only if that was right, one that decrypts: nothing unverified is ever
in the buffer.
"""

from struct import pack_into

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_BAD_TAG = const(602)

_TAG = const(16)

# In the place of a start or a length for the kernels: see gcm.py and aes.py
_AAD = const(-1)
_WRITE = const(-1)
_COMPARE = const(-2)
_COVER = const(-1)

_SEALING = const(1)
_CHECKING = const(2)
_DECRYPTING = const(3)


class AEAD:
    """For any number of messages, one at a time, in either direction.

    `seal_start` or `open_start`, then `step()` until it returns True. The text is `buf[start:start + length]`, the tag behind it.
    `nonce` (12 bytes, never used twice under a key to seal) and `aad` are read during the call of `*_start` only.
    """

    _number: Any  # (nonce): begin a message

    def _begun(self, cipher, hash, keys, state):
        """The kernels that encrypt and authenticate (aes.py, gcm.py), and their states."""
        self._cipher = cipher
        self._hash = hash
        self._keys = keys
        self._state = state
        self._piece = min(cipher.PIECE, hash.PIECE)
        self._ctr = cipher.ctr
        self._absorb = hash.absorb
        self._buf = None
        self._start = self._at = self._end = 0
        self._stage = 0

    def seal_start(self, nonce, aad, buf, start, length):
        """Begin to encrypt `buf[start:start + length]` and to write the tag behind it."""
        end = start + length
        if len(nonce) != 12 or not 0 <= start <= end <= len(buf) - _TAG:
            raise ValueError("nonce is not 12 bytes, or text and tag are not within the buffer")
        self._buf = buf
        self._start = self._at = start
        self._end = end
        self._stage = _SEALING
        self._number(nonce)
        self._absorb(self._state, aad, _AAD, len(aad))

    def open_start(self, nonce, aad, buf, start, length):
        """Begin to check and decrypt `buf[start:start + length]`, whose tag stands behind it."""
        self.seal_start(nonce, aad, buf, start, length)
        self._stage = _CHECKING

    def step(self):
        """Take the next piece (1 KB, 4 in Thumb-2, less by portable kernels); True when done. A wrong tag is
        Fault(BAD_TAG), text and tag then zeros."""
        stage = self._stage
        if not stage:
            raise ValueError("nothing begun")
        buf = self._buf
        at = self._at
        n = self._end - at
        if n > self._piece:
            n = self._piece
        if stage != _CHECKING:
            self._ctr(self._keys, buf, at, n)
        if stage != _DECRYPTING:
            self._absorb(self._state, buf, at, n)
        at += n
        self._at = at
        if at < self._end:
            return False
        if stage == _SEALING:
            self._absorb(self._state, buf, at, _WRITE)
            self._ctr(self._keys, buf, at, _COVER)
        elif stage == _CHECKING and not self._checked(buf, at):
            return False
        self._buf = None
        self._stage = 0
        return True

    def wipe(self):
        """End it: the keys are gone, and nothing can be sealed or opened any more."""
        if self._keys is None:
            return
        self._cipher.wipe(self._keys)
        self._hash.wipe(self._state)
        self._keys = self._state = self._ctr = self._absorb = self._buf = None
        self._stage = 0

    def _checked(self, buf, end):
        """Uncover the received tag and compare it, in a time that does not tell where it differs; True if nothing is to be decrypted."""
        self._ctr(self._keys, buf, end, _COVER)
        differs = self._absorb(self._state, buf, end, _COMPARE)
        pack_into("16s", buf, end, b"")
        start = self._start
        if differs:
            self._buf = None
            self._stage = 0
            wipe(memoryview(buf)[start:end])
            raise Fault(_BAD_TAG)
        self._at = start
        self._stage = _DECRYPTING
        return start == end
