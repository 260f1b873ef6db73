"""The manifests that users freeze latchkey by, as MicroPython's own reader takes them; firmware of emulated boards made by them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from host_tests.targets.emulated import Emulated
from tools.build import debian_source, mpy, port
from tools.build.firmware import CORES
from tools.build.places import BUILD, FIRMWARE, ROOT
from tools.build.plain import Plain
from tools.laboratory.emulator import Emulator

MANIFESTS = FIRMWARE / "manifests"
ARCHITECTURES = sorted(path.name for path in MANIFESTS.iterdir() if path.is_dir())
BOARDS = sorted(path.parent.name for path in ROOT.glob("boards/*/manifest.py") if path.parent.name != "qemu_common")


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    path = Path(debian_source.fetch("micropython", BUILD / "debian")) / "tools" / "manifestfile.py"
    spec = importlib.util.spec_from_file_location("manifestfile", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["manifestfile"] = module
    spec.loader.exec_module(module)
    return module


def frozen(reader: ModuleType, manifest: str, place: Path) -> set[str]:
    """The files of a manifest as they are called in the firmware."""
    (place / "boards").mkdir(exist_ok=True)
    (place / "boards" / "manifest.py").write_text("")
    file = reader.ManifestFile(
        reader.MODE_FREEZE, {"MPY_DIR": str(place), "PORT_DIR": str(place), "BOARD_DIR": str(place), "MPY_LIB_DIR": ""}
    )
    file.execute(manifest)
    return {found.target_path for found in file.files()}


def expected(arch: str, sources: Path) -> set[str]:
    return {str(path.relative_to(sources)) for path in sources.glob("latchkey/**/*.py") if mpy.suits(path, arch)}


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_an_architectures_manifest_has_all_that_its_cores_can_run(reader: ModuleType, arch: str, small: bool, tmp_path: Path) -> None:
    wanted = expected(arch, mpy.bundle_sources() if small else FIRMWARE)
    included = f'include("{MANIFESTS}/{arch}/latchkey/manifest.py", small={small})\n'
    required = f'add_library("latchkey", "{MANIFESTS}/{arch}")\nrequire("latchkey", library="latchkey", small={small})\n'
    assert frozen(reader, included, tmp_path) == frozen(reader, required, tmp_path) == wanted


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_manifest_has_the_packages_version(arch: str) -> None:
    version = (FIRMWARE / "latchkey" / "__init__.py").read_text().partition('__version__ = "')[2].partition('"')[0]
    assert f'metadata(version="{version}"' in (MANIFESTS / arch / "latchkey" / "manifest.py").read_text()


@pytest.mark.parametrize("board", BOARDS)
def test_a_boards_manifest_is_its_ports_own_and_latchkey(reader: ModuleType, board: str, tmp_path: Path) -> None:
    assert port.arch(board) in ARCHITECTURES
    found = frozen(reader, str(ROOT / "boards" / board / "manifest.py"), tmp_path)
    assert "latchkey/__init__.py" in found and len(found) > 100


def test_a_board_that_one_can_hold_is_built_by_its_own_port(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch) -> None:
    """The vendor's tools are stood in for: its Makefile says what it was told."""
    tree = tmp_path / "micropython"
    (tree / "py").mkdir(parents=True)
    (tree / "py" / "mpconfig.h").touch()
    (tree / "ports" / "esp32" / "boards" / "ESP32_GENERIC").mkdir(parents=True)
    (tree / "ports" / "esp32" / "Makefile").write_text("all:\n\t@echo made $(BOARD) $(FROZEN_MANIFEST)\nsubmodules:\n\t@echo fetched\n")
    monkeypatch.setattr(sys, "argv", ["port", "ESP32_GENERIC", "--tree", str(tree)])
    assert port.main() == 0
    told = capfd.readouterr().out
    assert "fetched" in told and f"made ESP32_GENERIC {ROOT}/boards/ESP32_GENERIC/manifest.py" in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["ESP33"], "boards/ has no ESP33; it has ESP32_GENERIC, "),
        (["PYBV11"], "MPY_DIR= is wanted"),
        (["PYBV11", "--tree", "/etc"], "/etc is no tree of MicroPython: git clone "),
    ],
)
def test_what_is_missing_for_a_firmware_is_a_line(line: list[str], says: str, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["port", *line])
    with pytest.raises(Plain, match=says):
        port.main()


@pytest.mark.targets("cortex_m")
def test_firmware_by_the_manifest_has_the_kernels_of_its_core(target: Emulated, tmp_path: Path) -> None:
    with Emulator(CORES[target.core], tmp_path, frozen=True, heap=384 * 1024) as board:
        told = board.repl().exec("import latchkey\nprint(latchkey.__file__)\nlatchkey.doctor.report()").decode()
    assert told.startswith("latchkey/__init__.py")
    arithmetic = next(line for line in told.splitlines() if line.startswith("arithmetic: "))
    assert "P-256 thumb2" in arithmetic, told
