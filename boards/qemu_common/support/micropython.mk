SRC_USERMOD_C += $(addprefix $(USERMOD_DIR)/,clock.c start.c semihosting.c host_fs.c modemulator.c rom.c hard_fault.c polled.c hw_mps2.c hw_nrf51.c hw_rv32.c hw_xtensa.c mbedtls_port.c)
SRC_C += shared/timeutils/timeutils.c
