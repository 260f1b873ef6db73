"""A separate MicroPython process of the host's interpreter, with the package on its path: for tests, the demo and benchmarks.

The script, like the package, is loaded from .mpy (with SRC=1 both from source), so that a given heap size holds what it would on a board.
A script is a file below the repository, or source text.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.build import interpreter, mpy


def command(
    script: Path | str, args: Sequence[object] = (), *, heapsize: int | str | None = None, path: Sequence[Path] = ()
) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment that run `script`; `path`: further folders to import from, before the package.

    `heapsize` is what `-X heapsize=` takes: bytes, or a string such as "160k"; the interpreter's default is 2 MB.
    """
    found = interpreter.find()
    options = [] if heapsize is None else ["-X", f"heapsize={heapsize}"]
    folders = [*path, mpy.package(found.arch)]
    if isinstance(script, str):
        run = ["-c", script]
    elif mpy.sources():
        run = [str(script)]
    else:
        compiled = mpy.script(script, found.arch)
        folders.insert(0, compiled.parent)
        run = ["-m", compiled.stem]
    places = ":".join([*map(str, folders), ".frozen"])
    return [found.path, *options, *run, *map(str, args)], {**os.environ, "MICROPYPATH": places}


def micropython_process(
    script: Path | str,
    args: Sequence[object] = (),
    *,
    heapsize: int | str | None = None,
    path: Sequence[Path] = (),
    timeout: float = 300,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run to the end; `returncode`, `stdout` and `stderr` as subprocess.run has them (`options` go there). TimeoutExpired kills it."""
    line, environment = command(script, args, heapsize=heapsize, path=path)
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=timeout, **options)


def start_micropython(
    script: Path | str, args: Sequence[object] = (), *, heapsize: int | str | None = None, path: Sequence[Path] = (), **options: Any
) -> subprocess.Popen[str]:
    """The same without waiting: a Popen with pipes for stdout and stderr (use it in a `with`, and end it)."""
    line, environment = command(script, args, heapsize=heapsize, path=path)
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "text": True}
    return subprocess.Popen(line, env=environment, **{**pipes, **options})
