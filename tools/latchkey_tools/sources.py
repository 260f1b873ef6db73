"""The firmware's own tables on a computer: sentences, alerts, and the rules of a chip's configuration are read from its sources, so that
there is one of each. They lie in the clone, or beside this file where it was installed.
"""

import ast
import builtins
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "firmware", _HERE.parents[1] / "firmware" / "latchkey")  # installed, in the clone
_MICROPYTHON = SimpleNamespace(const=lambda value: value)


@cache
def module(name: str) -> ModuleType:
    """A module of the firmware's that needs no board, such as `latchkey.errors`; it gets its own imports in the same way."""
    path = _path(name)
    made = ModuleType(name)
    made.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import, "const": lambda value: value}
    exec(compile(path.read_text(), path, "exec"), made.__dict__)
    return made


def literal(name: str, wanted: str) -> Any:
    """A literal at the top level of a module that only a board can import."""
    for node in ast.parse(_path(name).read_text()).body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == wanted for target in node.targets):
            return ast.literal_eval(node.value)
    raise LookupError(f"{name} has no {wanted}")


class Later:
    """A module of the firmware's that is read when something of it is asked for: to import what names it takes no firmware."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(module(self._name), name)


def _path(name: str) -> Path:
    return next(place for place in _PLACES if place.is_dir()).joinpath(*name.split(".")[1:]).with_suffix(".py")


def _import(name: str, globals: Any = None, locals: Any = None, names: Any = (), level: int = 0) -> Any:
    if name == "micropython":
        return _MICROPYTHON
    if name.partition(".")[0] != "latchkey":
        return builtins.__import__(name, globals, locals, names, level)
    if _path(name).is_file():
        return module(name)
    return SimpleNamespace(**{inner: module(f"{name}.{inner}") for inner in names})  # of a package
