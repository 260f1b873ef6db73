"""What the bundle takes less, and by which of its steps: the least heap of a mutual handshake with 4 KB records and `context.frugal`, for
the package, for the same joined alone, and for the bundle. All are of one tree; from .mpy files, and from a ROMFS.
"""

import sys
import tempfile
from pathlib import Path

from tools.bench.groups._board import BOARD, HEAP_STEP, least, prepare, printed
from tools.build import firmware, mpy
from tools.build.bundle import make
from tools.build.places import BUILD
from tools.laboratory.peers.real import OpenSSL

CALL = "heap.converse([streams.uart(1)], '/host', True, 4096, True)"
JOINED = "-joined"


def joined() -> Path:
    """The folder of .mpy files of the bundle with the sources' own names."""
    sources = BUILD / "bundle-joined"
    make.write(make.make(short=False)[0], sources / "latchkey")
    mpy.compile_listed(sources, BOARD.arch + JOINED, BOARD.arch)
    return BUILD / "mpy" / (BOARD.arch + JOINED)


def metrics() -> list[dict]:
    firmware.build(BOARD, install=True)
    forms = {"package": mpy.compiled(BOARD.arch, False), "joined": joined(), "bundle": mpy.compiled(BOARD.arch, True)}
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as temporary:
        trusted, servers = prepare(Path(temporary))
        with OpenSSL(servers["two"], trusted, groups="P-256", options=["-rev"]) as peer:
            for form, lib in forms.items():
                for place in ("romfs", "mpy"):
                    heap = least(
                        lambda heap, lib=lib, place=place: "yekhctal" in printed(Path(temporary), peer, heap, CALL, place, lib=lib)
                    )
                    print(f"  {form}, {place}: {heap:,} bytes", file=sys.stderr, flush=True)
                    how = f"mutual handshake, 4096 byte records, context.frugal = True, by bisection to {HEAP_STEP}"
                    rows.append({"name": f"bundle.smallest_heap_{form}_{place}_bytes", "value": heap, "unit": "bytes", "how": how})
    return rows
