"""Secret scalars in bytes, and how they are read.

An odd number k of m bits is a sum of +-2^i for i = 0 .. m - 1: the sign at i is plus where bit i of (k >> 1) + 2^(m - 1) is set. Four
such signs make a digit out of +-1, +-3 .. +-15, never 0, so a multiplication needs no step to be left out (M. Joye, M. Tunstall,
"Exponent recoding and regular exponentiation algorithms", 2009). The field machine's operation `digit` does this, from the highest on: sign
of the digit = the highest of its four signs, index = the others, inverted if that is a minus. A window's four signs stand side by
side, and index i is the odd number 2i + 1; a comb's stand a quarter of the scalar apart.
"""


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
