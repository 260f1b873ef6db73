// mbedTLS configured as MicroPython's STM32 port does: the common configuration, bare metal, without MBEDTLS_ECP_NIST_OPTIM.
#pragma once

#include <time.h>
time_t board_seconds(time_t *timer);
#define MBEDTLS_PLATFORM_TIME_MACRO board_seconds
#define MBEDTLS_PLATFORM_MS_TIME_ALT mbedtls_ms_time

#define MICROPY_MBEDTLS_CONFIG_BARE_METAL (1)
#include "extmod/mbedtls/mbedtls_config_common.h"
