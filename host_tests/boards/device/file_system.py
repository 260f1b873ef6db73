"""A board's file system in memory, as its port makes it, and whether what is to be copied there fits."""

import errno
import os

import vfs

_FULL = (28, errno.EACCES)  # ENOSPC; what FAT says where a folder has no room for a name


class Flash:
    """A block device, by the protocol that littlefs wants and FAT takes."""

    def __init__(self, block, size):
        self.block = block
        self.data = bytearray(size)

    def readblocks(self, n, buf, offset=0):
        at = n * self.block + offset
        buf[:] = memoryview(self.data)[at : at + len(buf)]

    def writeblocks(self, n, buf, offset=0):
        at = n * self.block + offset
        self.data[at : at + len(buf)] = buf

    def ioctl(self, what, _):
        return {4: len(self.data) // self.block, 5: self.block, 6: 0}.get(what, 0)


def make_folder(path):
    if path:
        make_folder(path.rpartition("/")[0])
        try:
            os.mkdir("/board/" + path)
        except OSError as e:
            if e.errno != errno.EEXIST:
                raise


def fits(kind, block, size, files):
    """Copy files: the name of each on the board, and its path on this machine, or how many octets it has."""
    flash = Flash(block, size)
    made = vfs.VfsFat if kind == "fat" else vfs.VfsLfs2
    made.mkfs(flash)
    vfs.mount(made(flash), "/board")
    try:
        for name, source in files:
            make_folder(name.rpartition("/")[0])
            with open("/board/" + name, "wb") as file:
                file.write(bytes(source) if isinstance(source, int) else open(source, "rb").read())
    except OSError as e:
        if e.errno not in _FULL:
            raise
        return False
    return True
