"""The viper kernel of ChaCha20-Poly1305 takes the same instructions whatever key and text are, and wherever a tag is wrong."""

import emulator

from latchkey.crypto import kernel_viper_chacha20poly1305 as kernel

TARGETS = ("cortex_m",)

_KEYS = bytes(32), b"\xff" * 32, bytes(range(32)), b"\x00" * 31 + b"\x01", b"\x80" + bytes(31)
_TEXTS = bytes(100), b"\xff" * 100, bytes(range(100)), b"\x01" + bytes(99)


def _taken(key, text, flipped=-1):
    """What each call of the kernel takes that seals a text, then checks its tag."""
    lap = emulator.lap
    state = kernel.expand(key)
    begin, ctr, absorb, factors = kernel.begin, kernel.ctr, kernel.absorb, kernel._factors
    nonce = bytearray(12)
    buf = bytearray(text) + bytes(16)
    counts = [0] * 5
    begin(state, nonce)
    absorb(state, b"additional", -1, 10)
    lap()
    ctr(state, buf, 0, 100)
    counts[0] = lap()
    absorb(state, buf, 0, 100)
    counts[1] = lap()
    absorb(state, buf, 100, -1)
    counts[2] = lap()
    if flipped >= 0:
        buf[100 + flipped // 8] ^= 1 << flipped % 8
    begin(state, nonce)
    absorb(state, b"additional", -1, 10)
    absorb(state, buf, 0, 100)
    lap()
    absorb(state, buf, 100, -2)
    counts[3] = lap()
    factors(state)
    counts[4] = lap()
    return counts


def sealing_takes_as_long_for_every_key_and_text():
    first = _taken(_KEYS[0], _TEXTS[0])
    assert all(first)
    for key in _KEYS:
        for text in _TEXTS:
            assert _taken(key, text) == first


def a_tag_is_compared_as_long_wherever_it_differs():
    first = _taken(_KEYS[2], _TEXTS[2])
    for bit in (-1, 0, 7, 8, 63, 64, 127):
        assert _taken(_KEYS[2], _TEXTS[2], bit) == first
