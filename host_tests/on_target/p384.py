"""P-384 by the programs of P-256: `latchkey.crypto.p384`."""

from latchkey.crypto import p384, weierstrass
from latchkey.crypto.job import run
from latchkey.errors import Fault

G = p384.CURVE.base
N = int.from_bytes(p384.CURVE.order[1], "big")
P = int.from_bytes(p384.CURVE.field[1], "big")


def _scalar(k):
    return bytearray(k.to_bytes(48, "big"))


def _times(k, point=G):
    return bytes(run(weierstrass.multiply(p384.CURVE, _scalar(k), point)))


def _negative(point):
    return point[:49] + (P - int.from_bytes(point[49:], "big")).to_bytes(48, "big")


def one_and_its_opposite_are_right():
    assert _times(1) == G
    assert _times(N - 1) == _negative(G)


def twice_and_thrice_the_base_point_are_right():
    two = _times(2)
    assert two[1:49].hex() == "08d999057ba3d2d969260045c55b97f089025959a6f434d651d207d19fb96e9e4fe0e86ebe0e64f85b96a9c75295df61"
    assert _times(3)[1:49].hex() == "077a41d4606ffa1464793c7e5fdc7d98cb9d3910202dcd06bea4f240d3566da6b408bbae5026580d02d7e5c70500c831"
    assert _times(N - 2) == _negative(two)
    assert _times(6) == _times(3, two)


def the_comb_gives_the_same_points_as_the_window():
    for k in (1, 2, 3, 4, 30, N - 1, N - 2, N // 2, N // 2 + 1, 1 << 383, 1 << 288, 1 << 192, 1 << 96, (1 << 384) - (1 << 300) - N % 7):
        k = k % N
        assert run(p384.public(_scalar(k))) == _times(k), k


def both_sides_agree_on_a_secret():
    class Random:
        n = 0

        def fill(self, buf):
            self.n += 1
            buf[:] = bytes([(self.n * 17 + i * 5) & 0x7F for i in range(len(buf))])

    random = Random()
    scalar, point = run(p384.generate(random))
    scalar2, point2 = run(p384.generate(random))
    assert len(scalar) == 48 and len(point) == 97
    secret = run(p384.shared(scalar, point2))
    assert secret == run(p384.shared(scalar2, point)) and len(secret) == 48


def rejects_what_is_not_a_point_of_the_curve():
    for point in (b"", G[:-1], b"\x02" + G[1:49], G[:-1] + bytes([G[-1] ^ 1]), b"\x04" + bytes(96), b"\x04" + b"\xff" * 48 + G[49:]):
        try:
            run(p384.shared(_scalar(3), point))
        except Fault as fault:
            assert fault.cause == 600
        else:
            raise AssertionError(point)
