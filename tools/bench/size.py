"""What the package takes. First part by part (tools/build/parts.py): files and bytes that each adds to the core, kept in build/size.json.

Then module by module: bytes of .mpy, and bytes of heap once it is loaded from that, without what it imports.

On 64 bits that is the Unix port of this machine; on 32 bits the emulated Cortex-M7, where its firmware can be built. The Unix
port keeps native code outside its heap. The line "tables" is what the interpreter's own tables of names and modules grow by.

Then the machine code of Xtensa's and RV32's kernels, which an ESP32 keeps in executable memory until a reset.
"""

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build import firmware, interpreter, mpy, parts
from tools.build.kernels import assemble, machine_code
from tools.build.places import BUILD
from tools.build.plain import command
from tools.laboratory.emulator import Emulator
from tools.laboratory.micropython_process import micropython_process

DEVICE = Path(__file__).parent / "device" / "size.py"
PATIENCE = 1800  # seconds for all modules on the emulated board
BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]


def on_unix(names: list[str]) -> dict[str, int | None]:
    device = mpy.script(DEVICE, interpreter.find().arch).parent
    done = micropython_process(f"import size\nsize.print_sizes({names!r})", heapsize="8M", path=[device])
    if done.returncode:
        raise RuntimeError(done.stderr + done.stdout)  # where MicroPython writes a traceback
    return parsed(done.stdout)


def on_board(names: list[str]) -> dict[str, int | None]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        mpy.compile_file(DEVICE, root / "size.mpy", DEVICE.name, BOARD.arch, mpy.CHECKED)
        (root / "lib").symlink_to(mpy.package(BOARD.arch))
        with Emulator(BOARD, root, heap=1 << 20) as emulator:
            told, failed = emulator.repl().exec_raw(f"import size\nsize.print_sizes({names!r})", timeout=PATIENCE)
    if failed:
        raise RuntimeError(failed.decode())
    return parsed(told.decode())


def parsed(printed: str) -> dict[str, int | None]:
    """Module -> bytes of heap, None for one that does not load there."""
    return {name: None if held == "-" else int(held) for name, held in (line.split() for line in printed.splitlines())}


def files(arch: str) -> dict[str, int]:
    """Module -> bytes of .mpy."""
    folder = mpy.package(arch)
    found = {}
    for path in folder.rglob("*.mpy"):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.stat().st_size
    return found


def table(columns: list[tuple[str, dict[str, int], dict[str, int | None]]]) -> str:
    names = [*sorted({name for _, sizes, _ in columns for name in sizes}), "tables"]
    width = max(map(len, names))
    lines = [f"{'':{width}}" + "".join(f"{arch + ' .mpy':>16}{'heap':>10}" for arch, _, _ in columns)]
    for name in names:
        cells = [(sizes.get(name), heap.get(name)) for _, sizes, heap in columns]
        lines.append(f"{name:{width}}" + "".join(f"{shown(size):>16}{shown(held):>10}" for size, held in cells))
    sums = [(sum(sizes.values()), sum(held or 0 for held in heap.values())) for _, sizes, heap in columns]
    lines.append(f"{'all':{width}}" + "".join(f"{size:>16}{held:>10}" for size, held in sums))
    return "\n".join(lines)


def parts_table(names: list[str]) -> str:
    """Part by part, in the folders of build/mpy of these names; into build/size.json as well."""
    found = {name: parts.sizes(BUILD / "mpy" / name, name.removesuffix(mpy.SMALL)) for name in names}
    (BUILD / "size.json").write_text(json.dumps(found, indent=1) + "\n")
    lines = [f"{'':18}" + "".join(f"{name:>18}" for name in names), f"{'':18}" + f"{'files':>8}{'bytes':>10}" * len(names)]
    for part in (*parts.names(), parts.ALL):
        cells = [found[name].get(part, {"files": 0, "bytes": 0}) for name in names]
        lines.append(f"{part:18}" + "".join(f"{cell['files']:>8}{cell['bytes']:>10}" for cell in cells))
    return "\n".join(lines)


def executable(core: str) -> dict[str, int]:
    """Kernel -> bytes of its machine code, of a core whose kernels are loaded as such."""
    return {path.stem: sum(map(len, machine_code.read(path.stem))) for path in assemble.native(core)}


def shown(number: int | None) -> str:
    return "-" if number is None else str(number)


def main() -> int:
    arch = interpreter.find().arch
    for built in (arch, BOARD.arch):
        mpy.build(built)
    columns = [(arch, files(arch), on_unix(sorted(files(arch))))]
    left_out = firmware.why_not(BOARD)
    if not left_out:
        columns.append((BOARD.arch, files(BOARD.arch), on_board(sorted(files(BOARD.arch)))))
    print(parts_table([name for built, _, _ in columns for name in (built, built + mpy.SMALL)]) + "\n")
    print(table(columns))
    for core in ("xtensa", "rv32"):
        parts = executable(core)
        print(f"\nmachine code, {core}: {sum(parts.values())} bytes: " + ", ".join(f"{name} {size}" for name, size in parts.items()))
    if left_out:
        print(f"32 bits left out: {left_out}")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "size"))
