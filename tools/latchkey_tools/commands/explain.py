"""What an alert, a cause or an error of latchkey's means, where its rule stands, and what to try.

latchkey explain 47                      an alert (0 to 255), as a server sends it, or a cause (300 and above)
latchkey explain unknown_ca              the same by its name
latchkey explain "TLSError: (-564, 'the issuer of ...')"     an error line
latchkey explain < traceback.txt         a traceback off the REPL; one of the bundle is shown with the sources' names
"""

import argparse
import re
import sys
from pathlib import Path

from .. import meaning
from ..meaning import Cause
from ..output import Output, Wrong


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="*", help="a number, a name, or an error line; without it stdin is read")
    parser.add_argument("--names", type=Path, metavar="FILE", help="the names.json of the bundle that the traceback is of")


def run(options: argparse.Namespace, out: Output) -> int:
    if not options.what and sys.stdin.isatty():
        out.note("paste the error or the traceback, then Ctrl-D")
    text = (" ".join(options.what) if options.what else sys.stdin.read()).strip()
    if meaning.is_traceback(text) and meaning.is_of_a_bundle(text):
        text = meaning.with_long_names(text, meaning.names(options.names))
        out.say(text)
        out.give(traceback=text)
    found = _named(text)
    if not found and "traceback" not in out.facts:
        raise Wrong("no alert, cause or error of latchkey's is in this: give a number, a name, or the whole line")
    for item in found:
        _tell_cause(item, out) if isinstance(item, Cause) else _tell_alert(item, out)
    return 0


def _named(text: str) -> list[Cause | int]:
    """The causes and alerts that a text names."""
    if re.fullmatch(r"-?\d+", text):
        number = abs(int(text))
        if number in meaning.causes():
            return [meaning.causes()[number]]
        if number <= 255:
            return [number]
        raise Wrong(f"{number} is neither an alert (0 to 255) nor a cause; is it an errno of the port's?")
    if re.fullmatch(r"[\w-]+", text):
        return list(meaning.nearest(text))
    return [*meaning.causes_in(text), *meaning.alerts_in(text)]


def _tell_cause(cause: Cause, out: Output) -> None:
    sentence = cause.sentence.replace("{}", "...")
    rules = cause.rules
    sends = "nothing" if cause.alert is None else f"alert {cause.alert}, {meaning.alerts()[cause.alert]}"
    out.say(f"{cause.number} {cause.name} ({cause.package})")
    _lines(out, "", [sentence])
    _lines(out, "the server is sent", [sends])
    _lines(out, "see", rules)
    _lines(out, "try", cause.remedies)
    out.facts.setdefault("causes", []).append(
        {
            "number": cause.number,
            "name": cause.name,
            "package": cause.package,
            "sentence": sentence,
            "alert": cause.alert,
            "see": rules,
            "try": list(cause.remedies),
        }
    )


def _tell_alert(number: int, out: Output) -> None:
    name = meaning.alerts().get(number, "an alert that no RFC names")
    likely = meaning.likely(number)
    sent_for = [f"{cause.number} {cause.name}" for cause in meaning.causes().values() if cause.alert == number]
    rules = meaning.alert_rules(number)
    out.say(f"alert {number}, {name}")
    _lines(out, "from a server, likely", [f"{what} ({when})" for when, what in likely.items()])
    _lines(out, "latchkey sends it for", [", ".join(sent_for)] if sent_for else [])
    _lines(out, "see", rules)
    out.facts.setdefault("alerts", []).append({"number": number, "name": name, "likely": likely, "sent_for": sent_for, "see": rules})


def _lines(out: Output, title: str, lines: "list[str] | tuple[str, ...]") -> None:
    for line in lines:
        out.say(f"  {title + ': ' if title else ''}{line}")
