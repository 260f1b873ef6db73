// A ROMFS partition in the boards' PSRAM, which nothing else uses: the emulator fills it at start, `mpremote romfs deploy` later.
#include <string.h>
#include "py/mperrno.h"
#include "py/objarray.h"
#include "py/runtime.h"
#include "extmod/vfs.h"
#include "board.h"

#if BOARD_ROM_START

static const MP_DEFINE_MEMORYVIEW_OBJ(rom, 'B', 0, BOARD_ROM_SIZE, (void *)BOARD_ROM_START);

// docs/library/vfs.rst says nothing of it; the numbers are extmod/vfs.h's, the answers the STM32 port's.
mp_obj_t mp_vfs_rom_ioctl(size_t n_args, const mp_obj_t *args) {
    mp_int_t command = mp_obj_get_int(args[0]);
    if (command == MP_VFS_ROM_IOCTL_GET_NUMBER_OF_SEGMENTS) {
        return MP_OBJ_NEW_SMALL_INT(1);
    }
    if (n_args < 2 || mp_obj_get_int(args[1]) != 0) {
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    }
    if (command == MP_VFS_ROM_IOCTL_GET_SEGMENT) {
        return MP_OBJ_FROM_PTR(&rom);
    }
    if (command == MP_VFS_ROM_IOCTL_WRITE_PREPARE && n_args == 3) {
        size_t length = mp_obj_get_int(args[2]);
        if (length > BOARD_ROM_SIZE) {
            return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
        }
        memset(rom.items, 0xff, length);
        return MP_OBJ_NEW_SMALL_INT(4);
    }
    if (command == MP_VFS_ROM_IOCTL_WRITE && n_args == 4) {
        size_t offset = mp_obj_get_int(args[2]);
        mp_buffer_info_t data;
        mp_get_buffer_raise(args[3], &data, MP_BUFFER_READ);
        if (offset > BOARD_ROM_SIZE || data.len > BOARD_ROM_SIZE - offset) {
            return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
        }
        memcpy((uint8_t *)rom.items + offset, data.buf, data.len);
        return MP_OBJ_NEW_SMALL_INT(0);
    }
    return MP_OBJ_NEW_SMALL_INT(command == MP_VFS_ROM_IOCTL_WRITE_COMPLETE ? 0 : -MP_EINVAL);
}

#endif
