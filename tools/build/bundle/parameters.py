"""Short names for parameters, in the sources, before they are joined."""

from __future__ import annotations

import ast
import symtable

from tools.build.bundle import reserved
from tools.build.bundle.edit import renamed
from tools.build.bundle.package import Module, Package, Scoped, read


def keywords(package: Package) -> set[str]:
    """Every name by which a call passes something."""
    nodes = (node for module in package.modules.values() for node in ast.walk(module.tree))
    return {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}


def identifiers(table: symtable.SymbolTable) -> set[str]:
    """All names in a function and in those within it."""
    return set(table.get_identifiers()).union(*(identifiers(child) for child in table.get_children()))


class Shortener(Scoped):
    """Renames what may be renamed in one module."""

    def __init__(self, module: Module, passed: set[str]) -> None:
        super().__init__(module)
        self.public = reserved.public(module.name) or module.name in reserved.CALLED
        self.passed = passed
        self.mappings: dict[int, dict[str, str]] = {}
        self._function: ast.FunctionDef | None = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._function = node
        return super().visit_FunctionDef(node)

    def arguments(self, arguments: ast.arguments) -> None:
        function, self._function = self._function, None
        if function is None or function.args is not arguments or not self._may_change(function):
            return
        every = [*arguments.args, *arguments.kwonlyargs]
        every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        taken = identifiers(self.tables[-1])
        for outer in self.tables[1:-1]:  # what a function within asks of those around it is called anew there
            taken |= set(self.mappings.get(outer.get_id(), {}).values())
        words = iter([word for word in reserved.FREE if word not in taken])
        mapping = {a.arg: next(words) for a in every if a.arg not in self.passed and a.arg != "self" and a.arg not in reserved.FREE}
        self.mappings[self.tables[-1].get_id()] = mapping
        for argument in every:
            argument.arg = mapping.get(argument.arg, argument.arg)

    def _may_change(self, function: ast.FunctionDef) -> bool:
        native = any(ast.unparse(decorator).startswith("micropython.") for decorator in function.decorator_list)
        return not native and (not self.public or reserved.is_private(function.name))

    def _new(self, name: str) -> str:
        for table in reversed(self.tables[1:]):
            if name in table.get_identifiers() and table.lookup(name).is_local() and table.get_type() == "function":
                return self.mappings.get(table.get_id(), {}).get(name, name)
        return name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not self.is_global(node.id):
            node.id = self._new(node.id)
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        local = node.asname or node.name
        if not self.is_global(local):
            new = self._new(local)
            node.asname = None if new == node.name else new
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if node.name:
            node.name = self._new(node.name)
        return self.generic_visit(node)


def shorten(package: Package) -> None:
    """Every module of the package anew, with short names for parameters."""
    passed = keywords(package)
    for name, module in package.modules.items():
        shortener = Shortener(module, passed)
        module.tree.body = shortener.each(module.tree.body)
        new = read(name, module.file, renamed(module.text, module.tree), module.source)
        module.text, module.tree, module.scopes = new.text, new.tree, new.scopes
