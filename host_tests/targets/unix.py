"""MicroPython's Unix port as a target: a process whose terminal is a pseudo-terminal."""

import shutil
import tempfile
from pathlib import Path

from tools.build import interpreter
from tools.laboratory.console import Console
from tools.laboratory.unix_board import UnixBoard

from .base import Target


class Unix(Target):
    """A REPL as a board's on a serial port. Files of cases that need a small heap start a process of their own."""

    name = "unix"

    def __init__(self) -> None:
        super().__init__()
        self.arch = interpreter.find().arch
        self._folder = Path(tempfile.mkdtemp(prefix="latchkey-unix-"))
        self._board: UnixBoard | None = None

    def start(self) -> Console:
        self._board = UnixBoard(self.folders(), self._folder)
        console = Console(self._board.port)
        console.enter_raw_repl(soft_reset=False)
        return console

    def stop(self) -> None:
        if self._board is not None:
            self._board.close()
            self._board = None

    def put(self, name: str, data: bytes | str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def dispose(self) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
