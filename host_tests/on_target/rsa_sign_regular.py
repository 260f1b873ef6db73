"""The Thumb-2 kernel of RSA signing takes the same instructions whatever the numbers and the window's digit are."""

import emulator

from latchkey.crypto import kernel_thumb2_rsa_sign as kernel

TARGETS = ("cortex_m",)

_SIZE = 128
_MODULI = b"\xff" * _SIZE, b"\x80" + bytes(_SIZE - 2) + b"\x01", bytes(0x80 | i for i in range(_SIZE - 1)) + b"\x01"
_NUMBERS = bytes(_SIZE), bytes(_SIZE - 1) + b"\x01", b"\xff" * _SIZE, bytes(range(_SIZE)), b"\x80" + bytes(_SIZE - 1)


def _workspace(modulus):
    from struct import pack_into

    w = bytearray(8 + 20 * (_SIZE + 8))
    pack_into("I", w, 0, _SIZE // 4)
    kernel._run(w, 0, modulus, -1)
    return w


def a_product_takes_as_long_for_every_number():
    lap, run = emulator.lap, kernel._run  # no name is looked up between two readings: that takes longer where the cache has forgotten it
    counts = set()
    for modulus in _MODULI:
        w = _workspace(modulus)
        for a in _NUMBERS:
            for b in _NUMBERS:
                kernel._run(w, 4, a, -1)
                kernel._run(w, 5, b, -1)
                lap()
                run(w, 6, 4, 5)
                count = lap()
                counts.add(count)
    assert len(counts) == 1, counts


def products_are_right():
    radix = 1 << 8 * _SIZE
    for modulus in _MODULI:
        n = int.from_bytes(modulus, "big")
        w = _workspace(modulus)
        out = bytearray(_SIZE)
        for a in _NUMBERS:
            for b in _NUMBERS:
                kernel._run(w, 4, a, -1)
                kernel._run(w, 5, b, -1)
                kernel._run(w, 6, 4, 5)
                kernel._run(w, 6, out, -2)
                product = int.from_bytes(a, "big") * int.from_bytes(b, "big") % n
                assert int.from_bytes(out, "big") * radix % n == product


def an_entry_of_the_table_is_picked_in_the_same_time():
    lap, run = emulator.lap, kernel._run
    w = _workspace(_MODULI[0])
    for i in range(16):
        kernel._run(w, 4 + i, bytes((i + 1,)) * _SIZE, -1)
    counts = set()
    out = bytearray(_SIZE)
    for i in range(16):
        lap()
        run(w, 3, i, -3)
        count = lap()
        counts.add(count)
        kernel._run(w, 3, out, -2)
        assert out == bytes((i + 1,)) * _SIZE
    assert len(counts) == 1, counts
