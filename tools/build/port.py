"""MicroPython with latchkey frozen in, for a board of boards/ that one can hold: `make firmware BOARD=NAME MPY_DIR=...`

MPY_DIR is a tree of MicroPython, 1.24 or later, with its submodules; the vendor's tools have to be there, as MicroPython's own pages say
(an ESP32 wants ESP-IDF, an STM32 arm-none-eabi-gcc). What comes out is where MicroPython puts it. For another board of the same kind give
that board's name and MANIFEST, the file of the one in boards/ that is most like it.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build import mpy
from tools.build.places import ROOT
from tools.build.plain import Plain, command

BOARDS = ROOT / "boards"


def manifest(board: str) -> Path:
    found = BOARDS / board / "manifest.py"
    if not found.exists():
        names = ", ".join(sorted(path.parent.name for path in BOARDS.glob("*/manifest.py") if path.parent.name != "qemu_common"))
        raise Plain(f"boards/ has no {board}; it has {names}")
    return found


def arch(board: str) -> str:
    """The architecture that a board's manifest freezes for."""
    (found,) = re.findall(r"manifests/(\w+)/", manifest(board).read_text())
    return found


def port(tree: Path, board: str) -> Path:
    """The folder of the port that has the board."""
    if not (tree / "py" / "mpconfig.h").exists():
        raise Plain(f"{tree} is no tree of MicroPython: git clone https://github.com/micropython/micropython, and MPY_DIR=that")
    for folder in sorted(tree.glob("ports/*")):
        if (folder / "boards" / board).is_dir():
            return folder
    raise Plain(f"this MicroPython has no board {board}: look into its boards, and into boards/{board}/README.md")


def main() -> int:
    parser = argparse.ArgumentParser(description="Build MicroPython with latchkey for a board.")
    parser.add_argument("board")
    parser.add_argument("--tree", type=Path, help="MicroPython's sources")
    arguments = parser.parse_args()
    frozen = manifest(arguments.board)
    if not arguments.tree:
        raise Plain("MPY_DIR= is wanted: a tree of MicroPython's sources")
    folder = port(arguments.tree.expanduser().resolve(), arguments.board)
    for line in mpy.build(arch(arguments.board)):
        print(f"firmware: {line}")
    for targets in (["submodules"], []):
        line = ["make", "-C", str(folder), f"-j{os.cpu_count()}", f"BOARD={arguments.board}", f"FROZEN_MANIFEST={frozen}", *targets]
        if status := subprocess.run(line).returncode:
            raise Plain(f"make ended with {status} in {folder}: are the vendor's tools there ({folder / 'README.md'})?")
    print(f"firmware: in {folder}/build-{arguments.board}*; flash it as {folder / 'README.md'} says")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "firmware"))
