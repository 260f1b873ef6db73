// QEMU's Xtensa machine "sim". Console, files and serial ports are SIMCALLs, which QEMU answers itself (its target/xtensa/xtensa-semi.c).
#include <string.h>
#include "py/mphal.h"
#include "py/persistentcode.h"
#include "py/runtime.h"
#include "board.h"

#if defined(__XTENSA__)

enum {
    SIM_EXIT = 1,
    SIM_READ = 3,
    SIM_WRITE = 4,
    SIM_OPEN = 5,
    SIM_CLOSE = 6,
    SIM_LSEEK = 19,
    SIM_SELECT = 29,
    SIM_ARGC = 1000,
    SIM_ARGV_SIZE,
    SIM_ARGV,
};
enum { TO_READ = 1, TO_WRITE = 2 }; // of SIM_SELECT
int simcall(int operation, intptr_t a, intptr_t b, intptr_t c, intptr_t d); // xtensa/startup.S

#define CLOCK_MHZ   (40) // of QEMU's core de212: a count of CCOUNT is 25 ns
#define TIMER_IRQ   (6)
#define TRAP_COST   (81) // instructions that _illegal takes more than the one MULUH it stands for

uint8_t *const hw_heap = (uint8_t *)0x61000000;
const size_t hw_heap_max = 16 << 20;
uint8_t *const hw_disk = (uint8_t *)0x62000000;
const size_t hw_disk_size = 2 << 20;

struct {
    uint32_t a[16], pc, cause, address, ps;
    uint32_t traps; // MULUH that the exception handler did
} exception_registers;

static uint32_t ccount(void) {
    uint32_t count;
    __asm__ volatile ("rsr.ccount %0" : "=r" (count) :: "memory");
    return count;
}

// ---- start and end

extern char _bss_start[], _bss_end[];
int main(int argc, char **argv);
void __wrap_uart_init(void);

void start(void) {
    memset(_bss_start, 0, _bss_end - _bss_start);
    __wrap_uart_init(); // a call to uart_init() from the file that has it would not be wrapped
    main(0, NULL);
    simcall(SIM_EXIT, 0, 0, 0, 0);
}

void exit(int status) {
    for (;;) {
        simcall(SIM_EXIT, status, 0, 0, 0);
    }
}

__attribute__((used)) void fatal_exception(void) {
    mp_printf(&mp_plat_print, "exception %u: pc %08x, address %08x, ps %08x\n", (unsigned)exception_registers.cause,
        (unsigned)exception_registers.pc, (unsigned)exception_registers.address, (unsigned)exception_registers.ps);
    for (int i = 0; i < 16; i++) {
        mp_printf(&mp_plat_print, "a%d %08x%s", i, (unsigned)exception_registers.a[i], i % 4 == 3 ? "\n" : "  ");
    }
    exit(3);
}

// ---- native code, as on an ESP32: copied to memory of its own, which is given back by a soft reset alone

#define NATIVE_CODE (0x40000000)
#define NATIVE_CODE_SIZE (128 << 10)
static uint32_t native_code_used;

void *board_native_code_commit(void *code, size_t length, void *reloc) {
    length = (length + 7) & ~7;
    if (native_code_used + length > board_option_number("native", NATIVE_CODE_SIZE)) {
        m_malloc_fail(length);
    }
    uint8_t *to = (uint8_t *)NATIVE_CODE + native_code_used;
    native_code_used += length;
    if (reloc) {
        mp_native_relocate(reloc, code, (uintptr_t)to);
    }
    memcpy(to, code, length);
    return to;
}

uint32_t hw_native_code(void) {
    return native_code_used;
}

void hw_forget_native_code(void) {
    native_code_used = 0;
}

// ---- the console

void uart_init(void) {
}

static bool ready(int fd, int what) {
    int32_t no_time[2] = { 0, 0 };
    return simcall(SIM_SELECT, fd, what, (intptr_t)no_time, 0) > 0;
}

// QEMU keeps up to 16 bytes, and fills them up while it is asked for some: they are taken all at once, so that it seldom does both.
static uint8_t typed[16];
static intptr_t typed_next, typed_end;

bool hw_console_ready(void) {
    if (typed_next >= typed_end && ready(0, TO_READ)) {
        typed_next = 0;
        typed_end = simcall(SIM_READ, 0, (intptr_t)typed, sizeof(typed), 0);
    }
    return typed_next < typed_end; // -1 at an error
}

int uart_rx_chr(void) {
    return hw_console_ready() ? typed[typed_next++] : -1;
}

void uart_tx_strn(const char *buffer, size_t length) {
    simcall(SIM_WRITE, 1, (intptr_t)buffer, length, 0);
}

// ---- serial ports: descriptors that QEMU was given

static int ports[HW_UARTS + 1];

void hw_init(void) {
}

bool hw_uart_init(unsigned id) {
    char name[] = "uart0";
    name[4] += id;
    ports[id] = board_option_number(name, 0);
    return ports[id] > 0;
}

bool hw_uart_rx_ready(unsigned id) {
    return ports[id] > 0 && ready(ports[id], TO_READ);
}

int hw_uart_rx(unsigned id) {
    uint8_t byte = 0;
    if (simcall(SIM_READ, ports[id], (intptr_t)&byte, 1, 0) != 1) {
        ports[id] = -1; // the other end is closed
    }
    return byte;
}

bool hw_uart_tx_full(unsigned id) {
    return !ready(ports[id], TO_WRITE);
}

void hw_uart_tx(unsigned id, uint8_t byte) {
    simcall(SIM_WRITE, ports[id], (intptr_t)&byte, 1, 0);
}

// ---- time

void hw_nap(uint32_t us) {
    uint32_t end = ccount() + us * CLOCK_MHZ + 1;
    __asm__ volatile (
        "wsr.ccompare0 %0\n"
        "wsr.intenable %1\n"
        "rsync\n"
        "waiti 0\n"
        "rsil %0, 15\n"
        : "+r" (end) : "r" (1 << TIMER_IRQ) : "memory");
}

// The counter turns over every 107 s of virtual time; this has to be called more often.
uint64_t hw_virtual_ns(void) {
    static uint32_t last, high;
    uint32_t now = ccount();
    if (now < last) {
        high++;
    }
    last = now;
    return ((uint64_t)high << 32 | now) * (1000 / CLOCK_MHZ);
}

// 64-bit arithmetic takes an instruction more where there is a carry: what is done here is never counted.
static uint64_t counted;
static uint32_t resumed, traps;

uint64_t board_instructions(void) {
    uint32_t now = ccount();
    counted += ((uint64_t)(now - resumed) * (1000 / CLOCK_MHZ) + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION;
    counted -= (exception_registers.traps - traps) * TRAP_COST;
    uint64_t count = counted;
    traps = exception_registers.traps;
    resumed = ccount();
    return count;
}

void board_uncount_since(uint64_t instructions) {
    counted = instructions;
    traps = exception_registers.traps;
    resumed = ccount();
}

uint32_t hw_traps(void) {
    return exception_registers.traps;
}

// ---- semihosting in Arm's terms, which the other boards speak

static intptr_t length_of(intptr_t file) {
    uint8_t byte;
    if (simcall(SIM_READ, file, (intptr_t)&byte, 1, 0) < 0) {
        return 4096; // a directory
    }
    intptr_t length = simcall(SIM_LSEEK, file, 0, 2, 0);
    simcall(SIM_LSEEK, file, 0, 0, 0);
    return length;
}

// The arguments, with a space between. QEMU 7.2 writes the pointers to them wrongly; the strings follow those one by one.
static intptr_t command_line(char *out, size_t size) {
    static uint32_t words[256];
    if ((size_t)simcall(SIM_ARGV_SIZE, 0, 0, 0, 0) > sizeof(words)) {
        return -1;
    }
    simcall(SIM_ARGV, (intptr_t)words, 0, 0, 0);
    int argc = simcall(SIM_ARGC, 0, 0, 0, 0);
    const char *from = (const char *)&words[argc + 1];
    size_t n = 0;
    for (int i = 0; i < argc; i++) {
        for (; *from && n < size - 2; from++) {
            out[n++] = *from;
        }
        from++;
        out[n++] = ' ';
    }
    out[n ? n - 1 : 0] = 0;
    return 0;
}

intptr_t semihosting(int operation, void *arguments) {
    uintptr_t *a = arguments;
    switch (operation) {
        case SYS_OPEN:
            return simcall(SIM_OPEN, a[0], 0, 0, 0);
        case SYS_CLOSE:
            return simcall(SIM_CLOSE, a[0], 0, 0, 0);
        case SYS_READ: {
            intptr_t n = simcall(SIM_READ, a[0], a[1], a[2], 0);
            return (intptr_t)a[2] - (n < 0 ? 0 : n);
        }
        case SYS_SEEK:
            return simcall(SIM_LSEEK, a[0], a[1], 0, 0) == (intptr_t)a[1] ? 0 : -1;
        case SYS_FLEN:
            return length_of(a[0]);
        case SYS_TIME: // there is no call for it: the emulator is told at its start
            return board_option_number("epoch", 0) + board_ticks_us() / 1000000;
        case SYS_GET_CMDLINE:
            return command_line((char *)a[0], a[1]);
        case SYS_EXIT:
            exit(1);
    }
    return -1;
}

#endif
