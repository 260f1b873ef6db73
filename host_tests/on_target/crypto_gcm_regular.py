"""AES-GCM takes the same instructions whatever the key and the text are, and wherever a tag is wrong: counted in every call of a kernel.

That is claimed for the kernels of Thumb-2, Xtensa and RV32 and for viper's. regular_calls.py counts what Python does around them, the
expansion of keys with it; that no address depends on a key either is shown by crypto/test_regular_addresses.py.
"""

import emulator

from latchkey.crypto import aes, aes_state, gcm, ghash_state, kernel_viper_aes, kernel_viper_ghash, kernels
from latchkey.errors import Fault

TARGETS = ("cortex_m", "rv32", "xtensa")

_KEYS = bytes(16), b"\xff" * 16, bytes(range(16)), b"\x00" * 15 + b"\x01", b"\x80" + bytes(15), bytes(32), b"\x5a" * 32
_TEXTS = bytes(100), b"\xff" * 100, bytes(range(100)), b"\x01" + bytes(99)


def _counting(kernel, name, counts):
    """A kernel's function that notes the instructions of its machine code. Nothing is allocated or looked up between the readings."""
    if kernel.NAME in ("rv32", "xtensa"):
        return _counting_code(kernel._code, (aes_state if name == "ctr" else ghash_state).number, counts)
    lap = emulator.lap
    native = getattr(kernel, name)

    def counted(state, buf, start, length):
        lap()
        result = native(state, buf, start, length)
        count = lap()
        counts.append(count)
        return result

    return counted


def _counting_code(code, number, counts):
    lap = emulator.lap

    def counted(state, buf, start, length):
        told = number(start, length)
        lap()
        result = code(state, buf, b"", told)
        count = lap()
        counts.append(count)
        return result

    return counted


def _sealed(key, text):
    """What each call of a kernel takes that seals `text`."""
    counts = []
    aead = gcm.AESGCM(key)
    aead._ctr = _counting(aes.kernel(), "ctr", counts)
    aead._absorb = _counting(gcm.kernel(), "absorb", counts)
    buf = bytearray(text) + bytes(16)
    aead.seal_start(bytearray(12), b"additional", buf, 0, len(text))
    while not aead.step():
        pass
    assert len(counts) == 5
    return counts


def _opened(key, sealed, length):
    """What each call of a kernel takes that opens `sealed`, whether its tag is right or not."""
    counts = []
    aead = gcm.AESGCM(key)
    aead._ctr = _counting(aes.kernel(), "ctr", counts)
    aead._absorb = _counting(gcm.kernel(), "absorb", counts)
    aead.open_start(bytearray(12), b"additional", bytearray(sealed), 0, length)
    try:
        aead.step()
    except Fault:
        pass
    assert len(counts) == 4
    return counts


def _same(made):
    first = next(made)
    for counts in made:
        assert counts == first, (counts, first)


def _assembled():
    """The kernels of AES and GHASH in this core's own instructions."""
    chosen = aes.kernel(), gcm.kernel()
    if kernels.which() in ("umaal", "umlal"):
        assert [kernel.NAME for kernel in chosen] == ["thumb2", "thumb2"]
    else:
        assert [kernel.NAME for kernel in chosen] == [kernels.which()] * 2
    return chosen


def _by_each_kernel(check):
    """What this core takes by itself, and viper's."""
    chosen = _assembled()
    check()
    try:
        aes._kernel, gcm._kernel = kernel_viper_aes, kernel_viper_ghash
        check()
    finally:
        aes._kernel, gcm._kernel = chosen


def sealing_takes_as_long_for_every_key_and_text():
    def check():
        for size in (16, 32):
            _same(_sealed(key, text) for key in _KEYS if len(key) == size for text in _TEXTS)

    _by_each_kernel(check)


def a_tag_is_compared_as_long_wherever_it_differs():
    def check():
        key, text = _KEYS[2], _TEXTS[2]
        buf = bytearray(text) + bytes(16)
        aead = gcm.AESGCM(key)
        aead.seal_start(bytearray(12), b"additional", buf, 0, 100)
        while not aead.step():
            pass
        _same(_opened(key, sealed, 100) for sealed in _with_a_wrong_tag(buf))

    _by_each_kernel(check)


def _with_a_wrong_tag(buf):
    yield buf
    for at in range(16):
        wrong = bytearray(buf)
        wrong[100 + at] ^= 1 << (at & 7)
        yield wrong


def expanding_a_key_takes_as_long_for_every_key():
    counts = []
    kernel = _assembled()[0]
    for size in (16, 32):
        del counts[:]
        state = kernel.expand(bytes(size))
        for key in _KEYS:
            if len(key) == size:
                _expand(kernel, state, key, counts)
        assert len(counts) > 1 and len(set(counts)) == 1, counts


def _expand(kernel, state, key, counts):
    if kernel.NAME == "thumb2":
        _counting(kernel, "ctr", counts)(state, key, len(key) // 4, -2)
        return
    rounds = len(key) // 4 + 6
    schedule = bytearray(key) + bytes(16 * rounds + 16 - len(key))
    code, lap = kernel._code, emulator.lap
    lap()
    code(state, schedule, b"", 2 << 27 | rounds << 16)
    count = lap()
    counts.append(count)


def preparing_a_hash_key_takes_as_long_for_every_key():
    for kernel in {_assembled()[1], kernel_viper_ghash}:
        counts = []
        prepare = _counting(kernel, "absorb", counts)
        state = kernel.prepare(bytes(16))
        for key in _KEYS[:5]:
            prepare(state, key, 0, -3)
        assert len(counts) == 5 and len(set(counts)) == 1, counts
