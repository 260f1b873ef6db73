"""GHASH (NIST SP 800-38D section 6.4) by the viper emitter, with multiplications and no tables: neither an index nor a branch
depends on the hash key or on the text.

A carry-less product of 32-bit words comes out of the ordinary multiplier if each factor is split into four parts that have one bit in
every four: a sum of at most eight ones can't reach the next bit that counts (the method is Thomas Pornin's, in BearSSL's
ghash_ctmul32). That gives the low 32 bits; the high ones are the low ones of the bit-reversed factors, reversed.
Karatsuba twice: 9 products of words for a block, and 9 of the reversed ones.

Viper's ints have the width of the machine: what is shifted right is masked, and words are kept in 32-bit memory. Constants of more
than 30 bits are computed, because the compiler for a 32-bit machine makes objects of them.
"""

import micropython
from micropython import const

from latchkey.crypto.util import wipe  # noqa: F401  (a part of every GHASH kernel)

NAME = "viper"

# The state, in words: 0..3 y, as bytes; 4, 5 the bytes of additional data and of text so far; 6..77 the 18 factors of the hash key in four
# parts each; 78..95 the 18 factors of a block, then the products.
_STATE = const(384)
_WRITE = const(-1)  # in the place of a length
_COMPARE = const(-2)
_PREPARE = const(-3)


def prepare(h):
    """The state for a 16-byte hash key."""
    state = bytearray(_STATE)
    absorb(state, h, 0, _PREPARE)
    return state


@micropython.viper
def absorb(state: ptr32, buf: ptr8, start: int, length: int) -> int:
    """As ghash.py has it; with the length _PREPARE it takes the hash key. (All in one function: calls are dear.)"""
    y = ptr8(state)
    w = ptr32(int(state) + 24)
    p = start
    end = start + length
    if length == _PREPARE:
        end = 16
    elif start < 0:
        for i in range(4):
            state[i] = 0
        state[4] = length
        state[5] = 0
        p = 0
        end = length
    elif length < 0:
        # The block of lengths, in bits
        for i in range(4):
            y[4 + i] = y[4 + i] ^ state[4] << 3 >> 24 - 8 * i
            y[12 + i] = y[12 + i] ^ state[5] << 3 >> 24 - 8 * i
        y[3] = y[3] ^ state[4] >> 29 & 7
        y[11] = y[11] ^ state[5] >> 29 & 7
        p = 0
        end = 1
    else:
        state[5] = state[5] + length
    one = 1
    m0 = 0x11111111
    m1 = m0 << 1
    m2 = m0 << 2
    m3 = m0 << 3
    m5 = 0x15555555 | one << 30
    m31 = (one << 31) - 1
    while p < end:
        i = 0
        if length != _WRITE and length != _COMPARE:
            while i < 16 and p + i < end:
                y[i] = y[i] ^ buf[p + i]
                i += 1
        p += 16
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
        if length == _PREPARE:
            for i in range(18):
                x = w[72 + i]
                w[4 * i] = x & m0
                w[4 * i + 1] = x & m1
                w[4 * i + 2] = x & m2
                w[4 * i + 3] = x & m3
            return 0
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
    difference = 0
    if length == _WRITE:
        for i in range(16):
            buf[start + i] = y[i]
    elif length == _COMPARE:
        for i in range(16):
            difference |= y[i] ^ buf[start + i]
    return difference
