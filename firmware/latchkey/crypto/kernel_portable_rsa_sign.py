"""Powers with secret exponents in Python's integers, by a fixed window of 4 bits. Nothing regular is claimed, and integers can't be wiped:
so base and exponent come blinded (rsa_sign.py).
"""

NAME = "portable"


def power(base, exponent, modulus):
    """Job: base ** exponent mod modulus, or that and a multiple of the modulus, as a bytearray of its length. All are big-endian bytes,
    base and modulus of one length; a slice is four bits of the exponent.
    """
    n = int.from_bytes(modulus, "big")
    table = [1, int.from_bytes(base, "big")]
    while len(table) < 16:
        table.append(table[-1] * table[1] % n)
    x = 1
    for byte in exponent:
        for digit in (byte >> 4, byte & 15):
            for _ in range(4):
                x = x * x % n
            x = x * table[digit] % n
            yield 0
    return bytearray(x.to_bytes(len(modulus), "big"))
