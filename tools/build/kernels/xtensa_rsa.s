# Arithmetic modulo an RSA modulus on Xtensa, in limbs of 29 bits. For public data: the time depends on them.
#
#   run(w, data, b"", operation << 9 | d << 6 | a << 3 | b)
#       0: slot d = slot a x slot b / R mod n (Montgomery's product), below 2n; d is neither a nor b, which are below 2n
#       1: slot d = the big-endian number in data, as long as w says
#       2: the reverse
#
# w (words): 0 the number of limbs of a slot, a multiple of 4; 1 bytes of what is loaded or stored; six for work; then slots of two words more,
# the lowest first, of which slot 0 is the modulus n, odd. R is 2^(29 x limbs), above 4n.
#
# The product takes a row for each limb of a: 17 instructions a column. How it does without a carry flag: xtensa_p256.s. Here H is the sum of two
# upper parts, and the remainders of two products, a limb and what the column before carries are below 2^30 + 2^29 + 2^30 + 8.

        .include "viper_xtensa.inc"

        .equ    INVERSE, 8              # -1 / n modulo 2^29
        .equ    D,      12
        .equ    A,      16              # the next limb of a
        .equ    B,      20
        .equ    LAST,   24              # end of a
        .equ    HEADER, 32
        .equ    W,      4               # on the stack

# a\r = the address of the slot whose number are three bits of a7 from \bit on; a8 = bytes of a slot
        .macro  slot    r, bit
        extui   a\r, a7, \bit, 3
        mull    a\r, a\r, a8
        add     a\r, a\r, a2
        addi    a\r, a\r, HEADER
        .endm

# One column: the limb at a6 + 4 takes x b + m n and goes one limb down
        .macro  column  k
        l32i    a14, a4, 4*\k
        l32i    a15, a5, 4*\k
        l32i    a0, a6, 4*\k+4
        mull    a12, a14, a7
        muluh   13, 14, 8
        add.n   a0, a0, a11
        mull    a14, a15, a9
        muluh   15, 15, 10
        add.n   a12, a12, a14
        add.n   a13, a13, a15
        slli    a15, a13, 29
        sub     a12, a12, a15
        add.n   a12, a12, a0
        extui   a11, a12, 29, 3
        add.n   a11, a11, a13
        and     a12, a12, a3
        s32i    a12, a6, 4*\k
        .endm

        arguments 4
        buffer  a2, 0
        buffer  a6, 1
        integer a7, 3
        s32i    a2, a1, W
        movi    a3, -1
        srli    a3, a3, 3               # a limb's mask
        l32i    a8, a2, 0
        addi    a8, a8, 2
        slli    a8, a8, 2
        slot    5, 6                    # d
        extui   a9, a7, 9, 2
        beqz    a9, multiply
        beqi    a9, 1, 1f
        j       store
1:      j       load

multiply:
        s32i    a5, a2, D
        slot    4, 3
        s32i    a4, a2, A
        l32i    a9, a2, 0
        addx4   a4, a9, a4
        s32i    a4, a2, LAST
        slot    4, 0
        s32i    a4, a2, B

# The inverse: n x = 1 modulo 8 for x = n, and each step doubles the bits
        l32i    a9, a2, HEADER
        mov.n   a10, a9
        movi    a11, 4
        movi    a14, 2
1:      mull    a12, a9, a10
        sub     a12, a14, a12
        mull    a10, a10, a12
        addi    a11, a11, -1
        bnez    a11, 1b
        neg     a10, a10
        s32i    a10, a2, INVERSE

        movi    a9, 0
        add     a8, a5, a8
1:      s32i    a9, a5, 0
        addi    a5, a5, 4
        bne     a5, a8, 1b

row:    l32i    a2, a1, W
        l32i    a9, a2, A
        l32i    a7, a9, 0
        addi    a9, a9, 4
        s32i    a9, a2, A
        l32i    a4, a2, B
        addi    a5, a2, HEADER
        l32i    a6, a2, D
        slli    a8, a7, 3
        l32i    a14, a4, 0
        l32i    a15, a5, 0
        l32i    a0, a6, 0
        l32i    a10, a2, INVERSE
        l32i    a9, a2, 0
        addi    a6, a6, -4
        addx4   a2, a9, a4              # end of b
        mull    a12, a14, a7
        muluh   13, 14, 8
        slli    a9, a13, 29
        sub     a12, a12, a9
        add.n   a12, a12, a0
        mull    a9, a12, a10
        and     a9, a9, a3              # m
        slli    a10, a9, 3
        mull    a14, a15, a9
        muluh   15, 15, 10
        slli    a0, a15, 29
        sub     a14, a14, a0
        add.n   a12, a12, a14           # its lowest 29 bits are zero
        extui   a11, a12, 29, 3
        add.n   a11, a11, a13
        add.n   a11, a11, a15
        j       2f
1:      column  0
2:      column  1
        column  2
        column  3
        addi    a4, a4, 16
        addi    a5, a5, 16
        addi    a6, a6, 16
        beq     a4, a2, 3f
        j       1b
3:      s32i    a11, a6, 0              # a product is below 3n before the last row, and so has no limb more
        l32i    a2, a1, W
        l32i    a9, a2, A
        l32i    a10, a2, LAST
        beq     a9, a10, 4f
        j       row
4:      j       end

# Limb by limb: four bytes and a fifth, from a byte and a bit of it on. a6 data, a7 the byte counted from the end, a8 the bit, a9 bytes
load:   l32i    a9, a2, 4
        l32i    a10, a2, 0              # limbs to go
        movi    a7, 0
        movi    a8, 0
1:      movi    a11, 0                  # the four bytes
        movi    a12, 0                  # the fifth
        movi    a13, 0
2:      add     a14, a7, a13
        bgeu    a14, a9, 4f
        sub     a14, a9, a14
        add     a14, a14, a6
        addi    a14, a14, -1
        l8ui    a14, a14, 0
        beqi    a13, 4, 3f
        slli    a15, a13, 3
        ssl     a15
        sll     a14, a14
        or      a11, a11, a14
        addi    a13, a13, 1
        j       2b
3:      mov.n   a12, a14
4:      ssr     a8
        src     a11, a12, a11
        and     a11, a11, a3
        s32i    a11, a5, 0
        addi    a5, a5, 4
        addi    a7, a7, 3
        addi    a8, a8, 5
        movi    a14, 8
        blt     a8, a14, 5f
        addi    a8, a8, -8
        addi    a7, a7, 1
5:      addi    a10, a10, -1
        bnez    a10, 1b
        movi    a11, 0
        s32i    a11, a5, 0
        s32i    a11, a5, 4
        j       end

# Byte by byte: out of a limb, from a bit on, and the next one
store:  l32i    a9, a2, 4
        add     a9, a9, a6
        movi    a8, 0
1:      addi    a9, a9, -1
        l32i    a10, a5, 0
        l32i    a11, a5, 4
        ssr     a8
        srl     a10, a10
        movi    a12, 29
        sub     a12, a12, a8
        ssl     a12
        sll     a11, a11
        or      a10, a10, a11
        s8i     a10, a9, 0
        addi    a8, a8, 8
        movi    a12, 29
        blt     a8, a12, 2f
        addi    a8, a8, -29
        addi    a5, a5, 4
2:      bne     a9, a6, 1b

end:    finish
