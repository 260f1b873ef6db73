@ The field machine for P-384's prime p = 2^384 - delta, delta = 2^128 + 2^96 - 2^32 + 1. Slots are 12 words, lowest first, of the plain number,
@ below p: what is above 2^384 comes back times delta, by additions. UMAAL=1 for the cores that have it; without, UMLAL does the work of it
@ with three more instructions.
@
@ Instructions with UMAAL (without), and 13 more to reach each: mul 480 (986), of a number by itself 395 (986), add 66, sub 52, add2 121,
@ sub2 95, copy 5.
@
@ Regular: no branch and no address depends on a number. (UMLAL itself takes a varying number of cycles on the Cortex-M3.)

        .equ    WORK,   160
        .include "field_machine.inc"

        .equ    T,      0               @ 24 words: the product
        .equ    W,      96              @ 5 words: what is above 2^384 once it came back
        .equ    CARRY,  116
        .equ    F,      96              @ 12 words: a factor
        .equ    AT,     144             @ address of the lowest column of T
        .equ    AGAIN,  148             @ b if it is to be added or subtracted once more, else 0

        mov     r4, #48
        enter   0
        machine
        moves

@ w0 .. w11 and the carry \c, below 2p, minus p if that is not negative: plus delta, if the sum passes 2^384. \m is lost
        .macro  reduce  w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, c, m
        adds    \m, \w0, #1
        adcs    \m, \w1, #0xffffffff
        adcs    \m, \w2, #0xffffffff
        adcs    \m, \w3, #0
        adcs    \m, \w4, #1
        adcs    \m, \w5, #0
        adcs    \m, \w6, #0
        adcs    \m, \w7, #0
        adcs    \m, \w8, #0
        adcs    \m, \w9, #0
        adcs    \m, \w10, #0
        adcs    \m, \w11, #0
        adc     \c, \c, #0              @ 1 or 0: what is above 2^384 is below p
        rsb     \m, \c, #0
        adds    \w0, \w0, \c
        adcs    \w1, \w1, \m
        adcs    \w2, \w2, \m
        adcs    \w3, \w3, #0
        adcs    \w4, \w4, \c
        adcs    \w5, \w5, #0
        adcs    \w6, \w6, #0
        adcs    \w7, \w7, #0
        adcs    \w8, \w8, #0
        adcs    \w9, \w9, #0
        adcs    \w10, \w10, #0
        adc     \w11, \w11, #0
        .endm

@ Column \k of four rows: words of a in r4-r7, the carry of each row in r8-r11, the last four words of b from \b0 down to \b3
        .macro  column  k, b0, b1, b2, b3
        ldr     \b0, [sp, #F + 4 * (\k)]
        .ifndef UMAAL
        ldr     r2, [sp, #AT]           @ r2 is mac's
        .endif
        ldr     r0, [r2, #4 * (\k)]
        mac     r0, r8, r4, \b0, r2
        .if     \k > 0
        mac     r0, r9, r5, \b1, r2
        .endif
        .if     \k > 1
        mac     r0, r10, r6, \b2, r2
        .endif
        .if     \k > 2
        mac     r0, r11, r7, \b3, r2
        .endif
        .ifndef UMAAL
        ldr     r2, [sp, #AT]
        .endif
        str     r0, [r2, #4 * (\k)]
        .endm

@ d = a b: four rows of the product at a time, column by column, then the upper half comes back to the lower
mul:
        .ifdef  UMAAL
        cmp     r1, r2
        beq     square                  @ which slots these are, is public
        .endif
        str     r0, [sp, #D]
        add     r3, r1, #48
        str     r3, [sp, #X]            @ end of a
        ldmia   r2!, {r4-r11}
        add     r3, sp, #F
        stmia   r3!, {r4-r11}
        ldmia   r2, {r4-r7}
        stmia   r3, {r4-r7}
        mov     r4, #0
        mov     r5, #0
        mov     r6, #0
        mov     r7, #0
        mov     r2, sp
        stmia   r2!, {r4-r7}
        stmia   r2!, {r4-r7}
        stmia   r2, {r4-r7}
        mov     r2, sp
rows:
        .ifndef UMAAL
        str     r2, [sp, #AT]
        .endif
        ldmia   r1!, {r4-r7}
        str     r1, [sp, #A]
        mov     r8, #0
        mov     r9, #0
        mov     r10, #0
        mov     r11, #0
        column  0, r1, lr, r12, r3
        column  1, r3, r1, lr, r12
        column  2, r12, r3, r1, lr
        column  3, lr, r12, r3, r1
        column  4, r1, lr, r12, r3
        column  5, r3, r1, lr, r12
        column  6, r12, r3, r1, lr
        column  7, lr, r12, r3, r1
        column  8, r1, lr, r12, r3
        column  9, r3, r1, lr, r12
        column  10, r12, r3, r1, lr
        column  11, lr, r12, r3, r1
        add     r0, r2, #48
        mac     r8, r9, r5, lr, r2
        mac     r8, r10, r6, r12, r2
        mac     r8, r11, r7, r3, r2
        mac     r9, r10, r6, lr, r2
        mac     r9, r11, r7, r12, r2
        mac     r10, r11, r7, lr, r2
        stmia   r0, {r8-r11}
        sub     r2, r0, #32
        ldr     r1, [sp, #A]
        ldr     r3, [sp, #X]
        cmp     r1, r3
        bne     rows
        .ifdef  UMAAL
        b       back

@ d = a a: the products of different words, each once, by rows as above; then twice that and the squares. r2 a
        .macro  begun   k, old
        .if     \old
        ldr     r0, [sp, #T + 4 * (\k)]
        .else
        mov     r0, #0
        .endif
        .endm
        .macro  done    k
        str     r0, [sp, #T + 4 * (\k)]
        .endm
@ The first columns of four rows, words \i to \i + 3 of a: those of the words among each other
        .macro  among   i, old
        add     r0, r2, #4 * \i
        ldmia   r0, {r4-r7}
        mov     r8, #0
        mov     r9, #0
        begun   2*\i+1, \old
        umaal   r0, r8, r4, r5
        done    2*\i+1
        begun   2*\i+2, \old
        umaal   r0, r8, r4, r6
        done    2*\i+2
        begun   2*\i+3, \old
        umaal   r0, r8, r4, r7
        umaal   r0, r9, r5, r6
        done    2*\i+3
        .endm
@ and those with the next four
        .macro  beyond  i, old
        mov     r10, #0
        mov     r11, #0
        ldr     r1, [r2, #4 * (\i + 4)]
        begun   2*\i+4, \old
        umaal   r0, r8, r4, r1
        umaal   r0, r9, r5, r7
        done    2*\i+4
        ldr     r3, [r2, #4 * (\i + 5)]
        begun   2*\i+5, \old
        umaal   r0, r8, r4, r3
        umaal   r0, r9, r5, r1
        umaal   r0, r10, r6, r7
        done    2*\i+5
        ldr     r12, [r2, #4 * (\i + 6)]
        begun   2*\i+6, \old
        umaal   r0, r8, r4, r12
        umaal   r0, r9, r5, r3
        umaal   r0, r10, r6, r1
        done    2*\i+6
        ldr     lr, [r2, #4 * (\i + 7)]
        begun   2*\i+7, \old
        umaal   r0, r8, r4, lr
        umaal   r0, r9, r5, r12
        umaal   r0, r10, r6, r3
        umaal   r0, r11, r7, r1
        done    2*\i+7
        .endm
        .macro  whole   k, b0, b1, b2, b3
        ldr     \b0, [r2, #4 * \k]
        mov     r0, #0
        umaal   r0, r8, r4, \b0
        umaal   r0, r9, r5, \b1
        umaal   r0, r10, r6, \b2
        umaal   r0, r11, r7, \b3
        done    \k
        .endm
        .macro  ended   k
        umaal   r8, r9, r5, lr
        umaal   r8, r10, r6, r12
        umaal   r8, r11, r7, r3
        umaal   r9, r10, r6, lr
        umaal   r9, r11, r7, r12
        umaal   r10, r11, r7, lr
        strd    r8, r9, [sp, #T + 4 * \k]
        strd    r10, r11, [sp, #T + 4 * \k + 8]
        .endm
square:
        str     r0, [sp, #D]
        among   0, 0
        beyond  0, 0
        whole   8, r1, lr, r12, r3
        whole   9, r3, r1, lr, r12
        whole   10, r12, r3, r1, lr
        whole   11, lr, r12, r3, r1
        ended   12
        among   4, 1
        beyond  4, 1
        ended   16
        among   8, 1
        mov     r10, #0
        mov     r0, #0
        umaal   r8, r9, r5, r7
        umaal   r9, r10, r6, r7
        strd    r8, r9, [sp, #T + 80]
        strd    r10, r0, [sp, #T + 88]
        str     r0, [sp, #T]
        mov     lr, #0
        cmn     lr, #0                  @ no carry; it stays through what follows, in which lr is that of the squares
        .macro  twice   i, w
        ldrd    r4, r5, [sp, #T + 8 * (\i)]
        adcs    r4, r4, r4
        adcs    r5, r5, r5
        umaal   r4, lr, \w, \w
        umaal   r5, lr, r0, r0
        strd    r4, r5, [sp, #T + 8 * (\i)]
        .endm
        .irp    i, 0, 4, 8
        ldmia   r2!, {r8-r11}
        twice   \i, r8
        twice   \i+1, r9
        twice   \i+2, r10
        twice   \i+3, r11
        .endr
back:
        .endif

@ T = L + H 2^384 comes to L + H delta, whose words are L_k + H_k - H_(k-1) + H_(k-3) + H_(k-4). Those from the twelfth on are W: made of H_8 to
@ H_11 first, they get what the others carry.
@
@ The bound. L + H delta < 2^384 (1 + delta), so W is at most delta: four words and a bit, which only numbers that end a hair below 2^384 set.
@ Then W delta < 2^257, so that L's twelve words and it are below 2p.
        add     r0, sp, #T + 80
        ldmia   r0, {r0-r3}             @ H_8 to H_11
        mov     r8, #0
        adds    r4, r0, r1
        adcs    r5, r1, r2
        adcs    r6, r2, r3
        adcs    r7, r3, #0
        adc     r8, r8, #0
        subs    r4, r4, r3
        sbcs    r5, r5, #0
        sbcs    r6, r6, #0
        sbcs    r7, r7, #0
        sbc     r8, r8, #0
        add     r0, sp, #W
        stmia   r0, {r4-r8}

        ldmia   sp, {r0-r11}            @ L
        ldrd    r12, lr, [sp, #T + 48]  @ + H
        adds    r0, r0, r12
        adcs    r1, r1, lr
        ldrd    r12, lr, [sp, #T + 56]
        adcs    r2, r2, r12
        adcs    r3, r3, lr
        ldrd    r12, lr, [sp, #T + 64]
        adcs    r4, r4, r12
        adcs    r5, r5, lr
        ldrd    r12, lr, [sp, #T + 72]
        adcs    r6, r6, r12
        adcs    r7, r7, lr
        ldrd    r12, lr, [sp, #T + 80]
        adcs    r8, r8, r12
        adcs    r9, r9, lr
        ldrd    r12, lr, [sp, #T + 88]
        adcs    r10, r10, r12
        adcs    r11, r11, lr
        mov     r12, #0
        adc     r12, r12, #0
        str     r12, [sp, #CARRY]

        ldrd    r12, lr, [sp, #T + 48]  @ + H 2^96
        adds    r3, r3, r12
        adcs    r4, r4, lr
        ldrd    r12, lr, [sp, #T + 56]
        adcs    r5, r5, r12
        adcs    r6, r6, lr
        ldrd    r12, lr, [sp, #T + 64]
        adcs    r7, r7, r12
        adcs    r8, r8, lr
        ldrd    r12, lr, [sp, #T + 72]
        adcs    r9, r9, r12
        adcs    r10, r10, lr
        ldr     r12, [sp, #T + 80]
        adcs    r11, r11, r12
        ldr     r12, [sp, #CARRY]
        adc     r12, r12, #0
        str     r12, [sp, #CARRY]

        ldrd    r12, lr, [sp, #T + 48]  @ + H 2^128
        adds    r4, r4, r12
        adcs    r5, r5, lr
        ldrd    r12, lr, [sp, #T + 56]
        adcs    r6, r6, r12
        adcs    r7, r7, lr
        ldrd    r12, lr, [sp, #T + 64]
        adcs    r8, r8, r12
        adcs    r9, r9, lr
        ldrd    r12, lr, [sp, #T + 72]
        adcs    r10, r10, r12
        adcs    r11, r11, lr
        ldr     r12, [sp, #CARRY]
        adc     r12, r12, #0
        str     r12, [sp, #CARRY]

        ldrd    r12, lr, [sp, #T + 48]  @ - H 2^32
        subs    r1, r1, r12
        sbcs    r2, r2, lr
        ldrd    r12, lr, [sp, #T + 56]
        sbcs    r3, r3, r12
        sbcs    r4, r4, lr
        ldrd    r12, lr, [sp, #T + 64]
        sbcs    r5, r5, r12
        sbcs    r6, r6, lr
        ldrd    r12, lr, [sp, #T + 72]
        sbcs    r7, r7, r12
        sbcs    r8, r8, lr
        ldrd    r12, lr, [sp, #T + 80]
        sbcs    r9, r9, r12
        sbcs    r10, r10, lr
        ldr     r12, [sp, #T + 88]
        sbcs    r11, r11, r12
        ldr     r12, [sp, #CARRY]
        sbc     r12, r12, #0            @ -1 to 3
        stmia   sp, {r0-r11}
        add     r0, sp, #W
        ldmia   r0, {r0-r4}
        asr     r5, r12, #31
        adds    r0, r0, r12
        adcs    r1, r1, r5
        adcs    r2, r2, r5
        adcs    r3, r3, r5
        adc     r4, r4, r5

@ W, r0-r4, comes back: W (2^32 + 1) in r0 and r5-r9 is W 2^128 + W 2^96 from the third word on, W (1 - 2^32) in r0, r10-r12, lr, r1, with r2
@ for its sign above
        adds    r5, r1, r0
        adcs    r6, r2, r1
        adcs    r7, r3, r2
        adcs    r8, r4, r3
        adc     r9, r4, #0
        subs    r10, r1, r0
        sbcs    r11, r2, r1
        sbcs    r12, r3, r2
        sbcs    lr, r4, r3
        mov     r1, #0
        sbc     r1, r1, r4
        asr     r2, r1, #31
        adds    r12, r12, r0
        adcs    lr, lr, r5
        adcs    r1, r1, r6
        adcs    r7, r7, r2
        adcs    r8, r8, r2
        adc     r9, r9, r2
        ldrd    r3, r4, [sp]
        ldrd    r5, r6, [sp, #8]
        adds    r0, r0, r3
        adcs    r10, r10, r4
        adcs    r11, r11, r5
        adcs    r12, r12, r6
        ldrd    r3, r4, [sp, #16]
        ldrd    r5, r6, [sp, #24]
        adcs    lr, lr, r3
        adcs    r1, r1, r4
        adcs    r7, r7, r5
        adcs    r8, r8, r6
        ldrd    r3, r4, [sp, #32]
        ldrd    r5, r6, [sp, #40]
        adcs    r9, r9, r3
        adcs    r4, r4, #0
        adcs    r5, r5, #0
        adcs    r6, r6, #0
        mov     r2, #0
        adc     r2, r2, #0
        reduce  r0, r10, r11, r12, lr, r1, r7, r8, r9, r4, r5, r6, r2, r3
        ldr     r2, [sp, #D]
        strd    r0, r10, [r2]
        strd    r11, r12, [r2, #8]
        strd    lr, r1, [r2, #16]
        strd    r7, r8, [r2, #24]
        strd    r9, r4, [r2, #32]
        strd    r5, r6, [r2, #40]
        b       next

@ The words of a are in r1, r3-r12, lr
        .macro  operand
        ldr     lr, [r1, #44]
        ldmia   r1, {r1, r3-r12}
        .endm
        .macro  with_b  first, others
        ldr     r0, [r2]
        \first  r1, r1, r0
        .irp    i, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        ldr     r0, [r2, #4 * (\i - 2)]
        \others r\i, r\i, r0
        .endr
        ldr     r0, [r2, #44]
        \others lr, lr, r0
        .endm
@ Once more with b, or the end
        .macro  repeated again
        ldr     r2, [sp, #AGAIN]
        mov     r0, #0
        str     r0, [sp, #AGAIN]
        cmp     r2, #0
        bne     \again
        ldr     r0, [sp, #D]
        stmia   r0, {r1, r3-r12}
        str     lr, [r0, #44]
        b       next
        .endm

@ d = a + 2b, d = a + b
add2:
        str     r2, [sp, #AGAIN]
        b       1f
add:
        mov     r3, #0
        str     r3, [sp, #AGAIN]
1:      str     r0, [sp, #D]
        operand
2:      with_b  adds, adcs
        mov     r0, #0
        adc     r0, r0, #0
        reduce  r1, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr, r0, r2
        repeated 2b

@ d = a - 2b, d = a - b: minus delta, modulo 2^384, if there was a borrow
sub2:
        str     r2, [sp, #AGAIN]
        b       1f
sub:
        mov     r3, #0
        str     r3, [sp, #AGAIN]
1:      str     r0, [sp, #D]
        operand
2:      with_b  subs, sbcs
        sbc     r0, r0, r0
        lsr     r2, r0, #31
        subs    r1, r1, r2
        sbcs    r3, r3, r0
        sbcs    r4, r4, r0
        sbcs    r5, r5, #0
        sbcs    r6, r6, r2
        sbcs    r7, r7, #0
        sbcs    r8, r8, #0
        sbcs    r9, r9, #0
        sbcs    r10, r10, #0
        sbcs    r11, r11, #0
        sbcs    r12, r12, #0
        sbc     lr, lr, #0
        repeated 2b

@ d = a
copy:
        ldmia   r1!, {r4-r9}
        stmia   r0!, {r4-r9}
        ldmia   r1, {r4-r9}
        stmia   r0, {r4-r9}
        b       next

finish:
