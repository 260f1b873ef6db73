"""Machine code in the place of viper functions (tools/build/kernels/machine_code.py): the one way it is called.

MicroPython hands such a function its arguments as they are, and the viper prologue that looked at them is gone. The code takes the
octets of a bytes or bytearray object at the address that stands in its fourth word, and the number out of the object of a small int.
"""

_BUFFERS = (bytes, bytearray)  # a memoryview has an offset besides, an array.array items of other sizes
_MOST = const(0x3FFFFFFF)  # of a small int


def function(code, fits):
    """`code` as a function of three buffers and a number that is not negative; `fits(a, b, c, number)` says whether it stays within them.

    ImportError where no machine code is in its place: the module was compiled by something else than tools/build.
    """
    if code() is None:
        raise ImportError("no machine code")

    both = code, fits  # in one variable: a closure over two would allocate when it is called with four arguments

    def call(a, b, c, number):
        if type(a) not in _BUFFERS or type(b) not in _BUFFERS or type(c) not in _BUFFERS or type(number) is not int:
            raise TypeError("bytes, bytearray, int")
        if not (0 <= number <= _MOST and both[1](a, b, c, number)):
            raise ValueError("length")
        return both[0](a, b, c, number)

    return call
