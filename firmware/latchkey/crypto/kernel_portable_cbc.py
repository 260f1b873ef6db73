"""AES-128 in CBC mode for firmware without `cryptolib`.

Encryption is by the kernel that encrypts counters: a block of zeros under a counter block that is the input. Its inverse (FIPS 197 section
5.3) is here, by tables of bytes: slow, and nothing regular is claimed for it.
"""

from latchkey.crypto import aes, kernel_portable_aes, util

NAME = "portable"
PIECE = 128

_made = []  # the inverse S-box, and the products by 9, 11, 13 and 14 of InvMixColumns


def begin(key, iv, sealing):
    """As cbc.py has it."""
    chain = bytearray(iv)
    if sealing:
        cipher = aes.kernel()
        keys = cipher.expand(key)
        return chain, cipher.counter(keys), cipher, keys, bytearray(16)
    if not _made:
        _made.extend(_tables())
    halves = kernel_portable_aes.expand(key)
    rounds = bytearray(176)
    for i in range(88):
        rounds[2 * i] = halves[1][i] >> 8
        rounds[2 * i + 1] = halves[1][i] & 255
    kernel_portable_aes.wipe(halves)
    return chain, bytearray(16), None, rounds, bytearray(16)


def run(state, buf, start, end):
    chain, block, cipher, keys, out = state
    while start < end:
        if cipher:
            for i in range(16):
                block[i] = chain[i] ^ buf[start + i]
                chain[i] = 0
            cipher.ctr(keys, chain, 0, 16)
            for i in range(16):
                buf[start + i] = chain[i]
        else:
            for i in range(16):
                block[i] = buf[start + i]
            _decrypt(block, keys, out)
            for i in range(16):
                byte = buf[start + i]
                buf[start + i] = out[i] ^ chain[i]
                chain[i] = byte
        start += 16


def wipe(state):
    chain, block, cipher, keys, out = state
    for buf in (chain, block, out):
        util.wipe(buf)
    if cipher:
        cipher.wipe(keys)
    else:
        util.wipe(keys)


def _tables():
    box = bytearray(256)
    for x, y in enumerate(kernel_portable_aes.box()):
        box[y] = x
    tables = box, bytearray(256), bytearray(256), bytearray(256), bytearray(256)
    for x in range(256):
        x2 = (x << 1) & 255 ^ (0x1B if x & 128 else 0)
        x4 = (x2 << 1) & 255 ^ (0x1B if x2 & 128 else 0)
        x8 = (x4 << 1) & 255 ^ (0x1B if x4 & 128 else 0)
        for table, product in zip(tables[1:], (x8 ^ x, x8 ^ x2 ^ x, x8 ^ x4 ^ x, x8 ^ x4 ^ x2)):
            table[x] = product
    return tables


def _decrypt(s, keys, out):
    """out = the inverse cipher of the block s, which is used up."""
    box, t9, t11, t13, t14 = _made
    for i in range(16):
        s[i] ^= keys[160 + i]
    k = 144
    while True:
        for i in range(16):  # InvShiftRows, InvSubBytes, AddRoundKey
            out[i] = box[s[(i - 4 * (i & 3)) & 15]] ^ keys[k + i]
        if not k:
            return
        for i in range(0, 16, 4):  # InvMixColumns
            a, b, c, d = out[i], out[i + 1], out[i + 2], out[i + 3]
            s[i] = t14[a] ^ t11[b] ^ t13[c] ^ t9[d]
            s[i + 1] = t9[a] ^ t14[b] ^ t11[c] ^ t13[d]
            s[i + 2] = t13[a] ^ t9[b] ^ t14[c] ^ t11[d]
            s[i + 3] = t11[a] ^ t13[b] ^ t9[c] ^ t14[d]
        k -= 16
