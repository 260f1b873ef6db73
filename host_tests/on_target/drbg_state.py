"""HMAC_DRBG: limits, lengths and the way its state goes. Its output is held against NIST's vectors by test_drbg.py."""

from latchkey.entropy.drbg import HMAC_DRBG


def _generator():
    return HMAC_DRBG(b"entropy and nonce" * 3)


def fills_any_length():
    for length in (0, 1, 31, 32, 33, 64, 100):
        buf = bytearray(length + 1)
        _generator().fill(memoryview(buf)[:length])
        assert buf[length] == 0 and (length < 31 or buf[:length] != bytes(length))


def two_requests_differ_and_two_generators_agree():
    one, other = _generator(), _generator()
    a, b, c = bytearray(32), bytearray(32), bytearray(32)
    one.fill(a)
    one.fill(b)
    other.fill(c)
    assert a != b and a == c


def a_reseed_changes_what_follows():
    one, other = _generator(), _generator()
    one.reseed(b"more")
    a, b = bytearray(32), bytearray(32)
    one.fill(a)
    other.fill(b)
    assert a != b and one.requests == 1


def additional_input_changes_what_follows():
    a, b = bytearray(32), bytearray(32)
    _generator().fill(a, b"input")
    _generator().fill(b)
    assert a != b


def each_request_replaces_the_state():
    generator = _generator()
    mac = generator._mac
    inner, outer, value = bytes(mac._inner_key), bytes(mac._outer_key), bytes(generator._value)
    generator.fill(bytearray(1))
    assert generator._value != value and generator.requests == 1
    assert generator._mac is mac and mac._inner_key[:32] != inner[:32] and mac._outer_key[:32] != outer[:32], "the key before is gone"
    assert mac._inner_key[32:] == b"\x36" * 32 and mac._outer_key[32:] == b"\x5c" * 32


def rejects_a_request_beyond_65536_bytes():
    try:
        _generator().fill(_Long())
    except ValueError:
        return
    raise AssertionError("SP 800-90A allows 2^19 bits a request")


class _Long:
    def __len__(self):
        return 65537


def gives_nothing_after_its_end():
    generator = _generator()
    generator.wipe()
    try:
        generator.fill(bytearray(1))
    except AttributeError:
        return
    raise AssertionError("a wiped generator went on")
