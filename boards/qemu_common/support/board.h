// What the emulated boards' support files share, and what each kind of machine has to provide (hw_*.c).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// QEMU's -icount shift=7: one instruction is 128 ns of the emulated machine's virtual time while it runs; while it is
// halted, virtual time follows the host's. 128 rather than 64, because two readings of a 40 ns counter then tell the number of
// instructions between them exactly.
#define NS_PER_INSTRUCTION (128)

// ---- the machine: hw_mps2.c, hw_nrf51.c, hw_rv32.c, hw_xtensa.c

// Nanoseconds of virtual time, as fine as the machine's counter is.
uint64_t hw_virtual_ns(void);

// Number of serial ports beside the console's; they are numbered from 1.
#define HW_UARTS (4)
void hw_init(void);
bool hw_uart_init(unsigned id);
int hw_uart_rx(unsigned id); // a byte, or -1
bool hw_uart_tx_full(unsigned id);
void hw_uart_tx(unsigned id, uint8_t byte);
bool hw_uart_rx_ready(unsigned id);

// Halts until a byte came for a port in use (also one that came since the last call), or `us` microseconds have passed.
void hw_halt(uint32_t us);

// ---- polled.c, for machines whose ports are files or calls of the emulator's, which announce nothing

#if defined(__XTENSA__) || defined(__ARM_ARCH_6M__)
#define HW_PORTS_ARE_POLLED (1)
#else
#define HW_PORTS_ARE_POLLED (0)
#endif
bool hw_console_ready(void);
void hw_nap(uint32_t us); // halts so long, or less

extern uint8_t *const hw_heap; // room for the heap, outside of the image
extern const size_t hw_heap_max;
extern uint8_t *const hw_disk; // room for the RAM disk
extern const size_t hw_disk_size;

#if defined(__XTENSA__)
uint32_t hw_native_code(void); // bytes of native code that were loaded since the last soft reset
void hw_forget_native_code(void);
uint32_t hw_traps(void); // MULUH that were emulated by the exception handler
#endif

// ---- clock.c; board_instructions and board_uncount_since of some machines are in their hw_*.c

#define HW_COUNTS_ITSELF (defined(__XTENSA__) || defined(__ARM_ARCH_6M__))

uint64_t board_instructions(void); // executed since start, without what was left out
void board_uncount_since(uint64_t instructions); // leaves out what was executed since board_instructions() gave this
void board_wait_us(uint32_t us); // as hw_halt; counts nothing
void board_wait_ms(int timeout_ms);
uint64_t board_ticks_us(void);

// ---- start.c

// The value of `name=value` on the command line the emulator was started with (-semihosting-config arg=), or NULL.
const char *board_option(const char *name);
uint32_t board_option_number(const char *name, uint32_t otherwise);

// ---- urandom.c

uint8_t board_urandom_byte(void); // for tests only

// ---- semihosting.c

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0a,
    SYS_FLEN = 0x0c,
    SYS_TIME = 0x11,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT = 0x18,
};
#define SYS_OPEN_UPDATE (3) // to read and to write
#define ADP_STOPPED_RUN_TIME_ERROR (0x20023)
intptr_t semihosting(int operation, void *arguments);
