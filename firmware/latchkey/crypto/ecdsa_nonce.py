"""Nonces of ECDSA by RFC 6979, with additional input (its section 3.6): the same key and digest give a new nonce for each signature,
and if the random numbers are bad still no nonce that an attacker could know or see used for two digests.
"""

from latchkey.crypto.hmac import HMAC
from latchkey.crypto.scalar import in_range
from latchkey.crypto.util import wipe

_HASHES = {32: "sha256", 48: "sha384", 64: "sha512"}  # the hash of the nonces is the digest's


class Nonces:
    """HMAC_DRBG of RFC 6979 section 3.2, seeded with private key, digest (reduced, as long as the order) and additional input."""

    def __init__(self, hash_size, scalar, reduced, additional):
        self._hash = _HASHES[hash_size]
        self._v = bytearray(b"\1" * hash_size)
        self._key = bytearray(hash_size)
        for step in (b"\0", b"\1"):  # steps d to g
            self._rekey(step, scalar, reduced, additional)

    def draw_into(self, nonce, order):
        """The next number of [1, order - 1], as big-endian bytes of the order's length (step h)."""
        while True:
            start = 0
            while start < len(nonce):
                self._advance()
                take = min(len(self._v), len(nonce) - start)
                nonce[start : start + take] = memoryview(self._v)[:take]
                start += take
            good = in_range(nonce, order)
            self._rekey(b"\0")
            if good:
                return

    def wipe(self):
        wipe(self._v)
        wipe(self._key)

    def _rekey(self, *parts):
        h = HMAC(self._key, self._hash)
        h.update(self._v)
        for part in parts:
            h.update(part)
        h.digest_into(self._key)
        h.wipe()
        self._advance()

    def _advance(self):
        h = HMAC(self._key, self._hash)
        h.update(self._v)
        h.digest_into(self._v)
        h.wipe()
