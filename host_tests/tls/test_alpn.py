"""ALPN (RFC 7301): what is offered, what servers pick of it, and what a server may not answer."""

import pytest

from host_tests.peers import codec
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Alert, Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import EC, ROOT
from tools.laboratory.peers.real import GnuTLS, Nginx, OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

ALPN = 16


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def answering(data: bytes) -> Script:
    return Script(EC, extensions=lambda extensions: [*extensions, (ALPN, data)])


def named(*names: bytes) -> bytes:
    return codec.vector(2, b"".join(codec.vector(1, name) for name in names))


def test_the_names_are_offered_in_the_caller_s_order(client: Client) -> None:
    outcome, session = client.meet(Script(EC), ROOT, protocols=["mqtt", "http/1.1"], write=10, read=10)
    assert session.hello is not None
    assert session.hello.extensions[ALPN] == named(b"mqtt", b"http/1.1")
    assert outcome.report["protocol"] is None  # the server knows nothing of it


def test_nothing_is_offered_where_nothing_was_set(client: Client) -> None:
    session = client.meet(Script(EC), ROOT, write=10, read=10)[1]
    assert session.hello is not None
    assert ALPN not in session.hello.extensions


@pytest.mark.parametrize("name", ["mqtt", "x-amzn-mqtt-ca"])
def test_what_the_server_picks_is_reported(name: str, client: Client) -> None:
    outcome, _ = client.meet(answering(named(name.encode())), ROOT, protocols=["mqtt", "x-amzn-mqtt-ca"], write=10, read=10)
    assert outcome.report["protocol"] == name


@pytest.mark.parametrize(
    ("answer", "cause", "alert"),
    [
        (named(b"http/1.1"), "PROTOCOL_NOT_OFFERED", 47),
        (named(b"mqt"), "PROTOCOL_NOT_OFFERED", 47),
        (named(b"qtt"), "PROTOCOL_NOT_OFFERED", 47),
        (named(b"mqtt\x02h2"), "PROTOCOL_NOT_OFFERED", 47),
        (named(b"mqtt", b"h2"), "DECODE_ERROR", 50),
        (named(), "DECODE_ERROR", 50),
        (named(b""), "DECODE_ERROR", 50),
        (b"", "DECODE_ERROR", 50),
        (b"\0\5\4mqt", "DECODE_ERROR", 50),
        (named(b"mqtt") + b"\0", "DECODE_ERROR", 50),
        (b"\0\4\3mqtt", "DECODE_ERROR", 50),
        (b"\1\5\4mqtt", "DECODE_ERROR", 50),
    ],
)
def test_an_answer_that_was_not_offered_or_is_malformed_is_refused(answer: bytes, cause: str, alert: int, client: Client) -> None:
    outcome, session = client.meet(answering(answer), ROOT, protocols=["mqtt", "h2"], write=10, read=10)
    assert (outcome.name, session.alert, outcome.stage) == (cause, alert, "server_hello")


def test_an_answer_to_no_offer_is_refused(client: Client) -> None:
    outcome, session = client.meet(answering(named(b"mqtt")), ROOT, write=10, read=10)
    assert (outcome.name, session.alert) == ("UNSOLICITED_EXTENSION", 110)


@pytest.mark.parametrize("protocols", [None, ["mqtt"]])
def test_a_server_that_wants_another_is_told_as_such(protocols: list[str] | None, client: Client) -> None:
    outcome, _ = client.meet(Script(EC, before={"server_hello": [Alert(2, 120)]}), ROOT, protocols=protocols)
    assert (outcome.name, outcome.alert) == ("ALERT_RECEIVED", 120)
    assert "none that it has was offered" in str(outcome.message)
    assert ("protocol mqtt" in str(outcome.message)) is bool(protocols)


def test_openssl_picks_one(client: Client) -> None:
    with OpenSSL(EC, options=["-rev", "-alpn", "h2,mqtt"]) as peer:
        outcome = client.connect(peer.port, ROOT, protocols=["mqtt", "http/1.1"], talk=[(b"hello\n", b"olleh\n")])
    assert outcome.report["protocol"] == "mqtt"


def test_gnutls_picks_one(client: Client) -> None:
    with GnuTLS(EC, options=["--alpn", "mqtt"]) as peer:
        outcome = client.connect(peer.port, ROOT, protocols=["h2", "mqtt"], talk=[(b"hello\n", b"hello\n")])
    assert outcome.report["protocol"] == "mqtt"


def test_nginx_picks_one_and_refuses_what_it_lacks(client: Client) -> None:
    with Nginx(EC) as peer:
        talk = [(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"hello \n")]
        assert client.connect(peer.port, ROOT, protocols=["mqtt", "http/1.1"], talk=talk, read="end").report["protocol"] == "http/1.1"
        outcome = client.connect(peer.port, ROOT, protocols=["mqtt"])
        assert outcome.name is None or outcome.refused  # it is from 1.21.4 on (CVE-2021-3618)


@pytest.mark.package_only
def test_names_that_are_none_are_refused_before_anything_leaves(target: Target) -> None:
    told = target.exec("""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
for wrong in ("mqtt", None, [""], ["x" * 256], [5], ["x" * 255] * 4):
    try:
        context.set_alpn_protocols(wrong)
        print("taken", wrong)
    except ValueError:
        pass
context.set_alpn_protocols(["x" * 255] * 3)
context.set_alpn_protocols(("h2", "\u00e9"))
context.set_alpn_protocols([])
print(context._protocols)
""")
    assert told == "b''\n"
