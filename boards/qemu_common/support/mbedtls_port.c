// What mbedTLS wants from a board: time, and randomness (urandom.c's, for tests only).
#include "py/mpconfig.h"

#if MICROPY_SSL_MBEDTLS

#include <string.h>
#include "py/mphal.h"
#include "shared/timeutils/timeutils.h"
#include "mbedtls/mbedtls_config_port.h"
#include "mbedtls/platform_time.h"
#include "board.h"

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen) {
    (void)data;
    for (size_t i = 0; i < len; i++) {
        output[i] = board_urandom_byte();
    }
    *olen = len;
    return 0;
}

time_t board_seconds(time_t *timer) {
    (void)timer;
    return mp_hal_time_ns() / 1000000000;
}

mbedtls_ms_time_t mbedtls_ms_time(void) {
    return mp_hal_ticks_ms();
}

// The C library's would bring in more than is linked here.
struct tm *gmtime(const time_t *seconds) {
    static struct tm tm;
    timeutils_struct_time_t t;
    timeutils_seconds_since_epoch_to_struct_time(*seconds, &t);
    tm = (struct tm) {
        .tm_sec = t.tm_sec, .tm_min = t.tm_min, .tm_hour = t.tm_hour,
        .tm_mday = t.tm_mday, .tm_mon = t.tm_mon - 1, .tm_year = t.tm_year - 1900,
        .tm_wday = t.tm_wday, .tm_yday = t.tm_yday, .tm_isdst = -1,
    };
    return &tm;
}

#endif
