"""The field machine: a kernel runs scripts of programs of field operations over the slots of a workspace.

A program is a run of four-byte operations (operation, d, a, b) on slots; a script is pairs (program, argument), where the argument is
how often the program repeats, or an index. A script is public, so the sequence of operations never depends on a secret. A secret scalar
stands in a slot, and `digit` makes a signed digit of its next bits the argument (bit 7 its sign, the low bits an index); the whole table
is read to select by it.

Operations: 0 mul, 1 add, 2 sub, 3 add2 (d = a + 2b), 4 sub2 (d = a - 2b), 5 copy, 6 select (d.. <- an entry of the table at a;
b = entries | slots of each << 6), 7 cmov (d <- a if the digit is negative), 8 put (the reverse of select, public index), 9 end, 10 again,
11 digit (argument <- the next digit of the scalar in d: see scalar.py; b = bits it is shifted by, 0 to begin).

Kernels keep numbers in a domain of their own (Montgomery's, with a radix of their own). Slot 0 is zero, slot 1 the plain 1, slot 2 the
square of the radix: so a program enters the domain by multiplying by slot 2 and leaves it by multiplying by slot 1.
"""

from micropython import const

from latchkey.crypto.field.weierstrass import PROGRAMS

_SLOTS = const(63)  # of the known-answer test; slots and entries: tools/build/field/weierstrass.prog
_B = const(3)
_X = const(12)
_Y = const(13)
_SCALAR = const(21)
_SCALAR2 = const(22)
_ENTER = const(176)
_ENTER_B = const(197)
_PUT = const(163)
_PUT_BASE = const(167)
_GIVE = const(149)
_DOUBLE = const(0)
_ADD = const(37)
_START = const(18)
_WINDOW = const(33)
_PARITY = const(29)
_ADD_COMPLETE = const(82)
_COMB = const(60)
_INVERTED = const(233)
_POWER_BASE = const(220)
_POWER_ODD = const(223)
_POWER_PUT = const(224)
_POWER_FIRST = const(226)
_SQUARE = const(228)
_POWER_NEXT = const(230)
_LEAVE = const(208)

_kernels = {}  # name of a field -> class of its kernel, once chosen and tested


def open(field, slots):
    """A kernel's workspace of so many slots, whose user ends it by `wipe`, over a field: (name, modulus as big-endian bytes, known answer,
    script of an inversion).
    """
    name, modulus = field[:2]
    kernel_class = _kernels.get(name)
    if kernel_class is None:
        kernel_class = _kernels[name] = _choose(field)
    return prepare(kernel_class, modulus, slots)


def run(kernel, programs, script, multiplications):
    """Job: run a script whose entries take so many multiplications on average, in slices."""
    step = 2 * max(1, kernel.slice // multiplications)
    for start in range(0, len(script), step):
        kernel.run(programs, script, start, min(start + step, len(script)))
        yield 0


def kernel_name(field):
    """Which kernel runs a field here, "thumb2 umaal", "thumb2 umlal", "xtensa", "rv32", "viper" or "portable", for reports;
    `kernels.failed` has those that gave a wrong answer.
    """
    kernel = open(field, 3)
    kernel.wipe()
    return kernel.NAME


def known_answer(kernel_class, modulus):
    """Eight bytes that every kernel must come to; the tests have them from plain integers."""
    from hashlib import sha256

    size = len(modulus)
    kernel = prepare(kernel_class, modulus, _SLOTS)
    for slot in (_B, _X, _Y, _SCALAR, _SCALAR2):
        kernel.load(slot, bytes([(11 * i + 29 * slot) & 63 for i in range(size)]))
    # every operation: doubling, all additions, tables and signed digits of both kinds, powers
    for script in (
        (_ENTER_B, 0, _ENTER, 0, _START, 0, _PUT, 4, _PUT, 7, _PUT, 1, _GIVE, 0, _DOUBLE, 2, _PUT_BASE, 6, _PUT_BASE, 3, _ADD, 0),
        (_WINDOW, 0, _WINDOW, 0, _COMB, 0, _COMB, 0, _ADD_COMPLETE, 0, _PARITY, 0, _ADD_COMPLETE, 0, _INVERTED, 0, _POWER_BASE, 0),
        (_POWER_ODD, 1, _POWER_PUT, 2, _POWER_FIRST, 2, _SQUARE, 3, _POWER_NEXT, 1, _LEAVE, 0),
    ):
        kernel.run(PROGRAMS, bytes(script), 0, len(script))
    answer = sha256(kernel.store(_X, 2)).digest()[:8]
    kernel.wipe()
    return answer


def prepare(kernel_class, modulus, slots):
    """A workspace of the given kernel, with slots 0, 1 and 2 set."""
    kernel = kernel_class(modulus, slots)
    square = (1 << 2 * kernel.RADIX_BITS) % int.from_bytes(modulus, "big")
    kernel.load(1, (1 << 8 * len(modulus) | square).to_bytes(2 * len(modulus), "big"))
    return kernel


def _choose(field):
    from latchkey.crypto import core, kernels

    name, modulus, answer = field[:3]
    for candidate in candidates(core.which(), name):
        module = kernels._import("latchkey.crypto.field.kernel_" + candidate)
        if not module:
            continue
        if known_answer(module.Kernel, modulus) == answer:
            return module.Kernel
        if candidate not in kernels.failed:  # it may have been chosen before, and dropped since
            kernels.failed.append(candidate)
    from latchkey.crypto.field.kernel_portable import Kernel

    return Kernel


def candidates(code, name):
    """Modules that may run a field on this core, the best first."""
    special = name if name in ("p256", "p384") else None
    if code in ("xtensa", "rv32"):
        yield code + ("_p256" if name == "p256" else "_montgomery")
    if code in ("umaal", "umlal"):
        yield "thumb2_{}_{}".format(code, "p256" if name == "p256" else "montgomery")
    if code and special:
        yield "viper_" + special
