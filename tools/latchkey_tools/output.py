"""What a command says: lines for a person, or one JSON document; progress where somebody looks."""

import getpass
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Wrong(Exception):
    """What stands in the way; the message is a line for a person that says what to do."""


_asking = threading.Lock()
_told: dict[str, str] = {}  # what was typed in, for this run's other boards


def secret(variable: str, prompt: str) -> str:
    """A password: out of the environment, else asked for at the terminal; never on the command line, where others see it."""
    with _asking:
        if variable in os.environ:
            return os.environ[variable]
        if not sys.stdin.isatty():
            raise Wrong(f"the {prompt} is wanted in the environment, as {variable}")
        if prompt not in _told:
            _told[prompt] = getpass.getpass(f"{prompt}: ")
        return _told[prompt]


class Bar(Protocol):
    def advance(self, amount: float) -> None: ...


class Output:
    """`say` is for people alone, `give` for both: what is given is the JSON document."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.facts: dict[str, Any] = {}

    def say(self, text: str = "") -> None:
        if not self.as_json:
            print(text)

    def note(self, text: str) -> None:
        """Beside the result: what was left out, what to look at."""
        print(text, file=sys.stderr)

    def give(self, **facts: Any) -> None:
        self.facts.update(facts)

    def end(self) -> None:
        if self.as_json:
            print(json.dumps(self.facts, indent=1))

    def fail(self, reason: str) -> None:
        if self.as_json:
            print(json.dumps({**self.facts, "error": reason}, indent=1))

    @contextmanager
    def progress(self, what: str, total: float) -> Iterator[Bar]:
        """A bar on stderr, where that is a terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
            task = shown.add_task(what, total=total)

            class Advancing:
                def advance(self, amount: float) -> None:
                    shown.advance(task, amount)

            yield Advancing()
