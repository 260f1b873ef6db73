"""Where on-device tests run: one class over mpremote's serial transport; kinds differ in how they start, reset and take files.

`pytest --target=unix,cortex_m,serial:/dev/ttyACM0` chooses; `make(name)` builds one. Tests use the fixture `target`.
"""

from tools.laboratory.console import Console, TargetLost

from .base import Case, CaseRun, Result, Target, TargetError, cases_of
from .kinds import check, make

__all__ = [
    "Case",
    "CaseRun",
    "Console",
    "Result",
    "Target",
    "TargetError",
    "TargetLost",
    "cases_of",
    "check",
    "make",
]
