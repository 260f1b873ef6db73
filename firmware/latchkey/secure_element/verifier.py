"""ECDSA P-256 verification in the chip, behind the seam of `crypto.verify`; anything else goes to software.

The chip's answer is one byte on wires that are not trusted: whoever holds the bus decides. It saves the board its arithmetic, no more.
"""

from latchkey.crypto import hashes
from latchkey.crypto.verify import hash_name, verify
from latchkey.errors import Fault
from latchkey.secure_element import commands, ecdsa_der

_P256 = const(23)


class Verifier:
    """`chip.verifier()`."""

    def __init__(self, chip):
        self._chip = chip

    @property
    def name(self):
        """Who verifies, for reports."""
        return self._chip.model + ", over I2C"

    @property
    def wires(self):
        """What the wires hold of a session, for reports."""
        from latchkey.secure_element.wires import VERIFIER

        return VERIFIER

    def verify(self, scheme, public_key, digest, signature):
        """Job: True or False; a key that may not be used at all is a Fault, as in `crypto.verify`."""
        ours = public_key[0] == _P256 and scheme & 0xFF == 3 and len(digest) == hashes.digest_size(hash_name(scheme))
        if not ours or not (yield from _on_curve(public_key[1])):  # software says what is wrong
            return (yield from verify(scheme, public_key, digest, signature))
        raw = ecdsa_der.decode(signature)
        if raw is None:
            return False
        # A longer digest counts with its leftmost 256 bits (FIPS 186-5, 6.4.2).
        return (yield from self._chip.session(commands.verify_external, digest[:32], raw, public_key[1][1:]))

    def verify_stored(self, slot, digest, signature):
        """Job: the same with the P-256 public key in `slot` (8 to 15) and a SHA-256 digest."""
        commands.checked_slot(slot, 8)
        if len(digest) != 32:
            raise ValueError("a SHA-256 digest has 32 bytes")
        raw = ecdsa_der.decode(signature)
        if raw is None:
            return False
        return (yield from self._chip.session(commands.explained, slot, "verify", commands.verify_stored, digest, raw, slot))


def _on_curve(point):
    """Job: whether it is a point of P-256; what the chip does with another is not documented."""
    from latchkey.crypto import p256, weierstrass

    try:
        yield from weierstrass.check(p256.CURVE, point)
    except Fault:
        return False
    return True
