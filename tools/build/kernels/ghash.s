@ GHASH (NIST SP 800-38D section 6.4), for ARMv7-M and above: multiplications, no tables. Neither an address nor a branch depends on
@ the hash key or on the text; regular where UMULL is (Cortex-M4, M7, M33; not M3).
@
@   absorb(state, buf, start, length)   the next bytes of the text, buf[start:start + length]
@   absorb(state, aad, -1, length)      a new message: y = 0, then the additional data, aad[:length]
@   absorb(state, buf, start, -1)       the end: the block of lengths, then buf[start:start + 16] = y
@   absorb(state, buf, start, -2)       the end: the block of lengths, then 0 if buf[start:start + 16] is y, else 1
@   absorb(state, h, 0, -3)             prepare the state for the 16 bytes at h, the hash key
@ Text or additional data that is no whole number of blocks is padded with zeros.
@
@ State (words): 0..3 y, as bytes in the order of the standard; 4, 5 the bytes of additional data and of text so far; 6..41 the nine
@ factors of the hash key, in four parts each.
@
@ A carry-less product of two words comes out of UMULL when each word is split into four parts with one bit in every four: at most eight
@ ones add up in a column, and eight need four bits. Part k of the product is the XOR of the four products of parts i and j with
@ i + j = k modulo 4, masked. (Thomas Pornin's method, in BearSSL's ghash_ctmul.) Two levels of Karatsuba: 9 products of words a block.
@
@ Words of a number: 0 has the last four bytes (the standard's bits 96 to 127), 3 the first. Bits are reflected, so the 255-bit product
@ would have to be shifted left by one before it is reduced from its low end: the key is divided by x beforehand, which does the same.
@
@ About 645 instructions a block, of which 9 x 54 in the products: a loop over them, since on a small board 1 KB of code finds a place in
@ the heap where 3 KB do not.

        .syntax unified
        .cpu    cortex-m3
        .thumb

@ Stack frame; below it the products grow down
        .equ    SLOT,   8               @ 9 times: a factor of y, the address of the key's that it meets; before them such an address of 0
        .equ    LAST,   80              @ 4 words: a block that is not whole, the block of lengths
        .equ    STATE,  96
        .equ    BUF,    100
        .equ    LEFT,   104
        .equ    MODE,   108             @ 0, or the negative length
        .equ    FRAME,  120
        .equ    BELOW,  72              @ 9 products of two words (both together are a multiple of 32)

        .equ    PARTS,  24              @ in the state

@ r8:r9 = the product r0..r3 by a part, or that added to another's where no column's sum can exceed 15 (see below)
        .macro  first a, b
        umull   r8, r9, \a, \b
        .endm
        .macro  join a, b
        umlal   r8, r9, \a, \b
        .endm
        .macro  more a, b
        umull   r11, lr, \a, \b
        eor     r8, r8, r11
        eor     r9, r9, lr
        .endm
        .macro  take mask
        and     r8, r8, #\mask
        and     r9, r9, #\mask
        orr     r10, r10, r8
        orr     r12, r12, r9
        .endm

@ The product of the factor r3 and the key's at r0, pushed. They are taken from the last slot to the first, so that the first product comes
@ to lie lowest; since the stack has grown by as much as a slot, the next one is then where this one was.
@
@ Adding two products does instead of the XOR where no column can reach 16. The product of parts i and j has at most 8 ones in column
@ 28 + i + j, and one less for every four columns from there; so the sum of two whose i + j are k and k + 4 has at most 8 + 7.
        .macro  product
        ldrd    r4, r5, [r0]
        ldrd    r6, r7, [r0, #8]
        and     r0, r3, #0x11111111
        and     r1, r3, #0x22222222
        and     r2, r3, #0x44444444
        and     r3, r3, #0x88888888
        first   r0, r4                  @ 0 + 0
        join    r1, r7                  @ 1 + 3
        more    r2, r6                  @ 2 + 2
        more    r3, r5                  @ 3 + 1
        and     r10, r8, #0x11111111
        and     r12, r9, #0x11111111
        first   r0, r5                  @ 0 + 1
        join    r2, r7                  @ 2 + 3
        umull   r11, lr, r1, r4         @ 1 + 0
        umlal   r11, lr, r3, r6         @ 3 + 2
        eor     r8, r8, r11
        eor     r9, r9, lr
        take    0x22222222
        first   r0, r6                  @ 0 + 2
        join    r3, r7                  @ 3 + 3
        more    r1, r5                  @ 1 + 1
        more    r2, r4                  @ 2 + 0
        take    0x44444444
        first   r0, r7                  @ 0 + 3
        more    r1, r6                  @ 1 + 2
        more    r2, r5                  @ 2 + 1
        more    r3, r4                  @ 3 + 0
        take    0x88888888
        push    {r10, r12}
        .endm

@ The nine factors into their slots, from the words r4 (0) to r7 (3): a0, a1, a0 + a1, a2, a3, a2 + a3, a0 + a2, a1 + a3, all
        .macro  factors
        eor     r0, r4, r5
        eor     r1, r6, r7
        eor     r2, r4, r6
        eor     r3, r5, r7
        eor     r8, r0, r1
        str     r4, [sp, #SLOT]
        str     r5, [sp, #SLOT + 8]
        str     r0, [sp, #SLOT + 16]
        str     r6, [sp, #SLOT + 24]
        str     r7, [sp, #SLOT + 32]
        str     r1, [sp, #SLOT + 40]
        str     r2, [sp, #SLOT + 48]
        str     r3, [sp, #SLOT + 56]
        str     r8, [sp, #SLOT + 64]
        .endm

        push    {r8-r11}
        sub     sp, sp, #FRAME
        str     r0, [sp, #STATE]
        add     r4, r0, #PARTS
        add     r5, sp, #SLOT + 4
        mov     r6, #9
slots:  str     r4, [r5], #8
        add     r4, r4, #16
        subs    r6, r6, #1
        bne     slots
        mov     r4, #0
        str     r4, [sp, #SLOT - 4]
        str     r4, [sp, #MODE]
        adds    r5, r2, #1
        beq     begin
        add     r1, r1, r2
        strd    r1, r3, [sp, #BUF]
        cmp     r3, #0
        bmi.w   special
        beq.w   empty
        ldr     r4, [r0, #20]
        add     r4, r4, r3
        str     r4, [r0, #20]
        b       block
begin:  mov     r5, #0
        strd    r4, r5, [r0]
        strd    r4, r5, [r0, #8]
        strd    r3, r5, [r0, #16]
        strd    r1, r3, [sp, #BUF]
        cmp     r3, #0
        beq.w   empty

block:  ldrd    r1, r2, [sp, #BUF]
        subs    r3, r2, #16
        bmi.w   short
whole:  str     r3, [sp, #LEFT]
        add     r3, r1, #16
        str     r3, [sp, #BUF]
read:   ldr     r0, [sp, #STATE]
        ldm     r0, {r8-r11}
        ldr     r7, [r1]
        ldr     r6, [r1, #4]
        ldr     r5, [r1, #8]
        ldr     r4, [r1, #12]
        eor     r7, r7, r8
        eor     r6, r6, r9
        eor     r5, r5, r10
        eor     r4, r4, r11
        rev     r7, r7
        rev     r6, r6
        rev     r5, r5
        rev     r4, r4
        factors
        ldrd    r3, r0, [sp, #SLOT + 64]
next:   product
        ldrd    r3, r0, [sp, #SLOT + 64]
        cmp     r0, #0
        bne.w   next

        @ Karatsuba backwards. A coefficient c_k of x^(32 k) has a low and a high word; word k of the product is low(c_k) + high(c_(k-1)).
        @ With p0 .. p8: c0 = p0, c1 = p2 + p0 + p1, c5 = p5 + p3 + p4, c6 = p4, c2 = p0 + p1 + p3 + p6, c4 = p1 + p3 + p4 + p7,
        @ c3 = p6 + p7 + p8 + c1 + c5.
        ldrd    r0, r1, [sp]                    @ p0 = c0
        ldrd    r2, r3, [sp, #8]                @ p1
        ldrd    r4, r5, [sp, #16]               @ p2
        eor     r6, r0, r2
        eor     r7, r1, r3                      @ p0 + p1
        eor     r4, r4, r6
        eor     r5, r5, r7                      @ c1
        ldrd    r8, r9, [sp, #24]               @ p3
        eor     r6, r6, r8
        eor     r7, r7, r9                      @ p0 + p1 + p3
        ldrd    r10, r11, [sp, #32]             @ p4 = c6
        eor     r8, r8, r10
        eor     r9, r9, r11                     @ p3 + p4
        eor     r2, r2, r8
        eor     r3, r3, r9                      @ p1 + p3 + p4
        eor     r1, r1, r4                      @ word 1 = high(c0) + low(c1)
        ldrd    r12, lr, [sp, #40]              @ p5
        eor     r8, r8, r12
        eor     r9, r9, lr                      @ c5
        eor     r4, r4, r8                      @ low(c1 + c5)
        eor     r12, r5, r9                     @ high(c1 + c5)
        ldr     lr, [sp, #48]                   @ low(p6)
        eor     r4, r4, lr
        eor     r6, r6, lr                      @ low(c2)
        ldr     lr, [sp, #52]                   @ high(p6)
        eor     r12, r12, lr
        eor     r7, r7, lr                      @ high(c2)
        ldr     lr, [sp, #56]                   @ low(p7)
        eor     r4, r4, lr
        eor     r2, r2, lr                      @ low(c4)
        ldr     lr, [sp, #60]                   @ high(p7)
        eor     r12, r12, lr
        eor     r3, r3, lr                      @ high(c4)
        ldr     lr, [sp, #64]                   @ low(p8)
        eor     r4, r4, lr                      @ low(c3)
        ldr     lr, [sp, #68]                   @ high(p8)
        eor     r12, r12, lr                    @ high(c3)
        add     sp, sp, #BELOW
        eor     r5, r5, r6                      @ word 2
        eor     r7, r7, r4                      @ word 3
        eor     r12, r12, r2                    @ word 4
        eor     r3, r3, r8                      @ word 5
        eor     r9, r9, r10                     @ word 6; word 7 is r11
        @ Modulo x^128 + x^7 + x^2 + x + 1: word i goes to words i + 4 and i + 3
        .macro  fold w, into, below
        eor     \into, \into, \w
        eor     \into, \into, \w, lsr #1
        eor     \into, \into, \w, lsr #2
        eor     \into, \into, \w, lsr #7
        eor     \below, \below, \w, lsl #31
        eor     \below, \below, \w, lsl #30
        eor     \below, \below, \w, lsl #25
        .endm
        fold    r0, r12, r7
        fold    r1, r3, r12
        fold    r5, r9, r3
        fold    r7, r11, r9
        rev     r4, r11
        rev     r5, r9
        rev     r6, r3
        rev     r7, r12
        ldr     r0, [sp, #STATE]
        stm     r0, {r4-r7}
        ldr     r2, [sp, #LEFT]
        cmp     r2, #0
        bne.w   block
        ldr     r3, [sp, #MODE]
        cmp     r3, #0
        beq.w   empty

        @ y in r4..r7
        ldr     r1, [sp, #BUF]
        adds    r3, r3, #1
        bne     compare
        str     r4, [r1]
        str     r5, [r1, #4]
        str     r6, [r1, #8]
        str     r7, [r1, #12]
        b       empty
compare:
        ldr     r8, [r1]
        ldr     r9, [r1, #4]
        ldr     r10, [r1, #8]
        ldr     r11, [r1, #12]
        eor     r4, r4, r8
        eor     r5, r5, r9
        eor     r6, r6, r10
        eor     r7, r7, r11
        orr     r4, r4, r5
        orr     r6, r6, r7
        orr     r4, r4, r6
        rsb     r5, r4, #0
        orr     r0, r4, r5
        lsr     r0, r0, #31                     @ the sign of r4 or -r4: 1 unless r4 is 0
        b       end

        @ The last r2 bytes at r1, which are no whole block, padded with zeros
short:  add     r0, sp, #LAST
        mov     r3, #0
        str     r3, [r0]
        str     r3, [r0, #4]
        str     r3, [r0, #8]
        str     r3, [r0, #12]
        str     r3, [sp, #LEFT]
byte:   ldrb    r3, [r1], #1
        strb    r3, [r0], #1
        subs    r2, r2, #1
        bne     byte
        add     r1, sp, #LAST
        b.w     read

special:
        adds    r5, r3, #3
        beq     prepare
        str     r3, [sp, #MODE]
        str     r4, [sp, #LEFT]
        @ The lengths in bits, of 64 bits each
        ldrd    r2, r3, [r0, #16]
        lsr     r4, r2, #29
        lsl     r5, r2, #3
        lsr     r6, r3, #29
        lsl     r7, r3, #3
        add     r1, sp, #LAST
        rev     r4, r4
        rev     r5, r5
        rev     r6, r6
        rev     r7, r7
        stm     r1, {r4-r7}
        b.w     read

prepare:
        ldr     r7, [r1]
        ldr     r6, [r1, #4]
        ldr     r5, [r1, #8]
        ldr     r4, [r1, #12]
        rev     r7, r7
        rev     r6, r6
        rev     r5, r5
        rev     r4, r4
        @ Divided by x: shifted left; a one that leaves (x^0) comes back as (1 + x^128 + x^7 + x^2 + x) / x, without the 1
        adds    r4, r4, r4
        adcs    r5, r5, r5
        adcs    r6, r6, r6
        adcs    r7, r7, r7
        sbc     r3, r3, r3
        mvn     r3, r3                          @ all ones if a one has left
        and     r2, r3, #1
        eor     r4, r4, r2
        and     r2, r3, #0xc2000000
        eor     r7, r7, r2
        factors
        ldr     r0, [sp, #STATE]
        add     r0, r0, #PARTS
        add     r1, sp, #SLOT
        mov     r2, #9
split:  ldr     r3, [r1], #8
        and     r4, r3, #0x11111111
        and     r5, r3, #0x22222222
        and     r6, r3, #0x44444444
        and     r7, r3, #0x88888888
        stm     r0!, {r4-r7}
        subs    r2, r2, #1
        bne     split

        @ Nothing is left in the stack frame, nor below it
empty:  mov     r0, #0
end:    .irp    r, r1, r2, r3, r4, r5, r6, r7, r8
        mov     \r, #0
        .endr
        sub     sp, sp, #BELOW
        .rept   (FRAME + BELOW) / 32
        stm     sp!, {r1-r8}
        .endr
        pop     {r8-r11}
