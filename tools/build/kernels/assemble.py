"""Write assembled Thumb-2 code into the kernels: `python -m tools.build.kernels.assemble` (with `--check`: say what would change, exit 1).

A kernel_thumb2*.py names its source in the line that begins the assembled part, which this replaces up to its last line:

    # Assembled from tools/build/kernels/NAME.s with SYMBOL=1: 1234 bytes
    @micropython.asm_thumb
    def _name(r0, r1, r2, r3):
        data(2, ...)
    # End of the assembled part

Inline assembler lacks the long multiplications and most wide forms, so the code comes from the GNU assembler and goes in as halfwords. A
source is one function: it is entered with up to four arguments in r0 to r3 (buffers by address), may change r0 to r7, r12, lr and the
flags, and ends by running off its end with a small int (0) in r0. It has no data of its own, for what it is loaded to is aligned to 2 only.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build.places import ROOT
from tools.build.plain import Missing, Plain, command

ASSEMBLER, OBJCOPY = "arm-none-eabi-as", "arm-none-eabi-objcopy"
PACKAGE = "binutils-arm-none-eabi"  # Debian's, of both

_PART = re.compile(
    r"^# Assembled from (?P<source>\S+\.s)(?: with (?P<symbols>[^:\n]+))?:[^\n]*\n"
    r"@micropython\.asm_thumb\n(?P<head>def [^\n]+:)\n.*?^# End of the assembled part$",
    re.MULTILINE | re.DOTALL,
)


def assemble(source: Path, symbols: list[str]) -> bytes:
    """The machine code of a source."""
    if not shutil.which(ASSEMBLER) or not shutil.which(OBJCOPY):
        raise Missing(f"{ASSEMBLER} is missing: apt-get install {PACKAGE}")
    with tempfile.TemporaryDirectory() as folder:
        built, code = Path(folder) / "built.o", Path(folder) / "code.bin"
        defined = [argument for symbol in symbols for argument in ("--defsym", symbol)]
        for command in (
            [ASSEMBLER, "-mthumb", *defined, "-I", source.parent, "-o", built, source],
            [OBJCOPY, "-O", "binary", "-j", ".text", built, code],
        ):
            if subprocess.run(command).returncode:  # it has said what is wrong
                raise Plain(f"{source.name} was not assembled")
        return code.read_bytes()


def written(kernel: str) -> str:
    """A kernel's text with its assembled parts made anew."""
    return _PART.sub(_part, kernel)


def _part(match: re.Match[str]) -> str:
    source, symbols = match["source"], match["symbols"] or ""
    code = assemble(ROOT / source, symbols.split())
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


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    changed = 0
    for path in kernels():
        before = path.read_text()
        after = written(before)
        if after == before:
            continue
        changed += 1
        print(path.relative_to(ROOT), "differs" if arguments.check else "written")
        if not arguments.check:
            path.write_text(after)
    return 1 if arguments.check and changed else 0


if __name__ == "__main__":
    sys.exit(command(main, "assemble"))
