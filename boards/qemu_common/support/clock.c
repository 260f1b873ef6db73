// Time and instruction counts.
//
// Python's clock runs as on a board of 100 MHz that takes one cycle an instruction, plus the time spent halted, which passes
// as the host's time does: a computation takes the same number of ticks in every run, and a peer on the host is given
// the time it needs.
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/timeutils/timeutils.h"
#include "board.h"

#define INSTRUCTIONS_PER_US (100)

static uint64_t halted_ns; // sum of all halts

#if !HW_COUNTS_ITSELF
static uint64_t counted;    // instructions up to the time counting was resumed last
static uint64_t resumed_ns; // that time

uint64_t board_instructions(void) {
    return counted + (hw_virtual_ns() - resumed_ns + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION;
}

void board_uncount_since(uint64_t instructions) {
    counted = instructions;
    resumed_ns = hw_virtual_ns();
}
#endif

void board_wait_us(uint32_t us) {
    uint64_t instructions = board_instructions();
    uint64_t start = hw_virtual_ns();
    hw_halt(us);
    halted_ns += hw_virtual_ns() - start;
    board_uncount_since(instructions);
}

void board_wait_ms(int timeout_ms) {
    // Bounded, so that a wait for an event that no serial port announces still looks again.
    board_wait_us(timeout_ms < 0 || timeout_ms > 1000 ? 1000000 : timeout_ms * 1000);
}

uint64_t board_ticks_us(void) {
    return board_instructions() / INSTRUCTIONS_PER_US + halted_ns / 1000;
}

mp_uint_t mp_hal_ticks_us(void) {
    return board_ticks_us();
}

mp_uint_t mp_hal_ticks_ms(void) {
    return board_ticks_us() / 1000;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return board_instructions();
}

void mp_hal_delay_us(mp_uint_t us) {
    uint64_t end = board_ticks_us() + us;
    for (uint64_t now = board_ticks_us(); now < end; now = board_ticks_us()) {
        board_wait_us(end - now);
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    mp_uint_t start = mp_hal_ticks_ms();
    for (mp_uint_t elapsed = 0; elapsed < ms; elapsed = mp_hal_ticks_ms() - start) {
        mp_event_wait_ms(ms - elapsed);
    }
}

// Seconds since the Epoch, which is 2000 on this port; the host counts from 1970.
uint64_t mp_hal_time_ns(void) {
    uint32_t since_1970 = semihosting(SYS_TIME, NULL);
    return (uint64_t)(since_1970 - TIMEUTILS_SECONDS_1970_TO_2000) * 1000000000;
}
