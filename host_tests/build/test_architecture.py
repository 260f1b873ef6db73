"""What firmware/README.md says of the house's shape, held: which way imports run, in the package, the tools and the tests; and of the
package, how deep they nest, where hardware and native code are touched, and that code, catalogue and alert table name the same causes.
"""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tools.build.places import FIRMWARE, ROOT
from tools.laboratory.micropython_process import micropython_process

# From the ground up; what a part may import. x509, entropy and secure_element stand side by side; tls reaches the latter two through
# objects it is handed.
MAY_IMPORT = {
    "errors_text": set(),
    "errors": set(),
    "crypto": {"errors"},
    "x509": {"errors", "crypto"},
    "entropy": {"errors", "crypto"},
    "certificate_request": {"errors", "crypto"},
    "secure_element": {"errors", "errors_text", "crypto", "certificate_request"},
    "release": {"crypto"},
    "packing": {"crypto", "release"},
    "tls": {"errors", "crypto", "x509", "release"},
    "trace": {"errors"},
    "inventory": set(),
    "attempt": set(),
    "identity": {"errors", "crypto"},
    "identity_files": {"errors", "crypto", "x509", "identity"},
    "device_key": {"errors", "crypto", "entropy", "identity_files"},
    "transport": set(),
    "polling": {"transport"},
    "data": {"errors", "tls", "transport"},
    "key_log": set(),
    "binding": {"errors", "crypto", "x509", "tls"},
    "stores": {"errors", "crypto"},
    "board_memory": {"stores"},
    "stream": {"errors", "crypto", "x509", "tls", "trace", "packing", "transport", "polling", "data", "binding"},
    "wrapping": {"errors", "x509", "tls", "transport", "stream"},
    "loading": {"errors", "crypto", "x509", "release", "packing", "identity_files"},
    "connecting": set(),
    "context": {"errors", "crypto", "entropy", "tls", "release", "transport", "loading", "wrapping"},
    "as_ssl": {"errors", "loading", "context"},
    "installing": {"errors", "loading", "context", "as_ssl"},
}
FACES = {"__init__", "doctor"}  # may import anything, and nothing imports them

# Modules whose import by name at run time is their task: the user's names, the sentences, the chips, the kernels.
IMPORT_BY_NAME = {"latchkey", "latchkey.errors", "latchkey.secure_element", "latchkey.crypto.kernels", "latchkey.crypto.field.machine"}

# Who may touch what is outside the package. The transport is transport.py's; what a port has is entropy's.
ONLY = {
    "select": {"latchkey.transport"},
    "socket": {"latchkey.attempt", "latchkey.connecting"},
    "ssl": {"latchkey.installing"},
    "tls": {"latchkey.installing"},
    "asyncio": set(),
    "machine": {"latchkey.crypto.kernels", "latchkey.board_memory"},
    "network": {"latchkey.attempt", "latchkey.entropy.esp32"},
    "bluetooth": {"latchkey.entropy.esp32"},
    "stm": {"latchkey.entropy.stm32"},
    "latchkey_board": {"latchkey.entropy"},
}

DEEPEST = 4  # a level of import takes 0.9 KB of C stack on a board; the RP2 has 8 KB in all

PACKAGES = {"connection": None, "tls": "tls", "x509": "x509", "crypto": "crypto", "entropy": "entropy", "secure_element": "secure_element"}
ALERTS = {0, 10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 90, 100, 109, 110, 112, 113, 115, 116, 120, 255}


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        """The package or file of the first level: crypto, x509, stream, ..."""
        return [*self.name.split("."), "__init__"][1]

    @cached_property
    def all_nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def nodes(self, *kinds: type) -> Iterator:
        return (node for node in self.all_nodes if isinstance(node, kinds))


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted((FIRMWARE / "latchkey").rglob("*.py")):
        parts = path.relative_to(FIRMWARE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, ast.parse(path.read_text(), str(path)))
    return found


@cache
def imports(module: Module) -> set[str]:
    """The modules it imports at any place; `from package import name` is package.name where that is a module."""
    found = set()
    for node in module.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{module.name}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules() else str(node.module))
    for node in module.nodes(ast.Call):
        if ast.unparse(node.func) == "__import__":
            literal = isinstance(node.args[0], ast.Constant)
            assert literal or module.name in IMPORT_BY_NAME, f"{module.name} imports a name made at run time"
            found |= {node.args[0].value} if literal else set()
    return found


def inner_imports(module: Module) -> set[str]:
    return {name for name in imports(module) if name in modules() and name != "latchkey"}


def test_imports_run_from_the_ground_up() -> None:
    wrong = []
    for module in modules().values():
        if module.part in FACES:
            continue
        assert module.part in MAY_IMPORT, f"{module.name}: where does it stand? (MAY_IMPORT)"
        for name in inner_imports(module):
            part = modules()[name].part
            if part != module.part and part not in MAY_IMPORT[module.part]:
                wrong.append(f"{module.name} imports {name}")
    assert not wrong


def test_the_order_of_the_parts_has_no_circle_itself() -> None:
    done: set[str] = set()
    for part, below in MAY_IMPORT.items():
        assert below <= done, part
        done.add(part)


def lint_imports(folder: Path) -> str:
    """What lint-imports says of the tree in `folder`, or "" where every contract of pyproject.toml is kept there."""
    line = [Path(sys.prefix) / "bin" / "lint-imports", "--no-cache", "--no-logo", ROOT / "pyproject.toml"]
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'firmware'}:{folder}", "COLUMNS": "200"}
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_floors_and_rooms_are_kept() -> None:
    assert lint_imports(ROOT) == ""


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("tools/laboratory/pki.py", "from host_tests.x509 import maker", "tools.laboratory is not allowed to import host_tests"),
        ("tools/build/mpy.py", "def f():\n    import host_tests.conftest", "tools.build is not allowed to import host_tests"),
        ("tools/latchkey_tools/der.py", "from tools.build import mpy", "tools.latchkey_tools is not allowed to import tools.build"),
        ("tools/laboratory/pki.py", "from tools.bench import size", "tools.laboratory is not allowed to import tools.bench"),
        ("firmware/latchkey/x509/der.py", "from latchkey.tls import wire", "latchkey.x509 is not allowed to import latchkey.tls"),
        (
            "tools/laboratory/atecc_simulator/memory.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .device import Atecc508a",
            "No cycles are allowed in tools.laboratory.atecc_simulator",
        ),
    ],
)
def test_an_import_that_breaks_a_contract_is_named(file: str, line: str, broken: str, tmp_path: Path) -> None:
    for folder in ("firmware/latchkey", "tools", "host_tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / file).open("a") as module:
        module.write(f"{line}\n")
    assert broken in lint_imports(tmp_path)


def test_no_modules_import_each_other_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FIRMWARE)
    graph = grimp.build_graph("latchkey", "tools", "host_tests", cache_dir=None)
    assert len(graph.modules) > 300
    imported = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    TopologicalSorter(imported).prepare()  # a CycleError names the circle


@pytest.mark.parametrize("outside", sorted(ONLY))
def test_transport_and_hardware_are_touched_in_their_places_alone(outside: str) -> None:
    assert {module.name for module in modules().values() if outside in imports(module)} <= ONLY[outside]


def test_ports_are_told_apart_in_entropy_alone() -> None:
    users = {module.name for module in modules().values() for node in module.nodes(ast.Attribute) if ast.unparse(node) == "sys.platform"}
    assert {modules()[name].part for name in users} <= {"entropy", "doctor"}, users  # and the doctor names the port it saw


OTHER_CORES = ("kernel_thumb2", "kernel_rv32", "kernel_xtensa")  # than the one that runs this


def test_native_code_lives_in_kernels_alone() -> None:
    native = {"viper", "native", "asm_thumb", "asm_xtensa", "asm_rv32"}
    users = set()
    for module in modules().values():
        named = {node.attr for node in module.nodes(ast.Attribute) if ast.unparse(node.value) == "micropython"}
        named |= {alias.name for node in module.nodes(ast.ImportFrom) if node.module == "micropython" for alias in node.names}
        if named & native:
            users.add(module.path.name)
    assert users, "no native code at all: has the way it is written changed?"
    assert all(name.startswith(("kernel_viper", *OTHER_CORES)) for name in users), users


def test_no_module_asks_for_what_the_compiler_knows() -> None:
    """`const` needs no import, which costs each module two names to look up among all there are."""
    asked = [
        module.name
        for module in modules().values()
        for node in module.nodes(ast.ImportFrom)
        if node.module == "micropython" and "const" in [alias.name for alias in node.names]
    ]
    assert not asked


DEPTHS = """
import sys, builtins
names = sys.stdin.read().split()
real = builtins.__import__
way, deepest = [], []
def counting(name, *rest):
    global deepest
    if not name.startswith("latchkey") or name in sys.modules:
        return real(name, *rest)
    way.append(name)
    if len(way) > len(deepest):
        deepest = list(way)
    try:
        return real(name, *rest)
    finally:
        way.pop()
builtins.__import__ = counting
for name in names:
    for loaded in list(sys.modules):
        if loaded.startswith("latchkey"):
            del sys.modules[loaded]
    deepest = []
    try:
        __import__(name)
    except (ValueError, SyntaxError) as error:  # a kernel for another core
        if "kernel" not in name:
            raise
    print(name, len(deepest), " -> ".join(deepest))
"""


def test_no_import_nests_deeper_than_a_boards_stack_allows() -> None:
    """Each module imported first of all, in the interpreter itself; an import in a function starts where its caller stands."""
    names = [name for name in modules() if not any(kernel in name for kernel in OTHER_CORES)]
    done = micropython_process(DEPTHS, input="\n".join(names))
    assert done.returncode == 0, done.stderr
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(rows) == len(names)
    assert max(int(depth) for _, depth, _ in rows) > 1, "the measurement measures nothing"
    assert not [way for _, depth, way in rows if int(depth) > DEEPEST]


def test_the_type_checker_sees_every_folder_of_what_runs_on_a_board() -> None:
    config = json.loads((FIRMWARE / "pyrightconfig.json").read_text())
    seen = {(FIRMWARE / folder).resolve() for folder in config["include"]}
    device = {folder for part in ("tools", "host_tests") for folder in (ROOT / part).rglob("device")}
    assert len(device) > 3
    assert device <= seen


def test_importing_the_package_does_nothing() -> None:
    done = micropython_process("import sys, latchkey\nprint([name for name in sys.modules if 'latchkey' in name])")
    assert done.stdout == "['latchkey']\n"


@cache
def catalogue() -> dict[int, tuple[str, str, str]]:
    """Number -> (package, name, sentence), of all packages' texts in errors_text/."""
    found: dict[int, tuple[str, str, str]] = {}
    for path in sorted((FIRMWARE / "latchkey" / "errors_text" / f"{package}.py") for package in PACKAGES):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec and spec.loader
        text = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(text)
        for number, (name, sentence) in text.TEXT.items():
            assert number not in found, f"{number} stands twice"
            found[number] = (path.stem, name, sentence)
    return found


def alert_table() -> list[tuple[int, str, bytes]]:
    for node in modules()["latchkey.errors"].tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_ALERTS":
            return list(ast.literal_eval(node.value))
    raise AssertionError("errors.py has no _ALERTS")


def constants(module: Module) -> dict[str, int]:
    """`_NAME = const(number)` of a module."""
    found = {}
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "const":
            value = node.value.args[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                found[ast.unparse(node.targets[0])] = value.value
    return found


def causes_named(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """The constants in the first argument of each Fault(...); a table of causes there is a name that holds a dict."""
    tables = {
        ast.unparse(node.targets[0]) for node in module.tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
    }
    for call in module.nodes(ast.Call):
        if ast.unparse(call.func) == "Fault" and call.args:
            for node in ast.walk(call.args[0]):
                if isinstance(node, ast.Name) and node.id.isupper() and node.id not in tables:
                    yield node.id, call


def test_each_range_of_the_alert_table_is_the_catalogues() -> None:
    for first, package, alerts in alert_table():
        numbers = sorted(number for number, (home, _, _) in catalogue().items() if home == package)
        assert numbers == list(range(first, first + len(alerts))), package
        assert set(alerts) <= ALERTS, package
    assert [package for _, package, _ in alert_table()] == list(PACKAGES)


def test_names_of_causes_are_unique_in_their_package() -> None:
    names = [(package, name) for package, name, _ in catalogue().values()]
    assert sorted(names) == sorted(set(names))


def test_a_raised_cause_is_the_catalogues_by_name_and_number_and_the_packages_own() -> None:
    wrong = []
    for module in modules().values():
        known = constants(module)
        for name, call in causes_named(module):
            where = f"{module.name}:{call.lineno} {name}"
            package, title, _ = catalogue().get(known.get(name, -1), ("", "", ""))
            if name != f"_{title}":
                wrong.append(f"{where} = {known.get(name)}: the catalogue has {title or 'nothing'}")
            elif (PACKAGES[package] or module.part) != module.part:
                wrong.append(f"{where} is of {package}")
    assert not wrong


def test_a_constant_with_the_name_of_a_cause_of_its_package_has_its_number() -> None:
    numbers = {(PACKAGES[package], f"_{name}"): number for number, (package, name, _) in catalogue().items()}
    wrong = [
        f"{module.name}: {name} = {value}"
        for module in modules().values()
        for name, value in constants(module).items()
        if numbers.get((module.part, name), value) != value
    ]
    assert not wrong


def test_no_cause_is_dead() -> None:
    used = set()
    for module in modules().values():
        loaded = {node.id for node in module.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
        used |= {(name, value) for name, value in constants(module).items() if name in loaded}
    dead = [f"{number} {name}" for number, (_, name, _) in catalogue().items() if (f"_{name}", number) not in used]
    assert not dead


def test_sentences_take_a_detail_or_none_and_end_without_a_stop() -> None:
    for number, (_, name, sentence) in catalogue().items():
        marked = sentence.format("\0")
        assert marked.count("\0") <= 1, f"{number} {name}: one detail at most"
        assert "\0" in marked or sentence.format(None) == sentence
        assert sentence[0] not in " \n" and sentence[-1] not in " .\n", f"{number} {name}"


def test_a_sentence_with_a_place_for_a_detail_is_given_one() -> None:
    """x509 is left out: its faults get the number of their certificate where they pass the chain."""
    wrong = []
    for module in modules().values():
        for name, call in causes_named(module):
            package, _, sentence = catalogue().get(constants(module).get(name, -1), ("", "", ""))
            if package != "x509" and sentence.format("\0") != sentence and len(call.args) + len(call.keywords) < 2:
                wrong.append(f"{module.name}:{call.lineno} {name}")
    assert not wrong


def test_every_cause_is_described_on_the_device() -> None:
    script = """
import sys
from latchkey.errors import describe
for number in sys.stdin.read().split():
    name, sentence = describe(int(number), "DETAIL")
    print(number, name, sentence)
print([name for name in sys.modules if "errors_text." in name])
"""
    done = micropython_process(script, input="\n".join(map(str, sorted(catalogue()))))
    expected = [f"{number} {name} {sentence.format('DETAIL')}" for number, (_, name, sentence) in sorted(catalogue().items())]
    assert done.stdout.splitlines() == [*expected, "[]"]


def test_every_rule_names_tests_that_exist() -> None:
    rules = (FIRMWARE / "README.md").read_text().partition("\n## Rules\n")[2].split("\n- **")[1:]
    assert len(rules) >= 22
    for rule in rules:
        names = re.findall(r"`(.*?)`", rule.partition("- Tests: ")[2])
        assert names, rule
        for name in names:
            assert list((ROOT / "host_tests").rglob(name + ".py")), name
