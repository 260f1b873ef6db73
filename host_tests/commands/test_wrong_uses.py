"""What a person gets wrong with the command: each ends in one line that says what to do, and an exit status that is not 0.

Wrong ports are in test_command.py; products, CAs, certificates and disks in test_provision.py; several boards in test_provision_fleet.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.commands.desk import Desk
from tools.laboratory import pki
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli

pytestmark = pytest.mark.targets("unix")
ON_A_BOARD = ("provision", "chip info", "chip report", "selftest", "bench", "entropy", "connect", "connect a:1", "inspect a:1")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a board without latchkey."""
    with UnixBoard([], tmp_path_factory.mktemp("bare")) as board:
        yield board.port


@pytest.mark.parametrize("command", ON_A_BOARD)
def test_a_board_without_latchkey_is_told_to_flash_it(
    bare: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pki.demo()[0].pem)
    chip = ["--chip", "__import__('latchkey').x"] if command.startswith(("provision", "chip")) else []
    ca = ["--ca", "root.pem"] if command.endswith("a:1") else []
    assert cli.main([*command.split(), "--port", bare, "--resume", *chip, *ca]) == 1
    said = capsys.readouterr()
    assert said.err == f"latchkey {command.split()[0]}: the board has no latchkey: latchkey flash\n"


@pytest.mark.parametrize("command", ["provision", "chip info", "selftest", "bench"])
def test_a_chip_of_another_kind_is_said_with_what_is_on_the_bus(desk: Desk, command: str) -> None:
    desk.new_chip(kind="atsha204a", setup="atsha204a")
    before = desk.config
    status, _, err = desk.run(command)
    assert status == 1 and "no ATECC508A or 608 found" in err and "on the bus: 0x64" in err and err.count("\n") == 1
    assert desk.config == before


@pytest.mark.parametrize("command", ["provision", "provision --commit", "chip info"])
def test_a_driver_of_another_kind_of_chip_is_refused(desk: Desk, command: str) -> None:
    desk.new_chip(kind="atsha204a", setup="atsha204a")
    desk.exec("from latchkey.secure_element.atsha204a import ATSHA204A\nchip = ATSHA204A(i2c)")
    status, _, err = desk.run(command)
    assert status == 1 and "an ATECC508A or 608 is wanted, not ATSHA204A" in err and err.count("\n") == 1


def test_a_chip_at_another_address_is_said_with_what_is_on_the_bus(desk: Desk) -> None:
    desk.controls.do_poke("config", 16, "b0")
    desk.power_cut()
    status, _, err = desk.run("provision")
    assert status == 1 and "on the bus: 0x58" in err and "ATECC(i2c, address=...)" in err and err.count("\n") == 1
    desk.exec("chip = ATECC(i2c, address=0x58)")
    assert desk.told("chip info")["address"] == 0x58


def test_an_expression_that_makes_no_chip_is_said_in_a_line(desk: Desk) -> None:
    status, _, err = desk.run("provision", "--chip", "nothing_there")
    assert status == 1 and "name 'nothing_there' isn't defined" in err and err.count("\n") == 1
    status, _, err = desk.run("provision", "--chip", "42")
    assert status == 1 and "an ATECC508A or 608 is wanted, not" in err and err.count("\n") == 1
