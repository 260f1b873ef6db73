"""The bundle's sources in build/bundle/latchkey, made anew when something that they are made of has changed; names.json says what
the short names stand for. And the package's own in build/short/latchkey, with short names for what nobody sees.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from tools.build.bundle import join, parameters, rename, reserved, table
from tools.build.bundle.groups import GROUPS, complete
from tools.build.bundle.package import Package
from tools.build.bundle.plan import Plan
from tools.build.places import BUILD, ROOT, locked

SOURCES = ROOT / "firmware" / "latchkey"
BUNDLE = BUILD / "bundle"
SHORT = BUILD / "short"


def make(short: bool = True) -> tuple[dict[str, str], dict[str, dict[str, list[str]]]]:
    """The bundle's files by their paths in the package, and what its names stand for; without `short` they are the sources' own."""
    package = Package(SOURCES)
    table.keep_constants(package)
    if short:
        parameters.shorten(package)
    plan = Plan(package, complete(package, GROUPS))
    table.face(plan)
    table.release(plan)
    written = join.bundle(plan)
    told: dict[str, dict[str, list[str]]] = {}
    if short:
        written, told = rename.shorten(plan, written)
    return {path: ast.unparse(tree) + "\n" for path, tree in table.files(plan, written).items()}, told


def hidden() -> dict[str, str]:
    """The package's own files by their paths in it, as they are written but for short names of what nobody sees: parameters, and the
    variables and attributes that names.Hidden chooses."""
    package = Package(SOURCES, bare=False)
    parameters.shorten(package)
    rename.shorten_hidden(package)
    return {module.file: module.text for module in package.modules.values()}


def sources() -> Path:
    """The folder of the bundle's sources, up to date."""
    return up_to_date(BUNDLE, _write_bundle, reserved.TEXTS)


def short_sources() -> Path:
    """The folder of the package's own sources with short names for what nobody sees, up to date."""
    return up_to_date(SHORT, lambda: write(hidden(), SHORT / "latchkey"))


def up_to_date(folder: Path, remake: Callable[[], None], texts: tuple[str, ...] = ()) -> Path:
    """`folder`, made anew where the sources have changed, what makes it of them, or files that match `texts`."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        inputs = folder / ".inputs"
        now = digest(texts)
        if not inputs.exists() or inputs.read_text() != now:
            inputs.unlink(missing_ok=True)
            remake()
            inputs.write_text(now)
    return folder


def digest(texts: tuple[str, ...]) -> str:
    """Of the sources, of what makes others of them, and of the files that match `texts`, as they are now."""
    named = [path for pattern in texts for path in ROOT.glob(pattern)]
    paths = sorted({*SOURCES.rglob("*.py"), *Path(__file__).resolve().parent.glob("*.py"), *named})
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _write_bundle() -> None:
    files, told = make()
    write(files, BUNDLE / "latchkey")
    (BUNDLE / "names.json").write_text(json.dumps(told, indent=1, sort_keys=True))


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
