"""Have a board connect to a server, over its REPL: what stands in the way, at which step it ends, what was verified.

  latchkey connect example.org --port /dev/ttyACM0 --resume --ca root.pem   (--resume: the network that the REPL set up stays on)
  latchkey connect broker.example:8883 --resume --context "app.context()"   by the application's own context
  latchkey connect                                                          the board alone: arithmetic, clock, randomness, heap

It is the board's own latchkey.doctor.report(host, port). Lines that begin with "!" want something done: exit status 1.
`latchkey inspect` draws the handshake.
"""

import argparse

from .. import board
from ..output import Output
from .inspect import server_arguments, target, trust

arguments = server_arguments


def run(options: argparse.Namespace, out: Output) -> int:
    named = target(options.host) if options.host else None
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        out.say(line)

    with board.connected(options) as there:
        there.call("import latchkey\n_context = None", out.note)
        if options.context:
            there.call(f"_context = {options.context}", out.note)
        elif options.ca:
            trust(there, options.ca)
        there.call(f"latchkey.doctor.report({named[0]!r}, {named[1]}, _context)" if named else "latchkey.doctor.report()", take)
    wanting = [line[2:] for line in lines if line.startswith("! ")]
    out.give(lines=lines, wanting=wanting)
    return 1 if wanting else 0
