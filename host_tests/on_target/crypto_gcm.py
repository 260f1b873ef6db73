"""AES-GCM as the record layer uses it: in place, in pieces, allocating nothing, releasing nothing unverified.

What it computes is held against NIST's vectors by test_aes_gcm.py.
"""

import micropython

from latchkey.crypto import aes, gcm, kernels
from latchkey.errors import Fault

_KEY = bytes(range(16))
_NONCE = bytearray(b"nonce of 12.")
_AAD = bytearray(b"thirteen here")


def _text(n):
    return bytes((7 * i + 1) & 255 for i in range(n))


def _sealed(aead, n, nonce=_NONCE, aad=_AAD):
    buf = bytearray(8 + n + 16)
    buf[8 : 8 + n] = _text(n)
    aead.seal_start(nonce, aad, buf, 8, n)
    while not aead.step():
        pass
    return buf


def _cause(function):
    try:
        function()
    except Fault as fault:
        return fault.cause
    return None


def _is_refused(*arguments):
    aead = gcm.AESGCM(_KEY)
    for start in (aead.seal_start, aead.open_start):
        try:
            start(*arguments)
        except ValueError:
            continue
        return False
    return True


def _without_heap(aead, n):
    buf = _sealed(aead, n)
    buf[8 : 8 + n] = _text(n)
    micropython.heap_lock()
    try:
        aead.seal_start(_NONCE, _AAD, buf, 8, n)
        while not aead.step():
            pass
        aead.open_start(_NONCE, _AAD, buf, 8, n)
        while not aead.step():
            pass
    finally:
        micropython.heap_unlock()
    return buf[8 : 8 + n] == _text(n)


def seals_and_opens_without_allocating():
    aead = gcm.AESGCM(_KEY)
    for n in (0, 1, 16, 255, 256, 257, 1024, 2050):
        assert _without_heap(aead, n), n


def seals_and_opens_without_allocating_on_the_portable_kernels():
    from latchkey.crypto import kernel_portable_aes, kernel_portable_ghash

    chosen = aes.kernel(), gcm.kernel()
    try:
        aes._kernel, gcm._kernel = kernel_portable_aes, kernel_portable_ghash
        assert _without_heap(gcm.AESGCM(_KEY), 300)
    finally:
        aes._kernel, gcm._kernel = chosen


def seals_and_opens_without_allocating_on_the_viper_kernels():
    from latchkey.crypto import kernel_viper_aes, kernel_viper_ghash

    chosen = aes.kernel(), gcm.kernel()
    try:
        aes._kernel, gcm._kernel = kernel_viper_aes, kernel_viper_ghash
        assert _without_heap(gcm.AESGCM(_KEY), 200)
    finally:
        aes._kernel, gcm._kernel = chosen


def takes_a_piece_of_its_kernels_a_step():
    aead = gcm.AESGCM(_KEY)
    piece = _piece()
    assert piece in (1024, 4096)
    for n, steps in ((0, 1), (1, 1), (piece, 1), (piece + 1, 2), (3 * piece, 3)):
        buf = bytearray(n + 16)
        aead.seal_start(_NONCE, _AAD, buf, 0, n)
        assert [aead.step() for _ in range(steps)] == [False] * (steps - 1) + [True]
        aead.open_start(_NONCE, _AAD, buf, 0, n)
        steps = 2 * steps if n else 1
        assert [aead.step() for _ in range(steps)] == [False] * (steps - 1) + [True]


def checks_the_tag_before_it_decrypts_a_byte():
    aead = gcm.AESGCM(_KEY)
    n = 2 * _piece()
    buf = _sealed(aead, n)
    cipher = bytes(buf[: n + 8])
    aead.open_start(_NONCE, _AAD, buf, 8, n)
    assert not aead.step() and not aead.step()
    assert buf[: n + 8] == cipher  # two passes: the first has only read
    assert not aead.step() and aead.step()
    assert buf[8 : n + 8] == _text(n)


def _piece():
    return min(aes.kernel().PIECE, gcm.kernel().PIECE)


def rejects_a_wrong_tag_and_wipes_text_and_tag_and_nothing_else():
    aead = gcm.AESGCM(_KEY)
    for n in (0, 5, 1500):
        buf = _sealed(aead, n) + b"beyond"
        buf[:8] = b"in front"
        buf[8 + n] ^= 1
        aead.open_start(_NONCE, _AAD, buf, 8, n)

        def drive():
            while not aead.step():
                pass

        assert _cause(drive) == 602
        assert buf == b"in front" + bytes(n + 16) + b"beyond"


def is_usable_after_a_wrong_tag():
    aead = gcm.AESGCM(_KEY)
    good = _sealed(aead, 30)
    bad = bytearray(good)
    bad[20] ^= 1
    aead.open_start(_NONCE, _AAD, bad, 8, 30)
    assert _cause(aead.step) == 602
    aead.open_start(_NONCE, _AAD, good, 8, 30)
    while not aead.step():
        pass
    assert good[8:38] == _text(30)


def a_message_given_up_leaves_no_trace_in_the_next():
    aead = gcm.AESGCM(_KEY)
    expected = bytes(_sealed(aead, 50))
    buf = bytearray(3000)
    aead.seal_start(bytearray(12), b"other", buf, 0, 2900)
    aead.step()
    assert _sealed(aead, 50) == expected


def two_directions_are_interleaved():
    one, other = gcm.AESGCM(_KEY), gcm.AESGCM(bytes(16))
    expected = [bytes(_sealed(x, 2500)) for x in (one, other)]
    bufs = [bytearray(8) + _text(2500) + bytes(16) for _ in range(2)]
    for aead, buf in zip((one, other), bufs):
        aead.seal_start(_NONCE, _AAD, buf, 8, 2500)
    done = [False, False]
    while not all(done):
        done = [aead.step() for aead in (one, other)]
    assert [bytes(buf) for buf in bufs] == expected


def nonce_and_additional_data_are_read_at_the_start_only():
    aead = gcm.AESGCM(_KEY)
    expected = bytes(_sealed(aead, 1500))
    nonce, aad = bytearray(_NONCE), bytearray(_AAD)
    buf = bytearray(8) + _text(1500) + bytes(16)
    aead.seal_start(nonce, aad, buf, 8, 1500)
    nonce[3] = aad[2] = 0
    while not aead.step():
        pass
    assert bytes(buf) == expected


def rejects_what_is_not_within_the_buffer():
    buf = bytearray(100)
    for start, length in ((-1, 10), (0, -1), (0, 85), (90, 0), (101, 0), (85, -5), (1 << 40, 1)):
        assert _is_refused(_NONCE, _AAD, buf, start, length), (start, length)
    assert not _is_refused(_NONCE, _AAD, buf, 84, 0)


def rejects_keys_and_nonces_of_other_lengths():
    for n in (0, 11, 13, 16):
        assert _is_refused(bytearray(n), _AAD, bytearray(100), 0, 10), n
    for n in (0, 15, 17, 24, 31, 33, 64):
        try:
            gcm.AESGCM(bytes(n))
        except ValueError:
            continue
        raise AssertionError(n)


def a_step_without_a_start_is_refused():
    aead = gcm.AESGCM(_KEY)
    _sealed(aead, 3)
    try:
        aead.step()
    except ValueError:
        return
    raise AssertionError


def the_kernels_passed_their_tests():
    assert aes.kernel() and gcm.kernel()
    assert kernels.failed == []


def a_kernel_that_answers_wrong_is_passed_over_and_named():
    import sys

    best = gcm.kernel().NAME
    name = "latchkey.crypto.kernel_" + best + "_ghash"
    kept = sys.modules[name]

    class Wrong:
        __file__ = kept.__file__

    try:
        sys.modules[name] = Wrong
        gcm._kernel = None
        seen = []

        def right(module):
            seen.append(module)
            return module is not kept and hasattr(module, "absorb")

        module = kernels.load("ghash", right, ("thumb2", "rv32", "xtensa", "viper", "portable"))
        assert best != module.NAME and kernels.failed == [best + "_ghash"] and len(seen) == 2
    finally:
        sys.modules[name] = kept
        kernels.failed.clear()
        gcm.kernel()
