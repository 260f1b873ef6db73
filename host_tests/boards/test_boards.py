"""Each board's file gives sources and a chip, with the hardware stood in for; none of it happens at import."""

import ast

import pytest

from tools.build.places import ROOT

BOARDS = ROOT / "boards"
FILES = sorted(BOARDS.glob("*/board.py"))

pytestmark = pytest.mark.targets("unix")

STAND_IN = """
import sys
made = []
class Module: pass
machine = Module()
class I2C:
    def __init__(self, *args, **options): made.append((args, options))
machine.I2C = machine.SoftI2C = I2C
machine.Pin = lambda n: n
sys.modules["machine"] = machine
"""


@pytest.fixture(params=FILES, ids=lambda path: path.parent.name)
def board(request, target):
    """The board's file imported as latchkey_board: `board` on the target."""
    target.reset()
    target.put("latchkey_board.py", request.param.read_text())
    target.exec(STAND_IN + "import latchkey_board as board")
    yield request.param, target
    target.exec("import os\nos.remove('latchkey_board.py')")  # other files' tests run in this folder too


def value(target, expression: str):
    return ast.literal_eval(target.exec(f"print(repr({expression}))"))


def test_nothing_happens_at_import(board):
    _, target = board
    assert value(target, "made") == []


def test_the_chip_is_on_a_bus_that_can_wake_it(board):
    _, target = board
    assert value(target, "board.chip() is board.chip()") is True
    ((_, options),) = value(target, "made")
    assert options["freq"] == 100_000


def test_the_pool_takes_the_boards_sources(board):
    path, target = board
    target.exec("if hasattr(board, 'CHIP'): board.CHIP = True\nfrom latchkey import entropy\npool = entropy.default()")
    names = value(target, "[m.source.name for m in pool.monitors]")
    assert "ATECC Random" in names and len(names) >= 2, path


def test_a_chip_is_not_asked_for_where_none_is_fitted(board):
    _, target = board
    if value(target, "getattr(board, 'CHIP', True)"):
        return  # it is built in, or there is nothing else
    target.exec("from latchkey import entropy\npool = entropy.default()")
    assert "ATECC Random" not in value(target, "[m.source.name for m in pool.monitors]")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_readme_says_what_the_board_needs(path):
    text = (path.parent / "README.md").read_text()
    for subject in ("Randomness", "Chip", "Bus", "Clock", "Native code"):
        assert f"- **{subject}" in text
    for heading in ("Wiring", "Memory", "Traps"):
        assert f"\n## {heading}\n\n" in text
