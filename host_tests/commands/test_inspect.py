"""`latchkey inspect`: a handshake that a board runs, against OpenSSL's server; what is drawn of it, and what Wireshark makes of it."""

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from host_tests.commands import desk as desks
from tools.build import interpreter, mpy
from tools.laboratory import pki
from tools.laboratory.atecc_simulator import setups
from tools.laboratory.peers.real import OpenSSL, program
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli
from tools.latchkey_tools.board import connected
from tools.latchkey_tools.commands.inspect import target
from tools.latchkey_tools.output import Wrong

pytestmark = pytest.mark.targets("unix")
SUITE = "ECDHE-ECDSA-AES128-GCM-SHA256"
BROKEN = 'tcp.checksum.status == "Bad" || ip.checksum.status == "Bad" || tcp.analysis.flags'
CHECKED = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", BROKEN]
MESSAGES = ["ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board's serial port."""
    with UnixBoard([mpy.package(interpreter.find().arch)], tmp_path_factory.mktemp("board")) as board:
        yield board.port


@pytest.fixture
def inspect(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple]:
    """`latchkey inspect LINE` of a server: status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pki.demo()[0].pem)

    def run(peer: OpenSSL | int, *line: str) -> tuple[int, str, str]:
        number = peer if isinstance(peer, int) else peer.port
        capsys.readouterr()
        where = [f"127.0.0.1:{number}", "--name", "localhost", "--ca", "root.pem", "--port", port, "--resume"]
        status = cli.main(["inspect", *where, *line])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def server(**options) -> OpenSSL:
    return OpenSSL(pki.demo()[1], cipher=SUITE, options=["-rev"], **options)


def drawn(path: str) -> str:
    """All words of a picture, which is well-formed XML."""
    return " ".join(text for text in ElementTree.parse(path).getroot().itertext())


def test_draws_messages_times_heap_chain_and_randomness_of_a_handshake(inspect) -> None:
    with server() as peer:
        status, out, err = inspect(peer, "--svg", "t.svg", "--heap-svg", "h.svg", "--save", "t.json")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "full handshake in " in lines[0] and lines[1] == "the server: CHAIN server < intermediate < root"
    at = [next(i for i, line in enumerate(lines) if f" {name} " in line and "──" in line) for name in MESSAGES]
    assert at == sorted(at)
    for word in (
        "waiting",
        "radio",
        "arithmetic",
        "chip",
        "heap: ",
        "randomness: ",
        "└─ intermediate",
        "ok  signed by root",
        "for localhost",
    ):
        assert word in out
    assert "NO " not in out
    assert all(name in drawn("t.svg") for name in [*MESSAGES, "arithmetic", "randomness"])
    assert "heap that is alive" in drawn("h.svg")


def test_a_trace_holds_what_was_measured_and_adds_up(inspect) -> None:
    with server() as peer:
        facts = json.loads(inspect(peer, "--json")[1])
    assert [message[2] for message in facts["messages"]][:6] == MESSAGES
    assert sum(facts["totals"].values()) == facts["end"] > 0
    assert facts["heap_peak"] == max(point["live"] for point in facts["heap"]) - facts["before"]["live"] > 0
    assert facts["keys"] == [] and facts["failed"] is None
    received = sum(len(piece["data"]) // 2 for piece in facts["wire"] if piece["direction"] == "<")
    assert abs(received - facts["report"]["bytes_read"]) < 4, "but for the length of a signature, which is another in each handshake"


def test_a_resumed_handshake_is_one(inspect) -> None:
    with server(resumption=True) as peer:
        status, out, _ = inspect(peer, "--resumed")
        assert status == 0 and ": resumed in " in out and "ServerKeyExchange" not in out
        assert ": full handshake in " in inspect(peer)[1], "and one that was not asked for is none"


def test_a_trace_is_drawn_again_and_compared(inspect, capsys) -> None:
    with server(resumption=True) as peer:
        inspect(peer, "--save", "full.json")
        first = inspect(peer, "--save", "resumed.json", "--resumed", "--svg", "a.svg")[1]
    assert cli.main(["inspect", "--from", "resumed.json", "--svg", "b.svg"]) == 0
    assert capsys.readouterr().out == first and Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    assert cli.main(["inspect", "--from", "resumed.json", "--against", "full.json"]) == 0
    rows = {" ".join(line.split()[:-3]): line.split()[-3:] for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert len(rows["all of it"]) == 3 and "> ClientHello" in rows


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--from", "x.json"], "is no trace of this latchkey's"),
        ([], "name a server, or a trace"),
        (["--from", "x.json", "--keys"], "--keys is for a handshake that a board runs"),
    ],
)
def test_what_is_no_trace_is_said_in_a_line(line, says, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.json").write_text("[]")
    assert cli.main(["inspect", *line]) == 1
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1


# Failures


def test_of_a_failure_the_last_message_the_rule_and_the_remedy_come_first(inspect) -> None:
    with OpenSSL(pki.demo("wrong-name")[1], cipher=SUITE) as peer:
        status, out, err = inspect(peer, "--svg", "t.svg", "--save", "t.json")
    assert status == 1
    first, rule, remedy, *rest = out.splitlines()
    assert "FAILED after ServerHello: " in first and "(in certificate)" in first
    assert rule.startswith("rule: RFC ") and remedy.startswith("try: connect by a name")
    assert err.splitlines() == [first] and "NO  for localhost; it names elsewhere.example" in "\n".join(rest)
    assert "FAILED after ServerHello" in drawn("t.svg") and "ServerHello, " in drawn("t.svg")
    assert cli.main(["inspect", "--from", "t.json"]) == 1, "drawn again it is a failure still"


def test_a_servers_alert_is_the_last_thing_that_is_drawn(inspect) -> None:
    with server(client_ca=pki.demo()[0]) as peer:
        status, out, _ = inspect(peer, "--svg", "t.svg")
    assert status == 1 and "◀── alert ── server  fatal 40 handshake_failure" in out
    assert "alert, 2 bytes (fatal 40 handshake_failure)" in drawn("t.svg")


def test_a_server_that_is_not_there_is_a_failure_like_any_other(inspect) -> None:
    status, out, err = inspect(1)
    assert status == 1 and "FAILED after no message at all: [Errno 111] ECONNREFUSED" in out and err.count("\n") == 1
    assert "try: whether the board is on its network" in out


def test_a_board_without_roots_is_told_so_in_a_line(port, capsys) -> None:
    assert cli.main(["inspect", "127.0.0.1:1", "--port", port, "--resume"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("example.org", ("example.org", 443)),
        ("example.org:8883", ("example.org", 8883)),
        ("::1", ("::1", 443)),
        ("[::1]", ("::1", 443)),
        ("[::1]:99", ("::1", 99)),
        *((text, None) for text in ("a:0", "a:65536", "a:x", ":1", "")),
    ],
)
def test_a_server_is_named_by_host_and_port(text, found) -> None:
    if found:
        assert target(text) == found
    else:
        with pytest.raises(Wrong, match="HOST or HOST:PORT is wanted"):
            target(text)


# Key logging


def tshark(*line: str) -> str:
    done = subprocess.run([program("tshark", "tshark"), "-r", "t.pcapng", *line], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wireshark_decrypts_a_recording_whose_keys_were_logged(inspect) -> None:
    with server() as peer:
        status, _, err = inspect(peer, "--keys", "--pcapng", "t.pcapng", "--save", "t.json")
        assert status == 0 and "KEY LOGGING IS ON until the next reset" in err
        handshake = ["-d", f"tcp.port=={peer.port},tls", "-T", "fields", "-e", "tls.handshake.type", "-Y", "tls.handshake"]
        kinds = [kind for line in tshark(*handshake).splitlines() for kind in line.split(",")]
        assert kinds == ["1", "2", "11", "12", "14", "16", "20", "20"], "both Finished (20) are read"
        assert "Malformed" not in tshark("-V") and not tshark(*CHECKED).strip()
    assert cli.main(["inspect", "--from", "t.json", "--pcapng", "again.pcapng"]) == 0
    assert Path("again.pcapng").read_bytes() == Path("t.pcapng").read_bytes()


def test_without_key_logging_nothing_is_decrypted_and_nothing_of_it_is_loaded(inspect, port, capsys) -> None:
    with UnixBoard([mpy.package(interpreter.find().arch)], Path.cwd()) as fresh, server() as peer:
        line = [
            f"127.0.0.1:{peer.port}",
            "--name",
            "localhost",
            "--ca",
            "root.pem",
            "--port",
            fresh.port,
            "--resume",
            "--pcapng",
            "t.pcapng",
        ]
        assert cli.main(["inspect", *line, "--json"]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out)["keys"] == [] and said.err == ""
        kinds = tshark("-d", f"tcp.port=={peer.port},tls", "-T", "fields", "-e", "tls.handshake.type", "-Y", "tls.handshake")
        assert "20" not in kinds.split()
        with connected(argparse.Namespace(port=fresh.port, resume=True)) as board:
            assert board.value("'latchkey.key_log' in __import__('sys').modules") is False
            with pytest.raises(Wrong, match="key logging is off"):
                board.call("from latchkey import key_log\nkey_log.line(None)", lambda line: None)


# With a chip


def test_a_chips_time_is_told_apart_in_a_mutual_handshake(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    root, credential, device = pki.demo()
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    Path("chain.pem").write_bytes(device.chain_pem)
    Path("root.pem").write_bytes(root.pem)
    with desks.made(tmp_path, int(time.time())) as desk, OpenSSL(credential, root, cipher=SUITE, options=["-rev"]) as peer:
        desk.new_chip(setup="tls_client")
        setups.set_private_key(desk.simulation.chip.memory, 0, device.key.private_numbers().private_value)
        desk.exec(
            "import latchkey\ncontext = latchkey.SSLContext()\ncontext.load_verify_locations('root.pem')\n"
            "context.load_cert_chain('chain.pem', chip.private_key(0))"
        )
        line = [f"127.0.0.1:{peer.port}", "--name", "localhost", "--port", desk.board.port, "--resume", "--chip", "chip"]
        assert cli.main(["inspect", *line, "--context", "context", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    names = [message[2] for message in facts["messages"]]
    assert names.index("CertificateRequest") < names.index("CertificateVerify") and facts["report"]["client_certificate"] is True
    assert facts["totals"]["chip"] > 40_000, "a signature alone takes the chip 42 ms"
    assert sum(facts["totals"].values()) == facts["end"]
