// Halting where ports announce nothing: they are asked every millisecond.
#include "board.h"

#if HW_PORTS_ARE_POLLED

#define POLL_US (1000)

static bool something_ready(void) {
    for (unsigned id = 1; id <= HW_UARTS; id++) {
        if (hw_uart_rx_ready(id)) {
            return true;
        }
    }
    return hw_console_ready();
}

void hw_halt(uint32_t us) {
    while (us && !something_ready()) {
        uint32_t part = us < POLL_US ? us : POLL_US;
        hw_nap(part);
        us -= part;
    }
}

#endif
