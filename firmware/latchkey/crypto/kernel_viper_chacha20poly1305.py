"""ChaCha20 and Poly1305 (RFC 8439) by the viper emitter: neither an index nor a branch depends on the key or on the text.

ChaCha20 adds, XORs and rotates sixteen locals. Poly1305 has ten limbs of 13 bits, so that ten products add up in 32 bits (the method is
Andrew Moon's, in poly1305-donna-16). Viper's ints have the width of the machine, so bits above the 32nd may be anything: every right shift
is masked. Words and bytes are the same memory, in the order of a little-endian machine; another one fails the known answer.
"""

import micropython

from latchkey.crypto import util

NAME = "viper"
PIECE = 1024

# The state, in words: 0..15 ChaCha20's input (constants, key, counter, nonce); 16..31 a block of the key stream; 32..50 the factors of r:
# 5 r[1] .. 5 r[9], then r[0] .. r[9]; 51..60 the limbs of the sum; 61..64 s; 65, 66 the bytes of additional data and of text so far.
_STATE = const(268)
# In the place of a length
_WRITE = const(-1)
_COVER = const(-1)
_FIRST = const(-2)

_CONSTANTS = b"expand 32-byte k"


def expand(key):
    """The state for a key of 32 bytes."""
    state = bytearray(_STATE)
    state[:16] = _CONSTANTS
    i = 0
    while i < 32:
        state[16 + i] = key[i]
        i += 1
    return state


def begin(state, nonce):
    """As chacha20poly1305.py has it."""
    i = 0
    while i < 12:
        state[52 + i] = nonce[i]
        i += 1
    ctr(state, state, 0, _FIRST)  # Poly1305's key (section 2.6)
    _factors(state)


wipe = util.wipe


@micropython.viper
def _factors(state: ptr32):
    """Poly1305's r, clamped (section 2.5), its s, and a sum of zero."""
    b = ptr8(int(state) + 64)
    t0 = int(b[0]) | int(b[1]) << 8
    t1 = int(b[2]) | (int(b[3]) & 15) << 8
    t2 = int(b[4]) & 252 | int(b[5]) << 8
    t3 = int(b[6]) | (int(b[7]) & 15) << 8
    t4 = int(b[8]) & 252 | int(b[9]) << 8
    t5 = int(b[10]) | (int(b[11]) & 15) << 8
    t6 = int(b[12]) & 252 | int(b[13]) << 8
    t7 = int(b[14]) | (int(b[15]) & 15) << 8
    r = ptr32(int(state) + 164)
    r[0] = t0 & 0x1FFF
    r[1] = (t0 >> 13 | t1 << 3) & 0x1FFF
    r[2] = (t1 >> 10 | t2 << 6) & 0x1FFF
    r[3] = (t2 >> 7 | t3 << 9) & 0x1FFF
    r[4] = (t3 >> 4 | t4 << 12) & 0x1FFF
    r[5] = t4 >> 1 & 0x1FFF
    r[6] = (t4 >> 14 | t5 << 2) & 0x1FFF
    r[7] = (t5 >> 11 | t6 << 5) & 0x1FFF
    r[8] = (t6 >> 8 | t7 << 8) & 0x1FFF
    r[9] = t7 >> 5
    i = 0
    while i < 9:
        state[32 + i] = 5 * r[i + 1]
        i += 1
    i = 0
    while i < 10:
        state[51 + i] = 0
        i += 1
    i = 0
    while i < 4:
        state[61 + i] = state[20 + i]
        i += 1


@micropython.viper
def ctr(state: ptr32, buf: ptr8, start: int, length: int):
    """As chacha20poly1305.py has it; with the length _FIRST it makes block 0 alone."""
    if length == _COVER:
        return
    w = ptr32(int(state) + 64)
    b = ptr8(int(state) + 64)
    p = start
    end = start + length
    if length == _FIRST:
        state[12] = 0 - 1
        end = p + 1
    while p < end:
        # The block function (section 2.3)
        state[12] = state[12] + 1
        x0 = state[0]
        x1 = state[1]
        x2 = state[2]
        x3 = state[3]
        x4 = state[4]
        x5 = state[5]
        x6 = state[6]
        x7 = state[7]
        x8 = state[8]
        x9 = state[9]
        xa = state[10]
        xb = state[11]
        xc = state[12]
        xd = state[13]
        xe = state[14]
        xf = state[15]
        n = 10
        while n:
            n -= 1
            x0 += x4
            xc ^= x0
            xc = xc << 16 | xc >> 16 & 0xFFFF
            x8 += xc
            x4 ^= x8
            x4 = x4 << 12 | x4 >> 20 & 0xFFF
            x0 += x4
            xc ^= x0
            xc = xc << 8 | xc >> 24 & 0xFF
            x8 += xc
            x4 ^= x8
            x4 = x4 << 7 | x4 >> 25 & 0x7F
            x1 += x5
            xd ^= x1
            xd = xd << 16 | xd >> 16 & 0xFFFF
            x9 += xd
            x5 ^= x9
            x5 = x5 << 12 | x5 >> 20 & 0xFFF
            x1 += x5
            xd ^= x1
            xd = xd << 8 | xd >> 24 & 0xFF
            x9 += xd
            x5 ^= x9
            x5 = x5 << 7 | x5 >> 25 & 0x7F
            x2 += x6
            xe ^= x2
            xe = xe << 16 | xe >> 16 & 0xFFFF
            xa += xe
            x6 ^= xa
            x6 = x6 << 12 | x6 >> 20 & 0xFFF
            x2 += x6
            xe ^= x2
            xe = xe << 8 | xe >> 24 & 0xFF
            xa += xe
            x6 ^= xa
            x6 = x6 << 7 | x6 >> 25 & 0x7F
            x3 += x7
            xf ^= x3
            xf = xf << 16 | xf >> 16 & 0xFFFF
            xb += xf
            x7 ^= xb
            x7 = x7 << 12 | x7 >> 20 & 0xFFF
            x3 += x7
            xf ^= x3
            xf = xf << 8 | xf >> 24 & 0xFF
            xb += xf
            x7 ^= xb
            x7 = x7 << 7 | x7 >> 25 & 0x7F
            x0 += x5
            xf ^= x0
            xf = xf << 16 | xf >> 16 & 0xFFFF
            xa += xf
            x5 ^= xa
            x5 = x5 << 12 | x5 >> 20 & 0xFFF
            x0 += x5
            xf ^= x0
            xf = xf << 8 | xf >> 24 & 0xFF
            xa += xf
            x5 ^= xa
            x5 = x5 << 7 | x5 >> 25 & 0x7F
            x1 += x6
            xc ^= x1
            xc = xc << 16 | xc >> 16 & 0xFFFF
            xb += xc
            x6 ^= xb
            x6 = x6 << 12 | x6 >> 20 & 0xFFF
            x1 += x6
            xc ^= x1
            xc = xc << 8 | xc >> 24 & 0xFF
            xb += xc
            x6 ^= xb
            x6 = x6 << 7 | x6 >> 25 & 0x7F
            x2 += x7
            xd ^= x2
            xd = xd << 16 | xd >> 16 & 0xFFFF
            x8 += xd
            x7 ^= x8
            x7 = x7 << 12 | x7 >> 20 & 0xFFF
            x2 += x7
            xd ^= x2
            xd = xd << 8 | xd >> 24 & 0xFF
            x8 += xd
            x7 ^= x8
            x7 = x7 << 7 | x7 >> 25 & 0x7F
            x3 += x4
            xe ^= x3
            xe = xe << 16 | xe >> 16 & 0xFFFF
            x9 += xe
            x4 ^= x9
            x4 = x4 << 12 | x4 >> 20 & 0xFFF
            x3 += x4
            xe ^= x3
            xe = xe << 8 | xe >> 24 & 0xFF
            x9 += xe
            x4 ^= x9
            x4 = x4 << 7 | x4 >> 25 & 0x7F
        w[0] = x0 + state[0]
        w[1] = x1 + state[1]
        w[2] = x2 + state[2]
        w[3] = x3 + state[3]
        w[4] = x4 + state[4]
        w[5] = x5 + state[5]
        w[6] = x6 + state[6]
        w[7] = x7 + state[7]
        w[8] = x8 + state[8]
        w[9] = x9 + state[9]
        w[10] = xa + state[10]
        w[11] = xb + state[11]
        w[12] = xc + state[12]
        w[13] = xd + state[13]
        w[14] = xe + state[14]
        w[15] = xf + state[15]
        if length == _FIRST:
            return
        n = end - p
        if n > 64:
            n = 64
        i = 0
        while i < n:
            buf[p] = buf[p] ^ b[i]
            p += 1
            i += 1


@micropython.viper
def absorb(state: ptr32, buf: ptr8, start: int, length: int) -> int:
    """As chacha20poly1305.py has it."""
    h = ptr32(int(state) + 204)
    p = start
    end = start + length
    b = ptr8(int(state) + 64)  # what is left of a block shorter than 16 bytes, filled with zeros
    if start < 0:
        state[65] = length
        state[66] = 0
        p = 0
        end = length
    elif length < 0:
        w = ptr32(int(state) + 64)
        w[0] = state[65]
        w[1] = 0
        w[2] = state[66]
        w[3] = 0
        p = 0
        end = 16
    else:
        state[66] = state[66] + length
    h0 = h[0]
    h1 = h[1]
    h2 = h[2]
    h3 = h[3]
    h4 = h[4]
    h5 = h[5]
    h6 = h[6]
    h7 = h[7]
    h8 = h[8]
    h9 = h[9]
    while p < end:
        m = ptr8(int(buf) + p)
        if start >= 0 and length < 0:
            m = b
        n = end - p
        if n < 16:
            i = 0
            while i < 16:
                if i < n:
                    b[i] = m[i]
                else:
                    b[i] = 0
                i += 1
            m = b
        p += 16
        # The next block, and a 1 above it (section 2.5.1)
        t0 = int(m[0]) | int(m[1]) << 8
        t1 = int(m[2]) | int(m[3]) << 8
        h0 += t0 & 0x1FFF
        h1 += (t0 >> 13 | t1 << 3) & 0x1FFF
        t0 = int(m[4]) | int(m[5]) << 8
        h2 += (t1 >> 10 | t0 << 6) & 0x1FFF
        t1 = int(m[6]) | int(m[7]) << 8
        h3 += (t0 >> 7 | t1 << 9) & 0x1FFF
        t0 = int(m[8]) | int(m[9]) << 8
        h4 += (t1 >> 4 | t0 << 12) & 0x1FFF
        h5 += t0 >> 1 & 0x1FFF
        t1 = int(m[10]) | int(m[11]) << 8
        h6 += (t0 >> 14 | t1 << 2) & 0x1FFF
        t0 = int(m[12]) | int(m[13]) << 8
        h7 += (t1 >> 11 | t0 << 5) & 0x1FFF
        t1 = int(m[14]) | int(m[15]) << 8
        h8 += (t0 >> 8 | t1 << 8) & 0x1FFF
        h9 += t1 >> 5 | 0x800
        # h = h * r modulo 2^130 - 5
        f = ptr32(int(state) + 128)
        c = 0
        i = 0
        while i < 10:
            d = c + h0 * f[9] + h1 * f[8] + h2 * f[7] + h3 * f[6] + h4 * f[5]
            c = d >> 13 & 0x7FFFF
            d = (d & 0x1FFF) + h5 * f[4] + h6 * f[3] + h7 * f[2] + h8 * f[1] + h9 * f[0]
            c += d >> 13 & 0x7FFFF
            h[i] = d & 0x1FFF
            f = ptr32(int(f) + 4)
            i += 1
        h0 = h[0] + 5 * c
        h1 = h[1] + (h0 >> 13)
        h0 &= 0x1FFF
        h2 = h[2]
        h3 = h[3]
        h4 = h[4]
        h5 = h[5]
        h6 = h[6]
        h7 = h[7]
        h8 = h[8]
        h9 = h[9]
    h[0] = h0
    h[1] = h1
    if length >= 0:
        return 0
    # Modulo 2^130 - 5: all carries, then 5 is added and the sum kept if it reaches 2^130
    i = 0
    c = 0
    k = 0
    while i < 30:
        if k == 10:
            k = 0
            c *= 5
        c += h[k]
        h[k] = c & 0x1FFF
        c = c >> 13
        k += 1
        i += 1
    f = ptr32(int(state) + 128)
    c = 5
    i = 0
    while i < 10:
        c += h[i]
        f[i] = c & 0x1FFF
        c = c >> 13
        i += 1
    i = 0
    while i < 10:
        h[i] = h[i] ^ (h[i] ^ f[i]) & 0 - c
        i += 1
    # To bytes, and s is added
    s = ptr8(int(state) + 244)
    n = 0
    t0 = 0
    t1 = 0
    i = 0
    k = 0
    c = 0
    difference = 0
    while i < 16:
        if n < 8:
            t0 |= h[k] << n
            k += 1
            n += 13
        c += (t0 & 255) + int(s[i])
        t0 = t0 >> 8
        n -= 8
        t1 = c & 255
        c = c >> 8
        if length == _WRITE:
            buf[start + i] = t1
        difference |= t1 ^ int(buf[start + i])
        i += 1
    return difference
