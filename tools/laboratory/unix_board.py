"""The Unix port with a serial line: its terminal is a pseudo-terminal, whose other end is opened as a board's port is.

    with UnixBoard([mpy.package(arch)], folder) as board:
        ...                                # board.port is the device's name

It stays there when its port is closed, and keeps what was defined at the REPL; a soft reset ends it.
"""

import os
import subprocess
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tools.build import interpreter


class UnixBoard:
    """A running one. `folders`: where it imports from; `home`: its working directory; `heap` as `-X heapsize=` takes it."""

    def __init__(self, folders: Sequence[Path], home: Path, heap: str = "4M") -> None:
        master, self._slave = os.openpty()
        try:
            tty.setraw(self._slave)
            self.port = os.ttyname(self._slave)
            self._process = subprocess.Popen(
                [interpreter.find().path, "-X", f"heapsize={heap}"],
                stdin=master,
                stdout=master,
                stderr=master,
                cwd=home,
                env={**os.environ, "MICROPYPATH": ":".join([*map(str, folders), ".frozen"])},
                start_new_session=True,
            )
        finally:
            os.close(master)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
