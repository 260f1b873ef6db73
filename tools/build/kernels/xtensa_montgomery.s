# The field machine on Xtensa for moduli n that are a little below 2^k: of 256 or 255 bits in 9 limbs of 29 bits, of 384 in 14, lowest first, in
# Montgomery's domain with R = 2^(29 limbs). A slot is below 2^k (1 + 2^-4), its limbs below 2^29. Read field_machine_xtensa.inc for how an
# operation is reached, and xtensa_p256.s for how products are summed without a carry flag.
#
# With P384=1 for P-384's prime alone, p = 2^384 - 2^128 - 2^96 + 2^32 - 1: -1/p is 1 modulo 2^29, so the lowest limb m is itself the factor by
# which p is added, and m p is m shifted, added and subtracted.
#
# Regular: no branch and no address depends on a number.

        .include "viper_xtensa.inc"

# The workspace begins with what the modulus makes of it, and with what there are no registers for
        .equ    LIMBS,  0
        .equ    SIZE,   4               # of a slot, bytes
        .equ    INVERSE, 8              # -1 / n modulo 2^29
        .equ    TOP,    12              # the highest limb of 2^k has bit TOP
        .equ    SPARE,  16              # a scalar's bits end at this bit of the highest limb
        .equ    BYTES,  20              # of a number outside
        .equ    COMB,   24              # three words: where the quarters of a scalar begin, 4 x limb | bit << 16
        .equ    N,      36              # 14 words
        .equ    T,      96              # 14 words: the sum of a product's rows
        .equ    SLOTS,  156
        .equ    PC,     160
        .equ    FIRST,  164
        .equ    ARGUMENT, 168
        .equ    SCRIPT, 172
        .equ    COUNT,  176
        .equ    PROGRAMS, 180
        .equ    PD,     184
        .equ    PA,     188
        .equ    PB,     192
        .equ    X,      196
        .ifdef  P384
        .equ    C,      204             # 29 words: columns of a product
        .equ    BC,     320             # 14 words: copy of b
        .equ    HEADER, 376             # then the slots
        .else
        .equ    HEADER, 204
        .endif

        .macro  mask                    # a3, a limb's
        movi    a3, -1
        srli    a3, a3, 3
        .endm

        arguments 4
        buffer  a2, 0
        buffer  a3, 1
        buffer  a4, 2
        integer a5, 3
        l32i    a6, a2, LIMBS
        bnez    a6, 1f
        finish                          # the workspace was wiped
1:
        movi    a6, HEADER
        add     a6, a2, a6
        s32i    a6, a2, SLOTS
        s32i    a3, a2, PROGRAMS
        extui   a6, a5, 0, 16
        add     a4, a4, a6
        s32i    a4, a2, SCRIPT
        extui   a6, a5, 16, 16
        s32i    a6, a2, COUNT
op_end:
        l32i    a3, a2, COUNT
        addi    a3, a3, -1
        bgez    a3, 1f
        finish
1:      s32i    a3, a2, COUNT
        l32i    a4, a2, SCRIPT
        l8ui    a5, a4, 0
        l8ui    a6, a4, 1
        addi    a4, a4, 2
        s32i    a4, a2, SCRIPT
        s32i    a6, a2, ARGUMENT
        l32i    a3, a2, PROGRAMS
        addx4   a3, a5, a3
        s32i    a3, a2, FIRST
        s32i    a3, a2, PC
next:
        l32i    a3, a2, PC
        l8ui    a4, a3, 0
        l8ui    a5, a3, 1
        l8ui    a6, a3, 2
        l8ui    a7, a3, 3
        addi    a3, a3, 4
        s32i    a3, a2, PC
        l32i    a9, a2, SIZE
        l32i    a3, a2, SLOTS
        mull    a5, a5, a9
        mull    a6, a6, a9
        mull    a8, a7, a9
        add.n   a5, a5, a3              # d
        add.n   a6, a6, a3              # a
        add.n   a8, a8, a3              # b; a7: b as a number
        l32i    a10, a2, LIMBS
        beqz    a4, mul
        j       others

        .ifdef  P384
# Three rows: 16 columns from a3 on += a[i..i+2] b. a4 t, a5 L, a6 and a7 H by turns, a8-a10 limbs of a, a14 a15 a0 the same << 3, a11-a13 three
# limbs of b: see xtensa_p256.s, whose bounds are these.
        .include "column_xtensa.inc"
        .macro  limb    k, b
        l32i    a\b, a2, BC + 4*(\k)
        .endm
        .macro  fold    k, h, before, old
        summed  \h, \before, \old, a3, 4*(\k)
        slli    a5, a5, 3
        srli    a5, a5, 3
        s32i    a5, a3, 4*(\k)
        .endm
        .macro  column  k, h, before, b0, b1, b2
        limb    \k, \b0
        first   \h, 8, \b0, 14, \b0
        more    \h, 9, \b1, 15, \b1
        more    \h, 10, \b2, 0, \b2
        fold    \k, \h, \before, 1
        .endm

# d = a b / R: below (2^k (1 + 2^-4))^2 / R + p, and R is above 2^(k + 5)
mul:
        s32i    a5, a2, PD
        s32i    a6, a2, PA
        movi    a9, 0
        .irp    j, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
        l32i    a4, a8, 4*\j
        s32i    a4, a2, BC + 4*\j
        s32i    a9, a2, C + 4*\j
        .endr
        movi    a3, C
        add     a3, a3, a2
        movi    a4, 4                   # passes after this one
pass:   s32i    a4, a2, X
        l32i    a5, a2, PA
        l32i    a8, a5, 0
        l32i    a9, a5, 4
        movi    a10, 0                  # there are but 14 rows
        beqz    a4, 1f
        l32i    a10, a5, 8
1:      addi    a5, a5, 12
        s32i    a5, a2, PA
        slli    a14, a8, 3
        slli    a15, a9, 3
        slli    a0, a10, 3
        limb    0, 11
        first   6, 8, 11, 14, 11
        fold    0, 6, 0, 1
        limb    1, 12
        first   7, 8, 12, 14, 12
        more    7, 9, 11, 15, 11
        fold    1, 7, 6, 1
        column  2, 6, 7, 13, 12, 11
        column  3, 7, 6, 11, 13, 12
        column  4, 6, 7, 12, 11, 13
        column  5, 7, 6, 13, 12, 11
        column  6, 6, 7, 11, 13, 12
        column  7, 7, 6, 12, 11, 13
        column  8, 6, 7, 13, 12, 11
        column  9, 7, 6, 11, 13, 12
        column  10, 6, 7, 12, 11, 13
        column  11, 7, 6, 13, 12, 11
        column  12, 6, 7, 11, 13, 12
        column  13, 7, 6, 12, 11, 13
        first   6, 9, 12, 15, 12
        more    6, 10, 11, 0, 11
        fold    14, 6, 7, 0
        first   7, 10, 12, 0, 12
        fold    15, 7, 6, 0
        s32i    a7, a3, 64
        addi    a3, a3, 12
        l32i    a4, a2, X
        addi    a4, a4, -1
        bltz    a4, 1f
        j       pass

# The lowest column, a6, is the factor m, a5; m p is added, so that only a carry is left of it. a7-a11 the next five, a13 the fourteenth from
# it, a15 the mask.
#
# The bound. A column is a signed word. It begins below 2^29 and gets, as the second and the fourteenth from the lowest, at most 2^29 - 2^3 and
# 2^29 - 2^7, as the third and the fifteenth below 2^3 and 2^7, and a carry of at most 2: together below 2^31. What is subtracted from it as the
# fourth, fifth and sixth is below 2^30 + 2^12.
1:      movi    a3, C
        add     a3, a3, a2
        movi    a15, -1
        srli    a15, a15, 3
        l32i    a6, a3, 0
        l32i    a7, a3, 4
        l32i    a8, a3, 8
        l32i    a9, a3, 12
        l32i    a10, a3, 16
        l32i    a13, a3, 52
        movi    a0, 7
        .macro  lowest  i
        l32i    a11, a3, 20 + \i
        and     a5, a6, a15
        srai    a6, a6, 29
        slli    a4, a5, 3               # m 2^32
        and     a4, a4, a15
        add.n   a6, a6, a4
        add.n   a6, a6, a7
        extui   a4, a5, 26, 3
        add.n   a7, a8, a4
        slli    a4, a5, 9               # - m 2^96
        and     a4, a4, a15
        sub     a8, a9, a4
        extui   a4, a5, 20, 9
        sub     a9, a10, a4
        slli    a4, a5, 12              # - m 2^128
        and     a4, a4, a15
        sub     a9, a9, a4
        extui   a4, a5, 17, 12
        sub     a10, a11, a4
        slli    a4, a5, 7               # m 2^384
        and     a4, a4, a15
        add.n   a13, a13, a4
        s32i    a13, a3, 52 + \i
        l32i    a13, a3, 56 + \i
        extui   a4, a5, 22, 7
        add.n   a13, a13, a4
        .endm
1:      lowest  0
        lowest  4
        addi    a3, a3, 8
        addi    a0, a0, -1
        beqz    a0, 1f
        j       1b
1:      l32i    a5, a2, PD
        .macro  out     j, w, up
        srai    a4, a\w, 29
        add.n   a\up, a\up, a4
        and     a\w, a\w, a15
        s32i    a\w, a5, 4*\j
        .endm
        out     0, 6, 7
        out     1, 7, 8
        out     2, 8, 9
        out     3, 9, 10
        .irp    j, 4, 5, 6, 7, 8, 9, 10, 11
        l32i    a6, a3, 4*\j+4
        out     \j, 10, 6
        mov.n   a10, a6
        .endr
        out     12, 10, 13
        s32i    a13, a5, 52
        j       next
        .else

# One column of a row: the limb k of T takes x b + m n and goes one limb down. a4 b, a5 n, a6 T - 4 (addresses), a7 x, a9 m, a8 and a10 the same
# << 3, a11 what the column before carries. The bound: two remainders, a limb, a carry of two upper parts: below 2^30 + 2^29 + 2^30 + 8.
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

# d = a b / R: below (2^k (1 + 2^-4))^2 / R + n, and R is above 2^(k + 5)
mul:
        s32i    a5, a2, PD
        s32i    a8, a2, PB
        slli    a10, a10, 2
        add     a10, a10, a6
        s32i    a10, a2, X              # end of a
        movi    a9, 0
        addi    a4, a2, T
        movi    a10, 14
1:      s32i    a9, a4, 0
        addi    a4, a4, 4
        addi    a10, a10, -1
        bnez    a10, 1b
        mask
row:    l32i    a7, a6, 0
        addi    a6, a6, 4
        s32i    a6, a2, PA
        l32i    a4, a2, PB
        l32i    a10, a2, INVERSE
        addi    a5, a2, N
        addi    a6, a2, T-4
        slli    a8, a7, 3
        l32i    a14, a4, 0
        l32i    a15, a5, 0
        l32i    a0, a6, 4
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
        column  1
        column  2
        column  3
        column  4
        column  5
        column  6
        column  7
        column  8
        l32i    a14, a2, LIMBS
        addi    a14, a14, -9
        bnez    a14, 1f
        s32i    a11, a6, 36             # the sum is below 3 2^k, and so has no limb more
        j       2f
1:      column  9
        column  10
        column  11
        column  12
        column  13
        s32i    a11, a6, 56
2:      l32i    a6, a2, PA
        l32i    a10, a2, X
        beq     a6, a10, 3f
        j       row
3:      l32i    a5, a2, PD
        addi    a6, a2, T
        l32i    a10, a2, LIMBS
        j       copy
        .endif

# d = a + f b - q n, f = 1, -1, 2, -2; q from the highest limbs less 3, so that the result is positive and below 2^k (1 + 6 / 2^TOP), TOP being 7
# at least. The bound: f = -2 makes q -3 at least, so a limb, three of n and a carry come to 4 (2^29 - 1) + 3 = 2^31 - 1.
others:
        beqi    a4, 1, 1f
        beqi    a4, 2, 2f
        beqi    a4, 3, 3f
        beqi    a4, 4, 5f
        j       moves
5:      movi    a7, -2
        j       4f
1:      movi    a7, 1
        j       4f
2:      movi    a7, -1
        j       4f
3:      movi    a7, 2
        .ifdef  P384
4:      mask
        l32i    a10, a6, 52
        l32i    a11, a8, 52
        mull    a11, a11, a7
        add.n   a10, a10, a11
        addi    a10, a10, -3
        srai    a9, a10, 7              # q
        mov.n   a12, a9                 # the carry, and - q times - 1
        .macro  linear  j, shift, op
        l32i    a10, a6, 4*\j
        l32i    a11, a8, 4*\j
        mull    a11, a11, a7
        add.n   a12, a12, a10
        add.n   a12, a12, a11
        .if     \shift
        slli    a10, a9, \shift
        \op     a12, a12, a10
        .endif
        .if     \j < 13
        and     a10, a12, a3
        s32i    a10, a5, 4*\j
        srai    a12, a12, 29
        .else
        s32i    a12, a5, 4*\j
        .endif
        .endm
        linear  0, 0
        linear  1, 3, sub
        linear  2, 0
        linear  3, 9, add
        linear  4, 12, add
        .irp    j, 5, 6, 7, 8, 9, 10, 11, 12
        linear  \j, 0
        .endr
        linear  13, 7, sub
        j       next
        .else
4:      mask
        addi    a4, a2, N
        addi    a10, a10, -1
        addx4   a13, a10, a6
        addx4   a14, a10, a8
        l32i    a13, a13, 0
        l32i    a14, a14, 0
        mull    a14, a14, a7
        add     a13, a13, a14
        addi    a13, a13, -3
        l32i    a14, a2, TOP
        ssr     a14
        sra     a9, a13                 # q
        movi    a12, 0                  # the carry
1:      l32i    a13, a6, 0
        l32i    a14, a8, 0
        l32i    a15, a4, 0
        mull    a14, a14, a7
        mull    a15, a15, a9
        add     a12, a12, a13
        add     a12, a12, a14
        sub     a12, a12, a15
        beqz    a10, 2f                 # the highest limb keeps what it has
        and     a13, a12, a3
        s32i    a13, a5, 0
        srai    a12, a12, 29
        addi    a4, a4, 4
        addi    a5, a5, 4
        addi    a6, a6, 4
        addi    a8, a8, 4
        addi    a10, a10, -1
        j       1b
2:      s32i    a12, a5, 0
        j       next
        .endif

moves:
        addi    a4, a4, -5
        beqz    a4, copy
        addi    a4, a4, -1
        beqz    a4, op_select
        addi    a4, a4, -1
        beqz    a4, op_cmov
        addi    a4, a4, -1
        beqz    a4, op_put
        addi    a4, a4, -1
        bnez    a4, 1f
        j       op_end
1:      addi    a4, a4, -1
        beqz    a4, op_again
        addi    a4, a4, -1
        bnez    a4, 2f
        j       op_digit
2:      addi    a4, a4, -1
        bnez    a4, 3f
        j       op_in
3:      j       op_out

copy:
        l32i    a4, a6, 0
        s32i    a4, a5, 0
        addi    a5, a5, 4
        addi    a6, a6, 4
        addi    a10, a10, -1
        bnez    a10, copy
        j       next

op_again:
        l32i    a3, a2, ARGUMENT
        addi    a3, a3, -1
        s32i    a3, a2, ARGUMENT
        bnez    a3, 1f
        j       op_end
1:      l32i    a3, a2, FIRST
        s32i    a3, a2, PC
        j       next

        .ifdef  P384
# d.. = entry argument & 63 of the table at a: of every entry each word is read, seven at a time. b = entries | slots of each << 6
        .macro  gather  w, j
        l32i    a4, a15, 4*\j
        and     a4, a4, a3
        or      \w, \w, a4
        .endm
op_select:
        srli    a4, a7, 6
        mull    a4, a4, a9
        s32i    a4, a2, PB              # bytes of an entry
        add     a4, a4, a5
        s32i    a4, a2, X               # end of d..
        extui   a7, a7, 0, 6
        s32i    a7, a2, PD              # entries
1:      .irp    w, a8, a9, a10, a11, a12, a13, a14
        movi    \w, 0
        .endr
        l32i    a0, a2, ARGUMENT
        extui   a0, a0, 0, 6            # entries before the one wanted
        l32i    a7, a2, PD
        mov.n   a15, a6
2:      nsau    a3, a0                  # 32 for 0
        srli    a3, a3, 5
        neg     a3, a3
        addi    a0, a0, -1
        gather  a8, 0
        gather  a9, 1
        gather  a10, 2
        gather  a11, 3
        gather  a12, 4
        gather  a13, 5
        gather  a14, 6
        l32i    a4, a2, PB
        add     a15, a15, a4
        addi    a7, a7, -1
        bnez    a7, 2b
        s32i    a8, a5, 0
        s32i    a9, a5, 4
        s32i    a10, a5, 8
        s32i    a11, a5, 12
        s32i    a12, a5, 16
        s32i    a13, a5, 20
        s32i    a14, a5, 24
        addi    a5, a5, 28
        addi    a6, a6, 28
        l32i    a4, a2, X
        bne     a5, a4, 3f
        j       next
3:      j       1b

        .else
# d.. = entry argument & 63 of the table at a: of every entry each word is read. b = entries | slots of each << 6
op_select:
        srli    a4, a7, 6
        mull    a4, a4, a9              # bytes of an entry
        add     a10, a5, a4             # end of d..
        extui   a7, a7, 0, 6
        l32i    a8, a2, ARGUMENT
        extui   a8, a8, 0, 6
1:      movi    a11, 0                  # the word
        mov.n   a12, a6
        mov.n   a13, a8                 # entries before the one wanted
        mov.n   a14, a7
2:      nsau    a15, a13                # 32 for 0
        srli    a15, a15, 5
        neg     a15, a15
        addi    a13, a13, -1
        l32i    a3, a12, 0
        and     a3, a3, a15
        or      a11, a11, a3
        add     a12, a12, a4
        addi    a14, a14, -1
        bnez    a14, 2b
        s32i    a11, a5, 0
        addi    a5, a5, 4
        addi    a6, a6, 4
        bne     a5, a10, 1b
        j       next
        .endif

# d = a if the argument's sign is set
op_cmov:
        l32i    a3, a2, ARGUMENT
        extui   a3, a3, 7, 1
        neg     a3, a3
1:      l32i    a8, a6, 0
        l32i    a9, a5, 0
        xor     a8, a8, a9
        and     a8, a8, a3
        xor     a9, a9, a8
        s32i    a9, a5, 0
        addi    a5, a5, 4
        addi    a6, a6, 4
        addi    a10, a10, -1
        bnez    a10, 1b
        j       next

# entry argument of the table at d = a..; the argument is public
op_put:
        srli    a7, a7, 6
        mull    a7, a7, a9
        l32i    a3, a2, ARGUMENT
        mull    a3, a3, a7
        add     a5, a5, a3
        srli    a10, a7, 2
        j       copy

# digit of the scalar in d: see field_machine_rv32.inc
op_digit:
        mask
        l32i    a12, a2, SPARE
        bnez    a7, 1f
        j       op_signs
1:      movi    a8, 29
        sub     a8, a8, a7
        movi    a9, 0                   # bits shifted out of the limb before
        mov.n   a11, a5
1:      l32i    a4, a11, 0
        ssl     a7
        sll     a6, a4
        and     a6, a6, a3
        or      a6, a6, a9
        s32i    a6, a11, 0
        ssr     a8
        srl     a9, a4
        addi    a11, a11, 4
        addi    a10, a10, -1
        bnez    a10, 1b
        addi    a11, a11, -4
        ssr     a12
        srl     a8, a6                  # what stands above the scalar
        ssl     a12
        sll     a4, a8
        xor     a6, a6, a4
        s32i    a6, a11, 0
        bnei    a7, 1, 2f
        slli    a8, a8, 3               # the comb
        .macro  tooth   i
        l32i    a4, a2, COMB + 4*\i
        extui   a6, a4, 16, 8
        extui   a4, a4, 0, 8
        add     a4, a4, a5
        l32i    a4, a4, 0
        ssr     a6
        srl     a4, a4
        extui   a4, a4, 0, 1
        .if     \i
        slli    a4, a4, \i
        .endif
        or      a8, a8, a4
        .endm
        tooth   0
        tooth   1
        tooth   2
2:      srli    a4, a8, 3
        movi    a6, 1
        xor     a4, a4, a6
        neg     a6, a4
        xor     a8, a8, a6
        extui   a8, a8, 0, 3
        slli    a4, a4, 7
        or      a8, a8, a4
        s32i    a8, a2, ARGUMENT
        j       next
op_signs:
        l32i    a4, a5, 0
        extui   a4, a4, 0, 1
        movi    a6, 1
        xor     a4, a4, a6
        slli    a4, a4, 7
        s32i    a4, a2, ARGUMENT
        ssl     a12
        sll     a6, a6
        addi    a11, a10, -1
        addx4   a11, a11, a5
        l32i    a4, a11, 0
        or      a4, a4, a6
        s32i    a4, a11, 0
        movi    a9, 0                   # bit shifted out of the limb above
1:      l32i    a4, a11, 0
        srli    a6, a4, 1
        slli    a9, a9, 28
        or      a6, a6, a9
        extui   a9, a4, 0, 1
        s32i    a6, a11, 0
        addi    a11, a11, -4
        addi    a10, a10, -1
        bnez    a10, 1b
        j       next

# 12: slot d = the big-endian number in T. Limb by limb: four bytes and a fifth, from a byte and a bit of it on, counted from the end
op_in:
        mask
        addi    a6, a2, T
        l32i    a9, a2, BYTES
        movi    a7, 0                   # the byte
        movi    a8, 0                   # the bit
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
        j       next

# 13: the reverse, below 2^(8 BYTES). Byte by byte: out of a limb, from a bit on, and the next one
op_out:
        addi    a6, a2, T
        l32i    a9, a2, BYTES
        add     a9, a9, a6
        movi    a8, 0
1:      addi    a9, a9, -1
        l32i    a11, a5, 0
        movi    a12, 0
        beqi    a10, 1, 2f              # the highest limb
        l32i    a12, a5, 4
2:      ssr     a8
        srl     a11, a11
        movi    a13, 29
        sub     a13, a13, a8
        ssl     a13
        sll     a12, a12
        or      a11, a11, a12
        s8i     a11, a9, 0
        addi    a8, a8, 8
        movi    a12, 29
        blt     a8, a12, 3f
        addi    a8, a8, -29
        addi    a5, a5, 4
        addi    a10, a10, -1
3:      bne     a9, a6, 1b
        j       next
