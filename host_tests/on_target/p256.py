"""Multiplication of points: `latchkey.crypto.p256`. Big sets of vectors are in test_curve_vectors.py."""

from latchkey.crypto import p256, weierstrass
from latchkey.crypto.job import run
from latchkey.errors import Fault

POINT_NOT_ON_CURVE = 600
G = p256.CURVE.base
N = int.from_bytes(p256.CURVE.order[1], "big")
P = int.from_bytes(p256.CURVE.field[1], "big")

# k: x || y of k G, from another implementation
MULTIPLES = {
    1: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    2: "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc4766997807775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
    3: "5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6c8734640c4998ff7e374b06ce1a64a2ecd82ab036384fb83d9a79b127a27d5032",
    6: "b01a172a76a4602c92d3242cb897dde3024c740debb215b4c6b0aae93c2291a9e85c10743237dad56fec0e2dfba703791c00f7701c7e16bdfd7c48538fc77fe2",
    30: "409f8da21aea236a5f5a1904d0310c1c6192a67d0da08936319869a8ad0838a370dcf7b1cf008e570e26e72bd3bd40f73e99a0ec162a6793e163d2c72a1e8f5a",
}


def _scalar(k):
    return bytearray(k.to_bytes(32, "big"))


def _times(k, point=G):
    return bytes(run(weierstrass.multiply(p256.CURVE, _scalar(k), point)))


def _negative(point):
    return point[:33] + (P - int.from_bytes(point[33:], "big")).to_bytes(32, "big")


def _cause(job):
    try:
        run(job)
    except Fault as fault:
        return fault.cause
    return None


def small_multiples_of_the_base_point_are_right():
    for k, point in MULTIPLES.items():
        assert _times(k) == b"\x04" + bytes.fromhex(point), k


def multiples_next_to_the_order_are_the_opposite_points():
    for k, point in MULTIPLES.items():
        assert _times(N - k) == _negative(b"\x04" + bytes.fromhex(point)), k


def each_scalar_whose_last_addition_is_a_doubling_is_right():
    # n - 2d for the negative digits d: the case that incomplete formulas get wrong
    doubled = _times(2)
    for k in range(2, 32, 2):
        assert _times(k) == _times(k // 2, doubled), k
        assert _times(N - k) == _negative(_times(k)), k


def the_comb_gives_the_same_points_as_the_window():
    for k in (1, 2, 3, 4, 16, 30, N - 1, N - 2, N // 2, N // 2 + 1, 1 << 255, 1 << 192, 1 << 128, 1 << 64, (1 << 256) - (1 << 200) - N % 7):
        k = k % N
        assert run(p256.public(_scalar(k))) == _times(k), k


def without_the_module_of_the_comb_public_points_are_the_same():
    import sys

    k = _scalar(N - 3**100)
    expected = run(p256.public(k))
    kept = sys.modules["latchkey.crypto.p256_base"]
    sys.modules["latchkey.crypto.p256_base"] = object()  # that has no table
    p256.CURVE.table = None
    try:
        assert p256.CURVE.base_table() is None
        assert run(p256.public(k)) == expected
    finally:
        sys.modules["latchkey.crypto.p256_base"] = kept


def both_sides_agree_on_a_secret():
    class Random:
        n = 0

        def fill(self, buf):
            self.n += 1
            buf[:] = bytes([(self.n * 17 + i * 5) & 0x7F for i in range(len(buf))])

    random = Random()
    scalar, point = run(p256.generate(random))
    scalar2, point2 = run(p256.generate(random))
    assert point != point2 and len(point) == 65 and len(scalar) == 32
    secret = run(p256.shared(scalar, point2))
    assert secret == run(p256.shared(scalar2, point)) and len(secret) == 32


def a_point_whose_x_is_zero_is_one():
    y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"
    point = b"\x04" + bytes(32) + bytes.fromhex(y)
    assert _times(1, point) == point
    assert not any(run(p256.shared(_scalar(N - 1), point)))
    assert _times(N - 2, point) == _negative(_times(2, point))


def two_multiplications_may_run_in_turns():
    first, second = p256.shared(_scalar(12345), G), p256.shared(_scalar(678910), _times(2))
    results = []
    jobs = [first, second]
    while jobs:
        for job in tuple(jobs):
            try:
                assert next(job) == 0
            except StopIteration as end:
                results.append(bytes(end.value))
                jobs.remove(job)
    assert sorted(results) == sorted([_times(12345)[1:33], _times(2 * 678910)[1:33]])


def a_job_that_is_dropped_wipes_its_slots():
    from latchkey.crypto.field import machine

    opened = []
    true_open = machine.open
    machine.open = lambda field, slots: opened.append(true_open(field, slots)) or opened[0]
    try:
        job = p256.shared(_scalar(77), G)
        for _ in range(2):
            next(job)
        job.close()
    finally:
        machine.open = true_open
    assert not any(any(opened[0].store(slot)) for slot in range(42))


def rejects_a_point_with_another_prefix():
    for prefix in (0, 2, 3, 5, 6, 255):
        assert _cause(p256.shared(_scalar(5), bytes([prefix]) + G[1:])) == POINT_NOT_ON_CURVE


def rejects_a_point_of_another_length():
    for point in (b"", b"\x00", b"\x04", G[:-1], G + b"\x00", G[:33]):
        assert _cause(p256.shared(_scalar(5), point)) == POINT_NOT_ON_CURVE


def rejects_coordinates_that_are_not_below_the_prime():
    # x = 5 is on the curve (its y below); x = 5 + p is the same residue in 32 bytes, which must not pass
    y = "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"
    good = b"\x04" + (5).to_bytes(32, "big") + bytes.fromhex(y)
    run(p256.shared(_scalar(5), good))
    assert _cause(p256.shared(_scalar(5), b"\x04" + (5 + P).to_bytes(32, "big") + good[33:])) == POINT_NOT_ON_CURVE
    for bad in (P, P + 1, (1 << 256) - 1):
        bad = bad.to_bytes(32, "big")
        assert _cause(p256.shared(_scalar(5), b"\x04" + bad + G[33:])) == POINT_NOT_ON_CURVE
        assert _cause(p256.shared(_scalar(5), G[:33] + bad)) == POINT_NOT_ON_CURVE


def rejects_points_off_the_curve():
    for point in (b"\x04" + bytes(64), G[:-1] + bytes([G[-1] ^ 1]), b"\x04" + G[33:] + G[1:33], b"\x04" + bytes(63) + b"\x01"):
        assert _cause(p256.shared(_scalar(5), point)) == POINT_NOT_ON_CURVE


def a_point_in_a_bytearray_or_memoryview_is_taken_as_well():
    expected = _times(9)[1:33]
    assert run(p256.shared(_scalar(9), bytearray(G))) == expected
    assert run(p256.shared(memoryview(_scalar(9)), memoryview(b"??" + G)[2:])) == expected
