"""Modules joined into one, and the imports of all others rewritten.

Every top-level name of a group's modules becomes a global of the joined module, under its own name where that is free. Imports within a
group vanish, those from another group become `from latchkey._group import name`, where they stood; integers (`const`) stand where their
names stood. `module.name` becomes the name.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

from tools.build.bundle.package import PREFIX, Const, Foreign, Meaning, Module, Scoped, Thing, Whole, bound_by
from tools.build.bundle.plan import BundleError, Plan, Unit, check_order


class Rewriter(Scoped):
    """One module's statements for a unit. `whole`: by scope, the names of modules imported within a function, and which they are."""

    def __init__(self, plan: Plan, unit: Unit, module: Module) -> None:
        super().__init__(module)
        self.plan = plan
        self.unit = unit
        self.module = module
        self.own: dict[int, dict[str, Meaning]] = {}  # by scope: names imported within a function that vanish
        self.whole: dict[int, dict[str, list[str]]] = {}
        self.uses: dict[tuple[int, str], set[str]] = {}  # by scope and name: what attributes are asked of it
        self.late: set[tuple[str, str]] = set()  # (unit, name): what the function that is being read needs of groups that come later
        self._function: ast.FunctionDef | None = None

    def statements(self) -> list[ast.stmt]:
        out = []
        for statement in self.module.tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                if not self.unit.joined:
                    out += self._top_import(statement)
            elif isinstance(statement, ast.Assign) and (spoken := bound_by(statement) & self.module.spoken) and self._belongs(statement):
                out.append(self._number(spoken.pop()))
            elif self._belongs(statement):
                result = self.visit(statement)
                out += result if isinstance(result, list) else [result]
        return out

    def _number(self, name: str) -> ast.stmt:
        """A number that is asked for by name, too."""
        meaning = self.module.means[name]
        assert isinstance(meaning, Const)
        return ast.Assign([ast.Name(self.plan.names[Thing(self.module.name, name)], ast.Store())], ast.Constant(meaning.value), lineno=0)

    def _belongs(self, statement: ast.stmt) -> bool:
        if not self.unit.joined:
            return True
        names = bound_by(statement)
        if any(isinstance(self.module.means.get(name), Const) and name not in self.module.spoken for name in names):
            return False
        homes = {self.plan.home(Thing(self.module.name, name)).name for name in names}
        return not homes or self.unit.name in homes

    def _top_import(self, statement: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        """In a module that stays: what it brings is called as before."""
        if isinstance(statement, ast.Import):
            return [statement]
        out: list[ast.stmt] = []
        for alias in statement.names:
            name = alias.asname or alias.name
            meaning = self.plan.meaning(self.module.name, name)
            if isinstance(meaning, Thing):
                out.append(_import(self.plan.home(meaning).full, self.plan.names[meaning], name))
            elif isinstance(meaning, Foreign) or (isinstance(meaning, Whole) and not self.plan.joined(meaning.module)):
                out.append(_import(str(statement.module), alias.name, name))
        return out

    # Names

    def _meaning(self, name: str) -> Meaning | list[str] | None:
        """What a name of this scope stands for, as far as it is imported or the module's; a list for modules imported in a function."""
        if self.is_global(name):
            return self.plan.meaning(self.module.name, name)
        for table in reversed(self.tables):
            if name in self.own.get(table.get_id(), ()):
                return self.own[table.get_id()][name]
            if name in self.whole.get(table.get_id(), ()):
                return self.whole[table.get_id()][name]
        return None

    def visit_Name(self, node: ast.Name) -> ast.AST:
        meaning = self._meaning(node.id)
        if isinstance(meaning, list):
            if any(self.plan.joined(module) for module in meaning):
                raise BundleError(f"{self.module.name}: {node.id} is handed on: {meaning} must stay by themselves")
        elif isinstance(meaning, Whole) and self.plan.joined(meaning.module):
            raise BundleError(f"{self.module.name}: {node.id} is handed on: {meaning.module} must stay by itself")
        elif isinstance(meaning, Foreign) and self.is_global(node.id):
            if self.unit.foreign.setdefault(node.id, meaning) != meaning:
                raise BundleError(f"{self.unit.name}: {node.id} is two things")
        elif isinstance(meaning, Const | Thing) and not self._stays(node.id):
            return self._reference(meaning, node.ctx)
        return node

    def _stays(self, name: str) -> bool:
        """A name of a module that stays by itself, but for a number that it imports."""
        if self.unit.joined or not self.is_global(name):
            return False
        own = self.module.means[name]
        return isinstance(own, Const) or not isinstance(self.plan.meaning(self.module.name, name), Const)

    def _reference(self, meaning: Meaning, ctx: ast.expr_context | None = None) -> ast.expr:
        if isinstance(meaning, Const):
            return ast.Constant(meaning.value)
        if isinstance(meaning, Thing):
            if self.plan.is_later(self.unit, meaning) and any(table.get_type() == "function" for table in self.tables):
                name = self.plan.names[meaning]
                self.late.add((self.plan.home(meaning).full, name))
            else:
                name = self.plan.name_in(self.unit, meaning)
            if self._hidden(name):
                raise BundleError(f"{self.module.name}: a function has a {name} of its own, and wants {meaning}")
            return ast.Name(name, ctx or ast.Load())
        raise BundleError(f"{self.module.name}: {meaning} by way of a module")

    def _hidden(self, name: str) -> bool:
        """Whether a function here has a name of its own in the place of a global one, and keeps it."""
        for table in self.tables[1:]:
            if table.get_type() == "function" and name in table.get_identifiers() and table.lookup(name).is_local():
                vanishes = name in self.own.get(table.get_id(), ()) or name in self.whole.get(table.get_id(), ())
                if not vanishes:
                    return True
        return False

    def visit_Global(self, node: ast.Global) -> ast.AST:
        if self.unit.joined:
            node.names = [self.plan.names[Thing(self.module.name, name)] for name in node.names]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A joined module's whole name in a string is the group's."""
        found = self.plan.package.module_named(node.value) if isinstance(node.value, str) else None
        if found is not None and self.plan.joined(found.name):
            return ast.Constant(self.plan.units_of[found.name][0].full)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        dotted = ast.unparse(node) if _root(node) == PREFIX[:-1] else ""
        module = self.plan.package.module_named(dotted.rpartition(".")[0]) if dotted else None
        if module is not None and module.name and self.plan.joined(module.name):
            thing = Thing(module.name, node.attr)
            home = self.plan.home(thing)
            if home is self.unit:
                return self._reference(thing)
            return ast.parse(f"{home.full}.{self.plan.names[thing]}", mode="eval").body
        if isinstance(node.value, ast.Name):
            meaning = self._meaning(node.value.id)
            if isinstance(meaning, Whole) and self.plan.joined(meaning.module):
                return self._reference(self.plan.meaning(meaning.module, node.attr) or Thing(meaning.module, node.attr))
            if isinstance(meaning, list) and any(self.plan.joined(name) for name in meaning):
                one = self._one(meaning, node.attr)
                return ast.Name(f"{node.value.id}_{node.attr}", node.ctx) if one is None else self._reference(one)
        node.value = self.visit(node.value)
        return node

    def _one(self, modules: list[str], name: str) -> Meaning | None:
        """What `module.name` means, if it needs no import here; None where it is imported under a name of the function's."""
        if len(modules) > 1:
            return None
        meaning = self.plan.meaning(modules[0], name)
        return meaning if isinstance(meaning, Const) or (isinstance(meaning, Thing) and self.plan.home(meaning) is self.unit) else None

    # Definitions, and imports within functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        top = len(self.tables) == 1
        outermost = not any(table.get_type() == "function" for table in self.tables)
        self._function = node
        super().visit_FunctionDef(node)
        if outermost:
            node.body[:0] = [_import(home, name, name) for home, name in sorted(self.late)]
            self.late.clear()
        return self._renamed(node) if top else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        top = len(self.tables) == 1
        super().visit_ClassDef(node)
        return self._renamed(node) if top else node

    def _renamed(self, node: Any) -> ast.AST:
        node.name = self.plan.names[Thing(self.module.name, node.name)]
        return node

    def arguments(self, arguments: ast.arguments) -> None:
        """At a function's start: which of its names are modules, and what is asked of them."""
        function, self._function = self._function, None
        if function is None or function.args is not arguments:
            return
        known = self.whole.setdefault(self.tables[-1].get_id(), {})
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    meaning = self.plan.package.imported(node, alias.name)
                    if isinstance(meaning, Whole):
                        known.setdefault(alias.asname or alias.name, []).append(meaning.module)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                self.uses.setdefault((self.tables[-1].get_id(), node.value.id), set()).add(node.attr)

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        out: list[ast.stmt] = []
        for alias in node.names:
            module = self.plan.package.module_named(alias.name)
            if module is None or not self.plan.joined(module.name):
                out.append(ast.Import([alias]))
            elif (home := self.plan.units_of[module.name][-1]) is not self.unit:
                out.append(ast.Import([ast.alias(home.full)]))
        return out

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if len(self.tables) == 1:  # within a try: its names are the module's
            for alias in node.names:
                name = self.plan.names[Thing(self.module.name, alias.asname or alias.name)]
                alias.asname = None if name == alias.name else name
            return node
        out: list[ast.stmt] = []
        for alias in node.names:
            name = alias.asname or alias.name
            meaning = self.plan.package.imported(node, alias.name)
            if isinstance(meaning, Whole):
                out += self._import_whole(node, alias, name, meaning.module)
                continue
            if isinstance(meaning, Thing):
                meaning = self.plan.meaning(meaning.module, meaning.name) or meaning
            if isinstance(meaning, Thing) and self.plan.home(meaning) is not self.unit:
                out.append(_import(self.plan.home(meaning).full, self.plan.names[meaning], name))
            elif isinstance(meaning, Const | Thing):
                self.own.setdefault(self.tables[-1].get_id(), {})[name] = meaning
            else:
                out.append(_import(str(node.module), alias.name, name))
        return out

    def _import_whole(self, node: ast.ImportFrom, alias: ast.alias, name: str, module: str) -> list[ast.stmt]:
        scope = self.tables[-1].get_id()
        modules = self.whole[scope][name]
        if not any(self.plan.joined(target) for target in modules):
            return [_import(str(node.module), alias.name, name)]
        out: list[ast.stmt] = []
        for attribute in sorted(self.uses.get((scope, name), ())):
            if self._one(modules, attribute) is not None:
                continue
            meaning = self.plan.meaning(module, attribute) or Thing(module, attribute)
            local = f"{name}_{attribute}"
            if isinstance(meaning, Thing) and self.plan.home(meaning) is not self.unit:
                out.append(_import(self.plan.home(meaning).full, self.plan.names[meaning], local))
            else:
                out.append(ast.Assign([ast.Name(local, ast.Store())], self._reference(meaning), lineno=0))
        return out


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _import(module: str, name: str, local: str) -> ast.stmt:
    return ast.ImportFrom(module, [ast.alias(name, None if local == name else local)], 0)


def bundle(plan: Plan) -> dict[str, ast.Module]:
    """The units as modules, by name; the sources' trees are used up."""
    written: dict[str, ast.Module] = {}
    for unit in plan.units.values():
        body: list[ast.stmt] = []
        for member in unit.members:
            body += Rewriter(plan, unit, fresh(plan.package.modules[member])).statements()
        order = [other.full for other in plan.units.values()]  # what others build on first, so that imports nest less
        heads = [_import(*key, local) for key, local in sorted(unit.heads.items(), key=lambda head: order.index(head[0][0]))]
        if unit.joined:
            heads = [_foreign(name, meaning) for name, meaning in unit.foreign.items()] + heads
        written[unit.name] = ast.fix_missing_locations(Merger().visit(ast.Module(heads + body, [])))
    check_order(plan)
    return written


class Merger(ast.NodeTransformer):
    """One import for all names of a module that are imported on end."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field_name in ("body", "orelse", "finalbody"):
            block = getattr(node, field_name, None)
            if isinstance(block, list):
                block[:] = _merged(block)
        return node


def _merged(block: list[ast.stmt]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for statement in block:
        if isinstance(statement, ast.ImportFrom):
            before = next((s for s in _imports_before(out) if s.module == statement.module), None)
            if before is not None:
                before.names += statement.names
                continue
        out.append(statement)
    return out


def _imports_before(block: list[ast.stmt]) -> Iterator[ast.ImportFrom]:
    for statement in reversed(block):
        if not isinstance(statement, ast.ImportFrom):
            return
        yield statement


def fresh(module: Module) -> Module:
    """Its tree anew: a module whose names go to two groups is rewritten twice."""
    return dataclasses.replace(module, tree=copy.deepcopy(module.tree))


def _foreign(name: str, meaning: Foreign) -> ast.stmt:
    if meaning.name is None:
        return ast.Import([ast.alias(meaning.module, None if name == meaning.module else name)])
    return _import(meaning.module, meaning.name, name)
