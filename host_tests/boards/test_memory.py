"""The heap that a connection takes on a 64-bit interpreter, everything loaded from .mpy: handshake, server authenticated by a chain of
two certificates, and a line both ways; and on the emulated board with 32 bits (`make bench` has the figures).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.targets.emulated import Emulated
from tools.bench.groups import _board
from tools.bench.groups.unix import fits, server
from tools.laboratory.peers.real import OpenSSL

FULL_RECORD = 16384


@pytest.fixture(scope="module")
def peer() -> Iterator[tuple[int, Path]]:
    with server() as running:
        yield running


def test_a_handshake_with_records_of_4_kb_fits_in_160_kb(peer: tuple[int, Path]) -> None:
    assert fits(160 * 1024, *peer, receive=4096)


def test_a_handshake_with_records_of_any_size_fits_in_176_kb(peer: tuple[int, Path]) -> None:
    assert fits(176 * 1024, *peer, receive=FULL_RECORD)


def test_a_frugal_handshake_with_records_of_any_size_fits_in_160_kb(peer: tuple[int, Path]) -> None:
    assert fits(160 * 1024, *peer, receive=FULL_RECORD, frugal=True)


def test_a_frugal_handshake_with_records_of_4_kb_fits_in_148_kb(peer: tuple[int, Path]) -> None:
    assert fits(148 * 1024, *peer, receive=4096, frugal=True)


def test_a_heap_that_is_too_small_is_told_from_one_that_is_not(peer: tuple[int, Path]) -> None:
    assert not fits(96 * 1024, *peer, receive=FULL_RECORD)


@pytest.mark.targets("cortex_m")
@pytest.mark.parametrize(
    ("connections", "place", "kb", "bundled_kb"),
    [
        (1, "frozen", 42, 36),
        (1, "romfs", 74, 59),
        (1, "mpy", 116, 92),
        (3, "frozen", 47, 40),
        (3, "romfs", 80, 67),
        pytest.param(3, "mpy", 124, 108, marks=pytest.mark.thorough),
    ],
)
def test_frugal_mutual_handshakes_on_32_bits_fit_in(
    target: Emulated, tmp_path: Path, connections: int, place: str, kb: int, bundled_kb: int
) -> None:
    trusted, servers = _board.prepare(tmp_path)
    with OpenSSL(servers["two"], trusted, groups="P-256", options=["-rev"]) as server:
        assert _board.fits(tmp_path, server, kb * 1024, 4096, place, True, connections)
        assert _board.fits(tmp_path, server, bundled_kb * 1024, 4096, place, True, connections, small=True)
        assert not _board.fits(tmp_path, server, 24 * 1024, 4096, place, True, connections)


@pytest.mark.targets("cortex_m")
def test_from_a_romfs_a_mutual_handshake_fits_where_it_does_not_from_files(target: Emulated, tmp_path: Path) -> None:
    trusted, servers = _board.prepare(tmp_path)
    with OpenSSL(servers["two"], trusted, groups="P-256", options=["-rev"]) as server:
        assert _board.fits(tmp_path, server, 80 * 1024, 4096, "romfs", False)
        assert not _board.fits(tmp_path, server, 80 * 1024, 4096, "mpy", True)
