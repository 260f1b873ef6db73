# AES (FIPS 197) with keys of 128 and 256 bits in counter mode, bitsliced, on Xtensa: neither an address nor a branch depends on the key or on the
# text. What it does, and its state, say the shared parts: aes_bitsliced.inc.

        .include "viper_xtensa.inc"

# a2 the state; r0 .. r12 are a3 .. a15, r-3 is a0
        .altmacro
        .macro  three   operation, v, u, w
        \operation a\v, a\u, a\w
        .endm
        .macro  shifted operation, v, u, n
        \operation a\v, a\u, \n
        .endm
        .macro  moving  operation, r, at
        \operation a\r, a2, \at
        .endm
        .macro  gxor    v, u, w
        three   xor, %(\v+3), %(\u+3), %(\w+3)
        .endm
        .macro  gand    v, u, w
        three   and, %(\v+3), %(\u+3), %(\w+3)
        .endm
        .macro  gor     v, u, w
        three   or, %(\v+3), %(\u+3), %(\w+3)
        .endm
        .macro  gshl    v, u, n
        shifted slli, %(\v+3), %(\u+3), \n
        .endm
        .macro  gshr    v, u, n
        shifted srli, %(\v+3), %(\u+3), \n
        .endm
        .macro  get     r, at
        moving  l32i, %(\r+3), \at
        .endm
        .macro  put     r, at
        moving  s32i, %(\r+3), \at
        .endm
        .macro  key_    v, i
        l32i    a\v, a2, KEY
        l32i    a\v, a\v, 4*\i
        .endm
        .macro  key     v, i
        key_    %(\v+3), \i
        .endm
        .macro  repeated_ r, value
        movi    a\r, \value
        slli    a3, a\r, 8
        or      a\r, a\r, a3
        slli    a3, a\r, 16
        or      a\r, a\r, a3
        .endm
        .macro  word    r, value        # four equal bytes; r0 spare
        repeated_ %(\r+3), \value
        .endm
        .macro  part    v, u, from, bits, to
        extui   a15, a\u, \from, \bits
        slli    a15, a15, \to
        or      a\v, a\v, a15
        .endm
        .macro  rows_   v, u
        extui   a\v, a\u, 0, 8
        part    \v, \u, 10, 6, 8
        part    \v, \u, 8, 2, 14
        part    \v, \u, 20, 4, 16
        part    \v, \u, 16, 4, 20
        part    \v, \u, 30, 2, 24
        part    \v, \u, 24, 6, 26
        .endm
        .macro  rows    v, u
        rows_   %(\v+3), %(\u+3)
        .endm
        .macro  rotated_ v, u, n
        ssai    \n
        src     a\v, a\u, a\u
        .endm
        .macro  rotated v, u, n
        rotated_ %(\v+3), %(\u+3), \n
        .endm

# a\v = a\u with its bytes in the opposite order, both not a15
        .macro  swapped_ v, u
        ssai    8
        extui   a15, a\u, 16, 16
        src     a15, a15, a\u
        src     a15, a15, a15
        src     a\v, a\u, a15
        .endm
        .macro  swapped v, u
        swapped_ %(\v+3), %(\u+3)
        .endm

        .macro  phase   n
        movi    a3, \n
        s32i    a3, a2, PHASE
        .endm
        .macro  kept    r, i
        s32i    a\r, a3, 4*\i
        .endm
        .macro  next_key
        l32i    a3, a2, KEY
        addi    a3, a3, 32
        s32i    a3, a2, KEY
        .endm

        .include "aes_bitsliced.inc"

        arguments 4
        buffer  a2, 0
        buffer  a15, 1
        integer a3, 3
        extui   a4, a3, 27, 3
        extui   a5, a3, 16, 11
        extui   a3, a3, 0, 16
        add     a15, a15, a3
        s32i    a4, a2, OPERATION
        s32i    a15, a2, BUF
        s32i    a5, a2, LEFT
        beqz    a4, pair
        beqi    a4, 1, cover
        s32i    a5, a2, ROUNDS
        movi    a3, 0
        s32i    a3, a2, ROUND
        movi    a3, 1
        s32i    a3, a2, KEY
        addi    a3, a5, 1
        slli    a3, a3, 4
        add     a3, a3, a15
        s32i    a3, a2, LEFT
        addi    a5, a5, -6
        addx4   a15, a5, a15            # behind the key
        s32i    a15, a2, BUF
        j       letters
cover:  movi    a3, 1
        slli    a3, a3, 24
        s32i    a3, a2, 12
        movi    a3, 16
        s32i    a3, a2, LEFT

# Two counter blocks; r4 .. r11 are their columns, in turns
pair:   l32i    a4, a2, LEFT
        bnez    a4, 1f
        j       end
1:      get     4, 0
        get     6, 4
        get     8, 8
        get     10, 12
        gor     5, 4, 4
        gor     7, 6, 6
        gor     9, 8, 8
        swapped 0, 10
        addi    a3, a3, 1
        swapped 11, 0
        movi    a5, 17
        bltu    a4, a5, 2f
        addi    a3, a3, 1
2:      swapped 0, 0
        put     0, 12
        phase   0
        j       transpose

# Key expansion (FIPS 197 section 5.2): the S-box on the word before the place in BUF, then four words
letters:
        l32i    a15, a2, BUF
        addi    a15, a15, -4
        l32i    a7, a15, 0
        .irp    r, 5, 6, 7, 8, 9, 10, 11
        gor     \r, 4, 4
        .endr
        phase   2
        j       transpose

round_key:
        l32i    a15, a2, BUF
        l32i    a7, a15, 0
        l32i    a9, a15, 4
        l32i    a11, a15, 8
        l32i    a13, a15, 12
        gor     5, 4, 4
        gor     7, 6, 6
        gor     9, 8, 8
        gor     11, 10, 10
        phase   4

transpose:
        transposed
        l32i    a3, a2, PHASE
        beqz    a3, begin
        beqi    a3, 2, round
        beqi    a3, 3, 1f
        beqi    a3, 4, 2f
        j       stream
1:      j       letters_end
2:      j       keep

begin:  movi    a3, KEYS
        add     a3, a3, a2
        s32i    a3, a2, KEY
        in_order first_key
        next_key
        l32i    a3, a2, ROUNDS
        s32i    a3, a2, ROUND
round:  sbox
        l32i    a4, a2, OPERATION
        bnei    a4, 2, 1f
        in_order moved
        phase   3
        j       transpose
1:      l32i    a4, a2, ROUND
        addi    a4, a4, -1
        s32i    a4, a2, ROUND
        bnez    a4, 2f
        j       last
2:      in_order mixed
        in_order added
        next_key
        j       round
last:   in_order ended
        phase   1
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
        l32i    a3, a2, BUF
        l32i    a4, a2, LEFT
        movi    a5, 32
        bltu    a5, a4, 1f
        mov     a5, a4
1:      sub     a4, a4, a5
        s32i    a4, a2, LEFT
        addi    a4, a2, Z
        add     a5, a5, a3
        s32i    a5, a2, BUF
2:      l8ui    a6, a3, 0
        l8ui    a7, a4, 0
        addi    a4, a4, 1
        xor     a6, a6, a7
        s8i     a6, a3, 0
        addi    a3, a3, 1
        bne     a3, a5, 2b
        j       pair

letters_end:
        l32i    a15, a2, BUF
        word    1, 0x63
        gxor    4, 4, 1
        l32i    a5, a2, ROUND
        bnez    a5, 1f
        rotated 4, 4, 8
        l32i    a3, a2, KEY
        xor     a7, a7, a3
        slli    a3, a3, 1               # the next constant, modulo x^8 + x^4 + x^3 + x + 1
        extui   a4, a3, 8, 1
        neg     a4, a4
        movi    a6, 0x11b
        and     a4, a4, a6
        xor     a3, a3, a4
        s32i    a3, a2, KEY
1:      l32i    a3, a2, ROUNDS
        addi    a3, a3, -10             # 0, or 4 where a key has 32 bytes: every other word is not rotated then
        extui   a4, a3, 2, 1
        xor     a5, a5, a4
        s32i    a5, a2, ROUND
        slli    a3, a3, 2
        sub     a4, a15, a3
        addi    a4, a4, -16             # a key's length back
        movi    a5, 4
2:      l32i    a3, a4, 0
        xor     a7, a7, a3
        s32i    a7, a15, 0
        addi    a4, a4, 4
        addi    a15, a15, 4
        addi    a5, a5, -1
        bnez    a5, 2b
        s32i    a15, a2, BUF
        l32i    a3, a2, LEFT
        beq     a3, a15, 3f
        j       letters
3:      l32i    a4, a2, ROUNDS
        addi    a4, a4, 1
        slli    a4, a4, 4
        sub     a15, a15, a4
        s32i    a15, a2, BUF
        movi    a3, 0
        s32i    a3, a2, ROUND
        j       round_key

# Slices of a round key: with the constant of the S-box (bits 0, 1, 5 and 6 inverted) from the second on
keep:   l32i    a4, a2, ROUND
        addi    a3, a4, 1
        s32i    a3, a2, ROUND
        slli    a3, a4, 5
        add     a3, a3, a2
        addi    a3, a3, KEYS
        beqz    a4, 1f
        movi    a4, -1
        .irp    r, 7, 8, 12, 13
        xor     a\r, a\r, a4
        .endr
1:      .irp    i, 0, 1, 2, 3, 4, 5, 6, 7
        kept    %(7+\i), \i
        .endr
        l32i    a15, a2, BUF
        addi    a15, a15, 16
        s32i    a15, a2, BUF
        l32i    a3, a2, LEFT
        beq     a3, a15, end
        j       round_key

# The end: nothing is left in the state but keys and counter
end:    addi    a4, a2, Z
        addi    a5, a2, KEYS
        movi    a3, 0
1:      s32i    a3, a4, 0
        addi    a4, a4, 4
        bne     a4, a5, 1b
        finish
