"""How a tool ends (tools/build/plain.py): by a line and an exit status where what it ran did not do what it should."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mpremote.transport import TransportError

from host_tests.build.test_commands import run, tools
from tools.build.places import ROOT
from tools.build.plain import INTERRUPTED, Plain, command
from tools.laboratory.console import TargetLost

PYTHON = Path(sys.executable).name


def test_ctrl_c_ends_a_tool_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise KeyboardInterrupt

    assert command(main, "tool") == INTERRUPTED
    assert capsys.readouterr().err == "\ntool: interrupted\n"


def ended(*arguments: str) -> Exception:
    """What a Python says that ends so, or does not end."""
    try:
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True, timeout=1 if "time" in arguments[1] else None)
    except subprocess.SubprocessError as reason:
        return reason
    raise AssertionError


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (lambda: Plain("no architecture armv7"), "no architecture armv7"),
        (lambda: ended("-c", "import time\ntime.sleep(600)"), f"{PYTHON} did not end within 1 s; a busy machine may be why: try again"),
        (lambda: ended("-c", "import sys\nsys.exit('no\\nroom')"), f"{PYTHON} ended with 1: no room"),
        (lambda: subprocess.TimeoutExpired("sleep 9", 3.5), "sleep did not end within 3.5 s; a busy machine may be why: try again"),
        (lambda: TargetLost("the target hung: no end within 9 s", "it printed\nlines"), "the target hung: no end within 9 s"),
        (lambda: TransportError("could not enter raw repl"), "could not enter raw repl"),
        (lambda: RuntimeError("gnutls-serv --echo\ndoes not listen; it said:\n"), "gnutls-serv --echo does not listen; it said:"),
        (lambda: TimeoutError("OpenSSL never said 'ACCEPT'"), "OpenSSL never said 'ACCEPT'"),
        (lambda: FileNotFoundError(2, "No such file or directory", "boards/x"), "[Errno 2] No such file or directory: 'boards/x'"),
        (lambda: OSError(), "OSError"),
    ],
)
def test_what_comes_from_outside_ends_a_tool_in_a_line(
    reason: Callable[[], Exception], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> int:
        raise reason()

    assert command(main, "tool") == 1
    assert capsys.readouterr() == ("", f"tool: {says}\n")


def test_a_log_in_such_a_line_is_cut_in_the_middle(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise RuntimeError("the server said:\n" + "a line of its log\n" * 999 + "address in use")

    assert command(main, "tool") == 1
    said = capsys.readouterr().err
    assert said.startswith("tool: the server said: a line") and said.endswith("address in use\n") and len(said) < 600


@pytest.mark.parametrize("fault", [AttributeError("no such thing"), AssertionError(), RecursionError(), NotImplementedError()])
def test_a_fault_of_the_tools_own_keeps_its_traceback(fault: Exception) -> None:
    def main() -> int:
        raise fault

    with pytest.raises(type(fault)):
        command(main, "tool")


@pytest.mark.parametrize("path", tools(), ids=str)
def test_every_tool_ends_so(path: Path) -> None:
    if path.parent.name == "atecc_simulator":  # a package by itself, which has its own lines
        return
    [*_, last] = ast.parse((ROOT / path).read_text()).body
    assert "command(main, " in ast.unparse(last)


def test_a_tool_whose_reader_has_read_enough_ends_quietly() -> None:
    code = (
        "from tools.build.plain import command\nimport sys\nsys.exit(command(lambda: [print('x' * 99) for _ in range(9999)] and 0, 'tool'))"
    )
    done = run("bash", "-c", f'"{sys.executable}" -c "{code}" | head -1')
    assert (done.stdout, done.stderr) == ("x" * 99 + "\n", "")
