"""Record protection by ChaCha20-Poly1305 (RFC 7905 section 2): the whole nonce is implicit, the sequence number XORed into it."""

from latchkey.crypto.util import wipe
from latchkey.tls.record import Protection


class ImplicitNonce(Protection):
    """As Protection, with nothing in front of the text."""

    front = 0

    def __init__(self, aead, iv):
        super().__init__(aead, iv[:4])
        self.iv = bytearray(iv)

    def incoming(self, buf):
        self.outgoing(buf, 0)

    def outgoing(self, buf, at):
        i = 4
        while i < 12:
            self.nonce[i] = self.iv[i] ^ self.aad[i - 4]
            i += 1

    def wipe(self):
        super().wipe()
        wipe(self.iv)
