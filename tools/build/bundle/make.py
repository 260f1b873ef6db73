"""The bundle's sources in build/bundle/latchkey, made anew when something that they are made of has changed; names.json says what
the short names stand for.
"""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

from tools.build.bundle import join, parameters, rename, reserved, table
from tools.build.bundle.groups import GROUPS, complete
from tools.build.bundle.package import Package
from tools.build.bundle.plan import Plan
from tools.build.places import BUILD, ROOT, locked

SOURCES = ROOT / "firmware" / "latchkey"
BUNDLE = BUILD / "bundle"


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


def sources() -> Path:
    """The folder of the bundle's sources, up to date."""
    BUNDLE.mkdir(parents=True, exist_ok=True)
    with locked(BUNDLE / ".lock"):
        bring_up_to_date()
    return BUNDLE


def bring_up_to_date(folder: Path = BUNDLE) -> None:
    inputs = folder / ".inputs"
    now = digest()
    if inputs.exists() and inputs.read_text() == now:
        return
    inputs.unlink(missing_ok=True)
    files, told = make()
    write(files, folder / "latchkey")
    (folder / "names.json").write_text(json.dumps(told, indent=1, sort_keys=True))
    inputs.write_text(now)


def digest() -> str:
    """Of all that the bundle is made of, as it is now."""
    texts = [path for pattern in reserved.TEXTS for path in ROOT.glob(pattern)]
    paths = sorted({*SOURCES.rglob("*.py"), *Path(__file__).resolve().parent.glob("*.py"), *texts})
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()


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
