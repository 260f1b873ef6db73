QEMU_ARCH = xtensa
QEMU_MACHINE = sim
CROSS_COMPILE = xtensa-lx106-elf-

# Loops that are memset or memcpy are not to be made calls of themselves.
CFLAGS += -mabi=windowed -mlongcalls -mtext-section-literals -fno-tree-loop-distribute-patterns
CFLAGS += -DMICROPY_HW_MCU_NAME='"Xtensa LX6"'
CFLAGS += -DMICROPY_EMIT_XTENSAWIN=1 -DMICROPY_NLR_SETJMP=1 -DMICROPY_GCREGS_SETJMP=1
LDFLAGS += -nostdlib -Wl,--no-warn-rwx-segments

LDSCRIPT = $(EMULATED)/xtensa/sim.ld
SRC_BOARD_O = shared/runtime/gchelper_generic.o $(addprefix xtensa/,startup.o setjmp.o integers.o floats.o)
MPY_CROSS_FLAGS += -march=xtensawin
LIBS =

include $(dir $(lastword $(MAKEFILE_LIST)))../qemu_common/common.mk
