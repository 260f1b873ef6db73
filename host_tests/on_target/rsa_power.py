"""Powers modulo RSA moduli whose words make every carry, of every length that a kernel treats differently. `latchkey.crypto.rsa`.

Signatures are in test_rsa.py.
"""

from latchkey.crypto import rsa
from latchkey.crypto.job import run


def _moduli(bits):
    """Odd numbers of so many bits: all ones, hardly any, ones above or below, and both in turn."""
    top = 1 << bits
    return top - 1, (top >> 1) + 1, top - (1 << bits // 2) - 1, top >> 1 | (1 << bits // 2) - 1, (top - 1) // 3 | top >> 1 | 1


def _hold(bits, exponents):
    size = (bits + 7) // 8
    for n in _moduli(bits):
        assert n >> bits - 1 == 1 and n & 1
        for base in (0, 1, 2, n - 1, n - 2, n >> 1, 3**1290 % n):
            for e in exponents:
                power = run(rsa.kernel().power(base.to_bytes(size, "big"), e, n.to_bytes(size, "big")))
                assert power == pow(base, e, n).to_bytes(size, "big"), (bits, n, base, e)


def powers_are_right_where_words_are_all_ones_or_zeros():
    _hold(2048, (3, 65537))


def the_largest_exponent_is_raised_to():
    _hold(2048, ((1 << 32) - 1,))


def powers_are_right_where_the_length_halves_to_an_odd_number_of_squarings():
    _hold(2176, (3,))


def powers_are_right_for_lengths_that_are_no_whole_words():
    for bits in (2049, 2055, 2057, 2063, 2080):
        _hold(bits, (3,))


def powers_are_right_for_long_moduli():
    for bits in (3072, 4096, 8192):
        _hold(bits, (3,))


def a_base_may_be_a_bytearray():
    n = (1 << 2047) + 1
    base = bytearray((3**1290 % n).to_bytes(256, "big"))
    assert run(rsa.kernel().power(base, 65537, n.to_bytes(256, "big"))) == pow(3**1290, 65537, n).to_bytes(256, "big")
