QEMU_ARCH = riscv32
QEMU_MACHINE = virt

CFLAGS += -DQEMU_SOC_VIRT
CFLAGS += -DMICROPY_HW_MCU_NAME='"RV32IMAC"'

LDSCRIPT = mcu/rv32/virt.ld

SRC_BOARD_O += shared/runtime/gchelper_native.o shared/runtime/gchelper_rv32i.o

MPY_CROSS_FLAGS += -march=rv32imc

# The linker chooses the C library by the architecture's name without its extensions.
LIBS = -march=rv32imac

include $(dir $(lastword $(MAKEFILE_LIST)))../qemu_common/common.mk
