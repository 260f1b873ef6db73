"""boards/NAME/board.py as it is installed: each board says what it has (boards/README.md)."""

from typing import Any

def __getattr__(name: str) -> Any: ...
