"""What MicroPython's compiler knows without an import, and `Any`: annotations are never evaluated there, so any name may stand in them."""

from typing import Any as Any

from _mpy_shed._mpy_builtins import const as const
from _mpy_shed._mpy_builtins import ptr as ptr
from _mpy_shed._mpy_builtins import ptr8 as ptr8
from _mpy_shed._mpy_builtins import ptr16 as ptr16
from _mpy_shed._mpy_builtins import ptr32 as ptr32
from _mpy_shed._mpy_builtins import uint as uint
