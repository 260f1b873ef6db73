# Arithmetic modulo an RSA modulus on RV32IM. For public data: the time depends on them.
#
#   run(w, data, b"", operation << 9 | d << 6 | a << 3 | b)
#       0: slot d = slot a x slot b / R mod n (Montgomery's product); d is neither a nor b, which are below n
#       1: slot d = the big-endian number in data, as long as w says
#       2: the reverse
#
# w (words): 0 the number of words of the modulus, a multiple of 4; 1 bytes of what is loaded or stored, a multiple of 4; six unused; then slots
# of two words more, the lowest first, of which slot 0 is the modulus n, odd. R is 2^(32 x words).
#
# The product takes a row for each word of a, 21 instructions a column.

        .include "viper_rv32.inc"
        .include "column_rv32.inc"

        .equ    HEADER, 32
        .equ    SAVED,  0
        .equ    FRAME,  64

# \r = the address of slot \r
        .macro  slot    r
        andi    \r, \r, 7
        mul     \r, \r, s1
        add     \r, \r, s0
        addi    \r, \r, HEADER
        .endm

        arguments 4
        addi    sp, sp, -FRAME
        callee_saved sw, SAVED
        buffer  s0, 0
        buffer  s5, 1
        integer t6, 3
        lw      s2, 0(s0)               # words
        lw      s6, 4(s0)               # bytes
        addi    s1, s2, 2
        slli    s1, s1, 2               # bytes of a slot
        srli    s3, t6, 6
        slot    s3                      # d
        srli    t0, t6, 9
        addi    t0, t0, -1
        beqz    t0, load
        bgtz    t0, store
        srli    s4, t6, 3
        slot    s4                      # a
        mv      s5, t6
        slot    s5                      # b
        addi    s6, s0, HEADER          # n

# The inverse: n x = 1 modulo 8 for x = n, and each step doubles the bits
        lw      t0, 0(s6)
        mv      s7, t0
        li      t2, 4
1:      mul     t1, t0, s7
        neg     t1, t1
        addi    t1, t1, 2
        mul     s7, s7, t1
        addi    t2, t2, -1
        bnez    t2, 1b
        neg     s7, s7                  # -1 / n modulo 2^32

        add     t1, s3, s1
        mv      t0, s3
1:      sw      zero, 0(t0)
        addi    t0, t0, 4
        bne     t0, t1, 1b
        slli    ra, s2, 2
        add     s8, s4, ra              # end of a
        add     ra, ra, s5              # end of b

row:    lw      a3, 0(s4)
        addi    s4, s4, 4
        whole_row
        bne     s4, s8, row

# Below 2n: n is taken, if there is a word above or it is not below n
        bnez    t2, take
        mv      t0, a2
        mv      t1, a1
1:      addi    t0, t0, -4
        addi    t1, t1, -4
        lw      t2, 0(t0)
        lw      t3, 0(t1)
        bltu    t3, t2, take
        bltu    t2, t3, end
        bne     t0, s3, 1b
take:   mv      t0, s3
        li      t4, 0                   # the borrow
1:      lw      t1, 0(t0)
        lw      t2, 0(s6)
        sub     t3, t1, t2
        sltu    t1, t1, t2
        sltu    t2, t3, t4
        sub     t3, t3, t4
        or      t4, t1, t2
        sw      t3, 0(t0)
        addi    t0, t0, 4
        addi    s6, s6, 4
        bne     t0, a2, 1b
        sw      zero, 0(a2)
        j       end

# Bytes to words, from their end
load:   add     t0, s5, s6
1:      lbu     t1, -1(t0)
        lbu     t2, -2(t0)
        lbu     t3, -3(t0)
        lbu     t4, -4(t0)
        slli    t2, t2, 8
        slli    t3, t3, 16
        slli    t4, t4, 24
        or      t1, t1, t2
        or      t1, t1, t3
        or      t1, t1, t4
        sw      t1, 0(s3)
        addi    s3, s3, 4
        addi    t0, t0, -4
        bne     t0, s5, 1b
        sw      zero, 0(s3)
        sw      zero, 4(s3)
        j       end
store:  add     t0, s5, s6
1:      lw      t1, 0(s3)
        addi    s3, s3, 4
        srli    t2, t1, 8
        srli    t3, t1, 16
        srli    t4, t1, 24
        sb      t1, -1(t0)
        sb      t2, -2(t0)
        sb      t3, -3(t0)
        sb      t4, -4(t0)
        addi    t0, t0, -4
        bne     t0, s5, 1b

end:    callee_saved lw, SAVED
        addi    sp, sp, FRAME
        finish
