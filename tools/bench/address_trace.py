"""What machine code on the emulated board does, to compare one run with another: see address_trace.c.

Each run has a board of its own, booted anew: then the heap is laid out alike, and what differs is what the code's data made differ.
"""

import hashlib
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.build import firmware, mpy
from tools.build.places import BUILD, locked
from tools.laboratory.emulator import Emulator

SOURCE = Path(__file__).with_suffix(".c")
# Where machine code lies that was loaded: boards/qemu_common/support/hw_*.c.
NATIVE = {
    "mps2-an500": (0x20000000, 0x20200000),
    "mps2-an385": (0x20000000, 0x20200000),
    "microbit": (0x20100000, 0x20300000),
    "virt": (0x84000000, 0x84200000),
    "sim": (0x40000000, 0x40020000),
}


class Trace(NamedTuple):
    """Instructions executed, accesses made, and a hash over both in their order, with every address."""

    instructions: int
    accesses: int
    order: int


def plugin(source: Path = SOURCE) -> Path:
    """The compiled plugin, built once for each state of its sources."""
    digest = hashlib.sha256(source.read_bytes() + source.with_name("plugin.h").read_bytes()).hexdigest()[:12]
    built = BUILD / "qemu" / f"{source.stem}-{digest}.so"
    built.parent.mkdir(parents=True, exist_ok=True)
    with locked(built.parent / ".lock"):
        if not built.exists():
            new = built.with_suffix(".new")
            command = ["cc", "-O2", "-Wall", "-Werror", "-ffreestanding", "-fPIC", "-shared", "-nostdlib", "-fvisibility=hidden"]
            subprocess.run([*command, "-o", str(new), str(source)], check=True)
            new.rename(built)
    return built


def traced(code: str, core: str = "m7") -> Trace:
    """Run `code` on a fresh board and sum up its machine code."""
    board = firmware.CORES[core]
    start, end = NATIVE[board.machine]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "lib").symlink_to(mpy.package(board.arch))
        sums = root / "sums"
        sums.write_bytes(bytes(24))
        with Emulator(board, root, plugin=f"file={plugin()},out={sums},from={start},to={end}") as running:
            running.repl().exec(code)
            return Trace(*struct.unpack("QQQ", sums.read_bytes()))
