"""Pairs of numbers through one operation of a field's kernel, for the host to judge."""

from latchkey.crypto import kernels, p256, p384, x25519
from latchkey.crypto.field import choice, kernel_portable, machine

FIELDS = {field[0]: field for field in (p256.CURVE.field, p256.CURVE.order, p384.CURVE.field, p384.CURVE.order, x25519.FIELD)}
_A, _B, _D = 4, 5, 6
_SQUARE = 5  # the first number times itself: a kernel may do that in its own way


def every_kernel(name):
    """Every kernel of this core's for a field."""
    for module in list(choice.candidates(kernels.which(), name)):
        yield __import__("latchkey.crypto.field.kernel_" + module, None, None, ("Kernel",)).Kernel
    yield kernel_portable.Kernel


def names(name):
    print(*choice.candidates(kernels.which(), name), "portable")


def results(name, which, operation, path, header=0, size=0):
    """The radix, then what `operation` makes of each pair in a file: numbers as they stand in slots. They are loaded, or, where
    the size of a slot is given, put into the workspace as the file has them.
    """
    modulus = FIELDS[name][1]
    kernel = machine.prepare(list(every_kernel(name))[which], modulus, 8)
    # what comes out is multiplied by the radix's square and by 1: the same number, below the modulus
    work = (0, _D, _A, _A) if operation == _SQUARE else (operation, _D, _A, _B)
    program = bytes(work + (0, _D, _D, 2, 0, _D, _D, 1, 9, 0, 0, 0))
    pair = 2 * (size or len(modulus))
    at = header + size * _A
    print(kernel.RADIX_BITS)
    with open(path, "rb") as file:
        while True:
            data = file.read(pair)
            if not data:
                break
            if size:
                kernel._workspace[at : at + pair] = data
            else:
                kernel.load(_A, data)
            kernel.run(program, b"\0\0", 0, 2)
            print(kernel.store(_D).hex())
    kernel.wipe()
