"""Where everything goes, and what it is called there: the modules of the bundle, joined ones and those that stay by themselves."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tools.build.bundle.package import PREFIX, Foreign, Meaning, Module, Package, Thing, Whole, local_names


class BundleError(Exception):
    """A source does what the bundle can't follow."""


@dataclass
class Unit:
    """A module of the bundle: a joined one, or one that stays by itself."""

    name: str
    members: list[str]
    joined: bool
    taken: set[str] = field(default_factory=set)  # its globals
    heads: dict[tuple[str, str], str] = field(default_factory=dict)  # (unit, name there) -> name here, imported at its top
    foreign: dict[str, Foreign] = field(default_factory=dict)

    @property
    def full(self) -> str:
        return (PREFIX + self.name).rstrip(".")


class Plan:
    """Where everything goes, and what it is called there."""

    def __init__(self, package: Package, groups: dict[str, tuple[str, ...]]) -> None:
        self.package = package
        self.units: dict[str, Unit] = {}
        self.homes: dict[Thing, Unit] = {}
        self.units_of: dict[str, list[Unit]] = {}
        self.names: dict[Thing, str] = {}
        self.locals = set().union(*(local_names(module.scopes) for module in package.modules.values()))
        self.foreign = {name for module in package.modules.values() for name, m in module.means.items() if isinstance(m, Foreign)}
        for group, members in groups.items():
            self._add_group(group, members)
        for module in package.modules.values():
            if module.name not in self.units_of:
                self._add_alone(module)

    def joined(self, module: str) -> bool:
        return self.units_of[module][0].joined

    def whole(self, unit: Unit) -> set[str]:
        """The modules of which no other group has a part."""
        return {member for member in unit.members if self.units_of[member] == [unit]}

    def meaning(self, module: str, name: str) -> Meaning | None:
        return self.package.meaning(module, name)

    def name_in(self, unit: Unit, thing: Thing) -> str:
        """What `thing` is called in `unit`, which imports it at its top if it is another's."""
        home = self.home(thing)
        if home is unit:
            return self.names[thing]
        key = home.full, self.names[thing]
        if key not in unit.heads:
            unit.heads[key] = self.free(unit, self.names[thing], thing.module)
        return unit.heads[key]

    def is_later(self, unit: Unit, thing: Thing) -> bool:
        """Whether `thing` is of a group that comes after `unit`, which is also a group."""
        order = [name for name, other in self.units.items() if other.joined]
        home = self.home(thing).name
        return unit.name in order and home in order and order.index(home) > order.index(unit.name)

    def home(self, thing: Thing) -> Unit:
        if thing not in self.homes:
            raise BundleError(f"{thing.module} has no {thing.name}")
        return self.homes[thing]

    def free(self, unit: Unit, name: str, module: str) -> str:
        """A global name for `unit` that is no function's own either."""
        taken = unit.taken | self.locals | self.foreign | set(dir(builtins))
        wanted = name
        if wanted in taken:
            wanted = f"{name}_{module.rpartition('.')[2]}"
        while wanted in taken:
            wanted += "_"
        unit.taken.add(wanted)
        return wanted

    def _add_group(self, group: str, members: tuple[str, ...]) -> None:
        unit = Unit(group, [], True)
        self.units[group] = unit
        for member in members:
            module, _, names = member.partition(":")
            only = {name.strip() for name in names.split(",")} if names else None
            unit.members.append(module)
            self.units_of.setdefault(module, []).append(unit)
            for thing in self._things(module):
                if only is None or thing.name in only:
                    if thing in self.homes:
                        raise BundleError(f"{thing} in two groups")
                    self.homes[thing] = unit
                    self.names[thing] = self._unique(thing)
                    unit.taken.add(self.names[thing])
        unit.members = self._in_order(unit.members)

    def _add_alone(self, module: Module) -> None:
        unit = Unit(module.name, [module.name], False)
        unit.taken |= set(module.means)
        self.units[module.name] = unit
        self.units_of[module.name] = [unit]
        for name in module.means:
            thing = Thing(module.name, name)
            self.homes[thing] = unit
            self.names[thing] = name

    def _things(self, module: str) -> Iterator[Thing]:
        for name, meaning in self.package.modules[module].means.items():
            if meaning == Thing(module, name) or name in self.package.modules[module].spoken:
                yield Thing(module, name)

    def _unique(self, thing: Thing) -> str:
        taken = set(self.names.values()) | self.locals | self.foreign | set(dir(builtins))
        wanted = thing.name
        if wanted in taken:
            wanted = f"{thing.name}_{thing.module.rpartition('.')[2]}"
        while wanted in taken:
            wanted += "_"
        return wanted

    def _in_order(self, members: list[str]) -> list[str]:
        """What a module imports at its top comes before it."""
        done: list[str] = []

        def visit(name: str) -> None:
            if name in done or name not in members:
                return
            for meaning in self.package.modules[name].means.values():
                if isinstance(meaning, Thing | Whole) and meaning.module != name:
                    visit(meaning.module)
            done.append(name)

        for name in members:
            visit(name)
        return done


def check_order(plan: Plan) -> None:
    """No unit imports itself by way of others while it is loaded."""
    below = {unit.full: {home for home, _ in unit.heads} for unit in plan.units.values()}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise BundleError(f"a circle: {', '.join(heads(plan, *step) for step in pairwise([*way, name]))}")
        for inner in below[name]:
            visit(inner, (*way, name))

    for name in below:
        visit(name, ())


def heads(plan: Plan, inner: str, outer: str) -> str:
    """What one unit imports of another, for people."""
    names = [name for unit in plan.units.values() if unit.full == inner for home, name in unit.heads if home == outer]
    return f"{inner} imports {' and '.join(names)} of {outer}"
