"""`latchkey connect`: the board's own report, over its REPL."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.build import interpreter, mpy
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import board, cli

ROOT, SERVER, _ = pki.demo()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with UnixBoard([mpy.package(interpreter.find().arch)], tmp_path_factory.mktemp("board")) as unix:
        yield unix.port


def test_the_boards_report_is_shown_line_by_line(port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    with OpenSSL(SERVER, options=["-rev"]) as peer:
        line = ["connect", f"localhost:{peer.port}", "--port", port, "--resume", "--ca", str(tmp_path / "root.pem")]
        assert cli.main(line) == 0
        told = capsys.readouterr().out
        assert "\nhandshake: " in told and "\nserver: " in told and "\nrandomness: " in told
        assert cli.main([*line, "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["wanting"] == [] and any(said.startswith("handshake: ") for said in facts["lines"])


def test_what_wants_something_done_is_exit_status_1(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["connect", "localhost:1", "--port", port, "--resume", "--context", "latchkey.SSLContext()", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["wanting"][-1].startswith("localhost answers, but nothing listens at port 1")
    assert cli.main(["connect", "--port", port, "--resume"]) in (0, 1)
    assert "arithmetic: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("ImportError: no module named 'latchkey'", "the board has no latchkey: latchkey flash"),
        (
            "ImportError: no module named 'latchkey.doctor'",
            "lacks its part doctor, or is another than this tool's: latchkey flash --parts core,doctor",
        ),
        ("ImportError: no module named 'latchkey.secure_element.atecc'", "lacks its part chip"),
        ("ImportError: no module named 'latchkey.context'", "is another than this tool's"),
    ],
)
def test_a_part_that_the_board_lacks_is_named(last: str, says: str) -> None:
    assert says in board.told("Traceback (most recent call last):\n" + last)
