"""SHA-1 (FIPS 180-4) for identifiers of keys and names and nothing else: no signature is verified with it. Some ports' hashlib lacks it."""


def sha1(data):
    """The 20-byte digest of `data`."""
    try:
        import hashlib

        return hashlib.sha1(data).digest()
    except AttributeError:
        return _sha1(data)


def _sha1(data):
    message = bytes(data) + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
    words = [0] * 80
    for at in range(0, len(message), 64):
        for i in range(16):
            words[i] = int.from_bytes(message[at + 4 * i : at + 4 * i + 4], "big")
        for i in range(16, 80):
            words[i] = _rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1)
        _compress(state, words)
    return b"".join([word.to_bytes(4, "big") for word in state])


def _rotate(word, n):
    return (word << n | word >> 32 - n) & 0xFFFFFFFF


def _compress(state, words):
    a, b, c, d, e = state
    for i in range(80):
        if i < 20:
            f = (b & c | ~b & d) + 0x5A827999
        elif i < 40:
            f = (b ^ c ^ d) + 0x6ED9EBA1
        elif i < 60:
            f = (b & c | b & d | c & d) + 0x8F1BBCDC
        else:
            f = (b ^ c ^ d) + 0xCA62C1D6
        a, b, c, d, e = (_rotate(a, 5) + f + e + words[i]) & 0xFFFFFFFF, a, _rotate(b, 30), c, d
    for i, word in enumerate((a, b, c, d, e)):
        state[i] = (state[i] + word) & 0xFFFFFFFF
