"""AEAD_CHACHA20_POLY1305 (RFC 8439 section 2.8), in place, in pieces, allocating nothing once made: used as AES-GCM is (aead.py)."""

from latchkey.crypto import kernels
from latchkey.crypto.aead import AEAD

_EXPECTED = (
    b"\xd3\x1a\x8d\x34\x64\x8e\x60\xdb\x7b\x86\xaf\xbc\x53\xef\x7e\xc2"
    b"\xa4\xad\xed\x51\x29\x6e\x08\xfe\xa9\xe2\xb5\xa7\x36\xee\x62\xd6"
    b"\xe3\xd0\x49\x61\x73\x93\x7e\x24\x0f\xd6\xa6\x79\x6b\xc6\x0b\x16"
)

_kernel = None


class ChaCha20Poly1305(AEAD):
    """`ChaCha20Poly1305(key)` with a key of 32 bytes."""

    def __init__(self, key):
        if len(key) != 32:
            raise ValueError("length of key")
        k = kernel()
        state = k.expand(key)
        self._begun(k, k, state, state)

    def _number(self, nonce):
        self._cipher.begin(self._state, nonce)


def kernel():
    """The module that does it, with these functions, of which all but `expand` allocate nothing:

    `expand(key)`: a state for a key of 32 bytes. `wipe(state)` ends it. PIECE is how many bytes fit a slice, NAME for reports.
    `begin(state, nonce)`: a new message, with a nonce of 12 bytes.
    `ctr(state, buf, start, length)`: XOR the key stream over `buf[start:start + length]`, whole blocks of 64 bytes except for the last;
    the tag (`length` -1) is not covered.
    `absorb(state, buf, start, length)`: the same arguments as GHASH's (gcm.py), for additional data, text and tag.
    """
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("chacha20poly1305", _works)
    return _kernel


def _works(module):
    # RFC 8439 section 2.8.2, of the text its first two blocks of 16 bytes; the tag is that of `cryptography`
    state = module.expand(bytes(range(128, 160)))
    module.begin(state, b"\x07\x00\x00\x00\x40\x41\x42\x43\x44\x45\x46\x47")
    module.absorb(state, b"\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7", -1, 12)
    text = bytearray(b"Ladies and Gentlemen of the clas" + bytes(16))
    module.ctr(state, text, 0, 32)
    module.absorb(state, text, 0, 32)
    module.absorb(state, text, 32, -1)
    if text != _EXPECTED:
        return False
    module.begin(state, b"\x07\x00\x00\x00\x40\x41\x42\x43\x44\x45\x46\x47")
    module.absorb(state, text, -1, 12)
    module.absorb(state, text, 0, 32)
    return module.absorb(state, text, 32, -2) != 0
