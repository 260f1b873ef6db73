"""The field machine in plain Python integers: runs everywhere, for any modulus. Its time depends on the operands.

Integers are not wiped, only forgotten: what is secret in here stays in the heap until it is overwritten.
"""


class Kernel:
    """Slots of integers modulo `modulus` (big-endian bytes). The domain is the plain one: its radix is 1."""

    NAME = "portable"
    RADIX_BITS = 0
    DEAR = True  # an inversion by Fermat costs more than one by Euclid

    def __init__(self, modulus, slots):
        self._modulus = int.from_bytes(modulus, "big")
        self._size = len(modulus)
        self._slots = [0] * slots
        self.slice = 5000 // len(modulus)  # multiplications: about 3 M instructions on a 32-bit board

    def load(self, slot, data):
        """Slots from this one on, from big-endian bytes of numbers below the modulus, one after the other."""
        size = self._size
        data = memoryview(data)  # a slice would be a copy that nobody wipes
        for start in range(0, len(data), size):
            self._slots[slot] = int.from_bytes(data[start : start + size], "big")
            slot += 1

    def store(self, slot, count=1):
        """So many slots that hold plain numbers, as a new bytearray, big-endian."""
        data = bytearray()
        for i in range(slot, slot + count):
            data.extend((self._slots[i] % self._modulus).to_bytes(self._size, "big"))
        return data

    def wipe(self):
        """Forget every slot: the end of this workspace."""
        for i in range(len(self._slots)):
            self._slots[i] = 0

    def run(self, programs, script, start, end):
        """Run the script's pairs (program, argument) from byte `start` to byte `end`."""
        for i in range(start, end, 2):
            self._run(programs, 4 * script[i], script[i + 1])

    def _run(self, programs, first, argument):
        modulus = self._modulus
        s = self._slots
        at = first
        while True:
            operation = programs[at]
            d = programs[at + 1]
            a = programs[at + 2]
            b = programs[at + 3]
            at += 4
            if operation == 0:
                s[d] = s[a] * s[b] % modulus
            elif operation == 1:  # sums and differences are left for the next multiplication to reduce
                s[d] = s[a] + s[b]
            elif operation == 2:
                s[d] = s[a] - s[b]
            elif operation == 3:  # add2
                s[d] = s[a] + 2 * s[b]
            elif operation == 4:  # sub2
                s[d] = s[a] - 2 * s[b]
            elif operation == 5:  # copy
                s[d] = s[a]
            elif operation == 6:  # select: b = entries | slots of each << 6
                a += (argument & 63) * (b >> 6)
                for i in range(b >> 6):
                    s[d + i] = s[a + i]
            elif operation == 7:  # conditional move, by the digit's sign
                if argument & 128:
                    s[d] = s[a]
            elif operation == 8:  # put
                d += argument * (b >> 6)
                for i in range(b >> 6):
                    s[d + i] = s[a + i]
            elif operation == 9:  # end
                return
            elif operation == 10:  # again
                argument -= 1
                if not argument:
                    return
                at = first
            else:
                argument = self._digit(d, b)

    def _digit(self, slot, shift):
        """The next digit of a scalar in a slot, as an argument; shift 0: make it one, the argument's sign is set if it was even."""
        bits = 8 * self._size
        scalar = self._slots[slot]
        if shift == 0:
            self._slots[slot] = scalar >> 1 | 1 << bits - 1
            return (scalar & 1 ^ 1) << 7
        scalar <<= shift
        self._slots[slot] = scalar & (1 << bits) - 1
        if shift == 4:
            signs = scalar >> bits
        else:
            signs = 0
            for i in range(1, 5):
                signs |= (scalar >> (bits >> 2) * i & 1) << i - 1
        negative = signs >> 3 ^ 1
        return negative << 7 | (signs ^ -negative) & 7
