"""Verification of signatures by TLS's scheme numbers (RFC 8446 section 4.2.3; in TLS 1.2 an ECDSA scheme names the hash alone)."""

from latchkey.crypto import hashes

# What is offered, the most wished for first
SCHEMES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601, 0x0809, 0x080A, 0x080B)

_HASHES = ("sha256", "sha384", "sha512")
_PSS = 8

_ecdsa: Any = None  # what verifies such signatures, from the first one on


def verify(scheme, public_key, digest, signature):
    """Job: whether `signature` over `digest` is that of `public_key` under `scheme`; False as well if key and scheme do not fit.

    Fault(PUBLIC_KEY_INVALID) for a key that may not be used at all. Everything here is public; time may vary.
    """
    global _ecdsa
    name = hash_name(scheme)
    if len(digest) != hashes.digest_size(name):
        raise ValueError("length of digest")
    kind = public_key[0]
    if scheme >> 8 == _PSS:
        if kind != (0 if scheme & 0xFF < 9 else 1):
            return False
        from latchkey.crypto import rsa

        return (yield from rsa.verify_pss(public_key, name, digest, signature))
    if scheme & 0xFF == 1:
        if kind != 0:
            return False
        from latchkey.crypto import rsa

        return (yield from rsa.verify_pkcs1(public_key, name, digest, signature))
    if kind < 2:
        return False
    if _ecdsa is None:
        from latchkey.crypto import ecdsa

        _ecdsa = ecdsa.verify
    return (yield from _ecdsa(public_key, digest, signature))


def hash_name(scheme):
    """The hash of a scheme: "sha256", "sha384" or "sha512". ValueError for a scheme that is none of ours."""
    high, low = scheme >> 8, scheme & 0xFF
    if high == _PSS and 4 <= low <= 11 and low not in (7, 8):
        return _HASHES[low - 4 if low < 7 else low - 9]
    if 4 <= high <= 6 and low in (1, 3):
        return _HASHES[high - 4]
    raise ValueError("scheme")
