"""What the client sends, as a strict server sees it: flights, hello, nonces, answers to HelloRequests and alerts."""

import re
from typing import Any

import pytest

from host_tests.peers import codec
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Alert, Data, Message, Raw, Record, Script, SentRecord, Session
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, DEVICE, EC, ROOT, RSA
from tools.laboratory.pki import EXPIRED, NOT_YET_VALID

pytestmark = pytest.mark.targets("unix", "serial")

DATES = r"\d{4}-\d\d-\d\d, and it is \d{4}-\d\d-\d\d"
ECHO: dict[str, Any] = {"write": 100, "read": 100}


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def meet(client: Client, script: Script, device=None, **options) -> Session:
    outcome, session = client.meet(script, ROOT, device, **{**ECHO, **options})
    assert outcome.name is None, outcome
    assert session.violations == []
    return session


@pytest.mark.parametrize("server", [EC, RSA], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("device", [None, DEVICE], ids=["anonymous", "with a client certificate"])
def test_each_flight_arrives_as_one_piece(client: Client, server, device) -> None:
    session = meet(client, Script(server, client_ca=ROOT if device else None), device, write=0, read=0)
    hello, flight, end = session.reads
    assert len(codec.record(22, codec.message(1, session.messages[0][1]))) == len(hello)
    kinds = [(r.kind, r.protected) for r in session.records]
    messages = [name for name, _ in session.messages]
    proof = ["certificate", "client_key_exchange", "certificate_verify"] if device else ["client_key_exchange"]
    assert messages == ["client_hello", *proof, "finished"]
    assert kinds[1:] == [*[(22, False)] * len(proof), (20, False), (22, True), (21, True)]
    assert len(hello) + len(flight) + len(end) == sum(len(read) for read in session.reads)
    assert len(end) == 5 + 8 + 2 + 16


def test_the_hello_offers_what_the_design_says(client: Client) -> None:
    hello = meet(client, Script(EC)).hello
    assert hello is not None
    assert hello.suites == [0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030]
    assert hello.compressions == b"\0"
    assert hello.session_id == b""
    assert hello.extensions[codec.EC_POINT_FORMATS] == b"\1\0"
    assert hello.extensions[codec.RENEGOTIATION_INFO] == b"\0"
    assert hello.extensions[codec.EXTENDED_MASTER_SECRET] == b""
    assert hello.server_name == "localhost"
    assert hello.groups == [23, 29, 24]
    assert hello.schemes[0] == 0x0403


def test_the_hello_has_at_most_200_bytes_with_a_name_of_30(client: Client) -> None:
    name = "a-name-of-thirty-chars.example"
    assert len(name) == 30
    server = CA.leaf("server", dns=[name])
    session = meet(client, Script(server), name=name)
    assert len(session.messages[0][1]) + 4 + 5 <= 200


def test_limits_of_records_are_offered_only_where_the_buffer_is_small(client: Client) -> None:
    large = meet(client, Script(EC), buffers=(16384, 1024)).hello
    small = meet(client, Script(EC), buffers=(2000, 1024)).hello
    limits = {codec.MAX_FRAGMENT_LENGTH, codec.RECORD_SIZE_LIMIT}
    assert large is not None
    assert not limits & set(large.extensions)
    assert small is not None
    assert small.extensions[codec.MAX_FRAGMENT_LENGTH] == b"\2"  # 1024, the largest that fits
    assert small.extensions[codec.RECORD_SIZE_LIMIT] == (2000).to_bytes(2)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [("localhost.", "localhost"), ("LocalHost", "localhost"), ("127.0.0.1", None)],
    ids=["a dot", "capitals", "an address"],
)
def test_the_name_is_sent_as_rfc_6066_has_it(client: Client, asked: str, sent: str | None) -> None:
    hello = meet(client, Script(EC), name=asked).hello
    assert hello is not None
    name = hello.server_name
    assert (name.lower() if name else name) == sent


def test_hellos_differ(client: Client) -> None:
    first, second = (meet(client, Script(EC)) for _ in range(2))
    assert first.hello and second.hello
    assert first.hello.random != second.hello.random
    assert first.messages[1][1] != second.messages[1][1]  # the ephemeral key


def test_the_explicit_nonce_is_the_sequence_number(client: Client) -> None:
    assert meet(client, Script(EC), write=2000, read=2000).nonces_count


def test_a_hello_request_is_answered_once_with_no_renegotiation(client: Client) -> None:
    ask = Message("hello_request", hashed=False)
    session = meet(client, Script(EC, after={"finished": [ask, ask, ask]}))
    assert session.alerts == [(1, 100), (1, 0)]


def test_a_hello_request_in_the_handshake_is_not_answered(client: Client) -> None:
    session = meet(client, Script(EC, before={"certificate": [Message("hello_request", hashed=False)]}))
    assert session.alerts == [(1, 0)]


def test_the_server_s_close_notify_is_answered_by_ours(client: Client) -> None:
    session = meet(client, Script(EC, data=[Data(bytes(range(100))), Alert(1, 0)]), write=0, read="end")
    assert session.alerts == [(1, 0)]


@pytest.mark.parametrize("message", ["server_hello", "server_hello_done", "finished"])
def test_a_fatal_alert_is_never_answered(client: Client, message: str) -> None:
    outcome, session = client.meet(Script(EC, before={message: [Alert(2, 80)]}), ROOT, **ECHO)
    assert (outcome.name, outcome.alert) == ("ALERT_RECEIVED", 80)
    assert session.alerts == []
    assert session.violations == []


def test_our_last_alert_arrives_though_bytes_of_the_servers_are_unread_and_of_ours_unacknowledged(client: Client) -> None:
    """A reset, which TCP sends for the first, would drop the alert, which waits for the second."""
    held: list[bytes] = []

    def together(record: SentRecord) -> list[bytes]:
        if record.protected and record.kind == 20:
            held.append(record.raw)
            return []
        return [b"".join(held) + record.raw]

    for _ in range(5):
        held.clear()
        script = Script(EC, data=[Record(20, b"\x01"), Data(bytes(1000))], records=together)
        outcome, session = client.meet(script, ROOT, write=100, read=1)
        assert (outcome.name, outcome.alert, session.alert) == ("UNEXPECTED_MESSAGE", 10, 10), session.violations


def test_a_chain_is_sent_whole_to_a_server_that_asks(client: Client) -> None:
    session = meet(client, Script(EC, client_ca=ROOT), DEVICE)
    assert session.client_chain == DEVICE.chain
    assert session.client_proven


@pytest.mark.parametrize(
    ("types", "schemes"),
    [([1], [0x0403]), ([64], [0x0401]), ([64], [0x0503])],
    ids=["another type", "another algorithm", "another hash"],
)
def test_an_empty_certificate_is_sent_where_none_fits(client: Client, types: list[int], schemes: list[int]) -> None:
    request = codec.certificate_request(types, schemes, [ROOT.certificate.subject.public_bytes()])
    session = meet(client, Script(EC, client_ca=ROOT, mutate={"certificate_request": lambda _: request}), DEVICE)
    assert session.client_chain == []
    assert not session.client_proven


def test_a_wrong_signature_of_our_own_key_never_leaves(client: Client) -> None:
    outcome, session = client.meet(Script(EC, client_ca=ROOT), ROOT, DEVICE, faulty_key=True)
    assert (outcome.name, outcome.stage) == ("OWN_SIGNATURE_WRONG", "certificate_verify")
    assert session.alerts == [(2, 80)]
    assert [name for name, _ in session.messages] == ["client_hello"]
    assert session.violations == []


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (Script(EC, data=[Data(bytes(700))]), "receive_buffer=700"),
        (Script(CA.leaf("server", dns=["elsewhere.example"])), "another name than localhost"),
        (Script(CA.leaf("server", dns=["localhost"], valid=EXPIRED)), "certificate 0 has expired on " + DATES),
        (Script(ROOT.authority("old", valid=EXPIRED).leaf("server", dns=["localhost"])), "certificate 1 has expired on " + DATES),
        (Script(CA.leaf("server", dns=["localhost"], valid=NOT_YET_VALID)), "certificate 0 is not valid before " + DATES),
        (Script(EC, before={"server_hello": [Raw(b"HTTP/1.1 400")]}), "is it the right port"),
        (Script(EC, before={"server_hello": [Alert(2, 40)]}), "alert 40"),
    ],
    ids=["a small buffer", "another name", "an old leaf", "an old intermediate", "a leaf of tomorrow", "another protocol", "an alert"],
)
def test_the_sentence_of_an_error_says_what_is_wrong(client: Client, script: Script, says: str) -> None:
    outcome, _ = client.meet(script, ROOT, buffers=(512, 1024), read=700)
    assert re.search(says, str(outcome.message))
