"""The frame of `latchkey`: its table, its help, how it ends; and that it installs with pip from the clone."""

import importlib
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tools.build.places import ROOT
from tools.latchkey_tools import board, cli
from tools.latchkey_tools.commands import COMMANDS
from tools.latchkey_tools.output import Output, Wrong


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_table_is_a_module_that_teaches(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"tools.latchkey_tools.commands.{name}")
    with pytest.raises(SystemExit, match="0"):
        cli.main([name, "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: latchkey {name} ")
    assert (module.__doc__ or "").strip() in shown
    assert re.search(rf"^ *latchkey {name} ", module.__doc__ or "", re.MULTILINE), "its help shows a line to type"
    assert max(map(len, (module.__doc__ or "").splitlines())) <= 140


def test_the_table_and_the_modules_are_the_same() -> None:
    folder = ROOT / "tools" / "latchkey_tools" / "commands"
    assert sorted(COMMANDS) == sorted(path.stem for path in folder.glob("[a-z]*.py"))


def test_help_lists_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    for name, does in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(does)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("line", [[], ["typo"], ["trust"], ["trust", "typo"], ["explain", "--typo"]])
def test_a_wrong_line_ends_with_2(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(line)
    said = capsys.readouterr()
    assert said.out == "" and "usage: latchkey" in said.err


def test_what_is_wrong_is_a_line_and_with_json_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trust", "list", "/nowhere/a.lk"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err == "latchkey trust: [Errno 2] No such file or directory: '/nowhere/a.lk'\n"
    assert cli.main(["trust", "list", "--json", "/nowhere/a.lk"]) == 1
    assert "No such file" in json.loads(capsys.readouterr().out)["error"]


def test_ctrl_c_ends_a_command_in_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    module = importlib.import_module("tools.latchkey_tools.commands.explain")
    monkeypatch.setattr(module, "run", interrupted)
    assert cli.main(["explain", "47"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == "\nlatchkey explain: interrupted\n"


def test_a_command_whose_reader_has_read_enough_ends_quietly() -> None:
    everything = f'"{sys.executable}" -m tools.latchkey_tools explain "$(seq -s " alert " 0 255)"'
    done = subprocess.run(["bash", "-c", f"{everything} | head -1"], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_progress_is_shown_on_a_terminal_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("drawing", 10) as bar:
        bar.advance(5)
    said = capsys.readouterr()
    assert said.out == said.err == ""
    master, slave = pty.openpty()
    code = "from tools.latchkey_tools.output import Output\nwith Output().progress('drawing', 10) as bar: bar.advance(5)"
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=slave, env=environment)
    assert done.stdout == b"" and select.select([master], [], [], 10)[0]
    assert b"drawing" in os.read(master, 4096)
    os.close(master)
    os.close(slave)


# A board that is none


@pytest.mark.parametrize(
    ("port", "says"),
    [
        ("/dev/nowhere", "there is no serial port /dev/nowhere; there are: "),
        ("socket://127.0.0.1:1", "nothing answers there"),
        ("/dev/null", "is not to be opened"),
    ],
)
def test_a_port_that_is_none_is_said_in_a_line(port: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["entropy", "--port", port]) == 1
    said = capsys.readouterr()
    assert says in said.err and said.err.count("\n") == 1 and said.out == ""


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("ImportError: no module named 'latchkey'", "the board has no latchkey: latchkey flash"),
        (
            "ImportError: no module named 'latchkey.secure_element.certificate_request'",
            "or is another than this tool's: latchkey flash --parts core,chip",
        ),
        ("ImportError: no module named 'latchkey_board'", "install its board.py"),
        ("TLSError: (-800, 'no ATECC508A or 608 found (x)')", "no ATECC508A or 608 found (x) (latchkey explain 800)"),
        ("MemoryError: memory allocation failed, allocating 99 bytes", "on the board: MemoryError"),
    ],
)
def test_what_a_board_raises_is_said_in_a_line(last: str, says: str) -> None:
    said = board.told(f'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n{last}\r\n')
    assert says in said and "\n" not in said


def test_several_boards_are_named_and_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Port:
        def __init__(self, device: str, vid: int | None) -> None:
            self.device, self.vid = device, vid

    there = [Port("/dev/ttyS0", None)]
    monkeypatch.setattr(board.list_ports, "comports", lambda: there)
    with pytest.raises(Wrong, match="no board on USB; name one by --port"):
        board._only_port()
    there.append(Port("/dev/ttyACM0", 0xF055))
    assert board._only_port() == "/dev/ttyACM0"
    there.append(Port("/dev/ttyACM1", 0xF055))
    with pytest.raises(Wrong, match="several ports: /dev/ttyACM0, /dev/ttyACM1; name one"):
        board._only_port()


# Installed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` brings, but for its dependencies, which are there."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    done = subprocess.run([*pip, "--no-build-isolation", "--target", folder, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def run(folder: Path, *line: object) -> subprocess.CompletedProcess[str]:
    """With what is installed there, away from the clone."""
    paths = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    return subprocess.run(list(map(str, line)), cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True)


def test_pip_install_brings_the_command_with_the_firmwares_tables(installed: Path) -> None:
    done = run(installed, sys.executable, installed / "bin" / "latchkey", "explain", "--json", "564")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["causes"][0]["name"] == "UNKNOWN_ISSUER"
    asked = "import latchkey_tools.sources as s; print(s.module('latchkey.errors').__dict__['__builtins__'] and s._PLACES[0].is_dir())"
    assert run(installed, sys.executable, "-c", asked).stdout == "True\n"


def test_it_runs_as_a_module_too_and_every_command_of_it_loads(installed: Path) -> None:
    for name in COMMANDS:
        done = run(installed, sys.executable, "-m", "latchkey_tools", name, "--help")
        assert (done.returncode, done.stderr) == (0, ""), name


def test_every_file_of_the_package_is_installed(installed: Path) -> None:
    source = ROOT / "tools" / "latchkey_tools"
    wanted = {path.relative_to(source) for path in source.rglob("*.py")}
    assert wanted <= {path.relative_to(installed / "latchkey_tools") for path in (installed / "latchkey_tools").rglob("*.py")}


def test_without_its_dependencies_it_says_how_to_get_them(installed: Path) -> None:
    """`-S`: a Python that has none of the packages."""
    line = "import latchkey_tools.cli as cli, sys; sys.exit(cli.main(['trust', 'list', 'x']))"
    done = run(installed, Path(sys.base_prefix) / "bin" / "python3", "-S", "-c", line)
    assert (done.returncode, done.stderr) == (
        1,
        "latchkey: Python's package cryptography is missing: install by `pipx install .` in the clone, which brings it\n",
    )
