"""The bundle (tools/build/bundle) is the package in fewer modules with shorter names, and nothing else: the same surface, the same bytes
on the wire, the same behaviour in the client's tests, and a heap that is smaller.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from host_tests.build import test_architecture
from tools.build import firmware, mpy
from tools.build.bundle import groups, join, make, parameters, rename, reserved, table
from tools.build.bundle.package import Const, Package, Thing
from tools.build.bundle.plan import BundleError, Plan
from tools.build.places import ROOT
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL
from tools.latchkey_tools import meaning

DEVICE = Path(__file__).parent / "device"

# The client's tests that `make test` runs on the bundle too; by hand, BUNDLE=1 runs any of them.
CLIENT_TESTS = (
    *(f"tls/test_{name}.py" for name in ("faults", "client_traffic", "board_handshake")),
    *(f"callers/test_{name}.py" for name in ("stream", "deadlines", "context", "wiping")),
    "x509/test_stapling.py",
)

# What a module shows of a name: a function's or a class's kind, a value as it is; of a class that users see, what they may call.
SHOW = """
import json, sys
with open(sys.argv[1]) as file:
    asked = json.load(file)
told = {}
for module, names, open_classes in asked:
    __import__(module)
    for name in names:
        value = getattr(sys.modules[module], name)
        shown = repr(value) if isinstance(value, (int, str, bytes, tuple)) else "callable" if callable(value) else "object"
        if isinstance(value, type) and open_classes:
            shown = [value.__name__, [attribute for attribute in dir(value) if attribute[0] != "_"]]
        told[module + "." + name] = shown
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def bundle(micropython) -> Path:
    """The folder to import it from."""
    return mpy.compiled(micropython.arch, small=True)


@pytest.fixture(scope="module")
def package() -> Package:
    return Package(make.SOURCES)


def surface(package: Package) -> list[tuple[str, list[str], bool]]:
    """Every module that runs on any port, with the names it defines for others, and whether users see its classes."""
    found = []
    for module in package.modules.values():
        if ".kernel_" in module.name or module.name in ("entropy.esp32", "entropy.rp2350", "entropy.stm32"):
            continue
        own = [name for name, meaning in module.means.items() if isinstance(meaning, Const) or meaning == Thing(module.name, name)]
        found.append((module.full, [name for name in own if not name.startswith("_")], reserved.public(module.name)))
    return found


def test_the_public_surface_is_the_packages(package: Package, bundle: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(surface(package)))
    shown = []
    for path in ([], [bundle]):
        done = micropython_process(SHOW, [asked], path=path)
        assert done.returncode == 0, done.stdout + done.stderr
        shown.append(json.loads(re.sub(r" at 0x[0-9a-f]+>", ">", done.stdout)))  # functions in tables
    assert len(shown[0]) > 250
    for name, told in shown[0].items():
        there = shown[1][name]
        if isinstance(told, list):  # a class: its private names are others, and may look like public ones
            assert told[0] == there[0]
            assert set(told[1]) <= set(there[1]), name
        else:
            assert told == there, name


def test_old_and_new_names_are_one_class(bundle: Path) -> None:
    code = """
import latchkey
from latchkey.errors import TLSError
from latchkey.context import SSLContext
from latchkey.entropy.pool import Pool
from latchkey import entropy
assert latchkey.TLSError is TLSError and latchkey.SSLContext is SSLContext
assert isinstance(entropy.default(), Pool) and latchkey.entropy.default() is entropy.default()
assert latchkey.x509.policy.RFC5280 == 1
latchkey.entropy.report()
"""
    done = micropython_process(code, path=[bundle])
    assert done.returncode == 0, done.stdout


def test_it_sends_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    root, server, device = pki.demo()
    root.write(tmp_path)
    device.write(tmp_path)
    kept = tmp_path / "server.bin"
    with OpenSSL(server, root, options=["-rev"]) as peer:
        recorded = micropython_process(DEVICE / "flights.py", ["record", peer.port, tmp_path, kept])
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    for path in ([], [bundle]):
        replayed = micropython_process(DEVICE / "flights.py", ["replay", 0, tmp_path, kept], path=path)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        assert replayed.stdout == recorded.stdout


def test_the_clients_tests_pass_on_it(request: pytest.FixtureRequest) -> None:
    tests = [str(Path(__file__).parents[1] / file) for file in CLIENT_TESTS]
    names = [name for name in str(request.config.getoption("--target")).split(",") if not name.startswith("serial:")]
    line = [sys.executable, "-m", "pytest", "-q", "-n", "0", f"--target={','.join(names) or 'unix'}", *tests]
    done = subprocess.run(line, cwd=ROOT, env={**os.environ, "BUNDLE": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_frugal_handshake_leaves_no_group_that_it_needed_alone(bundle: Path, tmp_path: Path) -> None:
    root, server, device = pki.demo()
    root.write(tmp_path)
    device.write(tmp_path)
    code = """
import socket, sys, latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.frugal = True
context.load_verify_locations(cafile=sys.argv[2] + "/root.pem")
context.load_cert_chain(sys.argv[2] + "/device.pem", sys.argv[2] + "/device.key")
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
tls = context.wrap_socket(sock, server_hostname="localhost")
print(*sorted(name for name in sys.modules if name.startswith("latchkey._")))
"""
    with OpenSSL(server, root, options=["-rev"]) as peer:
        done = micropython_process(code, [peer.port, tmp_path], path=[bundle])
    # without inline assembler the field machine and its kernels stay
    assert done.stdout.split() == ["latchkey._core", "latchkey._entropy", "latchkey._field", "latchkey._records"], done.stdout


def test_a_traceback_is_told_in_the_sources_names() -> None:
    mpy.bundle_sources()
    told = json.loads((make.BUNDLE / "names.json").read_text())
    short, long = next((short, long[0]) for short, long in told["_path"].items() if len(long) == 1 and long[0].startswith("x509.path."))
    line = f'  File "_path", line 1, in {short}\n'
    assert meaning.with_long_names(line, told) == f'  File "_path", line 1, in {long}\n'
    assert meaning.with_long_names("MemoryError: \n", told) == "MemoryError: \n"


def test_imports_nest_no_deeper_than_in_the_package(package: Package, bundle: Path) -> None:
    names = [module.full for module in package.modules.values() if not any(other in module.name for other in test_architecture.OTHER_CORES)]
    done = micropython_process(
        test_architecture.DEPTHS, input="\n".join([*names, *(f"latchkey.{group}" for group in groups.GROUPS)]), path=[bundle]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert not [way for _, depth, way in rows if int(depth) > test_architecture.DEEPEST]


# How it is made

A = """
from micropython import const
from pack.b import helper
_FIVE = const(5)
SIX = const(6)

def first(n):
    return helper(n) + _FIVE
"""


def made(tmp_path: Path, sources: dict[str, str], together: dict[str, tuple[str, ...]], short: bool = False) -> dict[str, str]:
    """The bundle of a small package, which is called latchkey as well."""
    for name, text in sources.items():
        path = tmp_path / (name.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("pack", "latchkey"))
    package = Package(tmp_path)
    if short:
        parameters.shorten(package)
    plan = Plan(package, together)
    written = join.bundle(plan)
    if short:
        written, _ = rename.shorten(plan, written)
    return {path: make.ast.unparse(tree) for path, tree in table.files(plan, written).items()}


def test_numbers_stand_where_their_names_stood_and_imports_within_a_group_are_gone(tmp_path: Path) -> None:
    found = made(tmp_path, {"__init__": "", "a": A, "b": "def helper(n):\n    return n\n"}, {"_g": ("a", "b")})
    assert found["_g.py"] == "def helper(n):\n    return n\n\ndef first(n):\n    return helper(n) + 5"
    assert "SIX = 6" in found["a.py"]  # under its old name


def test_two_modules_may_have_the_same_name(tmp_path: Path) -> None:
    b = "_HASH = (1,)\n\ndef helper(n):\n    return _HASH\n"
    found = made(tmp_path, {"__init__": "", "a": A + "_HASH = (2,)\n", "b": b}, {"_g": ("a", "b")})
    assert "_HASH = (2,)" in found["_g.py"] and "_HASH_b = (1,)\n\ndef helper(n):\n    return _HASH_b" in found["_g.py"]


def test_a_name_that_a_function_has_of_its_own_is_not_taken_for_the_modules(tmp_path: Path) -> None:
    a = "from pack import b\n\ndef first(helper):\n    return b.helper(helper)\n"
    found = made(tmp_path, {"__init__": "", "a": a, "b": "def helper(n):\n    return n\n"}, {"_g": ("a", "b")})
    assert found["_g.py"] == "def helper_b(n):\n    return n\n\ndef first(helper):\n    return helper_b(helper)"


def test_a_module_that_is_handed_on_must_stay_by_itself(tmp_path: Path) -> None:
    a = "from pack import b\n\ndef first():\n    return b\n"
    with pytest.raises(BundleError, match="handed on"):
        made(tmp_path, {"__init__": "", "a": a, "b": "x = 1\n"}, {"_g": ("a", "b")})


def test_a_group_is_imported_at_the_top_by_those_after_it_and_within_functions_by_those_before(tmp_path: Path) -> None:
    a = "from pack import b\n\ndef first():\n    return b.second()\n"
    b = "def second():\n    return 2\n"
    sources = {"__init__": "", "a": a, "b": b}
    assert made(tmp_path, sources, {"_g": ("b",), "_h": ("a",)})["_h.py"].startswith("from latchkey._g import second\n")
    assert "def first():\n    from latchkey._h import second\n" in made(tmp_path, sources, {"_g": ("a",), "_h": ("b",)})["_g.py"]


def test_what_is_passed_by_name_keeps_its_name(tmp_path: Path) -> None:
    a = "def first(number, width):\n    return number + width\n\ndef other():\n    return first(1, width=2)\n"
    found = made(tmp_path, {"__init__": "", "a": a}, {"_g": ("a",)}, short=True)
    assert "number" not in found["_g.py"] and "width=2" in found["_g.py"] and ", width)" in found["_g.py"]


def test_attributes_asked_of_self_alone_share_names_and_others_differ(tmp_path: Path) -> None:
    a = (
        "class One:\n    def __init__(self):\n        self._mine = 1\n        self._shared = 2\n\n"
        "class Two:\n    def __init__(self):\n        self._ours = 1\n\n"
        "def look(thing):\n    return thing._shared\n"
    )
    text = made(tmp_path, {"__init__": "", "a": a}, {"_g": ("a",)}, short=True)["_g.py"]
    assert "_mine" not in text and "_ours" not in text and "_shared" not in text
    attributes = [node.attr for node in make.ast.walk(make.ast.parse(text)) if isinstance(node, make.ast.Attribute)]
    assert len(attributes) == 4 and len(set(attributes)) == 2  # _mine and _ours have one name, _shared another


def test_a_class_and_its_bases_agree_on_names_whatever_the_base_is_called_there(tmp_path: Path) -> None:
    base = "class Base:\n    def _step(self):\n        return self._width\n"
    a = "from pack.b import Base as Other\n\nclass Kernel(Other):\n    def __init__(self):\n        self._width = 1\n"
    c = "class Kernel:\n    def __init__(self):\n        self._high = self._low = 1\n"
    found = made(tmp_path, {"__init__": "", "a": a, "b": base, "c": c}, {"_g": ("b",)}, short=True)
    width = make.ast.parse(found["_g.py"]).body[0].body[0].body[0].value.attr  # pyright: ignore[reportAttributeAccessIssue]
    assert width != "_width" and f"self.{width} = 1" in found["a.py"]


def test_a_function_within_keeps_apart_what_it_takes_and_what_it_asks_of_the_function_around_it(tmp_path: Path) -> None:
    a = """
def _outer(width, height):
    def _inner(depth):
        return width * height * depth
    return _inner(2)

def volume():
    return _outer(3, 5)
"""
    found = made(tmp_path, {"__init__": "", "a": a, "b": "x = 1\n"}, {"_g": ("a", "b")}, short=True)
    product = next(node for node in make.ast.walk(make.ast.parse(found["_g.py"])) if isinstance(node, make.ast.BinOp))
    assert len({node.id for node in make.ast.walk(product) if isinstance(node, make.ast.Name)}) == 3, found["_g.py"]


def test_no_name_changes_that_somebody_may_ask_for() -> None:
    mpy.bundle_sources()
    changed = {old for old_names in json.loads((make.BUNDLE / "names.json").read_text())["attributes"].values() for old in old_names}
    assert not {name for name in changed & reserved.in_texts() if not reserved.is_private(name)}
    assert not changed & reserved.of_micropython()


def test_every_group_has_a_module_of_which_no_other_has_a_part(package: Package) -> None:
    plan = Plan(package, groups.complete(package, groups.GROUPS))
    assert [unit.name for unit in plan.units.values() if unit.joined and not plan.whole(unit)] == []


NEWCOMER = {
    "__init__": "",
    "release": '_KEPT = ()\n_AFTER = {"path": (("", ("user", "new")),)}\n',
    "user": "from latchkey.new import f\ng = f\n",
    "beside": "x = 1\n",
    "new": "f = 1\n",
}


@pytest.mark.parametrize(
    ("changed", "joins"),
    [
        pytest.param({}, True, id="loaded and dropped with one group"),
        pytest.param({"release": '_KEPT = ()\n_AFTER = {"path": (("", ("user",)),)}\n'}, False, id="stays longer"),
        pytest.param({"alone": "from latchkey.new import f\n"}, False, id="a module by itself has it, too"),
        pytest.param({"beside": "from latchkey.new import f\n"}, False, id="another group has it, too"),
        pytest.param({"user": "def g():\n    from latchkey.new import f\n    return f\n"}, False, id="loaded later"),
        pytest.param({"user": "from latchkey import new\ng = [new]\n"}, False, id="handed on as an object"),
        pytest.param({"user": "try:\n    from latchkey.new import f\nexcept ImportError:\n    f = 2\n"}, False, id="may be left out"),
    ],
)
def test_a_new_module_joins_the_group_that_it_is_loaded_and_dropped_with(tmp_path: Path, changed: dict[str, str], joins: bool) -> None:
    for name, text in {**NEWCOMER, **changed}.items():
        (tmp_path / f"{name}.py").write_text(text)
    joined = groups.complete(Package(tmp_path), {"_path": ("user",), "_other": ("beside",)})
    assert joined == {"_path": ("new", "user") if joins else ("user",), "_other": ("beside",)}


def test_it_comes_out_the_same_each_time() -> None:
    """However Python orders its sets: what lies in build/bundle was made by another process, with a seed of its own."""
    folder = mpy.bundle_sources() / "latchkey"
    code = "import json; from tools.build.bundle import make; print(json.dumps(make.make()[0]))"
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "1"}, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}


@pytest.mark.targets("cortex_m")
def test_names_that_are_to_cost_nothing_are_the_firmwares_own() -> None:
    objects = firmware.build(firmware.CORES["m7"]).parent
    known = set(re.findall(r"^QDEF[01]\(MP_QSTR_(\w+),", (objects / "genhdr" / "qstrdefs.generated.h").read_text(), re.MULTILINE))
    assert not set(reserved.FREE) - known
    assert len(set(reserved.FREE)) == len(reserved.FREE)
