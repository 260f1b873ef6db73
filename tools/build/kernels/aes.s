@ AES (FIPS 197) with keys of 128 and 256 bits in counter mode, bitsliced, for ARMv7-M and above: neither an address nor a branch
@ depends on the key or on the text.
@
@   ctr(state, buf, start, length)  XOR the key stream over buf[start:start + length]; the counter's last 32 bits, big-endian, advance
@                                   by a block at a time
@   ctr(state, buf, start, -1)      the same for 16 bytes, after these bits were set to 1: the cover of GCM's tag
@   ctr(state, key, words, -2)      expand the key of 4 or 8 words at `key`
@
@ State (words): 0..3 the counter block as bytes in the order of the standard; 4 the offset of the last round key; 5..7 unused; from 8
@ on the round keys, 8 words each.
@
@ Two blocks at a time. A block is loaded as four words, its columns, so that byte r of a word is row r. Columns 0 of the first and
@ the second block, columns 1, and so on are eight words, in r4 to r11; the transposition of the 8 x 8 bits that each byte lane makes
@ up gives eight slices: bit 2 c + i of byte r of slice b is bit b of row r, column c, block i. Slice b is in r(4 + b). Transposing
@ again goes back.
@
@ ShiftRows is never done (fixslicing: Adomnicai and Peyrin, "Fixslicing AES-like ciphers", TCHES 2021). After k rounds without it a
@ byte of row r stands k r columns to the right of its place, so what MixColumns wants from the next row stands k columns further to the right.
@ Hence four kinds of MixColumns, for k modulo 4. Round keys are moved accordingly when they are made. Both key lengths end
@ with k = 2: rows 1 and 3 of the last state trade columns 0 and 2, 1 and 3.
@
@ MixColumns with R = the same column, next row: b = 2 a + 3 R(a) + R^2(a) + R^3(a) = 2 t + R(a) + R^2(t) with t = a + R(a). Slices p hold R(a) + R^2(t)
@ before the last rotation, which rides on the addition of 2 t.
@
@ The S-box is the circuit of Boyar and Peralta ("A small depth-16 circuit for the AES S-box", 2012; 115 gates) in an order that needs few
@ words of the stack. It leaves out the addition of 63 (hexadecimal), which is in the round keys: MixColumns does not change it.
@
@ S-box 140 instructions, MixColumns 77, 52, 77, 27 for k = 1, 2, 3, 0, round key 12, transposition 50: about 2260 for two blocks of AES-128.

        .syntax unified
        .cpu    cortex-m3
        .thumb

@ Stack frame; what the S-box puts aside comes first
        .equ    SPILL,  0
        .equ    ZERO,   44      @ 8 words of zeros: a round key that changes nothing; in counter mode the key stream of a last, short piece
        .equ    BASE,   76      @ slices of the counter block without its last column, first round key added
        .equ    STATE,  108
        .equ    BUF,    112
        .equ    LEFT,   116     @ bytes to go; the word to be expanded in key expansion
        .equ    KEY,    120     @ the next round key
        .equ    ROUNDS, 124     @ the last round key
        .equ    RETURN, 128     @ addresses
        .equ    RETURN2,132
        .equ    NK,     136     @ key expansion: words of the key
        .equ    COUNT,  140     @ words until the next one that passes through the S-box
        .equ    RCON,   144
        .equ    FRAME,  160             @ (a multiple of 32)

@ Exchange the bits of \x that \mask << \n selects with those of \y that \mask selects
        .macro  swap x, y, n, mask
        eor     r0, \y, \x, lsr #\n
        and     r0, r0, #\mask
        eor     \y, \y, r0
        eor     \x, \x, r0, lsl #\n
        .endm

@ The same, \x being zero before
        .macro  spread x, y, n, mask
        and     r0, \y, #\mask
        eor     \y, \y, r0
        lsl     \x, r0, #\n
        .endm

@ Add the eight words at r12, which moves on, to the slices in r4..r11
        .macro  add_slices
        ldm     r12!, {r0-r3}
        eor     r4, r4, r0
        eor     r5, r5, r1
        eor     r6, r6, r2
        eor     r7, r7, r3
        ldm     r12!, {r0-r3}
        eor     r8, r8, r0
        eor     r9, r9, r1
        eor     r10, r10, r2
        eor     r11, r11, r3
        .endm

@ Add the next round key
        .macro  add_key
        ldr     r12, [sp, #KEY]
        add_slices
        str     r12, [sp, #KEY]
        .endm

@ Rows 1 and 3 of two columns trade places
        .macro  trade x, y
        eor     r0, \x, \y
        and     r0, r0, #0xff00ff00
        eor     \x, \x, r0
        eor     \y, \y, r0
        .endm

        push    {r8-r11}
        sub     sp, sp, #FRAME
        cmp     r3, #0
        beq.w   empty
        str     r0, [sp, #STATE]
        bpl     text
        adds    r3, r3, #1
        bne.w   key
        mov     r3, #0x01000000
        str     r3, [r0, #12]
        mov     r3, #16
text:   add     r1, r1, r2
        str     r1, [sp, #BUF]
        str     r3, [sp, #LEFT]
        ldr     r1, [r0, #16]
        add     r1, r1, r0
        str     r1, [sp, #ROUNDS]

@ What all counter blocks share
        ldr     r4, [r0]
        ldr     r6, [r0, #4]
        ldr     r8, [r0, #8]
        mov     r10, #0
        mov     r5, r4
        mov     r7, r6
        mov     r9, r8
        mov     r11, r10
        add     r12, r0, #32
        str     r12, [sp, #KEY]
        bl      transpose
        add_key
        add     r0, sp, #BASE
        stm     r0, {r4-r11}

@ The last columns of two counter blocks, in r10 and r11; transposed, with zeros in r4..r9, and added to the rest
pair:   ldr     r12, [sp, #STATE]
        ldr     r3, [sp, #LEFT]
        ldr     r10, [r12, #12]
        rev     r1, r10
        add     r2, r1, #1
        rev     r11, r2
        cmp     r3, #16
        it      hi
        addhi   r2, r2, #1
        rev     r2, r2
        str     r2, [r12, #12]
        add     r12, r12, #64
        str     r12, [sp, #KEY]
        swap    r10, r11, 1, 0x55555555
        spread  r8, r10, 2, 0x33333333
        spread  r9, r11, 2, 0x33333333
        spread  r4, r8, 4, 0x0f0f0f0f
        spread  r5, r9, 4, 0x0f0f0f0f
        spread  r6, r10, 4, 0x0f0f0f0f
        spread  r7, r11, 4, 0x0f0f0f0f
        add     r12, sp, #BASE
        add_slices
rounds: bl      sbox
        @ MixColumns, k = 1
        mov     r12, #0x3f3f3f3f
        mov     r1, #0x0f0f0f0f
        and     r10, r12, r0, lsr #2
        and     r4, r0, #0x03030303
        orr     r4, r10, r4, lsl #6                 @ v7: the next row of a7, still to be rotated by 8
        eor     r0, r0, r4, ror #8                  @ t7 = a7 + v7
        and     r9, r1, r0, lsr #4
        and     r10, r0, r1
        orr     r10, r9, r10, lsl #4                @ w7: two rows on, still to be rotated by 16
        eor     r9, r4, r10, ror #8                 @ p7
        and     r10, r12, r11, lsr #2
        and     r7, r11, #0x03030303
        orr     r10, r10, r7, lsl #6                @ v6: the next row of a6, still to be rotated by 8
        eor     r7, r11, r10, ror #8                @ t6 = a6 + v6
        and     r11, r1, r7, lsr #4
        and     r4, r7, r1
        orr     r11, r11, r4, lsl #4                @ w6: two rows on, still to be rotated by 16
        eor     r10, r10, r11, ror #8               @ p6
        eor     r11, r7, r9, ror #8                 @ b7 = t6 + p7
        and     r4, r12, r2, lsr #2
        and     r9, r2, #0x03030303
        orr     r7, r4, r9, lsl #6                  @ v5: the next row of a5, still to be rotated by 8
        eor     r2, r2, r7, ror #8                  @ t5 = a5 + v5
        and     r4, r1, r2, lsr #4
        and     r9, r2, r1
        orr     r4, r4, r9, lsl #4                  @ w5: two rows on, still to be rotated by 16
        eor     r9, r7, r4, ror #8                  @ p5
        eor     r10, r2, r10, ror #8                @ b6 = t5 + p6
        and     r2, r12, r3, lsr #2
        and     r7, r3, #0x03030303
        orr     r2, r2, r7, lsl #6                  @ v4: the next row of a4, still to be rotated by 8
        eor     r3, r3, r2, ror #8                  @ t4 = a4 + v4
        and     r7, r1, r3, lsr #4
        and     r4, r3, r1
        orr     r4, r7, r4, lsl #4                  @ w4: two rows on, still to be rotated by 16
        eor     r2, r2, r4, ror #8                  @ p4
        eor     r9, r3, r9, ror #8                  @ b5 = t4 + p5
        and     r3, r12, r8, lsr #2
        and     r4, r8, #0x03030303
        orr     r3, r3, r4, lsl #6                  @ v3: the next row of a3, still to be rotated by 8
        eor     r4, r8, r3, ror #8                  @ t3 = a3 + v3
        and     r7, r1, r4, lsr #4
        and     r8, r4, r1
        orr     r7, r7, r8, lsl #4                  @ w3: two rows on, still to be rotated by 16
        eor     r3, r3, r7, ror #8                  @ p3
        eor     r2, r4, r2, ror #8
        eor     r8, r2, r0                          @ b4 = t3 + t7 + p4
        and     r2, r12, lr, lsr #2
        and     r7, lr, #0x03030303
        orr     r2, r2, r7, lsl #6                  @ v2: the next row of a2, still to be rotated by 8
        eor     lr, lr, r2, ror #8                  @ t2 = a2 + v2
        and     r4, r1, lr, lsr #4
        and     r7, lr, r1
        orr     r7, r4, r7, lsl #4                  @ w2: two rows on, still to be rotated by 16
        eor     r2, r2, r7, ror #8                  @ p2
        eor     r3, lr, r3, ror #8
        eor     r7, r3, r0                          @ b3 = t2 + t7 + p3
        and     r4, r12, r6, lsr #2
        and     lr, r6, #0x03030303
        orr     lr, r4, lr, lsl #6                  @ v1: the next row of a1, still to be rotated by 8
        eor     r3, r6, lr, ror #8                  @ t1 = a1 + v1
        and     r4, r1, r3, lsr #4
        and     r6, r3, r1
        orr     r4, r4, r6, lsl #4                  @ w1: two rows on, still to be rotated by 16
        eor     lr, lr, r4, ror #8                  @ p1
        eor     r6, r3, r2, ror #8                  @ b2 = t1 + p2
        and     r4, r12, r5, lsr #2
        and     r12, r5, #0x03030303
        orr     r3, r4, r12, lsl #6                 @ v0: the next row of a0, still to be rotated by 8
        eor     r2, r5, r3, ror #8                  @ t0 = a0 + v0
        and     r12, r1, r2, lsr #4
        and     r1, r2, r1
        orr     r12, r12, r1, lsl #4                @ w0: two rows on, still to be rotated by 16
        eor     r3, r3, r12, ror #8                 @ p0
        eor     lr, r2, lr, ror #8
        eor     r5, lr, r0                          @ b1 = t0 + t7 + p1
        eor     r4, r0, r3, ror #8                  @ b0 = t7 + p0
        add_key
        ldr     r0, [sp, #ROUNDS]
        cmp     r0, r12
        beq.w   last
        bl      sbox
        @ MixColumns, k = 2
        mov     r1, #0x0f0f0f0f
        and     r12, r1, r0, lsr #4
        and     r4, r0, r1
        orr     r12, r12, r4, lsl #4                @ v7: the next row of a7, still to be rotated by 8
        eor     r0, r0, r12, ror #8                 @ t7 = a7 + v7
        eor     r12, r12, r0, ror #8                @ p7
        and     r4, r1, r11, lsr #4
        and     r10, r11, r1
        orr     r9, r4, r10, lsl #4                 @ v6: the next row of a6, still to be rotated by 8
        eor     r11, r11, r9, ror #8                @ t6 = a6 + v6
        eor     r10, r9, r11, ror #8                @ p6
        eor     r11, r11, r12, ror #8               @ b7 = t6 + p7
        and     r12, r1, r2, lsr #4
        and     r4, r2, r1
        orr     r12, r12, r4, lsl #4                @ v5: the next row of a5, still to be rotated by 8
        eor     r2, r2, r12, ror #8                 @ t5 = a5 + v5
        eor     r12, r12, r2, ror #8                @ p5
        eor     r10, r2, r10, ror #8                @ b6 = t5 + p6
        and     r2, r1, r3, lsr #4
        and     r9, r3, r1
        orr     r2, r2, r9, lsl #4                  @ v4: the next row of a4, still to be rotated by 8
        eor     r3, r3, r2, ror #8                  @ t4 = a4 + v4
        eor     r2, r2, r3, ror #8                  @ p4
        eor     r9, r3, r12, ror #8                 @ b5 = t4 + p5
        and     r3, r1, r8, lsr #4
        and     r12, r8, r1
        orr     r7, r3, r12, lsl #4                 @ v3: the next row of a3, still to be rotated by 8
        eor     r3, r8, r7, ror #8                  @ t3 = a3 + v3
        eor     r4, r7, r3, ror #8                  @ p3
        eor     r3, r3, r2, ror #8
        eor     r8, r3, r0                          @ b4 = t3 + t7 + p4
        and     r3, r1, lr, lsr #4
        and     r12, lr, r1
        orr     r2, r3, r12, lsl #4                 @ v2: the next row of a2, still to be rotated by 8
        eor     lr, lr, r2, ror #8                  @ t2 = a2 + v2
        eor     r3, r2, lr, ror #8                  @ p2
        eor     r12, lr, r4, ror #8
        eor     r7, r12, r0                         @ b3 = t2 + t7 + p3
        and     lr, r1, r6, lsr #4
        and     r2, r6, r1
        orr     r2, lr, r2, lsl #4                  @ v1: the next row of a1, still to be rotated by 8
        eor     r12, r6, r2, ror #8                 @ t1 = a1 + v1
        eor     lr, r2, r12, ror #8                 @ p1
        eor     r6, r12, r3, ror #8                 @ b2 = t1 + p2
        and     r12, r1, r5, lsr #4
        and     r4, r5, r1
        orr     r2, r12, r4, lsl #4                 @ v0: the next row of a0, still to be rotated by 8
        eor     r12, r5, r2, ror #8                 @ t0 = a0 + v0
        eor     r2, r2, r12, ror #8                 @ p0
        eor     r1, r12, lr, ror #8
        eor     r5, r1, r0                          @ b1 = t0 + t7 + p1
        eor     r4, r0, r2, ror #8                  @ b0 = t7 + p0
        add_key
        bl      sbox
        @ MixColumns, k = 3
        mov     r12, #0x03030303
        mov     r1, #0x0f0f0f0f
        and     r10, r12, r0, lsr #6
        and     r9, r0, #0x3f3f3f3f
        orr     r4, r10, r9, lsl #2                 @ v7: the next row of a7, still to be rotated by 8
        eor     r0, r0, r4, ror #8                  @ t7 = a7 + v7
        and     r7, r1, r0, lsr #4
        and     r9, r0, r1
        orr     r9, r7, r9, lsl #4                  @ w7: two rows on, still to be rotated by 16
        eor     r4, r4, r9, ror #8                  @ p7
        and     r10, r12, r11, lsr #6
        and     r7, r11, #0x3f3f3f3f
        orr     r10, r10, r7, lsl #2                @ v6: the next row of a6, still to be rotated by 8
        eor     r9, r11, r10, ror #8                @ t6 = a6 + v6
        and     r11, r1, r9, lsr #4
        and     r7, r9, r1
        orr     r11, r11, r7, lsl #4                @ w6: two rows on, still to be rotated by 16
        eor     r7, r10, r11, ror #8                @ p6
        eor     r11, r9, r4, ror #8                 @ b7 = t6 + p7
        and     r10, r12, r2, lsr #6
        and     r9, r2, #0x3f3f3f3f
        orr     r4, r10, r9, lsl #2                 @ v5: the next row of a5, still to be rotated by 8
        eor     r2, r2, r4, ror #8                  @ t5 = a5 + v5
        and     r10, r1, r2, lsr #4
        and     r9, r2, r1
        orr     r10, r10, r9, lsl #4                @ w5: two rows on, still to be rotated by 16
        eor     r4, r4, r10, ror #8                 @ p5
        eor     r10, r2, r7, ror #8                 @ b6 = t5 + p6
        and     r2, r12, r3, lsr #6
        and     r9, r3, #0x3f3f3f3f
        orr     r2, r2, r9, lsl #2                  @ v4: the next row of a4, still to be rotated by 8
        eor     r3, r3, r2, ror #8                  @ t4 = a4 + v4
        and     r7, r1, r3, lsr #4
        and     r9, r3, r1
        orr     r7, r7, r9, lsl #4                  @ w4: two rows on, still to be rotated by 16
        eor     r2, r2, r7, ror #8                  @ p4
        eor     r9, r3, r4, ror #8                  @ b5 = t4 + p5
        and     r3, r12, r8, lsr #6
        and     r7, r8, #0x3f3f3f3f
        orr     r3, r3, r7, lsl #2                  @ v3: the next row of a3, still to be rotated by 8
        eor     r4, r8, r3, ror #8                  @ t3 = a3 + v3
        and     r8, r1, r4, lsr #4
        and     r7, r4, r1
        orr     r7, r8, r7, lsl #4                  @ w3: two rows on, still to be rotated by 16
        eor     r3, r3, r7, ror #8                  @ p3
        eor     r2, r4, r2, ror #8
        eor     r8, r2, r0                          @ b4 = t3 + t7 + p4
        and     r2, r12, lr, lsr #6
        and     r7, lr, #0x3f3f3f3f
        orr     r2, r2, r7, lsl #2                  @ v2: the next row of a2, still to be rotated by 8
        eor     lr, lr, r2, ror #8                  @ t2 = a2 + v2
        and     r4, r1, lr, lsr #4
        and     r7, lr, r1
        orr     r7, r4, r7, lsl #4                  @ w2: two rows on, still to be rotated by 16
        eor     r2, r2, r7, ror #8                  @ p2
        eor     lr, lr, r3, ror #8
        eor     r7, lr, r0                          @ b3 = t2 + t7 + p3
        and     r3, r12, r6, lsr #6
        and     lr, r6, #0x3f3f3f3f
        orr     r3, r3, lr, lsl #2                  @ v1: the next row of a1, still to be rotated by 8
        eor     lr, r6, r3, ror #8                  @ t1 = a1 + v1
        and     r6, r1, lr, lsr #4
        and     r4, lr, r1
        orr     r4, r6, r4, lsl #4                  @ w1: two rows on, still to be rotated by 16
        eor     r3, r3, r4, ror #8                  @ p1
        eor     r6, lr, r2, ror #8                  @ b2 = t1 + p2
        and     r12, r12, r5, lsr #6
        and     r2, r5, #0x3f3f3f3f
        orr     r12, r12, r2, lsl #2                @ v0: the next row of a0, still to be rotated by 8
        eor     r2, r5, r12, ror #8                 @ t0 = a0 + v0
        and     r4, r1, r2, lsr #4
        and     lr, r2, r1
        orr     lr, r4, lr, lsl #4                  @ w0: two rows on, still to be rotated by 16
        eor     r12, r12, lr, ror #8                @ p0
        eor     r3, r2, r3, ror #8
        eor     r5, r3, r0                          @ b1 = t0 + t7 + p1
        eor     r4, r0, r12, ror #8                 @ b0 = t7 + p0
        add_key
        bl      sbox
        @ MixColumns, k = 0
        eor     r1, r0, r0, ror #8                  @ t7 = a7 + a7
        eor     r12, r0, r1, ror #8                 @ p7
        eor     r0, r11, r11, ror #8                @ t6 = a6 + a6
        eor     r10, r11, r0, ror #8                @ p6
        eor     r11, r0, r12, ror #8                @ b7 = t6 + p7
        eor     r0, r2, r2, ror #8                  @ t5 = a5 + a5
        eor     r7, r2, r0, ror #8                  @ p5
        eor     r10, r0, r10, ror #8                @ b6 = t5 + p6
        eor     r0, r3, r3, ror #8                  @ t4 = a4 + a4
        eor     r3, r3, r0, ror #8                  @ p4
        eor     r9, r0, r7, ror #8                  @ b5 = t4 + p5
        eor     r0, r8, r8, ror #8                  @ t3 = a3 + a3
        eor     r2, r8, r0, ror #8                  @ p3
        eor     r3, r0, r3, ror #8
        eor     r8, r3, r1                          @ b4 = t3 + t7 + p4
        eor     r12, lr, lr, ror #8                 @ t2 = a2 + a2
        eor     r0, lr, r12, ror #8                 @ p2
        eor     r2, r12, r2, ror #8
        eor     r7, r2, r1                          @ b3 = t2 + t7 + p3
        eor     r3, r6, r6, ror #8                  @ t1 = a1 + a1
        eor     lr, r6, r3, ror #8                  @ p1
        eor     r6, r3, r0, ror #8                  @ b2 = t1 + p2
        eor     r12, r5, r5, ror #8                 @ t0 = a0 + a0
        eor     r2, r5, r12, ror #8                 @ p0
        eor     lr, r12, lr, ror #8
        eor     r5, lr, r1                          @ b1 = t0 + t7 + p1
        eor     r4, r1, r2, ror #8                  @ b0 = t7 + p0
        add_key
        b.w     rounds
last:   bl      final
        trade   r4, r8
        trade   r6, r10
        trade   r5, r9
        trade   r7, r11
        ldr     r1, [sp, #BUF]
        ldr     r2, [sp, #LEFT]
        subs    r2, r2, #32
        bmi     short
        str     r2, [sp, #LEFT]
        @ (single loads: the text may stand at any address)
        .irp    r, r4, r6, r8, r10, r5, r7, r9, r11
        ldr     r0, [r1]
        eor     r0, r0, \r
        str     r0, [r1], #4
        .endr
        str     r1, [sp, #BUF]
        cmp     r2, #0
        bne.w   pair
        b.w     empty

@ A last piece of less than two blocks
short:  add     r3, sp, #ZERO
        strd    r4, r6, [r3]
        strd    r8, r10, [r3, #8]
        strd    r5, r7, [r3, #16]
        strd    r9, r11, [r3, #24]
        add     r2, r2, #32
byte:   ldrb    r0, [r1]
        ldrb    r4, [r3], #1
        eor     r0, r0, r4
        strb    r0, [r1], #1
        subs    r2, r2, #1
        bne     byte
        b.w     empty

@ The last round: S-box, round key at [KEY], and back to columns
final:  str     lr, [sp, #RETURN2]
        bl      sbox
        ldr     r1, [sp, #KEY]
        ldr     r12, [r1, #20]
        eor     r9, r2, r12
        ldr     r2, [r1, #12]
        eor     r7, r8, r2
        ldr     r12, [r1, #0]
        eor     r4, r5, r12
        ldr     r2, [r1, #16]
        eor     r8, r3, r2
        ldr     r3, [r1, #4]
        eor     r5, r6, r3
        ldr     r12, [r1, #8]
        eor     r6, lr, r12
        ldr     lr, [r1, #24]
        eor     r10, r11, lr
        ldr     r3, [r1, #28]
        eor     r11, r0, r3
        bl      transpose
        ldr     pc, [sp, #RETURN2]

@ Columns to slices in r4..r11, and slices to columns
transpose:
        swap    r4, r5, 1, 0x55555555
        swap    r6, r7, 1, 0x55555555
        swap    r8, r9, 1, 0x55555555
        swap    r10, r11, 1, 0x55555555
        swap    r4, r6, 2, 0x33333333
        swap    r5, r7, 2, 0x33333333
        swap    r8, r10, 2, 0x33333333
        swap    r9, r11, 2, 0x33333333
        swap    r4, r8, 4, 0x0f0f0f0f
        swap    r5, r9, 4, 0x0f0f0f0f
        swap    r6, r10, 4, 0x0f0f0f0f
        swap    r7, r11, 4, 0x0f0f0f0f
        bx      lr

@ SubBytes without its constant. In: x0 (the highest bit) in r11 to x7 in r4. Out: s0 to s7 in r0, r11, r2, r3, r8, lr, r6, r5.
sbox:   str     lr, [sp, #RETURN]
        eor     r0, r11, r8                         @ y9 = x0 ^ x3
        eor     r2, r11, r5                         @ y13 = x0 ^ x6
        eor     r1, r8, r6                          @ y14 = x3 ^ x5
        eor     r12, r10, r9                        @ t0 = x1 ^ x2
        eor     lr, r2, r1                          @ y12 = y13 ^ y14
        eor     r9, r12, r4                         @ y1 = t0 ^ x7
        eor     r7, r7, lr                          @ t1 = x4 ^ y12
        eor     r3, r7, r6                          @ y15 = t1 ^ x5
        str     r1, [sp, #SPILL + 0]                @ y14
        eor     r1, r3, r4                          @ y6 = y15 ^ x7
        eor     r5, r9, r5                          @ y5 = y1 ^ x6
        eor     r10, r7, r10                        @ y20 = t1 ^ x1
        and     r7, r5, r9                          @ t8 = y5 & y1
        eor     r8, r9, r8                          @ y4 = y1 ^ x3
        eor     r6, r11, r6                         @ y8 = x0 ^ x5
        str     lr, [sp, #SPILL + 4]                @ y12
        and     lr, lr, r3                          @ t2 = y12 & y15
        str     r5, [sp, #SPILL + 8]                @ y5
        eor     r5, r5, r6                          @ y3 = y5 ^ y8
        str     r3, [sp, #SPILL + 12]               @ y15
        eor     r3, r3, r12                         @ y10 = y15 ^ t0
        str     r1, [sp, #SPILL + 16]               @ y6
        and     r1, r5, r1                          @ t3 = y3 & y6
        str     r8, [sp, #SPILL + 20]               @ y4
        and     r8, r8, r4                          @ t5 = y4 & x7
        eor     r1, r1, lr                          @ t4 = t3 ^ t2
        str     r9, [sp, #SPILL + 24]               @ y1
        eor     r9, r9, r11                         @ y2 = y1 ^ x0
        str     r5, [sp, #SPILL + 28]               @ y3
        eor     r5, r10, r0                         @ y11 = y20 ^ y9
        eor     lr, r8, lr                          @ t6 = t5 ^ t2
        eor     r8, r12, r5                         @ y16 = t0 ^ y11
        and     r12, r2, r8                         @ t7 = y13 & y16
        str     r4, [sp, #SPILL + 32]               @ x7
        eor     r4, r4, r5                          @ y7 = x7 ^ y11
        eor     r11, r11, r8                        @ y18 = x0 ^ y16
        str     r9, [sp, #SPILL + 36]               @ y2
        and     r9, r9, r4                          @ t10 = y2 & y7
        str     r4, [sp, #SPILL + 40]               @ y7
        and     r4, r0, r5                          @ t12 = y9 & y11
        eor     r9, r9, r12                         @ t11 = t10 ^ t7
        eor     r12, r7, r12                        @ t9 = t8 ^ t7
        and     r7, r6, r3                          @ t15 = y8 & y10
        eor     r7, r7, r4                          @ t16 = t15 ^ t12
        eor     lr, lr, r7                          @ t18 = t6 ^ t16
        eor     r7, r9, r7                          @ t20 = t11 ^ t16
        eor     r9, r3, r5                          @ y17 = y10 ^ y11
        eor     r7, r7, r11                         @ t24 = t20 ^ y18
        ldr     r11, [sp, #SPILL + 0]               @ y14
        and     r11, r11, r9                        @ t13 = y14 & y17
        eor     r4, r11, r4                         @ t14 = t13 ^ t12
        eor     r12, r12, r4                        @ t19 = t9 ^ t14
        eor     r11, r2, r8                         @ y21 = y13 ^ y16
        eor     r11, r12, r11                       @ t23 = t19 ^ y21
        eor     r12, r1, r4                         @ t17 = t4 ^ t14
        eor     r4, r3, r6                          @ y19 = y10 ^ y8
        eor     r12, r12, r10                       @ t21 = t17 ^ y20
        eor     r10, lr, r4                         @ t22 = t18 ^ y19
        and     r4, r12, r11                        @ t26 = t21 & t23
        eor     r1, r11, r7                         @ t30 = t23 ^ t24
        eor     lr, r10, r4                         @ t31 = t22 ^ t26
        eor     r12, r12, r10                       @ t25 = t21 ^ t22
        eor     r4, r7, r4                          @ t27 = t24 ^ t26
        and     r1, lr, r1                          @ t32 = t31 & t30
        and     lr, r12, r4                         @ t28 = t25 & t27
        eor     r1, r1, r7                          @ t33 = t32 ^ t24
        eor     lr, lr, r10                         @ t29 = t28 ^ t22
        eor     r10, r4, r1                         @ t35 = t27 ^ t33
        and     r10, r7, r10                        @ t36 = t24 & t35
        eor     r7, lr, r1                          @ t42 = t29 ^ t33
        eor     r11, r11, r1                        @ t34 = t23 ^ t33
        and     r0, r7, r0                          @ z15 = t42 & y9
        and     r5, r7, r5                          @ z6 = t42 & y11
        eor     r4, r4, r10                         @ t38 = t27 ^ t36
        eor     r10, r10, r11                       @ t37 = t36 ^ t34
        and     r11, lr, r4                         @ t39 = t29 & t38
        eor     r4, r12, r11                        @ t40 = t25 ^ t39
        eor     r12, r4, r10                        @ t41 = t40 ^ t37
        eor     r11, lr, r4                         @ t43 = t29 ^ t40
        eor     r7, r7, r12                         @ t45 = t42 ^ t41
        and     r9, r7, r9                          @ z7 = t45 & y17
        and     r8, r11, r8                         @ z3 = t43 & y16
        and     r3, r12, r3                         @ z8 = t41 & y10
        and     r12, r12, r6                        @ z17 = t41 & y8
        ldr     r6, [sp, #SPILL + 0]                @ y14
        and     r6, r7, r6                          @ z16 = t45 & y14
        eor     r7, r9, r3                          @ t52 = z7 ^ z8
        eor     r9, r5, r9                          @ t54 = z6 ^ z7
        and     r11, r11, r2                        @ z12 = t43 & y13
        eor     r5, r1, r10                         @ t44 = t33 ^ t37
        ldr     r2, [sp, #SPILL + 12]               @ y15
        and     r3, r5, r2                          @ z0 = t44 & y15
        ldr     r2, [sp, #SPILL + 4]                @ y12
        and     r2, r5, r2                          @ z9 = t44 & y12
        eor     r5, r0, r6                          @ t46 = z15 ^ z16
        ldr     r0, [sp, #SPILL + 28]               @ y3
        and     r0, r10, r0                         @ z10 = t37 & y3
        eor     r3, r3, r8                          @ t53 = z0 ^ z3
        eor     r9, r8, r9                          @ t59 = z3 ^ t54
        ldr     r8, [sp, #SPILL + 16]               @ y6
        and     r8, r10, r8                         @ z1 = t37 & y6
        eor     r12, r6, r12                        @ t55 = z16 ^ z17
        ldr     r6, [sp, #SPILL + 24]               @ y1
        and     r10, r4, r6                         @ z4 = t40 & y1
        eor     r6, r10, r5                         @ t58 = z4 ^ t46
        eor     r10, r10, r9                        @ t64 = z4 ^ t59
        eor     r2, r2, r0                          @ t49 = z9 ^ z10
        eor     r2, r2, r6                          @ t63 = t49 ^ t58
        eor     r6, r7, r6                          @ t62 = t52 ^ t58
        ldr     r7, [sp, #SPILL + 20]               @ y4
        and     r7, r1, r7                          @ z11 = t33 & y4
        eor     r7, r0, r7                          @ t47 = z10 ^ z11
        eor     r0, r9, r2                          @ s0 = t59 ^ t63
        eor     r9, r8, r2                          @ t66 = z1 ^ t63
        ldr     r8, [sp, #SPILL + 32]               @ x7
        and     r2, r1, r8                          @ z2 = t33 & x7
        ldr     r1, [sp, #SPILL + 40]               @ y7
        and     r8, lr, r1                          @ z5 = t29 & y7
        ldr     r1, [sp, #SPILL + 8]                @ y5
        and     r1, r4, r1                          @ z13 = t40 & y5
        ldr     r4, [sp, #SPILL + 36]               @ y2
        and     lr, lr, r4                          @ z14 = t29 & y2
        eor     r1, r8, r1                          @ t48 = z5 ^ z13
        eor     r4, r2, r11                         @ t50 = z2 ^ z12
        eor     r4, r4, r3                          @ t57 = t50 ^ t53
        eor     r5, r5, r4                          @ t60 = t46 ^ t57
        eor     r5, r1, r5                          @ s7 = t48 ^ t60
        eor     r4, lr, r4                          @ t61 = z14 ^ t57
        eor     r11, r11, r1                        @ t56 = z12 ^ t48
        eor     r3, r3, r9                          @ s3 = t53 ^ t66
        eor     lr, r4, r6                          @ t65 = t61 ^ t62
        eor     r6, r11, r6                         @ s6 = t56 ^ t62
        eor     r11, r10, r3                        @ s1 = t64 ^ s3
        eor     r4, r10, lr                         @ t67 = t64 ^ t65
        eor     r1, r2, r8                          @ t51 = z2 ^ z5
        eor     lr, r7, lr                          @ s5 = t47 ^ t65
        eor     r8, r1, r9                          @ s4 = t51 ^ t66
        eor     r2, r12, r4                         @ s2 = t55 ^ t67
        ldr     pc, [sp, #RETURN]

@ Key expansion (FIPS 197 section 5.2). First pass: the words, four at the head of each round key
key:    str     r2, [sp, #NK]
        str     r2, [sp, #COUNT]
        add     r3, r2, #6
        lsl     r3, r3, #5
        add     r3, r3, #32
        str     r3, [r0, #16]
        mov     r3, #1
        str     r3, [sp, #RCON]
        mov     r3, #0
        .irp    i, 0, 4, 8, 12, 16, 20, 24, 28
        str     r3, [sp, #ZERO + \i]
        .endr
        add     r12, r0, #32
copy:   mov     r5, #4
four:   ldr     r4, [r1], #4
        str     r4, [r12], #4
        subs    r5, r5, #1
        bne     four
        add     r12, r12, #16
        subs    r2, r2, #4
        bne     copy

        @ r12: the next word's place; r4: the word before it; r5: words until the next round key
expand: mov     r5, #4
next:   ldr     r6, [sp, #COUNT]
        ldr     r7, [sp, #NK]
        cmp     r6, r7
        beq     rotated
        cmp     r6, #4                          @ half-way through a key of eight words
        bne     plain
        mov     r8, #0
        b       substituted
rotated:
        ror     r4, r4, #8
        ldr     r8, [sp, #RCON]
substituted:
        str     r5, [sp, #LEFT]
        str     r8, [sp, #ROUNDS]
        str     r12, [sp, #BUF]
        add     r0, sp, #ZERO
        str     r0, [sp, #KEY]
        mov     r5, #0
        mov     r6, #0
        mov     r7, #0
        mov     r8, #0
        mov     r9, #0
        mov     r10, #0
        mov     r11, #0
        bl      transpose
        bl      final
        eor     r4, r4, #0x63636363
        ldr     r5, [sp, #LEFT]
        ldr     r8, [sp, #ROUNDS]
        ldr     r12, [sp, #BUF]
        cmp     r8, #0
        beq     plain
        eor     r4, r4, r8
        lsl     r8, r8, #1                      @ the next constant, modulo x^8 + x^4 + x^3 + x + 1
        cmp     r8, #0x100
        it      eq
        moveq   r8, #0x1b
        str     r8, [sp, #RCON]
plain:  ldr     r7, [sp, #NK]
        sub     r6, r12, r7, lsl #3             @ NK words back: four to a round key of 32 bytes
        ldr     r6, [r6]
        eor     r4, r4, r6
        str     r4, [r12], #4
        ldr     r6, [sp, #COUNT]
        subs    r6, r6, #1
        it      eq
        moveq   r6, r7
        str     r6, [sp, #COUNT]
        subs    r5, r5, #1
        bne     next
        add     r12, r12, #16
        ldr     r0, [sp, #STATE]
        ldr     r1, [r0, #16]
        add     r1, r1, r0
        cmp     r12, r1
        bls     expand

        @ Second pass: each round key, for both blocks, moved by as many ShiftRows as its round leaves out, in slices, with the constant of
        @ the S-box (bits 0, 1, 5 and 6 inverted) from the second on. r1: the round, r12: its key
        mov     r1, #0
        add     r12, r0, #32
slices: ldm     r12, {r4, r6, r8, r10}
        ands    r2, r1, #3
        beq     moved
move:   and     r0, r4, #0xff                   @ row r of column c comes from column c - r
        and     r3, r10, #0xff00
        orr     r0, r0, r3
        and     r3, r8, #0xff0000
        orr     r0, r0, r3
        and     r3, r6, #0xff000000
        orr     r5, r0, r3
        and     r0, r6, #0xff
        and     r3, r4, #0xff00
        orr     r0, r0, r3
        and     r3, r10, #0xff0000
        orr     r0, r0, r3
        and     r3, r8, #0xff000000
        orr     r7, r0, r3
        and     r0, r8, #0xff
        and     r3, r6, #0xff00
        orr     r0, r0, r3
        and     r3, r4, #0xff0000
        orr     r0, r0, r3
        and     r3, r10, #0xff000000
        orr     r9, r0, r3
        and     r0, r10, #0xff
        and     r3, r8, #0xff00
        orr     r0, r0, r3
        and     r3, r6, #0xff0000
        orr     r0, r0, r3
        and     r3, r4, #0xff000000
        orr     r10, r0, r3
        mov     r4, r5
        mov     r6, r7
        mov     r8, r9
        subs    r2, r2, #1
        bne     move
moved:  mov     r5, r4
        mov     r7, r6
        mov     r9, r8
        mov     r11, r10
        bl      transpose
        cmp     r1, #0
        beq     store
        mvn     r4, r4
        mvn     r5, r5
        mvn     r9, r9
        mvn     r10, r10
store:  stm     r12!, {r4-r11}
        add     r1, r1, #1
        ldr     r0, [sp, #STATE]
        ldr     r2, [r0, #16]
        add     r2, r2, r0
        cmp     r12, r2
        bls     slices

@ The end: nothing is left in the stack frame
empty:  mov     r0, #0
        .irp    r, r1, r2, r3, r4, r5, r6, r7, r8
        mov     \r, #0
        .endr
        .rept   FRAME / 32
        stm     sp!, {r1-r8}
        .endr
        pop     {r8-r11}
