"""pytest's side of the harness: targets as a parameter, and files of on-target cases as tests.

- `--target=unix,serial:/dev/ttyACM0` chooses where on-device code runs. A test that asks for the fixture `target` runs on each.
  Without it that is the Unix port and the emulated Cortex-M; where the latter can't be built, the report says so.
- A test marked `thorough` runs on the emulated Cortex-M where that is asked for by name alone, as `make test-targets` does.
- host_tests/on_target/NAME.py runs on each too, in one interpreter per file; every case is a test of its own. A file with
  `TARGETS = ("unix",)` runs on these alone, as a test marked `@pytest.mark.targets("unix")` does.
- With CI=true a skipped test fails the run.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests import versions
from host_tests.targets import CaseRun, Result, Target, TargetError, TargetLost, cases_of, check, make
from tools.build import firmware, interpreter, mpy
from tools.build.places import BUILD
from tools.build.plain import Plain

BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]
TABLES = BUILD / "tables"
ON_TARGET = Path(__file__).parent / "on_target"

# The files that take half a minute or more, the longest first. Shared out in this order, no process is left alone with one at the end.
LONGEST = [
    Path(__file__).parent / name
    for name in (
        "build/test_bundle.py",
        "boards/test_memory.py",
        "boards/test_emulated_board.py",
        "chip/test_faults.py",
        "crypto/test_hashes.py",
        "x509/test_rules.py",
        "crypto/test_curve_differential.py",
        "crypto/test_field_machine.py",
        "boards/test_readme.py",
        "crypto/test_aes_gcm.py",
        "commands/test_provision.py",
        "chip/test_driver.py",
        "callers/test_scheduled.py",
        "chip/test_optiga.py",
        "callers/test_callbacks.py",
        "chip/test_simulator_properties.py",
        "callers/test_doctor.py",
        "callers/test_context.py",
        "crypto/test_chacha20poly1305.py",
        "tls/test_faults_emulated.py",
        "crypto/test_field_edges.py",
        "x509/test_signatures.py",
    )
]


class Targets:
    """The session's targets, made when first used."""

    def __init__(self) -> None:
        self._made: dict[str, Target] = {}
        self._run: CaseRun | None = None

    def get(self, name: str) -> Target:
        if name not in self._made:
            self._made[name] = make(name)
        return self._made[name]

    def run_case(self, name: str, file: Path, case: str) -> Result:
        """Run a case in the interpreter of its file, which is started with the first."""
        target = self.get(name)
        if self._run is None or (self._run.target, self._run.file) != (target, file):
            self._run = CaseRun(target, file)
        return self._run.run(case)

    def dispose(self) -> None:
        for target in self._made.values():
            target.dispose()


NOWHERE = object()  # the parameter of a test that none of the chosen targets is for
TARGETS = pytest.StashKey[Targets]()
THOROUGH = pytest.StashKey[bool]()
LEFT_OUT = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", help="comma-separated: unix, cortex_m, cortex_m:m3, serial:DEVICE (default: unix,cortex_m)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TARGETS] = Targets()
    config.stash[THOROUGH] = bool(config.getoption("--target"))
    if "serial:" in (config.getoption("--target") or "") and (config.getoption("numprocesses", None) or 0) > 1:
        raise pytest.UsageError("a board on a serial port serves one process: -n 0, or make JOBS=0")
    try:
        interpreter.find()
        config.stash[LEFT_OUT] = left_out = "" if config.getoption("--target") else firmware.why_not(BOARD)
        config.option.target = config.getoption("--target") or ("unix" if left_out else "unix,cortex_m")
        for name in chosen(config):
            check(name)
    except Plain as reason:
        raise pytest.UsageError(str(reason)) from None
    if left_out and os.environ.get("CI") == "true":
        raise pytest.UsageError(f"CI=true: nothing may be left out; {left_out}")


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[TARGETS].dispose()


def chosen(config: pytest.Config, only: tuple[str, ...] = ()) -> list[str]:
    """The targets asked for, as far as a test is for them; `only` has kinds (serial), the option may have more (serial:/dev/ttyACM0)."""
    names = [name.strip() for name in str(config.getoption("--target")).split(",")]
    return [name for name in names if not only or name.partition(":")[0] in only]


def pytest_report_header(config: pytest.Config) -> list[str]:
    loads = "the sources" if mpy.sources() else "build/mpy"
    loads = f"the bundle ({loads})" if mpy.bundled() else loads
    lines = [f"micropython: {interpreter.find()}", f"package: {loads}", f"met here: {versions.shown(versions.all_met())}"]
    left_out = config.stash[LEFT_OUT]
    return [*lines, f"LEFT OUT: {left_out}"] if left_out else lines


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("targets")
        names = chosen(metafunc.config, marker.args if marker else ())
        metafunc.parametrize("target", names or [NOWHERE], indirect=True, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for other targets than the chosen ones, or for the package alone; pytest would call it skipped."""
    elsewhere = [item for item in items if is_elsewhere(item) or (mpy.bundled() and item.get_closest_marker("package_only"))]
    if not config.stash[THOROUGH]:
        elsewhere += [item for item in items if item.get_closest_marker("thorough") and target_of(item) == "cortex_m"]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.path))


def place_of(file: Path) -> int:
    """Where a file stands among those that are shared out; the others keep their order."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


def target_of(item: pytest.Item) -> object:
    return item.callspec.params.get("target") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None


def is_elsewhere(item: pytest.Item) -> bool:
    return target_of(item) is NOWHERE


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Target:
    """A MicroPython to run code on: `exec(code) -> stdout`, `put(name, data)`, `reset()`. Fresh for each file of tests."""
    target = request.config.stash[TARGETS].get(request.param)
    target.reset()
    return target


@pytest.fixture(scope="session")
def micropython() -> interpreter.Interpreter:
    """The Unix port's path, version, .mpy architecture and features."""
    return interpreter.find()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.parent == ON_TARGET and file_path.suffix == ".py" and not parent.session.isinitpath(file_path):
        return OnTargetFile.from_parent(parent, path=file_path)
    return None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file named on the command line, which pytest would import."""
    return OnTargetFile.from_parent(parent, path=module_path) if module_path.parent == ON_TARGET else None


class OnTargetFile(pytest.File):
    """A file of cases: read here, run on the targets."""

    def collect(self) -> Iterator[pytest.Item]:
        for name in chosen(self.config, only(self.path)):
            for case in cases_of(self.path):
                yield OnTargetCase.from_parent(self, name=f"{case.name}[{name}]", case=case.name, line=case.line, target=name)


class OnTargetCase(pytest.Item):
    def __init__(self, *, case: str, line: int, target: str, **rest) -> None:
        super().__init__(**rest)
        self.case = case
        self.line = line
        self.target = target

    def runtest(self) -> None:
        result = self.config.stash[TARGETS].run_case(self.target, self.path, self.case)
        if result.output:
            self.add_report_section("call", "stdout", result.output)
        if result.outcome != "passed":
            raise CaseFailed(result)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, self.name


class CaseFailed(Exception):
    def __init__(self, result: Result) -> None:
        super().__init__(f"{result.traceback or result.message}\n({result.outcome} after {result.ms} ms)")


def only(file: Path) -> tuple[str, ...]:
    """The file's TARGETS, if it has that."""
    for node in ast.parse(file.read_text(), str(file)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TARGETS":
            return ast.literal_eval(node.value)
    return ()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> None:
    """What the target printed before its code, run by a host's test, ended with an exception."""
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, TargetError | TargetLost) and error.output:
        item.add_report_section(call.when, "target's output", error.output)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """What was left out, and where the tables are that tests recorded (record_property("table", ...)), whichever process ran them."""
    if left_out := config.stash[LEFT_OUT]:
        terminalreporter.write_line(f"LEFT OUT: {left_out}", yellow=True)
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    for path in tables(reports):
        terminalreporter.write_line(f"table: {path}")


def tables(reports: list[pytest.TestReport]) -> list[Path]:
    """A file of those of each file of tests, anew."""
    texts: dict[str, list[str]] = {}
    for report in reports:
        recorded = [str(value) for name, value in report.user_properties if name == "table"]
        if recorded:
            texts.setdefault(report.nodeid.partition("::")[0].replace("/", "-").removesuffix(".py"), []).extend(recorded)
    TABLES.mkdir(parents=True, exist_ok=True)
    for name, lines in texts.items():
        (TABLES / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return [TABLES / f"{name}.txt" for name in texts]


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("CI") == "true" and reporter.stats.get("skipped"):
        reporter.write_line("CI=true: a skipped test is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
