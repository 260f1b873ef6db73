"""`python -m tools.laboratory.emulator`: a script run on an emulated board, and a board that is held, from a shell."""

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.peers.reversing import reversing
from tools.build import mpy
from tools.build.firmware import CORES
from tools.build.places import ROOT
from tools.laboratory import pki

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


@contextlib.contextmanager
def held(*options: str) -> Iterator[str]:
    """A board that is held; its terminal."""
    # What a shell runs in the background ignores SIGINT, and so would all that it starts.
    line = ["env", "--default-signal=INT", sys.executable, "-m", "tools.laboratory.emulator", "hold", *options]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as board:
        assert board.stdout and board.stderr
        try:
            said = board.stdout.readline()
            named = re.match("(/dev/[^ ]+) ", said)
            assert named, said + board.stderr.read()
            yield named[1]
            board.send_signal(signal.SIGINT)
            assert (board.wait(), board.stderr.read()) == (0, "")
        finally:
            board.kill()


def mpremote(terminal: str, *command: str) -> str:
    done = subprocess.run([sys.executable, "-m", "mpremote", "connect", terminal, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


PAGE = (ROOT / "boards/qemu_common/README.md").read_text()


def test_a_held_board_is_fresh_and_takes_what_latchkey_and_mpremote_bring(target, tmp_path: Path) -> None:
    del target
    mpy.build(CORES["m7"].arch)
    pki.root().write(tmp_path)
    [script] = re.findall(r"^```python\n(from machine import UART\n.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "script.py").write_text(script)
    with reversing(pki.demo()[1]) as port, held("--disk", "/flash", "--uart", f"127.0.0.1:{port}") as terminal:
        assert set(mpremote(terminal, "exec", "import os; print(*os.listdir())").split()) <= {"host"}  # which is the emulator's
        line = [sys.executable, "-m", "tools.latchkey_tools", "flash", "--port", terminal, "--romfs", "--small"]
        line.append(str(tmp_path / "root.pem"))
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        answer = "b'olleh\\n'\n"
        assert mpremote(terminal, "run", str(tmp_path / "script.py")) == answer
        # The serial port leads there again a second after the server has ended a connection; what the board sends before that is lost.
        line = [sys.executable, "-m", "mpremote", "connect", terminal, "run", str(tmp_path / "script.py")]
        told = [subprocess.run(line, capture_output=True, text=True).stdout]
        while answer not in told and len(told) < 5:
            told.append(subprocess.run(line, capture_output=True, text=True).stdout)
        assert told[-1] == answer, told


def test_a_held_board_says_where_its_serial_port_can_not_lead(target) -> None:
    del target
    for place in ("nowhere", "127.0.0.1:1", "127.0.0.1:99999"):
        line = [sys.executable, "-m", "tools.laboratory.emulator", "hold", "--uart", place]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.startswith(f"emulator: --uart {place}: ") and done.stderr.count("\n") == 1, done.stderr
