"""`make randomness`: `latchkey entropy` (tools/latchkey_tools) on a board of this clone's, or on a serial port.

python -m tools.laboratory.randomness [--target unix]       # the Unix port of this machine
python -m tools.laboratory.randomness --target cortex_m     # the emulated board

Further options are those of `latchkey entropy`.
"""

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build import firmware, interpreter, mpy
from tools.build.places import BUILD
from tools.build.plain import command
from tools.laboratory.emulator import Emulator
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli

BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]


@contextmanager
def target(name: str) -> Iterator[list[str]]:
    """A board to ask, as the options of `latchkey entropy` that name it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if name == "unix":
            with UnixBoard([mpy.package(interpreter.find().arch)], root) as there:
                yield ["--port", there.port, "--resume"]
        elif name == "cortex_m":
            (root / "lib").symlink_to(mpy.package(BOARD.arch))
            with Emulator(BOARD, root) as emulator:
                yield ["--port", emulator.console]
        else:
            yield ["--port", name.removeprefix("serial:")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="unix", help="unix, cortex_m, serial:DEVICE (default: %(default)s)")
    options, others = parser.parse_known_args(arguments)
    if options.target not in ("unix", "cortex_m") and not options.target.startswith("serial:"):
        parser.error("--target: unix, cortex_m, serial:DEVICE")
    with target(options.target) as where:
        return cli.main(["entropy", "-o", str(BUILD / "randomness.png"), *where, *others])


if __name__ == "__main__":
    sys.exit(command(main, "randomness"))
