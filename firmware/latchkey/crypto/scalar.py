"""Secret scalars in bytes: drawing them, and recoding them into signed odd digits without a branch on a bit of theirs.

An odd number k of m bits is a sum of +-2^i for i = 0 .. m - 1: the sign at i is plus where bit i of (k >> 1) + 2^(m - 1) is set. Four
such signs make a digit out of +-1, +-3 .. +-15, never 0, so a multiplication needs no step to be left out (M. Joye, M. Tunstall,
"Exponent recoding and regular exponentiation algorithms", 2009). Even scalars are replaced by order - k, and the result negated.
A digit is a byte as the field machine takes it: bit 7 the sign, the low bits the index.
"""

from latchkey.crypto.util import wipe


def draw(order, random):
    """A scalar out of [1, order - 1], by rejection sampling, as big-endian bytes; its user wipes it."""
    scalar = bytearray(len(order))
    while True:
        random.fill(scalar)
        if in_range(scalar, order):
            return scalar


def in_range(scalar, order):
    """Whether 0 < scalar < order, without a branch on the scalar's bytes."""
    borrow = 0
    some = 0
    for i in range(len(order) - 1, -1, -1):
        borrow = (scalar[i] - order[i] - borrow) >> 8 & 1
        some |= scalar[i]
    return borrow == 1 and some != 0


def recode(scalar, order):
    """`(signs, even)`: the signs of the odd one of scalar and order - scalar, and 1 if that was the second.

    signs is a bytearray, big-endian, that its user wipes.
    """
    size = len(order)
    signs = bytearray(size)
    even = (scalar[size - 1] & 1) ^ 1
    mask = -even & 255
    borrow = 0
    for i in range(size - 1, -1, -1):
        difference = order[i] - scalar[i] - borrow
        borrow = difference >> 8 & 1
        signs[i] = scalar[i] ^ ((scalar[i] ^ difference) & mask)
    carry = 1  # the bit of weight 2^m
    for i in range(size):
        byte = signs[i]
        signs[i] = byte >> 1 | carry << 7
        carry = byte & 1
    return signs, even


def window_digits(signs):
    """Digits of base 16, the lowest first: index i stands for the odd number 2i + 1. Wipes the signs."""
    size = len(signs)
    digits = bytearray(2 * size)
    for i in range(size):
        byte = signs[size - 1 - i]
        digits[2 * i] = _digit(byte & 15)
        digits[2 * i + 1] = _digit(byte >> 4)
    wipe(signs)
    return digits


def comb_digits(signs):
    """Digits of a comb with four teeth, the lowest first. Index bit t is the sign of tooth t relative to the highest. Wipes the signs."""
    width = len(signs) // 4
    digits = bytearray(8 * width)
    for i in range(width):
        teeth = (signs[4 * width - 1 - i], signs[3 * width - 1 - i], signs[2 * width - 1 - i], signs[width - 1 - i])
        for bit in range(8):
            x = (teeth[0] >> bit & 1) | (teeth[1] >> bit & 1) << 1 | (teeth[2] >> bit & 1) << 2 | (teeth[3] >> bit & 1) << 3
            digits[8 * i + bit] = _digit(x)
    wipe(signs)
    return digits


def _digit(signs):
    negative = signs >> 3 ^ 1
    return negative << 7 | (signs ^ -negative) & 7
