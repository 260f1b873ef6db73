"""Signing by ECDSA, loaded where there is a key to sign with: the fixed sequences of `weierstrass.py` and of Fermat's inversion.

Nonces are those of RFC 6979, with additional input (its section 3.6): the same key and digest give a new nonce for each signature, and if
the random numbers are bad still no nonce that an attacker could know or see used for two digests.
"""

from latchkey.crypto import weierstrass
from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.crypto.hashes import HMAC
from latchkey.crypto.util import wipe

# Slots and entries: tools/build/field/weierstrass.prog
_T1 = const(5)
_T3 = const(7)
_T4 = const(8)
_T5 = const(9)
_SLOTS = const(39)
_SIGN_START = const(235)
_SIGN_END = const(240)

_HASHES = {32: "sha256", 48: "sha384", 64: "sha512"}  # the hash of the nonces is the digest's


def sign(group, scalar, digest, random):
    """Job: the DER signature of a 32, 48 or 64-byte digest by the private key `scalar` (big-endian, of the order's length).

    `random.fill` gives the additional input for RFC 6979. The caller verifies the signature before it leaves.
    """
    additional = bytearray(32)
    random.fill(additional)
    return (yield from sign_with(group, scalar, digest, additional))


def sign_with(group, scalar, digest, additional):
    """Job: `sign` with the additional input given; with none (b"") it is the deterministic signature of RFC 6979."""
    from latchkey.crypto import ecdsa

    curve = ecdsa.curve_of(group)
    size = curve.size
    z = ecdsa.reduced(curve, digest).to_bytes(size, "big")
    nonce = bytearray(size)
    kernel = machine.open(curve.order, _SLOTS)
    nonces = None
    try:
        nonces = Nonces(len(digest))
        while True:
            yield from nonces.draw_into(nonce, curve.order[1], scalar, z, additional)
            r = ecdsa.reduced(curve, (yield from weierstrass.multiply_base(curve, nonce))[1 : 1 + size])
            kernel.load(_T1, nonce)
            kernel.load(_T3, scalar)
            kernel.load(_T4, r.to_bytes(size, "big"))
            kernel.load(_T5, z)
            kernel.run(PROGRAMS, bytes((_SIGN_START, 0)), 0, 2)
            yield from weierstrass.invert(kernel, curve.order)
            kernel.run(PROGRAMS, bytes((_SIGN_END, 0)), 0, 2)
            s = int.from_bytes(kernel.store(_T1), "big")
            if r and s:
                return _encode(r, s)
    finally:
        wipe(nonce)
        if nonces:
            nonces.wipe()
        kernel.wipe()


def _encode(r, s):
    """SEQUENCE { r INTEGER, s INTEGER } in DER."""
    body = b""
    for number in (r, s):
        content = number.to_bytes(49, "big")
        start = 0
        while content[start] == 0 and content[start + 1] < 128:  # the first bit is the sign: zero
            start += 1
        body += bytes((2, 49 - start)) + content[start:]
    return bytes((0x30, len(body))) + body  # at most 104 bytes: the length has one byte


class Nonces:
    """HMAC_DRBG of RFC 6979 section 3.2."""

    def __init__(self, hash_size):
        self._v = bytearray(b"\1" * hash_size)
        self._mac = HMAC(bytes(hash_size), _HASHES[hash_size])  # holds K, ready for a message
        self._again = False  # whether one was drawn

    def draw_into(self, nonce, order, *seed):
        """Job: the next number of [1, order - 1], as big-endian bytes of the order's length (step h). `seed`, for the first one: private
        key, digest (reduced, as long as the order), additional input.
        """
        while True:
            if self._again:
                yield from self._rekey(b"\0")
            else:
                for step in (b"\0", b"\1"):  # steps d to g
                    yield from self._rekey(step, *seed)
            self._again = True
            start = 0
            while start < len(nonce):
                self._advance()
                take = min(len(self._v), len(nonce) - start)
                nonce[start : start + take] = memoryview(self._v)[:take]
                start += take
            yield 0
            if weierstrass.in_range(nonce, order):
                return

    def wipe(self):
        wipe(self._v)
        self._mac.wipe()

    def _rekey(self, *parts):
        """Job: K and V anew. SHA-384 is slow enough for a slice each."""
        yield 0
        mac = self._mac
        mac.update(self._v)
        for part in parts:
            mac.update(part)
        mac.rekey()
        yield 0
        self._advance()

    def _advance(self):
        self._mac.update(self._v)
        self._mac.digest_into(self._v)
