"""The pictures in the README (`make pictures`): a mutual handshake with the chip, the same resumed, the heap over it, and bars of ours
against MicroPython's own tls out of build/bench.json.

The handshakes are those of MicroPython's Unix port with `openssl s_server`, by `latchkey inspect`; the chip is the simulated one, whose
times are the datasheet's. So arithmetic is a computer's, and the chip a chip's. Times differ from run to run, and so do the pictures.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import sys
import tempfile
from html import escape
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from cryptography.hazmat.primitives.asymmetric import ec

from tools.bench.__main__ import RESULT
from tools.build import interpreter, mpy
from tools.build.places import ROOT
from tools.build.plain import Plain, command
from tools.laboratory import pki
from tools.laboratory.atecc_simulator import setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli
from tools.latchkey_tools.board import connected

FOLDER = ROOT / "firmware" / "manual"
_DEVICE = ROOT / "tools" / "laboratory" / "device"
_SUITE = "ECDHE-ECDSA-AES128-GCM-SHA256"

# Simulated time passes with the board's own, so that what the board computes takes as long as it takes.
_PRELUDE = """
import time as _real
import simulated_i2c
link = simulated_i2c.Link(__import__("streams").tcp({chip}))
clock = link.install_time()
_simulated, _last = clock.ticks_us, [_real.ticks_us()]
def _ticks_us():
    now = _real.ticks_us()
    link.pass_us(_real.ticks_diff(now, _last[0]))
    _last[0] = now
    return _simulated()
clock.ticks_us = _ticks_us
from latchkey.secure_element import ATECC
chip = ATECC(simulated_i2c.I2C(link, freq=100000))
import latchkey
context = latchkey.SSLContext()
context.load_verify_locations("root.pem")
context.load_cert_chain("chain.pem", chip.private_key(0))
"""


def handshakes(folder: Path) -> None:
    """handshake.svg, heap.svg, resumed.svg."""
    root, server, device = pki.demo()
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    memory = setups.tls_client()
    setups.set_private_key(memory, 0, device.key.private_numbers().private_value)
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (home / "root.pem").write_bytes(root.pem)
        (home / "chain.pem").write_bytes(device.chain_pem)
        simulation = stack.enter_context(Simulation(memory))
        board = stack.enter_context(UnixBoard([_DEVICE, mpy.package(interpreter.find().arch)], home))
        peer = stack.enter_context(OpenSSL(server, root, cipher=_SUITE, resumption=True, options=["-rev"]))
        line = ["inspect", f"127.0.0.1:{peer.port}", "--name", "localhost", "--port", board.port, "--resume"]
        line += ["--context", "context", "--chip", "chip"]
        with connected(argparse.Namespace(port=board.port, resume=True)) as there:  # before anything there asks for the time
            there.call(_PRELUDE.format(chip=simulation.port), lambda said: None)
        for name, more in (("handshake", ["--heap-svg", str(folder / "heap.svg")]), ("resumed", ["--resumed"])):
            with contextlib.redirect_stdout(io.StringIO()) as said:
                status = cli.main([*line, "--svg", str(folder / f"{name}.svg"), *more])
            if status:
                raise Plain(said.getvalue())


def bars(rows: list[dict], path: Path) -> None:
    """Each pair of ours and the built-in's, of instructions, as two bars on a scale of their own; of what has no pair, nothing."""
    values = {row["name"]: row["value"] for row in rows}
    found = sorted(filter(None, (_pair(name, values) for name in values)))
    if not found:
        raise Plain(f"{RESULT} has no row of the built-in tls beside ours: make bench ONLY=cortex_m7")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{56 + 70 * len(found)}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="20" y="26" font-weight="bold">instructions: latchkey, and MicroPython\'s own tls in the same firmware</text>',
    ]
    for place, (what, ours, theirs) in enumerate(found):
        y = 44 + 70 * place
        lines.append(f'<text x="20" y="{y + 12}">{escape(what)}</text>')
        for row, (who, value, colour) in enumerate((("latchkey", ours, "#f28e2b"), ("tls", theirs, "#4e79a7"))):
            at, wide = y + 18 + 21 * row, max(1, 660 * value / max(ours, theirs))
            lines.append(f'<text x="90" y="{at + 14}" text-anchor="end">{who}</text>')
            lines.append(f'<rect x="100" y="{at}" width="{wide:.1f}" height="18" fill="{colour}"/>')
            lines.append(f'<text x="{106 + wide:.1f}" y="{at + 14}">{_millions(value)}</text>')
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")


def _pair(name: str, values: dict[str, int]) -> tuple[str, int, int] | None:
    """What it is of, ours and theirs."""
    group, _, what = name.removesuffix(".instructions").partition(".builtin_tls.")
    for ours in (f"{group}.handshake.{what}.instructions", f"{group}.{what}.instructions"):
        if what and name.endswith(".instructions") and ours in values:
            kind = "a handshake, " if ".handshake." in ours else ""
            return f"{group}: {kind}{_words(what)}", values[ours], values[name]
    return None


_WORDS = {"bulk.": "", "send_per_kib": "a KB to the server", "receive_per_kib": "a KB from the server", "_16k": ", 16 KB", "_": " "}


def _words(what: str) -> str:
    for short, long in _WORDS.items():
        what = what.replace(short, long)
    return what


def _millions(value: int) -> str:
    return f"{value / 1e6:.1f} M" if value >= 1e6 else f"{value / 1e6:.3f} M"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    handshakes(folder)
    print(f"pictures: {folder}/handshake.svg, heap.svg, resumed.svg")
    if RESULT.exists():
        bars(json.loads(RESULT.read_text())["metrics"], folder / "builtin.svg")
        print(f"pictures: {folder}/builtin.svg, out of {RESULT}")
    else:
        print(f"pictures: no {RESULT}, so no bars: make bench ONLY=cortex_m7")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "pictures"))
