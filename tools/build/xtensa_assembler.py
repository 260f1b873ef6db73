"""Debian's Xtensa assembler and linker, made to know a core with register windows: they are for the ESP8266's, which has none.

They read a core's description from a plug-in (binutils, include/xtensa-dynconfig.h), which is compiled here from QEMU's own description of
the core it emulates, de212.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tools.build import debian_source
from tools.build.places import BUILD, ROOT, locked

_SOURCE = ROOT / "boards/qemu_common/xtensa/assembler_plugin.c"


def environment() -> dict[str, str]:
    """The environment in which they know it."""
    return {**os.environ, "XTENSA_GNU_CONFIG": str(_plugin())}


def _plugin() -> Path:
    folder = BUILD / "firmware" / "xtensa_assembler"
    made = folder / "de212.so"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        if not made.exists() or made.stat().st_mtime < _SOURCE.stat().st_mtime:
            _compile(folder, made)
    return made


def _compile(folder: Path, made: Path) -> None:
    sources = BUILD / "debian"
    sources.mkdir(parents=True, exist_ok=True)
    qemu = debian_source.fetch("qemu", sources, ("target/xtensa/", "include/hw/xtensa/"))
    cores = qemu / "target" / "xtensa"
    (folder / "qemu").mkdir(exist_ok=True)
    (folder / "qemu" / "osdep.h").touch()
    modules = (cores / "core-de212" / "xtensa-modules.c.inc").read_text()
    (folder / "modules.inc").write_text(modules.replace("static xtensa_isa_internal xtensa_modules", "xtensa_isa_internal xtensa_modules"))
    include = [f"-I{path}" for path in (folder, cores / "core-de212", cores, qemu / "include")]
    subprocess.run(["cc", "-O1", "-w", "-shared", "-fPIC", *include, "-o", f"{made}.new", _SOURCE], check=True)
    Path(f"{made}.new").rename(made)
