"""Which MicroPython runs things on the host, and what it can do.

`MICROPYTHON=` names one; else the wheel installed in .venv; else one on the PATH. It must be 1.24 or later. `find()` probes it once per
process; run as a script this prints what was found.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
print(json.dumps({"version": sys.version.split("; ")[-1], "release": list(sys.implementation.version)[:3],
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
    """The interpreter to use; exits with what to do where there is none or it is too old."""
    path = candidate()
    done = subprocess.run([path, "-c", _PROBE], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{path} does not run as MicroPython: {done.stderr.strip()[-300:]}")
    told = json.loads(done.stdout)
    if tuple(told["release"]) < OLDEST:
        sys.exit(f"{path} is MicroPython {told['version']}; {'.'.join(map(str, OLDEST))} or later is needed (MICROPYTHON= names another)")
    arch = ARCHITECTURES[told["mpy"] >> 10 & 15]
    return Interpreter(path, told["version"], tuple(told["release"]), arch, dict(sorted(told["features"].items())))


def candidate() -> str:
    """Its path, by the order above."""
    asked = os.environ.get("MICROPYTHON")
    if asked:
        found = shutil.which(asked)
        if found is None:
            sys.exit(f"MICROPYTHON={asked}: no such program")
        return found
    wheel = Path(sys.prefix) / "bin" / "micropython"
    found = str(wheel) if wheel.exists() else shutil.which("micropython")
    if found is None:
        sys.exit("no MicroPython: no wheel fits this machine and none is on the PATH (MICROPYTHON= names one)")
    return found


if __name__ == "__main__":
    print(find())
