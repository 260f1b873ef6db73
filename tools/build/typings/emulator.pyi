"""The C module of the emulated boards' firmware (boards/qemu_common/support)."""

from typing import Any

def __getattr__(name: str) -> Any: ...
