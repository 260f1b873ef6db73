"""`latchkey flash`, as a person meets it: over a serial line to an emulated board whose file system is empty, at / and at /flash, and to
the Unix port. The board then imports what was installed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest
from serial import Serial

from host_tests.targets import Console
from tools.build import interpreter, mpy
from tools.build.firmware import CORES
from tools.build.places import BUILD, ROOT
from tools.laboratory import pki
from tools.laboratory.emulator import Emulator
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli

ARCH = interpreter.find().arch
BOARD = CORES["m7"]
MPY = BUILD / "mpy"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    for arch in (ARCH, BOARD.arch):
        mpy.build(arch)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    return tmp_path


@pytest.fixture
def unix(home: Path) -> Iterator[UnixBoard]:
    """A board whose files the test sees; a soft reset would end it."""
    with UnixBoard([home / "lib"], home) as board:
        yield board


def flash(port: str, *line: object) -> int:
    return cli.main(["flash", "--port", port, "--build", str(MPY), *map(str, line)])


def walk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def of_part(arch: str, *parts: str) -> dict[str, bytes]:
    names = {target for part in parts for target, _ in json.loads((MPY / arch / f"{part}.json").read_text())["urls"]}
    return {name: (MPY / arch / name).read_bytes() for name in names}


def test_installs_what_is_not_there_removes_what_is_old_and_says_so(unix: UnixBoard, home: Path, capsys) -> None:
    (home / "own").mkdir()
    (home / "own" / "root.pem").write_bytes(pki.root().pem)
    line = (unix.port, "--resume", "--parts", "core,ocsp", "--board", ROOT / "boards" / "ESP32_GENERIC", home / "own" / "root.pem")
    assert flash(*line) == 0
    told = capsys.readouterr().out
    count = len(of_part(ARCH, "package", "ocsp"))
    assert f"({ARCH}) is in {home}/lib: {count + 2} files copied, 0 were there\n" in told and "read back" in told
    board = (ROOT / "boards" / "ESP32_GENERIC" / "board.py").read_bytes()
    assert walk(home / "lib") == {**of_part(ARCH, "package", "ocsp"), "latchkey_board.py": board}
    assert (home / "root.pem").read_bytes() == (home / "own" / "root.pem").read_bytes()
    (home / "lib/latchkey/context.mpy").write_bytes(b"M\x06 half of it")
    (home / "lib/latchkey/stream.py").write_text("an older one's, which would go before")
    assert flash(*line) == 0
    assert f": 1 files copied, {count + 1} were there, 1 removed\n" in capsys.readouterr().out
    assert not (home / "lib/latchkey/stream.py").exists()


def test_with_json_it_says_what_was_done(unix: UnixBoard, home: Path, capsys) -> None:
    assert flash(unix.port, "--resume", "--parts", "core", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["arch"] == ARCH and facts["place"] == f"{home}/lib" and facts["removed"] == []
    assert facts["copied"] == sorted(f"{home}/lib/{name}" for name in of_part(ARCH, "package"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--arch", "xtensawin"], f" takes {ARCH}, not xtensawin"),
        (["--parts", "core,wheels"], "has no part wheels; the parts are core, all, block_cipher, "),
        (["--build", "/nowhere"], f"make build ARCH={ARCH}, in the clone"),
        (["--board", "/nowhere"], "--board wants a folder of boards/"),
        (["--romfs"], "the board's firmware has no ROMFS partition"),
        (["/nowhere/root.pem"], "No such file or directory: '/nowhere/root.pem'"),
    ],
)
def test_what_stands_in_the_way_is_a_line_and_nothing_is_written(line, says, unix: UnixBoard, home: Path, capsys) -> None:
    assert flash(unix.port, "--resume", *line) == 1
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1
    assert walk(home / "lib") == {}


def test_a_port_that_another_program_has_is_a_line(unix: UnixBoard, capsys) -> None:
    with Serial(unix.port, exclusive=True):
        assert flash(unix.port, "--resume") == 1
    err = capsys.readouterr().err
    assert "another program has it" in err and err.count("\n") == 1


def test_an_older_latchkey_that_goes_before_is_named(home: Path, capsys) -> None:
    (home / "old/latchkey").mkdir(parents=True)
    (home / "old/latchkey/__init__.py").write_text("__version__ = '0.0.1'\n")
    with UnixBoard([home / "old", home / "lib"], home) as board:
        assert flash(board.port, "--resume", "--parts", "core") == 1
    err = capsys.readouterr().err
    assert f"imports latchkey from {home}/old/latchkey/__init__.py, which goes before" in err and err.count("\n") == 1


# Emulated


@pytest.fixture(params=[pytest.param("/", marks=pytest.mark.thorough), "/flash"])
def fresh(request: pytest.FixtureRequest, target, home: Path) -> Iterator[tuple[Emulator, str]]:
    del target  # names the board that is emulated
    (home / "host").mkdir()
    with Emulator(BOARD, home / "host", disk=request.param) as emulator:
        yield emulator, request.param.rstrip("/")


def asks(emulator: Emulator, code: str) -> str:
    console = Console(emulator.console)
    console.enter_raw_repl()
    told = console.exec(code).decode().strip()
    console.close()
    return told


# The command, killed within its 21st file.
BREAKS_OFF = """
import os, signal, sys
from tools.latchkey_tools import cli
from tools.latchkey_tools.installation import Installation
write = Installation._write
def breaking(self, name, bar):
    if len(self.copied) == 20:
        end = lambda written, total: written and os.kill(os.getpid(), signal.SIGKILL)
        self.board.transport.fs_writefile(name, self.files[name], 64, end)
    write(self, name, bar)
Installation._write = breaking
cli.main(sys.argv[1:])
"""


@pytest.mark.thorough
@pytest.mark.targets("cortex_m")
def test_a_copy_that_broke_off_goes_on_and_the_board_then_has_it_all(fresh: tuple[Emulator, str], capsys) -> None:
    emulator, place = fresh
    line = [sys.executable, "-c", BREAKS_OFF, "flash", "--port", emulator.console, "--build", str(MPY), "--parts", "core,doctor"]
    assert subprocess.run(line, cwd=ROOT, capture_output=True).returncode == -SIGKILL
    assert flash(emulator.console, "--parts", "core,doctor") == 0
    told = capsys.readouterr().out
    count = len(of_part(BOARD.arch, "package", "doctor"))
    copied, there = (int(word) for word in told.split(": ")[2].split() if word.isdigit())
    assert f"is in {place}/lib" in told and copied + there == count and there >= 20
    assert asks(emulator, "import latchkey\nprint(latchkey.__file__)") == f"{place}/lib/latchkey/__init__.mpy"
    assert "\nfiles: core, doctor\r\n" in asks(emulator, "import latchkey\nlatchkey.doctor.report()")


@pytest.mark.targets("cortex_m")
def test_a_full_file_system_is_said_before_anything_is_written(fresh: tuple[Emulator, str], capsys) -> None:
    emulator, place = fresh
    fill = "import os\ns = os.statvfs('{0}/')\nn = s[0] * s[3] - 80000\nf = open('{0}/log', 'wb')\n{1}\nf.close()"
    asks(emulator, fill.format(place, "while n > 0:\n f.write(bytes(512))\n n -= 512"))
    assert flash(emulator.console, "--parts", "core") == 1
    err = capsys.readouterr().err
    assert re.search(r"has \d\d KB free, and \d{3} KB are to be written: leave parts out", err) and err.count("\n") == 1
    assert asks(emulator, f"import os\nprint(os.listdir('{place}/'))") in ("['log']", "['host', 'log']", "['log', 'host']")


@pytest.mark.targets("cortex_m")
def test_a_romfs_is_written_and_read_back(fresh: tuple[Emulator, str], capsys) -> None:
    emulator, _ = fresh
    assert flash(emulator.console, "--romfs", "--small", "--parts", "core,doctor") == 0
    told = capsys.readouterr().out
    assert "(armv7emsp-small) is in /rom: " in told and "read back" in told
    assert asks(emulator, "import latchkey\nprint(latchkey.__file__)") == "/rom/latchkey/__init__.mpy"
