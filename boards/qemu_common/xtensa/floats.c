// What GCC calls for floating point, for the windowed ABI. Numbers are IEEE 754 single precision, rounded to nearest even; doubles are
// converted, not computed with.
#include <stdint.h>
#include "runtime.h"

typedef union {
    float value;
    uint32_t bits;
} single_t;

typedef union {
    double value;
    wide_t bits;
} double_t_;

static int leading_zeros(uint32_t v) { // of v > 0
    return __builtin_clz(v); // one instruction
}

#define SIGN     (0x80000000u)
#define INFINITE (0x7f800000u)
#define NOT_ONE  (0x7fc00000u)
#define IS_NAN(bits) (((bits) & ~SIGN) > INFINITE)

// A number apart: its value is mantissa / 2**30 * 2**(exponent - 127), bit 30 set unless it is zero; seven bits are for rounding.
typedef struct {
    int32_t exponent;
    uint32_t mantissa;
} parts_t;

static parts_t apart(uint32_t bits) {
    parts_t p = { bits >> 23 & 0xff, bits & 0x7fffff };
    if (p.exponent) {
        p.mantissa |= 0x800000;
    } else if (p.mantissa) {
        int n = leading_zeros(p.mantissa) - 8;
        p.mantissa <<= n;
        p.exponent = 1 - n;
    }
    p.mantissa <<= 7;
    return p;
}

// Shifted down; what falls out leaves a trace in the last bit.
static uint32_t down(uint32_t v, int32_t n) {
    return n > 31 ? v != 0 : n ? v >> n | (v << (32 - n) != 0) : v;
}

static uint32_t together(uint32_t sign, int32_t e, uint32_t m) {
    if (m == 0) {
        return sign;
    }
    if (m >> 31) {
        m = m >> 1 | (m & 1);
        e++;
    }
    int n = leading_zeros(m) - 1;
    m <<= n;
    e -= n;
    if (e >= 255) {
        return sign | INFINITE;
    }
    if (e <= 0) {
        m = down(m, 1 - e);
        e = 1;
    }
    uint32_t rest = m & 0x7f;
    m >>= 7;
    m += rest > 0x40 || (rest == 0x40 && (m & 1));
    return sign | ((((uint32_t)e - 1) << 23) + m); // the leading bit adds one to the exponent
}

static uint32_t added(uint32_t a, uint32_t b) {
    if (IS_NAN(a) || IS_NAN(b)) {
        return NOT_ONE;
    }
    if ((a & ~SIGN) < (b & ~SIGN)) {
        uint32_t c = a;
        a = b;
        b = c;
    }
    uint32_t sign = a & SIGN, differ = (a ^ b) & SIGN;
    if ((a & ~SIGN) == INFINITE) {
        return differ && (b & ~SIGN) == INFINITE ? NOT_ONE : a;
    }
    parts_t p = apart(a), q = apart(b);
    if (q.mantissa == 0) {
        return p.mantissa == 0 && differ ? 0 : a;
    }
    uint32_t small = down(q.mantissa, p.exponent - q.exponent);
    uint32_t m = differ ? p.mantissa - small : p.mantissa + small;
    return m ? together(sign, p.exponent, m) : 0;
}

static uint32_t multiplied(uint32_t a, uint32_t b) {
    uint32_t sign = (a ^ b) & SIGN;
    a &= ~SIGN;
    b &= ~SIGN;
    if (IS_NAN(a) || IS_NAN(b) || (a == INFINITE && b == 0) || (b == INFINITE && a == 0)) {
        return NOT_ONE;
    }
    if (a == INFINITE || b == INFINITE) {
        return sign | INFINITE;
    }
    parts_t p = apart(a), q = apart(b);
    wide_t v = { __umulsidi3(p.mantissa >> 7, q.mantissa >> 7) };
    return together(sign, p.exponent + q.exponent - 127, v.high << 16 | v.low >> 16 | ((v.low & 0xffff) != 0));
}

static uint32_t quotient(uint32_t a, uint32_t b) {
    uint32_t sign = (a ^ b) & SIGN;
    a &= ~SIGN;
    b &= ~SIGN;
    if (IS_NAN(a) || IS_NAN(b) || (a == INFINITE && b == INFINITE) || (a == 0 && b == 0)) {
        return NOT_ONE;
    }
    if (a == INFINITE || b == 0) {
        return sign | INFINITE;
    }
    if (a == 0 || b == INFINITE) {
        return sign;
    }
    parts_t p = apart(a), q = apart(b);
    uint32_t n = p.mantissa >> 7, d = q.mantissa >> 7, m = 0;
    for (int i = 0; i < 31; i++) {
        m <<= 1;
        if (n >= d) {
            n -= d;
            m |= 1;
        }
        n <<= 1;
    }
    return together(sign, p.exponent - q.exponent + 127, m | (n != 0));
}

// -1, 0, 1, or `unordered`
static int compared(uint32_t a, uint32_t b, int unordered) {
    if (IS_NAN(a) || IS_NAN(b)) {
        return unordered;
    }
    int32_t x = a & SIGN ? -(int32_t)(a & ~SIGN) : (int32_t)a;
    int32_t y = b & SIGN ? -(int32_t)(b & ~SIGN) : (int32_t)b;
    return x < y ? -1 : x > y;
}

#define BITS(x) (((single_t) { .value = (x) }).bits)
#define VALUE(x) (((single_t) { .bits = (x) }).value)

float __addsf3(float a, float b) { return VALUE(added(BITS(a), BITS(b))); }
float __subsf3(float a, float b) { return VALUE(added(BITS(a), BITS(b) ^ SIGN)); }
float __mulsf3(float a, float b) { return VALUE(multiplied(BITS(a), BITS(b))); }
float __divsf3(float a, float b) { return VALUE(quotient(BITS(a), BITS(b))); }
float __negsf2(float a) { return VALUE(BITS(a) ^ SIGN); }

int __eqsf2(float a, float b) { return compared(BITS(a), BITS(b), 1); }
int __nesf2(float a, float b) { return compared(BITS(a), BITS(b), 1); }
int __ltsf2(float a, float b) { return compared(BITS(a), BITS(b), 1); }
int __lesf2(float a, float b) { return compared(BITS(a), BITS(b), 1); }
int __gtsf2(float a, float b) { return compared(BITS(a), BITS(b), -1); }
int __gesf2(float a, float b) { return compared(BITS(a), BITS(b), -1); }
int __unordsf2(float a, float b) { return IS_NAN(BITS(a)) || IS_NAN(BITS(b)); }

static uint32_t whole_part(uint32_t bits) {
    int32_t e = (int32_t)(bits >> 23 & 0xff) - 150;
    uint32_t m = (bits & 0x7fffff) | 0x800000;
    return e >= 0 ? (e < 9 ? m << e : 0) : e > -24 ? m >> -e : 0;
}

int32_t __fixsfsi(float a) {
    uint32_t v = whole_part(BITS(a));
    return BITS(a) & SIGN ? -v : v;
}

uint32_t __fixunssfsi(float a) { return whole_part(BITS(a)); }
float __floatunsisf(uint32_t v) { return VALUE(together(0, 157, v)); }
float __floatsisf(int32_t v) { return VALUE(together(v < 0 ? SIGN : 0, 157, v < 0 ? -(uint32_t)v : (uint32_t)v)); }

// ---- to and from double precision

double __extendsfdf2(float a) {
    uint32_t bits = BITS(a);
    double_t_ v;
    v.bits.high = bits & SIGN;
    v.bits.low = 0;
    if ((bits & INFINITE) == INFINITE) {
        v.bits.high |= 0x7ff00000 | (bits & 0x7fffff) >> 3;
        v.bits.low = bits << 29;
    } else if (bits & ~SIGN) {
        parts_t p = apart(bits);
        uint32_t fraction = p.mantissa >> 7 & 0x7fffff;
        v.bits.high |= (uint32_t)(p.exponent + 1023 - 127) << 20 | fraction >> 3;
        v.bits.low = fraction << 29;
    }
    return v.value;
}

float __truncdfsf2(double a) {
    double_t_ v = { a };
    uint32_t sign = v.bits.high & SIGN, high = v.bits.high & ~SIGN;
    int32_t e = high >> 20;
    uint32_t m = (high & 0xfffff) << 10 | v.bits.low >> 22;
    uint32_t lost = (v.bits.low << 10) != 0;
    if (e == 0x7ff) {
        return VALUE(m || lost ? NOT_ONE : sign | INFINITE);
    }
    return VALUE(e ? together(sign, e - 1023 + 127, m | 0x40000000 | lost) : sign);
}

double __floatsidf(int32_t n) {
    double_t_ v = { .bits = { 0 } };
    if (n) {
        uint32_t m = n < 0 ? -(uint32_t)n : (uint32_t)n;
        int zeros = leading_zeros(m);
        m = m << zeros << 1; // without the leading bit; of 1 << 31 too
        v.bits.high = (n < 0 ? SIGN : 0) | (uint32_t)(1023 + 31 - zeros) << 20 | m >> 12;
        v.bits.low = m << 20;
    }
    return v.value;
}
