"""What is asked of a certificate's signature and of the leaf's key: scheme numbers and keys are those that keys.py reads."""

from latchkey.errors import Fault

_KEY_EC_POINT = const(527)


def verify(verifier, scheme, key, digest, octets):
    """A job: whether `octets` are the signature of `digest` under `key`, a scheme of `scheme_of`. `verifier` None: in software."""
    if scheme >> 8 == 8 and key[0] == 1:
        scheme += 5  # PSS with a key that is restricted to it
    if verifier is None:
        from latchkey.crypto import verify as verifier
    return (yield from verifier.verify(scheme, key, digest, octets))


def check(key):
    """A job: Fault unless an EC key is a point of its curve (RFC 8422 section 5.11). An RSA key was checked as it was read."""
    if key[0] < 2:
        return
    from latchkey.crypto import ecdsa, weierstrass

    try:
        yield from weierstrass.check(ecdsa.curve_of(key[0]), key[1])
    except Fault:
        raise Fault(_KEY_EC_POINT, 0)
