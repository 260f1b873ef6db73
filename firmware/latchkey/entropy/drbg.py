"""HMAC_DRBG with SHA-256 (NIST SP 800-90A rev. 1, section 10.1.2), security strength 256 bits.

No personalisation string or prediction resistance of its own: the pool puts everything into the seed and reseeds when it sees fit.
Each request ends by replacing K and V, so that a later look at them tells nothing of what was given.
"""

from latchkey.crypto.hashes import HMAC
from latchkey.crypto.util import wipe

_BLOCK = const(32)
_LIMIT = const(65536)  # bytes a request, SP 800-90A table 2


class HMAC_DRBG:
    """`HMAC_DRBG(seed)`: `seed` is entropy input, nonce and personalisation string in one buffer, which its owner wipes."""

    def __init__(self, seed):
        self._mac = HMAC(bytes(_BLOCK), "sha256")  # holds K, ready for a message
        self._value = bytearray(b"\x01" * _BLOCK)
        self.requests = 0  # since the last (re)seed
        self._update(seed)

    def reseed(self, seed):
        """Mix `seed` in (entropy input and additional input in one buffer)."""
        self._update(seed)
        self.requests = 0

    def fill(self, buf, additional=None):
        """Fill `buf`, 65,536 bytes at most; `additional` input is mixed in first (10.1.2.5)."""
        length = len(buf)
        if length > _LIMIT:
            raise ValueError("more than 65536 bytes in one request")
        if additional:
            self._update(additional)
        value = self._value
        for at in range(0, length, _BLOCK):
            self._step()
            piece = min(_BLOCK, length - at)
            buf[at : at + piece] = value if piece == _BLOCK else memoryview(value)[:piece]
        self._update(additional)
        self.requests += 1

    def wipe(self):
        """End it: the state is gone and nothing more comes out."""
        self._mac.wipe()
        wipe(self._value)
        self._mac = None

    def _update(self, data):
        # 10.1.2.2: K = HMAC(K, V || 00 || data), V = HMAC(K, V); with data once more with 01.
        mac = self._mac
        for turn in (b"\x00", b"\x01"):
            mac.update(self._value)
            mac.update(turn)
            if data:
                mac.update(data)
            mac.rekey()
            self._step()
            if not data:
                break

    def _step(self):
        """V = HMAC(K, V)."""
        self._mac.update(self._value)
        self._mac.digest_into(self._value)
