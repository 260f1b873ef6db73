# The field machine for P-256's prime on RV32IM: 8 words, lowest first, below p, in Montgomery's domain with R = 2^256.
#
# Eight instructions a product, everything in registers: a in a0-a7, nine words of the sum in s0-s8. p = 2^256 - 2^224 + 2^192 + 2^96 - 1,
# so -1/p is 1 modulo 2^32: the lowest word m is itself the factor by which p is added, and m p is m shifted, added and subtracted.

        .equ    WORK,   0
        .include "field_machine_rv32.inc"

        enter   0, 32
        machine

        .macro  load base, r0, r1, r2, r3, r4, r5, r6, r7
        lw      \r0, 0(\base)
        lw      \r1, 4(\base)
        lw      \r2, 8(\base)
        lw      \r3, 12(\base)
        lw      \r4, 16(\base)
        lw      \r5, 20(\base)
        lw      \r6, 24(\base)
        lw      \r7, 28(\base)
        .endm
        .macro  save base, r0, r1, r2, r3, r4, r5, r6, r7
        sw      \r0, 0(\base)
        sw      \r1, 4(\base)
        sw      \r2, 8(\base)
        sw      \r3, 12(\base)
        sw      \r4, 16(\base)
        sw      \r5, 20(\base)
        sw      \r6, 24(\base)
        sw      \r7, 28(\base)
        .endm

# One row: acc (nine words, \r0 the lowest) += a b[i]; acc += \r0 p; the lowest word is zero then, and becomes the highest of the next row.
#
# The bound. Before a row acc < 2p: (acc + a b[i] + m p) / 2^32 < (2p + 2 (2^32 - 1) p) / 2^32 = 2p, with a < p, b[i] and m below 2^32.
# acc + a b[i] may so come near (2^32 + 1) p = 2^288 + 2^192 + ..., which is above 2^288 by a hair: it may carry out of its nine words. No
# random number does that; the pairs in host_tests/crypto/vectors/hair.json do.
        .macro  step r, a               # \r += \a t0 + t2; t2 carries on
        mul     t1, \a, t0
        mulhu   t3, \a, t0
        add     t1, t1, t2
        sltu    t2, t1, t2
        add     t3, t3, t2
        add     \r, \r, t1
        sltu    t2, \r, t1
        add     t2, t2, t3
        .endm
        .macro  row i, r0, r1, r2, r3, r4, r5, r6, r7, r8
        lw      t0, 4*\i(t4)
        mul     t1, a0, t0
        mulhu   t2, a0, t0
        add     \r0, \r0, t1
        sltu    t1, \r0, t1
        add     t2, t2, t1
        step    \r1, a1
        step    \r2, a2
        step    \r3, a3
        step    \r4, a4
        step    \r5, a5
        step    \r6, a6
        step    \r7, a7
        add     \r8, \r8, t2
        sltu    t6, \r8, t2             # the hair
        fold    \r0, \r3, \r4, \r5, \r6, \r7, \r8
        add     \r0, \r0, t6
        .endm
        .macro  step1 r, a              # the same where \r is still nothing
        mul     \r, \a, t0
        mulhu   t3, \a, t0
        add     \r, \r, t2
        sltu    t2, \r, t2
        add     t2, t2, t3
        .endm
        .macro  fold m, r3, r4, r5, r6, r7, r8
        # m p = m (2^256 - 2^224) + m 2^192 + m 2^96 - m
        add     \r3, \r3, \m
        sltu    t1, \r3, \m
        add     \r4, \r4, t1
        sltu    t1, \r4, t1
        add     \r5, \r5, t1
        sltu    t1, \r5, t1
        add     t2, t1, \m
        sltu    t1, t2, t1
        add     \r6, \r6, t2
        sltu    t2, \r6, t2
        add     t1, t1, t2
        sub     t2, t1, \m              # m 2^32 - m + carry
        sltu    t3, t1, \m
        sub     t3, \m, t3
        add     \r7, \r7, t2
        sltu    t2, \r7, t2
        add     \r8, \r8, t3
        sltu    t3, \r8, t3
        add     \r8, \r8, t2
        sltu    t2, \r8, t2
        add     \m, t3, t2
        .endm

# t0 = 1 if w + 2^256 top, below 2p, is below p, else 0; w -= p
        .macro  subp w0, w1, w2, w3, w4, w5, w6, w7, top
        addi    \w0, \w0, 1
        seqz    t0, \w0
        add     \w1, \w1, t0
        sltu    t0, \w1, t0
        add     \w2, \w2, t0
        sltu    t0, \w2, t0
        xori    t0, t0, 1               # now a borrow
        sltu    t1, \w3, t0
        sub     \w3, \w3, t0
        sltu    t0, \w4, t1
        sub     \w4, \w4, t1
        sltu    t1, \w5, t0
        sub     \w5, \w5, t0
        addi    t1, t1, 1
        sltu    t0, \w6, t1
        sub     \w6, \w6, t1
        xori    t0, t0, 1
        add     \w7, \w7, t0
        sltu    t0, \w7, t0
        xori    t0, t0, 1
        sub     t0, t0, \top
        .endm
# w += p if t0 is 1, nothing if it is 0
        .macro  addp w0, w1, w2, w3, w4, w5, w6, w7
        sltu    t1, \w0, t0
        sub     \w0, \w0, t0
        sltu    t2, \w1, t1
        sub     \w1, \w1, t1
        sltu    t1, \w2, t2
        sub     \w2, \w2, t2
        sub     t1, t0, t1
        add     \w3, \w3, t1
        sltu    t1, \w3, t1
        add     \w4, \w4, t1
        sltu    t1, \w4, t1
        add     \w5, \w5, t1
        sltu    t1, \w5, t1
        add     t1, t1, t0
        add     \w6, \w6, t1
        sltu    t1, \w6, t1
        sub     t1, t1, t0
        add     \w7, \w7, t1
        .endm

mul:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
        lw      t0, 0(t4)
        mul     s0, a0, t0
        mulhu   t2, a0, t0
        step1   s1, a1
        step1   s2, a2
        step1   s3, a3
        step1   s4, a4
        step1   s5, a5
        step1   s6, a6
        mul     s7, a7, t0
        mulhu   s8, a7, t0
        add     s7, s7, t2
        sltu    t2, s7, t2
        add     s8, s8, t2
        fold    s0, s3, s4, s5, s6, s7, s8
        row     1, s1, s2, s3, s4, s5, s6, s7, s8, s0
        row     2, s2, s3, s4, s5, s6, s7, s8, s0, s1
        row     3, s3, s4, s5, s6, s7, s8, s0, s1, s2
        row     4, s4, s5, s6, s7, s8, s0, s1, s2, s3
        row     5, s5, s6, s7, s8, s0, s1, s2, s3, s4
        row     6, s6, s7, s8, s0, s1, s2, s3, s4, s5
        row     7, s7, s8, s0, s1, s2, s3, s4, s5, s6
        subp    s8, s0, s1, s2, s3, s4, s5, s6, s7
        addp    s8, s0, s1, s2, s3, s4, s5, s6
        save    t5, s8, s0, s1, s2, s3, s4, s5, s6
        j       next

        .macro  plus w, i               # w += b[i] + t3
        lw      t0, 4*\i(t4)
        add     \w, \w, t0
        sltu    t1, \w, t0
        add     \w, \w, t3
        sltu    t3, \w, t3
        or      t3, t3, t1
        .endm
        .macro  minus w, i
        lw      t1, 4*\i(t4)
        sltu    t2, \w, t1
        sub     \w, \w, t1
        sltu    t1, \w, t0
        sub     \w, \w, t0
        or      t0, t1, t2
        .endm
add2:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
        li      t6, 1
        j       1f
add:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
        li      t6, 0
1:      li      t3, 0
        plus    a0, 0
        plus    a1, 1
        plus    a2, 2
        plus    a3, 3
        plus    a4, 4
        plus    a5, 5
        plus    a6, 6
        plus    a7, 7
        subp    a0, a1, a2, a3, a4, a5, a6, a7, t3
        addp    a0, a1, a2, a3, a4, a5, a6, a7
        addi    t6, t6, -1
        beqz    t6, 1b                  # which operation it is, is public
        j       store
sub2:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
        li      t6, 1
        j       1f
sub:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
        li      t6, 0
1:      li      t0, 0
        minus   a0, 0
        minus   a1, 1
        minus   a2, 2
        minus   a3, 3
        minus   a4, 4
        minus   a5, 5
        minus   a6, 6
        minus   a7, 7
        addp    a0, a1, a2, a3, a4, a5, a6, a7
        addi    t6, t6, -1
        beqz    t6, 1b
        j       store
copy:
        load    t6, a0, a1, a2, a3, a4, a5, a6, a7
store:  save    t5, a0, a1, a2, a3, a4, a5, a6, a7
        j       next

        moves
