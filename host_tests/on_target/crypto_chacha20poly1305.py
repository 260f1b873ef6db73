"""ChaCha20-Poly1305 as the record layer uses it: in place, in pieces, allocating nothing, releasing nothing unverified, leaving no key.

What it computes is held against vectors by crypto/test_chacha20poly1305.py.
"""

import micropython

from latchkey.crypto import chacha20poly1305, kernel_portable_chacha20poly1305, kernel_viper_chacha20poly1305
from latchkey.errors import Fault

_KEY = bytes(range(101, 133))
_NONCE = bytearray(b"nonce of 12.")
_AAD = bytearray(b"thirteen here")


def _text(n):
    return bytes((7 * i + 1) & 255 for i in range(n))


def _drive(aead):
    while not aead.step():
        pass


def _sealed(aead, n):
    buf = bytearray(8 + n + 16)
    buf[8 : 8 + n] = _text(n)
    aead.seal_start(_NONCE, _AAD, buf, 8, n)
    _drive(aead)
    return buf


def _by_each_kernel(check):
    chosen = chacha20poly1305.kernel()
    try:
        for kernel in (chosen, kernel_viper_chacha20poly1305, kernel_portable_chacha20poly1305):
            chacha20poly1305._kernel = kernel
            check(chacha20poly1305.ChaCha20Poly1305(_KEY))
    finally:
        chacha20poly1305._kernel = chosen


def seals_and_opens_without_allocating():
    def check(aead):
        for n in (0, 1, 63, 64, 300):
            buf = _sealed(aead, n)
            buf[8 : 8 + n] = _text(n)
            micropython.heap_lock()
            try:
                aead.seal_start(_NONCE, _AAD, buf, 8, n)
                _drive(aead)
                aead.open_start(_NONCE, _AAD, buf, 8, n)
                _drive(aead)
            finally:
                micropython.heap_unlock()
            assert buf[8 : 8 + n] == _text(n)

    _by_each_kernel(check)


def checks_the_tag_before_it_decrypts_a_byte():
    aead = chacha20poly1305.ChaCha20Poly1305(_KEY)
    buf = _sealed(aead, 2048)
    cipher = bytes(buf[:2056])
    aead.open_start(_NONCE, _AAD, buf, 8, 2048)
    assert not aead.step() and not aead.step()
    assert buf[:2056] == cipher  # two passes: the first has only read
    _drive(aead)
    assert buf[8:2056] == _text(2048)


def rejects_a_wrong_tag_and_wipes_text_and_tag_and_nothing_else():
    def check(aead):
        for n in (0, 5, 300):
            buf = _sealed(aead, n) + b"beyond"
            buf[:8] = b"in front"
            buf[8 + n] ^= 1
            aead.open_start(_NONCE, _AAD, buf, 8, n)
            try:
                _drive(aead)
            except Fault as fault:
                assert fault.cause == 602
                assert buf == b"in front" + bytes(n + 16) + b"beyond"
                continue
            raise AssertionError

    _by_each_kernel(check)


def a_message_given_up_leaves_no_trace_in_the_next():
    aead = chacha20poly1305.ChaCha20Poly1305(_KEY)
    expected = bytes(_sealed(aead, 50))
    buf = bytearray(3000)
    aead.seal_start(bytearray(12), b"other", buf, 0, 2900)
    aead.step()
    assert _sealed(aead, 50) == expected


def nothing_of_the_key_is_left_after_the_wipe():
    def check(aead):
        _sealed(aead, 100)
        state = aead._state
        aead.wipe()
        for part in state if isinstance(state, tuple) else (state,):
            assert not any(part)
        try:
            aead.seal_start(_NONCE, _AAD, bytearray(100), 0, 10)
        except (TypeError, AttributeError):
            return
        raise AssertionError

    _by_each_kernel(check)


def rejects_keys_and_nonces_of_other_lengths():
    for n in (0, 16, 31, 33):
        try:
            chacha20poly1305.ChaCha20Poly1305(bytes(n))
        except ValueError:
            continue
        raise AssertionError(n)
    for n in (0, 8, 11, 13):
        try:
            chacha20poly1305.ChaCha20Poly1305(_KEY).seal_start(bytearray(n), _AAD, bytearray(100), 0, 10)
        except ValueError:
            continue
        raise AssertionError(n)
