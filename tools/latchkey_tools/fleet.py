"""Several boards at once: the same work on each, in a thread of its own, with a line of progress for each.

A board that fails stops no other. Ctrl-C stops each behind the step that it is in.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mpremote.transport import TransportError

from .output import Output, Wrong

Tell = Callable[[str, str], None]
"""What a board says of its progress: port, text."""


class Line(Output):
    """What one of them says: its last sentence is its line of progress, and all of it is kept."""

    def __init__(self, port: str, tell: Tell, stopped: threading.Event) -> None:
        super().__init__()
        self.port, self.tell, self.stopped = port, tell, stopped
        self.said: list[str] = []

    def say(self, text: str = "") -> None:
        self.said.append(text)
        self.tell(self.port, text)
        if self.stopped.is_set():
            raise KeyboardInterrupt

    note = say


@dataclass
class Outcome:
    port: str
    status: int
    said: list[str]
    facts: dict[str, Any] = field(default_factory=dict)
    error: str = ""


def run(ports: list[str], work: Callable[[str, Line], int]) -> list[Outcome]:
    """`work(port, line)` on each, which returns its exit status; what came of it, in the order of the ports."""
    stopped = threading.Event()
    with _progress(ports) as tell, ThreadPoolExecutor(len(ports)) as threads:
        running = [threads.submit(_one, port, work, Line(port, tell, stopped)) for port in ports]
        try:
            return [one.result() for one in running]
        except KeyboardInterrupt:
            stopped.set()
            raise


def _one(port: str, work: Callable[[str, Line], int], line: Line) -> Outcome:
    try:
        return Outcome(port, work(port, line), line.said, line.facts)
    except (Wrong, TransportError, OSError, ValueError) as reason:
        text = str(reason).strip() or type(reason).__name__
    except KeyboardInterrupt:
        text = "interrupted"
    line.tell(port, text)
    return Outcome(port, 1, line.said, line.facts, text)


@contextmanager
def _progress(ports: list[str]) -> Iterator[Tell]:
    """A line for each on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.fields[port]}"), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        tasks = {port: shown.add_task("", port=port, total=None) for port in ports}
        yield lambda port, text: shown.update(tasks[port], description=text.strip())
