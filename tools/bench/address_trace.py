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
BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]


class Trace(NamedTuple):
    """Instructions executed, accesses made, and a hash over both in their order, with every address."""

    instructions: int
    accesses: int
    order: int


def plugin() -> Path:
    """The compiled plugin, built once for each state of its source."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    built = BUILD / "qemu" / f"address_trace-{digest}.so"
    built.parent.mkdir(parents=True, exist_ok=True)
    with locked(built.parent / ".lock"):
        if not built.exists():
            new = built.with_suffix(".new")
            command = ["cc", "-O2", "-Wall", "-Werror", "-ffreestanding", "-fPIC", "-shared", "-nostdlib", "-fvisibility=hidden"]
            subprocess.run([*command, "-o", str(new), str(SOURCE)], check=True)
            new.rename(built)
    return built


def traced(code: str) -> Trace:
    """Run `code` on a fresh board and sum up its machine code."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "lib").symlink_to(mpy.package(BOARD.arch))
        sums = root / "sums"
        sums.write_bytes(bytes(24))
        with Emulator(BOARD, root, plugin=f"file={plugin()},out={sums}") as board:
            board.repl().exec(code)
            return Trace(*struct.unpack("QQQ", sums.read_bytes()))
