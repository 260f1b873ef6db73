"""How a pre-master secret comes about. ECDHE (RFC 8422); the group's module is loaded when the server picks it.

A key agreement is an object with `groups` (NamedGroup numbers, in order of preference), `agree(group, point, random)`, a job that
returns `(our public point, secret)`, and `name` for the report. A chip that does the agreement has the same shape.
"""

from latchkey.crypto.kernels import installed
from latchkey.crypto.util import wipe

_SECP256R1 = const(23)
_SECP384R1 = const(24)
_X25519 = const(29)


class Ephemeral:
    """A fresh key pair for each handshake, in software."""

    name = "software"

    def __init__(self):
        self.groups = (_SECP256R1,) + (_X25519,) * installed("x25519") + (_SECP384R1,) * installed("p384")

    def agree(self, group, point, random):
        """Generate a key pair, meet the server's `point`; returns `(our point, secret)`, a bytearray that the caller wipes."""
        if group == _SECP384R1:
            from latchkey.crypto import p384 as curve
        elif group == _X25519:
            from latchkey.crypto import x25519 as curve
        else:
            from latchkey.crypto import p256 as curve
        scalar, ours = yield from curve.generate(random)
        try:
            yield 0
            secret = yield from curve.shared(scalar, point)
        finally:
            wipe(scalar)
        return ours, secret
