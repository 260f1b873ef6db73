"""What ECDHE with AES-GCM does not take: ChaCha20, and the suites that are offered where a caller names them, CCM, CBC and RSA key
transport. Loaded for these alone.
"""

from latchkey.crypto.util import wipe
from latchkey.errors import Fault, text
from latchkey.tls.cipher_suites import SUITES
from latchkey.tls.record import OVERHEAD, Protection

# Rows as in cipher_suites.py, for who names them
_MORE = (
    b"\xc0\xac\x01\x03\xc0\xae\x01\x04"  # RFC 7251
    b"\xd0\x05\x03\x03\xd0\x03\x03\x04"  # RFC 8442
    b"\xc0\xa4\x02\x03\xc0\xa8\x02\x04"  # RFC 6655
    b"\xc0\x23\x01\x05\xc0\x27\x05\x05"  # RFC 5289
    b"\xc0\x09\x01\x06\xc0\x13\x05\x06"  # RFC 8422
    b"\x00\x9c\x04\x00\x00\x9d\x04\x02"  # RFC 5288
    b"\x00\x3c\x04\x05\x00\x2f\x04\x06"  # RFC 5246
)
_CHACHA20 = const(1)  # record protections
_CCM = const(3)
_CBC = const(5)
_CBC_SHA = const(6)
_ENCRYPT_THEN_MAC = const(22)  # ExtensionType
_BLOCK_OVERHEAD = const(320)  # of a block cipher's records at most: 16 before the text, a MAC and 256 behind, rounded up to blocks

_LENGTH = const(48)  # of a pre-master secret

_DECODE_ERROR = const(330)
_NO_MAC_TO_PLACE = const(371)


def chosen(s, ciphers):
    """The rows that are named for an SSLContext, whose receive buffers become long enough for their records."""
    rows = text("ciphers").chosen(ciphers, SUITES + _MORE)
    if _CBC_SHA in _protections(rows):
        from latchkey.crypto.record_mac import SHA_1

        if SHA_1 is None:
            raise ValueError(text("ciphers").NO_SHA_1)
    more = (_BLOCK_OVERHEAD - OVERHEAD) * (_has_cbc(rows) - _has_cbc(s._suites))
    for buffers in s._buffers if more else ():
        if buffers[2] is None or buffers[2].dead:
            buffers[0] = bytearray(len(buffers[0]) + more)
    return rows


def _has_cbc(rows):
    return any(kind >= _CBC for kind in _protections(rows))


def _protections(rows):
    return [rows[i] for i in range(3, len(rows), 4)]


def extend(h, offer):
    """What such suites have in our hello (RFC 7366 section 2)."""
    if _has_cbc(h.rows):
        offer.append((_ENCRYPT_THEN_MAC, b""))
        h.c.reader.limit = len(h.c.reader.buf) - _BLOCK_OVERHEAD


def agree(c, extensions):
    """The server took encrypt_then_mac: from here on that is the record protection."""
    if extensions[_ENCRYPT_THEN_MAC]:
        raise Fault(_DECODE_ERROR)
    row = c.suite
    if row[3] < _CBC:
        raise Fault(_NO_MAC_TO_PLACE)
    c.suite = row[:3] + bytes((row[3] + 2,))


def cipher(h, kernels):
    """What `Handshake.cipher` gives, of these."""
    kind = h.c.suite[3]
    if kind >= _CBC:
        from latchkey.tls.block_cipher import parts

        return parts(h.c.reader, h.settings.random, kind - _CBC)
    if kind == _CHACHA20:
        from latchkey.crypto import chacha20poly1305
        from latchkey.tls.implicit_nonce import ImplicitNonce

        if kernels:
            chacha20poly1305.kernel()
        return ImplicitNonce, chacha20poly1305.ChaCha20Poly1305
    from latchkey.crypto import aes, ccm

    if kernels:
        aes.kernel()
    if kind == _CCM:
        return Protection, ccm.CCM
    from latchkey.tls.short_tag import ShortTag

    return ShortTag, ccm.CCM8


def encrypt(h, notes):
    """A job: the body of ClientKeyExchange with RSA key transport (RFC 5246 section 7.4.7.1), a secret of ours, encrypted to the server's
    certified key. Whoever gets that key opens what was recorded before: no forward secrecy. The secret begins with the version that
    ClientHello offered, the rest is random; so is the padding, without a zero among it (RFC 8017 section 7.2.1).
    """
    from latchkey.crypto import rsa

    random = h.settings.random
    _, n, e = h.leaf_key
    rsa.check(h.leaf_key)
    size = len(n)
    drawn = bytearray(_LENGTH)
    random.fill(drawn)
    drawn[0] = drawn[1] = 3
    h.pre_master = drawn
    block = bytearray(size)
    try:
        block[1] = 2
        block[size - _LENGTH :] = drawn
        _pad(block, 2, size - _LENGTH - 1, random)
        sealed = yield from rsa.kernel().power(block, e, n)
    finally:
        wipe(block)
    notes.append("encrypted to the server's key")
    h.proven = h.c.peer_ok, 0  # that it can open this, its Finished will show
    return bytes((size >> 8, size & 255)) + sealed


def _pad(block, at, end, random):
    """Random bytes other than zero: those that are zero are drawn again."""
    drawn = bytearray(32)
    while at < end:
        random.fill(drawn)
        for byte in drawn:
            if byte and at < end:
                block[at] = byte
                at += 1
    wipe(drawn)
