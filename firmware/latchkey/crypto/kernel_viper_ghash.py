"""GHASH (NIST SP 800-38D section 6.4) by the viper emitter, with multiplications and no tables: neither an index nor a branch
depends on the hash key or on the text.

A carry-less product of 32-bit words comes out of the ordinary multiplier if each factor is split into four parts that have one bit in
every four: a sum of at most eight ones can't reach the next bit that counts (the method is Thomas Pornin's, in BearSSL's
ghash_ctmul32). That gives the low 32 bits; the high ones are the low ones of the bit-reversed factors, reversed.
Karatsuba twice: 9 products of words for a block, and 9 of the reversed ones.

Viper's ints have the width of the machine: what is shifted right is masked, and words are kept in 32-bit memory. Constants of more
than 30 bits are computed, because the compiler for a 32-bit machine makes objects of them.
"""

from array import array

import micropython
from micropython import const

from latchkey.crypto.util import wipe

NAME = "viper"

_KEY = const(-1)


class GHASH:
    """`GHASH(h)` with the 16-byte hash key. `y` is the state: zeros at first, the hash at the end."""

    def __init__(self, h):
        self.y = bytearray(16)
        self._words = array("I", bytes(360))  # the 18 factors of h in four parts each; 18 factors of y, then the products
        _absorb(self._words, h, h, 0, _KEY)

    def update(self, buf, start, length):
        """Absorb `buf[start:start + length]`; a last block that is not whole is padded with zeros."""
        _absorb(self._words, self.y, buf, start, length)

    def differs(self, buf, start):
        """Whether `buf[start:start + 16]` is not the state, 0 or not; the time does not depend on where."""
        return _differs(self.y, buf, start)

    def wipe(self):
        wipe(self.y)
        wipe(memoryview(self._words))


@micropython.viper
def _differs(y: ptr8, buf: ptr8, start: int) -> int:
    difference = 0
    for i in range(16):
        difference |= y[i] ^ buf[start + i]
    return difference


@micropython.viper
def _absorb(w: ptr32, y: ptr8, buf: ptr8, p: int, length: int):
    """Absorb into y; with the length _KEY make the factors of h, which is in y. (One function: calls cost, and box pointers.)"""
    one = 1
    m0 = 0x11111111
    m1 = m0 << 1
    m2 = m0 << 2
    m3 = m0 << 3
    m5 = 0x15555555 | one << 30
    m31 = (one << 31) - 1
    end = p + length
    while p < end or length == _KEY:
        i = 0
        while i < 16:
            if p < end:
                y[i] = y[i] ^ buf[p]
            p += 1
            i += 1
        # The 9 factors of y to w[72:81], those of its reversal to w[81:90]
        for i in range(4):
            k = 12 - 4 * i
            x = int(y[k]) << 24 | int(y[k + 1]) << 16 | int(y[k + 2]) << 8 | int(y[k + 3])
            k = 72 + i + (i >> 1)  # words 0, 1, 3, 4 of the nine
            w[k] = x
            x = (x >> 1) & m5 | (x & m5) << 1
            x = (x >> 2) & 0x33333333 | (x & 0x33333333) << 2
            x = (x >> 4) & 0x0F0F0F0F | (x & 0x0F0F0F0F) << 4
            x = (x >> 8) & 0x00FF00FF | (x & 0x00FF00FF) << 8
            w[k + 9] = (x >> 16) & 0xFFFF | x << 16
        for i in range(72, 90, 9):
            w[i + 2] = w[i] ^ w[i + 1]
            w[i + 5] = w[i + 3] ^ w[i + 4]
            w[i + 6] = w[i] ^ w[i + 3]
            w[i + 7] = w[i + 1] ^ w[i + 4]
            w[i + 8] = w[i + 6] ^ w[i + 7]
        if length == _KEY:
            for i in range(18):
                x = w[72 + i]
                w[4 * i] = x & m0
                w[4 * i + 1] = x & m1
                w[4 * i + 2] = x & m2
                w[4 * i + 3] = x & m3
            return
        # w[72:90] = the low words of the 18 products
        k = 0
        for i in range(72, 90):
            x = w[i]
            a0 = x & m0
            a1 = x & m1
            a2 = x & m2
            a3 = x & m3
            b0 = w[k]
            b1 = w[k + 1]
            b2 = w[k + 2]
            b3 = w[k + 3]
            k += 4
            w[i] = (
                (a0 * b0 ^ a1 * b3 ^ a2 * b2 ^ a3 * b1) & m0
                | (a0 * b1 ^ a1 * b0 ^ a2 * b3 ^ a3 * b2) & m1
                | (a0 * b2 ^ a1 * b1 ^ a2 * b0 ^ a3 * b3) & m2
                | (a0 * b3 ^ a1 * b2 ^ a2 * b1 ^ a3 * b0) & m3
            )
        # Karatsuba backwards: w[i:i + 7] = the coefficients of x^0, x^32 .. x^192
        for i in range(72, 90, 9):
            l0 = w[i]
            l2 = w[i + 1]
            l1 = w[i + 2] ^ l0 ^ l2
            h0 = w[i + 3]
            h2 = w[i + 4]
            h1 = w[i + 5] ^ h0 ^ h2
            c0 = w[i + 6]
            c2 = w[i + 7]
            c1 = w[i + 8] ^ c0 ^ c2
            w[i + 1] = l1
            w[i + 2] = l2 ^ c0 ^ l0 ^ h0
            w[i + 3] = c1 ^ l1 ^ h1
            w[i + 4] = h0 ^ c2 ^ l2 ^ h2
            w[i + 5] = h1
            w[i + 6] = h2
        # The product, shifted left by one because GCM's bits are reflected: low words shifted, high words reversed, w[72:80]
        w[79] = 0
        carry = 0
        for i in range(72, 80):
            low = w[i] << 1
            w[i] = low ^ carry
            if i < 79:
                x = w[i + 9]
                x = (x >> 1) & m5 | (x & m5) << 1
                x = (x >> 2) & 0x33333333 | (x & 0x33333333) << 2
                x = (x >> 4) & 0x0F0F0F0F | (x & 0x0F0F0F0F) << 4
                x = (x >> 8) & 0x00FF00FF | (x & 0x00FF00FF) << 8
                carry = (x >> 16) & 0xFFFF | x << 16
        # Modulo x^128 + x^7 + x^2 + x + 1, from the low end
        for i in range(72, 76):
            x = w[i]
            h1 = (x >> 1) & m31
            w[i + 4] = w[i + 4] ^ x ^ h1 ^ h1 >> 1 ^ h1 >> 6
            w[i + 3] = w[i + 3] ^ x << 31 ^ x << 30 ^ x << 25
        i = 0
        while i < 16:
            x = w[79 - (i >> 2)]
            y[i] = x >> 24
            y[i + 1] = x >> 16
            y[i + 2] = x >> 8
            y[i + 3] = x
            i += 4
