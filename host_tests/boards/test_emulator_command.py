"""`python -m tools.laboratory.emulator run FILE`: a script on an emulated board, from a shell."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.build.places import ROOT

pytestmark = pytest.mark.targets("cortex_m")


@pytest.fixture
def run(target, tmp_path: Path):
    del target  # names the board that is emulated

    def run(script: str, *options: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "script.py"
        path.write_text(script)
        line = [sys.executable, "-m", "tools.laboratory.emulator", "run", str(path), *options]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True)

    return run


def test_a_script_may_be_silent_for_longer_than_mpremote_waits(run) -> None:
    done = run("import time\nprint('begun')\ntime.sleep(12)\nprint('slept')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\nslept\n", "")


def test_a_script_that_raises_ends_with_the_boards_traceback_alone(run) -> None:
    done = run("print('begun')\n1 / 0")
    assert (done.returncode, done.stdout) == (1, "begun\n")
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.endswith('File "script.py", line 2, in <module>\nZeroDivisionError: divide by zero\n')


@pytest.mark.parametrize(
    ("script", "options", "says"),
    [
        ("def", (), "emulator: script.py for armv7emsp:"),
        ("import machine\nmachine.mem32[0xF0000000]", (), "emulator: the board died: "),
        ("", ("--heap", "1000"), "MemoryError: memory allocation failed"),
        ("", ("--romfs", "--core", "rv32"), "error: --romfs: rv32 has no partition for one"),
    ],
    ids=["a syntax error", "a fault", "no heap", "no partition"],
)
def test_what_goes_wrong_is_said_in_a_line(run, script: str, options: tuple[str, ...], says: str) -> None:
    done = run(script, *options)
    assert done.returncode
    assert says in done.stderr
    assert "most recent call last" not in done.stderr.partition(says)[0]
