"""What can be said about the code without running it: ruff (rules and layout), which way imports run, and types, for the host's side and
for the device's.

The device's side is checked against MicroPython's own modules: firmware/pyrightconfig.json, stubs in .venv and in tools/build/typings.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build.places import FIRMWARE, ROOT
from tools.build.plain import command

BIN = Path(sys.prefix) / "bin"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(FIRMWARE)}  # where lint-imports finds the package

CHECKS = (
    ("ruff: rules", ["ruff", "check", "--quiet", "."]),
    ("ruff: layout (ruff format mends it)", ["ruff", "format", "--quiet", "--check", "."]),
    ("imports (pyproject.toml, importlinter)", ["lint-imports", "--no-cache", "--no-logo"]),
    ("types: tools, host_tests", ["basedpyright"]),
    ("types: firmware, boards, what runs on targets", ["basedpyright", "-p", "firmware"]),
)


def start(line: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BIN / line[0], *line[1:]], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def main() -> int:
    running = [(what, start(line)) for what, line in CHECKS]
    failed = 0
    for what, process in running:
        said, _ = process.communicate()
        print(f"check: {what}: {'failed' if process.returncode else 'ok'}", flush=True)
        if process.returncode:
            failed += 1
            print(said.replace(f"{ROOT}/", "").rstrip(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(command(main, "check"))
