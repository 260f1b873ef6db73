# What the emulated boards share: ports/qemu of an untouched MicroPython source tree, with our configuration laid over
# the port's by file name alone. A board's mpconfigboard.mk sets QEMU_ARCH, QEMU_MACHINE, CFLAGS for its core, and includes this.

EMULATED := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))

USER_C_MODULES = $(EMULATED)
FROZEN_MANIFEST ?= $(EMULATED)/manifest.py
# micropython-lib is not part of Debian's source; nothing frozen here needs it, but its folder has to be one with a README.md.
MPY_LIB_DIR = $(TOP)/lib
MICROPY_ROM_TEXT_COMPRESSION = 0

# The port's static heap is replaced at start (support/start.c); this only has to be positive.
MICROPY_HEAP_SIZE = 1024

MICROPY_VFS_LFS2 = 1

CFLAGS += -DMP_CONFIGFILE='"$(EMULATED)/config.h"' -I$(EMULATED)

, := ,
# Functions of the port that support/ goes before.
LDFLAGS += $(addprefix -Wl$(,)--wrap=,uart_init uart_rx_chr mp_hal_stdio_poll gc_init mp_init)
