"""Handshakes and arithmetic on the emulated Cortex-M7, in instructions by QEMU's icount, beside MicroPython's own tls in the same firmware.

The board talks to `openssl s_server` on the host through its second serial port; what it waits for bytes is not counted. Handshake counts
leave out imports, the kernels' self-test and the generator's start-up: those are in cold_start. The heap has 384 KB; in a fuller one a
collection adds one to one and a half million instructions. A "chain of one" is a leaf below the anchor; "mutual" has two certificates on
either side and a key in software.
"""

import sys
import tempfile
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

from tools.bench.groups import _brief, _public
from tools.bench.groups._board import (
    BOARD,
    BUILTIN,
    HEAP_STEP,
    PLACES,
    Session,
    largest_block,
    prepare,
    print_profile,
    session,
    smallest_heap,
)
from tools.build import firmware
from tools.laboratory.peers.real import OpenSSL

Row = tuple[str, int, str]  # name, value, how; a name that does not end with "bytes" is of instructions


def metrics() -> list[dict]:
    firmware.build(BOARD, install=True)
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as temporary:
        for name, value, how in measured(Path(temporary)):
            name, unit = (name, "bytes") if name.endswith("bytes") else (f"{name}.instructions", "instructions")
            print(f"  {name}: {value:,} {unit}", file=sys.stderr, flush=True)
            rows.append({"name": f"cortex_m7.{name}", "value": value, "unit": unit, "how": how})
    return rows


def measured(folder: Path) -> Iterator[Row]:
    trusted, servers = prepare(folder)
    profiles: list[dict] = []
    with OpenSSL(servers["p256"], groups="P-256", options=["-rev"]) as peer:
        yield from with_ecdsa(folder, peer, profiles)
    with OpenSSL(servers["two"], trusted, groups="P-256", options=["-rev"]) as peer:
        with session(folder, peer) as board:
            board.call("warm('/host', mutual=True)")
            how = "two certificates either side, key in software"
            yield again("handshake.mutual", how, board, profiles)
        yield from heaps(folder, peer)
    with OpenSSL(servers["rsa2048"], groups="P-256", options=["-rev"]) as peer, session(folder, peer) as board:
        board.call("warm('/host')")
        yield again("handshake.ecdhe_rsa", "chain of one, RSA-2048 below a P-256 root", board, profiles)
    yield from chain(_brief.counts(folder, servers["p256"]), _public.counts(folder), _brief.smallest_heaps(folder, servers["p256"]))
    how = f"the longest of these three handshakes; kernel {profiles[-1]['kernel']}"
    yield "longest_slice", max(profile["longest"] for profile in profiles), how
    for kind, name in (("p256", "ecdhe_ecdsa"), ("rsa2048", "ecdhe_rsa")):
        with OpenSSL(servers[kind], groups="P-256", options=["-rev"]) as peer, session(folder, peer) as board:
            code = f"builtin('/host', '{BUILTIN[kind]}')"
            board.call(code)
            yield (
                f"builtin_tls.{name}",
                board.call(code)["instructions"],
                "MicroPython's own tls, same firmware and chain, a heap without holes",
            )


def again(name: str, how: str, board: Session, profiles: list[dict]) -> Row:
    """A handshake after the first; where its instructions go is printed, and kept."""
    count = board.call("again()")["instructions"]
    profiles.append(board.call("profile()"))
    print_profile(name.partition(".")[2], profiles[-1])
    return name, count, how


def with_ecdsa(folder: Path, peer: OpenSSL, profiles: list[dict]) -> Iterator[Row]:
    """Against a server with an ECDSA certificate, and what needs no handshake."""
    with session(folder, peer) as board:
        yield "cold_start", board.call("cold('/host')")["instructions"], "fresh interpreter to Finished, from .mpy"
    with session(folder, peer) as board:
        board.call("warm('/host')")
        yield again("handshake.ecdhe_ecdsa", "chain of one", board, profiles)
    for suite in ("", BUILTIN["p256"]):
        with session(folder, peer) as board:
            yield from board.bulk("/host", suite)
    with session(folder, peer) as board:
        board.call("warm('/host', viper=True)")
        yield "handshake.ecdhe_ecdsa_viper", board.call("again()")["instructions"], "chain of one, viper kernels alone"
        yield "longest_slice_viper", board.call("profile()")["longest"], "of that handshake"
    with session(folder, peer) as board:
        for name, count in board.call("arithmetic('/host')").items():
            yield name, count, "one call"
    with session(folder, peer, frozen=True) as board:
        how = "heap held beyond the record buffers, context and trust store included, frozen"
        yield "idle_connection_bytes", board.call("idle('/host')", (1, 2))["idle"], how


def heaps(folder: Path, peer: OpenSSL) -> Iterator[Row]:
    """Of mutual handshakes."""
    for frozen in (True, False):
        with session(folder, peer, frozen=frozen) as board:
            how = "largest piece of heap in use at any slice of a mutual handshake with 2 KB records"
            yield f"largest_block_{'frozen' if frozen else 'mpy'}_bytes", largest_block(board.printed("blocks('/host')")), how
    for place, small in product(PLACES, (False, True)):
        how = "three mutual handshakes one after the other, 4096 byte records, context.frugal = True"
        heap = smallest_heap(folder, peer, 4096, place, True, 3, small)
        yield f"smallest_heap_{place}{'_bundle' * small}_reconnecting_bytes", heap, how
    for place, small, frugal, receive in product(PLACES, (False, True), (True, False), (2048, 4096, 16384)):
        name = place + "_bundle" * small + ("" if frugal else "_not_frugal")
        suffix = "bytes" if receive == 4096 else f"{receive // 1024}k_records_bytes"
        how = f"mutual handshake, {receive} byte records, context.frugal = {frugal}, by bisection to {HEAP_STEP}"
        yield f"smallest_heap_{name}_{suffix}", smallest_heap(folder, peer, receive, place, frugal, 1, small), how
