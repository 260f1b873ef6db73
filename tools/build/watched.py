"""A command that takes long, with a word now and then of how far it is: on a terminal in one line that changes, elsewhere in a line every
ten seconds. Nothing but the standard library: the set-up of the environment uses it, too.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

EVERY = 10.0  # seconds between two words where no terminal is


class Teller:
    """Says how far something is; `done()` takes the line away."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.begun = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._next = self.begun + (0 if self.terminal else EVERY)

    def tell(self, state: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.2 if self.terminal else EVERY)
        line = f"{self.what} ({now - self.begun:.0f} s){': ' if state else ''}{state}"
        if self.terminal:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            print(f"\r\x1b[K{line[: width - 1]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def done(self) -> None:
        if self.terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def watched(
    command: Sequence[str | Path], what: str, state: Callable[[str], str | None] = lambda line: None, **options: Any
) -> tuple[int, str]:
    """Run a command to its end: its status, and all that it said. `state` makes of a line of it how far it is, None for no news."""
    teller, said, last = Teller(what), bytearray(), ""
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options) as process,
        selectors.DefaultSelector() as selector,
    ):
        assert process.stdout
        selector.register(process.stdout, selectors.EVENT_READ)
        seen = 0
        while True:
            if selector.select(0.5):
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    break
                said += piece
                end = said.rfind(b"\n") + 1
                for line in said[seen:end].decode(errors="replace").splitlines():
                    last = state(line) or last
                seen = max(seen, end)
            teller.tell(last)
        teller.done()
    return process.returncode, said.decode(errors="replace")
