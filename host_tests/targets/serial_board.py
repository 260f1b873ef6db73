"""A board on a serial port, with MicroPython as downloaded: `--target=serial:/dev/ttyACM0`, and -n 0 or -n 1: it serves one process.

What it imports is copied to its file system below /latchkey-test, each file again only when it has changed; remove that folder and the
board is as it was. Files of tests lie in its `work`, which a session starts with empty.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

from tools.build import interpreter
from tools.laboratory.console import Console, TargetLost

from .base import Target

_PLACE = "/latchkey-test"
_WORK = f"{_PLACE}/work"
_CHUNK = 512  # bytes of a file in one line of code

_REMOVE = """
import os
def _remove(path):
    for name, kind, *_ in os.ilistdir(path):
        if kind == 0x4000:
            _remove(path + "/" + name)
        else:
            os.remove(path + "/" + name)
    os.rmdir(path)
"""


class SerialBoard(Target):
    """The board at `device`, a name or a pyserial URL. A soft reset gives a fresh interpreter; a hang is interrupted by Ctrl-C."""

    slowness = 10.0

    def __init__(self, device: str) -> None:
        super().__init__()
        self.name = f"serial:{device}"
        self._device = device
        console = self._reset_console()
        mpy = int(console.exec("import sys; print(getattr(sys.implementation, '_mpy', 0))"))
        self.arch = interpreter.ARCHITECTURES[mpy >> 10 & 15]
        console.exec(_REMOVE + f"try: _remove({_WORK!r})\nexcept OSError: pass")
        self._make_folder(console, _WORK)
        console.close()

    def start(self) -> Console:
        console = self._reset_console()
        self._update(console)
        places = ["", *(f"{_PLACE}/{folder.name}" for folder in self.folders())]
        console.exec(f"import os, sys\nos.chdir({_WORK!r})\nsys.path[:0] = {places!r}\ndel os, sys")
        return console

    def stop(self) -> None:
        """A board can't be ended; whoever opens its console next interrupts what runs."""

    def put(self, name: str, data: bytes | str) -> None:
        if self._console is None:
            self.reset()
        assert self._console is not None
        self._write(self._console, f"{_WORK}/{name}", data.encode() if isinstance(data, str) else data)

    @contextmanager
    def reach(self, port: int, uart: int = 1) -> Iterator[str]:
        raise TargetLost("a board on a serial port has no way to a server of this machine")
        yield ""

    def _reset_console(self) -> Console:
        console = Console(self._device)
        console.enter_raw_repl(soft_reset=True)
        return console

    def _update(self, console: Console) -> None:
        """Bring the board's copies up to date; the list of what it has is written last."""
        wanted = {}
        for folder in self.folders():
            for path in sorted(folder.rglob("*.*py")):
                wanted[f"{_PLACE}/{folder.name}/{path.relative_to(folder)}"] = path
        digests = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in wanted.items()}
        listed = f"{_PLACE}/files.json"
        there: dict[str, str] = json.loads(console.fs_readfile(listed)) if console.fs_exists(listed) else {}
        if there == digests:
            return
        for name in there.keys() - digests.keys():
            console.exec(f"import os\ntry: os.remove({name!r})\nexcept OSError: pass")
        stale = [name for name in digests if there.get(name) != digests[name]]
        for number, name in enumerate(stale, 1):
            print(f"{self.name}: copying {number}/{len(stale)} {name}", flush=True)
            self._write(console, name, wanted[name].read_bytes())
        self._write(console, listed, json.dumps(digests).encode())

    def _write(self, console: Console, name: str, data: bytes) -> None:
        self._make_folder(console, name.rpartition("/")[0])
        console.fs_writefile(name, data, chunk_size=_CHUNK)

    def _make_folder(self, console: Console, path: str) -> None:
        parts = path.strip("/").split("/")
        folders = ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]
        console.exec(f"import os\nfor f in {folders!r}:\n try: os.mkdir(f)\n except OSError: pass")
