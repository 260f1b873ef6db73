"""The equation of ECDSA: is r the x-coordinate of u1 G + u2 Q? Everything is public here, and time depends on it.

The sum runs both scalars' digits through one chain of doublings, with incomplete additions, and looks at the end: Z = 0 says that an
addition met equal or opposite points or one at infinity (a sum once wrong keeps Z = 0), or that the sum is the point at infinity. Then it
starts again: each product by its fixed sequence (weierstrass.py), and one complete addition.
"""

from micropython import const

from latchkey.crypto import weierstrass
from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.crypto.scalar import comb_digits, recode, window_digits

# Slots and entries: tools/field/weierstrass.prog
_T0 = const(4)
_T2 = const(6)
_SLOTS_COMB = const(58)
_SLOTS_WINDOWS = const(66)

_DOUBLE = const(0)
_WINDOW = const(18)
_ADD = const(21)
_COMB = const(44)
_ADD_COMPLETE = const(65)
_SELECT = const(105)
_JACOBIAN = const(122)
_TAKE = const(126)
_GIVE = const(130)
_PUT = const(144)
_PUT_OTHER = const(146)
_SELECT_OTHER = const(150)
_ENTER = const(157)
_MATCH = const(177)


def verifies(curve, u1, u2, point, r):
    """Job: whether the x-coordinate of u1 G + u2 Q is r modulo the order. u1, u2, r are below the order, u2 and r not 0; all is public.

    Fault(POINT_NOT_ON_CURVE) if the point is not one of the curve.
    """
    table = curve.base_table()
    kernel = weierstrass.open_curve(curve, _SLOTS_WINDOWS if table is None else _SLOTS_COMB)
    weierstrass.load_point(kernel, curve, point)
    yield from weierstrass.enter_point(kernel, curve)
    yield from machine.run(kernel, PROGRAMS, weierstrass.table_script(_PUT), 16)
    if table is None:
        weierstrass.load_affine(kernel, curve, curve.base)
        yield from machine.run(kernel, PROGRAMS, bytes((_ENTER, 0)) + weierstrass.table_script(_PUT_OTHER), 16)
    else:
        weierstrass.load_base(kernel, curve, table)
    u1_digits = _digits(curve, u1, window_digits if table is None else comb_digits)
    u2_digits = _digits(curve, u2, window_digits)
    script = _windows_script(u1_digits, u2_digits) if table is None else _comb_script(u1_digits, u2_digits)
    yield from machine.run(kernel, PROGRAMS, script, 24)
    found = yield from _matches(kernel, curve, r)
    if found is None:
        yield from _add_completely(kernel, curve, u1, u2, point)
        found = yield from _matches(kernel, curve, r)
    return found is True


def _digits(curve, number, digits_of):
    """Signed digits of a number below the order, the lowest first; none for zero."""
    if not any(number):
        return b""
    signs, even = recode(number, curve.order[1])
    digits = digits_of(signs)
    if even:
        for i in range(len(digits)):
            digits[i] ^= 128
    return digits


def _windows_script(base_digits, point_digits):
    """Four doublings, then one addition out of each table, for each digit."""
    step = (_DOUBLE, 4, _WINDOW, 0, _SELECT_OTHER, 0, _ADD, 0) if base_digits else (_DOUBLE, 4, _WINDOW, 0)
    script = bytearray(bytes(step) * len(point_digits))
    at = len(script)
    for i in range(len(point_digits)):
        at -= len(step)
        script[at + 3] = point_digits[i]
        if base_digits:
            script[at + 5] = base_digits[i]
    script[0:4] = bytes((_SELECT, point_digits[-1], _TAKE, 0))
    return script


def _comb_script(base_digits, point_digits):
    """Four doublings and an addition for each digit of u2; in the last quarter an addition of the comb after each doubling."""
    columns = len(base_digits)
    windows = len(point_digits)
    alone = windows - columns // 4
    script = bytearray(bytes((_DOUBLE, 4, _WINDOW, 0)) * alone)
    script.extend(bytes((_DOUBLE, 1, _COMB, 0) * 4 + (_WINDOW, 0)) * (windows - alone))
    for i in range(alone):
        script[4 * i + 3] = point_digits[windows - 1 - i]
    at = 4 * alone
    for i in range(windows - alone - 1, -1, -1):
        for j in range(4):
            script[at + 3] = base_digits[4 * i + 3 - j]
            at += 4
        script[at + 1] = point_digits[i]
        at += 2
    script[0:4] = bytes((_SELECT, point_digits[windows - 1], _TAKE, 0))
    return script


def _matches(kernel, curve, r):
    """Job: whether the accumulator's x is r, or r + order where that is below the modulus; None if Z = 0."""
    modulus = int.from_bytes(curve.field[1], "big")
    candidate = int.from_bytes(r, "big")
    while candidate < modulus:
        kernel.load(_T0, candidate.to_bytes(curve.size, "big"))
        yield from machine.run(kernel, PROGRAMS, bytes((_MATCH, 0)), 4)
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
    weierstrass.load_affine(kernel, curve, (yield from weierstrass.multiply(curve, u2, point)))
    kernel.run(PROGRAMS, bytes((_ENTER, 0)), 0, 2)
    if any(u1):
        kernel.run(PROGRAMS, bytes((_GIVE, 0)), 0, 2)
        weierstrass.load_affine(kernel, curve, (yield from weierstrass.multiply(curve, u1, curve.base)))
        kernel.run(PROGRAMS, bytes((_ENTER, 0, _ADD_COMPLETE, 0, _JACOBIAN, 0)), 0, 6)
