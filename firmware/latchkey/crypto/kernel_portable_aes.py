"""AES in counter mode for interpreters without native code: tables of 16-bit halves, so that every number is a small int.

Its time depends on the data it indexes tables with; nothing regular is claimed for it. Allocates nothing after the constructor.
"""

from array import array
from struct import pack_into

from latchkey.crypto import util

NAME = "portable"
PIECE = 256  # bytes that fit a slice

_COVER = const(-1)  # in the place of a length


def _tables():
    """The S-box, and the products of MixColumns as halves of columns: (2s, s), (3s, 2s), (s, 3s), (s, s) for s = S[x]."""
    box = bytearray(256)
    tables = box, array("H", bytes(512)), array("H", bytes(512)), array("H", bytes(512)), array("H", bytes(512))
    p = q = 1
    while True:  # p runs through the powers of 3, q through those of its inverse (FIPS 197 section 5.1.1)
        p ^= (p << 1) & 255 ^ (0x1B if p & 128 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 255
        if q & 128:
            q ^= 9
        twice = q | q << 8
        _fill(tables, p, q ^ twice >> 7 & 255 ^ twice >> 6 & 255 ^ twice >> 5 & 255 ^ twice >> 4 & 255 ^ 0x63)
        if p == 1:
            break
    _fill(tables, 0, 0x63)
    return tables


def _fill(tables, x, s):
    box, t21, t32, t13, t11 = tables
    s2 = (s << 1) & 255 ^ (0x1B if s & 128 else 0)
    box[x] = s
    t21[x] = s2 << 8 | s
    t32[x] = (s2 ^ s) << 8 | s2
    t13[x] = s << 8 | s2 ^ s
    t11[x] = s << 8 | s


_made = []  # the tables, once the first key has come


def expand(key):
    """The state for a key of 16 or 32 bytes: the counter block, the round keys, a block for the key stream."""
    return bytearray(16), _expanded(key, box()), array("H", bytes(16))


def box():
    """The S-box, 256 octets."""
    if not _made:
        _made.append(_tables())
    return _made[0][0]


def counter(state):
    """The 16-byte counter block that `ctr` begins with."""
    return state[0]


def ctr(state, buf, start, length):
    """As aes.py has it."""
    counter, keys, stream = state
    if length == _COVER:
        pack_into(">I", counter, 12, 1)
        length = 16
    tables = _made[0]
    end = start + length
    while start < end:
        _encrypt(counter, keys, stream, tables)
        i = 0
        while i < 16 and start < end:
            half = stream[i >> 1]
            buf[start] ^= half & 255 if i & 1 else half >> 8
            start += 1
            i += 1
        i = 15
        while i > 11:
            byte = (counter[i] + 1) & 255
            counter[i] = byte
            i = 0 if byte else i - 1
    for i in range(8):
        stream[i] = 0


def wipe(state):
    util.wipe(state[0])
    for i in range(len(state[1])):
        state[1][i] = 0


def _expanded(key, box):
    """FIPS 197 section 5.2, a word being two halves."""
    nk = len(key) // 2
    keys = array("H", bytes(len(key) * 4 + 112))
    for i in range(nk):
        keys[i] = key[2 * i] << 8 | key[2 * i + 1]
    constant = 1
    for i in range(nk, len(keys), 2):
        high, low = keys[i - 2], keys[i - 1]
        if i % nk == 0:
            high, low = (high & 255) << 8 | low >> 8, (low & 255) << 8 | high >> 8
        if i % nk == 0 or (nk > 12 and i % nk == 8):
            high = box[high >> 8] << 8 | box[high & 255]
            low = box[low >> 8] << 8 | box[low & 255]
        if i % nk == 0:
            high ^= constant << 8
            constant = (constant << 1) & 255 ^ (0x1B if constant & 128 else 0)
        keys[i] = keys[i - nk] ^ high
        keys[i + 1] = keys[i - nk + 1] ^ low
    return keys


def _encrypt(c, keys, s, tables):
    """s = the cipher of the block c."""
    box, t21, t32, t13, t11 = tables
    h0 = (c[0] << 8 | c[1]) ^ keys[0]
    l0 = (c[2] << 8 | c[3]) ^ keys[1]
    h1 = (c[4] << 8 | c[5]) ^ keys[2]
    l1 = (c[6] << 8 | c[7]) ^ keys[3]
    h2 = (c[8] << 8 | c[9]) ^ keys[4]
    l2 = (c[10] << 8 | c[11]) ^ keys[5]
    h3 = (c[12] << 8 | c[13]) ^ keys[6]
    l3 = (c[14] << 8 | c[15]) ^ keys[7]
    k = 8
    end = len(keys) - 8
    while k < end:
        w, x = h0 >> 8, h1 & 255
        y, z = l2 >> 8, l3 & 255
        a0 = t21[w] ^ t32[x] ^ t13[y] ^ t11[z] ^ keys[k]
        b0 = t13[w] ^ t11[x] ^ t21[y] ^ t32[z] ^ keys[k + 1]
        w, x = h1 >> 8, h2 & 255
        y, z = l3 >> 8, l0 & 255
        a1 = t21[w] ^ t32[x] ^ t13[y] ^ t11[z] ^ keys[k + 2]
        b1 = t13[w] ^ t11[x] ^ t21[y] ^ t32[z] ^ keys[k + 3]
        w, x = h2 >> 8, h3 & 255
        y, z = l0 >> 8, l1 & 255
        a2 = t21[w] ^ t32[x] ^ t13[y] ^ t11[z] ^ keys[k + 4]
        b2 = t13[w] ^ t11[x] ^ t21[y] ^ t32[z] ^ keys[k + 5]
        w, x = h3 >> 8, h0 & 255
        y, z = l1 >> 8, l2 & 255
        a3 = t21[w] ^ t32[x] ^ t13[y] ^ t11[z] ^ keys[k + 6]
        b3 = t13[w] ^ t11[x] ^ t21[y] ^ t32[z] ^ keys[k + 7]
        h0 = a0
        l0 = b0
        h1 = a1
        l1 = b1
        h2 = a2
        l2 = b2
        h3 = a3
        l3 = b3
        k += 8
    s[0] = (box[h0 >> 8] << 8 | box[h1 & 255]) ^ keys[k]
    s[1] = (box[l2 >> 8] << 8 | box[l3 & 255]) ^ keys[k + 1]
    s[2] = (box[h1 >> 8] << 8 | box[h2 & 255]) ^ keys[k + 2]
    s[3] = (box[l3 >> 8] << 8 | box[l0 & 255]) ^ keys[k + 3]
    s[4] = (box[h2 >> 8] << 8 | box[h3 & 255]) ^ keys[k + 4]
    s[5] = (box[l0 >> 8] << 8 | box[l1 & 255]) ^ keys[k + 5]
    s[6] = (box[h3 >> 8] << 8 | box[h0 & 255]) ^ keys[k + 6]
    s[7] = (box[l1 >> 8] << 8 | box[l2 & 255]) ^ keys[k + 7]
