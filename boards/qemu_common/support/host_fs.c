// A directory of the host, read-only, as a file system: what the emulator was started with as root=PATH appears where
// HostFS() is mounted. Files are read as from a board's flash (a .mpy is copied to the heap, never executed in place).
#include <stdio.h>
#include <string.h>
#include "py/builtin.h"
#include "py/mperrno.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "extmod/vfs.h"
#include "board.h"

#define MAX_PATH (512)

typedef struct {
    mp_obj_base_t base;
    intptr_t handle; // -1 when closed
} host_file_t;

// Semihosting's handle for a host file or directory opened for reading, or -1.
static intptr_t host_open(const char *path) {
    char full[MAX_PATH];
    size_t length = 0;
    for (const char *root = board_option("root"); root && *root && *root != ' ' && length < MAX_PATH - 2; root++) {
        full[length++] = *root;
    }
    full[length++] = '/';
    size_t rest = strlen(path);
    if (length + rest >= MAX_PATH) {
        return -1;
    }
    memcpy(full + length, path, rest + 1);
    uintptr_t arguments[] = { (uintptr_t)full, 1 /* "rb" */, length + rest };
    return semihosting(SYS_OPEN, arguments);
}

static intptr_t host_call(int operation, intptr_t handle) {
    uintptr_t arguments[] = { handle };
    return semihosting(operation, arguments);
}

static mp_uint_t host_read(intptr_t handle, void *buf, mp_uint_t size) {
    uintptr_t arguments[] = { handle, (uintptr_t)buf, size };
    return size - semihosting(SYS_READ, arguments); // it answers how many were not read
}

// A directory can be opened and has a length, but nothing can be read from it.
static mp_import_stat_t host_kind(const char *path, mp_uint_t *size) {
    intptr_t handle = host_open(path);
    if (handle < 0) {
        return MP_IMPORT_STAT_NO_EXIST;
    }
    char byte;
    *size = host_call(SYS_FLEN, handle);
    bool file = *size == 0 || host_read(handle, &byte, 1) == 1;
    host_call(SYS_CLOSE, handle);
    return file ? MP_IMPORT_STAT_FILE : MP_IMPORT_STAT_DIR;
}

// ---- files

static mp_uint_t host_file_read(mp_obj_t self_in, void *buf, mp_uint_t size, int *errcode) {
    host_file_t *self = MP_OBJ_TO_PTR(self_in);
    if (self->handle < 0) {
        *errcode = MP_EBADF;
        return MP_STREAM_ERROR;
    }
    return host_read(self->handle, buf, size);
}

static mp_uint_t host_file_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t arg, int *errcode) {
    host_file_t *self = MP_OBJ_TO_PTR(self_in);
    if (request == MP_STREAM_CLOSE) {
        if (self->handle >= 0) {
            host_call(SYS_CLOSE, self->handle);
            self->handle = -1;
        }
        return 0;
    }
    if (request == MP_STREAM_SEEK && ((struct mp_stream_seek_t *)arg)->whence == MP_SEEK_SET) {
        uintptr_t arguments[] = { self->handle, ((struct mp_stream_seek_t *)arg)->offset };
        if (semihosting(SYS_SEEK, arguments) == 0) {
            return 0;
        }
    }
    *errcode = MP_EINVAL;
    return MP_STREAM_ERROR;
}

static const mp_rom_map_elem_t host_file_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_read), MP_ROM_PTR(&mp_stream_read_obj) },
    { MP_ROM_QSTR(MP_QSTR_readinto), MP_ROM_PTR(&mp_stream_readinto_obj) },
    { MP_ROM_QSTR(MP_QSTR_readline), MP_ROM_PTR(&mp_stream_unbuffered_readline_obj) },
    { MP_ROM_QSTR(MP_QSTR_seek), MP_ROM_PTR(&mp_stream_seek_obj) },
    { MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&mp_stream_close_obj) },
    { MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&mp_stream_close_obj) },
    { MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&mp_identity_obj) },
    { MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&mp_stream___exit___obj) },
};
static MP_DEFINE_CONST_DICT(host_file_locals, host_file_locals_table);

static const mp_stream_p_t host_binary_stream = { .read = host_file_read, .ioctl = host_file_ioctl };
static const mp_stream_p_t host_text_stream = { .read = host_file_read, .ioctl = host_file_ioctl, .is_text = true };

static MP_DEFINE_CONST_OBJ_TYPE(host_binary_type, MP_QSTR_HostFile, MP_TYPE_FLAG_ITER_IS_STREAM,
    protocol, &host_binary_stream, locals_dict, &host_file_locals);
static MP_DEFINE_CONST_OBJ_TYPE(host_text_type, MP_QSTR_HostFile, MP_TYPE_FLAG_ITER_IS_STREAM,
    protocol, &host_text_stream, locals_dict, &host_file_locals);

// ---- the file system

typedef struct {
    mp_obj_base_t base;
} host_fs_t;

static mp_obj_t host_fs_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    return MP_OBJ_FROM_PTR(mp_obj_malloc(host_fs_t, type));
}

static mp_obj_t host_fs_open(mp_obj_t self_in, mp_obj_t path, mp_obj_t mode_in) {
    const char *mode = mp_obj_str_get_str(mode_in);
    if (mode[0] != 'r' || strchr(mode, '+')) {
        mp_raise_OSError(MP_EROFS);
    }
    mp_uint_t size;
    if (host_kind(mp_obj_str_get_str(path), &size) != MP_IMPORT_STAT_FILE) {
        mp_raise_OSError(MP_ENOENT);
    }
    host_file_t *file = mp_obj_malloc_with_finaliser(host_file_t, strchr(mode, 'b') ? &host_binary_type : &host_text_type);
    file->handle = host_open(mp_obj_str_get_str(path));
    return MP_OBJ_FROM_PTR(file);
}
static MP_DEFINE_CONST_FUN_OBJ_3(host_fs_open_obj, host_fs_open);

static mp_obj_t host_fs_stat(mp_obj_t self_in, mp_obj_t path) {
    mp_uint_t size;
    mp_import_stat_t kind = host_kind(mp_obj_str_get_str(path), &size);
    if (kind == MP_IMPORT_STAT_NO_EXIST) {
        mp_raise_OSError(MP_ENOENT);
    }
    mp_obj_t zero = MP_OBJ_NEW_SMALL_INT(0);
    bool file = kind == MP_IMPORT_STAT_FILE;
    mp_obj_t items[] = {
        MP_OBJ_NEW_SMALL_INT(file ? MP_S_IFREG : MP_S_IFDIR), zero, zero, zero, zero, zero,
        mp_obj_new_int_from_uint(file ? size : 0), zero, zero, zero,
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(items), items);
}
static MP_DEFINE_CONST_FUN_OBJ_2(host_fs_stat_obj, host_fs_stat);

static mp_obj_t host_fs_mount(mp_obj_t self_in, mp_obj_t readonly, mp_obj_t mkfs) {
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(host_fs_mount_obj, host_fs_mount);

static mp_obj_t host_fs_umount(mp_obj_t self_in) {
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(host_fs_umount_obj, host_fs_umount);

static const mp_rom_map_elem_t host_fs_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&host_fs_open_obj) },
    { MP_ROM_QSTR(MP_QSTR_stat), MP_ROM_PTR(&host_fs_stat_obj) },
    { MP_ROM_QSTR(MP_QSTR_mount), MP_ROM_PTR(&host_fs_mount_obj) },
    { MP_ROM_QSTR(MP_QSTR_umount), MP_ROM_PTR(&host_fs_umount_obj) },
};
static MP_DEFINE_CONST_DICT(host_fs_locals, host_fs_locals_table);

static mp_import_stat_t host_fs_import_stat(void *self, const char *path) {
    mp_uint_t size;
    return host_kind(path, &size);
}

static const mp_vfs_proto_t host_fs_proto = { .import_stat = host_fs_import_stat };

MP_DEFINE_CONST_OBJ_TYPE(host_fs_type, MP_QSTR_HostFS, MP_TYPE_FLAG_NONE,
    make_new, host_fs_make_new, protocol, &host_fs_proto, locals_dict, &host_fs_locals);
