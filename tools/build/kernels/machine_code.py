"""Machine code in the place of viper functions: the step that makes a kernel's .mpy for cores whose firmware runs no inline assembler.

In a kernel's source a viper function without parameters stands for each piece of machine code:

    # Machine code of tools/build/kernels/NAME.s, which tools/build/mpy puts in the place of this function
    @micropython.viper
    def _code():
        pass

`assemble.py` writes what its source yields to made/KERNEL.hex; `put` exchanges the code of these functions, in their order, when the kernel
is compiled. MicroPython then calls it as it calls its own (py/objfun.c, fun_viper_call): with the function, the number of arguments, that
of keywords, and the address of the arguments, in the first four argument registers. How that is used: field_machine_rv32.inc.
"""

from __future__ import annotations

from pathlib import Path

from tools.build.places import ROOT
from tools.build.plain import Plain

MADE = ROOT / "tools/build/kernels/made"

# The format of a .mpy file: MicroPython's py/persistentcode.c, version 6.
_NATIVE, _VIPER, _ASM = 1, 2, 3
_NO_DATA, _TUPLE = 4, 10  # constants up to _NO_DATA are but a type
_STRINGS = (5, 6)  # str and bytes end in a zero
_ARCH_FLAGS = 0x40


def made(module: str) -> Path:
    """The file with the machine code of a kernel, which most modules do not have."""
    return MADE / f"{module}.hex"


def write(module: str, codes: list[bytes]) -> str:
    """What that file should hold."""
    lines = [f"{module}: machine code for its functions, by python -m tools.build.kernels.assemble"]
    for code in codes:
        lines.append(f"{len(code)} bytes")
        lines += [code[i : i + 40].hex() for i in range(0, len(code), 40)]
    return "\n".join(lines) + "\n"


def read(module: str) -> list[bytes]:
    """The machine code of each of a kernel's functions."""
    parts: list[list[str]] = []
    for line in made(module).read_text().splitlines()[1:]:
        if line.endswith(" bytes"):
            parts.append([])
        else:
            parts[-1].append(line)
    return [bytes.fromhex("".join(part)) for part in parts]


def put(mpy: bytes, codes: list[bytes]) -> bytes:
    """A .mpy file with the code of its viper functions exchanged, one by one."""
    return _Exchange(mpy, codes).result()


class _Exchange:
    def __init__(self, mpy: bytes, codes: list[bytes]) -> None:
        self._mpy = mpy
        self._at = 0
        self._codes = list(codes)
        self._out = bytearray()
        self._copied = 0  # of the file

    def result(self) -> bytes:
        self._head()
        self._function()
        if self._codes or self._at != len(self._mpy):
            raise Plain(f"{len(self._codes)} pieces of machine code without a viper function to stand in")
        return bytes(self._out + self._mpy[self._copied :])

    def _head(self) -> None:
        self._at = 4  # M, version, features, bits of a small int
        if self._mpy[2] & _ARCH_FLAGS:
            self._number()
        names, constants = self._number(), self._number()
        for _ in range(names):
            length = self._number()
            if not length & 1:  # else one of those that every firmware has
                self._at += (length >> 1) + 1
        for _ in range(constants):
            self._constant()

    def _constant(self) -> None:
        kind = self._mpy[self._at]
        self._at += 1
        if kind <= _NO_DATA:
            return
        length = self._number()
        if kind == _TUPLE:
            for _ in range(length):
                self._constant()
        else:
            self._at += length + (kind in _STRINGS)

    def _function(self) -> None:
        """A function with all that are defined in it: length << 3 | has any << 2 | kind, its code, and what else its kind has."""
        start = self._at
        head = self._number()
        kind, length = head & 3, head >> 3
        self._at += length
        if kind == _NATIVE:
            self._number()
        elif kind in (_VIPER, _ASM):
            flags = self._number()
            if kind == _VIPER:
                self._exchange(start, head, flags)
            else:
                for _ in range(2):
                    self._number()
        if head & 4:
            for _ in range(self._number()):
                self._function()

    def _exchange(self, start: int, head: int, flags: int) -> None:
        if flags or head & 4 or not self._codes:
            raise Plain("a viper function that does not stand for machine code")
        code = self._codes.pop(0)
        self._out += self._mpy[self._copied : start] + _number(len(code) << 3 | _VIPER) + code + b"\0"
        self._copied = self._at

    def _number(self) -> int:
        """Seven bits a byte, the highest first."""
        value = 0
        while True:
            byte = self._mpy[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value


def _number(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
