"""AES in counter mode by the viper emitter, bitsliced, without tables: neither an index nor a branch depends on the key or on the text.

Two blocks at a time. A block is four words, its columns, byte r of a word being row r. Columns 0 of both blocks, columns 1, and so on are
eight words; the transposition of the 8 x 8 bits that each byte lane makes up gives eight slices: bit 2 c + i of byte r of slice b is bit b
of row r, column c, block i. Transposing again goes back.

The S-box is the circuit of Boyar and Peralta ("A small depth-16 circuit for the AES S-box", 2012; 115 gates) without the addition of
63 (hexadecimal), which is in the round keys instead: ShiftRows and MixColumns do not change it.

Viper's ints have the width of the machine: what is shifted right is masked, and slices are kept in 32-bit memory.
"""

import micropython

from latchkey.crypto.util import wipe

NAME = "viper"
PIECE = 1024

_COVER = const(-1)  # in the place of a length

# The state, in words: 0..3 the counter block, 4 the number of rounds, 8..15 slices, 16..23 work, from 24 on round keys of 8 words each
_KEYS = const(96)


def expand(key):
    """The state for a key of 16 or 32 bytes; the counter block is its beginning."""
    words = len(key) // 4
    rounds = words + 6
    state = bytearray(_KEYS + 32 * rounds + 32)
    schedule = bytearray(16 * rounds + 16)
    schedule[: len(key)] = key
    _expand(state, schedule, words, rounds)
    wipe(schedule)
    return state


def counter(state):
    return memoryview(state)[:16]


@micropython.viper
def _expand(state, schedule: ptr32, words: int, rounds: int):
    """FIPS 197 section 5.2 on the key that `schedule` begins with; then each round key for both blocks, as slices.

    In here, because Python makes an object of a number above 2^30 and none of a smaller one.
    """
    w = ptr32(state)
    w[4] = 1
    m = 0x6363
    constant = 1
    place = 0
    i = words
    while i < 4 * rounds + 4:
        x = schedule[i - 1]
        if place == 0 or (place == 4 and words == 8):
            # The S-box on a word: a single round whose keys are still zero, on four equal columns, among which ShiftRows changes nothing
            j = 8
            while j < 16:
                w[j] = x
                j += 1
            _transpose(state)
            _rounds(state)
            _transpose(state)
            x = w[8] ^ (m | m << 16)
            if place == 0:
                x = (x >> 8 & 0xFFFFFF | x << 24) ^ constant
                constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)
        schedule[i] = schedule[i - words] ^ x
        i += 1
        place += 1
        if place == words:
            place = 0
    i = 0
    while i <= rounds:
        j = 0
        while j < 8:
            w[8 + j] = schedule[4 * i + (j >> 1)]
            j += 1
        _transpose(state)
        j = 0
        while j < 8:
            x = w[8 + j]
            if i and 0x63 >> j & 1:  # the S-box's constant, but not before the first round
                x = x ^ -1
            w[24 + 8 * i + j] = x
            j += 1
        i += 1
    i = 8
    while i < 24:
        w[i] = 0
        i += 1
    w[4] = rounds


@micropython.viper
def ctr(state, buf: ptr8, p: int, length: int):
    """As aes.py has it."""
    w = ptr32(state)
    c = ptr8(state)
    s = ptr8(int(w) + 32)
    if length == _COVER:
        c[12] = c[13] = c[14] = 0
        c[15] = 1
        length = 16
    while length > 0:
        n = 32 if length > 32 else length
        low = int(c[12]) << 24 | int(c[13]) << 16 | int(c[14]) << 8 | int(c[15])
        i = 0
        while i < 8:
            w[8 + i] = w[i >> 1]
            i += 1
        i = 28
        while i < 36:
            # the counter of the second block, in its last column; then that of the next pair
            low += 1 if i == 28 or n > 16 else 0
            to = s if i == 28 else c
            k = i if i == 28 else 12
            to[k] = low >> 24
            to[k + 1] = low >> 16
            to[k + 2] = low >> 8
            to[k + 3] = low
            i += 4
        _transpose(state)
        _rounds(state)
        _transpose(state)
        # words 0, 2, 4, 6 are the first block, 1, 3, 5, 7 the second
        i = 0
        while i < n:
            k = (i & 0x0C) << 1 | (i & 0x10) >> 2 | i & 3
            buf[p + i] = buf[p + i] ^ s[k]
            i += 1
        p += n
        length -= n
    i = 8
    while i < 24:
        w[i] = 0
        i += 1


@micropython.viper
def _transpose(state):
    """Columns to slices, and back."""
    s = ptr32(state)
    n = 1
    mask = 0x15555555 | n << 30
    while n < 8:
        i = 8
        while i < 16:
            if not i & n:
                x = s[i]
                y = s[i + n]
                z = (x >> n ^ y) & mask
                s[i + n] = y ^ z
                s[i] = x ^ z << n
            i += 1
        n <<= 1
        mask = 0x33333333 if n == 2 else 0x0F0F0F0F


@micropython.viper
def _rounds(state):
    """All rounds on the slices, from the first round key to the last."""
    w = ptr32(state)
    s = ptr32(int(w) + 32)
    t = ptr32(int(w) + 64)
    k = ptr32(int(w) + 96)
    rounds = w[4]
    i = 0
    while i < 8:
        s[i] = s[i] ^ k[i]
        i += 1
    while rounds:
        rounds -= 1
        x0 = s[7]
        x1 = s[6]
        x2 = s[5]
        x3 = s[4]
        x4 = s[3]
        x5 = s[2]
        x6 = s[1]
        x7 = s[0]
        y14 = x3 ^ x5
        y13 = x0 ^ x6
        y9 = x0 ^ x3
        y8 = x0 ^ x5
        t0 = x1 ^ x2
        y1 = t0 ^ x7
        y4 = y1 ^ x3
        y12 = y13 ^ y14
        y2 = y1 ^ x0
        y5 = y1 ^ x6
        y3 = y5 ^ y8
        t1 = x4 ^ y12
        y15 = t1 ^ x5
        y20 = t1 ^ x1
        y6 = y15 ^ x7
        y10 = y15 ^ t0
        y11 = y20 ^ y9
        y7 = x7 ^ y11
        y17 = y10 ^ y11
        y19 = y10 ^ y8
        y16 = t0 ^ y11
        y21 = y13 ^ y16
        y18 = x0 ^ y16
        t2 = y12 & y15
        t3 = y3 & y6
        t4 = t3 ^ t2
        t5 = y4 & x7
        t6 = t5 ^ t2
        t7 = y13 & y16
        t8 = y5 & y1
        t9 = t8 ^ t7
        t10 = y2 & y7
        t11 = t10 ^ t7
        t12 = y9 & y11
        t13 = y14 & y17
        t14 = t13 ^ t12
        t15 = y8 & y10
        t16 = t15 ^ t12
        t17 = t4 ^ t14
        t18 = t6 ^ t16
        t19 = t9 ^ t14
        t20 = t11 ^ t16
        t21 = t17 ^ y20
        t22 = t18 ^ y19
        t23 = t19 ^ y21
        t24 = t20 ^ y18
        t25 = t21 ^ t22
        t26 = t21 & t23
        t27 = t24 ^ t26
        t28 = t25 & t27
        t29 = t28 ^ t22
        t30 = t23 ^ t24
        t31 = t22 ^ t26
        t32 = t31 & t30
        t33 = t32 ^ t24
        t34 = t23 ^ t33
        t35 = t27 ^ t33
        t36 = t24 & t35
        t37 = t36 ^ t34
        t38 = t27 ^ t36
        t39 = t29 & t38
        t40 = t25 ^ t39
        t41 = t40 ^ t37
        t42 = t29 ^ t33
        t43 = t29 ^ t40
        t44 = t33 ^ t37
        t45 = t42 ^ t41
        z0 = t44 & y15
        z1 = t37 & y6
        z2 = t33 & x7
        z3 = t43 & y16
        z4 = t40 & y1
        z5 = t29 & y7
        z6 = t42 & y11
        z7 = t45 & y17
        z8 = t41 & y10
        z9 = t44 & y12
        z10 = t37 & y3
        z11 = t33 & y4
        z12 = t43 & y13
        z13 = t40 & y5
        z14 = t29 & y2
        z15 = t42 & y9
        z16 = t45 & y14
        z17 = t41 & y8
        t46 = z15 ^ z16
        t47 = z10 ^ z11
        t48 = z5 ^ z13
        t49 = z9 ^ z10
        t50 = z2 ^ z12
        t51 = z2 ^ z5
        t52 = z7 ^ z8
        t53 = z0 ^ z3
        t54 = z6 ^ z7
        t55 = z16 ^ z17
        t56 = z12 ^ t48
        t57 = t50 ^ t53
        t58 = z4 ^ t46
        t59 = z3 ^ t54
        t60 = t46 ^ t57
        t61 = z14 ^ t57
        t62 = t52 ^ t58
        t63 = t49 ^ t58
        t64 = z4 ^ t59
        t65 = t61 ^ t62
        t66 = z1 ^ t63
        s0 = t59 ^ t63
        s6 = t56 ^ t62
        s7 = t48 ^ t60
        t67 = t64 ^ t65
        s3 = t53 ^ t66
        s4 = t51 ^ t66
        s5 = t47 ^ t65
        s1 = t64 ^ s3
        s2 = t55 ^ t67
        s[0] = s7
        s[1] = s6
        s[2] = s5
        s[3] = s4
        s[4] = s3
        s[5] = s2
        s[6] = s1
        s[7] = s0
        k = ptr32(int(k) + 32)
        i = 0
        while i < 8:
            # ShiftRows: row r goes r columns of two bits down
            x = s[i]
            y = x >> 2 & 0x3F00 | x << 6 & 0xC000 | x >> 4 & 0x0F0000 | x << 4 & 0xF00000
            x = x & 0xFF | y | x >> 6 & 0x03000000 | x << 2 & -0x04000000
            if rounds:
                # MixColumns: b = 2 z + y + (z two rows on), with y = x one row on and z = x + y
                y = x >> 8 & 0xFFFFFF | x << 24
                z = x ^ y
                t[i] = z
                x = y ^ (z >> 16 & 0xFFFF | z << 16)
            s[i] = x ^ k[i]
            i += 1
        if rounds:
            z = t[7]
            s[0] = s[0] ^ z
            s[1] = s[1] ^ t[0] ^ z
            s[2] = s[2] ^ t[1]
            s[3] = s[3] ^ t[2] ^ z
            s[4] = s[4] ^ t[3] ^ z
            s[5] = s[5] ^ t[4]
            s[6] = s[6] ^ t[5]
            s[7] = s[7] ^ t[6]
