"""ECDSA (FIPS 186-5, SEC 1 section 4.1): verification of signatures in the DER of RFC 3279 section 2.2.3, over digests.

A digest longer than the order is cut to the order's length. Groups are TLS's NamedGroup numbers: 23 P-256, 24 P-384. Verification works on
public data and takes what time it takes; signing, which takes fixed sequences, is in `ecdsa_sign.py`.

Is r the x-coordinate of u1 G + u2 Q? The sum runs both scalars' digits through one chain of doublings, with incomplete additions, and looks
at the end: Z = 0 says that an addition met equal or opposite points or one at infinity (a sum once wrong keeps Z = 0), or that the sum is
the point at infinity. Then it starts again: each product by its fixed sequence (weierstrass.py), and one complete addition.
"""

from latchkey.crypto import weierstrass
from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.errors import Fault

_PUBLIC_KEY_INVALID = const(601)

# Slots and entries: tools/build/field/weierstrass.prog
_T0 = const(4)
_T1 = const(5)
_T2 = const(6)
_T4 = const(8)
_T5 = const(9)
_SCALAR = const(21)
_SCALAR2 = const(22)
_SLOTS = const(39)
_SLOTS_COMB = const(63)
_SLOTS_WINDOWS = const(71)

_DOUBLE = const(0)
_WINDOW = const(33)
_ADD = const(37)
_COMB = const(60)
_ADD_COMPLETE = const(82)
_SELECT = const(122)
_JACOBIAN = const(141)
_TAKE = const(145)
_GIVE = const(149)
_PUT = const(163)
_PUT_OTHER = const(165)
_SELECT_OTHER = const(169)
_NEGATE = const(174)
_ENTER = const(176)
_MATCH = const(213)
_VERIFY_START = const(244)
_VERIFY_END = const(246)

_FIRST = bytes((_SELECT, 0, _TAKE, 0))
_WINDOWS = bytes((_DOUBLE, 4, _WINDOW, 0))
_COLUMN = bytes((_DOUBLE, 1, _COMB, 0))
_OTHER = bytes((_SELECT_OTHER, 0, _ADD, 0))

_curves = {}  # by group, those that were asked for


def verify(public_key, digest, signature):
    """Job: whether a DER signature over the digest is that of `public_key`, a tuple (group, uncompressed point).

    Fault(PUBLIC_KEY_INVALID) if the key is no point of its curve.
    """
    curve = curve_of(public_key[0])
    r, s = _decode(curve, signature)
    if not r:
        return False
    u1, u2 = yield from _quotients(curve, reduced(curve, digest), r, s)
    try:
        return (yield from _verifies(curve, u1, u2, public_key[1], r))
    except Fault:
        raise Fault(_PUBLIC_KEY_INVALID)


def curve_of(group):
    """The Curve of a NamedGroup."""
    curve = _curves.get(group)
    if curve is None:
        if group == 23:
            from latchkey.crypto import p256

            curve = p256.CURVE
        elif group == 24:
            from latchkey.crypto import p384

            curve = p384.CURVE
        else:
            raise ValueError("group")
        _curves[group] = curve
    return curve


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


def _verifies(curve, u1, u2, point, r):
    """Job: whether the x-coordinate of u1 G + u2 Q is r modulo the order, all of them ints below it, u2 and r not 0.

    Fault(POINT_NOT_ON_CURVE) if the point is not one of the curve.
    """
    table = curve.base_table()
    kernel = weierstrass.open_curve(curve, _SLOTS_WINDOWS if table is None else _SLOTS_COMB)
    try:
        weierstrass.load_point(kernel, curve, point)
        yield from weierstrass.enter_point(kernel, curve)
        yield from _sum(kernel, curve, u1, u2, point, table)
        found = _matches(kernel, curve, r)
        if found is None:
            yield from _add_completely(kernel, curve, u1, u2, point)
            found = _matches(kernel, curve, r)
        return found is True
    finally:
        kernel.wipe()


def _sum(kernel, curve, u1, u2, point, table):
    """Job: +-(u1 G + u2 Q) in the accumulator by incomplete additions, the point Q being there. Digits are those of odd scalars: the sum
    is negated where u1 is even, and the point then where u2 is.
    """
    order = int.from_bytes(curve.order[1], "big")
    if u1 and not u1 & 1:
        u1, u2 = order - u1, order - u2
    if not u2 & 1:
        u2 = order - u2
        kernel.run(PROGRAMS, bytes((_NEGATE, 0)), 0, 2)
    _load_signs(kernel, curve, _SCALAR, u2)
    _load_signs(kernel, curve, _SCALAR2, u1)
    yield from machine.run(kernel, PROGRAMS, weierstrass.table_script(_PUT), 16)
    if table is None:
        weierstrass.load_affine(kernel, curve.base)
        yield from machine.run(kernel, PROGRAMS, bytes((_ENTER, 0)) + weierstrass.table_script(_PUT_OTHER), 16)
    else:
        weierstrass.load_base(kernel, table)
    digits = 2 * curve.size
    if u1 == 0:
        yield from _windows(kernel, digits - 1)
    elif table is None:
        yield from machine.run(kernel, PROGRAMS, _FIRST + _OTHER, 20)
        yield from machine.run(kernel, PROGRAMS, _WINDOWS + _OTHER, 20, digits - 1)
    else:
        # the comb has a quarter of the scalar's doublings: those of the last quarter of the windows
        yield from _windows(kernel, digits - digits // 4 - 1)
        yield from machine.run(kernel, PROGRAMS, _COLUMN * 4 + bytes((_WINDOW, 0)), 12, digits // 4)


def _windows(kernel, count):
    """Job: the first window, and so many others, by a script that takes little of a heap which has the least room just now."""
    yield from machine.run(kernel, PROGRAMS, _FIRST + _WINDOWS * (count & 7), 24)
    yield from machine.run(kernel, PROGRAMS, _WINDOWS * 8, 24, count >> 3)


def _load_signs(kernel, curve, slot, number):
    """An odd number as signs: see weierstrass.py."""
    size = curve.size
    kernel.load(slot, (number >> 1 | 1 << 8 * size - 1).to_bytes(size, "big"))


def _matches(kernel, curve, r):
    """Whether the accumulator's x is r, or r + order where that is below the modulus; None if Z = 0."""
    modulus = int.from_bytes(curve.field[1], "big")
    candidate = r
    while candidate < modulus:
        kernel.load(_T0, candidate.to_bytes(curve.size, "big"))
        kernel.run(PROGRAMS, bytes((_MATCH, 0)), 0, 2)
        if not any(kernel.store(_T2)):
            return None
        if not any(kernel.store(_T0)):
            return True
        candidate += int.from_bytes(curve.order[1], "big")
    return False


def _add_completely(kernel, curve, u1, u2, point):
    """Job: u1 G + u2 Q in the accumulator, Jacobian, with Z = 0 for the point at infinity: each product by its fixed sequence, then a
    complete addition.
    """
    size = curve.size
    product = yield from weierstrass.multiply(curve, u2.to_bytes(size, "big"), point)
    weierstrass.load_affine(kernel, product)
    kernel.run(PROGRAMS, bytes((_ENTER, 0)), 0, 2)
    if u1:
        kernel.run(PROGRAMS, bytes((_GIVE, 0)), 0, 2)
        product = yield from weierstrass.multiply(curve, u1.to_bytes(size, "big"), curve.base)
        weierstrass.load_affine(kernel, product)
        kernel.run(PROGRAMS, bytes((_ENTER, 0, _ADD_COMPLETE, 0, _JACOBIAN, 0)), 0, 6)
