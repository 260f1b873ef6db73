"""Run a handshake on a board, over its REPL, and draw it: both sides' messages, where the time went, the heap, the server's chain.

  latchkey inspect example.org --port /dev/ttyACM0 --resume --ca root.pem   (--resume: the network that the REPL set up stays on)
  latchkey inspect example.org:8883 --resume --context "app.context()"      by the application's own context
  latchkey inspect --from trace.json --svg timeline.svg                     draws a trace again
  latchkey inspect --from new.json --against old.json                       compares two

Two handshakes are made: one is looked at closely (heap, bytes on the wire), one is timed. --resumed does the same for a resumed session.
A handshake that fails is drawn, too: exit status 1, and first of all the last message, the rule and what to try.

--keys switches key logging on, on the board, until its next reset: with --pcapng FILE the recording can then be decrypted.
"""

import argparse
import contextlib
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509

from .. import board, capture, handshake, path, timeline
from ..handshake import Trace
from ..output import Output, Wrong
from ..wire import Server

_PIECE = 1024  # bytes of a certificate file in one line for the board
_CHIP = "__import__('latchkey_board').chip()"


def server_arguments(parser: argparse.ArgumentParser) -> None:
    """Which server, which board, and what the board trusts."""
    parser.add_argument("host", nargs="?", metavar="HOST[:PORT]", help="the server (port 443 where none is named)")
    board.arguments(parser)
    parser.add_argument(
        "--context", metavar="EXPRESSION", help="the board's SSLContext (default: a new one with --ca, or its public roots)"
    )
    parser.add_argument("--ca", type=Path, metavar="FILE", help="trust these certificates (PEM)")


def handshake_arguments(parser: argparse.ArgumentParser) -> None:
    """How a handshake is made."""
    server_arguments(parser)
    parser.add_argument("--transport", metavar="EXPRESSION", help="what gives a connected stream on the board (default: its socket)")
    parser.add_argument("--name", help="the server's name, where it is not HOST")


def arguments(parser: argparse.ArgumentParser) -> None:
    handshake_arguments(parser)
    parser.add_argument("--chip", metavar="EXPRESSION", help="the board's chip, to tell its time apart (default: latchkey_board's, if any)")
    parser.add_argument("--resumed", action="store_true", help="of a session that another handshake began")
    parser.add_argument("--keys", action="store_true", help="log the keys: whoever gets the trace reads the connection")
    parser.add_argument("--from", type=Path, dest="trace", metavar="FILE", help="a trace that was saved, instead of a board")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with this trace")
    parser.add_argument("--save", type=Path, metavar="FILE", help="the trace, as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the timeline as a picture")
    parser.add_argument("--heap-svg", type=Path, metavar="FILE", help="the heap over the handshake as a picture")
    parser.add_argument("--pcapng", type=Path, metavar="FILE", help="what was on the wire, for Wireshark")


def run(options: argparse.Namespace, out: Output) -> int:
    if bool(options.host) == bool(options.trace):
        raise Wrong("name a server, or a trace (--from FILE)")
    if options.trace and options.keys:
        raise Wrong("--keys is for a handshake that a board runs: a trace has keys or has none")
    against = handshake.load(options.against) if options.against else None
    trace = handshake.load(options.trace) if options.trace else _run(options, out)
    for file, write in ((options.svg, timeline.svg), (options.heap_svg, timeline.heap_svg), (options.pcapng, capture.pcapng)):
        if file:
            write(trace, file)
    if options.save:
        trace.save(options.save)
    _show(trace, against, out)
    out.give(**vars(trace), totals=trace.totals(), heap_peak=trace.peak if trace.heap else None)
    if trace.failed:
        out.note(timeline.headline(trace)[0])
    return 1 if trace.failed else 0


def _run(options: argparse.Namespace, out: Output) -> Trace:
    target(options.host)
    with board.connected(options) as there:
        return watched(there, options, out)


def watched(there: board.Board, options: argparse.Namespace, out: Output) -> Trace:
    """Have the board do it."""
    host, port = target(options.host)
    trace = Trace(host, port, options.name or host)
    there.load("inspect.py")
    if options.context:
        there.call(f"_context = {options.context}", out.note)
    else:
        trust(there, options.ca)
    there.call(f"_chip = {options.chip}" if options.chip else _found_chip(), lambda line: None)
    reach = options.transport or f"tcp({host!r}, {port})"
    line = f"inspect(_context, lambda: {reach}, {trace.name!r}, _chip, {options.resumed}, {options.keys})"
    there.call(line, lambda said: trace.take(said) if said.startswith("{") else out.note(said))
    if trace.failed is None and not trace.report:
        raise Wrong("the board told of no handshake: it ran out of memory, or its output was lost; try again after a reset")
    server = Server.of(trace.received())
    if server.chain:
        roots = x509.load_pem_x509_certificates(options.ca.read_bytes()) if options.ca else []
        with contextlib.suppress(ValueError):  # the board has said what it thinks of it
            trace.chain = [link.facts for link in path.links(server.chain, trace.name, roots, trace.now)]
    return trace


def _found_chip() -> str:
    """The board's chip, where its board.py makes one that answers."""
    tried = f"_chip = {_CHIP}\n    _chip = _chip if _chip.ready() else None"
    return f"try:\n    {tried}\nexcept (ImportError, AttributeError, OSError):\n    _chip = None"


def trust(there: board.Board, ca: Path | None) -> None:
    """A context that trusts these certificates, else what the board has."""
    if ca is None:
        there.call("_context = latchkey.create_default_context()", lambda line: None)
        return
    data = ca.read_bytes()
    there.call("_ca = bytearray()", lambda line: None)
    for at in range(0, len(data), _PIECE):
        there.call(f"_ca.extend({data[at : at + _PIECE]!r})", lambda line: None)
    there.call("_context = latchkey.create_default_context(cadata=bytes(_ca))\ndel _ca", lambda line: None)


def target(text: str) -> tuple[str, int]:
    """HOST, HOST:PORT, [ADDRESS]:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.endswith("]")):
        host, port = text, "443"
    if not port.isdigit() or not 0 < int(port) < 65536 or not host.strip("[]"):
        raise Wrong(f"{text}: HOST or HOST:PORT is wanted, as in example.org:8883")
    return host.strip("[]"), int(port)


def _show(trace: Trace, against: Trace | None, out: Output) -> None:
    _say(out, timeline.headline(trace))
    if against:
        _say(out, ["", *timeline.compared(trace, against)])
        return
    _say(out, ["", *timeline.text(trace)])
    if trace.heap:
        out.say(f"\nheap: {trace.peak} bytes at most beyond the {trace.before['live']} before, of what is alive at a message or a read")
    if trace.randomness:
        out.say("randomness: " + ", ".join(one["name"] + ("" if one["trusted"] else " (not trusted)") for one in trace.randomness))
    if trace.chain:
        links = [
            path.Link(one["name"], one["key"], one["ends"], [path.Check(c["check"], c["good"]) for c in one["checks"]])
            for one in trace.chain
        ]
        _say(out, ["\nthe server's chain, as a computer sees it:", *path.lines(links)])


def _say(out: Output, lines: Iterable[str]) -> None:
    for line in lines:
        out.say(line)
