"""Which MicroPython runs things on the host, and what it can do.

`MICROPYTHON=` names one; else the wheel installed in .venv; else one on the PATH. It must be 1.24 or later. `find()` probes it once per
process; run as a script this prints what was found.
"""

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build.plain import Plain, command

OLDEST = (1, 24)

# The native architectures in the order of their numbers in an .mpy header (bits 10 to 13 of sys.implementation._mpy).
ARCHITECTURES = (
    "bytecode",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
)

_PATIENCE = 200  # seconds for a program to say what it is: one that is none may wait for ever
_PROBE = """
import sys, json
def has(name, attribute=None):
    try:
        module = __import__(name)
    except ImportError:
        return False
    return attribute is None or hasattr(module, attribute)
def emits(kind):
    try:
        exec("import micropython\\n@micropython." + kind + "\\ndef f(x): return x\\n", {})
    except Exception:
        return False
    return True
print(json.dumps({"name": sys.implementation.name, "version": sys.version.split("; ")[-1], "release": list(sys.implementation.version)[:3],
    "mpy": getattr(sys.implementation, "_mpy", 0), "features": {
    "hashlib": has("hashlib", "sha256"), "cryptolib": has("cryptolib", "aes"), "tls": has("tls"),
    "native": emits("native"), "viper": emits("viper")}}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A MicroPython of this machine: `path` to run, `arch` of the .mpy files it loads, `features` by name."""

    path: str
    version: str
    release: tuple[int, ...]
    arch: str
    features: dict[str, bool]

    def __str__(self) -> str:
        features = " ".join(name if there else "no-" + name for name, there in self.features.items())
        return f"{self.path}: {'.'.join(map(str, self.release))} ({self.version}), .mpy {self.arch}, {features}"


@functools.cache
def find() -> Interpreter:
    """The interpreter to use; Plain says what to do where there is none or it is too old."""
    path = candidate()
    told = probed(path)
    if tuple(told["release"]) < OLDEST:
        raise Plain(
            f"{path} is MicroPython {told['version']}; {'.'.join(map(str, OLDEST))} or later is needed (MICROPYTHON= names another)"
        )
    arch = ARCHITECTURES[told["mpy"] >> 10 & 15]
    return Interpreter(path, told["version"], tuple(told["release"]), arch, dict(sorted(told["features"].items())))


def probed(path: str) -> dict[str, Any]:
    """What a program tells of itself; Plain where it is no MicroPython."""
    said = ""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [path, "-c", _PROBE], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_PATIENCE
        )
        with contextlib.suppress(ValueError):
            told = json.loads(done.stdout)
            if not done.returncode and isinstance(told, dict) and told.get("name", "micropython") == "micropython":
                return told
        said = done.stderr.strip()[-300:]
    raise Plain(f"{path} does not run as MicroPython (MICROPYTHON= names another){': ' * bool(said)}{said}")


def candidate() -> str:
    """Its path, by the order above."""
    asked = os.environ.get("MICROPYTHON")
    if asked:
        found = shutil.which(asked)
        if found is None:
            raise Plain(f"MICROPYTHON={asked}: no such program")
        return found
    wheel = Path(sys.prefix) / "bin" / "micropython"
    found = str(wheel) if wheel.exists() else shutil.which("micropython")
    if found is None:
        raise Plain("no MicroPython: no wheel fits this machine and none is on the PATH (MICROPYTHON= names one)")
    return found


def main() -> int:
    print(find())
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "interpreter"))
