"""The parts that the package is installed in, for mip, which knows no architecture:

build/mpy/ARCH/package.json   the core; relative URLs, so that the folder may lie on any server, or be named to mpremote as it is
build/mpy/ARCH/PART.json      another part; all.json: everything
build/mip/                    an index of all that was built (`mip install latchkey-ARCH-PART`, index=...), with hashes: what a board
                              has already is not fetched again

What is in no row of the table is the core. A part is named for the module that is missed first, which MicroPython's own ImportError
says. A module stands for its kernels, too (`crypto.rsa_sign` for `crypto.kernel_thumb2_rsa_sign`), a package for all but its `__init__`.
No part depends on another by its package.json, whose dependencies can't be relative.
"""

import ast
import fnmatch
import hashlib
import json
from pathlib import Path

from tools.build.places import FIRMWARE, locked

CORE, EXTRA, ALL = "core", "extra", "all"
HASH = 16  # hexadecimal digits of a SHA-256; mip takes as many as it is given

_PARTS = (
    ("x25519", ("crypto.x25519", "crypto.field.ladder")),
    ("chacha20poly1305", ("crypto.chacha20poly1305", "tls.implicit_nonce")),
    ("ccm", ("crypto.ccm", "tls.short_tag")),
    ("psk", ("tls.psk",)),
    ("rsa_sign", ("crypto.rsa_sign",)),
    ("ocsp", ("x509.ocsp",)),
    ("certificate_request", ("certificate_request", "device_key")),
    ("chip", ("secure_element",)),
    (
        "doctor",
        ("doctor", *(f"errors_text.{name}" for name in ("connection", "crypto", "entropy", "refusals", "secure_element", "tls", "x509"))),
    ),
)

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
    return (CORE, *(part for part, _ in _PARTS), EXTRA)


def of(file: str, arch: str) -> str:
    """The part that a file belongs to, given as it is called in the folder of an architecture."""
    path = Path(file)
    extra = [pattern for archs, patterns in _EXTRA.items() if fnmatch.fnmatch(arch, archs) for pattern in patterns]
    if any(fnmatch.fnmatch(path.stem, pattern) for pattern in extra):
        return EXTRA
    return CORE if path.stem == "__init__" else _of(path.with_suffix("").parts[1:])


def files(folder: Path, arch: str) -> dict[str, list[str]]:
    """Part -> its files in the folder of an architecture, and under "all" each once; a part without any is left out."""
    every = [str(path.relative_to(folder)) for path in sorted((folder / "latchkey").rglob("*")) if path.is_file()]
    found: dict[str, list[str]] = {part: [] for part in names()}
    for file in every:
        found[of(file, arch)].append(file)
    return {**{part: own for part, own in found.items() if own}, ALL: every}


def stale(folder: Path) -> bool:
    """Whether its package.json files are missing, or were written by another table than this."""
    written = folder / "package.json"
    return not written.exists() or written.stat().st_mtime < Path(__file__).stat().st_mtime


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


def _of(module: tuple[str, ...]) -> str:
    """The part that a module is in, given in its steps below `latchkey`."""
    name = ".".join(module)
    for part, members in _PARTS:
        for member in members:
            kernel = module[0] == "crypto" and module[-1].startswith("kernel_") and name.endswith("_" + member.rpartition(".")[2])
            if kernel or name == member or name.startswith(member + "."):
                return part
    return CORE


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
