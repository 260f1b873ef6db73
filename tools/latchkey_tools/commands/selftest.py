"""Whether a board computes what is right, draws what is random, and has a chip that works: known answers, over its REPL.

  latchkey selftest --port /dev/ttyACM0
  latchkey selftest --port /dev/ttyACM0 --save esp32.json --csv boards.csv    keeps it: a record, a row of a table
  latchkey selftest --port /dev/ttyACM1 --against esp32.json                  beside another board
  latchkey selftest --from esp32.json pico.json                               records alone, no board

The vectors are those of RFCs and of NIST, computed by the board and judged here, through the kernels that it chose; the pool of randomness
is seeded anew, as a handshake does it, with every source's health tests; the chip draws, signs with the key in a slot (--key-slot), and
verifies. Nothing is written to chip or board. Exit status 1 where anything is wrong.
"""

import argparse

from .. import board, records, selftest
from ..output import Output
from ..records import Record


def arguments(parser: argparse.ArgumentParser) -> None:
    board.arguments(parser)
    selftest.arguments(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    if options.records:
        found = [records.load(path, "selftest") for path in [*options.records, *options.against]]
        selftest.show(found, out)
        out.give(boards=[vars(record) for record in found])
        return int(any(map(_bad, found)))
    record = Record("selftest", options.label)
    with board.connected(options) as there:
        tester = selftest.Tester(there, options, record)
        selftest.run_vectors(tester, out)
        selftest.run_health(tester)
        if tester.find_chip():
            selftest.run_chip(tester)
    selftest.finish(record, options, out)
    bad = _bad(record)
    if bad:
        out.note("WRONG on this board: " + ", ".join(bad))
    return int(bool(bad))


def _bad(record: Record) -> list[str]:
    return [name for name, word in record.results.items() if selftest.is_bad(word)]
