"""The package's own .mpy files are compiled of its sources with short names for what nobody sees, and with nothing else changed."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.build import mpy
from tools.build.bundle import make, parameters, rename, reserved
from tools.build.bundle.package import Package
from tools.build.places import ROOT

LOOKING = ("host_tests/**/*.py", "tools/bench/**/*.py", "tools/laboratory/**/*.py", "tools/latchkey_tools/**/*.py", "boards/**/*.py")
ASKED = re.compile(r"[.\"'](_\w+)|import ([^\n]*)")


@pytest.fixture(scope="module")
def trees() -> list[tuple[str, ast.Module, ast.Module]]:
    """Of each file its name, what is written and what is compiled."""
    short = mpy.short_sources() / "latchkey"
    paths = sorted(path.relative_to(make.SOURCES) for path in make.SOURCES.rglob("*.py"))
    assert paths == sorted(path.relative_to(short) for path in short.rglob("*.py"))
    return [(str(path), ast.parse((make.SOURCES / path).read_text()), ast.parse((short / path).read_text())) for path in paths]


def defined(tree: ast.AST) -> Iterator[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))


def words(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_functions_and_classes_keep_their_names(trees) -> None:
    for file, written, compiled in trees:
        assert list(defined(written)) == list(defined(compiled)), file


def test_who_calls_by_keyword_finds_the_names(trees) -> None:
    passed = {node.arg for _, tree, _ in trees for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    for file, written, compiled in trees:
        for old, new in zip(ast.walk(written), ast.walk(compiled), strict=True):
            if isinstance(old, ast.arg) and isinstance(new, ast.arg):
                assert old.arg == new.arg or old.arg not in passed, file


def test_what_tests_and_tools_look_up_keeps_its_name(trees) -> None:
    gone = {word for _, written, compiled in trees for word in words(written) - words(compiled) if reserved.is_private(word)}
    asked: set[str] = set()
    for pattern in LOOKING:
        for path in ROOT.glob(pattern):
            for name, imported in ASKED.findall(path.read_text()):
                asked |= {name, *re.findall(r"\w+", imported)}
    assert gone, "nothing has another name"
    assert not gone & asked, "to be named in tools/build/bundle/reserved.py: ASKED"


def test_it_is_shorter_in_what_a_board_has_to_keep(trees) -> None:
    written, compiled = ({word for row in trees for node in ast.walk(row[i]) for word in _kept(node)} for i in (1, 2))
    assert len(compiled) < len(written) - 100


def _kept(node: ast.AST) -> set[str]:
    return {node.arg} if isinstance(node, ast.arg) else {node.attr} if isinstance(node, ast.Attribute) else set()


SOURCES = {
    "__init__": "",
    "a": """from micropython import const

_FIVE = const(5)  # stays, since the compiler puts it where it is used
_TABLE = (1, 2)
_asked = 3


class _Thing:
    def __init__(self, width: int) -> None:
        self._width = width  # and a comment
        self.height = 2

    def _area(self, *, scale=1):
        return f"{self._width} by {scale}", self._width * self.height * _FIVE * _TABLE[0]


def _first(number, other):
    try:
        return _Thing(number)._area(scale=other)
    except ValueError as number:
        return number
""",
    "b": "from latchkey.a import _asked\n\nmore = _asked\n",
}


def test_what_nobody_sees_is_renamed_where_it_stands(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(text)
    package = Package(tmp_path, bare=False)
    parameters.shorten(package)
    rename.shorten_hidden(package)
    text = package.modules["a"].text
    for name in ("_width = ", "_TABLE", "number", "other", "width: int"):
        assert name not in text
    for name in (
        "_FIVE = const(5)  # stays",
        "_asked = 3",
        "class _Thing:",
        "def _area(self, *, scale=1):",
        "self.height",
        "# and a comment",
    ):
        assert name in text
    assert len(text.splitlines()) == len(SOURCES["a"].splitlines())
    assert package.modules["b"].text == SOURCES["b"]
    held: dict = {}
    exec(text.replace("from micropython import const", "const = int"), held)
    assert held["_first"](3, 4) == ("3 by 4", 30)


def test_they_come_out_the_same_each_time() -> None:
    """However Python orders its sets."""
    folder = mpy.short_sources() / "latchkey"
    line = [sys.executable, "-c", "import json; from tools.build.bundle import make; print(json.dumps(make.hidden()))"]
    done = subprocess.run(line, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "1"}, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}
