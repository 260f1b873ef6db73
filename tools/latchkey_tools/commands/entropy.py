"""Draw bytes from a board's sources of randomness, as they come from them, before any mixing; test them; draw a picture.

  latchkey entropy --port /dev/ttyACM0        a board with latchkey installed, over its REPL
  latchkey entropy --file captured.bin        bytes of any origin

Of each source: the device's own health tests (SP 800-90B 4.4) over what came, estimates of its min-entropy (6.3.1 most common value, 6.3.2
collision, 6.3.3 Markov, 6.3.4 compression; each is a bound from above), byte values, repetitions, correlation of bits. A generator that is
predictable and looks random passes all of this: no number and no picture proves randomness, they show failure. Exit status 1 where
something is wrong with a trusted source.
"""

import argparse
from pathlib import Path

from .. import board
from ..output import Output, Wrong
from ..randomness import LEAST, Findings, Source, draw, examine, picture

KINDS = (".png", ".svg", ".pdf")


def arguments(parser: argparse.ArgumentParser) -> None:
    board.arguments(parser)
    parser.add_argument("--file", type=Path, help="bytes from a file instead")
    parser.add_argument("--source", default="", metavar="WORD", help="only sources with this in their name")
    parser.add_argument("--bytes", type=int, default=16384, metavar="N", help="of each source (default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=Path("randomness.png"), help="the picture: .png, .svg, .pdf (%(default)s)")


def run(options: argparse.Namespace, out: Output) -> int:
    if options.bytes < LEAST:
        raise Wrong(f"--bytes: {LEAST} at least")
    if options.output.suffix not in KINDS:
        raise Wrong(f"-o: a name that ends in {', '.join(KINDS)}")
    if options.file:
        found = [examine(Source(options.file.name, "a file"), options.file.read_bytes())]
    else:
        with board.connected(options) as there:
            there.load("randomness.py")
            found = draw(there.call, options.bytes, options.source, out)
    picture(found, options.output)
    for one in found:
        out.say(f"{one.source.name} ({one.source.standing}): {one.verdict}")
        if one.estimates:
            told = {"most common value": one.min_entropy, **one.estimates}
            bounds = ", ".join(f"{name} {bits:.2f}" for name, bits in told.items())
            out.say(f"  bits of min-entropy a byte, at most: {bounds}; claimed: {one.source.claim}")
    out.say(f"picture: {options.output}")
    out.give(sources=[_facts(one) for one in found], picture=str(options.output))
    return 0 if all(one.sound for one in found if one.source.standing != "not trusted") else 1


def _facts(found: Findings) -> dict[str, object]:
    return {
        "name": found.source.name,
        "standing": found.source.standing,
        "bytes": len(found.data),
        "claim": found.source.claim,
        "min_entropy": round(found.min_entropy, 3),
        "estimates": {name: round(value, 3) for name, value in found.estimates.items()},
        "sound": found.sound,
        "verdict": found.verdict,
    }
