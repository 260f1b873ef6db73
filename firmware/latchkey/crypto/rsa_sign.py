"""Signing by RSA (RFC 8017 sections 8.1.1 and 8.2.1), loaded where there is such a key.

By the Chinese remainder theorem: two powers of half the length. The message is blinded by r^e with 128 random bits r, each exponent by a
random multiple of p - 1 of 64 bits; the result is verified before it is given to anybody, for a fault in one half would give the
factors away (Boneh, DeMillo, Lipton, 1997).
"""

from latchkey.crypto import hashes, kernels, rsa
from latchkey.crypto.util import wipe
from latchkey.crypto.verify import hash_name
from latchkey.errors import Fault

_SIGNATURE_FAULTY = const(604)

_LEAST_BITS = const(2048)
_MOST_BITS = const(4096)

_kernel = None


class RSAKey:
    """A private key in memory: modulus, public exponent, and `secrets`, bytearrays of p, q, dp, dq, qinv (RFC 8017 section 3.2), until
    `wipe()`. `context` is the one whose `random` blinds."""

    name = "software"
    schemes = (0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601)

    def __init__(self, n, e, secrets, context):
        self.public_key = (0, n, e)
        self.secrets = secrets
        self.context = context

    def sign(self, scheme, digest):
        """A job: the signature, PSS or PKCS#1 v1.5."""
        n = self.public_key[1]
        name = hash_name(scheme)
        if scheme >> 8 == 8:
            salt = bytearray(len(digest))
            self.context.random.fill(salt)
            encoded = _pss(name, digest, salt, n)
        else:
            encoded = rsa.encoded(name, digest, len(n))
        return (yield from self._private(encoded))

    def wipe(self):
        for secret in self.secrets:
            wipe(secret)

    def _private(self, encoded):
        """A job: RSASP1 of an encoded message as long as the modulus."""
        _, modulus, e = self.public_key
        size = len(modulus)
        n = int.from_bytes(modulus, "big")
        draw = bytearray(48)
        self.context.random.fill(draw)
        r, t = (int.from_bytes(draw[i : i + 16], "big") | 1 for i in (0, 16))
        blind = yield from rsa.kernel().power(r.to_bytes(size, "big"), e, modulus)
        c = int.from_bytes(encoded, "big") * int.from_bytes(blind, "big") % n
        yield 0
        halves = []
        for i in range(2):
            p = int.from_bytes(self.secrets[i], "big")
            k = int.from_bytes(draw[32 + 8 * i : 40 + 8 * i], "big")
            width = len(self.secrets[i])
            exponent = (int.from_bytes(self.secrets[2 + i], "big") + k * (p - 1)).to_bytes(width + 8, "big")
            base = (c % p).to_bytes(width, "big")
            power = yield from kernel().power(base, exponent, self.secrets[i])
            halves.append(int.from_bytes(power, "big") % p)
            for secret in (exponent, base, power):
                wipe(secret)
        wipe(draw)
        p, q = (int.from_bytes(secret, "big") for secret in self.secrets[:2])
        h = (halves[0] - halves[1]) * int.from_bytes(self.secrets[4], "big") % p
        yield 0
        # 1 / r, by way of r t
        signature = (halves[1] + h * q) * (inverse(r * t, n) * t % n) % n
        signature = signature.to_bytes(size, "big")
        yield 0
        if (yield from rsa.kernel().power(signature, e, modulus)) != encoded:
            wipe(signature)
            raise Fault(_SIGNATURE_FAULTY)
        return signature


def kernel():
    """The module that raises to secret powers; its NAME is for reports."""
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("rsa_sign", _works, ("thumb2", "portable"), ("umaal",))
    return _kernel


def complaint(numbers):
    """What is wrong with the numbers of an RSAPrivateKey (RFC 8017 appendix A.1.2), from its modulus on; "" for nothing."""
    bits = rsa.bits_of(numbers[0])
    if not _LEAST_BITS <= bits <= _MOST_BITS:
        return "an RSA key of 2048 to 4096 bits is expected, this one has %d" % bits
    n, e, _, p, q, dp, dq, qinv = (int.from_bytes(number, "big") for number in numbers)
    fit = p * q == n and 3 <= e < 1 << 32 and e & n & 1 and dp < p and dq < q and qinv < p
    fit = fit and e * dp % (p - 1) == 1 and e * dq % (q - 1) == 1 and qinv * q % p == 1
    return "" if fit else "its numbers do not belong together"


def inverse(a, n):
    """1 / a modulo n, by Euclid: for what is public, or blinded."""
    x, y, u, v = 1, 0, a % n, n
    while u:
        q = v // u
        u, v = v - q * u, u
        x, y = y - q * x, x
    return y % n


def _works(module):
    from latchkey.crypto.job import run

    n, b, e = b"\xc3" * 64, b"\x5a" * 64, b"\x0f\xed\xcb\xa9\x87\x65\x43\x21\x00"
    expected = pow(int.from_bytes(b, "big"), int.from_bytes(e, "big"), int.from_bytes(n, "big"))
    return int.from_bytes(run(module.power(b, e, n)), "big") % int.from_bytes(n, "big") == expected


def _pss(name, digest, salt, modulus):
    """EMSA-PSS-ENCODE (section 9.1.1), as long as the modulus."""
    bits = rsa.bits_of(modulus) - 1
    length = (bits + 7) // 8
    size = len(digest)
    h = hashes.new(name)
    h.update(bytes(8))
    h.update(digest)
    h.update(salt)
    h = h.digest()
    masked = rsa.unmasked(name, h, bytes(length - 2 * size - 2) + b"\x01" + salt)
    masked[0] &= 0xFF >> 8 * length - bits
    return bytes(len(modulus) - length) + masked + h + b"\xbc"
