"""The field machine: a kernel runs scripts of programs of field operations over the slots of a workspace.

A program is a run of four-byte operations (operation, d, a, b) on slots; a script is pairs (program, argument), where the argument is a
signed digit (bit 7 its sign, bits 5:0 an index) for the programs that select from a table, or how often the program repeats. The
sequence of programs never depends on a secret; the digits may be secret, and then the whole table is read for each.

Operations: 0 mul, 1 add, 2 sub, 3 copy, 4 select (d.. <- an entry of the table at a; b = entries | slots of each << 6),
5 cmov (d <- a if the digit is negative), 6 put (the reverse of select, public index), 7 end, 8 again.

Kernels keep numbers in a domain of their own (Montgomery's, with a radix of their own). Slot 0 is zero, slot 1 the plain 1, slot 2 the
square of the radix: so a program enters the domain by multiplying by slot 2 and leaves it by multiplying by slot 1.
"""

from latchkey.crypto import core

_kernels = {}  # name of a field -> class of its kernel, once chosen and tested


def open(field, slots):
    """A kernel's workspace of so many slots over a field: (name, modulus as big-endian bytes, known answer)."""
    name, modulus, _ = field
    kernel_class = _kernels.get(name)
    if kernel_class is None:
        kernel_class = _kernels[name] = _choose(field)
    return _prepare(kernel_class, modulus, slots)


def run(kernel, programs, script, multiplications):
    """Job: run a script whose entries take so many multiplications on average, in slices."""
    step = 2 * max(1, kernel.slice // multiplications)
    for start in range(0, len(script), step):
        kernel.run(programs, script, start, min(start + step, len(script)))
        yield 0


def kernel_name(field):
    """Which kernel runs a field here: "thumb2 umaal", "thumb2 umlal", "viper" or "portable"; for reports."""
    return open(field, 3).NAME


def _prepare(kernel_class, modulus, slots):
    kernel = kernel_class(modulus, slots)
    square = (1 << 2 * kernel.RADIX_BITS) % int.from_bytes(modulus, "big")
    kernel.load(1, (1).to_bytes(len(modulus), "big"))
    kernel.load(2, square.to_bytes(len(modulus), "big"))
    return kernel


def _choose(field):
    from latchkey.crypto.field.kernel_portable import Kernel

    return Kernel
