"""A handshake that a board ran, as its trace has it: what it told, kept as JSON, and what follows from that.

A trace is one document: `host`, `port`, `board`, `messages`, `spans`, `heap`, `wire`, `keys`, `report`, `randomness`, `chain`, `failed`.
Times are in microseconds since the handshake began.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .output import Wrong

FORMAT = "latchkey trace 1"
KINDS = {"connect": "connecting", "radio": "radio", "waiting": "waiting", "chip": "chip", "arithmetic": "arithmetic"}


@dataclass
class Trace:
    host: str
    port: int
    name: str
    board: dict[str, Any] = field(default_factory=dict)
    now: int | None = None
    messages: list[list[Any]] = field(default_factory=list)  # [at, direction, name, bytes, note]
    spans: list[list[Any]] = field(default_factory=list)  # [kind, from, until, bytes]
    end: int = 0
    before: dict[str, int] = field(default_factory=dict)
    heap: list[dict[str, Any]] = field(default_factory=list)  # at, what, live, free
    wire: list[dict[str, Any]] = field(default_factory=list)  # at, direction, data
    keys: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    randomness: list[dict[str, Any]] = field(default_factory=list)
    chain: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[str, Any] | None = None

    def take(self, line: str) -> None:
        """What a board told; other lines are what its own modules print."""
        if not line.startswith("{"):
            return
        fact = json.loads(line)
        kind = fact.pop("kind")
        if kind == "board":
            self.board = fact
        elif kind == "clock":
            self.now = fact["now"]
        elif kind == "before":
            self.before = fact
        elif kind == "begin":
            self.messages, self.spans = [], []
        elif kind == "message":
            self.messages.append(fact["event"])
        elif kind == "span":
            if fact["event"][1] < self.end:  # and not the farewell
                self.spans.append(fact["event"])
        elif kind in ("heap", "wire"):
            (self.heap if kind == "heap" else self.wire).append(fact)
        elif kind == "key":
            self.keys += [fact["line"]] if fact["line"] else []
        elif kind == "randomness":
            self.randomness = fact["sources"]
        elif kind == "done":
            self.end, self.report = fact["at"], fact["report"]
        else:
            self.end, self.failed = fact["at"], fact

    def received(self) -> bytes:
        """What the server sent."""
        return b"".join(bytes.fromhex(piece["data"]) for piece in self.wire if piece["direction"] == "<")

    def totals(self) -> dict[str, int]:
        """Where the time went, in microseconds; what is nobody else's is arithmetic, with the interpreter's own work."""
        found = dict.fromkeys(KINDS, 0)
        for kind, since, until, _ in self.spans:
            found[kind] += until - since
        found["arithmetic"] = max(0, self.end - sum(found.values()))
        return found

    @property
    def peak(self) -> int:
        """The most that was alive at once, beyond what was before."""
        return max((point["live"] for point in self.heap), default=0) - self.before.get("live", 0)

    @property
    def last(self) -> str:
        """The last message before an end, ours or the server's; an alert is how it ends."""
        heard = [message for message in self.messages if message[2] != "alert"]
        return heard[-1][2] if heard else "no message at all"

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"format": FORMAT, **vars(self)}, indent=1))


def load(path: Path) -> Trace:
    """A trace from its file; Wrong for another file."""
    try:
        facts = json.loads(path.read_text())
        if facts.pop("format", None) != FORMAT:
            raise ValueError
        return Trace(**facts)
    except (ValueError, TypeError, AttributeError):
        raise Wrong(f"{path} is no trace of this latchkey's: `latchkey inspect HOST --save {path.name}` makes one") from None
