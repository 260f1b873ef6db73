@ The field machine for any odd modulus n of 8 or 12 words (of 4 k words), in Montgomery's domain with R = 2^(32 k). Slots hold numbers below n,
@ lowest word first. The workspace begins with a header: bytes of a slot, -1/n modulo 2^32, n (at most 12 words). UMAAL=1 for the
@ cores that have it; without, UMLAL does the work of it with three more instructions.
@
@ Instructions with UMAAL for 8 words (for 12), and 13 more to reach each: mul 598 (1,109), add 95 (129), sub 64 (88), copy 9 (13).
@
@ Regular: no branch and no address depends on a number. (UMLAL itself takes a varying number of cycles on the Cortex-M3.)

        .equ    WORK,   128
        .include "field_machine.inc"

        .equ    HEADER, 64
        .equ    N0,     -60             @ from the first slot: -1/n
        .equ    N,      -56             @ n

        .equ    T,      4               @ 13 words; one before them is written too
        .equ    SUM,    64              @ 12 words: a + b or a - b on the way to a + 2b or a - 2b
        .equ    END,    112             @ address of the highest word of T
        .equ    AGAIN,  116             @ b if it is to be added or subtracted once more, else 0

        ldr     r4, [r0]
        enter   HEADER
        machine
        moves

@ d = a b / R, row by row: add a word of a times b, and m n so that the lowest word becomes zero and is dropped
@ r0 T, r1 b, r2 n, r3 word of a, r4 m, r5 and r6 carries, r7-r12 words
mul:
        str     r0, [sp, #D]
        str     r1, [sp, #A]
        str     r2, [sp, #B]
        add     r1, r1, r7
        str     r1, [sp, #X]            @ end of a
        mov     r3, #0
        str     r3, [sp, #AGAIN]
        mov     r4, #0
        mov     r5, #0
        mov     r6, #0
        add     r0, sp, #T
1:      stmia   r0!, {r3-r6}
        subs    r7, r7, #16
        bne     1b
        str     r3, [r0]
        str     r0, [sp, #END]
row:
        ldr     r1, [sp, #A]
        ldr     r3, [r1], #4
        str     r1, [sp, #A]
        ldr     r1, [sp, #B]
        ldr     r2, [sp, #SLOTS]
        ldr     r5, [r2, #N0]
        sub     r2, r2, #-N
        add     r0, sp, #T
        ldr     r7, [r1]
        ldr     r8, [r0]
        mla     r4, r3, r7, r8
        mul     r4, r4, r5
        mov     r5, #0
        mov     r6, #0
1:      .rept   2
        ldmia   r0!, {r7, r8}
        ldmia   r1!, {r9, r10}
        ldmia   r2!, {r11, r12}
        mac     r7, r5, r3, r9, lr
        mac     r7, r6, r4, r11, lr
        mac     r8, r5, r3, r10, lr
        mac     r8, r6, r4, r12, lr
        strd    r7, r8, [r0, #-12]
        .endr
        ldr     lr, [sp, #END]
        cmp     r0, lr
        bne     1b
        ldr     r8, [r0]
        adds    r5, r5, r6
        mov     r7, #0
        adc     r7, r7, #0
        adds    r5, r5, r8
        adc     r7, r7, #0
        str     r5, [r0, #-4]
        str     r7, [r0]
        ldr     r1, [sp, #A]
        ldr     r2, [sp, #X]
        cmp     r1, r2
        bne     row
        ldr     r3, [sp, #D]

@ r3.. = T, below 2n, minus n if that is not negative
reduce:
        add     r0, sp, #T
        ldr     r2, [sp, #SLOTS]
        sub     r2, r2, #-N
        ldr     lr, [sp, #SIZE]
        mov     r12, r3
        cmp     r0, r0                  @ no borrow
1:      ldmia   r0!, {r4-r7}
        ldmia   r2!, {r8-r11}
        sbcs    r4, r4, r8
        sbcs    r5, r5, r9
        sbcs    r6, r6, r10
        sbcs    r7, r7, r11
        stmia   r12!, {r4-r7}
        sub     lr, lr, #16
        teq     lr, #0                  @ leaves the carry alone
        bne     1b
        ldr     r4, [r0]
        sbcs    r4, r4, #0
        b       restore

@ d = a + 2b, d = a + b
add2:
        str     r2, [sp, #AGAIN]
        str     r0, [sp, #D]
        add     r3, sp, #SUM
        b       sum
add:
        mov     r3, #0
        str     r3, [sp, #AGAIN]
        mov     r3, r0
sum:
        add     r0, sp, #T
        ldr     lr, [sp, #SIZE]
        cmn     lr, #0                  @ no carry
1:      ldmia   r1!, {r4-r7}
        ldmia   r2!, {r8-r11}
        adcs    r4, r4, r8
        adcs    r5, r5, r9
        adcs    r6, r6, r10
        adcs    r7, r7, r11
        stmia   r0!, {r4-r7}
        sub     lr, lr, #16
        teq     lr, #0
        bne     1b
        adc     lr, lr, #0
        str     lr, [r0]
        b       reduce

@ d = a - 2b, d = a - b
sub2:
        str     r2, [sp, #AGAIN]
        str     r0, [sp, #D]
        add     r3, sp, #SUM
        b       difference
sub:
        mov     r3, #0
        str     r3, [sp, #AGAIN]
        mov     r3, r0
difference:
        mov     r0, r3
        ldr     lr, [sp, #SIZE]
        cmp     r0, r0
1:      ldmia   r1!, {r4-r7}
        ldmia   r2!, {r8-r11}
        sbcs    r4, r4, r8
        sbcs    r5, r5, r9
        sbcs    r6, r6, r10
        sbcs    r7, r7, r11
        stmia   r0!, {r4-r7}
        sub     lr, lr, #16
        teq     lr, #0
        bne     1b
        mov     r1, #0                  @ in the place of a, for restore: a difference

@ r3.. plus n if there was a borrow; then once more with b, or the next operation
restore:
        sbc     r12, r12, r12
        mov     r0, r3
        ldr     r2, [sp, #SLOTS]
        sub     r2, r2, #-N
        ldr     lr, [sp, #SIZE]
        cmn     lr, #0
1:      ldmia   r2!, {r8-r11}
        and     r8, r8, r12
        and     r9, r9, r12
        and     r10, r10, r12
        and     r11, r11, r12
        ldmia   r0, {r4-r7}
        adcs    r4, r4, r8
        adcs    r5, r5, r9
        adcs    r6, r6, r10
        adcs    r7, r7, r11
        stmia   r0!, {r4-r7}
        sub     lr, lr, #16
        teq     lr, #0
        bne     1b
        ldr     r2, [sp, #AGAIN]
        cmp     r2, #0
        beq     next
        mov     r3, #0
        str     r3, [sp, #AGAIN]
        ldr     r3, [sp, #D]
        cmp     r1, #0
        add     r1, sp, #SUM
        beq     difference
        b       sum

@ d = a
copy:
        ldmia   r1!, {r8-r11}
        stmia   r0!, {r8-r11}
        subs    r7, r7, #16
        bne     copy
        b       next

finish:
