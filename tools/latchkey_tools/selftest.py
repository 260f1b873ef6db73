"""The run of `latchkey selftest` and `latchkey bench` on a board: what is asked of it, and what its answers mean."""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

from . import records, vectors
from .board import Board
from .output import Output, Wrong
from .records import Record

GOOD = "ok"
_FOUND_CHIP = """
try:
    _found = __import__("latchkey_board").chip()
except (ImportError, AttributeError):
    _found = None
"""
_DIGEST = bytes(range(32))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which chip, and what becomes of what is found."""
    parser.add_argument("--chip", metavar="EXPRESSION", help="what makes the chip on the board (default: latchkey_board's, if one answers)")
    parser.add_argument("--key-slot", type=int, default=0, help="where the chip has a key that signs (default: %(default)s)")
    parser.add_argument("--label", default="", help="what to call the board (default: as it calls itself)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="the record, as JSON")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="add a row to this table")
    parser.add_argument("--from", type=Path, dest="records", nargs="+", default=[], metavar="FILE", help="saved records, and no board")
    parser.add_argument("--against", type=Path, nargs="+", default=[], metavar="FILE", help="records of other boards, beside this one's")


class Tester:
    """A board with device/selftest.py."""

    def __init__(self, there: Board, options: argparse.Namespace, record: Record) -> None:
        self.there, self.options, self.record = there, options, record
        there.call(f"_found = {options.chip}" if options.chip else _FOUND_CHIP, lambda line: None)
        there.load("selftest.py")

    def ask(self, code: str) -> dict[str, Any]:
        lines: list[str] = []
        self.there.call(code, lambda line: lines.append(line) if line.startswith("{") else None)
        return dict(json.loads(lines[-1]))

    def about(self) -> None:
        self.record.board = self.ask("board()")

    def find_chip(self) -> bool:
        """Whether there is one; one that was named and is not there is in the way."""
        if not self.there.value("_found is not None"):
            return False
        self.there.load("chip_test.py")
        told = self.ask("chip_is(_found)")
        if told["absent"]:
            if self.options.chip:
                raise Wrong(told["absent"])
            return False
        self.record.chip = {"model": told["model"]}
        return True


def meant(told: dict[str, Any], answer: str) -> str:
    """What a board's answer to a vector is, in a word or a sentence."""
    if "missing" in told:
        return "not installed" if "'latchkey" in told["missing"] else f"FAILED: {told['missing']}"
    if "no_room" in told:
        return "no room in the heap"
    if "failed" in told:
        return f"FAILED: {told['failed']}"
    return GOOD if told["result"] == answer else "WRONG ANSWER"


def is_bad(word: str) -> bool:
    return word.startswith(("WRONG", "FAILED"))


def run_vectors(tester: Tester, out: Output) -> None:
    """Each known answer, by name."""
    with out.progress("known answers", len(vectors.VECTORS)) as bar:
        for vector in vectors.VECTORS:
            told = tester.ask(f"answer({vector.call})")
            tester.record.results[vector.name] = meant(told, vector.answer)
            bar.advance(1)
    tester.about()
    for kernel in tester.record.board["wrong"]:
        tester.record.results[f"kernel {kernel}"] = "WRONG ANSWER: it is not used; the board or its build is at fault"


def run_health(tester: Tester) -> None:
    """The pool's sources, as a handshake would draw on them."""
    told = tester.ask("health()")
    tester.record.sources = told["sources"]
    tester.record.results["randomness"] = f"FAILED: {told['wrong']}" if told["wrong"] else GOOD


def run_chip(tester: Tester) -> None:
    """Its generator, its key, its verification. What its configuration does not allow is said, and is no failure."""
    point, digest, signature = map(bytes.fromhex, vectors.P256_VERIFIED)
    slot = tester.options.key_slot
    wrong = signature[:-1] + bytes([signature[-1] ^ 1])
    results = tester.record.results
    drawn = [tester.ask("answer(chip_random)") for _ in range(2)]
    refused = next((one["failed"] for one in drawn if "failed" in one), "")
    twice = drawn[0].get("result") == drawn[1].get("result")
    results["chip: random"] = _refusal(refused) or ("WRONG ANSWER: twice the same 32 bytes" if twice else GOOD)
    signed = tester.ask(f"answer({vectors.call('chip_signs', slot, _DIGEST)})")
    results[f"chip: key in slot {slot} signs"] = _refusal(signed.get("failed", "")) or meant(signed, "01")
    for name, given, answer in (("verifies", signature, "01"), ("refuses a wrong signature", wrong, "00")):
        told = tester.ask(f"answer({vectors.call('chip_verifies', point, digest, given)})")
        results[f"chip: {name}"] = _refusal(told.get("failed", "")) or meant(told, answer)


def _refusal(failed: str) -> str:
    """What a chip does not do: a sentence of the firmware's, or a chip of a kind that lacks it altogether."""
    if failed.startswith("AttributeError"):
        return "not this chip's"
    return f"refused: {failed.partition(': ')[2]}" if failed.startswith("TLSError") else ""


def run_timings(tester: Tester, out: Output, times: int) -> None:
    """Milliseconds, by name: the median of so many."""
    work = list(vectors.timed())
    if tester.record.chip:
        slot = tester.options.key_slot
        work += [("chip: 32 random bytes", "chip_random"), ("chip: a signature", vectors.call("chip_signature", slot, _DIGEST))]
    with out.progress("timings", len(work)) as bar:
        for name, call in work:
            try:
                told = tester.ask(f"timing({times}, {call})")
            except Wrong:
                if not name.startswith("chip"):
                    raise
                told = {}  # no key there, or a chip of another kind
            tester.record.results[name] = round(median(told["us"]) / 1000, 4) if "us" in told else None
            bar.advance(1)
    tester.about()


def finish(record: Record, options: argparse.Namespace, out: Output) -> None:
    """Keep it, and show it beside others."""
    if options.save:
        record.save(options.save)
    if options.csv:
        record.append(options.csv)
    others = [records.load(path, record.kind) for path in options.against]
    show([record, *others], out)
    out.give(**vars(record), against=[vars(other) for other in others])


def show(found: list[Record], out: Output) -> None:
    for record in found:
        about = record.board
        mhz = f", {about['hz'] / 1e6:.0f} MHz" if about.get("hz") else ""
        kernels = ", ".join(f"{work} {name}" for work, name in about["kernels"].items())
        out.say(f"{record.name}: {about['machine']}{mhz}, {about['micropython']}, latchkey {about['latchkey']}, {record.when}")
        out.say(f"  arithmetic: {kernels}; {about['heap_free']} bytes of heap free")
        if record.chip:
            out.say(f"  chip: {record.chip['model']}")
        for source in record.sources:
            standing = source["wrong"] or ("trusted" if source["trusted"] else "not trusted")
            out.say(f"  randomness: {source['name']}: {standing}")
    for line in records.table(found):
        out.say(line)
