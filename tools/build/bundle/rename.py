"""The chosen names put into the bundle's modules, and what they stand for told."""

from __future__ import annotations

import ast

from tools.build.bundle.edit import renamed
from tools.build.bundle.names import Choice, Hidden, Names, own_self
from tools.build.bundle.package import PREFIX, Module, Package, Scoped, read
from tools.build.bundle.plan import Plan


class Renamer(Scoped):
    """Puts the chosen names into a module of the bundle."""

    def __init__(self, plan: Plan, module: Module, names: Names) -> None:
        super().__init__(module)
        self.plan = plan
        self.names = names
        self.own = dict(names.globals.get(module.name, {}))
        self.classes: list[str] = []
        self.selves: list[str] = [""]
        for statement in module.tree.body:  # an imported name is called as where it comes from
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    new = self._theirs(str(statement.module), alias.name)
                    if plan.units[module.name].joined and new != alias.name:
                        self.own[alias.asname or alias.name] = new

    def _theirs(self, full: str, name: str) -> str:
        return self.names.globals.get(full.removeprefix(PREFIX), {}).get(name, name)

    def _attribute(self, name: str) -> str:
        """Of an object, or of `self`, of which `self.classes` says what it is."""
        return self.names.attributes.get(name, name)

    def _selfs(self, name: str) -> str:
        return self.names.of_self.get(self.classes[-1], {}).get(name) or self._attribute(name)

    def _in_class(self) -> bool:
        return self.tables[-1].get_type() == "class"

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self.is_global(node.id):
            node.id = self.own.get(node.id, node.id)
        elif self._in_class():
            node.id = self._selfs(node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self.own.get(name, name) for name in node.names]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        top = len(self.tables) == 1
        self.classes.append(node.name)
        super().visit_ClassDef(node)
        self.classes.pop()
        if top:
            node.name = self.own.get(node.name, node.name)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        top, method = len(self.tables) == 1, self._in_class()
        self.selves.append(own_self(node) if method else self.selves[-1])
        super().visit_FunctionDef(node)
        self.selves.pop()
        if top:
            node.name = self.own.get(node.name, node.name)
        elif method:
            node.name = self._selfs(node.name)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        base = ast.unparse(node.value)
        if base == PREFIX[:-1] or base.startswith(PREFIX):
            node.attr = self._theirs(base, node.attr)
            return node
        if self.classes and isinstance(node.value, ast.Name) and node.value.id == self.selves[-1]:
            node.attr = self._selfs(node.attr)
        else:
            node.attr = self._attribute(node.attr)
        node.value = self.visit(node.value)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        for alias in node.names:
            local = alias.asname or alias.name
            if len(self.tables) == 1:
                local = self.own.get(local, local)
            alias.name = self._theirs(str(node.module), alias.name)
            alias.asname = None if local == alias.name else local
        return node


def shorten(plan: Plan, written: dict[str, ast.Module]) -> tuple[dict[str, ast.Module], dict[str, dict[str, list[str]]]]:
    """The same modules with short names, and what these stand for; the plan then knows what its things are called."""
    modules = {name: read(name, name, ast.unparse(tree)) for name, tree in written.items()}
    names = Choice(plan, modules).choose()
    told = meanings(plan, modules, names)
    for module in modules.values():
        renamer = Renamer(plan, module, names)
        module.tree.body = renamer.each(module.tree.body)
    for thing, unit in plan.homes.items():
        plan.names[thing] = names.globals.get(unit.name, {}).get(plan.names[thing], plan.names[thing])
    return {name: module.tree for name, module in modules.items()}, told


def shorten_hidden(package: Package) -> None:
    """The package's own modules anew, with short names for what nobody sees."""
    plan = Plan(package, {})
    names = Hidden(plan, package.modules).choose()
    for module in package.modules.values():
        module.tree.body = Renamer(plan, module, names).each(module.tree.body)
        module.text = renamed(module.text, module.tree)


def meanings(plan: Plan, modules: dict[str, Module], names: Names) -> dict[str, dict[str, list[str]]]:
    """Module -> what it calls a function -> what that may be in the sources; "attributes" -> the same for attributes."""
    told: dict[str, dict[str, set[str]]] = {"attributes": {new: {old} for old, new in names.attributes.items()}}
    for mapping in names.of_self.values():
        for old, new in mapping.items():
            told["attributes"].setdefault(new, set()).add(old)
    for thing, unit in plan.homes.items():
        new = names.globals.get(unit.name, {}).get(plan.names[thing], plan.names[thing])
        if unit.joined or new != plan.names[thing]:
            told.setdefault(unit.name, {}).setdefault(new, set()).add(f"{thing.module}.{thing.name}")
    for name, module in modules.items():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef):
                        own = names.of_self.get(node.name, {})
                        new = own.get(method.name) or names.attributes.get(method.name, method.name)
                        told.setdefault(name.rpartition(".")[2], {}).setdefault(new, set()).add(f"{node.name}.{method.name}")
    return {part: {new: sorted(old) for new, old in found.items()} for part, found in told.items()}
