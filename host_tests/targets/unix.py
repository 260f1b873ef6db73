"""MicroPython's Unix port as a target: a process whose terminal is a pseudo-terminal."""

import os
import shutil
import subprocess
import tempfile
import tty
from pathlib import Path

from tools.build import interpreter
from tools.laboratory.console import Console

from .base import Target

_HEAP = "4M"  # files of cases that need a small heap start a process of their own


class Unix(Target):
    """The process has the pty's master end as its terminal, and the console opens the other: a REPL as a board's on a serial port."""

    name = "unix"

    def __init__(self) -> None:
        super().__init__()
        self.arch = interpreter.find().arch
        self._folder = Path(tempfile.mkdtemp(prefix="latchkey-unix-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Console:
        master, slave = os.openpty()
        try:
            tty.setraw(slave)
            places = [*map(str, self.folders()), ".frozen"]
            self._process = subprocess.Popen(
                [interpreter.find().path, "-X", f"heapsize={_HEAP}"],
                stdin=master,
                stdout=master,
                stderr=master,
                cwd=self._folder,
                env={**os.environ, "MICROPYPATH": ":".join(places)},
                start_new_session=True,
            )
            console = Console(os.ttyname(slave))
        finally:
            os.close(slave)
            os.close(master)
        console.enter_raw_repl(soft_reset=False)
        return console

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def put(self, name: str, data: bytes | str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def dispose(self) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
