"""AES-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags, in place, in pieces, allocating nothing once made."""

from struct import pack_into

from latchkey.crypto import aes, ghash
from latchkey.crypto.aead import AEAD
from latchkey.crypto.util import wipe


class AESGCM(AEAD):
    """`AESGCM(key)` with a key of 16 or 32 bytes."""

    def __init__(self, key):
        if len(key) not in (16, 32):
            raise ValueError("length of key")
        cipher = aes.kernel()
        hash = ghash.kernel()
        keys = cipher.expand(key)
        self._counter = cipher.counter(keys)
        h = bytearray(16)
        cipher.ctr(keys, h, 0, 16)  # E(0), the counter still being zero
        self._begun(cipher, hash, keys, hash.prepare(h))
        wipe(h)

    def _number(self, nonce):
        # The blocks that encrypt the text are counted from 2; 1 covers the tag (section 7.1).
        pack_into(">12sI", self._counter, 0, nonce, 2)
