// What happens before the port's main() gets to the REPL, put before the port's own functions by the linker's --wrap: the
// machine is set up, the heap gets the size the command line asks for, and the frozen _boot.py mounts the file systems.
#include <string.h>
#include "py/gc.h"
#include "py/mphal.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "shared/runtime/interrupt_char.h"
#include "shared/runtime/pyexec.h"
#include "board.h"

#define DEFAULT_HEAP (192 * 1024)

static char command_line[512];

const char *board_option(const char *name) {
    size_t length = strlen(name);
    for (const char *p = command_line; p != NULL; p = strchr(p, ' ')) {
        p += *p == ' ';
        if (strncmp(p, name, length) == 0 && p[length] == '=') {
            return p + length + 1;
        }
    }
    return NULL;
}

uint32_t board_option_number(const char *name, uint32_t otherwise) {
    const char *digits = board_option(name);
    if (digits == NULL) {
        return otherwise;
    }
    uint32_t number = 0;
    while (*digits >= '0' && *digits <= '9') {
        number = number * 10 + *digits++ - '0';
    }
    return number;
}

void __real_uart_init(void);
void __wrap_uart_init(void) {
    __real_uart_init();
    hw_init();
    struct { char *buf; size_t size; } arguments = { command_line, sizeof(command_line) };
    if (semihosting(SYS_GET_CMDLINE, &arguments) != 0) {
        command_line[0] = 0;
    }
}

void __real_gc_init(void *start, void *end);
void __wrap_gc_init(void *start, void *end) {
    (void)start;
    (void)end;
    #if defined(__XTENSA__)
    hw_forget_native_code(); // this runs at every soft reset
    #endif
    size_t size = board_option_number("heap", DEFAULT_HEAP);
    __real_gc_init(hw_heap, hw_heap + (size < hw_heap_max ? size : hw_heap_max));
}

void __real_mp_init(void);
void __wrap_mp_init(void) {
    __real_mp_init();
    pyexec_frozen_module("_boot.py", false);
}

// ---- the console

static uint8_t typed[512];
static ringbuf_t ahead = { typed, sizeof(typed), 0, 0 };

int __real_uart_rx_chr(void);

// Ctrl-C interrupts a program where it waits (not where it computes: there is no interrupt handler).
void board_console_poll(void) {
    for (int c; ringbuf_free(&ahead) && (c = __real_uart_rx_chr()) >= 0;) {
        if (c == mp_interrupt_char) {
            mp_sched_keyboard_interrupt();
        } else {
            ringbuf_put(&ahead, c);
        }
    }
}

int __wrap_uart_rx_chr(void) {
    board_console_poll();
    int c = ringbuf_get(&ahead);
    if (c < 0) {
        mp_event_wait_indefinite();
    }
    return c;
}

uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t flags) {
    board_console_poll();
    return (flags & MP_STREAM_POLL_WR) | (ringbuf_avail(&ahead) ? flags & MP_STREAM_POLL_RD : 0);
}
