"""The manual (firmware/manual) says what the code says: every public name, argument and default, and every cause."""

import ast
import re
from pathlib import Path

import pytest

from tools.build.places import FIRMWARE
from tools.latchkey_tools import manual

REFERENCE = (FIRMWARE / "manual" / "reference.md").read_text()
PACKAGE = FIRMWARE / "latchkey"


def section(title: str) -> str:
    return REFERENCE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, without their heads."""
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section(title).splitlines() if line.startswith("| ")]
    return [cells for cells in found if cells[0].startswith("`")]


def the_class(module: str, name: str) -> ast.ClassDef:
    tree = ast.parse((PACKAGE / module).read_text())
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def functions(of: ast.ClassDef, properties: bool) -> dict[str, ast.FunctionDef]:
    found = [node for node in of.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return {node.name: node for node in found if bool(node.decorator_list) == properties}


def signature(function: ast.FunctionDef) -> str:
    """Arguments as the manual has them: `name, name=default`."""
    arguments = function.args.args[1:]
    defaults = [None] * (len(arguments) - len(function.args.defaults)) + [ast.unparse(value) for value in function.args.defaults]
    return ", ".join(
        one.arg if value is None else f"{one.arg}={value}".replace("'", '"') for one, value in zip(arguments, defaults, strict=True)
    )


CONTEXT, SOCKET = the_class("context.py", "SSLContext"), the_class("stream.py", "SSLSocket")
INNER = {"mine", "prepare", "wipe_of", "traced", "take_over", "held"}  # called by the package


def test_each_attribute_of_a_context_is_there_with_its_default() -> None:
    said = {cells[0].strip("`"): cells[2].strip("`") for cells in rows("SSLContext: attributes")}
    assigned: dict[str, str] = {}
    for node in CONTEXT.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assigned[ast.unparse(target)] = ast.unparse(node.value)
    public = {name: value for name, value in assigned.items() if not name.startswith("_")}
    assert said.keys() == public.keys() | functions(CONTEXT, True).keys()
    known = {"handshake_timeout": "30", "now": "the port's clock", "check_hostname": "True"}  # set elsewhere
    assert said == {**public, **known}


@pytest.mark.parametrize(("of", "title"), [(CONTEXT, "SSLContext: methods"), (SOCKET, "SSLSocket")], ids=["context", "socket"])
def test_each_method_is_there_with_its_arguments(of: ast.ClassDef, title: str) -> None:
    said = dict(re.findall(r"`(\w+)\(([^`]*)\)`", "\n".join(cells[0] for cells in rows(title))))
    own = {name: signature(function) for name, function in functions(of, False).items() if name not in INNER}
    if of is CONTEXT:
        table = {cells[0].strip("`"): cells[1].strip("`") for cells in rows(title)[len(own) :]}
        wraps = {item.partition("=")[0]: item.partition("=")[2] or "-" for item in own.pop("wrap_socket").split(", ")}
        assert table == wraps and said.pop("wrap_socket") == "sock, ..."
    assert said == own


def test_each_attribute_of_a_socket_is_there() -> None:
    (line,) = [line for line in section("SSLSocket").splitlines() if line.startswith("Attributes: ")]
    counted = {"bytes_read", "bytes_written", "writes"}
    assert set(re.findall(r"`(\w+)`", line)) == functions(SOCKET, True).keys() | counted


def test_the_page_of_causes_is_up_to_date() -> None:
    assert manual.PAGE.read_text() == manual.page(), "python -m tools.latchkey_tools.manual"


def test_the_manuals_of_the_readme_are_all_there_are() -> None:
    named = set(re.findall(r"`firmware/manual/(\w+\.md)`", (Path(FIRMWARE).parent / "README.md").read_text()))
    assert named == {path.name for path in (FIRMWARE / "manual").glob("*.md")}
