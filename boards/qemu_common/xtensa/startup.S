// Start-up and exception vectors of QEMU's Xtensa machine "sim", for the windowed ABI (Xtensa ISA Reference Manual, 4.7 and 5.4).
    .macro registers op
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \op a\n, a0, 4 * \n
    .endr
    .endm

// An exception leaves through its vector with a0 in EXCSAVE1; the other registers go to exception_registers (hw_xtensa.c), a0 first.
#define EPC   (4 * 16)
#define TRAPS (4 * 20)
#define PS_AT_START 0x4000f // WOE: windows are saved and brought back; no interrupt is taken

    .section .vectors, "ax"
    .global _vectors
    .align 1024
_vectors:
    .org 0x00
_WindowOverflow4:
    s32e a0, a5, -16
    s32e a1, a5, -12
    s32e a2, a5, -8
    s32e a3, a5, -4
    rfwo
    .org 0x40
_WindowUnderflow4:
    l32e a0, a5, -16
    l32e a1, a5, -12
    l32e a2, a5, -8
    l32e a3, a5, -4
    rfwu
    .org 0x80
_WindowOverflow8:
    s32e a0, a9, -16
    l32e a0, a1, -12
    s32e a1, a9, -12
    s32e a2, a9, -8
    s32e a3, a9, -4
    s32e a4, a0, -32
    s32e a5, a0, -28
    s32e a6, a0, -24
    s32e a7, a0, -20
    rfwo
    .org 0xc0
_WindowUnderflow8:
    l32e a0, a9, -16
    l32e a1, a9, -12
    l32e a2, a9, -8
    l32e a7, a1, -12
    l32e a3, a9, -4
    l32e a4, a7, -32
    l32e a5, a7, -28
    l32e a6, a7, -24
    l32e a7, a7, -20
    rfwu
    .org 0x100
_WindowOverflow12:
    s32e a0, a13, -16
    l32e a0, a1, -12
    s32e a1, a13, -12
    s32e a2, a13, -8
    s32e a3, a13, -4
    s32e a4, a0, -48
    s32e a5, a0, -44
    s32e a6, a0, -40
    s32e a7, a0, -36
    s32e a8, a0, -32
    s32e a9, a0, -28
    s32e a10, a0, -24
    s32e a11, a0, -20
    rfwo
    .org 0x140
_WindowUnderflow12:
    l32e a0, a13, -16
    l32e a1, a13, -12
    l32e a2, a13, -8
    l32e a11, a1, -12
    l32e a3, a13, -4
    l32e a4, a11, -48
    l32e a5, a11, -44
    l32e a6, a11, -40
    l32e a7, a11, -36
    l32e a8, a11, -32
    l32e a9, a11, -28
    l32e a10, a11, -24
    l32e a11, a11, -20
    rfwu
// MOVSP needs the caller's registers, which were spilled: turned into the underflow that brings them back, and tried again.
_alloca:
    rsr.windowbase a0
    rotw -1
    rsr.ps a2
    extui a3, a2, 8, 4
    xor a3, a3, a4
    rsr.excsave1 a4
    slli a3, a3, 8
    xor a2, a2, a3
    wsr.ps a2
    rsync
    bbci a4, 31, 1f
    rotw -1
    bbci a8, 30, 2f
    rotw -1
    j _WindowUnderflow12
1:  j _WindowUnderflow4
2:  j _WindowUnderflow8
    .align 4
_fatal_address: .word _fatal
_illegal_address: .word _illegal
    .org 0x300
    wsr.excsave1 a0
    j _exception
    .org 0x340
    wsr.excsave1 a0
    j _exception
    .org 0x3c0
    wsr.excsave1 a0
    j _exception
    .org 0x3d0
_exception:
    rsr.exccause a0
    beqi a0, 4, _interrupt
    beqi a0, 5, _alloca
    bnez a0, 1f
    l32r a0, _illegal_address
    jx a0
1:  l32r a0, _fatal_address
    jx a0

// An interrupt ends a wait and does nothing else.
_interrupt:
    movi a0, 0
    wsr.intenable a0
    rsync
    rsr.excsave1 a0
    rfe

// MULUH, which an ESP32 has and de212 has not: done here, always with as many instructions, and counted.
    .section .text._illegal, "ax"
    .literal_position
    .align 4
_illegal:
    movi a0, exception_registers
    registers s32i
    rsr.excsave1 a2
    s32i a2, a0, 0
    rsr.epc1 a2
    l8ui a3, a2, 0              // t << 4 | 0
    l8ui a4, a2, 1              // r << 4 | s
    l8ui a5, a2, 2              // 0xa2
    movi a6, 0xa2
    bne a5, a6, 1f
    extui a6, a3, 0, 4
    bnez a6, 1f
    extui a6, a3, 4, 4
    addx4 a6, a6, a0
    l32i a6, a6, 0
    extui a7, a4, 0, 4
    addx4 a7, a7, a0
    l32i a7, a7, 0
    extui a8, a4, 4, 4
    addx4 a8, a8, a0            // where r is kept
    extui a9, a6, 0, 16
    extui a10, a6, 16, 16
    extui a11, a7, 0, 16
    extui a12, a7, 16, 16
    mull a13, a9, a11
    mull a14, a9, a12
    mull a15, a10, a11
    mull a10, a10, a12
    extui a13, a13, 16, 16
    add a14, a14, a13
    extui a13, a14, 0, 16
    add a15, a15, a13
    extui a14, a14, 16, 16
    extui a15, a15, 16, 16
    add a10, a10, a14
    add a10, a10, a15
    s32i a10, a8, 0             // r may be a0: read back below
    addi a2, a2, 3
    wsr.epc1 a2
    l32i a3, a0, TRAPS
    addi a3, a3, 1
    s32i a3, a0, TRAPS
    registers l32i
    l32i a0, a0, 0
    rfe
1:  l32i a0, a0, 0
    j _fatal

// Everything else is the end.
    .section .text._fatal, "ax"
    .literal_position
    .align 4
    .global _fatal
_fatal:
    movi a0, exception_registers
    registers s32i
    rsr.excsave1 a2
    s32i a2, a0, 0
    rsr.epc1 a2
    s32i a2, a0, EPC
    rsr.exccause a2
    s32i a2, a0, EPC + 4
    rsr.excvaddr a2
    s32i a2, a0, EPC + 8
    rsr.ps a2
    s32i a2, a0, EPC + 12
    mov a7, a0
    movi a1, _estack
    rsr.windowbase a2
    ssl a2
    movi a3, 1
    sll a3, a3
    wsr.windowstart a3
    movi a2, PS_AT_START
    wsr.ps a2
    rsync
    mov a6, a7
    call4 fatal_exception
1:  j 1b

// Where the core starts.
    .section .reset, "ax"
    j 1f
    .literal_position
    .align 4
1:  movi a2, _start
    jx a2

    .section .text._start, "ax"
    .literal_position
    .align 4
    .global _start
    .type _start, @function
_start:
    movi a2, _vectors
    wsr.vecbase a2
    movi a1, _estack
    movi a2, 1
    wsr.windowstart a2
    movi a2, 0
    wsr.windowbase a2
    rsync
    movi a2, PS_AT_START
    wsr.ps a2
    rsync
    call4 start
1:  j 1b

    .global simcall
    .type simcall, @function
    .align 4
simcall:
    entry a1, 32
    simcall
    retw
