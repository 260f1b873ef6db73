"""The figures of cortex_m7 on another emulated core: handshakes, single operations, the longest slice, in instructions."""

import sys
import tempfile
from itertools import chain
from pathlib import Path

from tools.bench.groups import _brief, _public
from tools.bench.groups._board import prepare, print_profile, session
from tools.build import firmware
from tools.laboratory.peers.real import OpenSSL

# name, the server's key, whether the client has a certificate, how
HANDSHAKES = (
    ("ecdhe_ecdsa", "p256", False, "chain of one"),
    ("ecdhe_rsa", "rsa2048", False, "chain of one, RSA-2048 below a P-256 root"),
    ("mutual", "two", True, "two certificates either side, key in software"),
)


def metrics(core: str) -> list[dict]:
    """The rows of a core, by the name that --core has for it."""
    board = firmware.CORES[core]
    firmware.build(board, install=True)
    rows: list[dict] = []
    slices: list[tuple[int, str]] = []

    def add(name: str, value: int, how: str) -> None:
        print(f"  {name}: {value:,} instructions", file=sys.stderr, flush=True)
        rows.append({"name": f"{core}.{name}.instructions", "value": value, "unit": "instructions", "how": how})

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trusted, servers = prepare(folder, board)
        for name, key, mutual, how in HANDSHAKES:
            with OpenSSL(servers[key], trusted if mutual else None, groups="P-256", options=["-rev"]) as peer:
                if name == "ecdhe_ecdsa":
                    with session(folder, peer, board=board) as running:
                        add("cold_start", running.call("cold('/host')")["instructions"], "fresh interpreter to Finished, from .mpy")
                    with session(folder, peer, board=board) as running:
                        for operation, count in running.call("arithmetic('/host')").items():
                            add(operation, count, "one call")
                with session(folder, peer, board=board) as running:
                    running.call(f"warm('/host', mutual={mutual})")
                    add(f"handshake.{name}", running.call("again()")["instructions"], how)
                    closer = running.call("profile()")
                    slices.append((closer["longest"], closer["kernel"]))
                    print_profile(name, closer)
                if name == "ecdhe_ecdsa":
                    with session(folder, peer, board=board) as running:
                        for row in running.bulk("/host"):
                            add(*row)
        for row in chain(_brief.counts(folder, servers["p256"], board), _public.counts(folder, board)):
            add(*row)
    longest, kernel = max(slices)
    add("longest_slice", longest, f"the longest of these three handshakes; kernel {kernel}")
    return rows
