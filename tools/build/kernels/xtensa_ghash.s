# GHASH (NIST SP 800-38D section 6.4) on Xtensa, without tables. Neither an address nor a branch depends on the hash key or on the text. The
# operations and the state are those of rv32_ghash.s; three words behind that are for what there are no registers for.

        .include "viper_xtensa.inc"

        .equ    ADDITIONAL, 16
        .equ    TEXT,   20
        .equ    PARTS,  24
        .equ    P,      168
        .equ    LAST,   240
        .equ    BUF,    256             # what there are no registers for
        .equ    LEFT,   260
        .equ    OPERATION, 264
        .equ    STATE,  4               # on the stack
        .equ    END,    8
        .equ    MASK,   12

# a13, a14 = the two words of the product of a\a and a\b; a15 spare
        .macro  first   a, b
        mull    a13, a\a, a\b
        muluh   14, \a, \b
        .endm
        .macro  more    a, b
        mull    a15, a\a, a\b
        xor     a13, a13, a15
        muluh   15, \a, \b
        xor     a14, a14, a15
        .endm
# What of it belongs to the bits that are \k modulo 4, into a0, a2
        .macro  take    k
        l32i    a15, a1, MASK
        .if     \k
        slli    a15, a15, \k
        and     a13, a13, a15
        and     a14, a14, a15
        or      a0, a0, a13
        or      a2, a2, a14
        .else
        and     a0, a13, a15
        and     a2, a14, a15
        .endif
        .endm
        .macro  parted
        l32i    a15, a1, MASK
        and     a3, a6, a15
        slli    a15, a15, 1
        and     a4, a6, a15
        slli    a15, a15, 1
        and     a5, a6, a15
        slli    a15, a15, 1
        and     a6, a6, a15
        .endm

# \r = the big-endian word at \at(a8)
        .macro  big     r, at
        l8ui    \r, a8, \at
        l8ui    a15, a8, \at+1
        slli    \r, \r, 8
        or      \r, \r, a15
        l8ui    a15, a8, \at+2
        slli    \r, \r, 8
        or      \r, \r, a15
        l8ui    a15, a8, \at+3
        slli    \r, \r, 8
        or      \r, \r, a15
        .endm

# a3 .. a6 = the block at a8, the lowest word first
        .macro  block
        big     a6, 0
        big     a5, 4
        big     a4, 8
        big     a3, 12
        .endm

# y, added to them
        .macro  add_y
        l32i    a10, a2, 0
        l32i    a11, a2, 4
        l32i    a12, a2, 8
        l32i    a13, a2, 12
        xor     a3, a3, a10
        xor     a4, a4, a11
        xor     a5, a5, a12
        xor     a6, a6, a13
        .endm

# Three products from \at on: lower, upper, and that of the sums (Karatsuba); a\a .. a\d = the product of two words each
        .macro  joined  a, b, c, d, at
        l32i    \a, a2, \at
        l32i    \b, a2, \at+4
        l32i    \c, a2, \at+8
        l32i    \d, a2, \at+12
        l32i    a15, a2, \at+16
        xor     a15, a15, \a
        xor     a15, a15, \c
        l32i    a0, a2, \at+20
        xor     a0, a0, \b
        xor     a0, a0, \d
        xor     \b, \b, a15
        xor     \c, \c, a0
        .endm

# Modulo x^128 + x^7 + x^2 + x + 1, from the low end: \z into \u four words above, and \l below that
        .macro  folded  z, l, u
        xor     \u, \u, \z
        srli    a15, \z, 1
        xor     \u, \u, a15
        srli    a15, \z, 2
        xor     \u, \u, a15
        srli    a15, \z, 7
        xor     \u, \u, a15
        slli    a15, \z, 31
        xor     \l, \l, a15
        slli    a15, \z, 30
        xor     \l, \l, a15
        slli    a15, \z, 25
        xor     \l, \l, a15
        .endm

        arguments 4
        buffer  a2, 0
        buffer  a8, 1
        integer a7, 3
        s32i    a2, a1, STATE
        extui   a3, a7, 27, 3
        s32i    a3, a2, OPERATION
        extui   a9, a7, 16, 11          # bytes to go
        extui   a7, a7, 0, 16
        add     a8, a8, a7
        s32i    a8, a2, BUF
        movi    a7, 0x11
        slli    a10, a7, 8
        or      a7, a7, a10
        slli    a10, a7, 16
        or      a7, a7, a10
        s32i    a7, a1, MASK
        beqz    a3, text
        beqi    a3, 1, begin
        addi    a3, a3, -4
        bnez    a3, 1f
        j       prepare
1:
# The block of lengths, in bits
        l32i    a10, a2, TEXT
        l32i    a11, a2, ADDITIONAL
        slli    a3, a10, 3
        extui   a4, a10, 29, 3
        slli    a5, a11, 3
        extui   a6, a11, 29, 3
        movi    a9, 0
        s32i    a9, a2, LEFT
        j       absorb

text:   l32i    a10, a2, TEXT
        add     a10, a10, a9
        s32i    a10, a2, TEXT
        j       next
begin:  movi    a10, 0
        s32i    a10, a2, 0
        s32i    a10, a2, 4
        s32i    a10, a2, 8
        s32i    a10, a2, 12
        s32i    a9, a2, ADDITIONAL
        s32i    a10, a2, TEXT

# a8 the next byte, a9 bytes to go
next:   bnez    a9, 1f
        j       done
1:      movi    a10, 16
        bgeu    a9, a10, whole
        movi    a11, LAST
        add     a11, a11, a2
        movi    a10, 0
        s32i    a10, a11, 0
        s32i    a10, a11, 4
        s32i    a10, a11, 8
        s32i    a10, a11, 12
        mov.n   a12, a11
1:      l8ui    a10, a8, 0
        s8i     a10, a11, 0
        addi    a8, a8, 1
        addi    a11, a11, 1
        addi    a9, a9, -1
        bnez    a9, 1b
        mov.n   a8, a12
        movi    a9, 16
whole:  block
        addi    a8, a8, 16
        addi    a9, a9, -16
        s32i    a8, a2, BUF
        s32i    a9, a2, LEFT

# y takes the block in a3 .. a6
absorb: add_y
factors:
        xor     a10, a3, a4
        xor     a11, a5, a6
        xor     a12, a3, a5
        xor     a13, a4, a6
        xor     a14, a12, a13
        movi    a8, P
        add     a8, a2, a8
        s32i    a3, a8, 0
        s32i    a4, a8, 8
        s32i    a10, a8, 16
        s32i    a5, a8, 24
        s32i    a6, a8, 32
        s32i    a11, a8, 40
        s32i    a12, a8, 48
        s32i    a13, a8, 56
        s32i    a14, a8, 64
        addi    a9, a8, 72
        s32i    a9, a1, END
        l32i    a10, a2, OPERATION
        addi    a9, a2, PARTS
        addi    a10, a10, -4
        bnez    a10, product
        j       parts

product:
        l32i    a6, a8, 0
        parted
        l32i    a7, a9, 0
        l32i    a10, a9, 4
        l32i    a11, a9, 8
        l32i    a12, a9, 12
        first   3, 7
        more    4, 12
        more    5, 11
        more    6, 10
        take    0
        first   3, 10
        more    4, 7
        more    5, 12
        more    6, 11
        take    1
        first   3, 11
        more    4, 10
        more    5, 7
        more    6, 12
        take    2
        first   3, 12
        more    4, 11
        more    5, 10
        more    6, 7
        take    3
        s32i    a0, a8, 0
        s32i    a2, a8, 4
        addi    a8, a8, 8
        addi    a9, a9, 16
        l32i    a15, a1, END
        sub     a15, a15, a8
        bnez    a15, product

        l32i    a2, a1, STATE
        joined  a3, a4, a5, a6, P
        joined  a7, a8, a9, a10, P+24
        joined  a11, a12, a13, a14, P+48
        xor     a11, a11, a3
        xor     a12, a12, a4
        xor     a13, a13, a5
        xor     a14, a14, a6
        xor     a11, a11, a7
        xor     a12, a12, a8
        xor     a13, a13, a9
        xor     a14, a14, a10
        xor     a5, a5, a11
        xor     a6, a6, a12
        xor     a7, a7, a13
        xor     a8, a8, a14
        folded  a3, a6, a7
        folded  a4, a7, a8
        folded  a5, a8, a9
        folded  a6, a9, a10
        s32i    a7, a2, 0
        s32i    a8, a2, 4
        s32i    a9, a2, 8
        s32i    a10, a2, 12
        l32i    a8, a2, BUF
        l32i    a9, a2, LEFT
        j       next

# The key divided by x: what leaves above comes in below, x^128 + x^7 + x^2 + x + 1 divided by x in the place of the 1
prepare:
        block
        extui   a10, a6, 31, 1
        extui   a11, a5, 31, 1
        extui   a12, a4, 31, 1
        extui   a13, a3, 31, 1
        slli    a6, a6, 1
        slli    a5, a5, 1
        slli    a4, a4, 1
        slli    a3, a3, 1
        or      a6, a6, a11
        or      a5, a5, a12
        or      a4, a4, a13
        or      a3, a3, a10
        neg     a10, a10
        movi    a11, 0xC2
        slli    a11, a11, 24
        and     a10, a10, a11
        xor     a6, a6, a10
        j       factors
parts:  l32i    a6, a8, 0
        parted
        s32i    a3, a9, 0
        s32i    a4, a9, 4
        s32i    a5, a9, 8
        s32i    a6, a9, 12
        addi    a8, a8, 8
        addi    a9, a9, 16
        l32i    a15, a1, END
        sub     a15, a15, a8
        bnez    a15, parts
        j       end

# The hash has been made: written, or compared
done:   movi    a7, 0
        l32i    a3, a2, OPERATION
        beqi    a3, 2, write
        beqi    a3, 3, compare
end:    movi    a2, 1
        j       out
write:  l32i    a8, a2, BUF
        addi    a9, a8, 12
1:      l32i    a3, a2, 0
        extui   a4, a3, 24, 8
        s8i     a4, a9, 0
        extui   a4, a3, 16, 8
        s8i     a4, a9, 1
        extui   a4, a3, 8, 8
        s8i     a4, a9, 2
        s8i     a3, a9, 3
        addi    a2, a2, 4
        mov.n   a4, a9
        addi    a9, a9, -4
        bne     a4, a8, 1b
        j       end
compare:
        l32i    a8, a2, BUF
        block
        add_y
        or      a3, a3, a4
        or      a5, a5, a6
        or      a3, a3, a5
        nsau    a3, a3                  # 32 for 0
        srli    a3, a3, 5
        movi    a4, 1
        sub     a3, a4, a3
        slli    a3, a3, 1               # a small int
        or      a2, a3, a4
out:    l32i    a0, a1, 0
        retw
