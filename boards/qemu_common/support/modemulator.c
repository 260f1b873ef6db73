// The module `emulator`, on emulated boards only: instruction counts, the host's directory, the RAM disk's memory.
#include "py/obj.h"
#include "py/objarray.h"
#include "py/runtime.h"
#include "py/smallint.h"
#include "board.h"

extern const mp_obj_type_t host_fs_type;

// instructions(): how many the core has executed since it started, what it spent waiting left out. From 2 ** 30 on each call allocates
// memory, which takes as long as the heap has it: differences that must be exact are told by lap().
static mp_obj_t emulator_instructions(void) {
    uint64_t count = board_instructions();
    return count <= (uint64_t)MP_SMALL_INT_POSITIVE_MASK ? MP_OBJ_NEW_SMALL_INT(count) : mp_obj_new_int_from_ull(count);
}
static MP_DEFINE_CONST_FUN_OBJ_0(emulator_instructions_obj, emulator_instructions);

// lap(): how many since it was last called, modulo 2 ** 30. Nothing is allocated: the same code between two calls gives exactly the same.
static mp_obj_t emulator_lap(void) {
    static uint32_t last;
    uint32_t count = board_instructions(); // 64 bits would take an instruction more for a borrow on some cores
    mp_uint_t lap = (count - last) & MP_SMALL_INT_POSITIVE_MASK;
    last = count;
    return MP_OBJ_NEW_SMALL_INT(lap);
}
static MP_DEFINE_CONST_FUN_OBJ_0(emulator_lap_obj, emulator_lap);

// disk(): the memory kept for a RAM disk, outside of the heap; it outlives a soft reset.
static mp_obj_t emulator_disk(void) {
    return mp_obj_new_bytearray_by_ref(hw_disk_size, hw_disk);
}
static MP_DEFINE_CONST_FUN_OBJ_0(emulator_disk_obj, emulator_disk);

// option(name): the value of name=value given to the emulator, or None.
static mp_obj_t emulator_option(mp_obj_t name) {
    const char *value = board_option(mp_obj_str_get_str(name));
    if (value == NULL) {
        return mp_const_none;
    }
    size_t length = 0;
    while (value[length] && value[length] != ' ') {
        length++;
    }
    return mp_obj_new_str(value, length);
}
static MP_DEFINE_CONST_FUN_OBJ_1(emulator_option_obj, emulator_option);

#if defined(__XTENSA__)
// native_code(): bytes of native code loaded since the last soft reset, which alone gives them back.
static mp_obj_t emulator_native_code(void) {
    return MP_OBJ_NEW_SMALL_INT(hw_native_code());
}
static MP_DEFINE_CONST_FUN_OBJ_0(emulator_native_code_obj, emulator_native_code);

// traps(): how many MULUH the exception handler did; instructions() counts one for each.
static mp_obj_t emulator_traps(void) {
    return mp_obj_new_int_from_uint(hw_traps());
}
static MP_DEFINE_CONST_FUN_OBJ_0(emulator_traps_obj, emulator_traps);
#endif

static const mp_rom_map_elem_t emulator_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_emulator) },
    { MP_ROM_QSTR(MP_QSTR_instructions), MP_ROM_PTR(&emulator_instructions_obj) },
    { MP_ROM_QSTR(MP_QSTR_lap), MP_ROM_PTR(&emulator_lap_obj) },
    { MP_ROM_QSTR(MP_QSTR_disk), MP_ROM_PTR(&emulator_disk_obj) },
    { MP_ROM_QSTR(MP_QSTR_option), MP_ROM_PTR(&emulator_option_obj) },
    { MP_ROM_QSTR(MP_QSTR_HostFS), MP_ROM_PTR(&host_fs_type) },
    #if defined(__XTENSA__)
    { MP_ROM_QSTR(MP_QSTR_native_code), MP_ROM_PTR(&emulator_native_code_obj) },
    { MP_ROM_QSTR(MP_QSTR_traps), MP_ROM_PTR(&emulator_traps_obj) },
    #endif
};
static MP_DEFINE_CONST_DICT(emulator_globals, emulator_globals_table);

const mp_obj_module_t emulator_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&emulator_globals,
};
MP_REGISTER_MODULE(MP_QSTR_emulator, emulator_module);
