"""What the tools say where something is wrong, takes long, or was done already: a line that a person can act on, and nothing more."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bench import __main__ as bench
from tools.build import debian_source, firmware, mpy, watched
from tools.build.places import ROOT
from tools.build.plain import Missing, Plain
from tools.build.watched import Teller

OTHER_PYTHON = Path(sys.base_prefix) / "bin" / "python3"
ALONE = {"tools/build/setup.py"}  # it makes the environment


def run(*line: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, line)), cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def tools() -> list[Path]:
    """Every file that can be run, but for what users have installed."""
    rooms = [ROOT / "tools" / room for room in ("bench", "build", "laboratory")]
    files = [path.relative_to(ROOT) for room in rooms for path in sorted(room.rglob("*.py")) if "device" not in path.parts]
    return [path for path in files if '\nif __name__ == "__main__":' in (ROOT / path).read_text() and str(path) not in ALONE]


@pytest.mark.parametrize("how", ["as a module", "as a file"])
@pytest.mark.parametrize("path", tools(), ids=str)
def test_a_python_without_the_packages_is_told_which_one_to_use(path: Path, how: str) -> None:
    module = ".".join(path.with_suffix("").parts).removesuffix(".__main__")
    done = run(OTHER_PYTHON, "-S", *(["-m", module] if how == "as a module" else [path]))
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r".*run `make setup`, then \.venv/bin/python .*\n", done.stderr)


# What was asked for is none


@pytest.mark.parametrize("asked", ["/bin/true", "/bin/false", str(OTHER_PYTHON), "/etc", "no-such-program"])
def test_a_program_that_is_no_micropython_is_refused_in_a_line(asked: str) -> None:
    for tool in ("tools.build.mpy", "tools.laboratory.demo", "tools.bench"):
        done = run(sys.executable, "-m", tool, MICROPYTHON=asked, ONLY="wire")
        assert done.returncode == 1
        assert "MICROPYTHON=" in done.stderr.splitlines()[-1] + done.stdout
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["typo"], "test: no file or folder typo"),
        (["-n", "0", "--no-loadscope-reorder", "typo"], "test: no file or folder typo"),
        (["-xq", "typo"], "test: no file or folder typo"),
        (["host_tests/tls", "host_tests/typo.py::test_x"], "test: no file or folder host_tests/typo.py::test_x"),
        (["--target=typo", "host_tests/tls"], "ERROR: no target 'typo'; there are: unix"),
        (["--target=serial:/dev/nowhere", "host_tests/tls"], "ERROR: no serial port '/dev/nowhere'"),
    ],
)
def test_tests_that_are_none_are_named(arguments: list[str], says: str) -> None:
    done = run(sys.executable, "-m", "host_tests", "--target=unix", *arguments)
    assert done.returncode
    assert done.stderr.startswith(says)
    assert len(done.stderr.splitlines()) == 1 + done.stderr.endswith("\n\n")
    assert "Traceback" not in done.stdout


def test_an_architecture_that_is_none_is_named() -> None:
    done = run(sys.executable, "-m", "tools.build.mpy", "armv7")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("build: no architecture armv7; one of bytecode")


# The benchmarks


def group(result: object) -> type:
    class Group:
        @staticmethod
        def metrics() -> list[dict]:
            if isinstance(result, BaseException):
                raise result
            return [{"name": str(result), "value": 1, "unit": "bytes", "how": "measured"}]

    return Group


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, set[str]]]:
    """Runs the bench with groups that give a row or raise; its status, and the rows that are kept."""

    def measure(groups: dict[str, object], only: str = "", **environment: str) -> tuple[int, set[str]]:
        monkeypatch.setattr(bench, "RESULT", tmp_path / "bench.json")
        monkeypatch.setattr(bench, "groups", lambda: list(groups))
        monkeypatch.setattr(bench.importlib, "import_module", lambda name: group(groups[name.rpartition(".")[2]]))
        monkeypatch.setattr(sys, "argv", ["bench", *(["--only", only] if only else [])])
        monkeypatch.delenv("CI", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        status = bench.main()
        path = tmp_path / "bench.json"
        return status, {row["name"] for row in json.loads(path.read_text())["metrics"]} if path.exists() else set()

    return measure


NO_TOOLS = Missing("missing: apt-get install qemu-system-arm")


def test_a_group_that_can_not_be_measured_is_named_and_the_others_are_kept(measured, capsys: pytest.CaptureFixture[str]) -> None:
    assert measured({"a": "a.one", "board": NO_TOOLS, "c": "c.one"}) == (0, {"a.one", "c.one"})
    assert capsys.readouterr().out.splitlines()[-1] == "LEFT OUT: board: missing: apt-get install qemu-system-arm"
    assert measured({"a": "a.one", "board": NO_TOOLS}, CI="true")[0] == 1
    assert measured({"a": "a.one", "board": NO_TOOLS}, only="board")[0] == 1


def test_a_group_that_fails_leaves_the_others_theirs(measured, capsys: pytest.CaptureFixture[str]) -> None:
    assert measured({"a": RuntimeError("what went wrong"), "c": "c.one"}) == (1, {"c.one"})
    told = capsys.readouterr()
    assert "what went wrong" in told.err
    assert told.out.endswith("LEFT OUT: a: failed\n")


def test_what_was_measured_is_kept_when_the_rest_is_interrupted(measured, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        measured({"a": "a.one", "c": KeyboardInterrupt()})
    assert "a.one" in (tmp_path / "bench.json").read_text()


def test_without_the_arm_tools_the_bench_says_what_to_install(tmp_path: Path) -> None:
    """Really without: a PATH on which they are not, nor apt-get, which would install them."""
    done = run(sys.executable, "-m", "tools.bench", "--only", "cortex_m7", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.startswith("LEFT OUT: cortex_m7: missing: apt-get install make gcc-arm-none-eabi")
    assert "Traceback" not in done.stderr


# What is fetched and built


def fails(monkeypatch: pytest.MonkeyPatch, module: object, said: str) -> None:
    monkeypatch.setattr(module, "watched", lambda *_, **__: (100, said))


def test_packages_that_can_not_be_had_are_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, debian_source, "Reading package lists...\nE: Unable to locate package qemu-system-arm\n")
    monkeypatch.setattr(debian_source, "may_install", lambda: True)
    with pytest.raises(Missing, match="not to be had by apt-get install qemu-system-arm: E: Unable to locate"):
        debian_source.install(["qemu-system-arm"])


def test_a_source_that_can_not_be_fetched_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fails(monkeypatch, debian_source, "Err:1 http://deb.example\nE: Failed to fetch http://deb.example\n")
    monkeypatch.setattr(debian_source, "archive", lambda: "http://deb.example")
    with pytest.raises(Missing, match=r"source package micropython of Debian .*: E: Failed to fetch"):
        debian_source.fetch("micropython", tmp_path)


def test_a_firmware_that_does_not_compile_is_told_by_the_compilers_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fails(monkeypatch, firmware, "CC a.c\na.c:1:2: error: no such thing\nmake: *** [a.o] Error 1\n")
    with pytest.raises(Plain, match=r"a\.c:1:2: error: no such thing"):
        firmware._make(firmware.CORES["m7"], None, tmp_path, tmp_path)
    assert "CC a.c" in (tmp_path / "build.log").read_text()


def test_what_was_built_already_is_said_in_a_line_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    mpy.main(["bytecode"])
    capsys.readouterr()
    mpy.main(["bytecode"])
    assert capsys.readouterr().out == "build: up to date: build/mpy/bytecode and bytecode-small\n"
    mpy.main(["--quiet", "bytecode"])
    assert capsys.readouterr().out == ""


# What takes long


def test_a_long_command_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(watched, "EVERY", 0.2)
    code = "import time\nfor n in range(3):\n    print('file', n, flush=True)\n    time.sleep(0.5)"
    status, said = watched.watched([sys.executable, "-c", code], "compiling", lambda line: f"{line.split()[1]} done")
    assert (status, said) == (0, "file 0\nfile 1\nfile 2\n")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert all(re.fullmatch(r"compiling \(\d+ s\)(: \d done)?", line) for line in lines)


def test_a_short_command_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert watched.watched(["/bin/echo", "done"], "compiling") == (0, "done\n")
    assert capsys.readouterr().err == ""


def test_a_command_that_fails_gives_its_status_and_all_it_said() -> None:
    assert watched.watched(["/bin/sh", "-c", "echo one; echo two >&2; exit 3"], "compiling") == (3, "one\ntwo\n")


def test_on_a_terminal_one_line_changes_and_goes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((20, 24)))
    monkeypatch.setattr(sys.stderr, "fileno", lambda: 2)
    teller = Teller("compiling")
    teller.tell("a name that is longer than the line")
    teller.done()
    assert capsys.readouterr().err == "\r\x1b[Kcompiling (0 s): a \r\x1b[K"
