"""Write assembled code into the kernels: `python -m tools.build.kernels.assemble` (with `--check`: say what would change, exit 1).

A kernel_thumb2*.py names its source in the line that begins the assembled part, which this replaces up to its last line:

    # Assembled from tools/build/kernels/NAME.s with SYMBOL=1: 1234 bytes
    @micropython.asm_thumb
    def _name(r0, r1, r2, r3):
        data(2, ...)
    # End of the assembled part

Inline assembler lacks the long multiplications and most wide forms, so the code comes from the GNU assembler and goes in as halfwords. A
source is one function: it is entered with up to four arguments in r0 to r3 (buffers by address), may change r0 to r7, r12, lr and the
flags, and ends by running off its end with a small int (0) in r0. It has no data of its own, for what it is loaded to is aligned to 2 only.

A kernel_rv32*.py or kernel_xtensa*.py has viper functions that stand for machine code, which goes into made/KERNEL.hex and from there into
the .mpy: machine_code.py.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build import xtensa_assembler
from tools.build.kernels import machine_code
from tools.build.places import ROOT
from tools.build.plain import Missing, Plain, command


@dataclass(frozen=True)
class Tools:
    """An assembler with its linker, and Debian's package of both."""

    prefix: str
    package: str
    assembler: tuple[str, ...] = ()
    linker: tuple[str, ...] = ()

    def missing(self) -> bool:
        return not all(shutil.which(self.prefix + tool) for tool in ("as", "ld", "objcopy"))


# By what the names of kernels begin with.
TOOLS = {
    "thumb2": Tools("arm-none-eabi-", "binutils-arm-none-eabi", ("-mthumb",)),
    "rv32": Tools("riscv64-unknown-elf-", "binutils-riscv64-unknown-elf", ("-march=rv32imc", "-mabi=ilp32"), ("-m", "elf32lriscv")),
    "xtensa": Tools("xtensa-lx106-elf-", "binutils-xtensa-lx106", ("--no-target-align", "--no-transform")),
}

_PART = re.compile(
    r"^# Assembled from (?P<source>\S+\.s)(?: with (?P<symbols>[^:\n]+))?:[^\n]*\n"
    r"@micropython\.asm_thumb\n(?P<head>def [^\n]+:)\n.*?^# End of the assembled part$",
    re.MULTILINE | re.DOTALL,
)
_STANDS_FOR = re.compile(
    r"^# Machine code of (?P<source>\S+\.s)(?: with (?P<symbols>[^,\n]+))?, which tools/build/mpy puts in the place of this function\n"
    r"@micropython\.viper\ndef \w+\(\):\n    pass$",
    re.MULTILINE,
)


def assemble(source: Path, symbols: list[str], core: str) -> bytes:
    """The machine code of a source."""
    tools = TOOLS[core]
    if tools.missing():
        raise Missing(f"{tools.prefix}as is missing: apt-get install {tools.package}")
    environment = xtensa_assembler.environment() if core == "xtensa" else None
    with tempfile.TemporaryDirectory() as folder:
        built, linked, code = (Path(folder) / name for name in ("built.o", "linked.elf", "code.bin"))
        defined = [argument for symbol in symbols for argument in ("--defsym", symbol)]
        for command in (
            [tools.prefix + "as", *tools.assembler, *defined, "-I", source.parent, "-o", built, source],
            [tools.prefix + "ld", *tools.linker, "-Ttext=0", "-e", "0", "-o", linked, built],
            [tools.prefix + "objcopy", "-O", "binary", "-j", ".text", linked, code],
        ):
            if subprocess.run(command, env=environment).returncode:  # it has said what is wrong
                raise Plain(f"{source.name} was not assembled")
        return code.read_bytes()


def written(kernel: str) -> str:
    """A kernel's text with its assembled parts made anew."""
    return _PART.sub(_part, kernel)


def _part(match: re.Match[str]) -> str:
    source, symbols = match["source"], match["symbols"] or ""
    code = assemble(ROOT / source, symbols.split(), "thumb2")
    halves = [f"0x{code[i] | code[i + 1] << 8:04x}" for i in range(0, len(code), 2)]
    lines = [
        f"# Assembled from {source}{' with ' + symbols if symbols else ''}: {len(code)} bytes",
        "@micropython.asm_thumb",
        match["head"],
        *("    data(2, " + ", ".join(halves[i : i + 16]) + ")" for i in range(0, len(halves), 16)),
        "# End of the assembled part",
    ]
    return "\n".join(lines)


def kernels() -> list[Path]:
    """The modules that have an assembled part."""
    return [path for path in sorted((ROOT / "firmware").rglob("kernel_thumb2*.py")) if _PART.search(path.read_text())]


def stood_for(kernel: Path) -> list[tuple[Path, list[str]]]:
    """The sources, with their symbols, that a kernel's functions stand for, in their order."""
    return [(ROOT / match["source"], (match["symbols"] or "").split()) for match in _STANDS_FOR.finditer(kernel.read_text())]


def native(core: str) -> list[Path]:
    """The modules of a core that have functions which stand for machine code."""
    return sorted((ROOT / "firmware").rglob(f"kernel_{core}*.py"))


def outputs() -> dict[Path, str]:
    """What each file that is made here should hold."""
    made = {path: written(path.read_text()) for path in kernels()}
    for core in ("rv32", "xtensa"):
        for path in native(core):
            made[machine_code.made(path.stem)] = made_of(path, core)
    return made


def made_of(kernel: Path, core: str) -> str:
    """What the file of a kernel's machine code should hold."""
    return machine_code.write(kernel.stem, [assemble(source, symbols, core) for source, symbols in stood_for(kernel)])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    changed = 0
    for path, after in outputs().items():
        if path.exists() and path.read_text() == after:
            continue
        changed += 1
        print(path.relative_to(ROOT), "differs" if arguments.check else "written")
        if not arguments.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(after)
    return 1 if arguments.check and changed else 0


if __name__ == "__main__":
    sys.exit(command(main, "assemble"))
