"""P-256 over the slots' formats: private keys are 4 zero bytes and 32, public keys 4 pad, X32, 4 pad, Y32, all big-endian."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from ..memory import Memory

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PREHASHED = ec.ECDSA(utils.Prehashed(SHA256()))


def private_scalar(memory: Memory, slot: int) -> int | None:
    """The scalar in a private slot; None when it is not one (never written, or torn by a brown-out)."""
    scalar = int.from_bytes(memory.slots[slot][:36], "big")
    return scalar if 0 < scalar < ORDER else None


def private_key(scalar: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar, ec.SECP256R1())


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """X32 Y32."""
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def public_key(xy: bytes) -> ec.EllipticCurvePublicKey | None:
    """None when the point is not on the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + xy)
    except ValueError:
        return None


def stored_point(memory: Memory, slot: int) -> bytes:
    """X32 Y32 of a public key slot."""
    return bytes(memory.slots[slot][4:36] + memory.slots[slot][40:72])


def public_of(scalar: int) -> bytes:
    """X32 Y32 of a private key."""
    return point(private_key(scalar).public_key())


def agree(scalar: int, xy: bytes) -> bytes | None:
    """The X coordinate of the shared point; None when `xy` is not on the curve."""
    peer = public_key(xy)
    return None if peer is None else private_key(scalar).exchange(ec.ECDH(), peer)


def sign(scalar: int, digest: bytes) -> bytes:
    """R32 S32. S is not normalised, as on the chip."""
    r, s = utils.decode_dss_signature(private_key(scalar).sign(digest, _PREHASHED))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verifies(xy: bytes, digest: bytes, signature: bytes) -> bool | None:
    """None when the point is not on the curve."""
    key = public_key(xy)
    if key is None:
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), digest, _PREHASHED)
        return True
    except InvalidSignature:
        return False
