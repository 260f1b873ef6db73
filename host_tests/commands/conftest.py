"""The desk of the tests of commands: one board for a file, a blank chip for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.commands import desk as desks
from tools.latchkey_tools import cli


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[desks.Desk]:
    with desks.made(tmp_path_factory.mktemp("board")) as made:
        yield made


@pytest.fixture
def desk(board: desks.Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> desks.Desk:
    """With a blank chip, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    board.capsys = capsys
    board.new_chip(setup="blank")
    return board


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca") / "plant"
    assert cli.main(["ca", "init", str(folder), "--name", "CN=Plant CA,O=Plant"]) == 0
    return folder
