"""What costs more than it did is said: `make bench-check`, and by function `tools.bench.where`."""

import json

import pytest

from tools.bench import check, where


def test_a_figure_that_rose_by_more_than_the_tolerance_fails() -> None:
    before = {"one": 1000, "other": 1000}
    assert check.judged({"one": 1030, "other": 900}, before) == []
    assert check.judged({"one": 1031, "other": 900}, before) == ["one: 1,031, 3.1% above 1,000"]


def test_figures_that_the_file_or_the_bench_lacks_fail() -> None:
    assert check.judged({"new": 1}, {}) == ["new: 1, which counts.json does not have"]
    assert check.judged({}, {"old": 1}) == ["old: not measured any more"]


def test_the_file_has_the_figures_that_are_measured() -> None:
    handshakes = {name for name, _, _ in check.HANDSHAKES} | {"resumed", "psk"}
    names = {"cold_start", "bulk.send_per_kib", "bulk.receive_per_kib", *(f"handshake.{name}" for name in handshakes)}
    assert json.loads(check.KEPT.read_text()).keys() == {f"{name}.instructions" for name in names}


@pytest.mark.parametrize("address, name", [(90, "others"), (100, "first"), (119, "first"), (120, "second"), (130, "others")])
def test_counts_go_to_the_function_that_has_the_address(address: int, name: str) -> None:
    known = [where.Symbol(100, 120, "first"), where.Symbol(120, 130, "second")]
    counts = where.array("Q", bytes(8 * 140))
    counts[address] = 5
    assert where.by_symbol(counts, known) == {name: 5}
