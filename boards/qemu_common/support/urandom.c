// Included by extmod/modos.c: os.urandom FOR TESTS ONLY.
//
// An emulated board has no physical source. This is xorshift64*, started from the same number at every boot (or from seed=
// on the command line), so that two runs execute the same instructions. Nothing that matters may rest on it.
#include "board.h"

static uint64_t urandom_state;

uint8_t board_urandom_byte(void) {
    if (urandom_state == 0) {
        urandom_state = 0x9e3779b97f4a7c15u ^ board_option_number("seed", 0);
    }
    urandom_state ^= urandom_state >> 12;
    urandom_state ^= urandom_state << 25;
    urandom_state ^= urandom_state >> 27;
    return (urandom_state * 0x2545f4914f6cdd1du) >> 56;
}

static mp_obj_t mp_os_urandom(mp_obj_t num) {
    mp_int_t n = mp_obj_get_int(num);
    vstr_t vstr;
    vstr_init_len(&vstr, n);
    for (mp_int_t i = 0; i < n; i++) {
        vstr.buf[i] = board_urandom_byte();
    }
    return mp_obj_new_bytes_from_vstr(&vstr);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);
