"""Files on a board: what is there, what has to be, what is copied, whether it came over. mpremote's own calls move the bytes.

An Installation is begun anew at any time: what is as it should be is not copied again, so a copy that broke off goes on.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpremote.transport import TransportExecError
from serial import SerialException

from .board import Board, told
from .output import Output, Wrong

# As sys.implementation._mpy counts them (py/persistentcode.h).
ARCHITECTURES = (
    *("bytecode", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc", "rv64imc"),
)
_FITTING = {"armv7emdp": ("armv7emsp",), "armv7em": ("armv7m",)}  # what such a core runs, too
_FORMAT = 6  # of .mpy files
CORE, _CORES_FILE = "core", "package"  # mip wants that name for what a folder installs by itself
_ASKED = 16  # names in a line for the board
_PIECE = 512  # bytes of a file in a line for the board


@dataclass
class Build:
    """What `make build` wrote for an architecture."""

    folder: Path
    arch: str

    def parts(self) -> list[str]:
        return [CORE, *sorted(path.stem for path in self.folder.glob("[a-z]*.json") if path.stem != _CORES_FILE)]

    def files(self, parts: list[str]) -> list[str]:
        """The files of parts, as they are called below the board's `lib`."""
        there = self.parts()
        if unknown := [part for part in parts if part not in there]:
            raise Wrong(f"{self.folder} has no part {unknown[0]}; the parts are {', '.join(there)}")
        names = [_CORES_FILE if part == CORE else part for part in parts]
        listed = [json.loads((self.folder / f"{name}.json").read_text())["urls"] for name in names]
        return sorted({target for urls in listed for target, _ in urls})


def build_for(facts: dict[str, Any], folder: Path, arch: str | None, small: bool) -> Build:
    """The build that a board of these facts takes; Wrong where there is none."""
    native = ARCHITECTURES[facts["mpy"] >> 10 & 15] if facts["mpy"] & 0xFF else None
    if facts["mpy"] & 0xFF not in (0, _FORMAT):
        raise Wrong(f"the board's MicroPython reads .mpy files of version {facts['mpy'] & 0xFF}, and latchkey's are of version {_FORMAT}")
    fitting = (native, *_FITTING.get(native, ())) if native else ("bytecode",)
    if arch and arch not in fitting:
        raise Wrong(f"the board ({facts['machine']}) takes {' or '.join(fitting)}, not {arch}")
    for name in [arch] if arch else fitting:
        found = folder / f"{name}{'-small' * small}"
        if (found / f"{_CORES_FILE}.json").exists():
            return Build(found, name)
    wanted = arch or fitting[-1]
    raise Wrong(f"{folder} has nothing for this board ({facts['machine']}): make build ARCH={wanted}, in the clone")


@dataclass
class Installation:
    """Contents by their paths on a board."""

    board: Board
    files: dict[str, bytes]
    copied: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """The paths whose contents are others on the board, or are not there."""
        names = sorted(self.files)
        return [name for name, (_, digest) in zip(names, self._hashes(names), strict=True) if digest != _sha256(self.files[name])]

    def make_room(self, missing: list[str], folder: str) -> None:
        """Wrong where what is missing does not fit into the file system of a folder."""
        free, block = self.board.value(f"space({folder!r})")
        before = {name: size for name, (size, _) in zip(missing, self._hashes(missing), strict=True)}
        needed = sum(_blocks(len(self.files[name]), block) - _blocks(before[name], block) for name in missing)
        if needed > free:
            raise Wrong(
                f"the board's file system has {free // 1024} KB free, and {needed // 1024} KB are to be written: "
                "leave parts out (--parts core,...), or remove files"
            )

    def copy(self, missing: list[str], out: Output) -> None:
        for folder in sorted({name.rpartition("/")[0] for name in missing}):
            self.board.call(f"make({folder!r})", out.note)
        with out.progress("copying", sum(len(self.files[name]) for name in missing)) as bar:
            for name in missing:
                self._write(name, bar)

    def _write(self, name: str, bar: Any) -> None:
        data, before = self.files[name], 0

        def advance(written: int, total: int) -> None:
            nonlocal before
            bar.advance(written - before)
            before = written

        try:
            self.board.transport.fs_writefile(name, data, _PIECE, advance)
        except SerialException:
            raise
        except (OSError, TransportExecError) as reason:
            raise Wrong(f"{name} could not be written beyond {before} bytes: the file system is full, or broken ({told(str(reason))})")
        self.copied.append(name)

    def verify(self) -> None:
        """Read everything back."""
        if wrong := self.missing():
            raise Wrong(f"{wrong[0]} reads back as other bytes than were written: the board's flash is worn, or something else wrote there")

    def _hashes(self, names: list[str]) -> list[tuple[int, str]]:
        lines: list[str] = []
        for at in range(0, len(names), _ASKED):
            self.board.call(f"hashes({names[at : at + _ASKED]!r})", lines.append)
        return [(int(words[0]), words[1]) if len(words) == 2 else (0, "") for words in map(str.split, lines)]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blocks(size: int, block: int) -> int:
    return -(-size // block) * block
