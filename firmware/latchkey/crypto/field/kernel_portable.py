"""The field machine in plain Python integers: runs everywhere, for any modulus. Its time depends on the operands.

Integers are not wiped, only forgotten: what is secret in here stays in the heap until it is overwritten.
"""

_FACTORS = (0, 1, -1, 2, -2)  # d = a + factor b


class Kernel:
    """Slots of integers modulo `modulus` (big-endian bytes). The domain is the plain one: its radix is 1."""

    NAME = "portable"
    RADIX_BITS = 0
    DEAR = True  # an inversion by Fermat costs more than one by Euclid

    def __init__(self, modulus, slots):
        self._modulus = int.from_bytes(modulus, "big")
        self._size = len(modulus)
        self._slots = [0] * slots
        self.slice = 6400 // len(modulus)  # multiplications: about 3 M instructions on a 32-bit board

    def load(self, slot, data):
        """A slot from big-endian bytes of a number below the modulus."""
        self._slots[slot] = int.from_bytes(data, "big")

    def store(self, slot):
        """A slot that holds a plain number, as a new bytearray, big-endian."""
        return bytearray(self._slots[slot].to_bytes(self._size, "big"))

    def wipe(self):
        """Forget every slot."""
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
            elif operation < 5:  # add, sub, add2, sub2
                s[d] = (s[a] + _FACTORS[operation] * s[b]) % modulus
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
            else:  # again
                argument -= 1
                if not argument:
                    return
                at = first
