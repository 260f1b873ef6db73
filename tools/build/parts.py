"""The parts that the package is installed in, for mip, which knows no architecture:

build/mpy/ARCH/package.json   the core; relative URLs, so that the folder may lie on any server, or be named to mpremote as it is
build/mpy/ARCH/PART.json      another part; all.json: everything
build/mip/                    an index of all that was built (`mip install latchkey-ARCH-PART`, index=...), with hashes: what a board
                              has already is not fetched again

What is in which part stands in the firmware (errors_text/parts.py), which names the one that is missing. A part depends on none by its
package.json, whose dependencies can't be relative; each has what it takes to say that the core is not there.
"""

import ast
import fnmatch
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from tools.build.places import FIRMWARE, locked

CORE, EXTRA, ALL = "core", "extra", "all"
LIST = "latchkey/files.txt"  # what the doctor compares installed files with
HASH = 16  # hexadecimal digits of a SHA-256; mip takes as many as it is given

_TABLE = FIRMWARE / "latchkey" / "errors_text" / "parts.py"
_FRONT = ("latchkey/__init__.mpy", "latchkey/errors_text/__init__.mpy", "latchkey/errors_text/parts.mpy")
_CHIP = "latchkey/secure_element/__init__.mpy"

# What no board of an architecture loads, as long as the kernels for its core give right answers.
_VIPER = ("kernel_viper_p256", "kernel_viper_p384", "kernel_viper_aes", "kernel_viper_ghash")
_CRYPTOLIB = ("kernel_cryptolib_aes", "kernel_*_ctr")
_EXTRA = {
    "armv7em*": (*_VIPER, *_CRYPTOLIB, "kernel_thumb2_umlal_*", "esp32"),
    "armv7m": (*_VIPER, *_CRYPTOLIB, "kernel_thumb2_umaal_*", "kernel_thumb2_rsa*", "esp32", "rp2350"),
    "xtensawin": (*_VIPER, "stm32", "rp2350"),
    "rv32imc": (*_VIPER, "stm32"),
}


def names() -> tuple[str, ...]:
    """All parts, the core first."""
    return (CORE, *(part for part, _ in _rows()), EXTRA)


def of(file: str, arch: str) -> str:
    """The part that a file belongs to, given as it is called in the folder of an architecture."""
    if file == LIST:
        return "doctor"
    path = Path(file)
    extra = [pattern for archs, patterns in _EXTRA.items() if fnmatch.fnmatch(arch, archs) for pattern in patterns]
    if any(fnmatch.fnmatch(path.stem, pattern) for pattern in extra):
        return EXTRA
    return CORE if path.stem == "__init__" else _of()(".".join(path.with_suffix("").parts[1:]))


def files(folder: Path, arch: str) -> dict[str, list[str]]:
    """Part -> its files in the folder of an architecture, and under "all" each once; a part without any is left out."""
    every = [str(path.relative_to(folder)) for path in sorted((folder / "latchkey").rglob("*")) if path.is_file()]
    found: dict[str, list[str]] = {part: [] for part in names()}
    for file in every:
        found[of(file, arch)].append(file)
    parts = {part: [*(file for file in _front(part) if file in every), *own] for part, own in found.items() if own}
    return {**parts, ALL: every}


def sizes(folder: Path, arch: str) -> dict[str, dict[str, int]]:
    """Part -> how many files it adds to the core's, and their bytes."""
    found = files(folder, arch)
    for part in found.keys() - {CORE, ALL}:
        found[part] = [file for file in found[part] if file not in found[CORE]]
    return {part: {"files": len(own), "bytes": sum((folder / file).stat().st_size for file in own)} for part, own in found.items()}


def stale(folder: Path) -> bool:
    """Whether its package.json files are missing, or older than the list of its files or what writes them."""
    written = folder / "package.json"
    inputs = (folder / LIST, _TABLE, Path(__file__))
    return not written.exists() or any(written.stat().st_mtime_ns < path.stat().st_mtime_ns for path in inputs)


def list_files(folder: Path, arch: str) -> None:
    """Write the list of what is in the folder of an architecture: a line for each subfolder, under it its files, each with its hash and its
    part. One that says the same stays as it is."""
    lines: list[str] = []
    inside = None
    every = [file for file in files(folder, arch)[ALL] if file != LIST]
    for file in sorted(every, key=lambda file: (str(Path(file).parent), file)):
        within = "/".join(Path(file).parts[1:-1])
        if within != inside:
            lines.append(within + "/")
            inside = within
        lines.append(f"{Path(file).name} {_hash(folder / file)[:HASH]} {of(file, arch)}")
    content = "\n".join(lines) + "\n"
    if not (folder / LIST).exists() or (folder / LIST).read_text() != content:
        written = folder / f".list.{os.getpid()}"
        written.write_text(content)
        written.replace(folder / LIST)


def write(folder: Path, name: str, arch: str, index: Path) -> None:
    """The package.json files of the folder of an architecture, called `name` in the index, and the index with its files."""
    version = _version()
    found = files(folder, arch)
    for stale in folder.glob("*.json"):
        if not stale.name.startswith("."):
            stale.unlink()
    for part, own in found.items():
        stem = "package" if part == CORE else part
        _write(folder / f"{stem}.json", {"version": version, "urls": [[file, file] for file in own]})
    index.mkdir(parents=True, exist_ok=True)
    with locked(index / ".lock"):
        hashes = {file: _hash(folder / file)[:HASH] for file in found[ALL]}
        for file, short in hashes.items():
            place = index / "file" / short[:2] / short
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((folder / file).read_bytes())
        for part, own in found.items():
            package = {"v": 1, "version": version, "hashes": [[file, hashes[file]] for file in own]}
            for called in ("latest", version):
                _write(index / "package" / _format(folder) / f"latchkey-{name}-{part}" / f"{called}.json", package)
        _sweep(index)


def _sweep(index: Path) -> None:
    """Remove the files that no package of the index names any more."""
    named = {short for path in (index / "package").rglob("*.json") for _, short in json.loads(path.read_text())["hashes"]}
    for path in (index / "file").rglob("*"):
        if path.is_file() and path.name not in named:
            path.unlink()


def _front(part: str) -> list[str]:
    """What a part has of the core: enough to say that the core is missing."""
    return [] if part == CORE else [*_FRONT, *([_CHIP] if part == "chip" else [])]


def _rows() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return _firmwares()["PARTS"]


def _of() -> Callable[[str], str]:
    return _firmwares()["part_of"]


def _firmwares() -> dict:
    """The names of the firmware's module, which is plain Python."""
    held: dict = {}
    exec(compile(_TABLE.read_text(), str(_TABLE), "exec"), held)
    return held


def _version() -> str:
    tree = ast.parse((FIRMWARE / "latchkey" / "__init__.py").read_text())
    (found,) = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__" and isinstance(node.value, ast.Constant)
    ]
    return str(found)


def _format(folder: Path) -> str:
    """The version of the .mpy format, as mip asks the firmware for it."""
    return str(next((folder / "latchkey").rglob("*.mpy")).read_bytes()[1])


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
