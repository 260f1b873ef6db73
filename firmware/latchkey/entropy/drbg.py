"""HMAC_DRBG with SHA-256 (NIST SP 800-90A rev. 1, section 10.1.2), security strength 256 bits.

No personalisation string or prediction resistance of its own: the pool puts everything into the seed and reseeds when it sees fit.
Between requests only K and V exist; each request ends by replacing both, so that a later look at them tells nothing of it.
"""

import hashlib
from micropython import const

from latchkey.crypto.util import wipe

_BLOCK = const(32)
_LIMIT = const(65536)  # bytes a request, SP 800-90A table 2


class HMAC:
    """HMAC-SHA-256 with a 32-byte key (RFC 2104)."""

    def __init__(self, key, name):
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + b"\x36" * 32)
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in key) + b"\x5c" * 32)
        self.update = self._inner.update

    def digest_into(self, buf):
        self._outer.update(self._inner.digest())
        buf[:] = self._outer.digest()


class HMAC_DRBG:
    """`HMAC_DRBG(seed)`: `seed` is entropy input, nonce and personalisation string in one buffer, which its owner wipes."""

    def __init__(self, seed):
        self._key = bytearray(_BLOCK)
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
        at = 0
        while at < length:
            self._mac(value)
            piece = min(_BLOCK, length - at)
            if piece == _BLOCK:
                buf[at : at + _BLOCK] = value
            else:
                for i in range(piece):
                    buf[at + i] = value[i]
            at += piece
        self._update(additional)
        self.requests += 1

    def wipe(self):
        """End it: the state is gone and nothing more comes out."""
        wipe(self._key)
        wipe(self._value)
        self._key = self._value = None

    def _update(self, data):
        # 10.1.2.2: K = HMAC(K, V || 00 || data), V = HMAC(K, V); with data once more with 01.
        for turn in (b"\x00", b"\x01"):
            mac = HMAC(self._key, "sha256")
            mac.update(self._value)
            mac.update(turn)
            if data:
                mac.update(data)
            mac.digest_into(self._key)
            self._mac(self._value)
            if not data:
                return

    def _mac(self, value):
        mac = HMAC(self._key, "sha256")
        mac.update(value)
        mac.digest_into(value)
