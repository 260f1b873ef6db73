"""AES-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags, in place, in pieces, allocating nothing once made; and GHASH, the
universal hash of it, by the best kernel of this board.
"""

from struct import pack_into

from latchkey.crypto import aes, kernels
from latchkey.crypto.aead import AEAD
from latchkey.crypto.util import wipe

_kernel = None


class AESGCM(AEAD):
    """`AESGCM(key)` with a key of 16 or 32 bytes."""

    def __init__(self, key):
        if len(key) not in (16, 32):
            raise ValueError("length of key")
        cipher = aes.kernel()
        hash = kernel()
        keys = cipher.expand(key)
        self._counter = cipher.counter(keys)
        h = bytearray(16)
        cipher.ctr(keys, h, 0, 16)  # E(0), the counter still being zero
        self._begun(cipher, hash, keys, hash.prepare(h))
        wipe(h)

    def _number(self, nonce):
        # The blocks that encrypt the text are counted from 2; 1 covers the tag (section 7.1).
        pack_into(">12sI", self._counter, 0, nonce, 2)


def kernel():
    """The module that does GHASH (section 6.4) best on this board, with these functions, of which `absorb` allocates nothing:

    `prepare(h)`: a state for a 16-byte hash key. `wipe(state)` ends it.
    PIECE is how many bytes fit a slice, NAME for reports.
    `absorb(state, aad, -1, length)`: a new message, whose additional data are the first `length` bytes of `aad`.
    `absorb(state, buf, start, length)`: the next bytes of its text, whole blocks except for the last.
    `absorb(state, buf, start, -1)`: the end: the hash is written to `buf[start:start + 16]`.
    `absorb(state, buf, start, -2)`: the end: returns 0 if `buf[start:start + 16]` is the hash, in a time that does not tell where it isn't.
    """
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("ghash", _works, ("thumb2", "rv32", "xtensa", "viper", "portable"))
    return _kernel


def _works(module):
    # Test case 2 of McGrew and Viega's specification of GCM
    state = module.prepare(b"\x66\xe9\x4b\xd4\xef\x8a\x2c\x3b\x88\x4c\xfa\x59\xca\x34\x2b\x2e")
    text = b"\x03\x88\xda\xce\x60\xb6\xa3\x92\xf3\x28\xc2\xb9\x71\xb2\xfe\x78"
    tag = bytearray(16)
    module.absorb(state, b"", -1, 0)
    module.absorb(state, text, 0, 16)
    module.absorb(state, tag, 0, -1)
    if tag != b"\xf3\x8c\xbb\x1a\xd6\x92\x23\xdc\xc3\x45\x7a\xe5\xb6\xb0\xf8\x85":
        return False
    for wrong in (0, 1):
        module.absorb(state, b"", -1, 0)
        module.absorb(state, text, 0, 16)
        tag[7] ^= wrong
        if bool(module.absorb(state, tag, 0, -2)) != bool(wrong):
            return False
    return True
