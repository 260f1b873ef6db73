"""Record protection by AES-CBC and HMAC (RFC 5246 section 6.2.3.2), offered where the caller names such a suite.

    IV | E(text | MAC | padding)      MAC-then-encrypt
    IV | E(text | padding) | MAC      encrypt-then-MAC (RFC 7366), where the server agrees

The IV is 16 fresh bytes of the generator. With encrypt-then-MAC nothing is decrypted before the MAC was right. Without, padding and MAC
are judged together, in an order and a number of steps that do not tell which was wrong: one fault, one alert. An own record has the
shortest padding. Here each record takes some heap: hash objects, and the firmware's cipher.
"""

from hashlib import sha256

from latchkey.crypto import cbc
from latchkey.crypto.record_mac import SHA_1, RecordMAC, refuse
from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.tls.record import Protection

_RECORD_OVERFLOW = const(332)

_BLOCK = const(16)
_MAX_PLAINTEXT = const(16384)
_MOST_PADDING = const(256)  # with its length


def parts(reader, random, which):
    """What `Handshake.cipher` gives: a function of MAC and key that makes a direction's protection, and one of a key that makes its MAC.
    `which`: 1 is set with SHA-1, 2 with encrypt_then_mac.
    """
    new, size = (SHA_1, 20) if which & 1 else (sha256, 32)
    least = [1, _BLOCK]  # of the server's direction, which is made last, and of ours

    def protection(mac, key):
        padding = least.pop()
        if padding == 1:
            reader.limit += _MOST_PADDING - 1
        return (EncryptThenMAC if which & 2 else BlockCipher)(mac, key, random, padding)

    return protection, lambda key: RecordMAC(key, new, size)


class BlockCipher(Protection):
    """One direction under MAC-then-encrypt: it is its own AEAD. `mac` is a RecordMAC, `random` a source, `padding` what is reckoned with:
    the least of a record that comes, the most of one that leaves.
    """

    front = _BLOCK

    def __init__(self, mac, key, random, padding):
        self.aead = self
        self.nonce = bytearray(_BLOCK)  # the IV
        self.aad = bytearray(13)
        self.count = 0
        self.back = mac.size + padding
        self._mac = mac
        self._key = bytearray(key)
        self._random = random
        self._tag = bytearray(mac.size)
        self._kernel = cbc.kernel()
        self._state: Any = None
        self._buf: Any = None
        self._start = self._at = self._end = 0
        self._sealing = False

    def incoming(self, buf):
        """The IV of a record."""
        self.nonce[:] = memoryview(buf)[:_BLOCK]

    def outgoing(self, buf, at):
        """A fresh one, and how much stands behind this text."""
        self._random.fill(self.nonce)
        buf[at : at + _BLOCK] = self.nonce
        self.back = self._mac.size + self._pad((self.aad[11] << 8 | self.aad[12]) + self._inside())

    def seal_start(self, nonce, aad, buf, start, length):
        end = start + length
        at = end + self._inside()
        if self._inside():
            self._write_mac(aad, buf, start, end)
        stop = at + self._pad(at - start)
        for i in range(at, stop):
            buf[i] = stop - at - 1
        self._begin(buf, start, stop, True)

    def open_start(self, nonce, aad, buf, start, length):
        """`length` is what the text would have with the least padding."""
        end = start + length + self.back
        refuse((end - start) % _BLOCK or end - start <= self._mac.size, buf, start, start)
        self._begin(buf, start, end, False)

    def step(self):
        """Take the next piece; True when done. Whatever is wrong with a record is Fault(BAD_TAG), its text then zeros."""
        stop = min(self._end, self._at + self._kernel.PIECE)
        self._kernel.run(self._state, self._buf, self._at, stop)
        self._at = stop
        if stop < self._end:
            return False
        self._kernel.wipe(self._state)
        buf, self._buf, self._state = self._buf, None, None
        if self._sealing:
            self._sealed(buf)
            self.back = self._mac.size + _BLOCK
        else:
            self._opened(buf)
        return True

    def wipe(self):
        if self._state:
            self._kernel.wipe(self._state)
        self._mac.wipe()
        wipe(self._key)
        wipe(self._tag)
        wipe(self.nonce)
        self._state = self._buf = None

    def _inside(self):
        """How much of what is encrypted is the MAC."""
        return self._mac.size

    def _pad(self, length):
        """Octets that fill the last block, one at least."""
        return _BLOCK - length % _BLOCK

    def _begin(self, buf, start, end, sealing):
        self._buf = buf
        self._start = self._at = start
        self._end = end
        self._sealing = sealing
        self._state = self._kernel.begin(self._key, self.nonce, sealing)

    def _write_mac(self, aad, buf, start, end):
        self._mac.digest_into(self._tag, aad, buf, start, end, end)
        buf[end : end + self._mac.size] = self._tag

    def _sealed(self, buf):
        """The record is encrypted."""

    def _opened(self, buf):
        """Judge padding and MAC, and leave the text's length in `aad`."""
        start, end = self._start, self._end
        size = self._inside()
        bad, padding = _judged(buf, start, end, size)
        stop = end - size - 1 - padding
        self.aad[11] = stop - start >> 8
        self.aad[12] = stop - start & 255
        if size:
            self._mac.digest_into(self._tag, self.aad, buf, start, stop, end - size - 1)
            bad |= _difference(self._tag, buf, stop)
        refuse(bad, buf, start, end)
        if stop - start > _MAX_PLAINTEXT:
            raise Fault(_RECORD_OVERFLOW)


class EncryptThenMAC(BlockCipher):
    """The same with the MAC of what is encrypted behind it (RFC 7366 section 3)."""

    def open_start(self, nonce, aad, buf, start, length):
        end = start + length + self.back - self._mac.size
        refuse((end - start) % _BLOCK, buf, start, start)
        self._cover(start, end)
        self._mac.digest_into(self._tag, aad, buf, start - _BLOCK, end, end)
        refuse(_difference(self._tag, buf, end), buf, start, end)
        self._begin(buf, start, end, False)

    def _inside(self):
        return 0

    def _cover(self, start, end):
        """What is authenticated has the length of IV and ciphertext."""
        self.aad[11] = end - start + _BLOCK >> 8
        self.aad[12] = end - start + _BLOCK & 255

    def _sealed(self, buf):
        self._cover(self._start, self._end)
        self._write_mac(self.aad, buf, self._start - _BLOCK, self._end)


def _judged(buf, start, end, size):
    """`(bad, padding)`: whether padding and a MAC of `size` octets do not fit, and the padding, 0 then. As many steps for all."""
    length = end - start
    padding = buf[end - 1]
    bad = length - size - 1 - padding >> 15 & 1
    for i in range(2, min(length, _MOST_PADDING) + 1):
        bad |= (buf[end - i] ^ padding) & (i - 2 - padding >> 9)  # all ones where i <= padding + 1
    return bad, padding & ~(-bad >> 9)


def _difference(tag, buf, at):
    """Whether a MAC is another than what stands at `buf[at:]`, in a time that does not tell where."""
    difference = 0
    for i in range(len(tag)):
        difference |= tag[i] ^ buf[at + i]
    return difference
