"""Powers modulo an RSA modulus by Montgomery's multiplication in machine code, for public data: the time depends on them.

Moduli whose length is no multiple of 128 bits, or below 256, are left to the portable kernel.
"""

from struct import pack_into, unpack_from

from latchkey.crypto.util import borrow, give_back

_LOAD = const(512)  # operations: tools/build/kernels/rv32_rsa.s, xtensa_rsa.s
_STORE = const(1024)

_MODULUS = const(0)  # slots
_BASE = const(1)
_DOMAIN = const(2)  # the base in Montgomery's domain
_X = const(3)
_Y = const(4)
_SLOTS = const(5)
_HEADER = const(32)


def fits(w, data, _, number):
    """Whether an operation stays within the workspace and the data."""
    count, size = unpack_from("II", w)
    if len(w) < _HEADER + 4 * _SLOTS * (count + 2) or number >> 9 > 2 or (number >> 9 and len(data) < size):
        return False
    return max(number >> 6 & 7, number >> 3 & 7, number & 7) < _SLOTS


def power(run, limb, base, exponent, modulus):
    """Job: base ** exponent mod modulus, as kernel_portable_rsa has it, with an odd exponent; a slice is one multiplication of 4096
    bits, or more shorter ones.

    `run` is the machine code, for limbs of so many bits. Those of fewer than 32 leave room for numbers up to four times the modulus.
    """
    size = len(modulus)
    if size & 15 or size < 32 or not modulus[0] & 0x80:
        from latchkey.crypto import kernel_portable_rsa

        return (yield from kernel_portable_rsa.power(base, exponent, modulus))
    count = ((8 * size + 1) // limb + 4) & ~3 if limb < 32 else size // 4
    w = borrow(_HEADER + 4 * _SLOTS * (count + 2))
    try:
        pack_into("II", w, 0, count, size)
        return (yield from _power(run, w, limb * count, base, exponent, modulus))
    finally:
        give_back(w)


def _power(run, w, bits, base, exponent, modulus):
    n = int.from_bytes(modulus, "big")
    size = len(modulus)
    run(w, modulus, b"", _LOAD | _MODULUS << 6)
    run(w, base, b"", _LOAD | _BASE << 6)
    number = int.from_bytes(base, "big")
    for _ in range(4):  # a division of all at once takes longer than a slice may
        number = (number << (bits >> 2)) % n
        yield 0
    run(w, number.to_bytes(size, "big"), b"", _LOAD | _DOMAIN << 6)
    x = _DOMAIN
    bit = 1
    while bit << 1 <= exponent:
        bit <<= 1
    left = fit = (512 // size) ** 2
    while bit > 1:
        bit >>= 1
        x = _times(run, w, x, x)
        if exponent & bit:
            x = _times(run, w, x, _BASE if bit == 1 else _DOMAIN)  # the plain base, as the last factor, leaves the domain
        left -= 1
        if left <= 0:
            left = fit
            yield 0
    result = bytearray(size + 4)
    pack_into("I", w, 4, size + 4)
    run(w, result, b"", _STORE | x << 6)
    return (int.from_bytes(result, "big") % n).to_bytes(size, "big")


def _times(run, w, a, b):
    """The product of two slots, into whichever of X and Y is not `a`."""
    d = _Y if a == _X else _X
    run(w, b"", b"", d << 6 | a << 3 | b)
    return d
