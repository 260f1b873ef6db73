"""A board on a serial port as a target, tried on the emulated one with no more than its console and its file system."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.targets import TargetError, TargetLost
from host_tests.targets.base import device_folders
from host_tests.targets.serial_board import SerialBoard
from tools.build.firmware import CORES
from tools.laboratory.emulator import Emulator

pytestmark = pytest.mark.targets("cortex_m")
CASES = "def holds(): pass\ndef fails(): assert 1 == 2\n"


class Small(SerialBoard):
    """With a package of one module: what is copied is not the point, and copying takes time."""

    package: Path

    def folders(self) -> list[Path]:
        runner = device_folders(self.arch)[1] / "_case_runner.mpy"
        shutil.copyfile(runner, self.package / runner.name)
        return [self.package]


@pytest.fixture
def serial(target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    del target  # names the board that is emulated
    package = tmp_path / "package"
    (package / "latchkey").mkdir(parents=True)
    (package / "latchkey" / "__init__.py").write_text("VALUE = 1\n")
    monkeypatch.setattr(Small, "package", package, raising=False)
    (tmp_path / "root").mkdir()
    with Emulator(CORES["m7"], tmp_path / "root", disk="/") as emulator:
        board = Small(emulator.console)
        yield board
        board.dispose()


def test_files_are_copied_and_again_when_they_change(serial: Small) -> None:
    assert serial.exec("import latchkey, os\nprint(latchkey.VALUE, os.getcwd())") == "1 /latchkey-test/work\n"
    (serial.package / "latchkey" / "__init__.py").write_text("VALUE = 2\n")
    (serial.package / "latchkey" / "more.py").write_text("")
    serial.reset()
    assert serial.exec("import latchkey.more\nprint(latchkey.VALUE)") == "2\n"
    (serial.package / "latchkey" / "more.py").unlink()
    serial.reset()
    with pytest.raises(TargetError, match="ImportError"):
        serial.exec("import latchkey.more")


def test_cases_run_and_work_starts_empty_in_each_session(serial: Small, tmp_path: Path) -> None:
    file = tmp_path / "cases.py"
    file.write_text(CASES)
    serial.put(file.name, CASES)
    assert [result.outcome for result in serial.run_cases(file)] == ["passed", "failed"]
    serial.close()
    again = Small(serial.name.removeprefix("serial:"))
    assert again.exec("import os\nprint(os.listdir())") == "[]\n"
    again.close()


def test_a_hang_is_interrupted(serial: Small) -> None:
    """The emulated board hears Ctrl-C where a program reads its console; a real one at any time."""
    serial.slowness = 1.0
    with pytest.raises(TargetLost, match="hung"):
        serial.exec("import sys\nwhile True: sys.stdin.read(1)", timeout=0.5)
    assert serial.exec("print('alive')") == "alive\n"
