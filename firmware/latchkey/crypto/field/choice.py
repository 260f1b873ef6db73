"""Which kernel runs a field here: loaded for the choice, and dropped after it."""

from latchkey.crypto import kernels
from latchkey.crypto.field.machine import prepare
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


def choose(field):
    """The class of the kernel for a field as in `machine.open`: the first that suits the core, is installed, and gives the known answer."""
    name, modulus, answer = field[:3]
    for candidate in candidates(kernels.which(), name):
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
    kind = "thumb2_" + code if code in ("umaal", "umlal") else code if code in ("xtensa", "rv32") else None
    if kind:
        if special:
            yield kind + "_" + special
        if name != "p256":
            yield kind + "_montgomery"
    if code and special:
        yield "viper_" + special


def known_answer(kernel_class, modulus):
    """Eight bytes that every kernel must come to; the tests have them from plain integers."""
    from hashlib import sha256

    size = len(modulus)
    kernel = prepare(kernel_class, modulus, _SLOTS)
    number = bytearray(size)
    for slot in (_B, _X, _Y, _SCALAR, _SCALAR2):
        for i in range(size):
            number[i] = (11 * i + 29 * slot) & 63
        kernel.load(slot, number)
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
