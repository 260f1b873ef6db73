// A plug-in for Debian's Xtensa assembler and linker (binutils 2.40, XTENSA_GNU_CONFIG): they then know QEMU's core de212, which has
// register windows. Everything about the core is QEMU's own description of it; the two structures are binutils' include/xtensa-dynconfig.h.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#define ATTRIBUTE_UNUSED __attribute__((unused))
#include "core-isa.h"
const int xtensa_config_v1[] = {
    0 /* BE */, 1 /* DENSITY */, 0 /* CONST16 */, 1 /* ABS */, 1 /* ADDX */, 1 /* L32R */, 0 /* absolute literals */, 1 /* text section literals */,
    XCHAL_HAVE_MAC16, XCHAL_HAVE_MUL16, XCHAL_HAVE_MUL32, 0 /* MUL32_HIGH */, XCHAL_HAVE_DIV32, XCHAL_HAVE_NSA, XCHAL_HAVE_MINMAX, XCHAL_HAVE_SEXT,
    XCHAL_HAVE_LOOPS, 0 /* THREADPTR */, 1 /* RELEASE_SYNC */, XCHAL_HAVE_S32C1I, 0 /* BOOLEANS */,
    0, 0, 0, 0, 0, 0, /* FP, FP_DIV, RECIP, SQRT, RSQRT, POSTINC */ 0, 0, 0, 0, 0, /* DFP ... */
    XCHAL_HAVE_WINDOWED, XCHAL_NUM_AREGS, 0 /* WIDE_BRANCHES */, 0 /* PREDICTED_BRANCHES */,
    0, 0, 16, 16, 4, 4, 0, /* caches */ 0 /* MMU */, 1, XCHAL_HAVE_DEBUG, 2, 2, 6, XCHAL_MAX_INSTRUCTION_SIZE, XCHAL_INST_FETCH_WIDTH,
    0 /* XSHAL_ABI */, 0 /* windowed */, 1 /* call0 */,
};
const int xtensa_config_v2[3] = { 0 };
#include "modules.inc"
