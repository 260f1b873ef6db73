// What integers.c and floats.c share.
#pragma once

#include <stdint.h>

typedef union {
    uint64_t whole;
    struct { uint32_t low, high; };
} wide_t;

uint64_t __umulsidi3(uint32_t a, uint32_t b);
