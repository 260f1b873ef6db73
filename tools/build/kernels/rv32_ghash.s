# GHASH (NIST SP 800-38D section 6.4) on RV32IM: multiplications, no tables. Neither an address nor a branch depends on the hash key or on the
# text.
#
#   run(state, buf, b"", operation << 27 | length << 16 | start)
#       0: the next bytes of the text, buf[start:start + length]
#       1: a new message: y = 0, then the additional data, buf[start:start + length]
#       2: the end: the block of lengths, then buf[start:start + 16] = y
#       3: the end: the block of lengths, then 0 if buf[start:start + 16] is y, else 1
#       4: prepare the state for the 16 bytes at buf[start], the hash key
# Text or additional data that is no whole number of blocks is padded with zeros.
#
# State (words): 0..3 y; 4, 5 the bytes of additional data and of text so far; 6..41 the nine factors of the hash key, in four parts each; then
# room for nine factors of y, which become products of two words, and for a block that is not whole.
#
# How a carry-less product comes out of the multiplier, and why the key is divided by x: ghash.s. A word of a number is a word here, the lowest
# first: 0 has the last four bytes.

        .include "viper_rv32.inc"

        .equ    ADDITIONAL, 16
        .equ    TEXT,   20
        .equ    PARTS,  24
        .equ    P,      168
        .equ    LAST,   240
        .equ    FRAME,  64

# t0, t1 (or further ones) = the two words of the product a b; t2, t3 spare
        .macro  first   a, b
        mul     t0, \a, \b
        mulhu   t1, \a, \b
        .endm
        .macro  more    a, b
        mul     t2, \a, \b
        mulhu   t3, \a, \b
        xor     t0, t0, t2
        xor     t1, t1, t3
        .endm

# \r = the big-endian word at \at(s1)
        .macro  big     r, at
        lbu     \r, \at(s1)
        lbu     t0, \at+1(s1)
        lbu     t1, \at+2(s1)
        slli    \r, \r, 8
        or      \r, \r, t0
        lbu     t0, \at+3(s1)
        slli    \r, \r, 8
        or      \r, \r, t1
        slli    \r, \r, 8
        or      \r, \r, t0
        .endm

# a0 .. a3 = the block at s1, the lowest word first
        .macro  block
        big     a3, 0
        big     a2, 4
        big     a1, 8
        big     a0, 12
        .endm

# y, added to them
        .macro  add_y
        lw      t0, 0(s0)
        lw      t1, 4(s0)
        lw      t2, 8(s0)
        lw      t3, 12(s0)
        xor     a0, a0, t0
        xor     a1, a1, t1
        xor     a2, a2, t2
        xor     a3, a3, t3
        .endm

# Product of two words, Karatsuba's middle: \a \b, \c \d and \e \f = lower, upper and the sums' product; the result is \a \b \c \d
        .macro  joined  a, b, c, d, e, f
        xor     t2, \a, \c
        xor     t3, \b, \d
        xor     \e, \e, t2
        xor     \f, \f, t3
        xor     \b, \b, \e
        xor     \c, \c, \f
        .endm

# Modulo x^128 + x^7 + x^2 + x + 1, from the low end: \z into \u four words above, and \l below that
        .macro  folded  z, l, u
        srli    t2, \z, 1
        xor     \u, \u, \z
        xor     \u, \u, t2
        srli    t2, \z, 2
        xor     \u, \u, t2
        srli    t2, \z, 7
        xor     \u, \u, t2
        slli    t2, \z, 31
        xor     \l, \l, t2
        slli    t2, \z, 30
        xor     \l, \l, t2
        slli    t2, \z, 25
        xor     \l, \l, t2
        .endm

        arguments 4
        addi    sp, sp, -FRAME
        callee_saved sw, 0
        buffer  s0, 0
        buffer  s1, 1
        integer t0, 3
        srli    s3, t0, 27              # operation
        srli    s2, t0, 16
        andi    s2, s2, 0x7ff           # bytes to go
        slli    t0, t0, 16
        srli    t0, t0, 16
        add     s1, s1, t0
        li      s4, 0x11111111
        slli    s5, s4, 1
        slli    s6, s4, 2
        slli    s7, s4, 3
        beqz    s3, text
        addi    t0, s3, -1
        beqz    t0, begin
        block
        addi    t0, s3, -4
        beqz    t0, prepare

# The block of lengths, in bits
        lw      t0, TEXT(s0)
        lw      t1, ADDITIONAL(s0)
        slli    a0, t0, 3
        srli    a1, t0, 29
        slli    a2, t1, 3
        srli    a3, t1, 29
        li      s2, 0
        j       absorb

text:   lw      t0, TEXT(s0)
        add     t0, t0, s2
        sw      t0, TEXT(s0)
        j       next
begin:  sw      zero, 0(s0)
        sw      zero, 4(s0)
        sw      zero, 8(s0)
        sw      zero, 12(s0)
        sw      s2, ADDITIONAL(s0)
        sw      zero, TEXT(s0)

next:   bnez    s2, 1f
        j       done
1:      li      t0, 16
        bgeu    s2, t0, whole
        addi    t1, s0, LAST
        sw      zero, 0(t1)
        sw      zero, 4(t1)
        sw      zero, 8(t1)
        sw      zero, 12(t1)
1:      lbu     t0, 0(s1)
        sb      t0, 0(t1)
        addi    s1, s1, 1
        addi    t1, t1, 1
        addi    s2, s2, -1
        bnez    s2, 1b
        addi    s1, s0, LAST
        li      s2, 16
whole:  big     a3, 0
        big     a2, 4
        big     a1, 8
        big     a0, 12
        addi    s1, s1, 16
        addi    s2, s2, -16

# y takes the block in a0..a3
absorb: add_y
factors:
        xor     t0, a0, a1
        xor     t1, a2, a3
        xor     t2, a0, a2
        xor     t3, a1, a3
        xor     t4, t2, t3
        sw      a0, P(s0)
        sw      a1, P+8(s0)
        sw      t0, P+16(s0)
        sw      a2, P+24(s0)
        sw      a3, P+32(s0)
        sw      t1, P+40(s0)
        sw      t2, P+48(s0)
        sw      t3, P+56(s0)
        sw      t4, P+64(s0)
        addi    s8, s0, P
        addi    s9, s0, PARTS
        addi    s10, s0, P+72
        addi    t0, s3, -4
        beqz    t0, parts

product:
        lw      a3, 0(s8)
        lw      a4, 0(s9)
        lw      a5, 4(s9)
        lw      a6, 8(s9)
        lw      a7, 12(s9)
        and     a0, a3, s4
        and     a1, a3, s5
        and     a2, a3, s6
        and     a3, a3, s7
        first   a0, a4
        more    a1, a7
        more    a2, a6
        more    a3, a5
        and     t4, t0, s4
        and     t5, t1, s4
        first   a0, a5
        more    a1, a4
        more    a2, a7
        more    a3, a6
        and     t0, t0, s5
        and     t1, t1, s5
        or      t4, t4, t0
        or      t5, t5, t1
        first   a0, a6
        more    a1, a5
        more    a2, a4
        more    a3, a7
        and     t0, t0, s6
        and     t1, t1, s6
        or      t4, t4, t0
        or      t5, t5, t1
        first   a0, a7
        more    a1, a6
        more    a2, a5
        more    a3, a4
        and     t0, t0, s7
        and     t1, t1, s7
        or      t4, t4, t0
        or      t5, t5, t1
        sw      t4, 0(s8)
        sw      t5, 4(s8)
        addi    s8, s8, 8
        addi    s9, s9, 16
        bne     s8, s10, product

        lw      a0, P(s0)
        lw      a1, P+4(s0)
        lw      a2, P+8(s0)
        lw      a3, P+12(s0)
        lw      t4, P+16(s0)
        lw      t5, P+20(s0)
        joined  a0, a1, a2, a3, t4, t5
        lw      a4, P+24(s0)
        lw      a5, P+28(s0)
        lw      a6, P+32(s0)
        lw      a7, P+36(s0)
        lw      t4, P+40(s0)
        lw      t5, P+44(s0)
        joined  a4, a5, a6, a7, t4, t5
        lw      s8, P+48(s0)
        lw      s9, P+52(s0)
        lw      s10, P+56(s0)
        lw      s11, P+60(s0)
        lw      t4, P+64(s0)
        lw      t5, P+68(s0)
        joined  s8, s9, s10, s11, t4, t5
        xor     s8, s8, a0
        xor     s9, s9, a1
        xor     s10, s10, a2
        xor     s11, s11, a3
        xor     s8, s8, a4
        xor     s9, s9, a5
        xor     s10, s10, a6
        xor     s11, s11, a7
        xor     a2, a2, s8
        xor     a3, a3, s9
        xor     a4, a4, s10
        xor     a5, a5, s11
        folded  a0, a3, a4
        folded  a1, a4, a5
        folded  a2, a5, a6
        folded  a3, a6, a7
        sw      a4, 0(s0)
        sw      a5, 4(s0)
        sw      a6, 8(s0)
        sw      a7, 12(s0)
        j       next

# The key divided by x (a1..a3 and what leaves above comes in below, x^128 + x^7 + x^2 + x + 1 divided by x in the place of the 1)
prepare:
        srli    t0, a3, 31
        srli    t1, a2, 31
        srli    t2, a1, 31
        srli    t3, a0, 31
        slli    a3, a3, 1
        slli    a2, a2, 1
        slli    a1, a1, 1
        slli    a0, a0, 1
        or      a3, a3, t1
        or      a2, a2, t2
        or      a1, a1, t3
        or      a0, a0, t0
        neg     t0, t0
        li      t1, 0xC2000000
        and     t0, t0, t1
        xor     a3, a3, t0
        j       factors
parts:  lw      t0, 0(s8)
        and     t1, t0, s4
        and     t2, t0, s5
        and     t3, t0, s6
        and     t4, t0, s7
        sw      t1, 0(s9)
        sw      t2, 4(s9)
        sw      t3, 8(s9)
        sw      t4, 12(s9)
        addi    s8, s8, 8
        addi    s9, s9, 16
        bne     s8, s10, parts
        li      s3, 0

# The hash has been made: written, or compared
done:   li      t5, 0
        addi    t0, s3, -2
        bltz    t0, end
        mv      t4, s0
        addi    s2, s1, 12
        bnez    t0, compare
1:      lw      t0, 0(t4)
        srli    t1, t0, 24
        srli    t2, t0, 16
        srli    t3, t0, 8
        sb      t1, 0(s2)
        sb      t2, 1(s2)
        sb      t3, 2(s2)
        sb      t0, 3(s2)
        addi    t4, t4, 4
        mv      t0, s2
        addi    s2, s2, -4
        bne     t0, s1, 1b
        j       end
compare:
        block
        add_y
        or      a0, a0, a1
        or      a2, a2, a3
        or      a0, a0, a2
        snez    t5, a0

end:    callee_saved lw, 0
        addi    sp, sp, FRAME
        slli    a0, t5, 1               # a small int
        ori     a0, a0, 1
        ret
