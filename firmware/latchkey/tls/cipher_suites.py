"""The cipher suites: rows of a table, the PRF of their hash, and the record protection out of the key block.

A row is four octets: the suite's number (2), its key exchange, its record protection; nothing in a handshake asks for more. Its name is
made of them in errors_text/ciphers.py.
"""

from latchkey.crypto.hashes import HMAC
from latchkey.crypto.kernels import installed
from latchkey.crypto.util import wipe

# Key exchange, in bits: 1 with an ephemeral key (ECDHE), 2 with a pre-shared key and no certificate (PSK), 4 with an RSA key in the
# certificate. Record protection: 0 AES_128_GCM_SHA256, 1 CHACHA20_POLY1305_SHA256, 2 AES_256_GCM_SHA384, 3 AES_128_CCM, 4 AES_128_CCM_8,
# 5 AES_128_CBC_SHA256, 6 AES_128_CBC_SHA, 7 and 8 these with encrypt_then_mac.
SUITES = (
    b"\xc0\x2b\x01\x00\xc0\x2f\x05\x00"  # RFC 5289
    b"\xcc\xa9\x01\x01\xcc\xa8\x05\x01"  # RFC 7905
    b"\xc0\x2c\x01\x02\xc0\x30\x05\x02"  # RFC 5289
    b"\xd0\x01\x03\x00\xcc\xac\x03\x01"  # RFC 8442, RFC 7905
    b"\x00\xa8\x02\x00\xcc\xab\x02\x01"  # RFC 5487, RFC 7905
)
_ROW = const(4)
_ECDHE_PSK_FROM = const(24)
_PSK_FROM = const(32)
_PSK = const(2)
_CHACHA20 = const(1)
_AES_256_GCM = const(2)

# Octets of a key and of an implicit nonce, by record protection; with CBC of the MAC's key and the cipher's
_LENGTHS = b"\x10\x04\x20\x0c\x20\x04\x10\x04\x10\x04\x20\x10\x14\x10\x20\x10\x14\x10"


def offered(s):
    """The rows that an SSLContext offers: of those that were named, or of the default as far as its modules are installed, the ones by
    which a server can prove itself. Beside a pre-shared key a certificate proves it only where it would be verified.
    """
    keyed = s._keyed()
    named = s._suites or SUITES[:_ECDHE_PSK_FROM]
    if keyed and not s._suites:  # those without forward secrecy last
        named = SUITES[_ECDHE_PSK_FROM:_PSK_FROM] + named + SUITES[_PSK_FROM:]
    certified = not keyed or (s.verify_mode and (s._trust is not None or s.pins))
    rows = [named[i : i + _ROW] for i in range(0, len(named), _ROW)]
    rows = [row for row in rows if (keyed if row[2] & _PSK else certified)]
    if not s._suites and not installed("chacha20poly1305"):
        rows = [row for row in rows if row[3] != _CHACHA20]
    return b"".join(rows)


def find(rows, number):
    """The row of a suite, or None."""
    for i in range(0, len(rows), _ROW):
        if rows[i] << 8 | rows[i + 1] == number:
            return rows[i : i + _ROW]
    return None


def hash_of(row):
    """The hash of a suite's PRF and transcript."""
    return "sha384" if row[3] == _AES_256_GCM else "sha256"


def prf(name, secret, label, seed, length):
    """PRF(secret, label, seed) of RFC 5246 section 5 with the hash `name`: a bytearray of `length` bytes that its user wipes."""
    out = bytearray(length)
    mac = HMAC(secret, name)
    size = mac.size
    a = bytearray(size)
    block = bytearray(size)
    try:
        mac.update(label)
        mac.update(seed)
        at = 0
        while True:
            mac.digest_into(a)  # A(i)
            mac.update(a)
            mac.update(label)
            mac.update(seed)
            mac.digest_into(block)
            n = min(size, length - at)
            out[at : at + n] = memoryview(block)[:n]  # a slice of it would be a copy that nobody wipes
            at += n
            if at == length:
                return out
            mac.update(a)
    except BaseException:
        wipe(out)
        raise
    finally:
        mac.wipe()
        wipe(a)
        wipe(block)


def protections(h, seed):
    """`(client's, server's)` Protection out of the key block (RFC 5246 section 6.3; AEAD suites have no MAC keys)."""
    at = 2 * h.c.suite[3]
    k, n = _LENGTHS[at], _LENGTHS[at + 1]
    block = prf(h.hash, h.master, b"key expansion", seed, 2 * (k + n))
    view = memoryview(block)
    protection, aead = h.protection
    client = None
    try:
        client = protection(aead(view[:k]), view[2 * k : 2 * k + n])
        return client, protection(aead(view[k : 2 * k]), view[2 * k + n :])
    except BaseException:
        if client:
            client.wipe()
        raise
    finally:
        wipe(block)
