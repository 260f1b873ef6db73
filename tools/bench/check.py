"""`make bench-check`: what handshakes and records cost, in instructions on the emulated Cortex-M7, against `counts.json` in the tree.

A figure that is more than 3 % above the file's fails. Who changes a cost on purpose writes the file anew: `make bench-check WRITE=1`.
The counts repeat to far less than that: see device/cortex.py. Which function it is says `python -m tools.bench.where`.
"""

import argparse
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.bench.groups import _brief
from tools.bench.groups._board import BOARD, prepare, session
from tools.build import firmware
from tools.build.plain import Plain, command
from tools.laboratory.peers.real import OpenSSL

KEPT = Path(__file__).with_name("counts.json")
TOLERANCE = 0.03
HANDSHAKES = (("ecdhe_ecdsa", "p256", False), ("ecdhe_rsa", "rsa2048", False), ("mutual", "two", True))


def counts() -> Iterator[tuple[str, int]]:
    """Each figure by the name that the bench has for it."""
    firmware.build(BOARD, install=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trusted, servers = prepare(folder)
        for name, key, mutual in HANDSHAKES:
            with OpenSSL(servers[key], trusted if mutual else None, groups="P-256", options=["-rev"]) as peer:
                if name == "ecdhe_ecdsa":
                    with session(folder, peer) as board:
                        yield "cold_start.instructions", board.call("cold('/host')")["instructions"]
                with session(folder, peer) as board:
                    board.call(f"warm('/host', mutual={mutual})")
                    yield f"handshake.{name}.instructions", board.call("again()")["instructions"]
                    if name == "ecdhe_ecdsa":
                        told = board.call("bulk(['up', 'down'])")
                        yield "bulk.send_per_kib.instructions", told["up"]
                        yield "bulk.receive_per_kib.instructions", told["down"]
        for name, count, _ in _brief.counts(folder, servers["p256"]):
            yield f"{name}.instructions", count


def judged(now: dict[str, int], before: dict[str, int]) -> list[str]:
    """A line for each figure that rose by more than the tolerance, or that the file does not have."""
    lines = []
    for name, count in now.items():
        if name not in before:
            lines.append(f"{name}: {count:,}, which {KEPT.name} does not have")
        elif count > before[name] * (1 + TOLERANCE):
            lines.append(f"{name}: {count:,}, {count / before[name] - 1:.1%} above {before[name]:,}")
    return lines + [f"{name}: not measured any more" for name in before.keys() - now.keys()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold the costs on the emulated Cortex-M7 against counts.json.")
    parser.add_argument("--write", action="store_true", default=os.environ.get("WRITE", "") not in ("", "0"), help="write it anew")
    write = parser.parse_args().write
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    now = {}
    for name, count in counts():
        now[name] = count
        change = f"{count / before[name] - 1:+.1%}" if name in before else ""
        print(f"{name:40}{count:>14,}  {change}", flush=True)
    if write:
        KEPT.write_text(json.dumps(now, indent=2) + "\n")
    elif worse := judged(now, before):
        raise Plain("\n".join(["more than before:", *worse, "on purpose? `make bench-check WRITE=1`, and say why in the commit"]))
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "bench-check"))
