"""GHASH by machine code on Xtensa and RV32 (tools/build/kernels/rv32_ghash.s, xtensa_ghash.s): the kernel's functions around it."""

_STATE = const(268)
_MOST = const(1024)  # bytes a call; PIECE of the kernels

_BEGIN = const(1)  # operations
_WRITE = const(2)
_PREPARE = const(4)


def fits(state, buf, _, told):
    """Whether a call stays within the state and the buffer."""
    length = 16 if told >> 27 >= _WRITE else told >> 16 & 0x7FF
    return len(state) == _STATE and told >> 27 <= _PREPARE and length <= _MOST and (told & 0xFFFF) + length <= len(buf)


def number(start, length):
    """What `absorb` of so many bytes from there tells the machine code: operation << 27 | bytes << 16 | start."""
    if length < 0:
        return (1 - length) << 27 | start
    return length << 16 | (start if start >= 0 else _BEGIN << 27)


def functions(run):
    """`(prepare, absorb)` as gcm.py has them, of the machine code as a function (assembled.py)."""

    def prepare(h):
        state = bytearray(_STATE)
        run(state, h, b"", _PREPARE << 27)
        return state

    def absorb(state, buf, start, length):
        return run(state, buf, b"", number(start, length))

    return prepare, absorb
