"""How long a board takes, over its REPL: its arithmetic, its chip, a handshake; saved, and compared with other boards.

  latchkey bench --port /dev/ttyACM0
  latchkey bench example.org --ca root.pem --port /dev/ttyACM0 --resume    a handshake, too (--resume: the network stays on)
  latchkey bench --port /dev/ttyACM0 --save esp32.json --csv boards.csv    keeps it: a record, a row of a table
  latchkey bench --port /dev/ttyACM1 --against esp32.json                  beside another board
  latchkey bench --from esp32.json pico.json                               records alone, no board

Milliseconds: the median of --times runs, after one that loads what is needed. A handshake is the one that `latchkey inspect` times, full
and resumed, and of its time the board's own: without what it waited for the network and the server. "-": not installed, or no room.
"""

import argparse

from .. import board, records, selftest
from ..output import Output, Wrong
from ..records import Record
from .inspect import handshake_arguments, watched


def arguments(parser: argparse.ArgumentParser) -> None:
    handshake_arguments(parser)
    selftest.arguments(parser)
    parser.add_argument("--times", type=int, default=5, metavar="N", help="runs of each (default: %(default)s)")


def run(options: argparse.Namespace, out: Output) -> int:
    if options.times < 1:
        raise Wrong("--times: 1 at least")
    if options.records:
        found = [records.load(path, "bench") for path in [*options.records, *options.against]]
        selftest.show(found, out)
        out.give(boards=[vars(record) for record in found])
        return 0
    record = Record("bench", options.label)
    with board.connected(options) as there:
        tester = selftest.Tester(there, options, record)
        tester.find_chip()
        selftest.run_timings(tester, out, options.times)
        if options.host:
            for resumed in (False, True):
                _handshake(there, options, out, record, resumed)
    selftest.finish(record, options, out)
    return 0


def _handshake(there: board.Board, options: argparse.Namespace, out: Output, record: Record, resumed: bool) -> None:
    trace = watched(there, argparse.Namespace(**vars(options), resumed=resumed, keys=False), out)
    if trace.failed:
        raise Wrong(f"the handshake with {options.host} failed: {trace.failed['text']}")
    if resumed and not trace.report["resumed"]:
        out.note(f"{options.host} resumes no session")
        return
    what = "a resumed handshake" if resumed else "a handshake"
    totals = trace.totals()
    record.results[what] = round(trace.end / 1000, 1)
    record.results[f"{what}, the board's own"] = round((totals["arithmetic"] + totals["chip"]) / 1000, 1)
