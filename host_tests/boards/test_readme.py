"""What README.md says of getting latchkey onto a board, done word by word: with the real mpremote, on an emulated board whose file system
is empty, at / as on most boards and at /flash as on an STM32. Its first script is then run there.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from host_tests.targets import Console
from tools.build import mpy
from tools.build.firmware import CORES
from tools.build.places import ROOT
from tools.laboratory import pki
from tools.laboratory.emulator import Emulator
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("cortex_m")


README = (ROOT / "README.md").read_text()
BOARD = CORES["m7"]
DEVICE = Path(__file__).parent / "device"
STREAMS = ROOT / "tools" / "laboratory" / "device" / "streams.py"
PATIENCE = 300  # seconds


def block(language: str, beginning: str) -> str:
    """The one block of README.md that begins so."""
    [found] = re.findall(rf"^```{language}\n({re.escape(beginning)}.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return found


@dataclass
class Fresh:
    """A board as it is after its firmware was flashed, and a folder that a shell stands in, where things lie as in a clone."""

    place: str
    emulator: Emulator
    folder: Path

    def run(self, commands: str) -> str:
        """Commands of a page, for the board's architecture; what they print."""
        commands = re.sub(r"^ARCH=\w+$", f"ARCH={BOARD.arch}", commands, flags=re.MULTILINE)
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "ARCH": BOARD.arch}
        done = subprocess.run(["bash", "-euc", commands], cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asks(self, code: str) -> str:
        console = Console(self.emulator.console)
        console.enter_raw_repl()
        told = console.exec(code).decode().strip()
        console.close()
        return told


@pytest.fixture(params=[pytest.param("/", marks=pytest.mark.thorough), "/flash"])
def fresh(request: pytest.FixtureRequest, target, tmp_path: Path) -> Iterator[Fresh]:
    del target  # names the board that is emulated
    folder = tmp_path / "clone"
    (folder / "bin").mkdir(parents=True)
    for path in ROOT.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "host").mkdir()
    with Emulator(BOARD, tmp_path / "host", disk=request.param) as emulator:
        # The tools, told which of the machine's boards is meant, and that the emulator's own folder is no place to install.
        lines = {
            "mpremote": f'-m mpremote connect {emulator.console} exec "import sys; sys.path.remove(\'/host/lib\')" "$@"',
            "latchkey": f'-m tools.latchkey_tools "$@" --port {emulator.console}',
        }
        for name, line in lines.items():
            (folder / "bin" / name).write_text(f'#!/bin/sh\nexec "{ROOT}/.venv/bin/python" {line}\n')
            (folder / "bin" / name).chmod(0o755)
        yield Fresh(request.param, emulator, folder)


WHERE = "import latchkey\nprint(latchkey.__file__)"


@pytest.mark.thorough
def test_the_lines_about_installing_leave_a_package_that_is_found_and_connects(fresh: Fresh) -> None:
    fresh.run(block("sh", "ARCH="))
    home = fresh.place.rstrip("/")
    assert fresh.asks(WHERE) == f"{home}/lib/latchkey/__init__.mpy"
    folder = ROOT / "build/mpy" / BOARD.arch
    listing = {str(path.relative_to(folder)) for path in folder.rglob("latchkey/**/*.*")}
    assert set(fresh.asks(WALK.format(folder=f"{home}/lib")).split()) == listing
    assert set(fresh.asks("import os\nprint(*os.listdir())").split()) - {"host"} == {"lib", "root.pem"}  # /host is the emulator's
    if fresh.place == "/flash":  # at / it would be the same once more
        run_what_flashes(fresh, f"({BOARD.arch}) is in {home}/lib: ", len(listing))
    run_first_script(fresh)


WALK = """
import os
def walk(folder, within):
    for entry in os.ilistdir(folder):
        if entry[1] == 0x4000:
            walk(folder + '/' + entry[0], within + entry[0] + '/')
        else:
            print(within + entry[0])
walk('{folder}', '')
"""


@pytest.mark.thorough
@pytest.mark.parametrize("fresh", ["/flash"], indirect=True)
def test_the_line_about_parts_installs_them_alone(fresh: Fresh) -> None:
    fresh.run(block("sh", "mpremote mip"))
    assert fresh.asks(WHERE) == "/flash/lib/latchkey/__init__.mpy"
    assert "\nfiles: core, doctor\r\n" in fresh.asks("import latchkey\nlatchkey.doctor.report()")
    missing = "from latchkey import secure_element\ntry:\n  secure_element.ATECC\nexcept ImportError as e:\n  print(e)"
    assert "latchkey's part chip is not installed here" in fresh.asks(missing)


def run_what_flashes(fresh: Fresh, installed: str, files: int) -> None:
    """The line of latchkey's own command, and that of make, where the package lies already: the board's file alone is copied, once."""
    assert f"{installed}1 files copied, {files + 1} were there" in fresh.run(block("sh", "latchkey flash"))
    [line] = re.findall(r"`(make flash BOARD=[^`]*)`", README)
    assert f"{installed}0 files copied, {files + 2} were there" in fresh.run(f"export PORT={fresh.emulator.console}\n{line}")
    fresh.run("mpremote fs rm :lib/latchkey_board.py")  # of another board than this one


def run_first_script(fresh: Fresh) -> None:
    host = fresh.folder.parent / "host"
    for script in (DEVICE / "wifi.py", STREAMS):
        mpy.compile_file(script, host / (script.stem + ".mpy"), script.name, BOARD.arch, mpy.SHIPPED)
    server = pki.root().leaf("example.org", dns=["example.org"])
    with OpenSSL(server, options=["-www"]) as peer:
        link = fresh.emulator.connect(1, ("127.0.0.1", peer.port))
        console = fresh.emulator.repl()
        console.exec("import wifi\nwifi.install()")
        console.exec_raw_no_follow(block("python", "import socket, time, network"))
        said = console.read_until(1, b"HTTP/1.0 200 ok", timeout=PATIENCE)
        console.close()
        link.close()
    assert said.startswith(b"connect example.org 443")


def test_the_first_script_is_the_examples() -> None:
    example = (ROOT / "firmware/examples/first_connection.py").read_text()
    assert example.endswith(block("python", "import socket, time, network"))


def test_the_lines_about_a_romfs_install_it_there(fresh: Fresh) -> None:
    mpy.build(BOARD.arch)
    told = fresh.run(block("sh", "mpremote romfs"))
    assert "ROMFS0 partition has size" in told
    assert fresh.asks(WHERE) == "/rom/latchkey/__init__.mpy"
