"""Handshakes and arithmetic on the emulated Cortex-M0, in instructions: _other_core.py."""

from tools.bench.groups import _other_core


def metrics() -> list[dict]:
    return _other_core.metrics("armv6m")
