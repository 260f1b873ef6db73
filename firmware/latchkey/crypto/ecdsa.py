"""ECDSA (FIPS 186-5, SEC 1 section 4.1): verification of signatures in the DER of RFC 3279 section 2.2.3, over digests.

A digest longer than the order is cut to the order's length. Groups are TLS's NamedGroup numbers: 23 P-256, 24 P-384. Verification works on
public data and takes what time it takes; signing, which takes fixed sequences, is in `ecdsa_sign.py`.
"""

from latchkey.crypto import weierstrass
from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.errors import Fault

_PUBLIC_KEY_INVALID = const(601)

# Slots and entries: tools/build/field/weierstrass.prog
_T1 = const(5)
_T4 = const(8)
_T5 = const(9)
_SLOTS = const(39)
_VERIFY_START = const(244)
_VERIFY_END = const(246)


def verify(public_key, digest, signature):
    """Job: whether a DER signature over the digest is that of `public_key`, a tuple (group, uncompressed point).

    Fault(PUBLIC_KEY_INVALID) if the key is no point of its curve.
    """
    curve = curve_of(public_key[0])
    r, s = _decode(curve, signature)
    if not r:
        return False
    from latchkey.crypto import double_scalar

    u1, u2 = yield from _quotients(curve, reduced(curve, digest), r, s)
    try:
        return (yield from double_scalar.verifies(curve, u1, u2, public_key[1], r))
    except Fault:
        raise Fault(_PUBLIC_KEY_INVALID)


def curve_of(group):
    """The Curve of a NamedGroup."""
    if group == 23:
        from latchkey.crypto import p256

        return p256.CURVE
    if group == 24:
        from latchkey.crypto import p384

        return p384.CURVE
    raise ValueError("group")


def reduced(curve, data):
    """The leftmost bytes of a digest or coordinate, as a number modulo the order."""
    return int.from_bytes(data[: curve.size], "big") % int.from_bytes(curve.order[1], "big")


def _quotients(curve, z, r, s):
    """Job: (z / s, r / s) modulo the order, of public numbers: by Euclid on integers where a kernel's multiplications are dear."""
    kernel = machine.open(curve.order, _SLOTS)
    try:
        if kernel.DEAR:
            order = int.from_bytes(curve.order[1], "big")
            inverse = _euclid(s, order)
            yield 0
            return z * inverse % order, r * inverse % order
        for slot, number in ((_T1, s), (_T4, r), (_T5, z)):
            kernel.load(slot, number.to_bytes(curve.size, "big"))
        kernel.run(PROGRAMS, bytes((_VERIFY_START, 0)), 0, 2)
        yield from weierstrass.invert(kernel, curve.order)
        kernel.run(PROGRAMS, bytes((_VERIFY_END, 0)), 0, 2)
        return int.from_bytes(kernel.store(_T5), "big"), int.from_bytes(kernel.store(_T4), "big")
    finally:
        kernel.wipe()


def _euclid(a, modulus):
    """1 / a by the extended algorithm of Euclid, for public numbers: its steps depend on them."""
    u, v = a, modulus
    x, y = 1, 0
    while u > 1:
        q = v // u
        v, u = u, v - q * u
        y, x = x, y - q * x
    return x % modulus


def _decode(curve, signature):
    """`(r, s)` from DER, both in [1, order - 1]; (0, 0) for anything else."""
    length = len(signature)
    if length < 8 or signature[0] != 0x30 or signature[1] != length - 2 or length > 2 * curve.size + 8:
        return 0, 0
    r, at = _decode_integer(curve, signature, 2)
    s, at = _decode_integer(curve, signature, at)
    return (r, s) if at == length and r and s else (0, 0)


def _decode_integer(curve, der, at):
    """`(number, position behind it)`, `(0, 0)` where there is no DER INTEGER in [1, order - 1] at `at`."""
    if at + 3 > len(der) or der[at] != 2:
        return 0, 0
    length = der[at + 1]
    at += 2
    end = at + length
    if length == 0 or end > len(der) or length > curve.size + 1 or der[at] & 128:
        return 0, 0
    if der[at] == 0 and (length == 1 or not der[at + 1] & 128):  # zero, or a leading byte too many (X.690 section 8.3.2)
        return 0, 0
    number = int.from_bytes(der[at:end], "big")
    return (number, end) if number < int.from_bytes(curve.order[1], "big") else (0, 0)
