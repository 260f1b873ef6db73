"""Numbers that random ones never are: words at their edges, slots as large as they may be, and pairs whose sum carries out by a hair. Every
kernel of the target comes to what plain integers come to.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.crypto.curve_reference import P256, P384
from host_tests.targets import Target

HAIR = json.loads((Path(__file__).parent / "vectors/hair.json").read_text())
MODULI = {"p256": P256.p, "p256 order": P256.n, "p384": P384.p, "p384 order": P384.n, "25519": 2**255 - 19}
OPERATIONS = [
    lambda a, b, inverse: a * b * inverse,
    lambda a, b, _: a + b,
    lambda a, b, _: a - b,
    lambda a, b, _: a + 2 * b,
    lambda a, b, _: a - 2 * b,
    lambda a, _, inverse: a * a * inverse,
]
# Kernels of limbs: header of the workspace, bits of a limb, bytes of it, how many, bound of a slot's value
LIMBS = {
    ("p256", "viper_p256"): (200, 13, 2, 20, (1 << 256) + (1 << 253)),
    ("p384", "viper_p384"): (300, 13, 2, 30, (1 << 384) + (1 << 381)),
    ("p256", "xtensa_p256"): (148, 29, 4, 9, (1 << 256) + (1 << 252)),
    ("p256 order", "xtensa_montgomery"): (204, 29, 4, 9, (1 << 256) + (1 << 252)),
    ("p384", "xtensa_p384"): (376, 29, 4, 14, (1 << 384) + (1 << 380)),
    ("p384", "xtensa_montgomery"): (204, 29, 4, 14, (1 << 384) + (1 << 380)),
    ("p384 order", "xtensa_montgomery"): (204, 29, 4, 14, (1 << 384) + (1 << 380)),
    ("25519", "xtensa_montgomery"): (204, 29, 4, 9, (1 << 255) + (1 << 251)),
}
Pair = tuple[int, int]


@pytest.fixture(scope="module")
def board(target: Target) -> Iterator[Target]:
    target.reset()
    target.exec("import field_pairs")
    yield target
    target.close()


def edges(rng: random.Random, bits: int, count: int, bound: int) -> int:
    """A number below `bound` of words whose bits are mostly all the same."""
    most = (1 << bits) - 1
    while True:
        words = [rng.choice((0, most, most, 1, most - 1, most >> 1, (most >> 1) + 1, rng.randrange(most + 1))) for _ in range(count)]
        number = sum(word << bits * i for i, word in enumerate(words))
        if rng.randrange(3) == 0:
            number = bound - 1 - rng.randrange(1 << rng.randrange(1, bound.bit_length() - 20))
        if number < bound:
            return number


def pairs(rng: random.Random, bits: int, count: int, bound: int, n: int) -> list[Pair]:
    return [(edges(rng, bits, count, bound), edges(rng, bits, count, bound)) for _ in range(n)]


def judge(target: Target, field: str, which: int, given: list[Pair], data: bytes, layout: str = "") -> None:
    target.put("pairs.bin", data)
    for operation, expected in enumerate(OPERATIONS):
        radix, *told = target.exec(f"field_pairs.results({field!r}, {which}, {operation}, 'pairs.bin'{layout})", timeout=300).split()
        modulus = MODULI[field]
        inverse = pow(1 << int(radix), -1, modulus)
        digits = 2 * -(-modulus.bit_length() // 8)
        wanted = [f"{expected(a, b, inverse) % modulus:0{digits}x}" for a, b in given]
        assert told == wanted, (operation, [pair for pair, one, other in zip(given, told, wanted, strict=True) if one != other][:3])


@pytest.mark.parametrize("field", MODULI)
def test_numbers_with_words_at_their_edges_come_to_the_same(board: Target, field: str) -> None:
    modulus = MODULI[field]
    size = -(-modulus.bit_length() // 8)
    given = pairs(random.Random(field), 32, size // 4, modulus, 60)
    if field == "p256":
        given += [(a, b) for a, b in HAIR]
    for which, _ in enumerate(board.exec(f"field_pairs.names({field!r})").split()):
        judge(board, field, which, given, b"".join(a.to_bytes(size) + b.to_bytes(size) for a, b in given))


@pytest.mark.parametrize("field", MODULI)
def test_limbs_at_their_edges_in_slots_as_large_as_they_may_be_come_to_the_same(board: Target, field: str) -> None:
    kernels = board.exec(f"field_pairs.names({field!r})").split()
    for which, kernel in [(which, kernel) for which, kernel in enumerate(kernels) if (field, kernel) in LIMBS]:
        header, bits, width, count, bound = LIMBS[field, kernel]
        given = pairs(random.Random(field), bits, count, bound, 100)
        data = b"".join(
            (number >> bits * i & (1 << bits) - 1).to_bytes(width, "little") for pair in given for number in pair for i in range(count)
        )
        judge(board, field, which, given, data, f", {header}, {count * width}")
