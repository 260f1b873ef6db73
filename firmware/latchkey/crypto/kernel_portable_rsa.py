"""Powers modulo an RSA modulus in Python's integers, for public data: their time depends on the operands, and they can't be wiped."""

NAME = "portable"


def power(base, exponent, modulus):
    """Job: base ** exponent mod modulus. Base, modulus and result are big-endian bytes of one length; a slice is one squaring.

    (`pow()` would do the same in one call, of 0.1 s at 100 MHz for 2048 bits.)
    """
    n = int.from_bytes(modulus, "big")
    b = x = int.from_bytes(base, "big")
    bit = 1
    while bit << 1 <= exponent:
        bit <<= 1
    while bit > 1:
        bit >>= 1
        x = x * x % n
        if exponent & bit:
            x = x * b % n
        yield 0
    return x.to_bytes(len(modulus), "big")
