"""`make randomness`: the user's command (tools/latchkey_tools/randomness.py) with two targets more, which need the clone.

python -m tools.laboratory.randomness [--target unix]       # the Unix port of this machine
python -m tools.laboratory.randomness --target cortex_m     # the emulated board
"""

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build import firmware, mpy
from tools.build.places import BUILD
from tools.build.plain import Missing, command
from tools.laboratory.emulator import Emulator
from tools.laboratory.micropython_process import start_micropython
from tools.latchkey_tools import randomness
from tools.latchkey_tools.randomness import Call, Unreadable

BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]


@contextmanager
def unix() -> Iterator[Call]:
    def call(code: str, take: Callable[[str], None]) -> None:
        with start_micropython(randomness.DEVICE.read_text() + code) as process:
            assert process.stdout
            assert process.stderr
            for line in process.stdout:
                take(line.strip())
            if process.wait():
                raise Unreadable(process.stderr.read().strip())

    yield call


@contextmanager
def cortex_m() -> Iterator[Call]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "lib").symlink_to(mpy.package(BOARD.arch))
        try:
            emulator = Emulator(BOARD, root)
        except Missing as missing:
            raise Unreadable(str(missing)) from None
        with emulator:
            yield randomness.over_repl(emulator.repl())


def main() -> int:
    return randomness.main({"unix": unix, "cortex_m": cortex_m}, BUILD / "randomness.png")


if __name__ == "__main__":
    sys.exit(command(main, "randomness"))
