"""Simulated chips that speak in frames, on the bus of `atecc_simulator`: README.md of tools/ says which."""

from collections.abc import Callable

from ..atecc_simulator import Clock
from .frames import FrameChip
from .optiga import Optiga

CHIPS: dict[str, Callable[..., FrameChip]] = {"optiga": Optiga}

__all__ = ["CHIPS", "Clock", "FrameChip", "Optiga"]
