"""ECDHE on P-256 in a chip that makes an ephemeral key and gives the secret out: the shape of `tls.key_agreement`.

The secret, the TLS pre-master secret, crosses the wires in clear. Who can change what is on them puts a point of his own in the place of
the server's, and is the server; so this is for who has no other place for the ephemeral key, and says so in every report.
"""

_SECP256R1 = const(23)


class KeyAgreement:
    """`chip.key_agreement(slot)`: `slot` names where the ephemeral key is for as long as it is needed."""

    groups = (_SECP256R1,)
    secret_on_bus = True

    def __init__(self, chip, slot):
        self._chip = chip
        self._slot = slot

    @property
    def name(self):
        """Where the key lives and how the secret travels, for reports."""
        return "{} {:#x}, secret in clear over I2C".format(self._chip.model, self._slot)

    @property
    def wires(self):
        """What the wires hold of a session, for reports."""
        from latchkey.secure_element.wires import AGREEMENT, SECRET

        return SECRET + AGREEMENT

    def agree(self, group, point, random):
        """Job: a new key pair in the chip meets the server's 65-byte `point`; `(our point, secret)`, a bytearray that the caller wipes."""
        from latchkey.crypto import p256, weierstrass

        if group not in self.groups:
            raise ValueError("group")
        yield from weierstrass.check(p256.CURVE, point)  # what a chip does with a point off the curve is seldom documented
        secret = bytearray(32)
        ours = yield from self._chip.session(self._chip.commands.agree, self._slot, bytes(point[1:]), secret)
        return b"\x04" + ours, secret
