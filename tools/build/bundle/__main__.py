"""Make the bundle: bring build/bundle/latchkey up to date (`make build` does, and compiles it). `latchkey explain` reads a traceback of it
by the names.json beside it.
"""

from __future__ import annotations

import importlib.util
import sys

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")


from tools.build.bundle import make
from tools.build.plain import command


def main() -> int:
    make.sources()
    files = list((make.BUNDLE / "latchkey").rglob("*.py"))
    print(f"bundle: {(make.BUNDLE / 'latchkey').relative_to(make.ROOT)}: {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "bundle"))
