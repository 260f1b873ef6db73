"""The cipher suites: rows of a table, and what a row needs loaded when the server picks it."""

from latchkey.tls.record import Protection

ECDSA = 3  # SignatureAlgorithm, RFC 5246 section 7.4.1.4.1: what authenticates the server
RSA = 1

# (id, name, who signs, hash of PRF and transcript, key length, length of the implicit nonce); RFC 5289 section 3.2
SUITES = (
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ECDSA, "sha256", 16, 4),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", RSA, "sha256", 16, 4),
)


def find(number):
    """The row of a suite, or None."""
    for row in SUITES:
        if row[0] == number:
            return row
    return None


def protections(row, block):
    """`(client's, server's)` Protection out of the key block (RFC 5246 section 6.3; AEAD suites have no MAC keys)."""
    from latchkey.crypto.gcm import AESGCM

    k, n = row[4], row[5]
    view = memoryview(block)
    client = Protection(AESGCM(view[:k]), view[2 * k : 2 * k + n])
    server = Protection(AESGCM(view[k : 2 * k]), view[2 * k + n : 2 * k + 2 * n])
    return client, server


def key_block_length(row):
    return 2 * (row[4] + row[5])
