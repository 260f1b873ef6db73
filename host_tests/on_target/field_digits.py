"""How kernels read a scalar: signed digits for windows and for combs that add up to it. `latchkey.crypto.weierstrass` says how."""

from latchkey.crypto import kernels, p256, p384
from latchkey.crypto.field import choice, kernel_portable, machine

END = b"\x09\x00\x00\x00"
SCALAR, INDEX, SIGN, ZERO, TABLE = 4, 5, 6, 7, 8


def _kernels():
    """A kernel of each kind over each curve's prime, with the numbers 0 to 7 in the table."""
    for field in (p256.CURVE.field, p384.CURVE.field):
        modulus = field[1]
        classes = [kernel_portable.Kernel]
        for module in choice.candidates(kernels.which(), field[0]):
            classes.append(__import__("latchkey.crypto.field.kernel_" + module, None, None, ("Kernel",)).Kernel)
        for kernel_class in classes:
            kernel = machine.prepare(kernel_class, modulus, 16)
            kernel.load(TABLE, b"".join([i.to_bytes(len(modulus), "big") for i in range(8)]))
            yield kernel, len(modulus)


def _scalars(size):
    bits = 8 * size
    return (1, 2, 3, 16, 30, (1 << bits) - 1, (1 << bits) - 2, 0x1234567 << 100, ((1 << bits) - 1) // 5 * 2, 3**80)


def _digit(kernel, shift):
    """(sign, index) of the next digit."""
    program = bytes((11, SCALAR, 0, shift, 6, INDEX, TABLE, 8 | 1 << 6, 5, SIGN, ZERO, 0, 7, SIGN, 1, 0)) + END
    kernel.run(program, b"\x00\x00", 0, 2)
    return kernel.store(SIGN)[-1], kernel.store(INDEX)[-1]


def _start(kernel, scalar, size):
    kernel.load(SCALAR, scalar.to_bytes(size, "big"))
    assert _digit(kernel, 0) == ((scalar & 1) ^ 1, 0), (kernel.NAME, scalar)


def digits_of_windows_add_up_to_the_odd_scalar():
    for kernel, size in _kernels():
        for scalar in _scalars(size):
            _start(kernel, scalar, size)
            total = 0
            for i in range(2 * size):
                negative, index = _digit(kernel, 4)
                assert i or not negative  # the first is positive
                value = 2 * index + 1
                total = 16 * total + (-value if negative else value)
            assert total == scalar | 1, (kernel.NAME, scalar)


def digits_of_combs_add_up_to_the_odd_scalar():
    for kernel, size in _kernels():
        width = 2 * size
        weights = [(1 << 3 * width) + sum((1 if i >> t & 1 else -1) << t * width for t in range(3)) for i in range(8)]
        for scalar in _scalars(size):
            _start(kernel, scalar, size)
            total = 0
            for _ in range(width):
                negative, index = _digit(kernel, 1)
                total = 2 * total + (-weights[index] if negative else weights[index])
            assert total == scalar | 1, (kernel.NAME, scalar)
