"""`latchkey provision --all-ports`: several boards at once, a line and a record for each."""

import argparse
import contextlib
import csv
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_tests.commands import desk as desks
from host_tests.commands.test_provision import LOCKED, OPEN
from tools.build.places import ROOT
from tools.latchkey_tools import board, cli

pytestmark = pytest.mark.targets("unix")
SERIALS = ("01230A0B0C0D0E0FEE", "01231A1B1C1D1E1FEE")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[desks.Desk]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(desks.made(tmp_path_factory.mktemp("board"))) for _ in SERIALS]


@pytest.fixture
def pair(two: list[desks.Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[desks.Desk]:
    """Two boards with blank chips, on USB."""
    monkeypatch.chdir(tmp_path)
    for desk, serial in zip(two, SERIALS, strict=True):
        desk.new_chip(setup="blank", serial_number=bytes.fromhex(serial))
    ports = [type("Port", (), {"device": desk.board.port, "vid": 0xF055}) for desk in two]
    monkeypatch.setattr(board.list_ports, "comports", lambda: ports)
    return two


@pytest.fixture
def run(ca: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.main(["provision", "--all-ports", "--resume", "--chip", "chip", "--ca", str(ca), *line])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def table() -> list[dict[str, str]]:
    return list(csv.DictReader(Path("provisioned/devices.csv").read_text().splitlines()))


def test_all_boards_are_provisioned_at_once_with_a_record_each(pair: list[desks.Desk], run) -> None:
    status, out, err = run("--commit", "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)["boards"]
    assert [one["port"] for one in told] == [desk.board.port for desk in pair] and [one["serial"] for one in told] == list(SERIALS)
    for desk, serial in zip(pair, SERIALS, strict=True):
        assert desk.config[86:88] == LOCKED * 2
        assert json.loads(Path(f"provisioned/{serial}-0.json").read_text())["locked"] == {"config": True, "data": True}
    assert [(row["serial"], row["public_key"]) for row in table()] == [(one["serial"], one["public_key"]) for one in told]
    before = Path("provisioned/devices.csv").read_bytes()
    assert run("--commit")[0] == 0 and Path("provisioned/devices.csv").read_bytes() == before


def test_a_board_that_fails_stops_no_other(pair: list[desks.Desk], run) -> None:
    pair[0].controls.do_fault(kind="missing", times=100000)
    status, out, err = run("--commit")
    assert status == 1 and f"1 of 2 boards done; not: {pair[0].board.port}" in out
    assert err.startswith(f"{pair[0].board.port}: no ATECC508A or 608 found") and err.count("\n") == 1
    assert [row["serial"] for row in table()] == [SERIALS[1]] and pair[1].config[86:88] == LOCKED * 2


def test_a_port_that_another_program_has_is_refused_with_a_sentence_and_the_others_go_on(pair: list[desks.Desk], run) -> None:
    with board.connected(argparse.Namespace(port=pair[1].board.port, resume=True)):
        status, out, _ = run("--commit", "--json")
    told = json.loads(out)["boards"]
    assert status == 1 and "another program has it" in told[1]["error"] and told[0]["locked"]["data"] is True
    assert pair[1].config[86:88] == OPEN * 2


def test_a_dry_run_shows_each_and_changes_none(pair: list[desks.Desk], run) -> None:
    before = [desk.config for desk in pair]
    status, out, _ = run()
    assert status == 0 and [desk.config for desk in pair] == before
    for desk, serial in zip(pair, SERIALS, strict=True):
        assert f"{desk.board.port}: ATECC508A {serial}: configuration zone open" in out
        assert f"{desk.board.port}: A dry run: nothing was written." in out


def test_each_waits_for_a_certificate_from_elsewhere(pair: list[desks.Desk]) -> None:
    assert cli.main(["provision", "--all-ports", "--resume", "--chip", "chip", "--commit"]) == 3
    assert all(Path(f"provisioned/{serial}-0.csr").exists() for serial in SERIALS)


@pytest.mark.parametrize(
    ("line", "says"),
    [(["--port", "/dev/ttyACM0"], "without --port"), (["--certificate", "x.pem"], "without --certificate, which is for one key")],
)
def test_what_is_for_one_board_is_refused(line: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["provision", "--all-ports", *line]) == 1
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1


def test_without_any_board_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(board.list_ports, "comports", list)
    assert cli.main(["provision", "--all-ports"]) == 1
    assert "there is no board on USB" in capsys.readouterr().err


SHOWN = """
import time
from tools.latchkey_tools import fleet
def work(port, line):
    line.say("step of " + port)
    time.sleep(0.5)
    return 0
fleet.run(["/dev/ttyACM0", "/dev/ttyACM1"], work)
"""


def test_a_terminal_shows_a_line_for_each() -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    done = subprocess.run([sys.executable, "-c", SHOWN], stdout=subprocess.PIPE, stderr=slave, env=environment)
    shown = b""
    while select.select([master], [], [], 0.2)[0]:
        shown += os.read(master, 4096)
    assert done.stdout == b"" and all(f"step of /dev/ttyACM{n}".encode() in shown for n in (0, 1))
    os.close(master)
    os.close(slave)
