// setjmp and longjmp for the windowed ABI. A buffer of 17 words: the caller's a0-a3, its further registers that a call saves
// (0, 4 or 8), what lies in the save area below its stack pointer (its own caller's a0-a3), and the return address.
    .macro copy16 from, to, tmp
    l32i \tmp, \from, 0
    s32i \tmp, \to, 0
    l32i \tmp, \from, 4
    s32i \tmp, \to, 4
    l32i \tmp, \from, 8
    s32i \tmp, \to, 8
    l32i \tmp, \from, 12
    s32i \tmp, \to, 12
    .endm

// Every register but the current window's goes to the stack: the windows of 32 registers are walked round once. Called by call8.
    .section .text.spill, "ax"
    .align 4
spill:
    entry a1, 48
    call12 1f
    retw
    .align 4
1:  entry a1, 16
    mov a12, a12
    retw

    .section .text.setjmp, "ax"
    .literal_position
    .align 4
    .global setjmp
    .type setjmp, @function
setjmp:
    entry a1, 32
    call8 spill
    addi a8, a1, -16
    copy16 a8, a2, a9
    addi a8, a1, 16             // the caller's stack pointer - 16
    addi a10, a2, 48
    copy16 a8, a10, a9
    s32i a0, a2, 64
    extui a11, a0, 30, 2
    l32i a12, a8, 4             // its caller's stack pointer
    slli a13, a11, 4
    sub a12, a12, a13
    addi a10, a2, 16
1:  addi a11, a11, -1
    beqz a11, 2f
    copy16 a12, a10, a9
    addi a12, a12, 16
    addi a10, a10, 16
    j 1b
2:  movi a2, 0
    retw

    .section .text.longjmp, "ax"
    .literal_position
    .align 4
    .global longjmp
    .type longjmp, @function
longjmp:
    entry a1, 32
    call8 spill
    l32i a0, a2, 64
    l32i a8, a2, 4              // the stack pointer to go back to
    addi a8, a8, -16
    addi a10, a2, 48
    copy16 a10, a8, a9
    extui a11, a0, 30, 2
    l32i a12, a2, 52
    slli a13, a11, 4
    sub a12, a12, a13
    addi a10, a2, 16
1:  addi a11, a11, -1
    beqz a11, 2f
    copy16 a10, a12, a9
    addi a12, a12, 16
    addi a10, a10, 16
    j 1b
2:  addi a8, a1, -16
    copy16 a2, a8, a9
    movi a2, 1
    movnez a2, a3, a3
    retw
