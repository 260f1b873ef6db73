// Arm MPS2 as QEMU emulates it (mps2-an385, -an386, -an500).
// Addresses and interrupt numbers: Arm DAI0385, DAI0400, section "Memory map" and "Interrupt assignments".
#include <string.h>
#include "py/mphal.h"
#include "board.h"

#if defined(__ARM_ARCH_ISA_THUMB) && !defined(__ARM_ARCH_6M__)

#define REG(address) (*(volatile uint32_t *)(address))

// CMSDK APB UART: one byte deep in each direction.
typedef struct {
    volatile uint32_t data, state, ctrl, int_clear, bauddiv;
} uart_t;
#define UART_TX_FULL   (1 << 0)
#define UART_RX_FULL   (1 << 1)
#define UART_CTRL      (0x1 | 0x2 | 0x8) // transmitter, receiver, receive interrupt
#define UART_INT_RX    (1 << 1)
static uart_t *const UARTS[] = {
    (uart_t *)0x40004000, (uart_t *)0x40005000, (uart_t *)0x40006000, (uart_t *)0x40007000, (uart_t *)0x40009000,
};
static const uint8_t UART_RX_IRQ[] = { 0, 2, 4, 18, 20 };

// CMSDK APB timer 0, 25 MHz, counting down to its interrupt.
#define TIMER_CTRL      REG(0x40000000)
#define TIMER_VALUE     REG(0x40000004)
#define TIMER_RELOAD    REG(0x40000008)
#define TIMER_INT_CLEAR REG(0x4000000c)
#define TIMER_IRQ       (8)
#define TIMER_RUN       (0x1 | 0x8)
#define TIMER_PER_US    (25)
#define MAX_HALT_US     (100000000u) // the timer counts to 171 s

// FPGA system control I/O: a 100 Hz and a 25 MHz counter, of 32 bits each.
#define FPGAIO_CLK100HZ REG(0x40028014)
#define FPGAIO_COUNTER  REG(0x40028018)

#define NVIC_ISER REG(0xe000e100)
#define NVIC_ISPR REG(0xe000e200)
#define NVIC_ICPR REG(0xe000e280)
#define VTOR      REG(0xe000ed08)
#define CPACR     REG(0xe000ed88)

// ZBT SSRAM 2 and 3, 4 MB.
uint8_t *const hw_heap = (uint8_t *)0x20000000;
const size_t hw_heap_max = 2 << 20;
uint8_t *const hw_disk = (uint8_t *)0x20200000;
const size_t hw_disk_size = 2 << 20;

static __attribute__((naked)) void hard_fault_entry(void) {
    __asm__ volatile ("mov r0, sp\n b hard_fault");
}

extern const uint32_t isr_vector[16]; // the port's
static uint32_t vectors[16] __attribute__((aligned(128)));

void hw_init(void) {
    __asm__ volatile ("cpsid i" ::: "memory");
    memcpy(vectors, isr_vector, sizeof(vectors));
    vectors[3] = (uint32_t)hard_fault_entry;
    VTOR = (uint32_t)vectors;
    CPACR |= 0xf << 20; // the floating-point unit on, where there is one
    NVIC_ISER = 1 << TIMER_IRQ;
    TIMER_RELOAD = 0; // once
    TIMER_CTRL = TIMER_RUN;
    hw_uart_init(0);
}

bool hw_uart_init(unsigned id) {
    UARTS[id]->bauddiv = 16;
    UARTS[id]->ctrl = UART_CTRL;
    NVIC_ISER = 1 << UART_RX_IRQ[id];
    return true;
}

bool hw_uart_rx_ready(unsigned id) {
    return UARTS[id]->state & UART_RX_FULL;
}

// The announcement of a byte is taken back before the byte is taken, so that the next one's can't be lost.
int hw_uart_rx(unsigned id) {
    UARTS[id]->int_clear = UART_INT_RX;
    NVIC_ICPR = 1 << UART_RX_IRQ[id];
    return UARTS[id]->data;
}

bool hw_uart_tx_full(unsigned id) {
    return UARTS[id]->state & UART_TX_FULL;
}

void hw_uart_tx(unsigned id, uint8_t byte) {
    UARTS[id]->data = byte;
}

// Interrupts wake the core but are never taken: PRIMASK is set for good, and WFI returns when one is pending.
// Setting the timer is slow in the emulator, and this is called for every byte of a burst: one that runs already and ends within
// the second half of the time is let be, so that the halt may be short; callers look at the clock.
void hw_halt(uint32_t us) {
    uint32_t ticks = us < MAX_HALT_US ? us * TIMER_PER_US : MAX_HALT_US * TIMER_PER_US;
    uint32_t left = TIMER_VALUE;
    if (left > ticks || left <= ticks / 2) {
        TIMER_VALUE = ticks;
    }
    __asm__ volatile ("wfi" ::: "memory");
    uint32_t pending = NVIC_ISPR;
    if (pending & (1 << TIMER_IRQ)) {
        TIMER_INT_CLEAR = 1;
    }
    for (size_t i = 0; i <= HW_UARTS; i++) {
        if (pending & (1 << UART_RX_IRQ[i])) {
            UARTS[i]->int_clear = UART_INT_RX;
        }
    }
    NVIC_ICPR = pending;
}

// The fast counter turns over every 172 s; the slow one tells how often it has.
uint64_t hw_virtual_ns(void) {
    uint64_t fast = FPGAIO_COUNTER;
    uint64_t about = (uint64_t)FPGAIO_CLK100HZ * 250000;
    uint64_t turns = (about - fast + (1u << 31)) >> 32;
    return ((turns << 32) + fast) * 40;
}

#endif
