"""The compression function of SHA-512 (FIPS 180-4 section 6.4.2) in Python's integers."""

from struct import pack_into, unpack_from

NAME = "portable"

_MASK = 0xFFFFFFFFFFFFFFFF


def compress(state, words, k, data, start, blocks):
    """Take `blocks` blocks of 128 bytes from `data[start:]` into `state`, eight numbers as pairs of 32-bit words, high word first.

    `k` is the 80 constants, big-endian; `words` (128 bytes) is scratch, for kernels that need it.
    """
    for at in range(start, start + 128 * blocks, 128):
        w = [int.from_bytes(data[i : i + 8], "big") for i in range(at, at + 128, 8)]
        words = unpack_from("16I", state)
        before = [words[i] << 32 | words[i + 1] for i in range(0, 16, 2)]
        after = _rounds(before, w, k)
        for i in range(8):
            number = (before[i] + after[i]) & _MASK
            pack_into("II", state, 8 * i, number >> 32, number & 0xFFFFFFFF)


def store(state, out):
    """Write the 64 bytes that a state stands for."""
    pack_into(">16I", out, 0, *unpack_from("16I", state))


def _rounds(numbers, w, k):
    a, b, c, d, e, f, g, h = numbers
    for t in range(80):
        if t >= 16:
            x, y = w[(t + 1) & 15], w[(t + 14) & 15]
            x = _rotated(x, 1) ^ _rotated(x, 8) ^ x >> 7
            y = _rotated(y, 19) ^ _rotated(y, 61) ^ y >> 6
            w[t & 15] = (w[t & 15] + x + w[(t + 9) & 15] + y) & _MASK
        t1 = h + (_rotated(e, 14) ^ _rotated(e, 18) ^ _rotated(e, 41)) + (g ^ e & (f ^ g)) + w[t & 15]
        t1 += int.from_bytes(k[8 * t : 8 * t + 8], "big")
        t2 = (_rotated(a, 28) ^ _rotated(a, 34) ^ _rotated(a, 39)) + (a & b | c & (a | b))
        h, g, f, e = g, f, e, (d + t1) & _MASK
        d, c, b, a = c, b, a, (t1 + t2) & _MASK
    return a, b, c, d, e, f, g, h


def _rotated(x, n):
    return x >> n | (x << 64 - n) & _MASK
