"""ChaCha20 and Poly1305 (RFC 8439) for interpreters without native code: words in halves of 16 bits, thirteen limbs of 10 bits, so that
every number is a small int. Slow; nothing regular is claimed for it. Allocates nothing after `expand`.
"""

from array import array
from struct import pack_into

NAME = "portable"
PIECE = 128  # bytes that fit a slice

_WRITE = const(-1)  # in the place of a length
_LIMBS = const(13)
_MASK = const(1023)

_CONSTANTS = b"expand 32-byte k"
_CLAMP = b"\xff\xff\xff\x0f\xfc\xff\xff\x0f\xfc\xff\xff\x0f\xfc\xff\xff\x0f"
# The quarter rounds of a double round (section 2.3), as numbers of words
_ROUNDS = (
    b"\x00\x04\x08\x0c\x01\x05\x09\x0d\x02\x06\x0a\x0e\x03\x07\x0b\x0f\x00\x05\x0a\x0f\x01\x06\x0b\x0c\x02\x07\x08\x0d\x03\x04\x09\x0e"
)


def expand(key):
    """The state for a key of 32 bytes: ChaCha20's input in halves, low ones first; a block of its output, the same as bytes; Poly1305's
    factors 5 r[1] .. 5 r[12], r[0] .. r[12]; the sum's limbs; s; the bytes of additional data and of text so far."""
    words = array("H", bytes(64))
    for i in range(8):
        words[i] = _CONSTANTS[2 * i] | _CONSTANTS[2 * i + 1] << 8
    for i in range(16):
        words[8 + i] = key[2 * i] | key[2 * i + 1] << 8
    return words, array("H", bytes(64)), bytearray(64), array("H", bytes(50)), array("H", bytes(28)), bytearray(16), array("I", bytes(8))


def begin(state, nonce):
    """As chacha20poly1305.py has it."""
    words, _, block, factors, limbs, s, _ = state
    i = 0
    while i < 6:
        words[26 + i] = nonce[2 * i] | nonce[2 * i + 1] << 8
        i += 1
    words[24] = words[25] = 0
    _block(state)
    # r, clamped (section 2.5), and s
    i = 0
    while i < 16:
        block[i] &= _CLAMP[i]
        s[i] = block[16 + i]
        i += 1
    i = 0
    while i < _LIMBS:
        limbs[i] = 0
        i += 1
    _add(limbs, block, 0, 16, 0)
    i = 0
    while i < _LIMBS:
        factors[12 + i] = limbs[i]
        if i:
            factors[i - 1] = 5 * limbs[i]
        limbs[i] = 0
        i += 1


def ctr(state, buf, start, length):
    """As chacha20poly1305.py has it."""
    words = state[0]
    block = state[2]
    end = start + length
    while start < end:
        words[24] = words[24] + 1 & 0xFFFF
        if not words[24]:
            words[25] += 1
        _block(state)
        i = 0
        while i < 64 and start < end:
            buf[start] ^= block[i]
            start += 1
            i += 1


def absorb(state, buf, start, length):
    """As chacha20poly1305.py has it."""
    limbs = state[4]
    lengths = state[6]
    if length < 0:
        block = state[2]
        pack_into("<IIII", block, 0, lengths[0], 0, lengths[1], 0)
        _add(limbs, block, 0, 16, 1)
        _multiply(limbs, state[3])
        return _end(state, buf, start, length)
    if start < 0:
        lengths[0] = length
        lengths[1] = start = 0
    else:
        lengths[1] += length
    end = start + length
    while start < end:
        n = min(16, end - start)
        _add(limbs, buf, start, n, 1)
        _multiply(limbs, state[3])
        start += n
    return 0


def wipe(state):
    for part in state:
        for i in range(len(part)):
            part[i] = 0


def _block(state):
    words, x, block = state[0], state[1], state[2]
    i = 0
    while i < 32:
        x[i] = words[i]
        i += 1
    n = 0
    while n < 10:
        i = 0
        while i < 32:
            _quarter(x, 2 * _ROUNDS[i], 2 * _ROUNDS[i + 1], 2 * _ROUNDS[i + 2], 2 * _ROUNDS[i + 3])
            i += 4
        n += 1
    i = 0
    while i < 32:
        low = x[i] + words[i]
        high = x[i + 1] + words[i + 1] + (low >> 16)
        block[2 * i] = low & 255
        block[2 * i + 1] = low >> 8 & 255
        block[2 * i + 2] = high & 255
        block[2 * i + 3] = high >> 8 & 255
        i += 2


def _quarter(x, a, b, c, d):
    _step(x, a, b, d, 16)
    _step(x, c, d, b, 12)
    _step(x, a, b, d, 8)
    _step(x, c, d, b, 7)


def _step(x, a, b, d, n):
    """a += b, d ^= a, d is rotated left by n."""
    low = x[a] + x[b]
    high = x[a + 1] + x[b + 1] + (low >> 16) & 0xFFFF
    low &= 0xFFFF
    x[a] = low
    x[a + 1] = high
    low ^= x[d]
    high ^= x[d + 1]
    mask = 0xFFFF >> n
    x[d] = (low & mask) << n | high >> 16 - n
    x[d + 1] = (high & mask) << n | low >> 16 - n


def _add(limbs, buf, start, n, one):
    """Add n bytes, filled with zeros to 16, and a 1 above them."""
    bits = number = k = i = 0
    while i < 17:
        if i == 16:
            number |= one << bits
        elif i < n:
            number |= buf[start + i] << bits
        bits += 8
        if bits >= 10 or i == 16:
            limbs[k] += number & _MASK
            number >>= 10
            bits -= 10
            k += 1
        i += 1


def _multiply(limbs, factors):
    """The sum times r, modulo 2^130 - 5, in limbs of 10 bits but for the second, which may have one more."""
    h0, h1, h2 = limbs[0], limbs[1], limbs[2]  # of more at once a tuple would be made
    h3, h4, h5 = limbs[3], limbs[4], limbs[5]
    h6, h7, h8 = limbs[6], limbs[7], limbs[8]
    h9, h10, h11 = limbs[9], limbs[10], limbs[11]
    h12 = limbs[12]
    c = i = 0
    while i < _LIMBS:
        f = factors
        c += h0 * f[i + 12] + h1 * f[i + 11] + h2 * f[i + 10] + h3 * f[i + 9] + h4 * f[i + 8] + h5 * f[i + 7] + h6 * f[i + 6]
        c += h7 * f[i + 5] + h8 * f[i + 4] + h9 * f[i + 3] + h10 * f[i + 2] + h11 * f[i + 1] + h12 * f[i]
        limbs[i] = c & _MASK
        c >>= 10
        i += 1
    c = limbs[0] + 5 * c
    limbs[0] = c & _MASK
    c = limbs[1] + (c >> 10)
    limbs[1] = c & _MASK
    limbs[2] += c >> 10


def _end(state, buf, start, length):
    """The sum modulo 2^130 - 5, plus s, is written, or compared in a time that does not depend on where it differs."""
    factors, limbs, s = state[3], state[4], state[5]
    c = i = 0
    while i < 3 * _LIMBS:
        k = i % _LIMBS
        if not k:
            c *= 5
        c += limbs[k]
        limbs[k] = c & _MASK
        c >>= 10
        i += 1
    c = 5
    i = 0
    while i < _LIMBS:  # 5 is added, and the sum kept if it reaches 2^130
        c += limbs[i]
        factors[i] = c & _MASK
        c >>= 10
        i += 1
    i = 0
    while i < _LIMBS:
        limbs[i] ^= (limbs[i] ^ factors[i]) & -c
        i += 1
    bits = number = k = c = difference = i = 0
    while i < 16:
        if bits < 8:
            number |= limbs[k] << bits
            bits += 10
            k += 1
        c += (number & 255) + s[i]
        number >>= 8
        bits -= 8
        if length == _WRITE:
            buf[start + i] = c & 255
        difference |= buf[start + i] ^ c & 255
        c >>= 8
        i += 1
    return difference
