"""What `latchkey flash` asks of a board's file system. It runs on boards that have no latchkey yet, and little heap."""

import gc
import os
import sys


def facts():
    """Where modules are found and files lie, which native code is taken, and how large a ROMFS partition there is."""
    image = 0
    try:
        import vfs

        if vfs.rom_ioctl(1) > 0:
            image = len(vfs.rom_ioctl(2, 0))
    except (ImportError, AttributeError, OSError, TypeError):
        pass  # firmware before 1.25, or built without
    machine = getattr(sys.implementation, "_machine", sys.platform)
    native = getattr(sys.implementation, "_mpy", 0)
    return {"path": sys.path, "home": os.getcwd(), "machine": machine, "mpy": native, "version": sys.version, "romfs": image}


def space(folder):
    """`(bytes that are free, bytes of a block)` of the file system that a folder lies in."""
    state = os.statvfs(folder)
    return state[0] * state[3], state[0]


def make(folder):
    """A folder, and those above it."""
    at = 0
    while at >= 0:
        at = folder.find("/", at + 1)
        try:
            os.mkdir(folder if at < 0 else folder[:at])
        except OSError:
            pass  # it is there, or the next step says that it is not


def walk(folder, within=""):
    """Print the path of each file under a folder that there is."""
    try:
        entries = list(os.ilistdir(folder + "/" + within if within else folder))
    except OSError:
        return
    for entry in entries:
        if entry[1] & 0x4000:
            walk(folder, within + entry[0] + "/")
        else:
            print(within + entry[0])


def hashes(names):
    """Print for each file its size and its SHA-256, "-" for one that is not there."""
    from binascii import hexlify
    from hashlib import sha256

    buffer = memoryview(bytearray(512))
    for name in names:
        try:
            digest, size = sha256(), 0
            with open(name, "rb") as file:
                n = file.readinto(buffer)
                while n:
                    digest.update(buffer[:n])
                    size += n
                    n = file.readinto(buffer)
            print(size, hexlify(digest.digest()).decode())
        except OSError:
            print("-")
        gc.collect()
