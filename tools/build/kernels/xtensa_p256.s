# The field machine for P-256's prime on Xtensa: 9 limbs of 29 bits, lowest first, in Montgomery's domain with R = 2^261. A slot is below
# 2^256 (1 + 2^-4): its limbs are below 2^29, the highest below 2^24 (1 + 2^-4).
#
# There is no carry flag, and a branch on a carry would tell secrets. So sums stay below 2^32, and the lower halves of products are never
# masked: as 3 = 32 - 29, muluh(a, b << 3) = floor(a b / 2^29). Let H be the sum of those over a column, and L the sum of mull(a, b) modulo 2^32.
# Then L - 2^29 H modulo 2^32 is the sum of the remainders modulo 2^29: exact, as up to 8 of them stay below 2^32; here there are 3.
#
# p = 2^256 - 2^224 + 2^192 + 2^96 - 1, so -1/p is 1 modulo 2^29: the lowest limb m is itself the factor by which p is added.

        .include "field_machine_xtensa.inc"
        .include "column_xtensa.inc"

        enter
        machine

# Three rows: columns i to i + 11 of T += a[i..i+2] b. a2 workspace, a3 mask, a4 t, a5 L, a6 and a7 H by turns, a8-a10 limbs of a,
# a11-a13 three limbs of b, a14 a15 a0 the same << 3
        .macro  limb    k, b, s
        l32i    a\b, a2, BC + 4*(\k)
        slli    a\s, a\b, 3
        .endm
        .macro  fold    c, h, before, old
        summed  \h, \before, \old, a2, T+4*(\c)
        and     a5, a5, a3
        s32i    a5, a2, T+4*(\c)
        .endm
        .macro  column  i, k, h, before, old, b0, s0, b1, s1, b2, s2
        limb    \k, \b0, \s0
        first   \h, 8, \b0, 8, \s0
        more    \h, 9, \b1, 9, \s1
        more    \h, 10, \b2, 10, \s2
        fold    \i+\k, \h, \before, \old
        .endm
        .macro  rows    i, old
        l32i    a4, a2, PA
        l32i    a8, a4, 4*\i
        l32i    a9, a4, 4*\i+4
        l32i    a10, a4, 4*\i+8
        limb    0, 11, 14
        first   6, 8, 11, 8, 14
        fold    \i, 6, 0, \old
        limb    1, 12, 15
        first   7, 8, 12, 8, 15
        more    7, 9, 11, 9, 14
        fold    \i+1, 7, 6, \old
        column  \i, 2, 6, 7, \old, 13, 0, 12, 15, 11, 14
        column  \i, 3, 7, 6, \old, 11, 14, 13, 0, 12, 15
        column  \i, 4, 6, 7, \old, 12, 15, 11, 14, 13, 0
        column  \i, 5, 7, 6, \old, 13, 0, 12, 15, 11, 14
        column  \i, 6, 6, 7, \old, 11, 14, 13, 0, 12, 15
        column  \i, 7, 7, 6, \old, 12, 15, 11, 14, 13, 0
        column  \i, 8, 6, 7, \old, 13, 0, 12, 15, 11, 14
        first   7, 9, 13, 9, 0
        more    7, 10, 12, 10, 15
        fold    \i+9, 7, 6, 0
        first   6, 10, 13, 10, 0
        fold    \i+10, 6, 7, 0
        s32i    a6, a2, T + 4*(\i+11)
        .endm
# The lowest column w0 is the factor m; m p is added, so that only a carry is left of w0.
#
# The bound. A column is a signed word. It begins below 2^29 and gets, as w3, w6 and w8 of three factors, at most 2^29 - 2^9, 2^29 - 2^18 and
# 2^29 - 2^24, as w4, w7 and w9 of three others at most 2^9 - 1, 2^18 - 1 and 2^24 - 1, and a carry of at most 3: together 2^31 - 1.
# What is subtracted from it as w7 and w8 is below 2^29 + 2^21.
        .macro  reduce  k, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9
        and     a5, a\w0, a3
        srai    a4, a\w0, 29
        add.n   a\w1, a\w1, a4
        slli    a4, a5, 9               # m 2^96
        and     a4, a4, a3
        add.n   a\w3, a\w3, a4
        extui   a4, a5, 20, 9
        add.n   a\w4, a\w4, a4
        slli    a4, a5, 18              # m 2^192
        and     a4, a4, a3
        add.n   a\w6, a\w6, a4
        srli    a4, a5, 11
        add.n   a\w7, a\w7, a4
        slli    a4, a5, 21              # - m 2^224
        and     a4, a4, a3
        sub     a\w7, a\w7, a4
        srli    a4, a5, 8
        sub     a\w8, a\w8, a4
        slli    a4, a5, 24              # m 2^256
        and     a4, a4, a3
        add.n   a\w8, a\w8, a4
        srli    a4, a5, 5
        add.n   a\w9, a\w9, a4
        .if     \k < 8
        l32i    a\w0, a2, T + 4*(\k+10)
        .endif
        .endm
        .macro  out     j, w, up
        srai    a4, a\w, 29
        add.n   a\up, a\up, a4
        and     a\w, a\w, a3
        s32i    a\w, a0, 4*\j
        .endm
mul:
        s32i    a5, a2, PD
        s32i    a6, a2, PA
        .irp    j, 0, 1, 2, 3, 4, 5, 6, 7, 8
        l32i    a4, a8, 4*\j
        s32i    a4, a2, BC + 4*\j
        .endr
        movi    a3, -1
        srli    a3, a3, 3               # 2^29 - 1
        rows    0, 0
        rows    3, 1
        rows    6, 1
        l32i    a6, a2, T
        l32i    a7, a2, T+4
        l32i    a8, a2, T+8
        l32i    a9, a2, T+12
        l32i    a10, a2, T+16
        l32i    a11, a2, T+20
        l32i    a12, a2, T+24
        l32i    a13, a2, T+28
        l32i    a14, a2, T+32
        l32i    a15, a2, T+36
        reduce  0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        reduce  1, 7, 8, 9, 10, 11, 12, 13, 14, 15, 6
        reduce  2, 8, 9, 10, 11, 12, 13, 14, 15, 6, 7
        reduce  3, 9, 10, 11, 12, 13, 14, 15, 6, 7, 8
        reduce  4, 10, 11, 12, 13, 14, 15, 6, 7, 8, 9
        reduce  5, 11, 12, 13, 14, 15, 6, 7, 8, 9, 10
        reduce  6, 12, 13, 14, 15, 6, 7, 8, 9, 10, 11
        reduce  7, 13, 14, 15, 6, 7, 8, 9, 10, 11, 12
        reduce  8, 14, 15, 6, 7, 8, 9, 10, 11, 12, 13
        l32i    a0, a2, PD
        out     0, 15, 6
        out     1, 6, 7
        out     2, 7, 8
        out     3, 8, 9
        out     4, 9, 10
        out     5, 10, 11
        out     6, 11, 12
        out     7, 12, 13
        s32i    a13, a0, 32
        j       next

# d = a + f b - q p, f = 1, -1, 2, -2; q from the highest limbs, so that the result is positive and below 2^256 (1 + 2^-20)
        .macro  linear  j, shift, sign
        l32i    a10, a6, 4*\j
        l32i    a11, a8, 4*\j
        mull    a11, a11, a7
        add.n   a12, a12, a10
        add.n   a12, a12, a11
        .if     \sign
        slli    a10, a9, \shift
        .if     \sign > 0
        add.n   a12, a12, a10
        .else
        sub     a12, a12, a10
        .endif
        .endif
        .if     \j < 8
        and     a10, a12, a3
        s32i    a10, a5, 4*\j
        srai    a12, a12, 29
        .else
        s32i    a12, a5, 4*\j
        .endif
        .endm
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
4:      movi    a3, -1
        srli    a3, a3, 3
        l32i    a10, a6, 32
        l32i    a11, a8, 32
        mull    a11, a11, a7
        add.n   a10, a10, a11
        addi    a10, a10, -3
        srai    a9, a10, 24             # q
        mov.n   a12, a9
        linear  0, 0, 0
        linear  1, 0, 0
        linear  2, 0, 0
        linear  3, 9, -1
        linear  4, 0, 0
        linear  5, 0, 0
        linear  6, 18, -1
        linear  7, 21, 1
        linear  8, 24, -1
        j       next

        tables
