"""Write the bundle's sources into build/bundle/latchkey."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tools.bundle import join, names, parameters, table
from tools.bundle.groups import GROUPS
from tools.bundle.package import Package

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "firmware" / "latchkey"
BUNDLE = ROOT / "build" / "bundle"


def make(short: bool = True) -> dict[str, str]:
    """The bundle's files, by their paths in the package."""
    package = Package(SOURCES)
    table.keep_constants(package)
    if short:
        parameters.shorten(package)
    plan = join.Plan(package, GROUPS)
    table.face(plan)
    table.release(plan)
    written = join.bundle(plan)
    if short:
        written, _ = names.shorten(plan, written)
    return {path: ast.unparse(tree) + "\n" for path, tree in table.files(plan, written).items()}


def write(files: dict[str, str], folder: Path) -> None:
    """Bring a folder up to date, and leave nothing else in it; what did not change is not touched."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
    for path in folder.rglob("*.py"):
        if str(path.relative_to(folder)) not in files:
            path.unlink()


def main() -> int:
    files = make("--long" not in sys.argv)
    write(files, BUNDLE / "latchkey")
    print(f"bundle: {(BUNDLE / 'latchkey').relative_to(ROOT)}: {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
