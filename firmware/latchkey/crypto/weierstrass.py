"""Points on the curves y^2 = x^3 - 3x + b of prime order n: multiplication by a secret.

It runs a fixed sequence: signed odd digits (scalar.py), Jacobian additions, and a complete addition at the end. Why that is right for every
scalar k in [1, n - 1] and every point P: a Jacobian addition goes wrong only for equal or opposite points, or one at infinity.
Let k be odd (else n - k is), A P be in the accumulator and d the digit, both odd and |d| <= 15, so that 16 A P and d P are added. In the
integers 16 A >= 16 > |d|; and 16 A + |d| < n before the last digit, because what follows must still multiply by 16 and end below n. The
last addition can meet 16 A = n + d (k = n - 2 |d|): it is the complete one.
The comb for the base point, of four teeth w bits apart: after j columns A is a sum of teeth 2^(w t) a_t with |a_t| < 2^j, and of the
column C to be added |a_t| = 1: so 2A +- C is odd, not 0, and before the last column below n in size. The last addition is complete again.
"""

from micropython import const

from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.crypto.scalar import comb_digits, recode, window_digits
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_POINT_NOT_ON_CURVE = const(600)

# Slots and entries: tools/field/weierstrass.prog
_B = const(3)
_T0 = const(4)
_X = const(12)
_Y = const(13)
_BASE = const(42)
_SLOTS = const(42)  # without a base table
_SLOTS_BASE = const(58)  # with one of X Y

_DOUBLE = const(0)
_WINDOW = const(18)
_ADD = const(21)
_COMB = const(44)
_ADD_COMPLETE = const(65)
_SELECT = const(105)
_SELECT_BASE = const(109)
_HOMOGENEOUS = const(114)
_HOMOGENEOUS_ADDEND = const(118)
_TAKE = const(126)
_GIVE = const(130)
_SWAP = const(134)
_PUT = const(144)
_PUT_BASE = const(148)
_NEGATE = const(154)
_ENTER = const(157)
_ENTER_B = const(161)
_EQUATION = const(163)
_LEAVE = const(172)
_POWERS = const(184)
_POWER_FIRST = const(187)
_SQUARE = const(189)
_POWER_NEXT = const(191)
_INVERTED = const(194)


class Curve:
    """A curve's constants; all numbers are big-endian bytes of the field's size. Nothing in it changes.

    `field` and `order` are fields of the machine: (name, modulus, known answer). `base_table()` gives the comb's eight
    points x || y, or None where its module is not installed.
    """

    def __init__(self, group, field, order, b, base, base_table):
        self.group = group
        self.field = field
        self.order = order
        self.b = b
        self.base = base
        self.base_table = base_table
        self.size = len(b)


def check(curve, point):
    """Job: whether an uncompressed point (04 || x || y) is one of the curve; anything else is Fault(POINT_NOT_ON_CURVE)."""
    kernel = load_point(open_curve(curve, _SLOTS), curve, point)
    yield from enter_point(kernel, curve)
    kernel.wipe()


def multiply(curve, scalar, point):
    """Job: scalar times a point as 04 || x || y; a bytearray that its user wipes. The scalar is in [1, order - 1].

    Fault(POINT_NOT_ON_CURVE) if the point is not 04 || x || y of a point on the curve.
    """
    kernel = open_curve(curve, _SLOTS)
    try:
        load_point(kernel, curve, point)
        yield from enter_point(kernel, curve)
        yield from machine.run(kernel, PROGRAMS, table_script(_PUT), 16)
        return (yield from _finish(kernel, curve, scalar, window_digits, 4, _WINDOW, _SELECT))
    finally:
        kernel.wipe()


def multiply_base(curve, scalar):
    """Job: scalar times the base point, as `multiply`; by the comb if its table is installed."""
    table = curve.base_table()
    if table is None:
        return (yield from multiply(curve, scalar, curve.base))
    kernel = open_curve(curve, _SLOTS_BASE)
    try:
        load_base(kernel, curve, table)
        return (yield from _finish(kernel, curve, scalar, comb_digits, 1, _COMB, _SELECT_BASE))
    finally:
        kernel.wipe()


def invert(kernel, modulus):
    """Job: t1 to the power modulus - 2 in slot t1, where t0 = t1 holds an element: its inverse, by Fermat, with a fixed sequence."""
    yield from machine.run(kernel, PROGRAMS, _power_script(modulus), 4)


def open_curve(curve, slots):
    kernel = machine.open(curve.field, slots)
    kernel.load(_B, curve.b)
    kernel.run(PROGRAMS, bytes((_ENTER_B, 0)), 0, 2)
    return kernel


def load_point(kernel, curve, point):
    size = curve.size
    modulus = curve.field[1]
    if len(point) != 1 + 2 * size or point[0] != 4 or not (point[1 : 1 + size] < modulus and point[1 + size :] < modulus):
        raise Fault(_POINT_NOT_ON_CURVE)
    load_affine(kernel, curve, point)
    return kernel


def load_affine(kernel, curve, point):
    kernel.load(_X, point[1 : 1 + curve.size])
    kernel.load(_Y, point[1 + curve.size :])


def load_base(kernel, curve, table):
    """The comb's table, plain x || y, into the domain."""
    size = curve.size
    for i in range(8):
        kernel.load(_X, table[2 * size * i : 2 * size * i + size])
        kernel.load(_Y, table[2 * size * i + size : 2 * size * (i + 1)])
        kernel.run(PROGRAMS, bytes((_ENTER, 0, _PUT_BASE, i)), 0, 4)


def enter_point(kernel, curve):
    """Job: the affine accumulator, plain, becomes an element if it satisfies the curve's equation."""
    yield from machine.run(kernel, PROGRAMS, bytes((_ENTER, 0, _EQUATION, 0)), 4)
    if any(kernel.store(_T0)):
        raise Fault(_POINT_NOT_ON_CURVE)


def table_script(put):
    """Odd multiples 1, 3 .. 15 of the point in the accumulator."""
    script = bytearray((put, 0, _GIVE, 0, _DOUBLE, 1, _SWAP, 0))
    for i in range(1, 8):
        script.extend(bytes((_ADD, 0, put, i)))
    return script


def _finish(kernel, curve, scalar, digits_of, doublings, step, select):
    """Job: the fixed sequence for a secret scalar, its table being there: `doublings` and `step` for each digit; for the last one, its
    addend brought by `select`, the complete addition; then the way back to 04 || x || y.
    """
    script = _secret_script(curve, scalar, digits_of, doublings, step, select)
    try:
        yield from machine.run(kernel, PROGRAMS, script, 4 * doublings + 8)
    finally:
        wipe(script)
    yield from invert(kernel, curve.field[1])
    kernel.run(PROGRAMS, bytes((_LEAVE, 0)), 0, 2)
    return _affine(kernel, curve.size)


def _secret_script(curve, scalar, digits_of, doublings, step, select):
    signs, even = recode(scalar, curve.order[1])
    digits = digits_of(signs)
    middle = len(digits) - 2
    script = bytearray((select, 0, _TAKE, 0))
    script.extend(bytes((_DOUBLE, doublings, step, 0)) * middle)
    script.extend(bytes((_DOUBLE, doublings, select, 0, _HOMOGENEOUS_ADDEND, 0, _HOMOGENEOUS, 0, _ADD_COMPLETE, 0, _NEGATE, even << 7)))
    script.extend(bytes((_INVERTED, 0)))
    script[1] = digits[middle + 1]
    for i in range(middle):
        script[7 + 4 * i] = digits[middle - i]
    script[7 + 4 * middle] = digits[0]
    wipe(digits)
    return script


def _power_script(modulus):
    """t1 <- t0 ^ (modulus - 2), the exponent being public: windows of four bits, most significant first."""
    script = bytearray(bytes((_POWERS, 0)) * 15)
    for i in range(15):
        script[2 * i + 1] = i + 1
    first = True
    squarings = 0
    last = len(modulus) - 1
    for i in range(last + 1):
        byte = modulus[i] - 2 if i == last else modulus[i]
        for nibble in (byte >> 4, byte & 15):
            squarings += 4
            if nibble:
                script.extend(bytes((_POWER_FIRST, nibble) if first else (_SQUARE, squarings, _POWER_NEXT, nibble)))
                squarings = 0
                first = False
    if squarings:
        script.extend(bytes((_SQUARE, squarings)))
    return script


def _affine(kernel, size):
    """The plain affine accumulator as 04 || x || y."""
    point = bytearray(1 + 2 * size)
    point[0] = 4
    for slot, start in ((_X, 1), (_Y, 1 + size)):
        number = kernel.store(slot)
        point[start : start + size] = number
        wipe(number)
    return point
