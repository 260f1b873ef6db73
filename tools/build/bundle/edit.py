"""Text changed at the places that a tree says, and in nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple


class Edit(NamedTuple):
    """From one place to another, as line and octet, another text."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def applied(text: str, edits: list[Edit]) -> str:
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    for (line, start), (last, end), new in sorted(edits, reverse=True):
        lines[line - 1 : last] = [lines[line - 1][:start] + new.encode() + lines[last - 1][end:]]
    return b"".join(lines).decode()


def renamed(text: str, tree: ast.Module) -> str:
    """`text` with the names of `tree`, which differs from its own in nothing else."""
    return applied(text, list(_renamings(ast.parse(text), tree)))


def _renamings(old: ast.AST, new: ast.AST) -> Iterator[Edit]:
    if isinstance(old, ast.JoinedStr | ast.alias | ast.Global):  # places within an f-string are not known before Python 3.12
        if ast.dump(old) != ast.dump(new):
            yield Edit(*_places(old), ast.unparse(new))
        return
    if isinstance(old, ast.Name) and isinstance(new, ast.Name) and old.id != new.id:
        yield Edit(*_places(old), new.id)
    elif isinstance(old, ast.arg) and isinstance(new, ast.arg) and old.arg != new.arg:
        yield Edit((old.lineno, old.col_offset), (old.lineno, old.col_offset + len(old.arg.encode())), new.arg)
    elif isinstance(old, ast.Attribute) and isinstance(new, ast.Attribute) and old.attr != new.attr:
        _, (line, end) = _places(old)
        yield Edit((line, end - len(old.attr.encode())), (line, end), new.attr)
    elif isinstance(old, ast.ExceptHandler) and isinstance(new, ast.ExceptHandler) and old.name and old.type and old.name != new.name:
        _, (line, end) = _places(old.type)
        start = end + len(" as ")
        yield Edit((line, start), (line, start + len(old.name.encode())), str(new.name))
    for one, other in zip(ast.iter_child_nodes(old), ast.iter_child_nodes(new), strict=True):
        yield from _renamings(one, other)


def _places(node: ast.expr | ast.stmt | ast.alias) -> tuple[tuple[int, int], tuple[int, int]]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
