"""Short names: for parameters, for globals of joined modules, for attributes. Names cost a board 8 bytes and their length each, for good.

A new name is taken out of one list in each of these three places, so that few names serve for all: first those that every firmware
has. Within a place:

parameters  of a function that nobody outside calls, and that no call names by keyword; another function's may have the same names
globals     of a joined module, and private functions of any; those of two modules may have the same name where neither imports the other's
attributes  the same old name has the same new one everywhere, but where it is asked of `self` alone, in one family of classes: then
            other families use that name for theirs

`reserved.py` says what keeps its name.
"""

from __future__ import annotations

import ast
import builtins
import io
import itertools
import keyword
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.build.bundle import reserved
from tools.build.bundle.package import PREFIX, Module, Scoped, bound_by
from tools.build.bundle.plan import Plan, Unit

# What the interpreter asks of objects, or classes of the package have from its own: no attribute is called so by chance.
_COMMON = (
    {name for name in reserved.of_micropython() if name.startswith("__")}
    | set(dir(OSError))
    | set(dir(io.IOBase))
    | {"ioctl", "errno", "value"}
)


@dataclass
class Seen:
    """What the bundle's modules say."""

    attributes: Counter[str] = field(default_factory=Counter)
    elsewhere: set[str] = field(default_factory=set)  # attributes that are asked of something else than `self`
    by_family: dict[str, set[str]] = field(default_factory=dict)  # class -> attributes of its `self`, and what its body binds
    bases: dict[str, list[str]] = field(default_factory=dict)  # of all classes of that name
    words: dict[str, set[str]] = field(default_factory=dict)  # unit -> every plain name in it
    keywords: set[str] = field(default_factory=set)
    set_from_outside: set[str] = field(default_factory=set)  # attributes


class Collector(Scoped):
    def __init__(self, module: Module, seen: Seen) -> None:
        super().__init__(module)
        self.seen = seen
        self.module = module
        self.imported: dict[str, str] = {}  # as it is called here -> where it comes from
        self.classes: list[str] = []
        self.selves: list[str] = [""]

    def collect(self) -> None:
        words = self.seen.words[self.module.name] = set()
        for node in ast.walk(self.module.tree):
            if isinstance(node, ast.keyword) and node.arg:
                self.seen.keywords.add(node.arg)
            elif isinstance(node, ast.arg):
                words.add(node.arg)
            elif isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.alias):
                words.add(node.asname or node.name)
                self.imported[node.asname or node.name] = node.name
        self.each(self.module.tree.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        bases = [ast.unparse(base) for base in node.bases]
        self.seen.bases.setdefault(node.name, []).extend(self.imported.get(base, base) for base in bases)
        self.classes.append(node.name)
        own = self.seen.by_family.setdefault(node.name, set())
        for statement in node.body:
            own |= _bound_in_class(statement)
        self.seen.attributes.update(own)
        super().visit_ClassDef(node)
        self.classes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        method = self.tables[-1].get_type() == "class"
        self.selves.append(own_self(node) if method else self.selves[-1])
        super().visit_FunctionDef(node)
        self.selves.pop()
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.seen.attributes[node.attr] += 1
        if self.classes and isinstance(node.value, ast.Name) and node.value.id == self.selves[-1]:
            self.seen.by_family[self.classes[-1]].add(node.attr)
        else:
            self.seen.elsewhere.add(node.attr)
            if not isinstance(node.ctx, ast.Load):
                self.seen.set_from_outside.add(node.attr)
        node.value = self.visit(node.value)
        return node


def own_self(method: ast.FunctionDef) -> str:
    """What a method calls its object; "" for one that has none."""
    plain = not any(ast.unparse(decorator) == "staticmethod" for decorator in method.decorator_list)
    return method.args.args[0].arg if plain and method.args.args else ""


def _bound_in_class(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def wordlist() -> Iterator[str]:
    """New names, the cheapest first."""
    yield from reserved.FREE
    letters = string.ascii_letters
    yield from letters
    for first, second in itertools.product(letters, letters + string.digits):
        if not keyword.iskeyword(first + second):
            yield first + second


@dataclass
class Names:
    """Old name -> new one."""

    globals: dict[str, dict[str, str]] = field(default_factory=dict)  # by unit
    attributes: dict[str, str] = field(default_factory=dict)
    of_self: dict[str, dict[str, str]] = field(default_factory=dict)  # by class


class Choice:
    """Chooses the names of globals and attributes."""

    def __init__(self, plan: Plan, modules: dict[str, Module]) -> None:
        self.plan = plan
        self.modules = modules
        self.seen = Seen()
        for module in modules.values():
            Collector(module, self.seen).collect()
        trees = [module.tree for module in modules.values()]
        alone = {name for unit in plan.units.values() if not unit.joined for name in plan.package.modules[unit.name].means}
        self.strings = reserved.in_strings(trees)
        self.public_classes = self._public_classes()
        self.fixed = (
            reserved.of_micropython() | self.strings | set(reserved.INSIDE) | {name for name in alone if not reserved.is_private(name)}
        )
        self.told = reserved.in_texts() | reserved.of_public_modules(plan.package) | self.seen.keywords
        self.names = Names()

    def choose(self) -> Names:
        self._attributes()
        self._globals()
        return self.names

    def may_change(self, name: str) -> bool:
        if name.startswith("__") or name in self.fixed or name in reserved.FREE:
            return False
        return reserved.is_private(name) or name not in self.told

    def _attributes(self) -> None:
        seen, names = self.seen, self.names
        every = [name for name in by_use(seen.attributes) if self.may_change(name)]
        self.kept = set(seen.attributes) - set(every)
        exposed = set().union(*(seen.by_family[name] for name in self.public_classes))
        words = [word for word in wordlist() if word not in self.kept]
        apart = [word for word in words if word not in reserved.FREE or word in reserved.UNLIKELY]
        for name in [name for name in every if name in seen.elsewhere]:
            names.attributes[name] = next(word for word in words if name not in exposed or word in apart)
            words.remove(names.attributes[name])
        # A family's own names may be what others call theirs, and nobody asks this family for or gives it.
        others = sorted((self.kept | set(names.attributes.values())) - self.strings - seen.set_from_outside - self._set_names() - _COMMON)
        for family in self._families():
            own = set().union(*(seen.by_family[name] for name in family))
            there = {names.attributes.get(name, name) for name in own}
            mine = [word for word in words if word in reserved.FREE] + others + [word for word in words if word not in reserved.FREE]
            if family & self.public_classes:
                mine = [word for word in words if word in apart]
            mine = [word for word in mine if word not in there]
            mapping = dict(zip([name for name in every if name in own and name not in seen.elsewhere], mine, strict=False))
            for name in family:
                names.of_self[name] = mapping

    def _set_names(self) -> set[str]:
        """New names of attributes that are set from outside."""
        return {new for old, new in self.names.attributes.items() if old in self.seen.set_from_outside}

    def _public_classes(self) -> set[str]:
        """Classes that users derive from, or hang attributes of their own on: their names may not run into those."""
        found = set()
        for module in self.plan.package.modules.values():
            if reserved.public(module.name):
                found |= {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
        return found & set(self.seen.by_family)

    def _families(self) -> list[set[str]]:
        """Classes that are each other's bases, directly or not."""
        families = [{name} for name in self.seen.by_family]
        for name, bases in self.seen.bases.items():
            for base in set(bases) & set(self.seen.by_family):
                joined = [family for family in families if name in family or base in family]
                families = [family for family in families if family not in joined] + [set().union(*joined)]
        return families

    def _globals(self) -> None:
        """What other modules import is called differently everywhere; each module's own names follow."""
        taken = set().union(*self.seen.words.values()) | set(dir(builtins)) | self.strings
        self.paid = sorted(self.kept | set(self.names.attributes.values()), key=lambda word: (len(word), word))
        imported = Counter(use for module in self.modules.values() for use in imports(module.tree))
        for full, name in by_use(imported):
            unit = self.plan.units.get(full.removeprefix(PREFIX))
            if unit is not None and unit.joined and self._may_change_global(name):
                self.names.globals.setdefault(unit.name, {})[name] = self._free(taken)
        for unit in self.plan.units.values():
            if unit.joined:
                self._own_globals(unit, taken.copy())
            elif not reserved.public(unit.name) and ".kernel_" not in unit.full:
                self._private_functions(unit, taken.copy(), set(imported))

    def _own_globals(self, unit: Unit, taken: set[str]) -> None:
        mapping = self.names.globals.setdefault(unit.name, {})
        for thing, home in self.plan.homes.items():
            name = self.plan.names[thing]
            if home is unit and name not in mapping and self._may_change_global(name):
                mapping[name] = self._free(taken)

    def _private_functions(self, unit: Unit, taken: set[str], imported: set[tuple[str, str]]) -> None:
        """Of a module that stays by itself: those that no other module has or asks an object for."""
        for node in self.modules[unit.name].tree.body:
            name = node.name if isinstance(node, ast.FunctionDef) else ""
            asked = (unit.full, name) in imported or name in self.seen.elsewhere
            if reserved.is_private(name) and not asked and self._may_change_global(name):
                self.names.globals.setdefault(unit.name, {})[name] = self._free(taken)

    def _free(self, taken: set[str]) -> str:
        """A name that costs nothing, or is there anyway, or a new one."""
        word = next(word for word in itertools.chain(reserved.FREE, self.paid, wordlist()) if word not in taken and word.isidentifier())
        taken.add(word)
        return word

    def _may_change_global(self, name: str) -> bool:
        """The stubs know them by their old names; a class's name shows."""
        return not name.startswith("__") and name not in self.strings and name not in self.public_classes and name not in reserved.FREE


class Hidden(Choice):
    """The same for the package's own modules: only what no traceback, no suggestion and no test names. These are variables and attributes
    with an underscore in front, but for those of classes that users see."""

    def __init__(self, plan: Plan, modules: dict[str, Module]) -> None:
        super().__init__(plan, modules)
        self.fixed |= reserved.ASKED | self._seen_by_users()

    def _attributes(self) -> None:
        """But none that a module has, too: it may be asked of that."""
        self.fixed, kept = self.fixed.union(*(module.means for module in self.modules.values())), self.fixed
        super()._attributes()
        self.fixed = kept

    def _seen_by_users(self) -> set[str]:
        """Functions and classes, which tracebacks name, and what classes have that users derive from."""
        nodes = (node for module in self.modules.values() for node in ast.walk(module.tree))
        shown = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        families = [family for family in self._families() if family & self.public_classes]
        return shown.union(*(self.seen.by_family[name] for family in families for name in family))

    def may_change(self, name: str) -> bool:
        return reserved.is_private(name) and super().may_change(name)

    def _globals(self) -> None:
        """What a module alone knows; not constants, which are nowhere but where they stand."""
        imported = {use for module in self.modules.values() for use in imports(module.tree)}
        for module in self.modules.values():
            asked = {name for full, name in imported if full == module.full}
            taken = self.seen.words[module.name] | set(dir(builtins)) | self.strings
            for statement in module.tree.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and not _is_const(statement.value):
                    for name in sorted(bound_by(statement) - asked - set(self.seen.attributes) - self.fixed):
                        if reserved.is_private(name):
                            word = next(word for word in reserved.FREE if word not in taken)
                            taken.add(word)
                            self.names.globals.setdefault(module.name, {})[name] = word


def _is_const(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "const"


def by_use(counted: Counter) -> list:
    """The most used first; in an order that is the same each time."""
    return sorted(counted, key=lambda one: (-counted[one], one))


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of all that is imported from modules of the package, or asked of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value).startswith(PREFIX):
            yield ast.unparse(node.value), node.attr
