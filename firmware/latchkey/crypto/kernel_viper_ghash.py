"""GHASH (NIST SP 800-38D section 6.4) by the viper emitter, with multiplications and no tables: neither an index nor a branch
depends on the hash key or on the text.

A carry-less product of 16-bit limbs comes out of the ordinary multiplier if each factor is split into three parts that have one bit in
every three: a sum of at most six ones can't reach the next bit that counts (the method is Thomas Pornin's, in BearSSL's ghash_ctmul).
Karatsuba three times: 27 products of limbs for a block. Bits are reflected, so the 255-bit product would have to be shifted left by one
before it is reduced from its low end: the key is divided by x beforehand, which does the same.

Viper's ints have the width of the machine: what is shifted right is masked, and words are kept in 32-bit memory. Constants of more
than 30 bits are computed, because the compiler for a 32-bit machine makes objects of them. Constant indices are cheap, others are not.
"""

import micropython

from latchkey.crypto.util import wipe

NAME = "viper"
PIECE = 1024

# The state, in words: 0..3 y, as bytes; 4, 5 the bytes of additional data and of text so far; 6..86 the 27 factors of the hash key in three
# parts each; 87..113 the 27 factors of a block, then the products. A factor's number has a digit to the base 3 for each of Karatsuba's
# levels: 0 the low half, 1 the high half, 2 their sum.
_STATE = const(456)
_WRITE = const(-1)  # in the place of a length
_COMPARE = const(-2)
_PREPARE = const(-3)


def prepare(h):
    """The state for a 16-byte hash key."""
    state = bytearray(_STATE)
    divided = bytearray(16)
    carry = h[0] >> 7
    for i in range(15):
        divided[i] = (h[i] << 1 | h[i + 1] >> 7) & 255
    divided[15] = h[15] << 1 & 255 | carry
    divided[0] ^= 0xC2 & -carry  # x^128 + x^7 + x^2 + x + 1, divided by x, in the place of the 1 that has left
    absorb(state, divided, 0, _PREPARE)
    wipe(divided)
    return state


@micropython.viper
def absorb(state: ptr32, buf: ptr8, start: int, length: int) -> int:
    """As gcm.py has it; with the length _PREPARE it takes the hash key divided by x. (All in one function: calls are dear.)"""
    y = ptr8(state)
    one = 1
    low = 0x09249249 | one << 30
    m31 = (one << 31) - 1
    p = start
    end = start + length
    if length == _PREPARE:
        end = 16
    elif start < 0:
        state[0] = state[1] = state[2] = state[3] = 0
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
    while p < end:
        if length != _WRITE and length != _COMPARE:
            n = end - p
            if n > 16:
                n = 16
            i = 0
            while i < n:
                y[i] = y[i] ^ buf[p]
                p += 1
                i += 1
        else:
            p = end
        # The factors
        f = ptr32(int(state) + 348)
        f[0] = int(y[14]) << 8 | int(y[15])
        f[1] = int(y[12]) << 8 | int(y[13])
        f[3] = int(y[10]) << 8 | int(y[11])
        f[4] = int(y[8]) << 8 | int(y[9])
        f[9] = int(y[6]) << 8 | int(y[7])
        f[10] = int(y[4]) << 8 | int(y[5])
        f[12] = int(y[2]) << 8 | int(y[3])
        f[13] = int(y[0]) << 8 | int(y[1])
        f[2] = f[0] ^ f[1]
        f[5] = f[3] ^ f[4]
        f[11] = f[9] ^ f[10]
        f[14] = f[12] ^ f[13]
        f[6] = f[0] ^ f[3]
        f[7] = f[1] ^ f[4]
        f[8] = f[2] ^ f[5]
        f[15] = f[9] ^ f[12]
        f[16] = f[10] ^ f[13]
        f[17] = f[11] ^ f[14]
        f[18] = f[0] ^ f[9]
        f[19] = f[1] ^ f[10]
        f[20] = f[2] ^ f[11]
        f[21] = f[3] ^ f[12]
        f[22] = f[4] ^ f[13]
        f[23] = f[5] ^ f[14]
        f[24] = f[6] ^ f[15]
        f[25] = f[7] ^ f[16]
        f[26] = f[8] ^ f[17]
        # The products
        k = ptr32(int(state) + 24)
        n = 27
        while n:
            x = f[0]
            a0 = x & 0x9249
            a1 = x & 0x2492
            a2 = x & 0x4924
            if length == _PREPARE:
                k[0] = a0
                k[1] = a1
                k[2] = a2
            else:
                b0 = k[0]
                b1 = k[1]
                b2 = k[2]
                f[0] = (
                    (a0 * b0 ^ a1 * b2 ^ a2 * b1) & low
                    | (a0 * b1 ^ a1 * b0 ^ a2 * b2) & 0x12492492
                    | (a0 * b2 ^ a1 * b1 ^ a2 * b0) & 0x24924924
                )
            f = ptr32(int(f) + 4)
            k = ptr32(int(k) + 12)
            n -= 1
        if length == _PREPARE:
            return 0
        # Karatsuba backwards, two levels: f[0:7] of each third = the coefficients of x^0, x^16 .. x^96
        n = 3
        while n:
            f = ptr32(int(f) - 36)
            a0 = f[0]
            a2 = f[1]
            a1 = f[2] ^ a0 ^ a2
            b0 = f[3]
            b2 = f[4]
            b1 = f[5] ^ b0 ^ b2
            x = f[6]
            z = f[7]
            f[3] = f[8] ^ x ^ z ^ a1 ^ b1
            f[1] = a1
            f[2] = a2 ^ x ^ a0 ^ b0
            f[4] = b0 ^ z ^ a2 ^ b2
            f[5] = b1
            f[6] = b2
            n -= 1
        # The last level, and 16-bit steps to words: z0 .. z7 of the product
        a0 = f[18] ^ f[0] ^ f[9] ^ f[4]
        a1 = f[19] ^ f[1] ^ f[10] ^ f[5]
        a2 = f[20] ^ f[2] ^ f[11] ^ f[6]
        b0 = f[22] ^ f[4] ^ f[13] ^ f[9]
        b1 = f[23] ^ f[5] ^ f[14] ^ f[10]
        b2 = f[24] ^ f[6] ^ f[15] ^ f[11]
        x = f[21] ^ f[3] ^ f[12]
        z0 = f[0] ^ f[1] << 16
        z1 = f[2] ^ f[3] << 16 ^ f[1] >> 16 & 0x7FFF
        z2 = a0 ^ a1 << 16 ^ f[3] >> 16 & 0x7FFF
        z3 = a2 ^ x << 16 ^ a1 >> 16 & 0x7FFF
        z4 = b0 ^ b1 << 16 ^ x >> 16 & 0x7FFF
        z5 = b2 ^ f[12] << 16 ^ b1 >> 16 & 0x7FFF
        z6 = f[13] ^ f[14] << 16 ^ f[12] >> 16 & 0x7FFF
        z7 = f[15] ^ f[14] >> 16 & 0x7FFF
        # Modulo x^128 + x^7 + x^2 + x + 1, from the low end
        x = z0 >> 1 & m31
        z4 ^= z0 ^ x ^ x >> 1 ^ x >> 6
        z3 ^= z0 << 31 ^ z0 << 30 ^ z0 << 25
        x = z1 >> 1 & m31
        z5 ^= z1 ^ x ^ x >> 1 ^ x >> 6
        z4 ^= z1 << 31 ^ z1 << 30 ^ z1 << 25
        x = z2 >> 1 & m31
        z6 ^= z2 ^ x ^ x >> 1 ^ x >> 6
        z5 ^= z2 << 31 ^ z2 << 30 ^ z2 << 25
        x = z3 >> 1 & m31
        z7 ^= z3 ^ x ^ x >> 1 ^ x >> 6
        z6 ^= z3 << 31 ^ z3 << 30 ^ z3 << 25
        y[0] = z7 >> 24
        y[1] = z7 >> 16
        y[2] = z7 >> 8
        y[3] = z7
        y[4] = z6 >> 24
        y[5] = z6 >> 16
        y[6] = z6 >> 8
        y[7] = z6
        y[8] = z5 >> 24
        y[9] = z5 >> 16
        y[10] = z5 >> 8
        y[11] = z5
        y[12] = z4 >> 24
        y[13] = z4 >> 16
        y[14] = z4 >> 8
        y[15] = z4
    difference = 0
    if length == _WRITE:
        for i in range(16):
            buf[start + i] = y[i]
    elif length == _COMPARE:
        for i in range(16):
            difference |= y[i] ^ buf[start + i]
    return difference
