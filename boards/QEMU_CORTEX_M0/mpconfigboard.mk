QEMU_ARCH = arm
QEMU_MACHINE = microbit

CFLAGS += -mthumb -mcpu=cortex-m0 -mfloat-abi=soft
CFLAGS += -DMICROPY_HW_MCU_NAME='"Cortex-M0"'
# As the RP2040's firmware has it: py/mpconfig.h
CFLAGS += -DMICROPY_EMIT_THUMB_ARMV7M=0 -DMICROPY_EMIT_INLINE_THUMB_FLOAT=0

LDSCRIPT = $(EMULATED)/nrf51.ld

SRC_BOARD_O = shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb1.o

MPY_CROSS_FLAGS += -march=armv6m

include $(dir $(lastword $(MAKEFILE_LIST)))../qemu_common/common.mk

# The core's vectors can't be moved.
LDFLAGS += -Wl,--wrap=HardFault_Handler
