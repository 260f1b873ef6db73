"""Run at every start of an emulated board: a directory of the host at /host, and a RAM disk where one was asked for."""

import sys

import emulator
import vfs

vfs.mount(emulator.HostFS(), "/host", readonly=True)
if emulator.option("disk"):
    from ramdisk import mount

    mount("/")
sys.path[:] = ["", ".frozen", "/host/lib", "/host"]
