"""Points on the curves y^2 = x^3 - 3x + b of prime order n: multiplication by a secret.

It runs a fixed sequence: signed odd digits, Jacobian additions, complete additions at the end. An even scalar k is computed as
k + 1, and the point taken off at the end (an odd one has infinity taken off). Why that is right for every odd k in [1, n] and every point
P: a Jacobian addition goes wrong only for equal or opposite points, or one at infinity. Let A P be in the accumulator and d the next digit,
both odd, |d| <= 15, so that 16 A P and d P are added. In the integers 16 A >= 16 > |d|; and 16 A + |d| < n before the last digit, because
what follows must still multiply by 16 and end at n or below. The last addition can meet 16 A = n + d or n - d: it is a complete one.
The comb for the base point, of four teeth w bits apart: after j columns A is a sum of teeth 2^(w t) a_t with |a_t| < 2^j, and of the
column C to be added |a_t| = 1: so 2A +- C is odd, not 0, and before the last column below n in size. The last addition is complete again.

How a secret scalar is read: an odd number k of m bits is a sum of +-2^i for i = 0 .. m - 1; the sign at i is plus where bit i of (k >> 1) +
2^(m - 1) is set. Four such signs make a digit out of +-1, +-3 .. +-15, never 0, so a multiplication needs no step to be left out (M. Joye,
M. Tunstall, "Exponent recoding and regular exponentiation algorithms", 2009). The field machine's operation `digit` does this, from the
highest on: sign of the digit = the highest of its four signs, index = the others, inverted if that is a minus. A window's four signs stand
side by side, and index i is the odd number 2i + 1; a comb's stand a quarter of the scalar apart.
"""

from latchkey.crypto.field import machine
from latchkey.crypto.field.weierstrass import PROGRAMS
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_POINT_NOT_ON_CURVE = const(600)

# Slots and entries: tools/build/field/weierstrass.prog
_B = const(3)
_T0 = const(4)
_X = const(12)
_SCALAR = const(21)
_BASE = const(47)
_SLOTS = const(47)  # without a base table
_SLOTS_BASE = const(63)  # with the comb's

_DOUBLE = const(0)
_START = const(18)
_START_COMB = const(27)
_PARITY = const(29)
_WINDOW = const(33)
_ADD = const(37)
_COMB = const(60)
_ADD_COMPLETE = const(82)
_SELECT = const(122)
_SELECT_BASE = const(127)
_HOMOGENEOUS = const(133)
_HOMOGENEOUS_ADDEND = const(137)
_TAKE = const(145)
_GIVE = const(149)
_SWAP = const(153)
_PUT = const(163)
_ENTER_BASE = const(180)
_ENTER = const(176)
_ENTER_B = const(197)
_EQUATION = const(199)
_LEAVE = const(208)
_INVERTED = const(233)


class Curve:
    """A curve's constants; all numbers are big-endian bytes of the field's size. Nothing in it changes but the `table`, once loaded.

    `field` and `order` are fields of the machine: (name, modulus, known answer, script of an inversion). `base_table()` gives the
    comb's eight points x || y, or None where its module is not installed.
    """

    table: Any = None

    def __init__(self, group, field, order, b, base, base_table):
        self.group = group
        self.field = field
        self.order = order
        self.b = b
        self.base = base
        self.base_table = base_table
        self.size = len(b)


def multiply(curve, scalar, point):
    """Job: scalar times a point as 04 || x || y; a bytearray that its user wipes. The scalar is in [1, order - 1].

    Fault(POINT_NOT_ON_CURVE) if the point is not 04 || x || y of a point on the curve.
    """
    kernel = open_curve(curve, _SLOTS)
    try:
        load_point(kernel, curve, point)
        yield from enter_point(kernel, curve)
        kernel.load(_SCALAR, scalar)
        kernel.run(PROGRAMS, bytes((_START, 0)), 0, 2)
        yield from machine.run(kernel, PROGRAMS, table_script(_PUT), 16)
        return (yield from _finish(kernel, curve, _SELECT, bytes((_DOUBLE, 4, _WINDOW, 0)), 2 * curve.size, 24))
    finally:
        kernel.wipe()


def multiply_base(curve, scalar):
    """Job: scalar times the base point, as `multiply`; by the comb if its table is installed."""
    table = curve.base_table()
    if table is None:
        return (yield from multiply(curve, scalar, curve.base))
    kernel = open_curve(curve, _SLOTS_BASE)
    try:
        load_base(kernel, table)
        load_affine(kernel, curve.base)
        kernel.load(_SCALAR, scalar)
        kernel.run(PROGRAMS, bytes((_ENTER, 0, _START, 0, _START_COMB, 0)), 0, 6)
        return (yield from _finish(kernel, curve, _SELECT_BASE, bytes((_DOUBLE, 1, _COMB, 0)), 2 * curve.size, 10))
    finally:
        kernel.wipe()


def check(curve, point):
    """Job: a point that somebody else will multiply; Fault(POINT_NOT_ON_CURVE) unless it is 04 || x || y of one on the curve."""
    kernel = open_curve(curve, _SLOTS)
    try:
        load_point(kernel, curve, point)
        yield from enter_point(kernel, curve)
    finally:
        kernel.wipe()


def invert(kernel, field):
    """Job: element t1 to the power modulus - 2: its inverse, by Fermat, with a fixed sequence."""
    yield from machine.run(kernel, PROGRAMS, field[3], 32)


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
    load_affine(kernel, point)
    return kernel


def load_affine(kernel, point):
    """x and y of 04 || x || y into the accumulator."""
    kernel.load(_X, point[1:])


def load_base(kernel, table):
    """The comb's table, plain x || y, into the domain."""
    kernel.load(_BASE, table)
    kernel.run(PROGRAMS, bytes((_ENTER_BASE, 0)), 0, 2)


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


def _finish(kernel, curve, select, step, digits, multiplications):
    """Job: the fixed sequence for the scalar and the table in the kernel: `step` for each digit but the first and the last, which `select`
    brings; the complete additions; and the way back to 04 || x || y. A step has so many multiplications for each of its two programs.
    """
    kernel.run(PROGRAMS, bytes((select, 0, _TAKE, 0)), 0, 4)
    yield from machine.run(kernel, PROGRAMS, step * (digits // 2 - 1), multiplications, 2)
    last = step[:2] + bytes((select, 0, _HOMOGENEOUS_ADDEND, 0, _HOMOGENEOUS, 0, _ADD_COMPLETE, 0))
    yield from machine.run(kernel, PROGRAMS, last + bytes((_PARITY, 0, _ADD_COMPLETE, 0, _INVERTED, 0)), 10)
    yield from invert(kernel, curve.field)
    kernel.run(PROGRAMS, bytes((_LEAVE, 0)), 0, 2)
    coordinates = kernel.store(_X, 2)
    product = bytearray(b"\x04")
    product.extend(coordinates)
    wipe(coordinates)
    return product


def draw(order, random):
    """A scalar out of [1, order - 1], by rejection sampling, as big-endian bytes; its user wipes it."""
    scalar = bytearray(len(order))
    while True:
        random.fill(scalar)
        if in_range(scalar, order):
            return scalar


def in_range(scalar, order):
    """Whether 0 < scalar < order, without a branch on the scalar's bytes."""
    borrow = 0
    some = 0
    for i in range(len(order) - 1, -1, -1):
        borrow = (scalar[i] - order[i] - borrow) >> 8 & 1
        some |= scalar[i]
    return borrow == 1 and some != 0
