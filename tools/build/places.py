"""Where things are in the clone, and how several runs at once stay out of each other's way there."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
BUILD = ROOT / "build"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Parallel test workers build into one folder, one after the other."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
