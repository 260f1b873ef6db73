QEMU_ARCH = arm
QEMU_MACHINE = mps2-an500

CFLAGS += -mthumb -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16
CFLAGS += -DQEMU_SOC_MPS2
CFLAGS += -DMICROPY_HW_MCU_NAME='"Cortex-M7"'
CFLAGS += -DBOARD_ROM_START=0x60000000 # the PSRAM

LDSCRIPT = $(EMULATED)/mps2.ld

SRC_BOARD_O = shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb2.o

MPY_CROSS_FLAGS += -march=armv7emsp

# MicroPython's own tls and cryptolib, on Debian's mbedTLS, unpacked beside MicroPython (the tree's lib/mbedtls is empty).
MICROPY_PY_SSL = 1
MICROPY_SSL_MBEDTLS = 1
override MBEDTLS_DIR = ../mbedtls

include $(dir $(lastword $(MAKEFILE_LIST)))../qemu_common/common.mk
