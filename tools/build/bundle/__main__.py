"""Make the bundle, or say what a traceback of it stands for.

python -m tools.build.bundle                       bring build/bundle/latchkey up to date (`make build` does, and compiles it)
python -m tools.build.bundle --explain < FILE      a traceback with the sources' names
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")


from tools.build.bundle import make
from tools.build.plain import command

# A line of a traceback, and what is said of an attribute that is not there.
_LINE = re.compile(r'(File "(?:.*/)?(\w+)(?:\.m?py)?", line \d+, in )(\w+)')
_ATTRIBUTE = re.compile(r"(has no attribute ')(\w+)(')")


def explain(text: str, told: dict[str, dict[str, list[str]]]) -> str:
    """With all that a name may stand for in its module."""

    def of(module: str, name: str) -> str:
        return " or ".join(told.get(module, {}).get(name, [name]))

    text = _LINE.sub(lambda match: match[1] + of(match[2], match[3]), text)
    return _ATTRIBUTE.sub(lambda match: match[1] + of("attributes", match[2]) + match[3], text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the bundle, or explain a traceback of it.")
    parser.add_argument("--explain", action="store_true", help="read a traceback, print it with the sources' names")
    arguments = parser.parse_args()
    make.sources()
    if arguments.explain:
        sys.stdout.write(explain(sys.stdin.read(), json.loads((make.BUNDLE / "names.json").read_text())))
        return 0
    files = list((make.BUNDLE / "latchkey").rglob("*.py"))
    print(f"bundle: {(make.BUNDLE / 'latchkey').relative_to(make.ROOT)}: {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "bundle"))
