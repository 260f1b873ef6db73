"""A littlefs in memory outside of the heap. Its contents outlive a soft reset, not the emulator."""

import emulator
import vfs

_BLOCK = const(4096)


class RAMDisk:
    """Block device over a bytearray (extended interface: littlefs reads and programs within a block)."""

    def __init__(self, memory):
        self.memory = memoryview(memory)

    def readblocks(self, block, buf, offset=0):
        start = block * _BLOCK + offset
        buf[:] = self.memory[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        start = block * _BLOCK + offset
        self.memory[start : start + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.memory) // _BLOCK
        if op == 5:
            return _BLOCK
        return 0


def mount(path):
    """Mount the disk at `path`, formatted if it is new. Large transfers: each is a call into Python."""
    disk = RAMDisk(emulator.disk())
    try:
        fs = vfs.VfsLfs2(disk, readsize=512, progsize=512)
    except OSError:
        vfs.VfsLfs2.mkfs(disk, readsize=512, progsize=512)
        fs = vfs.VfsLfs2(disk, readsize=512, progsize=512)
    vfs.mount(fs, path)
