"""Handshakes and arithmetic on the emulated Cortex-M7, in instructions by QEMU's icount, beside MicroPython's own tls in the same firmware.

The board talks to `openssl s_server` on the host through its second serial port; what it waits for bytes is not counted. Handshake counts
leave out imports, the kernels' self-test and the generator's start-up: those are in cold_start. The heap has 384 KB; in a fuller one a
collection adds one to one and a half million instructions. A "chain of one" is a leaf below the anchor; "mutual" has two certificates on
either side and a key in software.
"""

import sys
import tempfile
from itertools import chain, product
from pathlib import Path

from tools.bench.groups import _brief, _public
from tools.bench.groups._board import BOARD, BUILTIN, HEAP_STEP, PLACES, largest_block, prepare, print_profile, session, smallest_heap
from tools.build import firmware
from tools.laboratory.peers.real import OpenSSL


def metrics() -> list[dict]:
    firmware.build(BOARD, install=True)
    rows: list[dict] = []

    def add(name: str, value: int, unit: str, how: str) -> None:
        print(f"  {name}: {value:,} {unit}", file=sys.stderr, flush=True)
        rows.append({"name": f"cortex_m7.{name}", "value": value, "unit": unit, "how": how})

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trusted, servers = prepare(folder)
        options = ["-rev"]
        with OpenSSL(servers["p256"], groups="P-256", options=options) as peer:
            with session(folder, peer) as board:
                add(
                    "cold_start.instructions",
                    board.call("cold('/host')")["instructions"],
                    "instructions",
                    "fresh interpreter to Finished, from .mpy",
                )
            with session(folder, peer) as board:
                board.call("warm('/host')")
                add("handshake.ecdhe_ecdsa.instructions", board.call("again()")["instructions"], "instructions", "chain of one")
                closer = board.call("profile()")
                slices = [closer["longest"]]
                print_profile("ECDHE-ECDSA", closer)
            for suite in ("", BUILTIN["p256"]):
                with session(folder, peer) as board:
                    for name, count, how in board.bulk("/host", suite):
                        add(f"{name}.instructions", count, "instructions", how)
            with session(folder, peer) as board:
                board.call("warm('/host', viper=True)")
                add(
                    "handshake.ecdhe_ecdsa_viper.instructions",
                    board.call("again()")["instructions"],
                    "instructions",
                    "chain of one, viper kernels alone",
                )
                add("longest_slice_viper.instructions", board.call("profile()")["longest"], "instructions", "of that handshake")
            with session(folder, peer) as board:
                for name, count in board.call("arithmetic('/host')").items():
                    add(f"{name}.instructions", count, "instructions", "one call")
            with session(folder, peer, frozen=True) as board:
                told = board.call("idle('/host')", (1, 2))
                add(
                    "idle_connection_bytes",
                    told["idle"],
                    "bytes",
                    "heap held beyond the record buffers, context and trust store included, frozen",
                )
        with OpenSSL(servers["two"], trusted, groups="P-256", options=options) as peer:
            with session(folder, peer) as board:
                board.call("warm('/host', mutual=True)")
                add(
                    "handshake.mutual.instructions",
                    board.call("again()")["instructions"],
                    "instructions",
                    "two certificates either side, key in software",
                )
                closer = board.call("profile()")
                slices.append(closer["longest"])
                print_profile("mutual", closer)
            for frozen in (True, False):
                with session(folder, peer, frozen=frozen) as board:
                    add(
                        f"largest_block_{'frozen' if frozen else 'mpy'}_bytes",
                        largest_block(board.printed("blocks('/host')")),
                        "bytes",
                        "largest piece of heap in use at any slice of a mutual handshake with 2 KB records",
                    )
            for place, small in product(PLACES, (False, True)):
                add(
                    f"smallest_heap_{place}{'_bundle' * small}_reconnecting_bytes",
                    smallest_heap(folder, peer, 4096, place, True, 3, small),
                    "bytes",
                    "three mutual handshakes one after the other, 4096 byte records, context.frugal = True",
                )
            for place, small, frugal, receive in product(PLACES, (False, True), (True, False), (2048, 4096, 16384)):
                name = place + "_bundle" * small + ("" if frugal else "_not_frugal")
                suffix = "bytes" if receive == 4096 else f"{receive // 1024}k_records_bytes"
                add(
                    f"smallest_heap_{name}_{suffix}",
                    smallest_heap(folder, peer, receive, place, frugal, 1, small),
                    "bytes",
                    f"mutual handshake, {receive} byte records, context.frugal = {frugal}, by bisection to {HEAP_STEP}",
                )
        with OpenSSL(servers["rsa2048"], groups="P-256", options=options) as peer, session(folder, peer) as board:
            board.call("warm('/host')")
            add(
                "handshake.ecdhe_rsa.instructions",
                board.call("again()")["instructions"],
                "instructions",
                "chain of one, RSA-2048 below a P-256 root",
            )
            closer = board.call("profile()")
            slices.append(closer["longest"])
            print_profile("ECDHE-RSA", closer)
        for name, count, how in chain(_brief.counts(folder, servers["p256"]), _public.counts(folder)):
            add(f"{name}.instructions", count, "instructions", how)
        for name, heap, how in _brief.smallest_heaps(folder, servers["p256"]):
            add(name, heap, "bytes", how)
        how = f"the longest of these three handshakes; kernel {closer['kernel']}"
        add("longest_slice.instructions", max(slices), "instructions", how)
        for kind, name in (("p256", "ecdhe_ecdsa"), ("rsa2048", "ecdhe_rsa")):
            with OpenSSL(servers[kind], groups="P-256", options=options) as peer, session(folder, peer) as board:
                code = f"builtin('/host', '{BUILTIN[kind]}')"
                board.call(code)
                add(
                    f"builtin_tls.{name}.instructions",
                    board.call(code)["instructions"],
                    "instructions",
                    "MicroPython's own tls, same firmware, server and chain, a heap without holes",
                )
    return rows
