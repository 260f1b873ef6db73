// What GCC calls for 64-bit integers and for division, for the windowed ABI: Debian's libgcc for this compiler is call0 alone.
#include <stdint.h>
#include "runtime.h"

#define ONE_INSTRUCTION(name, type, code) \
    type name(type a, type b) { type q; __asm__ (code " %0, %1, %2" : "=r" (q) : "r" (a), "r" (b)); return q; }
ONE_INSTRUCTION(__divsi3, int32_t, "quos")
ONE_INSTRUCTION(__modsi3, int32_t, "rems")
ONE_INSTRUCTION(__udivsi3, uint32_t, "quou")
ONE_INSTRUCTION(__umodsi3, uint32_t, "remu")
#define quou __udivsi3

uint32_t __bswapsi2(uint32_t v) {
    uint32_t ends = v << 24 | v >> 24;
    __asm__ ("" : "+r" (ends)); // else the compiler sees what this is, and calls it
    return ends | (v & 0xff00) << 8 | (v >> 8 & 0xff00);
}

int __popcountsi2(uint32_t v) {
    v -= v >> 1 & 0x55555555;
    v = (v & 0x33333333) + (v >> 2 & 0x33333333);
    v = (v + (v >> 4)) & 0x0f0f0f0f;
    return v * 0x01010101 >> 24;
}

uint64_t __ashldi3(uint64_t a, int n) {
    wide_t v = { a };
    if (n >= 32) {
        v.high = v.low << (n - 32);
        v.low = 0;
    } else if (n) {
        v.high = v.high << n | v.low >> (32 - n);
        v.low <<= n;
    }
    return v.whole;
}

uint64_t __lshrdi3(uint64_t a, int n) {
    wide_t v = { a };
    if (n >= 32) {
        v.low = v.high >> (n - 32);
        v.high = 0;
    } else if (n) {
        v.low = v.low >> n | v.high << (32 - n);
        v.high >>= n;
    }
    return v.whole;
}

int64_t __ashrdi3(int64_t a, int n) {
    wide_t v = { a };
    if (n >= 32) {
        v.low = (int32_t)v.high >> (n - 32);
        v.high = (int32_t)v.high >> 31;
    } else if (n) {
        v.low = v.low >> n | v.high << (32 - n);
        v.high = (int32_t)v.high >> n;
    }
    return v.whole;
}

uint64_t __umulsidi3(uint32_t a, uint32_t b) {
    uint32_t al = a & 0xffff, ah = a >> 16, bl = b & 0xffff, bh = b >> 16;
    uint32_t low = al * bl;
    uint32_t first = al * bh + (low >> 16);
    uint32_t second = ah * bl + (first & 0xffff);
    wide_t v;
    v.low = second << 16 | (low & 0xffff);
    v.high = ah * bh + (first >> 16) + (second >> 16);
    return v.whole;
}

int64_t __muldi3(int64_t a, int64_t b) {
    wide_t x = { a }, y = { b }, v;
    v.whole = __umulsidi3(x.low, y.low);
    v.high += x.high * y.low + x.low * y.high;
    return v.whole;
}

static uint64_t divided(uint64_t n, uint64_t d, uint64_t *rest) {
    wide_t q = { n }, r = { 0 }, by = { d };
    if (q.high == 0 && by.high == 0) {
        q.low = quou(q.low, by.low);
        r.low = (uint32_t)n - q.low * by.low;
    } else {
        for (int i = 0; i < 64; i++) {
            uint32_t over = r.high >> 31;
            r.high = r.high << 1 | r.low >> 31;
            r.low = r.low << 1 | q.high >> 31;
            q.high = q.high << 1 | q.low >> 31;
            q.low <<= 1;
            if (over || r.whole >= by.whole) {
                r.whole -= by.whole;
                q.low |= 1;
            }
        }
    }
    *rest = r.whole;
    return q.whole;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
    uint64_t rest;
    return divided(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
    uint64_t rest;
    divided(n, d, &rest);
    return rest;
}

static uint64_t magnitude(int64_t v) {
    return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t rest, q = divided(magnitude(n), magnitude(d), &rest);
    return (n < 0) != (d < 0) ? -q : q;
}

int64_t __moddi3(int64_t n, int64_t d) {
    uint64_t rest;
    divided(magnitude(n), magnitude(d), &rest);
    return n < 0 ? -rest : rest;
}
