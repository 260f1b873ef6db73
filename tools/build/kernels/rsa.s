@ Arithmetic modulo an RSA modulus, for cores with UMAAL (Cortex-M4, M7, M33 with DSP). For public data: the time depends on them. With
@ SECRET=1 for secret ones: the same instructions and addresses whatever they are.
@
@   run(w, d, a, b)     slot d = slot a x slot b / R mod n (Montgomery's product); d is neither a nor b
@   run(w, d, buf, -1)  slot d = the big-endian number at buf, as long as the modulus
@   run(w, d, buf, -2)  the reverse
@   run(w, d, k, -3)    slot d = slot d x 2^k mod n, by doubling; the slot is below n before and after
@   run(w, d, 1, -4)    slot d, below R, modulo n
@ With SECRET=1, in the place of the last two:
@   run(w, d, i, -3)    slot d = the one number i, 0 to 15, of the sixteen slots behind it, all of which are read
@
@ w (words): 0 the number of words of the modulus, nw, a multiple of 4, at least 8; 1 unused; then slots of nw + 2 words each, the least significant
@ word first, of which slot 0 is the modulus n, odd, with its highest bit set. R is 2^(32 nw). Slots are below R, not always below n:
@ a product of such is below R + n, from which n is taken if it reaches R.
@
@ The product takes a row for each word of a, with two columns in a pass of 8 instructions: about 5 nw^2.

        .syntax unified
        .cpu    cortex-m4
        .thumb

@ Stack frame
        .equ    D,      0
        .equ    A,      4               @ the next word of a
        .equ    B,      8
        .equ    N,      12
        .equ    NW,     16
        .equ    INVERSE, 20             @ -1 / n modulo 2^32
        .equ    ROWS,   24              @ rows to go; doublings to go
        .equ    FRAME,  32

@ Two columns: words at r12 + 8 take r3 (a's word) times b's and r4 (m) times n's, carries in r5, r6, and go one word down
        .macro  columns
        ldrd    r7, r8, [r12, #8]!
        ldrd    r9, r10, [r1], #8
        umaal   r7, r5, r3, r9
        umaal   r8, r5, r3, r10
        ldrd    r9, r10, [r2], #8
        umaal   r7, r6, r4, r9
        umaal   r8, r6, r4, r10
        strd    r7, r8, [r12, #-4]
        .endm

        push    {r8-r11}
        sub     sp, sp, #FRAME
        ldr     r4, [r0], #8
        add     r5, r4, #2
        lsl     r5, r5, #2                      @ bytes of a slot
        mla     r1, r1, r5, r0
        str     r1, [sp, #D]
        strd    r0, r4, [sp, #N]
        cmp     r3, #0
        bmi.w   other
        mla     r2, r2, r5, r0
        mla     r3, r3, r5, r0
        strd    r2, r3, [sp, #A]
        str     r4, [sp, #ROWS]

        @ The inverse: n x = 1 modulo 8 for x = n, and each step doubles the bits
        ldr     r6, [r0]
        mov     r7, r6
        mov     r8, #4
double_bits:
        mul     r9, r6, r7
        rsb     r9, r9, #2
        mul     r7, r7, r9
        subs    r8, r8, #1
        bne     double_bits
        rsb     r7, r7, #0
        str     r7, [sp, #INVERSE]

        mov     r6, #0
        add     r5, r4, #2
clear:  str     r6, [r1], #4
        subs    r5, r5, #1
        bne     clear

row:    ldr     r12, [sp, #D]
        ldr     r0, [sp, #A]
        ldrd    r1, r2, [sp, #B]
        ldr     r3, [r0], #4
        str     r0, [sp, #A]
        ldr     r0, [sp, #NW]
        ldr     r11, [sp, #INVERSE]
        mov     r5, #0
        mov     r6, #0
        ldrd    r7, r8, [r12]
        ldrd    r9, r10, [r1], #8
        umaal   r7, r5, r3, r9
        mul     r4, r7, r11
        umaal   r8, r5, r3, r10
        ldrd    r9, r10, [r2], #8
        umaal   r7, r6, r4, r9                  @ r7 = 0
        umaal   r8, r6, r4, r10
        str     r8, [r12]
        sub     r0, r0, #4
        columns
four:   columns
        columns
        subs    r0, r0, #4
        bne     four
        ldrd    r7, r8, [r12, #8]               @ words nw and nw + 1 (0)
        adds    r7, r7, r5
        adc     r8, r8, #0
        adds    r7, r7, r6
        adc     r8, r8, #0
        mov     r9, #0
        strd    r7, r8, [r12, #4]
        str     r9, [r12, #12]
        ldr     r0, [sp, #ROWS]
        subs    r0, r0, #1
        str     r0, [sp, #ROWS]
        bne     row

        .ifdef  SECRET
        rsb     r11, r8, #0                     @ all ones where the product has reached R
        ldr     r12, [sp, #D]
        ldrd    r0, r4, [sp, #N]
        mov     r6, #0                          @ all ones: a borrow
masked: ldrd    r7, r8, [r12]
        ldrd    r9, r10, [r0], #8
        and     r9, r9, r11
        and     r10, r10, r11
        rsbs    r6, r6, #0                      @ the carry is the borrow's opposite
        sbcs    r7, r7, r9
        sbcs    r8, r8, r10
        sbc     r6, r6, r6
        strd    r7, r8, [r12], #8
        subs    r4, r4, #2
        bne     masked
        mov     r7, #0                          @ R itself is gone
        str     r7, [r12]
        b       end

other:  adds    r3, r3, #2
        bpl     bytes
        ldr     r1, [sp, #D]
        ldr     r12, [sp, #D]
        add     r0, r4, #2
        mov     r6, #0
zero:   str     r6, [r12], #4
        subs    r0, r0, #1
        bne     zero
        mov     r3, #16                         @ slots to go; r12 is at the first
slot:   rsb     r11, r3, #16
        eor     r11, r11, r2
        sub     r11, r11, #1
        asr     r11, r11, #31                   @ all ones for the one that is wanted
        mov     r0, r4
two:    ldrd    r7, r8, [r12], #8
        ldrd    r9, r10, [r1]
        and     r7, r7, r11
        and     r8, r8, r11
        orr     r9, r9, r7
        orr     r10, r10, r8
        strd    r9, r10, [r1], #8
        subs    r0, r0, #2
        bne     two
        sub     r1, r1, r4, lsl #2
        add     r12, r12, #8
        subs    r3, r3, #1
        bne     slot
        b       end

        .else
        cmp     r8, #0
        beq.w   end
        str     r0, [sp, #ROWS]
        b       subtract

other:  adds    r3, r3, #2
        bpl     bytes
        str     r2, [sp, #ROWS]
        adds    r3, r3, #1
        bne     reduce

@ Doubled, then n taken if that is not below n
again:  ldr     r12, [sp, #D]
        ldr     r4, [sp, #NW]
        mov     r6, #0
shift:  ldrd    r7, r8, [r12]
        lsl     r9, r7, #1
        orr     r9, r9, r6
        lsr     r6, r7, #31
        orr     r10, r6, r8, lsl #1
        lsr     r6, r8, #31
        strd    r9, r10, [r12], #8
        subs    r4, r4, #2
        bne     shift
        cmp     r6, #0
        bne     subtract
reduce: ldr     r12, [sp, #D]
        ldrd    r0, r4, [sp, #N]
        add     r12, r12, r4, lsl #2
        add     r0, r0, r4, lsl #2
compare:
        ldr     r7, [r12, #-4]!
        ldr     r8, [r0, #-4]!
        cmp     r7, r8
        bhi     subtract
        blo     next
        subs    r4, r4, #1
        bne     compare
subtract:
        ldr     r12, [sp, #D]
        ldrd    r0, r4, [sp, #N]
        mov     r6, #0                          @ all ones: a borrow
minus:  ldrd    r7, r8, [r12]
        ldrd    r9, r10, [r0], #8
        rsbs    r6, r6, #0                      @ the carry is the borrow's opposite
        sbcs    r7, r7, r9
        sbcs    r8, r8, r10
        sbc     r6, r6, r6
        strd    r7, r8, [r12], #8
        subs    r4, r4, #2
        bne     minus
next:   ldr     r0, [sp, #ROWS]
        cmp     r0, #0
        beq     end
        subs    r0, r0, #1
        str     r0, [sp, #ROWS]
        bne     again
        b       end
        .endif

@ Bytes to a slot (r3 = 1) or back (r3 = 0)
bytes:  ldr     r12, [sp, #D]
        add     r2, r2, r4, lsl #2
word:   cmp     r3, #0
        beq     back
        ldr     r7, [r2, #-4]!
        rev     r7, r7
        str     r7, [r12], #4
        b       counted
back:   ldr     r7, [r12], #4
        rev     r7, r7
        str     r7, [r2, #-4]!
counted:
        subs    r4, r4, #1
        bne     word
        cmp     r3, #0
        itt     ne
        movne   r6, #0
        strne   r6, [r12]

end:    mov     r0, #0
        add     sp, sp, #FRAME
        pop     {r8-r11}
