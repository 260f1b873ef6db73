"""Run at every start of an emulated board: a directory of the host at /host, and a RAM disk where one was asked for, at / as on most boards
or at /flash as on an STM32. What the ROMFS partition holds is at /rom already.
"""

import os
import sys

import emulator
import vfs

sys.path[:] = ["", ".frozen", "/host/lib", "/host"]
if "rom" in os.listdir("/"):
    sys.path[2:2] = "/rom", "/rom/lib"
vfs.mount(emulator.HostFS(), "/host", readonly=True)
place = emulator.option("disk")
if place:
    from ramdisk import mount

    mount(place)
    os.chdir(place)
    sys.path += ["/lib"] if place == "/" else [place, place + "/lib"]
