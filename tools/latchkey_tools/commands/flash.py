"""Install latchkey on a board: the files that its core takes, the board's own file, certificates. What is there already is not copied.

  latchkey flash --port /dev/ttyACM0                              all of it, out of build/mpy (`make build`)
  latchkey flash --parts core,doctor --board boards/PYBV11        what is needed, and board.py as latchkey_board.py
  latchkey flash root.pem device.pem device.key                   these files, too, beside main.py
  latchkey flash --romfs                                          into the ROMFS partition, whose contents it replaces

The board says which architecture it takes. Every file is read back by its SHA-256. Where a copy broke off, the same line goes on.
Files of an older latchkey that this build does not have are removed, as they could go before its own.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .. import board
from ..board import Board
from ..installation import Build, Installation, build_for
from ..output import Output, Wrong

_BOARD_FILE = "latchkey_board.py"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a file of yours, for the folder where main.py is")
    board.arguments(parser)
    parser.add_argument("--parts", metavar="PART,...", help="only these parts (default: all)")
    parser.add_argument("--small", action="store_true", help="the bundle, which takes less heap")
    parser.add_argument("--romfs", action="store_true", help="into the ROMFS partition: a third less heap than from files")
    parser.add_argument("--board", type=Path, metavar="FOLDER", help="the board's folder, as boards/ESP32_GENERIC")
    parser.add_argument("--build", type=Path, default=Path("build/mpy"), metavar="FOLDER", help="what `make build` wrote (%(default)s)")
    parser.add_argument("--arch", help="insist on an architecture")


def run(options: argparse.Namespace, out: Output) -> int:
    own = _own_files(options)
    with board.connected(options) as there:
        there.load("flash.py")
        facts = there.value("facts()")
        build = build_for(facts, options.build, options.arch, options.small)
        chosen = options.parts.split(",") if options.parts else ["all"]
        package = {name: (build.folder / name).read_bytes() for name in build.files(chosen)}
        package |= {_BOARD_FILE: own.pop(_BOARD_FILE)} if _BOARD_FILE in own else {}
        home = facts["home"].rstrip("/")
        lib = "/rom" if options.romfs else _lib(facts)
        job = Installation(there, {f"{home}/{name}": data for name, data in own.items()})
        if options.romfs:
            _fits(package, facts)
        else:
            job.files |= {f"{lib}/{name}": data for name, data in package.items()}
        removed = [] if options.romfs else _remove_stale(there, build, lib)
        missing = job.missing()
        job.make_room(missing, home or "/")
        job.copy(missing, out)
        job.verify()
    if options.romfs:
        _deploy(there.port, package)
    with board.connected(options) as there:
        there.load("flash.py")
        if options.romfs:
            Installation(there, {f"{lib}/{name}": data for name, data in package.items()}).verify()
        version = _imported(there, lib)
    same = len(job.files) - len(missing)
    done = f"{len(package)} files into the ROMFS" if options.romfs else f"{len(missing)} files copied, {same} were there"
    out.say(
        f"{facts['machine']}: latchkey {version} ({build.folder.name}) is in {lib}: {done}" + f", {len(removed)} removed" * bool(removed)
    )
    out.say("All of them read back as they were written.")
    if facts["romfs"] and not options.romfs:
        out.say("The board has a ROMFS partition: --romfs installs there, where a handshake takes a third less heap.")
    out.give(machine=facts["machine"], arch=build.arch, version=version, place=lib, copied=missing, same=same, removed=removed)
    return 0


def _own_files(options: argparse.Namespace) -> dict[str, bytes]:
    """What the user names, by its name on the board."""
    own = {path.name: path.read_bytes() for path in options.files}
    if options.board:
        file = options.board / "board.py"
        if not file.exists():
            raise Wrong(f"{file} is not there: --board wants a folder of boards/")
        own[_BOARD_FILE] = file.read_bytes()
    return own


def _lib(facts: dict[str, Any]) -> str:
    """The folder for modules: the one beside main.py, where the board looks into that."""
    folders = [path for path in facts["path"] if path.endswith("/lib") and not path.startswith("/rom")]
    beside = facts["home"].rstrip("/") + "/lib"
    if not folders:
        raise Wrong(f"the board looks for modules in {facts['path']}, where no lib is: is its file system mounted?")
    return str(beside if beside in folders else folders[0])


def _remove_stale(there: Board, build: Build, lib: str) -> list[str]:
    """Remove what the build does not have from the package's folder."""
    lines: list[str] = []
    there.call(f"walk({lib + '/latchkey'!r})", lines.append)
    known = set(build.files(["all"]))
    stale = [f"{lib}/latchkey/{name}" for name in lines if f"latchkey/{name}" not in known]
    for name in stale:
        there.transport.fs_rmfile(name)
    return stale


def _fits(package: dict[str, bytes], facts: dict[str, Any]) -> None:
    if not facts["romfs"]:
        raise Wrong("the board's firmware has no ROMFS partition: leave --romfs out, or build a firmware that has one")
    size = sum(map(len, package.values()))
    if size > facts["romfs"]:
        raise Wrong(f"the ROMFS partition has {facts['romfs'] // 1024} KB, and {size // 1024} KB are to be written: name fewer --parts")


def _deploy(port: str, package: dict[str, bytes]) -> None:
    """By mpremote, which knows each port's way of writing flash."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in package.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        line = [sys.executable, "-m", "mpremote", "connect", port, "romfs", "--no-mpy", "deploy", folder]
        done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode or "deployed" not in done.stdout:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise Wrong(f"mpremote could not write the ROMFS; it says: {said[-1]}")


def _imported(there: Board, lib: str) -> str:
    """The version of the latchkey that the board imports, which has to be the one that was installed."""
    there.call("import latchkey", lambda line: None)
    place = there.value("latchkey.__file__")
    if not place.startswith(lib + "/latchkey/"):
        raise Wrong(f"the board imports latchkey from {place}, which goes before {lib}: remove it there, or build its firmware anew")
    return str(there.value("latchkey.__version__"))
