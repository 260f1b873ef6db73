// The port's own configuration, and over it what official firmware for real boards has and ports/qemu leaves out: clock,
// select, asyncio, os.urandom, a file system, sys.stdin.buffer, a serial port.
#include <mpconfigport.h>

#undef MICROPY_PY_SYS_STDIO_BUFFER
#undef MICROPY_PY_SELECT
#undef MICROPY_PY_TIME
#undef MICROPY_PY_ASYNCIO

#define MICROPY_PY_SYS_STDIO_BUFFER             (1)
#define MICROPY_PY_SELECT                       (1)
#define MICROPY_PY_ASYNCIO                      (1)
#define MICROPY_PY_TIME                         (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS            (1)
#define MICROPY_PY_TIME_INCLUDEFILE             "support/time_of_day.c"
#define MICROPY_PY_OS_URANDOM                   (1)
#define MICROPY_PY_OS_INCLUDEFILE               "support/urandom.c"
#define MICROPY_PY_MACHINE_UART                 (1)
#define MICROPY_PY_MACHINE_UART_INCLUDEFILE     "support/machine_uart.c"
#define MICROPY_ENABLE_FINALISER                (1)

// Waiting (select.poll, asyncio, time.sleep) halts the core until a byte or the time comes: support/clock.c.
#define MICROPY_INTERNAL_WFE(timeout_ms) board_wait_ms(timeout_ms)
void board_wait_ms(int timeout_ms);

// What comes with mbedTLS (MICROPY_PY_SSL in a board's mpconfigboard.mk), as in the STM32 port.
#define MICROPY_TRACKED_ALLOC       (MICROPY_SSL_MBEDTLS)
#define MICROPY_PY_HASHLIB_MD5      (MICROPY_SSL_MBEDTLS)
#define MICROPY_PY_HASHLIB_SHA1     (MICROPY_SSL_MBEDTLS)
#define MICROPY_PY_CRYPTOLIB        (MICROPY_SSL_MBEDTLS)

// A partition for a ROMFS, where a board's mpconfigboard.mk says where it lies: support/rom.c.
#ifndef BOARD_ROM_START
#define BOARD_ROM_START      (0)
#endif
#define BOARD_ROM_SIZE       (1 << 20)
#undef MICROPY_VFS_ROM_IOCTL
#define MICROPY_VFS_ROM_IOCTL (BOARD_ROM_START != 0)

#if defined(__XTENSA__)
// Native code is kept as an ESP32 keeps it: support/hw_xtensa.c.
#include <stddef.h>
void *board_native_code_commit(void *code, size_t length, void *reloc);
#define MP_PLAT_COMMIT_EXEC(buf, len, reloc) board_native_code_commit(buf, len, reloc)
#endif
