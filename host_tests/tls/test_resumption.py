"""Resumption by ticket (RFC 5077) and by session ID (RFC 5246 section 7.3): what is offered, when it is not, what a server may answer."""

import hashlib
import os
from typing import Any

import pytest

from host_tests.peers import codec, keys
from host_tests.peers.drive import Client, Outcome
from host_tests.peers.scripted import Alert, Script, Session, Sessions
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, DEVICE, EC, ROOT
from tools.laboratory.peers.real import GnuTLS, OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

TICKET = codec.SESSION_TICKET


@pytest.fixture
def client(target: Target) -> Client:
    target.exec("import client_driver\nclient_driver._kept.clear()")  # a context that remembers nothing
    return Client(target)


def meet(client: Client, sessions: Sessions, script: dict[str, Any] | None = None, **options: Any) -> tuple[Outcome, Session]:
    options = {"write": 10, "read": 10, **options}
    return client.meet(Script(EC, sessions=sessions, **(script or {})), ROOT, **options)


def first(client: Client, sessions: Sessions, script: dict[str, Any] | None = None, **options: Any) -> Session:
    outcome, session = meet(client, sessions, script, **options)
    assert (outcome.name, outcome.data, session.violations) == (None, 10, [])
    assert outcome.report["resumed"] is session.resumed is False
    return session


@pytest.mark.parametrize("by", ["ticket", "id"])
def test_the_next_connection_resumes_in_two_writes(by: str, client: Client) -> None:
    sessions = Sessions(by)
    first(client, sessions)
    for _ in range(2):
        outcome, session = meet(client, sessions)
        assert (outcome.name, outcome.data, session.violations) == (None, 10, [])
        assert outcome.report["resumed"] is session.resumed is True
        assert [name for name, _ in session.messages] == ["client_hello", "finished"]
        assert outcome.writes == 3  # data are the third
        assert outcome.report["peer"].startswith("RESUMED CHAIN server")
        assert (outcome.report["peer_kind"], outcome.report["verified_name"]) == ("RESUMED", "localhost")


@pytest.mark.parametrize("by", ["ticket", "id"])
@pytest.mark.parametrize(
    "protection",
    ["AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_CCM", "AES_128_CCM_8", "AES_128_CBC_SHA256", "AES_128_CBC_SHA"],
)
def test_each_suite_is_resumed(protection: str, by: str, client: Client) -> None:
    sessions = Sessions(by)
    options = {"ciphers": ["TLS_ECDHE_ECDSA_WITH_" + protection], "write": 3000, "read": 3000}
    found = [meet(client, sessions, **options) for _ in range(2)]
    assert [(outcome.name, outcome.data, session.resumed, session.violations) for outcome, session in found] == [
        (None, 3000, False, []),
        (None, 3000, True, []),
    ]


@pytest.mark.parametrize("by", ["ticket", "id"])
@pytest.mark.parametrize("mode", [True, False])
def test_a_server_that_changes_the_order_of_mac_and_encryption_is_refused(mode: bool, by: str, client: Client) -> None:
    sessions = Sessions(by)
    options = {"ciphers": ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"]}
    first(client, sessions, {"encrypt_then_mac": mode}, **options)
    outcome, session = meet(client, sessions, {"encrypt_then_mac": not mode}, **options)
    assert (outcome.name, session.alert, session.resumed) == ("RESUMED_WITH_OTHER_SUITE", 47, True)


@pytest.mark.parametrize("name", ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"])
def test_rsa_key_transport_is_resumed(name: str, client: Client) -> None:
    server = CA.leaf("server-of-both", kind="rsa2048", dns=["localhost"], key_usage=["digital_signature", "key_encipherment"])
    sessions = Sessions()
    for resumed in (False, True):
        outcome, session = client.meet(Script(server, sessions=sessions), ROOT, ciphers=[name], write=10, read=10)
        assert (outcome.name, outcome.data, session.resumed, session.violations) == (None, 10, resumed, [])


def test_both_sides_have_the_same_bindings_and_keying_material_of_a_resumed_connection(client: Client) -> None:
    sessions = Sessions()
    options = {"settings": {"exporter": True, "keep_peer_cert": True}, "bind": ("EXPORTER-test", 40, b"a context")}
    first(client, sessions, **options)
    outcome, session = meet(client, sessions, **options)
    assert session.resumed
    unique, end_point, material = outcome.bound
    schedule = session.schedule
    assert unique == session.finished_sent.hex()  # the first of both Finished (RFC 5929 section 3.1)
    assert end_point == hashlib.sha256(EC.der).hexdigest()
    seed = b"".join(session.randoms) + b"\0\x09a context"
    assert material == keys.prf(schedule.suite.hash_name, schedule.master, b"EXPORTER-test", seed, 40).hex()


@pytest.mark.parametrize(
    ("how", "pace"), [({"fragment": 1}, 0), ({"fragment": 7, "segment": 3}, 7), ({"fragment": 60}, 1), ({"coalesce": True}, 1)]
)
def test_a_resumption_is_read_however_it_is_cut_and_over_a_transport_that_moves_little(
    how: dict[str, Any], pace: int, client: Client
) -> None:
    sessions = Sessions(renews=True)
    first(client, sessions, how, pace=pace)
    for _ in range(2):
        outcome, session = meet(client, sessions, how, pace=pace)
        assert (outcome.name, outcome.data, session.violations, session.resumed) == (None, 10, [], True)


def test_a_ticket_goes_with_an_id_of_ours(client: Client) -> None:
    sessions = Sessions()
    hello = first(client, sessions).hello
    assert hello and hello.session_id == b"" == hello.extensions[TICKET]
    hello = meet(client, sessions)[1].hello
    assert hello and hello.extensions[TICKET] in sessions.known
    assert len(hello.session_id) == 16


@pytest.mark.parametrize("by", ["ticket", "id"])
def test_a_server_that_declines_gets_a_full_handshake_and_no_second_offer(by: str, client: Client) -> None:
    sessions = Sessions(by)
    first(client, sessions)
    outcome, session = meet(
        client, Sessions(by, accepts=False, ticket=b""), {"extensions": without(TICKET)} | {"mutate": {"server_hello": no_id}}
    )
    assert (outcome.name, outcome.data, session.violations) == (None, 10, [])
    assert outcome.report["resumed"] is False and outcome.report["peer_kind"] == "CHAIN"
    assert session.hello and session.hello.session_id
    hello = first(client, sessions).hello
    assert hello and not hello.session_id and not hello.extensions[TICKET]


def without(kind: int) -> Any:
    return lambda extensions: [extension for extension in extensions if extension[0] != kind]


def no_id(body: bytes) -> bytes:
    return body[:34] + b"\0" + body[35 + body[34] :]


def test_a_new_ticket_takes_the_old_one_s_place(client: Client) -> None:
    sessions = Sessions(renews=True)
    first(client, sessions)
    offered = []
    for _ in range(3):
        outcome, session = meet(client, sessions)
        assert outcome.report["resumed"] and not session.violations and session.hello
        offered.append(session.hello.extensions[TICKET])
    assert len(set(offered)) == 3


@pytest.mark.parametrize("where", ["full", "resumed"])
def test_a_ticket_before_a_wrong_finished_counts_for_nothing(where: str, client: Client) -> None:
    sessions = Sessions(renews=True)
    if where == "resumed":
        first(client, sessions)
    outcome, _ = meet(client, sessions, {"mutate": {"finished": lambda body: bytes(12)}})
    assert outcome.name == "BAD_FINISHED"
    hello = first(client, sessions).hello
    assert hello and not hello.session_id and not hello.extensions[TICKET]


@pytest.mark.parametrize(
    ("sessions", "script", "cause", "alert"),
    [
        (Sessions(suite=0xC02C), {}, "RESUMED_WITH_OTHER_SUITE", 47),
        (Sessions(suite=0xCCA9), {}, "RESUMED_WITH_OTHER_SUITE", 47),
        (Sessions("id", suite=0xC02F), {}, "RESUMED_WITH_OTHER_SUITE", 47),
        (Sessions(), {"extended_master_secret": False}, "RESUMED_WITHOUT_EXTENDED_MASTER_SECRET", 40),
        (Sessions("id"), {"extended_master_secret": False}, "RESUMED_WITHOUT_EXTENDED_MASTER_SECRET", 40),
        (Sessions(), {"before": {"change_cipher_spec": [Alert(2, 40)]}}, "ALERT_RECEIVED", None),
        (Sessions(), {"first_flight": ("server_hello", "finished")}, "UNEXPECTED_MESSAGE", 10),
        (Sessions(), {"first_flight": ("server_hello", "certificate")}, "UNEXPECTED_MESSAGE", 10),
        (Sessions(), {"first_flight": ("server_hello", "new_session_ticket", "change_cipher_spec", "finished")}, "UNEXPECTED_MESSAGE", 10),
        (Sessions(), {"stop_after": 60}, "CLOSED_IN_HANDSHAKE", None),
        (Sessions(), {"mutate": {"finished": lambda body: body[:-1]}}, "DECODE_ERROR", 50),
    ],
)
def test_a_failure_while_resuming_spends_the_session(
    sessions: Sessions, script: dict[str, Any], cause: str, alert: int | None, client: Client
) -> None:
    first(client, sessions)
    outcome, session = meet(client, sessions, script)
    assert session.resumed
    assert (outcome.name, session.alert) == (cause, alert)
    hello = first(client, sessions).hello
    assert hello and not hello.session_id and not hello.extensions[TICKET]


@pytest.mark.parametrize("said", [True, False])
def test_an_agreed_max_fragment_length_binds_resumed_connections_said_again_or_not(said: bool, client: Client) -> None:
    sessions = Sessions()
    limited = {"record_limit": "max_fragment_length"}
    first(client, sessions, limited, buffers=(1024, 2048))
    script = {"data": (), **(limited if said else {})}
    outcome, session = meet(client, sessions, script, buffers=(1024, 2048), talk=[(bytes(1500), b"")], write=0, read=0)
    assert outcome.report["resumed"] and not session.violations
    assert max(len(record.payload) for record in session.records if record.kind == codec.APPLICATION_DATA) == 1024


@pytest.mark.parametrize("resumed", [False, True])
def test_a_fatal_alert_after_the_handshake_spends_the_session(resumed: bool, client: Client) -> None:
    sessions = Sessions()
    if resumed:
        first(client, sessions)
    outcome, session = meet(client, sessions, {"data": [Alert(2, 80)]})
    assert (outcome.name, session.resumed) == ("ALERT_RECEIVED", resumed)
    assert not first(client, sessions).resumed


def test_a_stream_that_ends_after_the_handshake_does_not(client: Client) -> None:
    sessions = Sessions()
    first(client, sessions)  # the driver closes; the server's close_notify is the end
    assert meet(client, sessions)[1].resumed


def test_without_extended_master_secret_nothing_is_kept(client: Client) -> None:
    sessions = Sessions()
    first(client, sessions, {"extended_master_secret": False})
    assert not first(client, sessions).resumed


def test_a_ticket_of_no_length_is_none(client: Client) -> None:
    first(client, Sessions(ticket=b""))
    hello = first(client, Sessions()).hello
    assert hello and not hello.session_id and not hello.extensions[TICKET]


def test_a_ticket_too_large_for_a_hello_is_not_kept_and_the_trace_says_so(client: Client) -> None:
    outcome, session = meet(client, Sessions(ticket=os.urandom(20000)), trace=True)
    assert (outcome.name, outcome.data, session.violations) == (None, 10, [])
    assert ["<", "NewSessionTicket", "too large for send_buffer: not kept"] in outcome.trace
    hello = first(client, Sessions(), trace=True).hello
    assert hello and not hello.session_id


@pytest.mark.parametrize("body", [b"", b"\0\0\0\0\0", b"\0\0\0\0\0\1", b"\0\0\0\0\0\1ab"])
def test_a_malformed_ticket_is_refused(body: bytes, client: Client) -> None:
    outcome, session = meet(client, Sessions(), {"mutate": {"new_session_ticket": lambda _: body}})
    assert (outcome.name, session.alert, outcome.stage) == ("DECODE_ERROR", 50, "new_session_ticket")


def test_a_ticket_that_was_promised_must_come_and_no_other_may(client: Client) -> None:
    outcome, _ = meet(client, Sessions("id"), {"extensions": lambda extensions: [*extensions, (TICKET, b"")]})
    assert (outcome.name, outcome.stage) == ("UNEXPECTED_MESSAGE", "new_session_ticket")
    outcome, _ = meet(
        client, Sessions(), {"second_flight": ("new_session_ticket", "change_cipher_spec", "finished"), "extensions": without(TICKET)}
    )
    assert outcome.name == "UNEXPECTED_MESSAGE"


def test_nothing_is_asked_for_where_sessions_are_off(client: Client) -> None:
    sessions = Sessions("id")
    for _ in range(2):
        hello = first(client, sessions, settings={"sessions": False}).hello
        assert hello and not hello.session_id and TICKET not in hello.extensions


@pytest.mark.parametrize("by", [["-no_cache"], ["-no_ticket"]])
def test_openssl_resumes(by: list[str], client: Client) -> None:
    with OpenSSL(EC, resumption=True, options=["-rev", *by]) as peer:
        found = [client.connect(peer.port, ROOT, talk=[(b"hello\n", b"olleh\n")]).report["resumed"] for _ in range(3)]
    assert found == [False, True, True]


@pytest.mark.parametrize("buffers", [(1024, 1024), (16384, 2048)])
def test_openssl_resumes_with_a_client_certificate_and_small_buffers(buffers: tuple[int, int], client: Client) -> None:
    with OpenSSL(EC, client_ca=ROOT, resumption=True, options=["-rev", "-no_ticket"]) as peer:
        found = [client.connect(peer.port, ROOT, DEVICE, buffers=buffers, talk=[(b"hello\n", b"olleh\n")]).report for _ in range(2)]
    assert [(report["resumed"], report["client_certificate"]) for report in found] == [(False, True), (True, True)]


@pytest.mark.parametrize("tickets", [True, False])
def test_gnutls_resumes(tickets: bool, client: Client) -> None:
    with GnuTLS(EC, tickets=tickets) as peer:
        found = [client.connect(peer.port, ROOT, talk=[(b"hello\n", b"hello\n")]).report["resumed"] for _ in range(2)]
    assert found == [False, True]
