"""Runs the files of cases in device/ under MicroPython, over real sockets."""

from pathlib import Path

from tools.build import interpreter, mpy
from tools.laboratory.micropython_process import micropython_process

DEVICE = Path(__file__).parent / "device"


def support() -> list[Path]:
    """The folders of what the files of cases share, for their path."""
    return [mpy.script(DEVICE / name, interpreter.find().arch).parent for name in ("callers_support.py", "stand_ins.py")]


def run(file: str, case: str, port: int, folder: Path, **options) -> list[str]:
    """Run a case of device/FILE.py; its lines of output."""
    done = micropython_process(DEVICE / f"{file}.py", [case, port, folder], path=support(), **options)
    assert done.returncode == 0 and done.stdout.endswith("ok\n"), done.stdout + done.stderr
    return done.stdout.splitlines()
