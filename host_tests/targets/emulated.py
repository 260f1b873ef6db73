"""Emulated boards as targets: MicroPython in QEMU (tools/laboratory/emulator.py), its console a real serial REPL.

    --target=cortex_m                    mps2-an500, Cortex-M7: the one that everything runs on
    --target=cortex_m:m4, cortex_m:m3    mps2-an386, mps2-an385
    --target=armv6m                      QEMU's microbit, Cortex-M0
    --target=rv32                        QEMU's virt machine, RV32IMAC
    --target=xtensa                      QEMU's sim machine, Xtensa LX6 with register windows

Every `reset` is a new boot (0.1 s). The host's folders are seen through semihosting, so nothing has to be uploaded; the working
directory is a littlefs in RAM, as a board's flash would be.
"""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.build.firmware import CORES
from tools.laboratory.console import Console
from tools.laboratory.emulator import Emulator

from .base import Target

_SLOWNESS = 4.0

_COPY = """
buf = bytearray(512)
for name in {files!r}:
    with open("/host/put/" + name, "rb") as source, open(name, "wb") as copy:
        while n := source.readinto(buf):
            copy.write(memoryview(buf)[:n])
del buf
"""

_MEASURE = """
import emulator, gc
def _nothing(): pass
def _measured(): return {expression}
def _count(function):
    gc.collect()
    begun = emulator.instructions()
    function()
    return emulator.instructions() - begun
_count(_nothing)
print(_count(_measured) - _count(_nothing))
"""


class Emulated(Target):
    """An emulated board; `core` is one of tools.build.firmware.CORES, `heap` bytes (the firmware's default if None)."""

    slowness = _SLOWNESS

    def __init__(self, core: str, heap: int | None = None, frozen: bool = False) -> None:
        super().__init__()
        self.name = self.core = core
        self.heap = heap
        self.frozen = frozen
        self._board = CORES[core]
        self.arch = self._board.arch
        self._folder = Path(tempfile.mkdtemp(prefix="latchkey-emulated-"))
        self._put = self._folder / "put"
        self._put.mkdir()
        self._emulator: Emulator | None = None

    def start(self) -> Console:
        path = ["", ".frozen"]
        for folder in self.folders():
            path.append(f"/host/{folder.name}")
            link = self._folder / folder.name
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        self._emulator = Emulator(self._board, self._folder, heap=self.heap, disk="/", frozen=self.frozen)
        console = Console(self._emulator.console)
        console.enter_raw_repl(soft_reset=False)
        console.exec(f"import sys\nsys.path[:] = {path!r}\ndel sys")
        console.exec(_COPY.format(files=sorted(file.name for file in self._put.iterdir())))
        return console

    def folders(self) -> list[Path]:
        return super().folders()[: -1 if self.frozen else None]

    def stop(self) -> None:
        if self._emulator is not None:
            self._emulator.close()
            self._emulator = None

    def put(self, name: str, data: bytes | str) -> None:
        (self._put / name).write_bytes(data.encode() if isinstance(data, str) else data)
        if self._console is not None:
            self.exec(_COPY.format(files=[name]))

    def dispose(self) -> None:
        super().dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def reach(self, port: int, uart: int = 1) -> Iterator[str]:
        if self._console is None:
            self.reset()
        assert self._emulator is not None
        link = self._emulator.connect(uart, ("127.0.0.1", port))
        try:
            yield f'__import__("streams").uart({uart})'
        finally:
            link.close()

    def serial_port(self, n: int) -> socket.socket:
        """The host's end of the board's machine.UART(n)."""
        if self._emulator is None:
            self.reset()
        assert self._emulator is not None
        return self._emulator.uart(n)

    def instructions(self, setup: str, expression: str) -> int:
        """How many instructions `expression` takes after `setup`, without what a call and the counting themselves take.

        What the board spends waiting, and in the driver of its serial ports, is left out. Two runs from a reset agree within 1 %.
        """
        return int(self.exec(setup + _MEASURE.format(expression=expression)))


class CortexM(Emulated):
    def __init__(self, core: str = "m7") -> None:
        super().__init__(core)
        self.name = "cortex_m" if core == "m7" else f"cortex_m:{core}"


class ARMv6M(Emulated):
    def __init__(self) -> None:
        super().__init__("armv6m")


class RV32(Emulated):
    def __init__(self) -> None:
        super().__init__("rv32")


class Xtensa(Emulated):
    def __init__(self) -> None:
        super().__init__("xtensa")
