"""Handshakes on the Unix port beside MicroPython's own `tls` (mbedTLS) and tlslite-ng on CPython: same suite, same server, same run.

CPU time is the client's process alone, user and system: a process with many handshakes minus one with few, so that imports, the
interpreter's start and the context do not count. Heap is `gc.mem_alloc()` after a collection, sampled at each call of the
transport (and, for latchkey, at each slice of work). The smallest heap is searched downwards with `-X heapsize=`.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.build import interpreter, mpy
from tools.build.plain import Plain
from tools.laboratory import pki
from tools.laboratory.micropython_process import command, micropython_process
from tools.laboratory.peers.real import OpenSSL

DEVICE = Path(__file__).parents[1] / "device" / "bench.py"
DOWNLOAD = Path(__file__).parent.parent / "device" / "download.py"
HEAP = Path(__file__).parents[1] / "device" / "heap.py"
STREAMS = Path(__file__).parents[2] / "laboratory" / "device" / "streams.py"
TLSLITE = Path(__file__).parents[1] / "tlslite_client.py"
BULK = Path(__file__).parents[1] / "device" / "bulk.py"
LINE = 16380  # as there
FEW, MANY = 2, 22
LINES = {"latchkey": 40, "tls": 1000, "tlslite": 10}  # of bulk, as many as take some tenths of a second
STEP = 2048  # to which the smallest heap is found
LARGEST = 256 * 1024


def cpu_seconds(line: list[str], environment: dict[str, str] | None = None) -> float:
    """User and system time of a process that must succeed."""
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Plain(f"{' '.join(line)} failed")
    return usage.ru_utime + usage.ru_stime


def per_handshake(line, many: int = MANY) -> float:
    """CPU seconds of one handshake; `line(count)` is the command of `count` of them. The better of three, against other load."""
    return min((cpu_seconds(*line(many)) - cpu_seconds(*line(FEW))) / (many - FEW) for _ in range(3))


def told(kind: str, port: int, root: Path, *more: str, count: int = 1, **options) -> dict[str, int] | None:
    """What device/bench.py prints of the last of so many handshakes, or None if one failed."""
    done = micropython_process(DEVICE, [kind, count, port, root, *more], **options)
    if done.returncode:
        return None
    return {name: int(value) for name, value in (pair.split("=") for pair in done.stdout.split())}


def fits(heap: int, port: int, root: Path, *, receive: int, frugal: bool = False) -> bool:
    """Whether a handshake and a line both ways succeed in so many bytes of heap."""
    arch = interpreter.find().arch
    code = f"import heap, streams\nheap.converse([streams.tcp({port})], {str(root.parent)!r}, False, {receive}, {frugal})"
    done = micropython_process(code, heapsize=heap, path=[mpy.script(script, arch).parent for script in (HEAP, STREAMS)])
    if done.returncode and "MemoryError" not in done.stdout + done.stderr:
        raise RuntimeError(f"not for want of memory: {done.stdout}{done.stderr}")
    return done.returncode == 0 and "yekhctal" in done.stdout


def smallest_heap(port: int, root: Path, **options: Any) -> int:
    """The least heap above which none fails: as it fills up, whether there is a piece large enough becomes a matter of chance."""
    heap = LARGEST
    while fits(heap - STEP, port, root, **options):
        heap -= STEP
    if heap == LARGEST:
        raise RuntimeError("it takes more heap than was thought possible")
    return heap


@contextmanager
def server(resumption: bool = False) -> Iterator[tuple[int, Path]]:
    """The port of the server that all meet, and the root's DER. `resumption`: it gives tickets."""
    trusted, credential, _ = pki.demo()
    options = {"cipher": "ECDHE-ECDSA-AES128-GCM-SHA256", "groups": "P-256", "options": ["-rev"]}
    with tempfile.TemporaryDirectory() as folder, OpenSSL(credential, resumption=resumption, **options) as peer:
        trusted.write(Path(folder))
        yield peer.port, Path(folder) / "root.der"


def both(port: int, root: Path) -> tuple[dict[str, int], dict[str, int]]:
    """What one handshake told, ours and that of MicroPython's tls."""
    ours, theirs = (told(kind, port, root, "heap") for kind in ("latchkey", "tls"))
    if not ours or not theirs:
        raise Plain("a handshake failed")
    return ours, theirs


def downloads() -> list[dict]:
    """What a download takes beside the built-in's: polls by asyncio (each waits a millisecond on this port), garbage a KB."""
    size, rows = 256 * 1024, []
    trusted, credential, _ = pki.demo()
    with (
        tempfile.TemporaryDirectory() as folder,
        OpenSSL(credential, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", groups="P-256", options=["-WWW"]) as peer,
    ):
        trusted.write(Path(folder))
        (peer.folder / "data").write_bytes(bytes(size))

        def measure(kind: str, what: str) -> int:
            done = micropython_process(DOWNLOAD, [kind, what, peer.port, Path(folder) / "root.der", size])
            if done.returncode:
                raise Plain(f"a download failed: {done.stdout}{done.stderr}")
            return int(done.stdout)

        for kind, prefix in (("latchkey", "unix.asyncio"), ("tls", "unix.builtin_tls.asyncio")):
            polls = measure(kind, "polls")
            rows.append(row(f"{prefix}.polls_per_record", round(polls * 16384 / size, 2), "polls", "asyncio, read(4096), records of 16 KB"))
        rows.append(
            row("unix.read.garbage_per_kib_bytes", measure("latchkey", "garbage"), "bytes", "readinto of 1 KB over a blocking socket")
        )
    return rows


def bulk(port: int, root: Path) -> list[dict]:
    """What data take once there is a connection, beside the built-in's and tlslite-ng's."""
    taken = {kind: per_handshake(lambda n, kind=kind: command(BULK, [kind, n, port, root]), LINES[kind]) for kind in ("latchkey", "tls")}
    ours, builtin = taken.values()
    tlslite = per_handshake(lambda n: ([sys.executable, str(TLSLITE), str(n), str(port), str(LINE)], None), LINES["tlslite"])
    how = "CPU of ours / of {}, for 16 KB up and down again, each in a record"
    return [
        row("unix.bulk.cpu_ratio_builtin_tls", round(ours / builtin, 1), "ratio", how.format("MicroPython's tls")),
        row("unix.bulk.cpu_ratio_tlslite", round(ours / tlslite, 3), "ratio", how.format("tlslite-ng on CPython")),
    ]


def metrics() -> list[dict]:
    with server() as (port, root):
        data = bulk(port, root)
        ours = per_handshake(lambda n: command(DEVICE, ["latchkey", n, port, root]))
        builtin = per_handshake(lambda n: command(DEVICE, ["tls", n, port, root]))
        tlslite = per_handshake(lambda n: ([sys.executable, str(TLSLITE), str(n), str(port)], None))
        mine, theirs = both(port, root)
        heaps = {
            "smallest_heap_bytes": (smallest_heap(port, root, receive=16384), "buffers as they are by default"),
            "smallest_heap_frugal_bytes": (smallest_heap(port, root, receive=16384, frugal=True), "the same, frugal"),
            "smallest_heap_4k_records_bytes": (smallest_heap(port, root, receive=4096), "receive_buffer=4096"),
        }
    with server(resumption=True) as (port, root):  # the first few handshakes, which are taken off, have the full one among them
        resumed = per_handshake(lambda n: command(DEVICE, ["latchkey", n, port, root]))
    return [
        row("unix.handshake.cpu_ratio_builtin_tls", round(ours / builtin, 2), "ratio", "CPU of ours / of MicroPython's tls"),
        row(
            "unix.handshake.cpu_ratio_tlslite",
            round(ours / tlslite, 2),
            "ratio",
            "CPU of ours / of tlslite-ng on CPython, which verifies no chain",
        ),
        row("unix.resumed.cpu_ratio_full", round(resumed / ours, 3), "ratio", "CPU of a resumed handshake / of a full one"),
        row(
            "unix.resumed.cpu_ratio_builtin_full",
            round(resumed / builtin, 3),
            "ratio",
            "CPU of a resumed handshake / of a full one of MicroPython's tls",
        ),
        row("unix.handshake.heap_peak_bytes", mine["peak"], "bytes", "gc.mem_alloc, sampled at each slice, code from .mpy"),
        row("unix.builtin_tls.heap_peak_bytes", theirs["peak"], "bytes", "the same of MicroPython's tls, sampled at each read and write"),
        *[
            row(f"unix.handshake.{name}", heap, "bytes", f"{how}; -X heapsize= downwards by {STEP} to the first that fails, code from .mpy")
            for name, (heap, how) in heaps.items()
        ],
        *data,
        *downloads(),
    ]


def row(name: str, value: float, unit: str, how: str) -> dict:
    return {"name": name, "value": value, "unit": unit, "how": f"{how}; ECDHE-ECDSA P-256, two certificates, openssl s_server"}
