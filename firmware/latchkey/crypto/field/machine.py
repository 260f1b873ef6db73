"""The field machine: a kernel runs scripts of programs of field operations over the slots of a workspace.

A program is a run of four-byte operations (operation, d, a, b) on slots; a script is pairs (program, argument), where the argument is
how often the program repeats, or an index. A script is public, so the sequence of operations never depends on a secret. A secret scalar
stands in a slot, and `digit` makes a signed digit of its next bits the argument (bit 7 its sign, the low bits an index); the whole table
is read to select by it.

Operations: 0 mul, 1 add, 2 sub, 3 add2 (d = a + 2b), 4 sub2 (d = a - 2b), 5 copy, 6 select (d.. <- an entry of the table at a;
b = entries | slots of each << 6), 7 cmov (d <- a if the digit is negative), 8 put (the reverse of select, public index), 9 end, 10 again,
11 digit (argument <- the next digit of the scalar in d: see crypto/weierstrass.py; b = bits it is shifted by, 0 to begin).

Kernels keep numbers in a domain of their own (Montgomery's, with a radix of their own). Slot 0 is zero, slot 1 the plain 1, slot 2 the
square of the radix: so a program enters the domain by multiplying by slot 2 and leaves it by multiplying by slot 1, which alone
brings a number below the modulus: what is stored has left that way.
"""

from latchkey.crypto.util import borrow, give_back
from latchkey.errors import once

_ONCE = b"\x00\x00"
_REVERSE = const(12)  # operation: between big-endian bytes and words

_kernels = {}  # name of a field -> class of its kernel, once chosen and tested


def open(field, slots):
    """A kernel's workspace of so many slots, whose user ends it by `wipe`, over a field: (name, modulus as big-endian bytes, known answer,
    script of an inversion).
    """
    name, modulus = field[:2]
    kernel_class = _kernels.get(name)
    if kernel_class is None:
        kernel_class = _kernels[name] = once("latchkey.crypto.field", "choice").choose(field)
    return prepare(kernel_class, modulus, slots)


def run(kernel, programs, script, multiplications, times=1):
    """Job: run a script so many times, in slices; its entries take so many multiplications on average. What a slice has left is for the
    next script, unless it is little.
    """
    left = kernel.left
    size = len(script)
    for _ in range(times):
        start = 0
        while start < size:
            end = start + 2 * (left // multiplications or 1)
            if end > size:
                end = size
            kernel.run(programs, script, start, end)
            left -= (end - start >> 1) * multiplications
            start = end
            if left < multiplications:
                left = kernel.slice
                yield 0
    if 8 * left < 7 * kernel.slice:
        left = kernel.slice
        yield 0
    kernel.left = left


def kernel_name(field):
    """Which kernel runs a field here, "thumb2 umaal", "thumb2 umlal", "xtensa", "rv32", "viper" or "portable", for reports;
    `kernels.failed` has those that gave a wrong answer.
    """
    kernel = open(field, 3)
    kernel.wipe()
    return kernel.NAME


def prepare(kernel_class, modulus, slots):
    """A workspace of the given kernel, with slots 0, 1 and 2 set."""
    kernel = kernel_class(modulus, slots)
    kernel.left = 0  # multiplications before the next yield: soon, for nobody knows what went before
    square = (1 << 2 * kernel.RADIX_BITS) % int.from_bytes(modulus, "big")
    size = len(modulus)
    kernel.load(1, (1).to_bytes(size, "big") + square.to_bytes(size, "big"))
    return kernel


def fits(workspace, programs, script, part):
    """Whether the part of the script to be run is in it. Programs and workspaces are made here and fit by construction."""
    return len(script) >= (part & 0xFFFF) + 2 * (part >> 16)


class Workspace:
    """What kernels of machine code share: one bytearray, a header, then slots of `size` bytes, 32-bit words, the lowest first.

    See kernel_portable.py for what each method does.
    """

    DEAR = False

    def __init__(self, native, header, size, slots):
        self._native = native  # run(workspace, programs, script, part): tools/build/kernels/field_machine*.inc
        self._header = header
        self._size = size
        self._workspace = borrow(header + size * slots)
        self._swap = bytearray(b"\x0c\x00\x00\x00\x09\x00\x00\x00")
        self.RADIX_BITS = 8 * size

    def load(self, slot, data):
        at = self._header + self._size * slot
        self._workspace[at : at + len(data)] = data
        self._convert(_REVERSE, slot, len(data) // self._size)

    def store(self, slot, count=1):
        at = self._header + self._size * slot
        self._convert(_REVERSE, slot, count)
        data = self._workspace[at : at + self._size * count]
        self._convert(_REVERSE, slot, count)
        return data

    def wipe(self):
        give_back(self._workspace)

    def run(self, programs, script, start, end):
        self._native(self._workspace, programs, script, (end - start) << 15 | start)

    def _convert(self, operation, slot, count):
        swap = self._swap
        swap[0] = operation
        swap[1] = slot
        swap[3] = count
        self._native(self._workspace, swap, _ONCE, 1 << 16)
