"""RSA signature verification (RFC 8017): PKCS#1 v1.5 and PSS. Public data only; signing is in `rsa_sign.py`, what encrypts in
tls/others.py.

Keys are `(0, n, e)` (rsaEncryption) and `(1, n, e, parameters or None)` (id-RSASSA-PSS, RFC 4055), n being big-endian bytes without leading
zeros, parameters (hash, MGF1's hash, salt length). Bounds are checked before any arithmetic: they bound the time as well.
"""

from latchkey.crypto import hashes, kernels
from latchkey.errors import Fault

_PUBLIC_KEY_INVALID = const(601)

_LEAST_BITS = const(2048)
_MOST_BITS = const(8192)

# DigestInfo before the digest (RFC 8017 section 9.2, note 1): SEQUENCE { SEQUENCE { OID id-sha..., NULL }, OCTET STRING
_DIGEST_INFO = b"\x30%c\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02%c\x05\x00\x04%c"
_OID_ENDS = {"sha256": 1, "sha384": 2, "sha512": 3}

_kernel = None


def verify_pkcs1(key, name, digest, signature):
    """Job: whether `signature` is RSASSA-PKCS1-v1_5 of the digest of the hash `name`. Fault(PUBLIC_KEY_INVALID) for a key out of bounds."""
    message = yield from _public(key, signature)
    return message is not None and message == encoded(name, digest, len(message))


def verify_pss(key, name, digest, signature):
    """Job: whether `signature` is RSASSA-PSS of the digest, with `name` for MGF1 too and a salt of its length. Faults as above."""
    size = len(digest)
    if len(key) > 3 and key[3] is not None and key[3] != (name, name, size):
        return False  # the key is for other parameters (RFC 8446 section 4.2.3)
    message = yield from _public(key, signature)
    return message is not None and _pss_fits(name, digest, message, bits_of(key[1]) - 1)


def kernel():
    """The module that raises to powers; its NAME is for reports."""
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("rsa", _works, ("thumb2", "rv32", "xtensa", "portable"), ("umaal",))
    return _kernel


def _works(module):
    from latchkey.crypto.job import run

    n, b = b"\xc3" * 64, b"\x5a" * 64
    expected = pow(int.from_bytes(b, "big"), 5, int.from_bytes(n, "big"))
    return int.from_bytes(run(module.power(b, 5, n)), "big") == expected


def bits_of(n):
    """Bit length of big-endian bytes."""
    high = n[0] if n else 0
    bits = 8 * len(n) - 8
    while high:
        bits += 1
        high >>= 1
    return bits


def check(key):
    """Fault for a key out of bounds."""
    n, e = key[1], key[2]
    if not n or not n[0] or not n[-1] & 1 or not _LEAST_BITS <= bits_of(n) <= _MOST_BITS or not e & 1 or e < 3 or e >> 32:
        raise Fault(_PUBLIC_KEY_INVALID)


def _public(key, signature):
    """Job: RSAVP1 (section 5.2.2): the encoded message, as long as the modulus, or None if the signature is out of range."""
    check(key)
    n, e = key[1], key[2]
    n, signature = bytes(n), bytes(signature)
    if len(signature) != len(n) or signature >= n:
        return None
    return (yield from kernel().power(signature, e, n))


def encoded(name, digest, length):
    """EMSA-PKCS1-v1_5 (section 9.2): 00 01 FF .. FF 00 DigestInfo, whole."""
    size = len(digest)
    info = _DIGEST_INFO % (size + 17, _OID_ENDS[name], size)
    return b"\x00\x01" + b"\xff" * (length - len(info) - size - 3) + b"\x00" + info + digest


def _pss_fits(name, digest, message, bits):
    """EMSA-PSS-VERIFY (section 9.1.2) of an encoded message of `bits` bits, in step with its numbers."""
    size = len(digest)
    length = (bits + 7) // 8  # one less than the modulus where that has one bit more than whole bytes
    if length < len(message) and message[0]:
        return False
    message = message[len(message) - length :]
    # 3, 4: room for hash and salt, and the trailer. 5: DB and H
    if length < 2 * size + 2 or message[-1] != 0xBC:
        return False
    h = message[-size - 1 : -1]
    # 6: the bits that the modulus has no room for
    top = 0xFF >> (8 * length - bits)
    if message[0] & ~top:
        return False
    # 7, 8, 9
    db = unmasked(name, h, message[: -size - 1])
    db[0] &= top
    # 10: zeros, 01, then the salt
    if any(db[: -size - 1]) or db[-size - 1] != 1:
        return False
    # 12, 13, 14
    again = hashes.new(name)
    again.update(bytes(8))
    again.update(digest)
    again.update(db[-size:])
    return again.digest() == h


def unmasked(name, seed, data):
    """`data` XOR MGF1 of the seed (section B.2.1), as a bytearray."""
    mask = b""
    counter = 0
    while len(mask) < len(data):
        h = hashes.new(name)
        h.update(seed)
        h.update(counter.to_bytes(4, "big"))
        mask += h.digest()
        counter += 1
    number = int.from_bytes(data, "big") ^ int.from_bytes(mask[: len(data)], "big")
    return bytearray(number.to_bytes(len(data), "big"))
