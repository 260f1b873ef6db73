"""The chip of a board, over the board's REPL: what it says of itself, and the functions of device/chip.py."""

import json
from dataclasses import dataclass, field
from typing import Any

from .board import Board
from .output import Wrong
from .products import configuration


@dataclass
class Chip:
    """A board's chip, as it says it is."""

    board: Board
    model: str = ""
    config: bytes = b""
    keys: list[int] = field(default_factory=list)

    def ask(self, code: str) -> dict[str, Any]:
        lines: list[str] = []
        self.board.call(code, lines.append)
        return dict(json.loads(lines[-1]))

    def begin(self, expression: str) -> None:
        """The chip that an expression makes on the board."""
        self.board.call(f"_found = {expression}", lambda line: None)
        self.board.load("chip.py")
        state = self.ask("begin(_found)")
        if "other" in state:
            raise Wrong(f"an ATECC508A or 608 is wanted, not {state['other']}: name it by --chip EXPRESSION")
        self._take(state)

    def refresh(self) -> None:
        self._take(self.ask("state()"))

    def _take(self, state: dict[str, Any]) -> None:
        self.model, self.config, self.keys = state["model"], bytes.fromhex(state["config"]), state["keys"]

    @property
    def serial(self) -> str:
        return bytes(configuration.serial_number(self.config)).hex().upper()

    @property
    def config_locked(self) -> bool:
        return bool(configuration.config_locked(self.config))

    @property
    def data_locked(self) -> bool:
        return bool(configuration.data_locked(self.config))

    def point(self, slot: int) -> bytes:
        return bytes.fromhex(self.ask(f"public_key({slot})")["point"])
