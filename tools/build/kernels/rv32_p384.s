# The field machine for P-384's prime p = 2^384 - delta, delta = 2^128 + 2^96 - 2^32 + 1, on RV32IM. Slots are 12 words, lowest first, of the
# plain number, below p: what is above 2^384 comes back times delta, by additions.
#
# Eight instructions a product: six words of a stay in a0-a5, and six of the sum in s0-s5 go one word down with each word of b.
#
# Regular: no branch and no address depends on a number.

        .equ    WORK,   112
        .include "field_machine_rv32.inc"

        .equ    T,      0               # 24 words: the product
        .equ    D,      96

        enter   0, 48
        machine
        moves

# A number's twelve words: t6 (which may be the address of them), ra, s4, s5, a0-a7
        .macro  words   op, base
        \op     ra, 4(\base)
        \op     s4, 8(\base)
        \op     s5, 12(\base)
        \op     a0, 16(\base)
        \op     a1, 20(\base)
        \op     a2, 24(\base)
        \op     a3, 28(\base)
        \op     a4, 32(\base)
        \op     a5, 36(\base)
        \op     a6, 40(\base)
        \op     a7, 44(\base)
        \op     t6, 0(\base)
        .endm

# These, with 2^384 t4 below 2p, minus p if that is not negative: plus delta, if the sum passes 2^384
        .macro  reduce
        addi    t0, t6, 1
        seqz    t0, t0                  # what the sum carries: 2^32 - 1 in the second word and the third
        or      t0, t0, ra
        snez    t0, t0
        or      t0, t0, s4
        snez    t0, t0
        add     t1, s5, t0
        sltu    t0, t1, t0
        addi    t0, t0, 1
        add     t1, a0, t0
        sltu    t0, t1, t0
        and     t1, a1, a2
        and     t1, t1, a3
        and     t1, t1, a4
        and     t1, t1, a5
        and     t1, t1, a6
        and     t1, t1, a7
        addi    t1, t1, 1
        seqz    t1, t1
        and     t0, t0, t1
        or      t0, t0, t4
        add     t6, t6, t0              # t0 (1 - 2^32 + 2^96 + 2^128)
        sltu    t1, t6, t0
        sub     t2, t0, t1
        sltu    t1, ra, t2
        sub     ra, ra, t2
        sltu    t2, s4, t1
        sub     s4, s4, t1
        sub     t2, t0, t2
        add     s5, s5, t2
        sltu    t1, s5, t2
        add     t2, t0, t1
        add     a0, a0, t2
        sltu    t1, a0, t2
        .irp    w, a1, a2, a3, a4, a5, a6
        add     \w, \w, t1
        sltu    t1, \w, t1
        .endr
        add     a7, a7, t1
        .endm

# \d = \s + \a t0 + t2; t2 carries on
        .macro  step    d, s, a
        mul     t1, \a, t0
        mulhu   t3, \a, t0
        add     t1, t1, t2
        sltu    t2, t1, t2
        add     t3, t3, t2
        add     \d, \s, t1
        sltu    t2, \d, t1
        add     t2, t2, t3
        .endm

# Sums of words that may be subtracted, too: t4 is the carry, -1 to 3
        .macro  carried w
        add     \w, \w, t4
        sltu    t1, \w, t4
        srai    t4, t4, 31
        add     t4, t4, t1
        .endm
        .macro  plus    d, s, w         # \d = \s + \w; neither \d nor \w is \s, or \d is
        add     \d, \s, \w
        .ifc    \d, \s
        sltu    t1, \d, \w
        .else
        sltu    t1, \d, \s
        .endif
        add     t4, t4, t1
        .endm
        .macro  minus   w, x
        sltu    t1, \w, \x
        sub     \w, \w, \x
        sub     t4, t4, t1
        .endm
# \d = word \k of the product's lower half with the carry, + \x + \y + \z - \m
        .macro  column  d, k, z, m, x, y
        .if     \k < 12
        lw      t0, T + 4*\k(sp)
        carried t0
        .else
        mv      t0, t4
        srai    t4, t4, 31
        .endif
        .ifnb   \m
        minus   t0, \m
        .endif
        .ifnb   \x
        plus    t0, t0, \x
        .endif
        .ifnb   \y
        plus    t0, t0, \y
        .endif
        plus    \d, t0, \z
        .endm

# d = a b: a row for each word of b, by each half of a, then the upper half of the product comes back to the lower
mul:
        sw      t5, D(sp)
        .irp    k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sw      zero, T + 4*\k(sp)
        .endr
        mv      s6, t4
        addi    s7, t4, 48              # end of b
        addi    s8, sp, T
        addi    ra, t6, 48              # end of a
half:   lw      a0, 0(t6)
        lw      a1, 4(t6)
        lw      a2, 8(t6)
        lw      a3, 12(t6)
        lw      a4, 16(t6)
        lw      a5, 20(t6)
        .irp    w, s0, s1, s2, s3, s4, s5
        li      \w, 0
        .endr
        mv      t4, s6
        mv      a6, s8
row:    lw      t0, 0(t4)
        lw      t2, 0(a6)
        step    t5, s0, a0
        step    s0, s1, a1
        step    s1, s2, a2
        step    s2, s3, a3
        step    s3, s4, a4
        step    s4, s5, a5
        mv      s5, t2
        sw      t5, 0(a6)
        addi    t4, t4, 4
        addi    a6, a6, 4
        bne     t4, s7, row
        sw      s0, 0(a6)
        sw      s1, 4(a6)
        sw      s2, 8(a6)
        sw      s3, 12(a6)
        sw      s4, 16(a6)
        sw      s5, 20(a6)
        addi    t6, t6, 24
        addi    s8, s8, 24
        bne     t6, ra, half

# T = L + H 2^384 comes to L + H delta, whose words are L_k + H_k - H_(k-1) + H_(k-3) + H_(k-4). H is in a0-a7 and s0-s3; those from the
# twelfth on, W, are in s0-s3 and s6.
#
# The bound. L + H delta < 2^384 (1 + delta), so W is at most delta: four words and a bit, which only numbers that end a hair below 2^384 set.
# Then W delta < 2^257, so that L's twelve words and it are below 2p.
        lw      a0, T+48(sp)
        lw      a1, T+52(sp)
        lw      a2, T+56(sp)
        lw      a3, T+60(sp)
        lw      a4, T+64(sp)
        lw      a5, T+68(sp)
        lw      a6, T+72(sp)
        lw      a7, T+76(sp)
        lw      s0, T+80(sp)
        lw      s1, T+84(sp)
        lw      s2, T+88(sp)
        lw      s3, T+92(sp)
        li      t4, 0
        column  t6, 0, a0
        column  ra, 1, a1, a0
        column  s4, 2, a2, a1
        column  s5, 3, a3, a2, a0
        column  a0, 4, a4, a3, a1, a0
        column  a1, 5, a5, a4, a2, a1
        column  a2, 6, a6, a5, a3, a2
        column  a3, 7, a7, a6, a4, a3
        column  a4, 8, s0, a7, a5, a4
        column  a5, 9, s1, s0, a6, a5
        column  a6, 10, s2, s1, a7, a6
        column  a7, 11, s3, s2, s0, a7
        column  s0, 12, s1, s3, s0
        column  s1, 13, s2, , s1
        column  s2, 14, s3, , s2
        mv      t0, t4
        srai    t4, t4, 31
        plus    s3, s3, t0
        mv      s6, t4

# W comes back in the same way
        li      t4, 0
        plus    t6, t6, s0
        carried ra
        plus    ra, ra, s1
        minus   ra, s0
        carried s4
        plus    s4, s4, s2
        minus   s4, s1
        carried s5
        plus    s5, s5, s3
        minus   s5, s2
        plus    s5, s5, s0
        carried a0
        plus    a0, a0, s6
        minus   a0, s3
        plus    a0, a0, s1
        plus    a0, a0, s0
        carried a1
        minus   a1, s6
        plus    a1, a1, s2
        plus    a1, a1, s1
        carried a2
        plus    a2, a2, s3
        plus    a2, a2, s2
        carried a3
        plus    a3, a3, s6
        plus    a3, a3, s3
        carried a4
        plus    a4, a4, s6
        carried a5
        carried a6
        carried a7
        reduce
        lw      t5, D(sp)
store:  words   sw, t5
        j       next

# d = a + 2b, d = a + b. s6 b; s7: how often b comes, but for one
add2:
        li      s7, 1
        j       1f
add:
        li      s7, 0
1:      mv      s6, t4
        words   lw, t6
2:      li      t4, 0
        .macro  with_b  w, i
        lw      t0, 4*\i(s6)
        add     \w, \w, t0
        sltu    t1, \w, t0
        add     \w, \w, t4
        sltu    t4, \w, t4
        or      t4, t4, t1
        .endm
        with_b  t6, 0
        with_b  ra, 1
        with_b  s4, 2
        with_b  s5, 3
        with_b  a0, 4
        with_b  a1, 5
        with_b  a2, 6
        with_b  a3, 7
        with_b  a4, 8
        with_b  a5, 9
        with_b  a6, 10
        with_b  a7, 11
        reduce
        addi    s7, s7, -1
        beqz    s7, 2b                  # which operation it is, is public
        j       store

# d = a - 2b, d = a - b: minus delta, modulo 2^384, if there was a borrow, t4
sub2:
        li      s7, 1
        j       1f
sub:
        li      s7, 0
1:      mv      s6, t4
        words   lw, t6
2:      li      t4, 0
        .macro  less_b  w, i
        lw      t0, 4*\i(s6)
        sltu    t1, \w, t0
        sub     \w, \w, t0
        sltu    t2, \w, t4
        sub     \w, \w, t4
        or      t4, t1, t2
        .endm
        less_b  t6, 0
        less_b  ra, 1
        less_b  s4, 2
        less_b  s5, 3
        less_b  a0, 4
        less_b  a1, 5
        less_b  a2, 6
        less_b  a3, 7
        less_b  a4, 8
        less_b  a5, 9
        less_b  a6, 10
        less_b  a7, 11
        sltu    t1, t6, t4
        sub     t6, t6, t4
        sub     t2, t4, t1
        add     ra, ra, t2
        sltu    t1, ra, t2
        add     s4, s4, t1
        sltu    t1, s4, t1
        sub     t2, t4, t1
        sltu    t1, s5, t2
        sub     s5, s5, t2
        add     t2, t4, t1
        sltu    t1, a0, t2
        sub     a0, a0, t2
        .irp    w, a1, a2, a3, a4, a5, a6
        sltu    t2, \w, t1
        sub     \w, \w, t1
        mv      t1, t2
        .endr
        sub     a7, a7, t1
        addi    s7, s7, -1
        beqz    s7, 2b
        j       store

# d = a
copy:   words   lw, t6
        j       store
