"""From pre-master secret to keys (RFC 5246 sections 5, 6.3, 7.4.9, 8.1; RFC 7627 section 4).

Every result is a bytearray that its user wipes.
"""

from latchkey.crypto.hmac import HMAC
from latchkey.crypto.util import wipe


def prf(name, secret, label, seed, length):
    """PRF(secret, label, seed) of RFC 5246 section 5 with the hash `name`: a bytearray of `length` bytes."""
    out = bytearray(length)
    mac = HMAC(secret, name)
    size = mac.size
    a = bytearray(size)
    block = bytearray(size)
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
        out[at : at + n] = block[:n]
        at += n
        if at == length:
            break
        mac.reset()
        mac.update(a)
        mac.digest_into(a)  # A(i + 1)
    mac.wipe()
    wipe(a)
    wipe(block)
    return out


def master_secret(name, pre_master, session_hash):
    """The extended master secret (RFC 7627 section 4): bound to the handshake by its hash so far."""
    return prf(name, pre_master, b"extended master secret", session_hash, 48)


def master_secret_rfc5246(name, pre_master, client_random, server_random):
    """The master secret of RFC 5246 section 8.1, for a server without RFC 7627."""
    return prf(name, pre_master, b"master secret", client_random + server_random, 48)


def key_block(name, master, client_random, server_random, length):
    return prf(name, master, b"key expansion", server_random + client_random, length)


def verify_data(name, master, label, transcript_hash):
    """The 12 bytes of Finished; `label` is b"client finished" or b"server finished"."""
    return prf(name, master, label, transcript_hash, 12)
