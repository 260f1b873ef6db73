"""What `selftest` and `bench` find of a board: kept as JSON, added to a CSV file, laid beside other boards as a table."""

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .output import Wrong

_FORMAT = "latchkey board 1"
_ABOUT = ("label", "when", "machine", "micropython", "latchkey", "mhz", "heap_free", "P-256", "RSA", "AES", "GHASH")


@dataclass
class Record:
    """Of one board and one kind of run ("selftest", "bench"). `results` by name: a word, or milliseconds; None for what is not there."""

    kind: str
    label: str = ""
    when: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    board: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    chip: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """What the board goes by."""
        return self.label or str(self.board.get("machine", "board"))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"format": _FORMAT, **vars(self)}, indent=1) + "\n")

    def append(self, path: Path) -> None:
        """As a row of a CSV file, which is begun where there is none."""
        about = {"label": self.name, "when": self.when, "mhz": self.board["hz"] / 1e6 or "", **self.board["kernels"], **self.board}
        columns = [*_ABOUT, "chip", *self.results]
        row = [*(about[name] for name in _ABOUT), self.chip["model"] if self.chip else "", *self.results.values()]
        with path.open("a+", newline="") as file:
            file.seek(0)
            there = next(csv.reader(file), None)
            if there not in (None, columns):
                raise Wrong(f"{path} has other columns than a row of this run: name another file")
            writer = csv.writer(file)
            if there is None:
                writer.writerow(columns)
            writer.writerow(row)


def load(path: Path, kind: str) -> Record:
    """A record from its file; Wrong for another file, or one of another kind of run."""
    try:
        facts = json.loads(path.read_text())
        if facts.pop("format", None) != _FORMAT:
            raise ValueError
        record = Record(**facts)
    except (ValueError, TypeError, AttributeError):
        raise Wrong(f"{path} is no record of a board's: `latchkey {kind} --save {path.name}` makes one") from None
    if record.kind != kind:
        raise Wrong(f"{path} is a record of `latchkey {record.kind}`, not of `latchkey {kind}`")
    return record


def table(records: list[Record]) -> list[str]:
    """A column for each board; a number of another board also in parts of the first one's."""
    names = list(dict.fromkeys(name for record in records for name in record.results))
    heads = [record.name for record in records]
    rows = [[name, *(_cell(records[0], record, name) for record in records)] for name in names]
    widths = [max(map(len, column)) for column in zip(["", *heads], *rows, strict=True)]
    lines = [["", *heads], *rows]
    return ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]


def _cell(first: Record, record: Record, name: str) -> str:
    value, base = record.results.get(name), first.results.get(name)
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return number(value) + (f" (x{value / base:.2f})" if record is not first and isinstance(base, float | int) and base else "")


def number(ms: float) -> str:
    """Milliseconds in three digits or more."""
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"
