"""AES by machine code on Xtensa and RV32 (tools/build/kernels/rv32_aes.s, xtensa_aes.s): the kernel's functions around it."""

from latchkey.crypto import kernels
from latchkey.crypto.util import wipe

_ROUNDS = const(16)  # in the state
_KEYS = const(120)
_MOST = const(1024)  # bytes a call; PIECE of the kernels

_COVER = const(1)  # operations
_EXPAND = const(2)


def fits(state, buf, _, told):
    """Whether a call stays within the state and the buffer."""
    operation = told >> 27
    n = told >> 16 & 0x7FF
    rounds = (len(state) - _KEYS - 32) >> 5
    if operation == _EXPAND:
        length = 16 * n + 16
        if n != rounds or told & 3:
            return False
    else:
        length = 16 if operation else n
        if operation > _COVER or n > _MOST or state[_ROUNDS] != rounds:
            return False
    return rounds in (10, 14) and (told & 0xFFFF) + length <= len(buf)


def number(start, length):
    """What `ctr` of so many bytes from there tells the machine code: operation << 27 | bytes << 16 | start."""
    return _COVER << 27 | start if length < 0 else length << 16 | start


def functions(run):
    """`(expand, counter, ctr)` as aes.py has them, of the machine code as a function (assembled.py)."""

    def expand(key):
        size = len(key)
        rounds = size // 4 + 6
        state = bytearray(_KEYS + 32 * rounds + 32)
        schedule = bytearray(16 * rounds + 16)
        schedule[:size] = key
        run(state, schedule, b"", _EXPAND << 27 | rounds << 16)
        wipe(schedule)
        return state

    def counter(state):
        return memoryview(state)[:16]

    def ctr(state, buf, start, length):
        run(state, buf, b"", number(start, length))

    return expand, counter, ctr


def faster(other, works):
    """This core's own kernel if it takes less time for a KB than `other`, the firmware's cipher; else that one."""
    try:
        own = kernels.load("aes", works, (kernels.which(),))
    except ImportError:
        return other
    return own if _time(own) < _time(other) else other


def _time(kernel):
    from time import ticks_diff, ticks_us

    state = kernel.expand(bytes(16))
    buf = bytearray(_MOST)
    begun = ticks_us()
    kernel.ctr(state, buf, 0, _MOST)
    return ticks_diff(ticks_us(), begun)
