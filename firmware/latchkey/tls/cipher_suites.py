"""The cipher suites: rows of a table, the PRF of their hash, and the record protection out of the key block."""

from latchkey.crypto.hmac import HMAC
from latchkey.crypto.util import wipe
from latchkey.tls.record import Protection

# (id, name, who signs (SignatureAlgorithm, RFC 5246 section 7.4.1.4.1: 3 ECDSA, 1 RSA), hash of PRF and transcript, key length, length of
# the implicit nonce); RFC 5289 section 3.2
SUITES = (
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 3, "sha256", 16, 4),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 1, "sha256", 16, 4),
)


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
        mac.digest_into(a)  # A(1)
        at = 0
        while True:
            mac.reset()
            mac.update(a)
            mac.update(label)
            mac.update(seed)
            mac.digest_into(block)
            n = min(size, length - at)
            out[at : at + n] = memoryview(block)[:n]  # a slice of it would be a copy that nobody wipes
            at += n
            if at == length:
                return out
            mac.reset()
            mac.update(a)
            mac.digest_into(a)  # A(i + 1)
    except BaseException:
        wipe(out)
        raise
    finally:
        mac.wipe()
        wipe(a)
        wipe(block)


def protections(row, master, seed):
    """`(client's, server's)` Protection out of the key block (RFC 5246 section 6.3; AEAD suites have no MAC keys)."""
    from latchkey.crypto.gcm import AESGCM

    k, n = row[4], row[5]
    block = prf(row[3], master, b"key expansion", seed, 2 * (k + n))
    view = memoryview(block)
    client = None
    try:
        client = Protection(AESGCM(view[:k]), view[2 * k : 2 * k + n])
        return client, Protection(AESGCM(view[k : 2 * k]), view[2 * k + n :])
    except BaseException:
        if client:
            client.wipe()
        raise
    finally:
        wipe(block)
