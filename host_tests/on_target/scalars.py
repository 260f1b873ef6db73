"""Drawing of scalars: `latchkey.crypto.weierstrass`."""

from latchkey.crypto import weierstrass

ORDER = b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"
N = int.from_bytes(ORDER, "big")
EDGES = (1, 2, 3, 255, 256, N - 1, N - 2, N // 2, N // 2 + 1, 1 << 255, (1 << 255) - 1, 0x5555 << 230, (1 << 224) - 1)


def _bytes(k):
    return bytearray(k.to_bytes(32, "big"))


def scalars_from_1_to_the_order_less_1_are_in_range():
    for k in EDGES:
        assert weierstrass.in_range(_bytes(k), ORDER), k
    for k in (0, N, N + 1, (1 << 256) - 1, N + (1 << 128)):
        assert not weierstrass.in_range(_bytes(k), ORDER), k


def draws_until_a_number_is_in_range():
    class Random:
        def __init__(self):
            self.numbers = [0, N, (1 << 256) - 1, N + 5, N - 1, 7]

        def fill(self, buf):
            buf[:] = _bytes(self.numbers.pop(0))

    random = Random()
    assert weierstrass.draw(ORDER, random) == _bytes(N - 1)
    assert weierstrass.draw(ORDER, random) == _bytes(7)


def a_failing_source_gives_no_scalar():
    class Broken:
        def fill(self, buf):
            raise OSError("no randomness")

    try:
        weierstrass.draw(ORDER, Broken())
    except OSError:
        return
    raise AssertionError("a scalar without randomness")
