// nRF51 as QEMU emulates it (its machine microbit), which has a Cortex-M0, given more memory than such a chip has.
// Addresses, and interrupt numbers, which are their bits 12 to 16: nRF51 Series Reference Manual 3.0, sections 18 (TIMER) and 29 (UART).
//
// The chip's one serial port is the console. The others are terminals of the host's, read and written by semihosting as files are; a read
// that finds nothing returns at once, since their VMIN and VTIME are 0 (tools/laboratory/emulator.py).
#include <string.h>
#include "py/mphal.h"
#include "board.h"

#if defined(__ARM_ARCH_6M__)

#define REG(address) (*(volatile uint32_t *)(address))

#define UART_START_RX   REG(0x40002000)
#define UART_START_TX   REG(0x40002008)
#define UART_RX_READY   REG(0x40002108)
#define UART_TX_READY   REG(0x4000211c)
#define UART_INTEN_SET  REG(0x40002304)
#define UART_ENABLE     REG(0x40002500)
#define UART_RX         REG(0x40002518)
#define UART_TX         REG(0x4000251c)
#define UART_IRQ        (2)
#define UART_INT_RX     (1 << 2)

// TIMER0, 32 bits that count at 16 MHz.
#define TIMER_START     REG(0x40008000)
#define TIMER_CAPTURE_0 REG(0x40008040)
#define TIMER_COMPARE_1 REG(0x40008144)
#define TIMER_INTEN_SET REG(0x40008304)
#define TIMER_BITMODE   REG(0x40008508)
#define TIMER_PRESCALER REG(0x40008510)
#define TIMER_CC_0      REG(0x40008540)
#define TIMER_CC_1      REG(0x40008544)
#define TIMER_IRQ       (8)
#define TIMER_INT_1     (1 << 17)
#define TIMER_32_BITS   (3)
#define TIMER_PER_US    (16)

#define NVIC_ISER REG(0xe000e100)
#define NVIC_ICPR REG(0xe000e280)

// Behind the RAM that nrf51.ld has.
uint8_t *const hw_heap = (uint8_t *)0x20100000;
const size_t hw_heap_max = 2 << 20;
uint8_t *const hw_disk = (uint8_t *)0x20300000;
const size_t hw_disk_size = 2 << 20;

__attribute__((naked)) void __wrap_HardFault_Handler(void) {
    __asm__ volatile ("mov r0, sp\n bl hard_fault");
}

void hw_init(void) {
    __asm__ volatile ("cpsid i" ::: "memory");
    TIMER_BITMODE = TIMER_32_BITS;
    TIMER_PRESCALER = 0;
    TIMER_INTEN_SET = TIMER_INT_1;
    TIMER_START = 1;
    NVIC_ISER = 1 << TIMER_IRQ | 1 << UART_IRQ;
}

// ---- the console

void uart_init(void) {
    UART_ENABLE = 4;
    UART_INTEN_SET = UART_INT_RX;
    UART_START_RX = 1;
    UART_START_TX = 1;
}

// Taken back before the byte is taken, so that the next one's announcement can't be lost.
int uart_rx_chr(void) {
    if (!UART_RX_READY) {
        return -1;
    }
    UART_RX_READY = 0;
    return UART_RX;
}

void uart_tx_strn(const char *buffer, size_t length) {
    for (size_t i = 0; i < length; i++) {
        UART_TX_READY = 0;
        UART_TX = buffer[i];
        while (!UART_TX_READY) {
        }
    }
}

// ---- serial ports

static struct {
    intptr_t file;
    uint8_t next, end;
    uint8_t came[64]; // taken all at once: a call that finds nothing is as dear as one that does
} ports[HW_UARTS + 1];

bool hw_uart_init(unsigned id) {
    if (ports[id].file > 0) {
        return true;
    }
    char option[] = "uart0", path[32];
    option[4] += id;
    const char *value = board_option(option);
    size_t length = value == NULL ? 0 : strcspn(value, " ");
    if (length == 0 || length >= sizeof(path)) {
        return false;
    }
    memcpy(path, value, length);
    path[length] = 0;
    uintptr_t arguments[] = { (uintptr_t)path, SYS_OPEN_UPDATE, length };
    ports[id].file = semihosting(SYS_OPEN, arguments);
    return ports[id].file > 0;
}

bool hw_uart_rx_ready(unsigned id) {
    if (ports[id].next >= ports[id].end && ports[id].file > 0) {
        uintptr_t arguments[] = { ports[id].file, (uintptr_t)ports[id].came, sizeof(ports[id].came) };
        size_t left = semihosting(SYS_READ, arguments);
        ports[id].next = 0;
        ports[id].end = left <= sizeof(ports[id].came) ? sizeof(ports[id].came) - left : 0;
    }
    return ports[id].next < ports[id].end;
}

int hw_uart_rx(unsigned id) {
    return hw_uart_rx_ready(id) ? ports[id].came[ports[id].next++] : -1;
}

bool hw_uart_tx_full(unsigned id) {
    (void)id;
    return false; // the terminal's other end is always read
}

void hw_uart_tx(unsigned id, uint8_t byte) {
    uintptr_t arguments[] = { ports[id].file, (uintptr_t)&byte, 1 };
    semihosting(SYS_WRITE, arguments);
}

// ---- time

static uint32_t ticks(void) {
    TIMER_CAPTURE_0 = 1;
    return TIMER_CC_0;
}

// Interrupts wake the core but are never taken: PRIMASK is set for good, and WFI returns when one is pending.
void hw_nap(uint32_t us) {
    TIMER_COMPARE_1 = 0;
    NVIC_ICPR = 1 << TIMER_IRQ | 1 << UART_IRQ; // a line that is still up stays pending
    TIMER_CC_1 = ticks() + us * TIMER_PER_US;
    __asm__ volatile ("wfi" ::: "memory");
}

bool hw_console_ready(void) {
    return UART_RX_READY;
}

// The counter turns over every 268 s of virtual time; this has to be called more often.
uint64_t hw_virtual_ns(void) {
    static uint32_t last, high;
    uint32_t now = ticks();
    if (now < last) {
        high++;
    }
    last = now;
    return ((uint64_t)high << 32 | now) * 125 / 2;
}

// A tick is 62.5 ns, not much less than half an instruction's 128: only what lies between two looks can be told exactly.
static uint64_t counted;
static uint32_t resumed;

uint64_t board_instructions(void) {
    uint32_t now = ticks();
    counted += ((uint64_t)(now - resumed) * 125 + NS_PER_INSTRUCTION) / (2 * NS_PER_INSTRUCTION);
    uint64_t count = counted;
    resumed = now;
    return count;
}

void board_uncount_since(uint64_t instructions) {
    counted = instructions;
    resumed = ticks();
}

#endif
