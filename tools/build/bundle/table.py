"""What names modules by string: the table of release.py, the homes of the face's names, and the stubs that old names lead to."""

from __future__ import annotations

import ast

from tools.build.bundle.package import Const, Module, Package, Thing
from tools.build.bundle.plan import BundleError, Plan, Unit

# How a stub looks things up: a group that was dropped is loaded again, and the stub holds nothing of it.
_STUB = """
_NAMES = {names!r}

def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(name)
    home, there = _NAMES[name]
    return getattr(__import__(home, None, None, (there,)), there)
"""


# A package of which modules were joined: `latchkey.x509.policy` is there when it is asked for, as if it had been loaded already.
_PACKAGE = """
import sys

def __getattr__(name):
    try:
        __import__({full!r} + "." + name)
    except ImportError:
        raise AttributeError(name)
    return sys.modules[{full!r} + "." + name]
"""


def literal(module: Module, name: str) -> tuple[ast.Assign, object]:
    """The statement that gives `name` its value, and that value."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return statement, ast.literal_eval(statement.value)
    raise BundleError(f"{module.name} has no {name}")


def dropped(prefix: str, names: tuple[str, ...] | None, modules: set[str], kept: tuple[str, ...]) -> set[str]:
    """The modules that an entry of release.py's table drops."""
    if names is not None:
        return {prefix + name for name in names}
    return {name for name in modules if name.startswith(prefix) and name[len(prefix) :] not in kept}


def gone(package: Package) -> dict[str, frozenset[str]]:
    """Of each module, the parts of a handshake after which release.py drops it."""
    module = package.modules["release"]
    _, kept = literal(module, "_KEPT")
    _, parts = literal(module, "_AFTER")
    assert isinstance(parts, dict) and isinstance(kept, tuple)
    every = set(package.modules)
    after = {part: set().union(*(dropped(prefix, names, every, kept) for prefix, names in entries)) for part, entries in parts.items()}
    return {name: frozenset(part for part, names in after.items() if name in names) for name in every}


def release(plan: Plan) -> None:
    """release.py's table for groups: a group goes where all the modules went that it has whole."""
    module = plan.package.modules["release"]
    _, kept = literal(module, "_KEPT")
    statement, table = literal(module, "_AFTER")
    assert isinstance(table, dict) and isinstance(kept, tuple)
    whole = set(plan.package.modules)
    told: dict[str, tuple] = {}
    for part, entries in table.items():
        gone: set[str] = set().union(*(dropped(prefix, names, whole, kept) for prefix, names in entries))
        groups = tuple(unit.name for unit in plan.units.values() if unit.joined and plan.whole(unit) <= gone)
        alone = [(prefix, _alone(plan, prefix, names)) for prefix, names in entries]
        told[part] = (*(entry for entry in alone if entry[1] != ()), *([("", groups)] if groups else []))
    statement.value = ast.parse(repr(told), mode="eval").body


def _alone(plan: Plan, prefix: str, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(name for name in names if not plan.joined(prefix + name))


def face(plan: Plan) -> None:
    """The face's names come out of the groups at once."""
    module = plan.package.modules[""]
    statement, homes = literal(module, "_HOMES")
    assert isinstance(homes, dict)
    told: dict[str, tuple[str, ...]] = {}
    for source, names in homes.items():
        for name in names:
            thing = Thing(source, name)
            home = plan.home(thing)
            if plan.names[thing] != name:
                raise BundleError(f"{name} would be called {plan.names[thing]}")
            told[home.name] = (*told.get(home.name, ()), name)
    statement.value = ast.parse(repr(told), mode="eval").body


def keep_constants(package: Package) -> None:
    """The numbers that the face names are variables: somebody asks for them by name."""
    _, homes = literal(package.modules[""], "_HOMES")
    assert isinstance(homes, dict)
    for source, names in homes.items():
        module = package.modules[source]
        for name in names:
            if isinstance(module.means[name], Const):
                module.spoken.add(name)


def stub(plan: Plan, module: Module) -> ast.Module:
    """What stands under a joined module's old name."""
    names: dict[str, tuple[str, str]] = {}
    body: list[ast.stmt] = []
    for name, meaning in module.means.items():
        if name.startswith("_") and not name.startswith("__"):
            continue
        if isinstance(meaning, Const) and Thing(module.name, name) not in plan.homes:
            body.append(ast.Assign([ast.Name(name, ast.Store())], ast.Constant(meaning.value), lineno=0))
        elif meaning == Thing(module.name, name) or name in module.spoken:
            thing = Thing(module.name, name)
            names[name] = (plan.home(thing).full, plan.names[thing])
    if module.file.endswith("__init__.py"):  # others are looked for in a package by what it says it has not
        body += [ast.ImportFrom(home, [ast.alias(there, name)], 0) for name, (home, there) in names.items()]
    elif names:
        body += ast.parse(_STUB.format(names=names)).body
    return ast.fix_missing_locations(ast.Module(body, []))


def files(plan: Plan, written: dict[str, ast.Module]) -> dict[str, ast.Module]:
    """Everything, by its path in the package."""
    found = {}
    for unit in plan.units.values():
        found[_file(plan, unit)] = written[unit.name]
    for module in plan.package.modules.values():
        if plan.joined(module.name):
            found[module.file] = stub(plan, module)
        elif is_emptied(plan, module):
            found[module.file] = ast.parse(_PACKAGE.format(full=module.full))
    return found


def is_emptied(plan: Plan, module: Module) -> bool:
    """A package that does nothing, lost modules to groups, and holds no kernels: those load it in every handshake."""
    inner = [other for other in plan.package.modules if other.startswith(module.name + ".")]
    kernels = any(".kernel_" in other for other in inner)
    return bool(module.name) and not module.tree.body and not kernels and any(plan.joined(other) for other in inner)


def _file(plan: Plan, unit: Unit) -> str:
    return f"{unit.name}.py" if unit.joined else plan.package.modules[unit.members[0]].file
