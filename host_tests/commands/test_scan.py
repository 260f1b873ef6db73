"""`latchkey scan HOST` and `latchkey trust HOST`: a server, looked at from a computer before a board is connected to it."""

import json
import warnings
from pathlib import Path

import pytest
from cryptography import x509

from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL, free_port
from tools.latchkey_tools import cli, roots, scan, truststore
from tools.latchkey_tools.wire import Server, messages

pytestmark = pytest.mark.targets("unix")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pki.demo()[0].pem)
    Path("roots.pem").write_bytes(pki.root("other-root").pem + Path("root.pem").read_bytes())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(command: str, peer: OpenSSL | int, *line: str) -> tuple[int, str, str]:
        number = peer if isinstance(peer, int) else peer.port
        capsys.readouterr()
        status = cli.main([command, f"127.0.0.1:{number}", "--name", "localhost", "--roots", "roots.pem", *line])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_root_whose_serial_number_is_not_positive_is_one_without_a_warning() -> None:
    der = pki.demo()[0].der
    serial = x509.load_der_x509_certificate(der).serial_number.to_bytes(20).lstrip(b"\0")
    at = der.index(serial)
    Path("odd.pem").write_bytes(pki.pem("CERTIFICATE", der[:at] + bytes((serial[0] | 0x80,)) + der[at + 1 :]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, found = roots.bundle(Path("odd.pem"))
    assert len(found) == 1


def test_says_what_a_server_offers_that_latchkey_can_do(run) -> None:
    with OpenSSL(pki.demo()[1], cipher="ECDHE+AESGCM:ECDHE+CHACHA20:AES128-SHA", groups="P-256:P-384") as peer:
        status, out, err = run("scan", peer)
        facts = json.loads(run("scan", peer, "--json")[1])
    assert (status, err) == (0, "")
    assert sorted(facts["suites"]) == [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ]
    assert facts["groups"] == ["P-256", "P-384"] and facts["good"] is True and facts["client_certificate"] is False
    assert "root to load: root" in out and "└─ intermediate" in out and "NO " not in out and "not asked for" in out
    assert facts["roots"] == ["root"] and [link["name"] for link in facts["chains"][0]] == ["server", "intermediate", "root"]


def test_says_whose_client_certificates_a_server_wants(run) -> None:
    with OpenSSL(pki.demo()[1], client_ca=pki.demo()[0]) as peer:
        facts = json.loads(run("scan", peer, "--json")[1])
    assert facts["client_certificate"] is True and facts["authorities"] == ["latchkey, root"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [("expired", "valid from"), ("wrong-name", "for localhost; it names elsewhere.example"), ("not-yet-valid", "valid from")],
)
def test_what_a_board_would_refuse_is_marked(run, fault: str, says: str) -> None:
    with OpenSSL(pki.demo(fault)[1]) as peer:
        status, out, err = run("scan", peer)
    assert status == 1 and any(line.strip().startswith("NO") and says in line for line in out.splitlines()) and err.count("\n") == 1


def test_a_root_that_is_not_at_hand_is_named(run) -> None:
    Path("roots.pem").write_bytes(pki.root("other-root").pem)
    with OpenSSL(pki.demo()[1]) as peer:
        status, out, _ = run("scan", peer)
        assert status == 1 and "the board needs: CN=root,O=latchkey" in out
        assert run("trust", peer)[0] == 1
        assert "a board needs the certificate of: CN=root,O=latchkey" in run("trust", peer)[2]


@pytest.mark.parametrize("options", [{"cipher": "AES128-SHA"}, {"version": "-tls1_3"}, {"groups": "P-521", "cipher": "ECDHE+AESGCM"}])
def test_a_server_with_nothing_in_common_is_refused_in_a_line(run, options: dict) -> None:
    with OpenSSL(pki.demo(kind="rsa2048")[1], **options) as peer:
        for command in ("scan", "trust"):
            status, _, err = run(command, peer)
            assert status == 1 and "refuses TLS 1.2 with any suite of latchkey's (alert " in err and err.count("\n") == 1


def test_no_server_is_said_in_a_line(run) -> None:
    status, _, err = run("scan", free_port())
    assert status == 1 and "is not reached" in err and err.count("\n") == 1


@pytest.mark.parametrize(("output", "kind"), [("root.crt.pem", "pem"), ("anchors.lk", "lk")])
def test_the_root_that_a_server_needs_is_found_and_written(run, output: str, kind: str) -> None:
    with OpenSSL(pki.demo()[1]) as peer:
        status, out, _ = run("trust", peer, "-o", output)
    assert status == 0 and "needs root  " in out
    data = Path(output).read_bytes()
    if kind == "pem":
        assert x509.load_pem_x509_certificate(data) == x509.load_pem_x509_certificate(Path("root.pem").read_bytes())
    else:
        assert truststore.unpack(data) == truststore.anchors_of(Path("root.pem").read_bytes())
    assert run("trust", 1, "-o", "root.txt")[0] == 1


def test_a_file_without_roots_is_said_in_a_line(run) -> None:
    Path("roots.pem").write_text("nothing")
    status, _, err = run("trust", 1)
    assert status == 1 and "no certificates in PEM" in err and err.count("\n") == 1


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_what_a_server_cut_off_is_read_as_far_as_it_came(cut: int) -> None:
    hello = scan.client_hello("localhost", [0xC02B], [23])
    assert list(messages(hello[:-cut])) == [] and Server.of(hello[:-cut]).hello is None
    assert [kind for kind, _ in messages(hello)] == [1]
