"""The package's sources, read: the modules, their scopes, what each defines at its top, and what a name in it stands for."""

from __future__ import annotations

import ast
import symtable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

PREFIX = "latchkey."


@dataclass(frozen=True)
class Const:
    """An integer that stands where its name stood."""

    value: int


@dataclass(frozen=True)
class Thing:
    """What a module of the package defines at its top."""

    module: str
    name: str


@dataclass(frozen=True)
class Whole:
    """A module of the package."""

    module: str


@dataclass(frozen=True)
class Foreign:
    """What MicroPython has: a module, or a name of one."""

    module: str
    name: str | None


Meaning = Const | Thing | Whole | Foreign


@dataclass
class Module:
    """One module; its name is without "latchkey.", "" for the face."""

    name: str
    file: str
    text: str
    tree: ast.Module
    scopes: symtable.SymbolTable
    source: str = ""
    means: dict[str, Meaning] = field(default_factory=dict)
    changing: set[str] = field(default_factory=set)  # variables that functions set
    spoken: set[str] = field(default_factory=set)  # numbers that are asked for by name, too

    @property
    def full(self) -> str:
        return (PREFIX + self.name).rstrip(".")


class Package:
    """All modules below a folder; `bare`: without docstrings and annotations, as they are unparsed, else as they are written."""

    def __init__(self, folder: Path, bare: bool = True) -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted(folder.rglob("*.py")):
            module = _read(path, folder, bare)
            self.modules[module.name] = module
        for module in self.modules.values():
            self._note_top(module)

    def module_named(self, full: str) -> Module | None:
        """By its whole name; None for what is not of the package."""
        if full == PREFIX[:-1]:
            return self.modules[""]
        return self.modules.get(full.removeprefix(PREFIX)) if full.startswith(PREFIX) else None

    def meaning(self, module: str, name: str) -> Meaning | None:
        """What a top-level name stands for in the end; None for a builtin."""
        found = self.modules[module].means.get(name)
        if isinstance(found, Thing) and found != Thing(module, name):
            return self.meaning(found.module, found.name) or found
        return found

    def imported(self, node: ast.ImportFrom, name: str) -> Meaning:
        """What `from node.module import name` brings."""
        full = str(node.module)
        source = self.module_named(full)
        if source is None:
            return Foreign(full, name)
        inner = self.module_named(f"{full}.{name}")
        if inner is not None:
            return Whole(inner.name)
        return Thing(source.name, name)

    def _note_top(self, module: Module) -> None:
        for statement in module.tree.body:
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    module.means[alias.asname or alias.name] = self.imported(statement, alias.name)
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    module.means[alias.asname or alias.name] = Foreign(alias.name, None)
            elif (value := const_value(statement, module)) is not None:
                module.means[const_name(statement)] = Const(value)
            else:
                for name in bound_by(statement):
                    module.means[name] = Thing(module.name, name)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Global):
                module.changing |= set(node.names)


def _read(path: Path, folder: Path, bare: bool) -> Module:
    parts = path.relative_to(folder).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    source = path.read_text()
    text = ast.unparse(Bare().visit(ast.parse(source, str(path)))) if bare else source
    return read(name, str(path.relative_to(folder)), text, source)


def read(name: str, file: str, text: str, source: str = "") -> Module:
    """A module by its text; `source` has the comments, too."""
    return Module(name, file, text, ast.parse(text, file), symtable.symtable(text, file, "exec"), source)


class Bare(ast.NodeTransformer):
    """Without docstrings and annotations, but for those by which machine code is made."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if any(ast.unparse(decorator).startswith("micropython.") for decorator in node.decorator_list):
            return node
        self.generic_visit(node)
        node.returns = None
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        for argument in every:
            if argument is not None:
                argument.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return ast.copy_location(ast.Assign([node.target], node.value), node) if node.value is not None else None

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list) and not isinstance(node, ast.Module):
            body[:] = [s for s in body if not _is_text(s)] or [ast.Pass()]
        elif isinstance(body, list):
            body[:] = [s for s in body if not _is_text(s)]
        return node


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def const_name(statement: ast.stmt) -> str:
    return cast(ast.Name, cast(ast.Assign, statement).targets[0]).id


def const_value(statement: ast.stmt, module: Module) -> int | None:
    """Of `NAME = const(expression)` with an integer; None for any other statement."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return None
    if ast.unparse(statement.value.func) != "const":
        return None
    known = {name: meaning.value for name, meaning in module.means.items() if isinstance(meaning, Const)}
    value = eval(compile(ast.Expression(statement.value.args[0]), module.file, "eval"), {"__builtins__": {}}, known)
    return value if type(value) is int else None


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


class Scoped(ast.NodeTransformer):
    """A visitor that knows whether a name is the module's: `is_global(name)`. Expressions are visited in the scope they belong to."""

    def __init__(self, module: Module) -> None:
        self.tables = [module.scopes]
        self._seen: dict[int, dict[tuple[str, int], list[symtable.SymbolTable]]] = {}

    def is_global(self, name: str) -> bool:
        table = self.tables[-1]
        if len(self.tables) == 1:
            return True
        try:
            return table.lookup(name).is_global()
        except KeyError:
            return True

    def enter(self, name: str, line: int) -> None:
        outer = self.tables[-1]
        if outer.get_id() not in self._seen:
            children = self._seen[outer.get_id()] = {}
            for child in outer.get_children():
                children.setdefault((child.get_name(), child.get_lineno()), []).append(child)
        self.tables.append(self._seen[outer.get_id()][name, line].pop(0))

    def leave(self) -> None:
        self.tables.pop()

    def each(self, nodes: list) -> list:
        """Visited, one after the other; a visit may drop a statement or return several."""
        out = []
        for node in nodes:
            result = self.visit(node) if node is not None else None
            if isinstance(result, list):
                out += result
            elif result is not None:
                out.append(result)
        return out

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        line = node.lineno
        node.decorator_list = self.each(node.decorator_list)
        self._defaults(node.args)
        self.enter(node.name, line)
        self.arguments(node.args)
        node.body = self.each(node.body) or [ast.Pass()]
        self.leave()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        self.enter("lambda", node.lineno)
        self.arguments(node.args)
        node.body = self.visit(node.body)
        self.leave()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.decorator_list = self.each(node.decorator_list)
        node.bases = self.each(node.bases)
        self.enter(node.name, node.lineno)
        node.body = self.each(node.body) or [ast.Pass()]
        self.leave()
        return node

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> ast.AST:
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        self.enter(type(node).__name__.lower().replace("generatorexp", "genexpr"), node.lineno)
        for i, generator in enumerate(node.generators):
            generator.target = self.visit(generator.target)
            if i:
                generator.iter = self.visit(generator.iter)
            generator.ifs = self.each(generator.ifs)
        if isinstance(node, ast.DictComp):
            node.key = self.visit(node.key)
            node.value = self.visit(node.value)
        else:
            node.elt = self.visit(node.elt)
        self.leave()
        return node

    visit_ListComp = visit_GeneratorExp = visit_SetComp = visit_DictComp = _comprehension

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = self.each(arguments.defaults)
        arguments.kw_defaults = [None if default is None else self.visit(default) for default in arguments.kw_defaults]

    def arguments(self, arguments: ast.arguments) -> None:
        """Called within the function's scope."""


def local_names(table: symtable.SymbolTable) -> set[str]:
    """All that any function in it calls its own, but for what it imports."""
    found = set()
    for child in table.get_children():
        if child.get_type() == "function":
            found |= {
                symbol.get_name()
                for symbol in child.get_symbols()
                if (symbol.is_local() or symbol.is_parameter()) and not symbol.is_imported()
            }
        found |= local_names(child)
    return found
