"""The kinds of target by name. A kind's module is imported when it is asked for, so that none needs what another does."""

import importlib
from pathlib import Path

from tools.build.plain import Plain

from .base import Target

KINDS = {
    "unix": ("unix", "Unix"),
    "cortex_m": ("emulated", "CortexM"),
    "armv6m": ("emulated", "ARMv6M"),
    "rv32": ("emulated", "RV32"),
    "xtensa": ("emulated", "Xtensa"),
    "serial": ("serial_board", "SerialBoard"),
}


def check(name: str) -> None:
    """Plain where a name is no target's, or its board is not there."""
    kind, _, argument = name.partition(":")
    if kind not in KINDS:
        raise Plain(f"no target {name!r}; there are: {', '.join(KINDS)}")
    if kind == "serial" and "://" not in argument and not Path(argument).exists():
        raise Plain(f"no serial port {argument!r}")


def make(name: str) -> Target:
    """A target that is not started yet; `name` is a kind, with its argument after a colon where it has one (serial:/dev/ttyACM0)."""
    kind, _, argument = name.partition(":")
    module, class_name = KINDS[kind]
    made = getattr(importlib.import_module(f"host_tests.targets.{module}"), class_name)
    return made(argument) if argument else made()
