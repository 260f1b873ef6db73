"""The results as a table for a person: a row a suite, a mark a piece, and below it what stands behind each mark that is no success."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.laboratory.interop.matrix import COLUMNS, Result
from tools.laboratory.peers.wish import Suite

_STYLES = {"done": "green", "lack": "dim", "failure": "bold red"}
_MARKS = {"done": "✓", "lack": "–", "failure": "✗"}


class Report:
    """What came of all peers, row by row; `notes` number each reason once."""

    def __init__(self) -> None:
        self.table = Table(
            title="Real servers: each mark is handshakes with data both ways, with 1 KB and with 16 KB records", title_justify="left"
        )
        for column in ("suite", *COLUMNS):
            self.table.add_column(column, no_wrap=column == "suite")
        self.notes: dict[str, list[str]] = {}  # what is wrong, and where
        self.failures = 0
        self.done = 0

    def peer(self, title: str, absent: str = "") -> None:
        self.table.add_section()
        self.table.add_row(Text(title, style="bold"), Text(absent, style="yellow"))

    def suite(self, suite: Suite, results: Iterable[Result]) -> None:
        cells = {column: Text() for column in COLUMNS}
        found: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            found.setdefault((result.column, result.label), []).append(result)
        for (column, label), pieces in found.items():
            if column == "full" and label == suite.name:  # it lacks the suite
                cells[column].append(f"– {pieces[0].lack}", _STYLES["lack"])
                continue
            state, numbers = self._judge(pieces)
            cells[column].append(f"{_MARKS[state]} {label}{numbers}  ", _STYLES[state])
        if suite.psk and found.keys() != {("full", suite.name)}:
            cells["resumed"].append("– the client keeps no such session", _STYLES["lack"])
            cells["mutual"].append("– the key proves both", _STYLES["lack"])
        self.table.add_row("  " + suite.name.removeprefix("TLS_"), *cells.values())

    def _judge(self, pieces: list[Result]) -> tuple[str, str]:
        failures = [piece.failure for piece in pieces if piece.failure]
        lacks = [piece.lack for piece in pieces if piece.lack]
        self.failures += len(failures)
        self.done += len(pieces) - len(failures) - len(lacks)
        return "failure" if failures else "lack" if lacks else "done", self._numbers([piece for piece in pieces if _reason(piece)])

    def _numbers(self, pieces: list[Result]) -> str:
        for piece in pieces:
            places = self.notes.setdefault(_reason(piece), [])
            if piece.failure and piece.where not in places:
                places.append(piece.where)
        reasons = list(self.notes)
        numbers = sorted({reasons.index(_reason(piece)) + 1 for piece in pieces})
        return f" [{','.join(map(str, numbers))}]" if numbers else ""

    def show(self, console: Console) -> None:
        console.print(self.table)
        for number, (reason, places) in enumerate(self.notes.items(), 1):
            console.print(Text(f"[{number}] {reason}{' (' * bool(places)}{'; '.join(places)}{')' * bool(places)}"))
        console.print(f"{self.done} done, {self.failures} failed")


def _reason(piece: Result) -> str:
    return piece.failure or piece.lack or piece.note
