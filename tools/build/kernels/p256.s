@ The field machine for P-256's prime p = 2^256 - 2^224 + 2^192 + 2^96 - 1. Slots are 8 words, lowest first, of a number below p, in Montgomery's
@ domain with R = 2^256. UMAAL=1 for the cores that have it; without, UMLAL does the work of it with three more instructions.
@
@ Instructions with UMAAL (without), and 13 more to reach each: mul 219 (404), add 34, sub 23, add2 67, sub2 45, copy 3; a select of
@ 8 entries of 3 slots 662.
@
@ Regular: no branch and no address depends on a number. (UMLAL itself takes a varying number of cycles on the Cortex-M3.)

        .equ    WORK,   128
        .include "field_machine.inc"

        .equ    T,      0               @ 16 words: the product

@ Word \j of b
        .macro  word    r, j
        .ifdef  UMAAL
        ldr     \r, [r2, #4 * \j]
        .else
        ldr     \r, [sp, #B]            @ r2 is mac's
        ldr     \r, [\r, #4 * \j]
        .endif
        .endm

@ Four rows of the product: words of a in r4-r7, the carry of each row in r8-r11, the last four words of b in r1, r3, r12, lr in turn,
@ column by column in r0. In the upper rows a column begins with what the lower rows left there.
        .macro  column  k, upper
        .if     \upper
        ldr     r0, [sp, #T + 4 * (\k)]
        .else
        mov     r0, #0
        .endif
        .endm

        .macro  rows    upper
        .equ    at,     4 * \upper
        word    r1, 0
        .if     \upper
        column  at, 1
        mov     r8, #0
        umlal   r0, r8, r4, r1
        .else
        umull   r0, r8, r4, r1
        .endif
        str     r0, [sp, #T + 4 * at]

        word    r3, 1
        column  at+1, \upper
        mov     r9, #0
        mac     r0, r8, r4, r3, r2
        umlal   r0, r9, r5, r1
        str     r0, [sp, #T + 4 * (at + 1)]

        word    r12, 2
        column  at+2, \upper
        mov     r10, #0
        mac     r0, r8, r4, r12, r2
        mac     r0, r9, r5, r3, r2
        umlal   r0, r10, r6, r1
        str     r0, [sp, #T + 4 * (at + 2)]

        word    lr, 3
        column  at+3, \upper
        mov     r11, #0
        mac     r0, r8, r4, lr, r2
        mac     r0, r9, r5, r12, r2
        mac     r0, r10, r6, r3, r2
        umlal   r0, r11, r7, r1
        str     r0, [sp, #T + 4 * (at + 3)]

        word    r1, 4
        column  at+4, \upper
        mac     r0, r8, r4, r1, r2
        mac     r0, r9, r5, lr, r2
        mac     r0, r10, r6, r12, r2
        mac     r0, r11, r7, r3, r2
        str     r0, [sp, #T + 4 * (at + 4)]

        word    r3, 5
        column  at+5, \upper
        mac     r0, r8, r4, r3, r2
        mac     r0, r9, r5, r1, r2
        mac     r0, r10, r6, lr, r2
        mac     r0, r11, r7, r12, r2
        str     r0, [sp, #T + 4 * (at + 5)]

        word    r12, 6
        column  at+6, \upper
        mac     r0, r8, r4, r12, r2
        mac     r0, r9, r5, r3, r2
        mac     r0, r10, r6, r1, r2
        mac     r0, r11, r7, lr, r2
        str     r0, [sp, #T + 4 * (at + 6)]

        word    lr, 7
        column  at+7, \upper
        mac     r0, r8, r4, lr, r2
        mac     r0, r9, r5, r12, r2
        mac     r0, r10, r6, r3, r2
        mac     r0, r11, r7, r1, r2
        str     r0, [sp, #T + 4 * (at + 7)]

        mac     r8, r9, r5, lr, r2      @ four more columns stay in r8-r11
        mac     r8, r10, r6, r12, r2
        mac     r8, r11, r7, r3, r2
        mac     r9, r10, r6, lr, r2
        mac     r9, r11, r7, r12, r2
        mac     r10, r11, r7, lr, r2
        add     r0, sp, #T + 4 * (at + 8)
        stmia   r0, {r8-r11}
        .endm

@ r4-r7, \h0-\h3 and the carry \top, below 2p, minus p if that is not negative; \m and \n are lost
        .macro  reduce  h0, h1, h2, h3, top, m, n
        subs    r4, r4, #0xffffffff
        sbcs    r5, r5, #0xffffffff
        sbcs    r6, r6, #0xffffffff
        sbcs    r7, r7, #0
        sbcs    \h0, \h0, #0
        sbcs    \h1, \h1, #0
        sbcs    \h2, \h2, #1
        sbcs    \h3, \h3, #0xffffffff
        sbcs    \top, \top, #0
        addp    \h0, \h1, \h2, \h3, \m, \n
        .endm

@ r4-r7, \h0-\h3 plus p if there was a borrow
        .macro  addp    h0, h1, h2, h3, m, n
        sbc     \m, \m, \m
        and     \n, \m, #1
        adds    r4, r4, \m
        adcs    r5, r5, \m
        adcs    r6, r6, \m
        adcs    r7, r7, #0
        adcs    \h0, \h0, #0
        adcs    \h1, \h1, #0
        adcs    \h2, \h2, \n
        adc     \h3, \h3, \m
        .endm

        mov     r4, #32
        enter   0
        machine
        moves

@ d = a b / R. Three words m of the low end at a time: as p = -1 modulo 2^96, adding m p makes them zero, and
@ m p = m 2^96 + m 2^192 + (m 2^32 - m) 2^224 - m. The sum stays below 2 p R.
mul:
        str     r0, [sp, #D]
        str     r1, [sp, #A]
        .ifndef UMAAL
        str     r2, [sp, #B]
        .endif
        ldmia   r1, {r4-r7}
        rows    0
        ldr     r0, [sp, #A]
        add     r0, r0, #16
        ldmia   r0, {r4-r7}
        rows    1

        @ words 0-2 are m: r0-r2. Words 3-11: r8-r12, r4-r7. Carry into word 12: lr
        add     r3, sp, #T + 12
        ldmia   r3!, {r8-r12}
        ldmia   r3, {r4-r7}
        ldr     r0, [sp, #T]
        ldr     r1, [sp, #T + 4]
        ldr     r2, [sp, #T + 8]
        adds    r8, r8, r0
        adcs    r9, r9, r1
        adcs    r10, r10, r2
        adcs    r11, r11, r0
        adcs    r12, r12, r1
        adcs    r4, r4, r2
        adcs    r5, r5, #0
        adcs    r6, r6, #0
        adcs    r7, r7, #0
        mov     lr, #0
        adc     lr, lr, #0
        rsbs    r3, r0, #0              @ m 2^32 - m: r3, r0, r1, r2, for words 7-10
        sbcs    r0, r0, r1
        sbcs    r1, r1, r2
        sbc     r2, r2, #0
        adds    r12, r12, r3
        adcs    r4, r4, r0
        adcs    r5, r5, r1
        adcs    r6, r6, r2
        adcs    r7, r7, #0
        adc     lr, lr, #0

        @ words 3-5 are m: r8-r10. Words 6-14: r11, r12, r4-r7, r0-r2. Carry into word 15: lr
        ldr     r0, [sp, #T + 48]
        ldr     r1, [sp, #T + 52]
        ldr     r2, [sp, #T + 56]
        adds    r11, r11, r8
        adcs    r12, r12, r9
        adcs    r4, r4, r10
        adcs    r5, r5, r8
        adcs    r6, r6, r9
        adcs    r7, r7, r10
        adcs    r0, r0, lr
        adcs    r1, r1, #0
        adcs    r2, r2, #0
        mov     lr, #0
        adc     lr, lr, #0
        rsbs    r3, r8, #0
        sbcs    r8, r8, r9
        sbcs    r9, r9, r10
        sbc     r10, r10, #0
        adds    r6, r6, r3
        adcs    r7, r7, r8
        adcs    r0, r0, r9
        adcs    r1, r1, r10
        adcs    r2, r2, #0
        adc     lr, lr, #0

        @ words 6, 7 are m: r11, r12. Words 8-15: r4-r7, r0-r3. Carry: r8
        ldr     r3, [sp, #T + 60]
        adds    r5, r5, r11
        adcs    r6, r6, r12
        adcs    r7, r7, #0
        adcs    r0, r0, r11
        adcs    r1, r1, r12
        adcs    r2, r2, #0
        adcs    r3, r3, lr
        mov     r8, #0
        adc     r8, r8, #0
        rsbs    r9, r11, #0
        sbcs    r10, r11, r12
        sbc     r12, r12, #0
        adds    r1, r1, r9
        adcs    r2, r2, r10
        adcs    r3, r3, r12
        adc     r8, r8, #0

        reduce  r0, r1, r2, r3, r8, r9, r10
        ldr     lr, [sp, #D]
        stmia   lr!, {r4-r7}
        stmia   lr, {r0-r3}
        b       next

@ r4-r11 += b modulo p
        .macro  plus
        ldmia   r2!, {r1, r3, r12, lr}
        adds    r4, r4, r1
        adcs    r5, r5, r3
        adcs    r6, r6, r12
        adcs    r7, r7, lr
        ldmia   r2, {r1, r3, r12, lr}
        adcs    r8, r8, r1
        adcs    r9, r9, r3
        adcs    r10, r10, r12
        adcs    r11, r11, lr
        mov     r1, #0
        adc     r1, r1, #0
        reduce  r8, r9, r10, r11, r1, r1, r3
        .endm

@ r4-r11 -= b modulo p
        .macro  minus
        ldmia   r2!, {r1, r3, r12, lr}
        subs    r4, r4, r1
        sbcs    r5, r5, r3
        sbcs    r6, r6, r12
        sbcs    r7, r7, lr
        ldmia   r2, {r1, r3, r12, lr}
        sbcs    r8, r8, r1
        sbcs    r9, r9, r3
        sbcs    r10, r10, r12
        sbcs    r11, r11, lr
        addp    r8, r9, r10, r11, r1, r3
        .endm

@ d = a + 2b, d = a + b
add2:
        ldmia   r1, {r4-r11}
        plus
        sub     r2, r2, #16
        b       1f
add:
        ldmia   r1, {r4-r11}
1:      plus
        stmia   r0, {r4-r11}
        b       next

@ d = a - 2b, d = a - b
sub2:
        ldmia   r1, {r4-r11}
        minus
        sub     r2, r2, #16
        b       1f
sub:
        ldmia   r1, {r4-r11}
1:      minus
        stmia   r0, {r4-r11}
        b       next

@ d = a
copy:
        ldmia   r1, {r4-r11}
        stmia   r0, {r4-r11}
        b       next

finish:
