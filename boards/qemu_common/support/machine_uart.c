// Included by extmod/machine_uart.c: machine.UART for the serial ports 1 to 4, which lead to sockets on the host.
//
// Speed and framing are accepted and mean nothing. A read takes what is there; between two bytes it waits up to timeout_char,
// 5 ms by default, because a burst reaches the emulated port byte by byte, in the host's good time. Neither the
// waiting nor this driver's work is counted (clock.c), so what a program executes depends little on how the host was scheduled.
#include "py/mphal.h"
#include "board.h"

#define MICROPY_PY_MACHINE_UART_CLASS_CONSTANTS

struct _machine_uart_obj_t {
    mp_obj_base_t base;
    uint8_t id;
    bool in_burst; // bytes were coming at the last look
    uint16_t timeout;
    uint16_t timeout_char;
};

static machine_uart_obj_t uarts[HW_UARTS];

static void mp_machine_uart_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_printf(print, "UART(%u, timeout=%u, timeout_char=%u)", self->id, self->timeout, self->timeout_char);
}

static void mp_machine_uart_init_helper(machine_uart_obj_t *self, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args) {
    enum { ARG_baudrate, ARG_bits, ARG_parity, ARG_stop, ARG_timeout, ARG_timeout_char, ARG_rxbuf };
    static const mp_arg_t allowed_args[] = {
        { MP_QSTR_baudrate, MP_ARG_INT, {.u_int = 115200} },
        { MP_QSTR_bits, MP_ARG_INT, {.u_int = 8} },
        { MP_QSTR_parity, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE} },
        { MP_QSTR_stop, MP_ARG_INT, {.u_int = 1} },
        { MP_QSTR_timeout, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 0} },
        { MP_QSTR_timeout_char, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 5} },
        { MP_QSTR_rxbuf, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 0} },
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed_args)];
    mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed_args), allowed_args, args);
    self->timeout = args[ARG_timeout].u_int;
    self->timeout_char = args[ARG_timeout_char].u_int;
}

static mp_obj_t mp_machine_uart_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    mp_int_t id = mp_obj_get_int(args[0]);
    if (id < 1 || id > HW_UARTS || !hw_uart_init(id)) {
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("UART(%d) doesn't exist"), (int)id);
    }
    machine_uart_obj_t *self = &uarts[id - 1];
    self->base.type = &machine_uart_type;
    self->id = id;
    mp_map_t kw_args;
    mp_map_init_fixed_table(&kw_args, n_kw, args + n_args);
    mp_machine_uart_init_helper(self, n_args - 1, args + 1, &kw_args);
    return MP_OBJ_FROM_PTR(self);
}

static void mp_machine_uart_deinit(machine_uart_obj_t *self) {
    (void)self;
}

static bool wait_for_byte(machine_uart_obj_t *self, uint32_t timeout_ms) {
    if (hw_uart_rx_ready(self->id)) {
        return true;
    }
    if (timeout_ms == 0) {
        return false;
    }
    uint64_t end = board_ticks_us() + timeout_ms * 1000;
    while (!hw_uart_rx_ready(self->id)) {
        uint64_t now = board_ticks_us();
        if (now >= end) {
            return false;
        }
        mp_handle_pending(true);
        board_wait_us(end - now);
    }
    return true;
}

// Whether there is a byte; within a burst, whether one comes in time.
static bool byte_ready(machine_uart_obj_t *self) {
    self->in_burst = wait_for_byte(self, self->in_burst ? self->timeout_char : 0);
    return self->in_burst;
}

static mp_int_t mp_machine_uart_any(machine_uart_obj_t *self) {
    return byte_ready(self);
}

static bool mp_machine_uart_txdone(machine_uart_obj_t *self) {
    return !hw_uart_tx_full(self->id);
}

static mp_uint_t mp_machine_uart_read(mp_obj_t self_in, void *buf_in, mp_uint_t size, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (size == 0) {
        return 0;
    }
    if (!byte_ready(self) && !wait_for_byte(self, self->timeout)) {
        *errcode = MP_EAGAIN;
        return MP_STREAM_ERROR;
    }
    uint64_t instructions = board_instructions();
    uint8_t *dest = buf_in;
    mp_uint_t n = 0;
    do {
        dest[n++] = hw_uart_rx(self->id);
        self->in_burst = true;
    } while (n < size && byte_ready(self));
    board_uncount_since(instructions);
    return n;
}

static mp_uint_t mp_machine_uart_write(mp_obj_t self_in, const void *buf_in, mp_uint_t size, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    uint64_t instructions = board_instructions();
    const uint8_t *src = buf_in;
    for (mp_uint_t i = 0; i < size; i++) {
        while (hw_uart_tx_full(self->id)) {
            mp_handle_pending(true);
            board_wait_us(100);
        }
        hw_uart_tx(self->id, src[i]);
    }
    board_uncount_since(instructions);
    return size;
}

static mp_uint_t mp_machine_uart_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t flags, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (request == MP_STREAM_POLL) {
        uint64_t instructions = board_instructions();
        uintptr_t ready = 0;
        if ((flags & MP_STREAM_POLL_RD) && byte_ready(self)) {
            ready |= MP_STREAM_POLL_RD;
        }
        if ((flags & MP_STREAM_POLL_WR) && !hw_uart_tx_full(self->id)) {
            ready |= MP_STREAM_POLL_WR;
        }
        board_uncount_since(instructions);
        return ready;
    }
    if (request == MP_STREAM_FLUSH) {
        return 0;
    }
    *errcode = MP_EINVAL;
    return MP_STREAM_ERROR;
}
