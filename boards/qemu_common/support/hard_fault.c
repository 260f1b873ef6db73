// A fault of an Arm core ends the emulator, after saying where it was; the port's handler would go round for ever.
#include "py/mphal.h"
#include "board.h"

#if defined(__ARM_ARCH_ISA_THUMB)

#if defined(__ARM_ARCH_6M__)
#define CFSR (0) // there is none
#else
#define CFSR (*(volatile uint32_t *)0xe000ed28)
#endif

// With interrupts masked every fault is a HardFault. `frame`: r0-r3, r12, lr, pc, xpsr (ARMv7-M Architecture Reference Manual, B1.5.6).
__attribute__((used)) void hard_fault(const uint32_t *frame) {
    mp_printf(&mp_plat_print, "HardFault: pc %08x lr %08x r0 %08x r1 %08x r2 %08x r3 %08x CFSR %08x\n",
        (unsigned)frame[6], (unsigned)frame[5], (unsigned)frame[0], (unsigned)frame[1], (unsigned)frame[2],
        (unsigned)frame[3], (unsigned)CFSR);
    semihosting(SYS_EXIT, (void *)ADP_STOPPED_RUN_TIME_ERROR);
}

#endif
