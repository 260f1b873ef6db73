"""The heap that a connection takes on a 64-bit interpreter, everything loaded from .mpy: handshake, server authenticated by a chain of
two certificates, and a line both ways. On 32 bits it is about three fifths of that (`make bench` has the figures).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench_unix import fits, server

FULL_RECORD = 16384


@pytest.fixture(scope="module")
def peer() -> Iterator[tuple[int, Path]]:
    with server() as running:
        yield running


def test_a_handshake_with_records_of_4_kb_fits_in_160_kb(peer: tuple[int, Path]) -> None:
    assert fits(160 * 1024, *peer, receive=4096)


def test_a_handshake_with_records_of_any_size_fits_in_172_kb(peer: tuple[int, Path]) -> None:
    assert fits(172 * 1024, *peer, receive=FULL_RECORD)


def test_a_frugal_handshake_with_records_of_any_size_fits_in_160_kb(peer: tuple[int, Path]) -> None:
    assert fits(160 * 1024, *peer, receive=FULL_RECORD, frugal=True)


def test_a_heap_that_is_too_small_is_told_from_one_that_is_not(peer: tuple[int, Path]) -> None:
    assert not fits(96 * 1024, *peer, receive=FULL_RECORD)
