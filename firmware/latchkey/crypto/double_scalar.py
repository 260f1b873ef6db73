"""The equation of ECDSA: is r the x-coordinate of u1 G + u2 Q? Everything is public here, and time depends on it.

The sum runs both scalars' digits through one chain of doublings, with incomplete additions, and looks at the end: Z = 0 says that an
addition met equal or opposite points or one at infinity (a sum once wrong keeps Z = 0), or that the sum is the point at infinity. Then it
starts again: each product by its fixed sequence (weierstrass.py), and one complete addition.
"""

from latchkey.crypto import weierstrass
from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS

# Slots and entries: tools/build/field/weierstrass.prog
_T0 = const(4)
_T2 = const(6)
_SCALAR = const(21)
_SCALAR2 = const(22)
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
_ENTER = const(176)
_MATCH = const(213)
_NEGATE = const(174)
_FIRST = bytes((_SELECT, 0, _TAKE, 0))
_WINDOWS = bytes((_DOUBLE, 4, _WINDOW, 0))
_COLUMN = bytes((_DOUBLE, 1, _COMB, 0))
_OTHER = bytes((_SELECT_OTHER, 0, _ADD, 0))


def verifies(curve, u1, u2, point, r):
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
    """An odd number as signs: see scalar.py."""
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
