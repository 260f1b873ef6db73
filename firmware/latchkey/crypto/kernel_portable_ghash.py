"""GHASH (NIST SP 800-38D section 6.4) for interpreters without native code: a byte at a time, 4-bit tables in limbs of 26 bits.

Its time depends on the data it indexes tables with; nothing regular is claimed for it. Allocates nothing after the constructor.
"""

from array import array

from latchkey.crypto import util

NAME = "portable"
PIECE = 256  # bytes that fit a slice

_WRITE = const(-1)  # in the place of a length

# x^128 = x^7 + x^2 + x + 1 for the four bits that leave a number shifted by four (bit-reflected, its top 16 bits)
_FOLD = b"\x00\x00\x1c\x20\x38\x40\x24\x60\x70\x80\x6c\xa0\x48\xc0\x54\xe0\xe1\x00\xfd\x20\xd9\x40\xc5\x60\x91\x80\x8d\xa0\xa9\xc0\xb5\xe0"


def _fold(x):
    return _FOLD[2 * x] << 8 | _FOLD[2 * x + 1]


def prepare(h):
    """The state for a 16-byte hash key: y; the limbs of n * h, then of n * h * x^4, n = 0 .. 15; bytes of additional data and text."""
    table = array("I", bytes(640))
    v = 0, 0, 0, 0, 0
    for byte in h:
        v = _shifted_up(v, byte)
    _put(table, 8, v)
    for n in (4, 2, 1):
        v = _times_x(v)
        _put(table, n, v)
    for n in (2, 4, 8):
        for m in range(1, n):
            for i in range(5):
                table[5 * (n + m) + i] = table[5 * n + i] ^ table[5 * m + i]
    for n in range(16):
        v = table[5 * n], table[5 * n + 1], table[5 * n + 2], table[5 * n + 3], table[5 * n + 4]
        for _ in range(4):
            v = _times_x(v)
        _put(table, 16 + n, v)
    return bytearray(16), table, array("I", bytes(8))


def absorb(state, buf, start, length):
    """As gcm.py has it."""
    y, table, lengths = state
    if length < 0:
        return _end(y, table, lengths, buf, start, length)
    if start < 0:
        util.wipe(y)
        lengths[0] = length
        lengths[1] = start = 0
    else:
        lengths[1] += length
    end = start + length
    while start < end:
        i = 0
        while i < 16 and start < end:
            y[i] ^= buf[start]
            start += 1
            i += 1
        _multiply(y, table)
    return 0


def wipe(state):
    y, table, _ = state
    util.wipe(y)
    for i in range(len(table)):
        table[i] = 0


def _end(y, table, lengths, buf, start, length):
    """The block of lengths; then y is written to `buf[start:]`, or compared with it in a time that does not depend on where it differs."""
    i = 0
    while i < 5:
        y[7 - i] ^= lengths[0] << 3 >> 8 * i & 255
        y[15 - i] ^= lengths[1] << 3 >> 8 * i & 255
        i += 1
    _multiply(y, table)
    difference = i = 0
    while i < 16:
        if length == _WRITE:
            buf[start + i] = y[i]
        difference |= buf[start + i] ^ y[i]
        i += 1
    return difference


def _put(table, n, limbs):
    for i in range(5):
        table[5 * n + i] = limbs[i]


def _multiply(y, table):
    """y = y * h, from the last byte to the first: z = z * x^8 + byte * h each time."""
    z0 = z1 = z2 = z3 = z4 = 0
    i = 15
    while i >= 0:
        byte = y[i]
        high = (byte >> 4) * 5
        low = 80 + (byte & 15) * 5
        fold = _fold(z4 & 15) >> 4 ^ _fold(z4 >> 4 & 15)
        z4 = (z4 >> 8 | (z3 & 255) << 18) ^ table[high + 4] ^ table[low + 4]
        z3 = (z3 >> 8 | (z2 & 255) << 18) ^ table[high + 3] ^ table[low + 3]
        z2 = (z2 >> 8 | (z1 & 255) << 18) ^ table[high + 2] ^ table[low + 2]
        z1 = (z1 >> 8 | (z0 & 255) << 18) ^ table[high + 1] ^ table[low + 1]
        z0 = (z0 >> 8) ^ fold << 8 ^ table[high] ^ table[low]
        i -= 1
    y[0] = z0 >> 16
    y[1] = z0 >> 8 & 255
    y[2] = z0 & 255
    y[3] = z1 >> 18
    y[4] = z1 >> 10 & 255
    y[5] = z1 >> 2 & 255
    y[6] = (z1 & 3) << 6 | z2 >> 20
    y[7] = z2 >> 12 & 255
    y[8] = z2 >> 4 & 255
    y[9] = (z2 & 15) << 4 | z3 >> 22
    y[10] = z3 >> 14 & 255
    y[11] = z3 >> 6 & 255
    y[12] = (z3 & 63) << 2 | z4 >> 24
    y[13] = z4 >> 16 & 255
    y[14] = z4 >> 8 & 255
    y[15] = z4 & 255


def _shifted_up(v, byte):
    """The five limbs (24 bits, then four of 26) of v * 256 + byte, as plain numbers."""
    v0, v1, v2, v3, v4 = v
    return (
        (v0 << 8 | v1 >> 18) & 0xFFFFFF,
        (v1 << 8 | v2 >> 18) & 0x3FFFFFF,
        (v2 << 8 | v3 >> 18) & 0x3FFFFFF,
        (v3 << 8 | v4 >> 18) & 0x3FFFFFF,
        (v4 << 8 | byte) & 0x3FFFFFF,
    )


def _times_x(v):
    """v * x in the field: a shift down, because the bits are reflected."""
    v0, v1, v2, v3, v4 = v
    return (
        v0 >> 1 ^ (0xE10000 if v4 & 1 else 0),
        v1 >> 1 | (v0 & 1) << 25,
        v2 >> 1 | (v1 & 1) << 25,
        v3 >> 1 | (v2 & 1) << 25,
        v4 >> 1 | (v3 & 1) << 25,
    )
