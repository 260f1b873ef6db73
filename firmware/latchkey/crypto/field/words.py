"""What kernels of machine code share: a workspace of 32-bit words."""

from latchkey.crypto import room

_ONCE = b"\x00\x00"
_REVERSE = const(12)  # operation: between big-endian bytes and words


def fits(workspace, programs, script, part):
    """Whether the part of the script to be run is in it. Programs and workspaces are made here and fit by construction."""
    return len(script) >= (part & 0xFFFF) + 2 * (part >> 16)


class Workspace:
    """One bytearray: a header, then slots of `size` bytes, lowest word first. See kernel_portable.py for what each method does."""

    DEAR = False

    def __init__(self, native, header, size, slots):
        self._native = native  # run(workspace, programs, script, part): tools/build/kernels/field_machine*.inc
        self._header = header
        self._size = size
        self._workspace = room.take(header + size * slots)
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
        room.give(self._workspace)

    def run(self, programs, script, start, end):
        self._native(self._workspace, programs, script, (end - start) << 15 | start)

    def _convert(self, operation, slot, count):
        swap = self._swap
        swap[0] = operation
        swap[1] = slot
        swap[3] = count
        self._native(self._workspace, swap, _ONCE, 1 << 16)
