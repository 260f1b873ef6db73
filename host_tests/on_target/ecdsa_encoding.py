"""The DER of ECDSA signatures: exactly one encoding of each signature is taken. `latchkey.crypto.ecdsa`."""

from latchkey.crypto import ecdsa, p256, p384
from latchkey.crypto.ecdsa import _decode
from latchkey.crypto.ecdsa_sign import _encode

ORDER = p256.CURVE.order[1]
N = int.from_bytes(ORDER, "big")


def _integer(content):
    return bytes((2, len(content))) + content


def _sequence(*parts):
    body = b"".join(parts)
    return bytes((0x30, len(body))) + body


def _taken(der, curve=p256.CURVE):
    return _decode(curve, der) != (0, 0)


def each_length_of_number_comes_back():
    for bits in (1, 7, 8, 9, 15, 16, 127, 128, 129, 247, 248, 249, 255):
        for number in ((1 << bits) - 1, 1 << (bits - 1)):
            assert _decode(p256.CURVE, _encode(number, N - number)) == (number, N - number)


def the_largest_signatures_are_taken():
    assert _taken(_encode(N - 1, N - 1))
    n384 = int.from_bytes(p384.CURVE.order[1], "big")
    assert len(_encode(n384 - 1, n384 - 1)) == 104
    assert _taken(_encode(n384 - 1, n384 - 1), p384.CURVE)


def encodings_are_der():
    assert _encode(1, 127) == _sequence(_integer(b"\x01"), _integer(b"\x7f"))
    assert _encode(128, 255) == _sequence(_integer(b"\x00\x80"), _integer(b"\x00\xff"))
    assert _encode(256, 1 << 255) == _sequence(_integer(b"\x01\x00"), _integer(b"\x00\x80" + bytes(31)))


def rejects_zero():
    assert not _taken(_sequence(_integer(b"\x00"), _integer(b"\x01")))
    assert not _taken(_sequence(_integer(b"\x01"), _integer(b"\x00")))
    assert not _taken(_sequence(_integer(b""), _integer(b"\x01")))
    assert not _taken(_sequence(_integer(bytes(33)), _integer(b"\x01" * 20)))


def rejects_numbers_of_the_order_and_more():
    one = _integer(b"\x01")
    for number in (N, N + 1, (1 << 256) - 1):
        content = b"\x00" + number.to_bytes(32, "big")
        assert not _taken(_sequence(_integer(content), one))
        assert not _taken(_sequence(one, _integer(content)))
    assert _taken(_sequence(_integer(b"\x00" + (N - 1).to_bytes(32, "big")), one))
    assert not _taken(_sequence(_integer(b"\x01" + bytes(32)), one))
    assert not _taken(_sequence(_integer(b"\x01" + bytes(40)), one))


def rejects_negative_numbers():
    for content in (b"\x80", b"\xff", (N - 1).to_bytes(32, "big")):
        assert not _taken(_sequence(_integer(content), _integer(b"\x01" * 8)))
        assert not _taken(_sequence(_integer(b"\x01" * 8), _integer(content)))


def rejects_padding():
    for content in (b"\x00\x01", b"\x00\x00\x80", b"\x00\x7f" + bytes(31)):
        assert not _taken(_sequence(_integer(content), _integer(b"\x01" * 8)))
        assert not _taken(_sequence(_integer(b"\x01" * 8), _integer(content)))


def rejects_what_stands_behind():
    good = _encode(N - 5, N // 3)
    assert _taken(good)
    assert not _taken(good + b"\x00")
    assert not _taken(_sequence(_integer(b"\x05" * 9), _integer(b"\x06" * 9), b"\x05\x00"))
    assert not _taken(_sequence(_integer(b"\x05" * 9), _integer(b"\x06" * 9), _integer(b"\x01")))
    assert not _taken(_sequence(_integer(b"\x05" * 9)))


def rejects_each_strict_prefix():
    good = _encode(N - 5, N // 3)
    for length in range(len(good)):
        assert not _taken(good[:length]), length
        if length > 2:  # with the outer length made to fit, too
            assert not _taken(bytes((0x30, length - 2)) + good[2:length]), length


def rejects_other_tags_and_forms_of_length():
    r, s = b"\x11" * 20, b"\x22" * 20
    body = _integer(r) + _integer(s)
    assert _taken(_sequence(body))
    assert not _taken(b"\x31" + _sequence(body)[1:])
    assert not _taken(b"\x30\x81" + bytes((len(body),)) + body)  # long form of a short length
    assert not _taken(b"\x30\x80" + body + b"\x00\x00")  # indefinite
    assert not _taken(_sequence(b"\x02\x81\x14" + r, _integer(s)))
    assert not _taken(_sequence(b"\x03" + _integer(r)[1:], _integer(s)))
    assert not _taken(_sequence(_integer(r), b"\x22" + _integer(s)[1:]))


def rejects_inner_lengths_that_leave_the_sequence():
    assert not _taken(bytes((0x30, 8, 2, 1, 5, 2, 4, 1, 1, 1)))
    assert not _taken(bytes((0x30, 8, 2, 100, 5, 2, 3, 1, 1, 1)))
    assert not _taken(bytes((0x30, 8, 2, 6, 5, 2, 3, 1, 1, 1)))
    assert not _taken(bytes((0x30, 8, 2, 255, 5, 2, 3, 1, 1, 1)))


def a_refused_encoding_makes_verification_false():
    from latchkey.crypto.job import run

    for der in (b"", b"\x30\x00", _sequence(_integer(b"\x00"), _integer(b"\x00")), _encode(5, 6)[:-1]):
        assert run(ecdsa.verify((23, p256.CURVE.base), bytes(32), der)) is False
