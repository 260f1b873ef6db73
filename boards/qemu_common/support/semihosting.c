// Semihosting: calls the emulator answers itself. Used for the command line, the time of day and the host's files; a call
// takes no virtual time.
#include "board.h"

#if !defined(__XTENSA__) // hw_xtensa.c has its own

intptr_t semihosting(int operation, void *arguments) {
    #if defined(__riscv)
    register intptr_t number __asm__ ("a0") = operation;
    register void *block __asm__ ("a1") = arguments;
    __asm__ volatile (
        ".balign 16\n"
        ".option push\n"
        ".option norvc\n"
        "slli zero, zero, 0x1f\n"
        "ebreak\n"
        "srai zero, zero, 7\n"
        ".option pop\n"
        : "+r" (number) : "r" (block) : "memory");
    #else
    register intptr_t number __asm__ ("r0") = operation;
    register void *block __asm__ ("r1") = arguments;
    __asm__ volatile ("bkpt 0xab" : "+r" (number) : "r" (block) : "memory");
    #endif
    return number;
}

#endif
