"""A P-256 private key in a slot: the same shape as a software key, `schemes`, `public_key`, `sign(scheme, digest)`."""

from latchkey.secure_element import ecdsa_der

_ECDSA_SHA256 = const(0x0403)


class PrivateKey:
    """`chip.private_key(slot)`. The key signs inside the chip; only digests and signatures cross the bus."""

    schemes = (_ECDSA_SHA256,)

    def __init__(self, chip, slot):
        self._chip = chip
        self.slot = slot
        self._public_key = None

    @property
    def name(self):
        """Where the key lives, for reports."""
        return f"{self._chip.model} slot {self.slot}" if self.slot < 16 else f"{self._chip.model} object {self.slot:04X}"

    @property
    def public_key(self):
        """`(23, point)`, asked of the chip once (GenKey public, 11 ms typical); it blocks."""
        if self._public_key is None:
            self._public_key = (23, b"\x04" + self._chip.do(self._chip.commands.ask_public_key, self.slot))
        return self._public_key

    def sign(self, scheme, digest):
        """Job: the DER signature of a 32-byte digest."""
        if scheme not in self.schemes or len(digest) != 32:
            raise ValueError("the chip signs SHA-256 digests with ECDSA only")
        raw = yield from self._chip.session(self._chip.commands.ask_signature, self.slot, digest)
        return ecdsa_der.encode(raw)
