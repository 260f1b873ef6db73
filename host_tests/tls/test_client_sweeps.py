"""Sweeps over all that a server sends: the stream cut at every place, bits changed at every place, and noise."""

import random

import pytest

from host_tests.peers import codec
from host_tests.peers.codec import CHANGE_CIPHER_SPEC, HANDSHAKE
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Fin, Raw, Script, Session
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import EC, ROOT, flip, nth

pytestmark = pytest.mark.targets("unix", "serial")


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def sizes() -> list[int]:
    """Of the messages of a server's first flight."""
    session = Session(Script(EC))
    hello = b"\3\3" + bytes(32) + b"\0" + codec.numbers(2, [0xC02B]) + b"\1\0"
    extensions = ((10, codec.numbers(2, [23])), (13, codec.numbers(2, [0x0403])), (23, b""), (0xFF01, b"\0"))
    hello += codec.vector(2, b"".join(kind.to_bytes(2) + codec.vector(2, data) for kind, data in extensions))
    session.feed(codec.record(HANDSHAKE, codec.message(1, hello)))
    flight = codec.Cursor(session.take_output(), "flight")
    found = []
    while flight.more():
        flight.take(3)
        found.append(len(flight.vector(2)))
    assert session.violations == []
    return found


# Places are counted when the tests run: signatures vary by a byte or two.


def ends_early(client: Client, at: int) -> None:
    outcome, session = client.meet(Script(EC, stop_after=at), ROOT)
    assert outcome.name == "CLOSED_IN_HANDSHAKE", (at, outcome)
    assert not outcome.established
    assert session.alerts == []
    assert session.violations == []


@pytest.mark.parametrize("part", range(5))
def test_a_first_flight_that_ends_early_ends_the_handshake_without_an_alert(client: Client, part: int) -> None:
    whole = sum(sizes()) + 5 * len(sizes())
    for at in range(part * 13, whole - 20, 5 * 13):
        ends_early(client, at)


def test_a_second_flight_that_ends_early_ends_the_handshake_without_an_alert(client: Client) -> None:
    first = sum(sizes()) + 5 * len(sizes())
    for at in range(first + 4, first + 47, 5):
        ends_early(client, at)


@pytest.mark.parametrize("index", range(4), ids=["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone"])
def test_no_bit_of_the_first_flight_can_be_changed_on_the_way(client: Client, index: int) -> None:
    for at in range(5, 5 + sizes()[index], 7):
        changed = nth(HANDSHAKE, index, lambda raw, at=at: [flip(min(at, len(raw) - 1))(raw)], False)
        outcome, _ = client.meet(Script(EC, records=changed), ROOT, timeout=2)
        assert not outcome.established, at
        assert outcome.dead


@pytest.mark.parametrize("at", range(5, 45))
def test_no_bit_of_finished_can_be_changed_on_the_way(client: Client, at: int) -> None:
    outcome, session = client.meet(Script(EC, records=nth(HANDSHAKE, 0, lambda raw: [flip(at)(raw)])), ROOT)
    assert (outcome.name, outcome.alert, outcome.stage) == ("BAD_TAG", 20, "finished")
    assert session.alert == 20


def test_a_changed_change_cipher_spec_is_refused(client: Client) -> None:
    for bit in range(8):
        changed = nth(CHANGE_CIPHER_SPEC, 0, lambda raw, bit=bit: [raw[:5] + bytes((1 ^ 1 << bit,))], False)
        assert client.meet(Script(EC, records=changed), ROOT)[0].name == "BAD_CHANGE_CIPHER_SPEC"


def noise(seed: int) -> bytes:
    """Random bytes, every other time as a handshake message of a random kind, in a record."""
    chance = random.Random(seed)
    data = chance.randbytes(chance.randrange(1, 600))
    if seed % 2:
        return data
    body = data if seed % 4 else b"\3\3" + data  # some get past the version
    return codec.record(HANDSHAKE, codec.message(chance.choice((0, 1, 2, 2, 2, 11, 12, 14, 99)), body))


@pytest.mark.parametrize(
    "at", ["server_hello", "certificate", "server_key_exchange", "server_hello_done", "change_cipher_spec", "finished"]
)
def test_noise_raises_nothing_but_the_documented_error(client: Client, at: str) -> None:
    for seed in range(25):
        outcome, _ = client.meet(Script(EC, before={at: [Raw(noise(seed)), Fin()]}), ROOT)
        assert not outcome.established, seed
        assert outcome.name, (seed, outcome)


@pytest.mark.parametrize(
    ("message", "size", "step"),
    [  # sizes are those of the shortest
        ("server_hello", 51, 1),
        ("certificate", 900, 17),
        ("server_key_exchange", 140, 3),
        ("certificate_request", 50, 1),
        ("finished", 12, 1),
    ],
)
def test_every_strict_prefix_of_a_message_is_refused(client: Client, message: str, size: int, step: int) -> None:
    for length in range(0, size, step):
        if (message, length) == ("server_hello", 38):  # that is one without extensions
            continue
        script = Script(EC, client_ca=ROOT, mutate={message: lambda body, length=length: body[:length]})
        outcome, session = client.meet(script, ROOT)
        assert (outcome.name, outcome.stage) == ("DECODE_ERROR", message), (length, outcome)
        assert session.alert == 50
        assert session.violations == []
