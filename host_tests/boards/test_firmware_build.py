"""How the emulated boards' firmware comes about: what is asked for where tools are missing, and where the source comes from."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.build import debian_source, firmware
from tools.build.firmware import CORES
from tools.build.plain import Missing


@pytest.fixture
def without_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)


@pytest.mark.usefixtures("without_tools")
def test_missing_tools_are_named_as_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_source, "may_install", lambda: False)
    with pytest.raises(Missing) as missing:
        firmware.build(CORES["m7"], install=True)
    assert str(missing.value) == "missing: apt-get install make gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm gcc"


@pytest.mark.usefixtures("without_tools")
def test_rv32_asks_for_its_own_tools_alone() -> None:
    assert CORES["rv32"].missing() == ["make", "gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf", "qemu-system-misc"]


@pytest.mark.usefixtures("without_tools")
def test_xtensa_asks_for_its_own_tools_alone() -> None:
    packages = ["make", "gcc-xtensa-lx106", "picolibc-xtensa-lx106-elf", "qemu-system-misc", "gcc"]
    assert CORES["xtensa"].missing() == packages


@pytest.mark.usefixtures("without_tools")
def test_nothing_is_installed_unless_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_source, "may_install", lambda: True)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a command was run"))
    assert "apt-get install" in firmware.why_not(CORES["m7"])


@pytest.mark.usefixtures("without_tools")
@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_leaving_the_board_out_is_said_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, status: int
) -> None:
    monkeypatch.setattr(debian_source, "may_install", lambda: False)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("sys.argv", ["firmware_build", "--if-possible", "QEMU_CORTEX_M7"])
    assert firmware.main() == status
    assert "left out: QEMU_CORTEX_M7: missing: apt-get install" in capsys.readouterr().err


def test_the_archive_is_the_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = (
        "http://mirror.example/security/ bookworm-security main\n"
        "http://mirror.example/debian/ bookworm contrib\n"
        "http://mirror.example/debian/ bookworm main\n"
    )
    monkeypatch.setattr(debian_source, "release", lambda: {"ID": "debian", "VERSION_CODENAME": "bookworm"})
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=listing))
    assert debian_source.archive() == "http://mirror.example/debian/"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=""))
    with pytest.raises(Missing, match=debian_source.SUITE):
        debian_source.archive()


def test_apt_is_configured_privately(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(debian_source, "archive", lambda: "http://mirror.example/debian/")
    environment = debian_source.private_apt(tmp_path)
    told = subprocess.run(["apt-config", "dump"], env=environment, capture_output=True, text=True)
    if told.returncode == 0:
        for setting in ("Dir::State::lists", "Dir::Cache", "Dir::Etc::sourcelist"):
            assert f'{setting} "{tmp_path}' in told.stdout
    assert "Suites: trixie\n" in (tmp_path / "archive.sources").read_text()


def test_a_firmware_is_built_again_when_its_folder_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[bool] = []
    board = CORES["m7"]
    for name in (board.name, "qemu_common"):
        (tmp_path / "boards" / name).mkdir(parents=True)
    (tmp_path / "firmware").mkdir()
    monkeypatch.setattr(firmware, "ROOT", tmp_path)
    monkeypatch.setattr(firmware, "FIRMWARE", tmp_path / "firmware")
    monkeypatch.setattr(firmware, "BUILD", tmp_path / "build")
    monkeypatch.setattr(firmware, "BOARDS", tmp_path / "boards")
    monkeypatch.setattr(firmware, "COMMON", tmp_path / "boards" / "qemu_common")
    monkeypatch.setattr(firmware.Board, "missing", lambda _: [])
    monkeypatch.setattr(firmware, "compiler_version", lambda _: "13")
    monkeypatch.setattr(debian_source, "fetch", lambda package, _: Path(package))
    monkeypatch.setattr(firmware, "_make", lambda _board, package, _source, _out: made.append(package is not None))
    firmware.build(board)
    firmware.build(board)
    assert made == [False]
    (tmp_path / "boards" / board.name / "mpconfigboard.mk").write_text("changed")
    firmware.build(board)
    assert made == [False, False]
    (tmp_path / "firmware" / "module.py").write_text("changed")
    firmware.build(board)
    firmware.build(board, frozen=True)
    assert made == [False, False, True]
