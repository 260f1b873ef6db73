"""`latchkey explain`: complete for every cause in the code and every alert, and for what a board prints of them."""

import io
import json
import sys
from pathlib import Path

import pytest

from host_tests.build.test_architecture import alert_table, catalogue
from tools.build import mpy
from tools.laboratory.micropython_process import micropython_process
from tools.latchkey_tools import cli, meaning, remedies


def explained(capsys: pytest.CaptureFixture[str], *line: str) -> dict:
    assert cli.main(["explain", "--json", *line]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_cause_in_the_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    sent = {first + i: alert for first, _, alerts in alert_table() for i, alert in enumerate(alerts)}
    for number, (package, name, sentence) in catalogue().items():
        (told,) = explained(capsys, str(number))["causes"]
        assert (told["name"], told["package"], told["sentence"]) == (name, package, sentence.replace("{}", "..."))
        assert told["alert"] == (None if sent[number] == 255 else sent[number])
        assert told["see"] and told["try"], name


def test_every_alert_is_explained_for_each_situation_it_comes_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(meaning.alerts()) > 30
    for number, name in meaning.alerts().items():
        (told,) = explained(capsys, str(number)).get("alerts") or [{}]
        assert told["name"] == name and told["likely"] and told["see"]
        for situation, when in remedies.SITUATIONS.items():
            assert when in "; ".join(told["likely"]) or "whenever it comes" in told["likely"], (name, situation)


def test_a_remedy_is_for_a_cause_that_there_is() -> None:
    assert set(remedies.CAUSES) <= {name for _, name, _ in catalogue().values()}
    assert set(remedies.PACKAGES) == set(remedies.RULES) == {package for package, _, _ in catalogue().values()}
    assert set(remedies.ALERT_RULES) <= set(meaning.alerts())


@pytest.mark.parametrize("detail", ["", "Root, by Nobody", 3, "a {} b ("])
def test_the_line_of_every_cause_is_recognised_by_its_sentence_alone(detail: object) -> None:
    """As `print(error)` shows it, without the number."""
    for number, (_, name, sentence) in catalogue().items():
        assert number in [cause.number for cause in meaning.causes_in(sentence.format(detail))], name


@pytest.mark.parametrize(
    ("line", "causes", "alerts"),
    [
        ("TLSError: (-564, 'the issuer of certificate 0 is neither among the trust anchors nor')", [564], []),
        ("OSError: [Errno -550] certificate 0 (of x, by y) expired", [550], []),
        ("TLSError(-305, 'the server refused with alert 40: handshake_failure; it was offered TLS 1.2')", [305], [40]),
        ("the server refused with alert 48: unknown_ca; our certificate was sent", [305], [48]),
        ("Fault 805: the chip refuses the command in its present state", [805], []),
        ("-805", [805], []),
        ("UNKNOWN_ISSUER", [564], []),
        ("TRUNCATED", [302, 500], []),
        ("unknown-ca", [], [48]),
        ("200", [], [200]),
    ],
)
def test_lines_numbers_and_names_are_recognised(capsys: pytest.CaptureFixture[str], line: str, causes: list, alerts: list) -> None:
    told = explained(capsys, line)
    assert [cause["number"] for cause in told.get("causes", [])] == causes
    assert [alert["number"] for alert in told.get("alerts", [])] == alerts


NONE = [("299", "errno"), ("OSError: 113", "whole line"), ("nonsense", "whole line"), ("-7000", "neither")]


@pytest.mark.parametrize(("line", "says"), NONE)
def test_what_is_none_of_latchkeys_is_said_in_a_line(capsys: pytest.CaptureFixture[str], line: str, says: str) -> None:
    assert cli.main(["explain", line]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("latchkey explain: ") and says in said.err and said.err.count("\n") == 1


FAILS = """
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cadata=b"no certificate")
"""


@pytest.mark.parametrize("small", [False, True], ids=["the package", "the bundle"])
def test_a_traceback_off_a_board_is_explained(capsys, monkeypatch, micropython, small: bool) -> None:
    done = micropython_process(FAILS, path=[mpy.compiled(micropython.arch, small=small)])
    assert done.returncode and "Traceback" in done.stdout
    monkeypatch.setattr(sys, "stdin", io.StringIO(done.stdout))
    told = explained(capsys)
    assert [cause["name"] for cause in told["causes"]] == ["TRUST_EMPTY"]
    assert ("traceback" in told) == small
    if small:
        assert "loading.anchors" in told["traceback"], told["traceback"]


def test_a_traceback_of_a_bundle_whose_names_are_not_there_is_said_to_need_them(capsys, tmp_path: Path) -> None:
    line = 'Traceback (most recent call last):\n  File "_path", line 1, in A\nMemoryError: '
    assert cli.main(["explain", line, "--names", str(tmp_path / "names.json")]) == 1
    assert "names.json, which is not there" in capsys.readouterr().err
