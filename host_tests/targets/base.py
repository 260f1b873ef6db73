"""What all targets share: running code over a raw REPL, and running files of cases.

A kind of target is a subclass with `start`, `stop` and `put`, and where it has no network `reach`: their docstrings are the contract.
Everything else is here, so that what runs on the Unix port runs the same way on an emulated board and on a real one.
"""

import ast
import contextlib
import json
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mpremote.transport import TransportError

from tools.build import mpy
from tools.build.places import BUILD, ROOT
from tools.laboratory.console import Console, TargetLost

CASE_TIMEOUT = 60.0
_RECORD = "\x1e"  # starts the line with a case's result; what a case prints comes before it


class TargetError(Exception):
    """Code on the target ended with an exception: `traceback` is the target's, `output` what was printed before."""

    def __init__(self, traceback: str, output: str = "") -> None:
        super().__init__(traceback)
        self.traceback = traceback
        self.output = output


@dataclass(frozen=True)
class Case:
    """A case as the source has it: a function without parameters, whose name says what holds."""

    name: str
    line: int


@dataclass(frozen=True)
class Result:
    """How a case ended on the target: `outcome` is "passed", "failed" or "lost"; `message` its last line, `traceback` all of it."""

    name: str
    outcome: str
    ms: int
    message: str = ""
    traceback: str = ""
    output: str = ""


# What device code may import beside the package: the cases, what they share, the device's end of the laboratory.
FOLDERS = ("host_tests/on_target", "host_tests/on_target_support", "tools/laboratory/device")


def device_folders(arch: str) -> list[Path]:
    """Those folders, compiled with asserts and line numbers."""
    folders = {part: BUILD / "on_target" / arch / Path(part).name for part in FOLDERS}
    for part, folder in folders.items():
        mpy.compile_tree(ROOT / part, folder, arch, mpy.CHECKED)
    return list(folders.values())


class Target(ABC):
    """A MicroPython that runs what it is sent. One is kept for a whole test session and reset between files."""

    name: str  # as --target has it
    arch: str  # of the .mpy files it loads
    slowness = 1.0  # what time limits are multiplied by

    def __init__(self) -> None:
        self._console: Console | None = None
        self.epoch = 0  # another number after every start and stop: whoever left something on the target sees whether it's still there

    @abstractmethod
    def start(self) -> Console:
        """Start it, or start it again after `stop`, and return its console in the raw REPL of a fresh interpreter.

        There `sys.path` has the folders of `folders()` and the working directory, which is the current one, and is empty but for what
        `put` wrote since the target was made. Use `Console(device)`, then `enter_raw_repl(soft_reset=...)`.
        """

    @abstractmethod
    def stop(self) -> None:
        """End it, whatever state it is in: not started, hung, dead. A serial board that can't be stopped is left alone."""

    @abstractmethod
    def put(self, name: str, data: bytes | str) -> None:
        """Write a file into the target's working directory; it stays over resets."""

    @contextmanager
    def reach(self, port: int, uart: int = 1) -> Iterator[str]:
        """Lead the target to a TCP server on this machine's `port`: yields an expression that on the target makes a stream to it.

        A board reaches it through its serial port `uart` (1 for TLS, 2 for the chip's simulator), which never reports an end.
        """
        yield f'__import__("streams").tcp({port})'

    def folders(self) -> list[Path]:
        """The host's folders whose modules the target imports, up to date: the cases and what they share, the package."""
        return [*device_folders(self.arch), mpy.package(self.arch)]

    def reset(self) -> None:
        """A fresh interpreter: nothing imported, no variables."""
        self.close()
        self._console = self.start()
        self.epoch += 1

    def close(self) -> None:
        """Stop, until the next use."""
        self.epoch += 1
        if self._console is not None:
            with contextlib.suppress(OSError):  # it died, and the port with it
                self._console.close()
            self._console = None
        self.stop()

    def dispose(self) -> None:
        """Stop for good, and leave nothing behind."""
        self.close()

    def exec(self, code: str, timeout: float = CASE_TIMEOUT) -> str:
        """Run code in the target's __main__ and return what it printed. Names it sets stay until the next reset.

        TargetError has the target's traceback. TargetLost: no end within `timeout` seconds (times `slowness`), or the target died.
        """
        if self._console is None:
            self.reset()
        assert self._console is not None
        try:
            self._console.exec_raw_no_follow(code)
            printed, traceback = self._console.output(timeout * self.slowness)
        except TargetLost:
            self.close()
            raise
        except (TransportError, OSError, struct.error) as reason:
            self.close()
            raise TargetLost(f"the target died: {reason}") from None
        if traceback:
            raise TargetError(traceback.strip(), printed)
        return printed

    def run_cases(self, file: Path, names: list[str] | None = None) -> Iterator[Result]:
        """Run a file of cases (all of them, or `names`) in a fresh interpreter; each result comes as its case ends."""
        run = CaseRun(self, file)
        for case in cases_of(file):
            if names is None or case.name in names:
                yield run.run(case.name)


class CaseRun:
    """A file of cases in one interpreter of a target. It starts afresh at first use, after a loss, and after someone else's reset."""

    def __init__(self, target: Target, file: Path) -> None:
        self.target = target
        self.file = file
        self._epoch = -1

    def run(self, name: str, timeout: float = CASE_TIMEOUT) -> Result:
        """Run one case. What goes wrong with the target itself is the case's result, not an exception."""
        begun = time.monotonic()
        try:
            self._open()
            printed = self.target.exec(f"_case_runner.run(_cases, {name!r})", timeout)
        except (TargetError, TargetLost) as error:
            ms = int((time.monotonic() - begun) * 1000)
            text = self._with_source(str(error).strip())
            return Result(name, "failed" if isinstance(error, TargetError) else "lost", ms, text.rpartition("\n")[2], text, error.output)
        output, _, record = printed.rpartition(_RECORD)
        result = json.loads(record)
        return Result(**{**result, "traceback": self._with_source(result.get("traceback", "")), "output": output})

    def _open(self) -> None:
        if self._epoch == self.target.epoch:
            return
        self.target.reset()
        self.target.exec(f"import _case_runner\nimport {self.file.stem} as _cases")
        self._epoch = self.target.epoch

    def _with_source(self, traceback: str) -> str:
        """A traceback of MicroPython names files and lines alone; add the lines of the file of cases."""
        source = self.file.read_text().splitlines()
        lines = []
        for line in traceback.splitlines():
            lines.append(line)
            place = line.strip().removeprefix(f'File "{self.file.name}", line ').partition(",")[0]
            if place.isdigit() and 0 < int(place) <= len(source):
                lines.append("    " + source[int(place) - 1].strip())
        return "\n".join(lines)


def cases_of(file: Path) -> list[Case]:
    """The cases of an on-target file, in order: top-level functions without parameters or a leading underscore."""
    found = []
    for node in ast.parse(file.read_text(), str(file)).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.unparse(node.args):
            found.append(Case(node.name, node.lineno))
    return found
