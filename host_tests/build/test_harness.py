"""The harness itself: what runs on a target comes back whole, and what goes wrong there is told, not swallowed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from host_tests.conftest import LONGEST, place_of
from host_tests.targets import CaseRun, Target, TargetError, TargetLost, cases_of
from host_tests.targets.base import CASE_TIMEOUT
from tools.build.interpreter import Interpreter, candidate
from tools.build.places import ROOT
from tools.build.plain import Plain
from tools.laboratory.micropython_process import micropython_process, start_micropython

CASES = """
TEXT = "a module's own"

def holds():
    print("said by the case")

def _helper(): 1 / 0

def with_parameters(a): 1 / 0

def fails():
    kind = TEXT
    assert kind == "another"

def raises_what_it_likes():
    _helper()

def leaves():
    raise SystemExit

def hangs():
    while True:
        pass

def still_runs():
    assert TEXT
"""


@pytest.fixture
def cases(tmp_path: Path, target: Target) -> Path:
    file = tmp_path / "harness_cases.py"
    file.write_text(CASES)
    target.put(file.name, CASES)
    return file


def test_exec_returns_what_was_printed_and_keeps_names(target: Target) -> None:
    assert target.exec("x = 6 * 7\nprint('line', 1)\nprint(x)") == "line 1\n42\n"
    assert target.exec("print(x + 1)") == "43\n"


def test_reset_forgets_names_and_modules(target: Target) -> None:
    target.exec("x = 1\nimport latchkey")
    target.reset()
    assert target.exec("import sys\nprint('x' in globals(), 'latchkey' in sys.modules)") == "False False\n"


def test_exception_comes_with_the_targets_traceback_and_output(target: Target) -> None:
    with pytest.raises(TargetError) as raised:
        target.exec("def inner():\n    return {}['key']\nprint('before')\ninner()")
    assert raised.value.output == "before\n"
    assert "line 2, in inner\nKeyError: key" in raised.value.traceback
    assert target.exec("print('after')") == "after\n"


def test_code_that_does_not_end_is_ended_and_the_next_runs_afresh(target: Target) -> None:
    with pytest.raises(TargetLost, match="hung") as raised:
        target.exec("print('begun')\nwhile True: pass", timeout=3)
    assert raised.value.output == "begun\n"
    assert target.exec("print('alive', 'raised' in globals())") == "alive False\n"


def test_code_that_never_stops_printing_is_ended(target: Target) -> None:
    with pytest.raises(TargetLost, match="hung"):
        target.exec("while True: print('x')", timeout=0.5)


@pytest.mark.targets("unix")
def test_target_that_dies_is_started_again(target: Target) -> None:
    with pytest.raises(TargetLost, match="died"):
        target.exec("import uctypes\nuctypes.bytearray_at(1, 4)[0] = 1")
    assert target.exec("print('alive')") == "alive\n"


def test_put_file_is_read_back_and_stays_over_a_reset(target: Target) -> None:
    data = bytes(range(256)) * 20
    target.put("blob.bin", data)
    target.reset()
    assert target.exec("d = open('blob.bin', 'rb').read()\nprint(len(d), d == bytes(range(256)) * 20)") == "5120 True\n"


def test_large_output_and_large_code_pass_whole(target: Target) -> None:
    assert target.exec("for i in range(400): print('0123456789' * 4)") == ("0123456789" * 4 + "\n") * 400
    assert target.exec("x = '" + "y" * 3000 + "'\nprint(len(x))") == "3000\n"


def test_run_cases_reports_each_case_and_runs_on_after_a_hang(target: Target, cases: Path) -> None:
    run = CaseRun(target, cases)
    results = {case.name: run.run(case.name, timeout=1 if case.name == "hangs" else CASE_TIMEOUT) for case in cases_of(cases)}
    assert {name: result.outcome for name, result in results.items()} == {
        "holds": "passed",
        "fails": "failed",
        "raises_what_it_likes": "failed",
        "leaves": "failed",
        "hangs": "lost",
        "still_runs": "passed",
    }
    assert results["holds"].output == "said by the case\n"
    assert results["fails"].message.startswith("AssertionError")
    assert 'assert kind == "another"' in results["fails"].traceback
    assert "in _helper" in results["raises_what_it_likes"].traceback
    assert results["raises_what_it_likes"].message == "ZeroDivisionError: divide by zero"
    assert "hung" in results["hangs"].message


def test_run_cases_yields_the_results_of_the_cases_named(target: Target, cases: Path) -> None:
    assert [(result.name, result.outcome) for result in target.run_cases(cases, ["holds", "still_runs"])] == [
        ("holds", "passed"),
        ("still_runs", "passed"),
    ]


def test_a_file_that_does_not_import_fails_each_of_its_cases(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "broken_cases.py"
    file.write_text("import no_such_module\ndef one(): pass\ndef two(): pass\n")
    target.put(file.name, file.read_text())
    results = list(target.run_cases(file))
    assert [result.outcome for result in results] == ["failed", "failed"]
    assert "no_such_module" in results[1].traceback


def test_cases_are_functions_without_parameters_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text(CASES)
    assert [case.name for case in cases_of(file)] == ["holds", "fails", "raises_what_it_likes", "leaves", "hangs", "still_runs"]
    assert cases_of(file)[0].line == 4


def test_targets_load_mpy_files_or_with_src_the_sources(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked, suffix in (("", ".mpy"), ("1", ".py")):
        monkeypatch.setenv("SRC", asked)
        target.reset()
        assert target.exec("import latchkey.errors as e\nprint(e.__file__)").strip().endswith("latchkey/errors" + suffix)


def test_process_loads_mpy_files_or_with_src_the_sources(micropython: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys, latchkey.errors as e\nprint(e.__file__, __name__, sys.argv[1:])")
    monkeypatch.setenv("SRC", "")
    done = micropython_process(script, ["a", 1])
    assert done.stdout.split() == [f"{ROOT}/build/mpy/{micropython.arch}/latchkey/errors.mpy", "__main__", "['a',", "'1']"]
    monkeypatch.setenv("SRC", "1")
    assert micropython_process(script).stdout.split()[0] == f"{ROOT}/firmware/latchkey/errors.py"


def test_process_has_the_heap_it_was_given(tmp_path: Path) -> None:
    done = micropython_process("import gc\nprint(gc.mem_free() + gc.mem_alloc())", heapsize="160k")
    assert 150_000 < int(done.stdout) <= 160 * 1024
    assert micropython_process("x = bytearray(170000)", heapsize="160k").returncode == 1


def test_process_that_outlives_its_time_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        micropython_process("while True: pass", timeout=0.5)


def test_started_process_can_be_talked_to_and_ended() -> None:
    with start_micropython("print(input())\nwhile True: pass", stdin=subprocess.PIPE, bufsize=1) as process:
        assert process.stdin and process.stdout
        process.stdin.write("hello\n")
        assert process.stdout.readline() == "hello\n"
        process.kill()


def pytest_on(path: Path, *options: str, ci: str) -> subprocess.CompletedProcess[str]:
    """pytest with this conftest on a file elsewhere."""
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "host_tests.conftest",
        "-p",
        "no:hypothesispytest",
        "--rootdir",
        str(ROOT),
        "-c",
        str(ROOT / "pyproject.toml"),
        *options,
        str(path),
    ]
    return subprocess.run(command, env=environment, cwd=path.parent, capture_output=True, text=True)


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "a worker"])
def test_a_skip_fails_the_run_in_ci_alone(tmp_path: Path, workers: tuple[str, ...]) -> None:
    file = tmp_path / "test_skips.py"
    file.write_text("import pytest\ndef test_a(): pass\n@pytest.mark.skip\ndef test_b(): pass\n")
    if not workers:
        assert pytest_on(file, ci="").returncode == 0
    in_ci = pytest_on(file, *workers, ci="true")
    assert in_ci.returncode == 1
    assert "skipped test is a failure" in in_ci.stdout
    assert "1 passed, 1 skipped" in in_ci.stdout.splitlines()[-1]


def test_a_test_for_other_targets_alone_is_left_out_not_skipped(tmp_path: Path) -> None:
    file = tmp_path / "test_marked.py"
    file.write_text("import pytest\n@pytest.mark.targets('cortex_m')\ndef test_a(target): pass\ndef test_b(): pass\n")
    done = pytest_on(file, "--target=unix", ci="true")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "a worker"])
def test_what_is_thorough_runs_on_the_emulated_board_where_that_is_asked_for(tmp_path: Path, workers: tuple[str, ...]) -> None:
    file = tmp_path / "test_marked.py"
    file.write_text("import pytest\n@pytest.mark.thorough\ndef test_a(target): pass\ndef test_b(target): pass\n")
    by_default = pytest_on(file, *workers, "-rA", ci="").stdout
    assert sorted(set(re.findall(r"test_.\[\w+\]", by_default))) == ["test_a[unix]", "test_b[cortex_m]", "test_b[unix]"], by_default
    by_name = pytest_on(file, *workers, "-rA", "--target=cortex_m", ci="").stdout
    assert sorted(set(re.findall(r"test_.\[\w+\]", by_name))) == ["test_a[cortex_m]", "test_b[cortex_m]"], by_name


def fake_micropython(folder: Path, answer: str) -> Path:
    path = folder / "micropython"
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def probe(micropython: Path | str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MICROPYTHON": str(micropython)}
    return subprocess.run([sys.executable, "-m", "tools.build.interpreter"], env=environment, capture_output=True, text=True)


def test_the_wheel_is_used_before_the_path_and_what_is_asked_for_before_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path, asked = fake_micropython(tmp_path, "{}"), tmp_path / "other"
    asked.symlink_to(on_path)
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert candidate() == str(Path(sys.prefix) / "bin" / "micropython")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment without the wheel"))
    assert candidate() == str(on_path)
    monkeypatch.setenv("MICROPYTHON", str(asked))
    assert candidate() == str(asked)
    monkeypatch.delenv("MICROPYTHON")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Plain, match="no MicroPython"):
        candidate()


def test_nothing_of_pythons_own_start_up_runs_before_micropython(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('here is site')\n")
    wheel = Path(sys.prefix) / "bin" / "micropython"
    command = [str(wheel), "-c", "import sys; print(sys.implementation.name); sys.exit(3)"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("micropython\n", "", 3)


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = fake_micropython(tmp_path, '{"version": "MicroPython v1.22.1", "release": [1, 22, 1], "mpy": 2822, "features": {}}')
    done = probe(old)
    assert done.returncode == 1
    assert "1.24 or later is needed" in done.stderr


def test_an_interpreter_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "does not run as MicroPython" in probe("false").stderr
    assert "no such program" in probe(tmp_path / "nothing").stderr


def test_the_interpreter_is_probed_for_what_it_can_do(micropython: Interpreter) -> None:
    assert micropython.release >= (1, 24)
    assert set(micropython.features) == {"hashlib", "cryptolib", "tls", "native", "viper"}


def test_what_tests_record_in_tables_goes_into_files_that_are_named(tmp_path: Path) -> None:
    file = tmp_path / "test_recording.py"
    file.write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(2))\ndef test_a(record_property, n): record_property('table', f'row {n}')\n"
    )
    [line] = [line for line in pytest_on(file, "--target=unix", ci="").stdout.splitlines() if "row" in line or line.startswith("table: ")]
    path = Path(line.removeprefix("table: "))
    assert path.parent == ROOT / "build" / "tables"
    assert path.read_text() == "row 0\nrow 1\n"
    path.unlink()


def test_the_files_that_take_longest_are_there_and_are_shared_out_first() -> None:
    assert all(file.is_file() for file in LONGEST)
    others = [ROOT / "host_tests" / name for name in ("build/test_pages.py", "boards/test_boards.py")]
    assert sorted([others[0], *reversed(LONGEST), others[1]], key=place_of) == [*LONGEST, *others]
