"""NIST's response files (CAVP) as `cryptography_vectors` has them, and how many of their cases a target can do."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import cryptography_vectors

from host_tests.targets import Target

Vector = dict[str, str]
Case = TypeVar("Case")


def vectors(name: str) -> Iterator[Vector]:
    """The cases of a file: its lines `KEY = value` since the blank line before, and the values in [brackets] that hold for them."""
    with cryptography_vectors.open_vector_file(name, "r") as file:
        heads: Vector = {}
        case: Vector = {}
        for line in [*map(str.strip, file), ""]:
            if line.startswith("["):
                key, _, value = line[1:-1].partition("=")
                heads[key.strip()] = value.strip()
            elif line == "FAIL":
                case["FAIL"] = line
            elif line and not line.startswith("#"):
                key, _, value = line.partition("=")
                case[key.strip()] = value.strip()
            elif not line and case:
                yield {**heads, **case}
                case = {}


def few(target: Target, cases: Sequence[Case], count: int) -> list[Case]:
    """All cases for the Unix port; for a slower target about `count` of them, evenly spread, the first and the last among them."""
    if target.slowness <= 1 or len(cases) <= count:
        return list(cases)
    return [cases[i * (len(cases) - 1) // (count - 1)] for i in range(count)]
