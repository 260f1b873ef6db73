# The field machine for any odd modulus n of 8 or 12 words (of 4 k words) on RV32IM, in Montgomery's domain with R = 2^(32 k). Slots hold numbers
# below n, the lowest word first. The workspace begins with a header: bytes of a slot, -1/n modulo 2^32, n (at most 12 words).
#
# Regular: no branch and no address depends on a number.

        .equ    WORK,   112
        .include "field_machine_rv32.inc"
        .include "column_rv32.inc"

        .equ    HEADER, 64
        .equ    N0,     -60             # from the first slot: -1/n
        .equ    N,      -56             # n
        .equ    T,      0               # on the stack: 13 words
        .equ    SUM,    56              # 12 words: a + b or a - b on the way to a + 2b or a - 2b

        enter   HEADER, 0
        machine
        moves

# d = a b / R, row by row. s0 d, s2 bytes of a slot, s3 T, s4 the next word of a, s8 the end of a
mul:
        mv      s0, t5
        mv      s4, t6
        mv      s5, t4
        lw      s2, SIZE(sp)
        add     s8, s4, s2
        add     ra, s5, s2
        addi    s6, s10, N
        lw      s7, N0(s10)
        addi    s3, sp, T
        add     t1, s3, s2
        mv      t0, s3
1:      sw      zero, 0(t0)
        addi    t0, t0, 4
        bgeu    t1, t0, 1b
row:    lw      a3, 0(s4)
        addi    s4, s4, 4
        whole_row
        bne     s4, s8, row
        li      s1, 0                   # nothing to be added once more

# s0.. = T, below 2n, minus n if that is not negative
reduce: addi    t0, sp, T
        addi    t1, s10, N
        mv      t2, s0
        add     t4, t0, s2
        li      t3, 0                   # the borrow
1:      lw      a0, 0(t0)
        lw      a1, 0(t1)
        sub     a2, a0, a1
        sltu    a3, a0, a1
        sltu    a4, a2, t3
        sub     a2, a2, t3
        or      t3, a3, a4
        sw      a2, 0(t2)
        addi    t0, t0, 4
        addi    t1, t1, 4
        addi    t2, t2, 4
        bne     t0, t4, 1b
        lw      a0, 0(t0)
        sltu    t3, a0, t3

# s0.. plus n if there was a borrow, t3; then once more with b, or the next operation
restore:
        neg     t3, t3
        addi    t1, s10, N
        mv      t2, s0
        add     t4, s0, s2
        li      a5, 0                   # the carry
1:      lw      a0, 0(t1)
        lw      a1, 0(t2)
        and     a0, a0, t3
        add     a0, a0, a1
        sltu    a2, a0, a1
        add     a0, a0, a5
        sltu    a5, a0, a5
        or      a5, a5, a2
        sw      a0, 0(t2)
        addi    t1, t1, 4
        addi    t2, t2, 4
        bne     t2, t4, 1b
        bnez    s1, 2f                  # which operation it is, is public
        j       next
2:      li      s1, 0
        mv      s4, s0
        mv      s0, a7
        beqz    s3, sum
        j       difference

# d = a + 2b, d = a + b. s4 a, s5 b; s1 whether b comes once more, s3 whether it is subtracted, a7 d in the end
add2:
        li      s1, 1
        addi    s0, sp, SUM
        j       1f
add:
        li      s1, 0
        mv      s0, t5
1:      mv      a7, t5
        mv      s4, t6
        mv      s5, t4
        lw      s2, SIZE(sp)
        li      s3, 0
sum:
        mv      t0, s4
        mv      t1, s5
        addi    t2, sp, T
        add     t4, s4, s2
        li      t3, 0                   # the carry
1:      lw      a0, 0(t0)
        lw      a1, 0(t1)
        add     a0, a0, a1
        sltu    a2, a0, a1
        add     a0, a0, t3
        sltu    t3, a0, t3
        or      t3, t3, a2
        sw      a0, 0(t2)
        addi    t0, t0, 4
        addi    t1, t1, 4
        addi    t2, t2, 4
        bne     t0, t4, 1b
        sw      t3, 0(t2)
        j       reduce

# d = a - 2b, d = a - b
sub2:
        li      s1, 1
        addi    s0, sp, SUM
        j       1f
sub:
        li      s1, 0
        mv      s0, t5
1:      mv      a7, t5
        mv      s4, t6
        mv      s5, t4
        lw      s2, SIZE(sp)
        li      s3, 1
difference:
        mv      t0, s4
        mv      t1, s5
        mv      t2, s0
        add     t4, s4, s2
        li      t3, 0                   # the borrow
1:      lw      a0, 0(t0)
        lw      a1, 0(t1)
        sub     a2, a0, a1
        sltu    a3, a0, a1
        sltu    a4, a2, t3
        sub     a2, a2, t3
        or      t3, a3, a4
        sw      a2, 0(t2)
        addi    t0, t0, 4
        addi    t1, t1, 4
        addi    t2, t2, 4
        bne     t0, t4, 1b
        j       restore

copy:
        lw      t4, SIZE(sp)
        add     t4, t4, t5
1:      lw      t0, 0(t6)
        sw      t0, 0(t5)
        addi    t5, t5, 4
        addi    t6, t6, 4
        bne     t5, t4, 1b
        j       next
