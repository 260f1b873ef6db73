// QEMU's RISC-V "virt" machine. Its one serial port is the console; the others are a card on the PCI bus (-device pci-serial-4x,
// in slot 1): four 16550s in one block of I/O ports.
// Addresses: QEMU's hw/riscv/virt.c; registers: RISC-V privileged architecture 3.1, PCI Local Bus 3.0 section 6, 16550A datasheet.
#include "board.h"

#if defined(__riscv)

#define REG32(address) (*(volatile uint32_t *)(address))
#define REG16(address) (*(volatile uint16_t *)(address))

#define PCI_SERIAL    (0x30000000 + (1 << 15)) // configuration space of bus 0, slot 1
#define PCI_COMMAND   (PCI_SERIAL + 0x04)
#define PCI_BAR0      (PCI_SERIAL + 0x10)
#define PCI_IO        (0x03000000) // window onto the bus's I/O ports
#define IO_PORTS      (0x1000)
#define PLIC          (0x0c000000)
#define PLIC_ENABLE   (PLIC + 0x2000) // of the first context, machine mode of core 0
#define PLIC_CLAIM    (PLIC + 0x200004)
#define CONSOLE_IRQ   (10)
#define PCI_IRQ       (33) // the first of four is 32; slot 1, pin A
#define CLINT_TIMECMP (0x02004000)
#define CLINT_TIME    (0x0200bff8) // 10 MHz
#define TIME_PER_US   (10)

// 16550A
typedef struct {
    volatile uint8_t data, interrupt_enable, fifo_control, line_control, modem_control, line_status;
} uart_t;
#define UART_DATA_READY (0x01)
#define UART_TX_EMPTY   (0x20)
#define UART_RX_INT     (0x01)
#define UART_FIFO_14    (0xc1) // announce 14 bytes, or fewer after the time of four
#define UART_DIVISOR    (0x80) // data and interrupt_enable are the divisor's bytes
#define UART_8N1        (0x03)
static uart_t *const CONSOLE = (uart_t *)0x10000000;

static uart_t *uart(unsigned id) {
    return id == 0 ? CONSOLE : (uart_t *)(PCI_IO + IO_PORTS + 8 * (id - 1));
}

uint8_t *const hw_heap = (uint8_t *)0x84000000;
const size_t hw_heap_max = 2 << 20;
uint8_t *const hw_disk = (uint8_t *)0x85000000;
const size_t hw_disk_size = 2 << 20;

static void enable_interrupt(unsigned irq) {
    REG32(PLIC + 4 * irq) = 1; // priority
    REG32(PLIC_ENABLE + 4 * (irq / 32)) |= 1 << irq % 32;
}

// Interrupts wake the core but are never taken: mstatus.MIE stays clear, and WFI heeds mie alone.
void hw_init(void) {
    REG32(PCI_BAR0) = IO_PORTS;
    REG16(PCI_COMMAND) = 1; // answer to I/O ports
    enable_interrupt(CONSOLE_IRQ);
    enable_interrupt(PCI_IRQ);
    __asm__ volatile ("csrc mstatus, %0" :: "r" (0x8));
    __asm__ volatile ("csrs mie, %0" :: "r" (0x880)); // machine external, machine timer
    for (unsigned id = 0; id <= HW_UARTS; id++) {
        uart(id)->line_control = UART_DIVISOR | UART_8N1;
        uart(id)->data = 1; // 115200 baud: what the time of four bytes goes by
        uart(id)->interrupt_enable = 0;
        uart(id)->line_control = UART_8N1;
        uart(id)->fifo_control = UART_FIFO_14; // empties the port, so now and not when it is opened
        uart(id)->interrupt_enable = UART_RX_INT;
    }
}

bool hw_uart_init(unsigned id) {
    return id <= HW_UARTS;
}

bool hw_uart_rx_ready(unsigned id) {
    return uart(id)->line_status & UART_DATA_READY;
}

int hw_uart_rx(unsigned id) {
    return uart(id)->data;
}

bool hw_uart_tx_full(unsigned id) {
    return !(uart(id)->line_status & UART_TX_EMPTY);
}

void hw_uart_tx(unsigned id, uint8_t byte) {
    uart(id)->data = byte;
}

// A byte that waits unread in a port wakes again and again; callers that wait for time alone then go round without counting.
void hw_halt(uint32_t us) {
    uint64_t end = ((uint64_t)REG32(CLINT_TIME + 4) << 32 | REG32(CLINT_TIME)) + (uint64_t)us * TIME_PER_US;
    REG32(CLINT_TIMECMP + 4) = 0xffffffff;
    REG32(CLINT_TIMECMP) = end;
    REG32(CLINT_TIMECMP + 4) = end >> 32;
    __asm__ volatile ("wfi" ::: "memory");
    REG32(CLINT_TIMECMP + 4) = 0xffffffff;
    for (uint32_t irq; (irq = REG32(PLIC_CLAIM)) != 0;) {
        REG32(PLIC_CLAIM) = irq;
        if (hw_uart_rx_ready(0) || irq == PCI_IRQ) {
            break; // pending until its bytes are read
        }
    }
}

// Under -icount QEMU's cycle counter is virtual time in nanoseconds.
uint64_t hw_virtual_ns(void) {
    uint32_t high, low, again;
    do {
        __asm__ volatile ("rdcycleh %0\n rdcycle %1\n rdcycleh %2" : "=r" (high), "=r" (low), "=r" (again));
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

#endif
