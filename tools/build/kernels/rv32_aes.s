# AES (FIPS 197) with keys of 128 and 256 bits in counter mode, bitsliced, on RV32IM: neither an address nor a branch depends on the key or on the
# text. What it does, and its state, say the shared parts: aes_bitsliced.inc.

        .include "viper_rv32.inc"

        .equ    FRAME,  64

# s0 the state, s1 the next round key, s7 to s11 and t3 the masks of ShiftRows; t0, t1 spare
        .altmacro
        .macro  three   operation, d, a, b
        \operation x\d, x\a, x\b
        .endm
        .macro  shifted operation, d, a, n
        \operation x\d, x\a, \n
        .endm
        .macro  moving  operation, r, at
        \operation x\r, \at(s0)
        .endm
        .macro  gxor    d, a, b
        three   xor, %(\d+10), %(\a+10), %(\b+10)
        .endm
        .macro  gand    d, a, b
        three   and, %(\d+10), %(\a+10), %(\b+10)
        .endm
        .macro  gor     d, a, b
        three   or, %(\d+10), %(\a+10), %(\b+10)
        .endm
        .macro  gshl    d, a, n
        shifted slli, %(\d+10), %(\a+10), \n
        .endm
        .macro  gshr    d, a, n
        shifted srli, %(\d+10), %(\a+10), \n
        .endm
        .macro  get     r, at
        moving  lw, %(\r+10), \at
        .endm
        .macro  put     r, at
        moving  sw, %(\r+10), \at
        .endm
        .macro  key_    d, i
        lw      x\d, 4*\i(s1)
        .endm
        .macro  key     d, i
        key_    %(\d+10), \i
        .endm
        .macro  word_   r, value
        li      x\r, \value * 0x01010101
        .endm
        .macro  word    r, value        # four equal bytes
        word_   %(\r+10), \value
        .endm
        .macro  part    d, operation, a, n, mask
        \operation t0, x\a, \n
        and     t0, t0, \mask
        or      x\d, x\d, t0
        .endm
        .macro  rows_   d, a
        andi    x\d, x\a, 0xff
        part    \d, srli, \a, 2, s7
        part    \d, slli, \a, 6, s8
        part    \d, srli, \a, 4, s9
        part    \d, slli, \a, 4, s10
        part    \d, srli, \a, 6, s11
        part    \d, slli, \a, 2, t3
        .endm
        .macro  rows    d, a
        rows_   %(\d+10), %(\a+10)
        .endm
        .macro  rotated_ d, a, n, m
        srli    t0, x\a, \n
        slli    t1, x\a, \m
        or      x\d, t0, t1
        .endm
        .macro  rotated d, a, n
        rotated_ %(\d+10), %(\a+10), \n, %(32-\n)
        .endm

# x\d = x\a with its bytes in the opposite order; t0, t1 spare, t2 the mask 00ff00ff
        .macro  swapped_ d, a
        srli    t0, x\a, 8
        and     t0, t0, t2
        and     t1, x\a, t2
        slli    t1, t1, 8
        or      t0, t0, t1
        srli    t1, t0, 16
        slli    t0, t0, 16
        or      x\d, t0, t1
        .endm
        .macro  swapped d, a
        swapped_ %(\d+10), %(\a+10)
        .endm

        .macro  kept    r, i
        sw      x\r, KEYS+4*\i(t5)
        .endm

        .include "aes_bitsliced.inc"

        arguments 4
        addi    sp, sp, -FRAME
        callee_saved sw, 0
        buffer  s0, 0
        buffer  t4, 1
        integer t0, 3
        srli    t1, t0, 27
        srli    t5, t0, 16
        andi    t5, t5, 0x7ff
        slli    t0, t0, 16
        srli    t0, t0, 16
        add     t4, t4, t0
        sw      t1, OPERATION(s0)
        sw      t4, BUF(s0)
        sw      t5, LEFT(s0)
        li      s7, 0x3f00
        li      s8, 0xc000
        li      s9, 0x0f0000
        li      s10, 0xf00000
        li      s11, 0x03000000
        li      t3, 0xfc000000
        beqz    t1, pair
        addi    t1, t1, -1
        beqz    t1, cover
        sw      t5, ROUNDS(s0)
        sw      zero, ROUND(s0)
        addi    t0, t5, 1
        slli    t0, t0, 4
        add     t0, t0, t4
        sw      t0, LEFT(s0)
        addi    t5, t5, -6
        slli    t5, t5, 2
        add     t4, t4, t5              # behind the key
        sw      t4, BUF(s0)
        li      t0, 1
        sw      t0, KEY(s0)
        j       letters
cover:  li      t0, 0x01000000
        sw      t0, 12(s0)
        li      t0, 16
        sw      t0, LEFT(s0)

# Two counter blocks; r4 .. r11 are their columns, in turns
pair:   lw      t5, LEFT(s0)
        bnez    t5, 1f
        j       end
1:      li      t2, 0x00ff00ff
        get     4, 0
        get     6, 4
        get     8, 8
        get     10, 12
        gor     5, 4, 4
        gor     7, 6, 6
        gor     9, 8, 8
        swapped 1, 10
        addi    t6, x11, 1              # r1 + 1
        mv      x11, t6
        swapped 11, 1
        li      t0, 16
        sltu    t0, t0, t5
        add     x11, t6, t0
        swapped 1, 1
        put     1, 12
        sw      zero, PHASE(s0)
        j       transpose

# Key expansion (FIPS 197 section 5.2): the S-box on the word before the place in BUF, then four words
letters:
        lw      t4, BUF(s0)
        lw      x14, -4(t4)
        .irp    r, 5, 6, 7, 8, 9, 10, 11
        gor     \r, 4, 4
        .endr
        li      t0, 2
        sw      t0, PHASE(s0)
        j       transpose

round_key:
        lw      t4, BUF(s0)
        lw      x14, 0(t4)
        lw      x16, 4(t4)
        lw      x18, 8(t4)
        lw      x20, 12(t4)
        gor     5, 4, 4
        gor     7, 6, 6
        gor     9, 8, 8
        gor     11, 10, 10
        li      t0, 4
        sw      t0, PHASE(s0)

transpose:
        transposed
        lw      t0, PHASE(s0)
        beqz    t0, begin
        addi    t0, t0, -2
        bltz    t0, stream
        beqz    t0, round
        addi    t0, t0, -1
        beqz    t0, letters_end
        j       keep

begin:  addi    s1, s0, KEYS
        in_order first_key
        addi    s1, s1, 32
        lw      t0, ROUNDS(s0)
        sw      t0, ROUND(s0)
round:  sbox
        lw      t0, OPERATION(s0)
        addi    t0, t0, -2
        bnez    t0, 1f
        in_order moved
        li      t0, 3
        sw      t0, PHASE(s0)
        j       transpose
1:      lw      t0, ROUND(s0)
        addi    t0, t0, -1
        sw      t0, ROUND(s0)
        beqz    t0, last
        in_order mixed
        in_order added
        addi    s1, s1, 32
        j       round
last:   in_order ended
        li      t0, 1
        sw      t0, PHASE(s0)
        j       transpose

# The key stream, a block after the other, over the text
stream: put     4, Z
        put     6, Z+4
        put     8, Z+8
        put     10, Z+12
        put     5, Z+16
        put     7, Z+20
        put     9, Z+24
        put     11, Z+28
        lw      t4, BUF(s0)
        lw      t5, LEFT(s0)
        li      t6, 32
        bltu    t6, t5, 1f
        mv      t6, t5
1:      sub     t5, t5, t6
        sw      t5, LEFT(s0)
        addi    a2, s0, Z
        add     t6, t6, t4
        sw      t6, BUF(s0)
2:      lbu     t0, 0(t4)
        lbu     t1, 0(a2)
        addi    a2, a2, 1
        xor     t0, t0, t1
        sb      t0, 0(t4)
        addi    t4, t4, 1
        bne     t4, t6, 2b
        j       pair

letters_end:
        lw      t4, BUF(s0)
        word    1, 0x63
        gxor    4, 4, 1
        lw      t5, ROUND(s0)
        bnez    t5, 1f
        rotated 4, 4, 8
        lw      t0, KEY(s0)
        xor     x14, x14, t0
        slli    t0, t0, 1               # the next constant, modulo x^8 + x^4 + x^3 + x + 1
        srli    t1, t0, 8
        neg     t1, t1
        andi    t1, t1, 0x11b
        xor     t0, t0, t1
        sw      t0, KEY(s0)
1:      lw      t0, ROUNDS(s0)
        addi    t0, t0, -10             # 0, or 4 where a key has 32 bytes: every other word is not rotated then
        snez    t1, t0
        xor     t5, t5, t1
        sw      t5, ROUND(s0)
        slli    t0, t0, 2
        sub     t1, t4, t0
        addi    t1, t1, -16             # a key's length back
        li      t6, 4
2:      lw      t0, 0(t1)
        xor     x14, x14, t0
        sw      x14, 0(t4)
        addi    t1, t1, 4
        addi    t4, t4, 4
        addi    t6, t6, -1
        bnez    t6, 2b
        sw      t4, BUF(s0)
        lw      t0, LEFT(s0)
        beq     t0, t4, 3f
        j       letters
3:      lw      t1, ROUNDS(s0)
        addi    t1, t1, 1
        slli    t1, t1, 4
        sub     t4, t4, t1
        sw      t4, BUF(s0)
        sw      zero, ROUND(s0)
        j       round_key

# Slices of a round key: with the constant of the S-box (bits 0, 1, 5 and 6 inverted) from the second on
keep:   lw      t5, ROUND(s0)
        addi    t0, t5, 1
        sw      t0, ROUND(s0)
        beqz    t5, 1f
        not     x14, x14
        not     x15, x15
        not     x19, x19
        not     x20, x20
1:      slli    t5, t5, 5
        add     t5, t5, s0
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7
        kept    %(14+\i), \i
        .endr
        lw      t4, BUF(s0)
        addi    t4, t4, 16
        sw      t4, BUF(s0)
        lw      t0, LEFT(s0)
        beq     t0, t4, end
        j       round_key

# The end: nothing is left in the state but keys and counter
end:    addi    t0, s0, Z
        addi    t1, s0, KEYS
1:      sw      zero, 0(t0)
        addi    t0, t0, 4
        bne     t0, t1, 1b
        callee_saved lw, 0
        addi    sp, sp, FRAME
        finish
