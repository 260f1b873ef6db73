"""Pre-shared keys (RFC 4279, 5489): what is offered, what proves the server, what a caller and a server may not do."""

import ast

import pytest

from host_tests.peers import codec
from host_tests.peers.codec import APPLICATION_DATA
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Data, Message, Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, EC, ROOT, flip, nth, put, shortened
from tools.laboratory.peers.real import GnuTLS, OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

KEY = bytes(range(100, 132))
SETTINGS = {"psk_identity": "pump 7", "psk_key": KEY}
SUITES = {
    "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256": 0xD001,
    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256": 0xCCAC,
    "TLS_PSK_WITH_AES_128_GCM_SHA256": 0x00A8,
    "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256": 0xCCAB,
    "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256": 0xD005,
    "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256": 0xD003,
    "TLS_PSK_WITH_AES_128_CCM": 0xC0A4,
    "TLS_PSK_WITH_AES_128_CCM_8": 0xC0A8,
}
DEFAULT = [0xD001, 0xCCAC, 0x00A8, 0xCCAB]
CERTIFIED = [0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030]
GCM = "TLS_PSK_WITH_AES_128_GCM_SHA256"
ECDHE = "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256"


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def keyed(**rest) -> Script:
    """A server with our key and no certificate."""
    return Script(None, psk={b"pump 7": KEY}, **rest)


@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("extended", [True, False], ids=["with extended master secret", "without"])
def test_data_go_both_ways_under(name: str, extended: bool, client: Client) -> None:
    outcome, session = client.meet(keyed(extended_master_secret=extended), None, settings=SETTINGS, ciphers=[name], write=5000, read=5000)
    assert outcome.name is None, outcome
    assert (outcome.data, session.violations, session.established) == (5000, [], True)
    assert session.hello is not None
    assert session.hello.suites == [SUITES[name]]
    assert session.identity == b"pump 7"
    assert outcome.report["cipher"] == name
    assert (outcome.report["peer_kind"], outcome.report["peer"]) == ("PSK", "PSK pump 7")
    assert outcome.report["group"] == (23 if "ECDHE" in name else None)
    assert outcome.report["forward_secrecy"] is ("ECDHE" in name)


@pytest.mark.parametrize("group", [24, 29])
def test_ecdhe_psk_agrees_on_each_group(group: int, client: Client) -> None:
    outcome, _ = client.meet(keyed(group=group), None, settings=SETTINGS, ciphers=[ECDHE], write=100, read=100)
    assert (outcome.data, outcome.report["group"]) == (100, group)


# What is offered (rule 27)


def test_a_key_alone_offers_no_certificate_suite_and_asks_for_none(client: Client) -> None:
    outcome, session = client.meet(keyed(), None, settings=SETTINGS, name="localhost", write=10, read=10)
    assert outcome.data == 10, outcome
    assert session.hello is not None
    assert session.hello.suites == DEFAULT
    assert session.hello.server_name == "localhost"
    assert codec.SIGNATURE_ALGORITHMS not in session.hello.extensions


def test_psk_alone_offers_no_group(client: Client) -> None:
    session = client.meet(keyed(), None, settings=SETTINGS, name="127.0.0.1", ciphers=[GCM], write=10, read=10)[1]
    assert session.hello is not None
    assert set(session.hello.extensions) <= {codec.EXTENDED_MASTER_SECRET, codec.RENEGOTIATION_INFO, codec.SESSION_TICKET}


def test_no_name_is_needed_where_the_key_proves_the_server(client: Client) -> None:
    outcome, _ = client.meet(keyed(), None, settings=SETTINGS, name=None, write=10, read=10)
    assert outcome.data == 10


def test_without_a_key_no_psk_suite_is_offered(client: Client) -> None:
    session = client.meet(Script(EC), ROOT, write=10, read=10)[1]
    assert session.hello is not None
    assert session.hello.suites == CERTIFIED
    session = client.meet(Script(EC), ROOT, ciphers=[GCM, "ECDHE-ECDSA-AES128-GCM-SHA256"], write=10, read=10)[1]
    assert session.hello is not None
    assert session.hello.suites == [0xC02B]


def test_with_anchors_both_are_offered_those_without_forward_secrecy_last(client: Client) -> None:
    outcome, session = client.meet(keyed(), ROOT, settings=SETTINGS, write=10, read=10)
    assert (outcome.data, outcome.report["peer_kind"]) == (10, "PSK")
    assert session.hello is not None
    assert session.hello.suites == DEFAULT[:2] + CERTIFIED + DEFAULT[2:]
    outcome, session = client.meet(Script(EC), ROOT, settings=SETTINGS, write=10, read=10)
    assert (outcome.data, outcome.report["peer_kind"]) == (10, "CHAIN")


def test_beside_a_key_cert_none_offers_no_certificate_suite(client: Client) -> None:
    """A server in the middle has no key, and any certificate."""
    session = client.meet(keyed(), ROOT, settings={**SETTINGS, "verify_mode": 0}, write=10, read=10)[1]
    assert session.hello is not None
    assert session.hello.suites == DEFAULT


def test_a_certificate_of_another_s_is_refused_beside_a_key(client: Client) -> None:
    from tools.laboratory import pki

    other = pki.root("another").leaf("server", dns=["localhost"])
    outcome, session = client.meet(Script(other), ROOT, settings=SETTINGS, write=10, read=10)
    assert (session.established, outcome.alert) == (False, 48), outcome


# What proves the server


@pytest.mark.parametrize("name", [GCM, ECDHE])
def test_a_server_with_another_key_proves_nothing(name: str, client: Client) -> None:
    script = Script(None, psk={b"pump 7": KEY[::-1]})
    outcome, session = client.meet(script, None, settings=SETTINGS, ciphers=[name], write=10, read=10)
    assert (outcome.established, session.established, outcome.proven) == (False, False, None)
    assert "does not decrypt" in session.violations[0]


@pytest.mark.parametrize("name", [GCM, ECDHE])
def test_a_wrong_finished_proves_nothing(name: str, client: Client) -> None:
    outcome, session = client.meet(keyed(mutate={"finished": flip(0)}), None, settings=SETTINGS, ciphers=[name], read=10)
    assert (outcome.name, session.alert, outcome.proven) == ("BAD_FINISHED", 51, None)


def test_data_before_finished_are_not_taken(client: Client) -> None:
    script = keyed(before={"finished": [Data(b"early")]})
    outcome, session = client.meet(script, None, settings=SETTINGS, read=5)
    assert (outcome.name, session.alert, outcome.data, outcome.proven) == ("DATA_BEFORE_FINISHED", 10, 0, None)


def test_a_changed_record_is_noticed(client: Client) -> None:
    script = keyed(data=[Data(bytes(range(100)))], records=nth(APPLICATION_DATA, 0, lambda raw: [flip(20)(raw)]))
    outcome, session = client.meet(script, None, settings=SETTINGS, read=100)
    assert (outcome.name, session.alert) == ("BAD_TAG", 20)


# Messages that have no place


FIRST = ("server_hello", "server_key_exchange", "server_hello_done")


@pytest.mark.parametrize("name", [GCM, ECDHE])
@pytest.mark.parametrize(
    "flight",
    [
        ("server_hello", "certificate", *FIRST[1:]),
        ("server_hello", "server_key_exchange", "certificate_request", "server_hello_done"),
        ("server_hello", "server_key_exchange", *FIRST[1:]),
        ("server_hello", "certificate_request", "server_hello_done"),
    ],
)
def test_certificates_and_repetitions_are_out_of_place(name: str, flight: tuple[str, ...], client: Client) -> None:
    script = keyed(first_flight=flight, hint=b"hint", chain=CA.chain)
    outcome, session = client.meet(script, None, settings=SETTINGS, ciphers=[name], read=10)
    assert (outcome.name, session.alert) == ("UNEXPECTED_MESSAGE", 10)


def test_ecdhe_psk_needs_a_server_key_exchange(client: Client) -> None:
    script = keyed(first_flight=("server_hello", "server_hello_done"))
    outcome, session = client.meet(script, None, settings=SETTINGS, ciphers=[ECDHE], read=10)
    assert (outcome.name, session.alert) == ("UNEXPECTED_MESSAGE", 10)


@pytest.mark.parametrize(
    ("name", "edit", "cause", "alert"),
    [
        (GCM, shortened(), "DECODE_ERROR", 50),
        (GCM, lambda body: body + b"\0", "DECODE_ERROR", 50),
        (ECDHE, shortened(), "DECODE_ERROR", 50),
        (ECDHE, lambda body: body + b"\0", "DECODE_ERROR", 50),
        (ECDHE, put(6, b"\2"), "NOT_NAMED_CURVE", 47),
        (ECDHE, put(7, b"\0\x19"), "GROUP_NOT_OFFERED", 47),
        (ECDHE, flip(20), "POINT_NOT_ON_CURVE", 47),
        (GCM, lambda _: codec.vector(2, b"h" * 257), "MESSAGE_TOO_LONG", 50),
        (GCM, lambda _: codec.vector(2, b"h" * 5000), "MESSAGE_TOO_LONG", 50),
    ],
)
def test_a_malformed_server_key_exchange_is_refused(name: str, edit, cause: str, alert: int, client: Client) -> None:
    script = keyed(hint=b"hint", mutate={"server_key_exchange": edit})
    outcome, session = client.meet(script, None, settings=SETTINGS, ciphers=[name], read=10)
    assert (outcome.name, session.alert) == (cause, alert)


def test_a_psk_suite_of_a_server_is_refused_where_no_key_was_given(client: Client) -> None:
    said = put(35, (0x00A8).to_bytes(2))
    outcome, session = client.meet(Script(EC, mutate={"server_hello": said}), ROOT, read=10)
    assert (outcome.name, session.alert) == ("SUITE_NOT_OFFERED", 47)


# The callback


@pytest.mark.parametrize("name", [GCM, ECDHE])
@pytest.mark.parametrize(("hint", "told"), [(b"", None), (b"plant 3", "plant 3"), ("höhe".encode() * 40, "höhe" * 40)])
def test_the_callback_is_asked_once_with_the_hint(name: str, hint: bytes, told: str | None, client: Client) -> None:
    outcome, session = client.meet(keyed(hint=hint), None, answer=("pump 7", KEY), ciphers=[name], write=10, read=10)
    assert (outcome.data, outcome.hints, session.identity) == (10, [told], b"pump 7")


def test_a_callback_may_give_no_identity(client: Client) -> None:
    outcome, session = client.meet(Script(None, psk={b"": KEY}), None, answer=(None, bytearray(KEY)), write=10, read=10)
    assert (outcome.data, session.identity) == (10, b"")


def test_a_callback_that_has_no_key_ends_the_connection(client: Client) -> None:
    outcome, session = client.meet(keyed(), None, answer=(None, b""), read=10)
    assert (outcome.name, session.alert, session.established) == ("NO_PRE_SHARED_KEY", 40, False)


def test_a_hint_that_is_no_text_is_refused_where_it_is_asked_for(client: Client) -> None:
    outcome, session = client.meet(keyed(hint=b"\xff\xfe"), None, answer=("pump 7", KEY), read=10)
    assert (outcome.name, session.alert, outcome.hints) == ("DECODE_ERROR", 50, [])
    outcome, _ = client.meet(keyed(hint=b"\xff\xfe"), None, settings=SETTINGS, write=10, read=10)
    assert outcome.data == 10


def test_an_identity_that_the_server_does_not_know_is_named_so(client: Client) -> None:
    outcome, _ = client.meet(Script(None, psk={b"another": KEY}), None, settings=SETTINGS, read=10)
    assert (outcome.name, outcome.alert) == ("ALERT_RECEIVED", 115)
    assert "does not know our identity" in str(outcome.message)


@pytest.mark.parametrize("size", [16, 64, 65, 1024])
def test_keys_of_16_to_1024_bytes_are_taken(size: int, client: Client) -> None:
    key = bytes(range(256)) * 4
    script = Script(None, psk={b"n" * 1024: key[:size]})
    settings = {"psk_identity": b"n" * 1024, "psk_key": key[:size]}
    outcome, _ = client.meet(script, None, settings=settings, write=10, read=10)
    assert outcome.data == 10, outcome


# What a caller may not


def test_what_is_no_key_is_refused_before_anything_is_sent(target: Target) -> None:
    told = target.exec("""
import latchkey
class Silent:
    def write(self, data):
        raise Exception("something was sent")
    readinto = write
def attempt(identity, key, callback=None, ciphers=None, cafile=None):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
    context.psk_identity, context.psk_key = identity, key
    if callback:
        context.set_psk_client_callback(callback)
    if ciphers:
        context.set_ciphers(ciphers)
    try:
        context.wrap_socket(Silent(), server_hostname="localhost")
    except ValueError as e:
        print("refused", e)
attempt("pump", "a long pass phrase of text")
attempt("pump", b"fifteen bytes..")
attempt("pump", bytes(1025))
attempt("pump", 5)
attempt("pump", None)
attempt(None, bytes(16))
attempt(5, bytes(16))
attempt("p" * 1025, bytes(16))
attempt("pump", bytes(16), print)
attempt("pump", bytes(16), None, "ECDHE-ECDSA-AES128-GCM-SHA256")
attempt(None, None, None, "PSK-AES128-GCM-SHA256")
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
try:
    context.set_psk_client_callback(b"key")
except TypeError as e:
    print("refused", e)
""").splitlines()
    assert len(told) == 12
    assert all(line.startswith("refused") for line in told), told
    assert all("RFC 4279 section 7.2" in line for line in told[:5])
    assert "pass phrase" not in told[0]
    assert all("psk_identity" in line for line in told[5:9])
    assert all("none of the cipher suites" in line for line in told[9:11])


def test_the_names_are_iana_s_openssl_s_and_mbedtls_s(target: Target) -> None:
    openssl = "ECDHE-PSK-CHACHA20-POLY1305:PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256:PSK-AES128-CCM:PSK-AES128-CCM8"
    mbedtls = [
        "TLS-ECDHE-PSK-WITH-CHACHA20-POLY1305-SHA256",
        "TLS-PSK-WITH-CHACHA20-POLY1305-SHA256",
        "TLS-PSK-WITH-AES-128-GCM-SHA256",
        "TLS-PSK-WITH-AES-128-CCM",
        "TLS-PSK-WITH-AES-128-CCM-8",
    ]
    told = target.exec(f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.psk_identity, context.psk_key = "pump", bytes(16)
print(context.get_ciphers())
for ciphers in ({openssl!r}, {mbedtls!r}, {list(SUITES)!r}, "PSK"):
    context.set_ciphers(ciphers)
    print(context.get_ciphers())
context.psk_key = None
print(context.get_ciphers())
""").splitlines()
    names = list(SUITES)
    assert told[0] == str(names[:4])
    assert told[1] == told[2] == str([names[1], names[3], names[2], names[6], names[7]])
    assert told[3] == str(names)
    assert sorted(ast.literal_eval(told[4])) == sorted(names)
    assert told[5] == "[]"


def test_no_code_of_certificates_is_loaded(client: Client) -> None:
    client.target.reset()
    settings = {"psk_identity": "pump 7", "psk_key": KEY}
    outcome, _ = client.meet(keyed(), None, settings=settings, ciphers=[GCM], write=10, read=10)
    assert outcome.data == 10
    told = client.target.exec("import sys\nprint([name for name in sys.modules if 'latchkey' in name])")
    for part in ("x509.chain", "x509.path", "certificate", "x509.name", "ecdsa", "rsa", "p256", "field", "server_auth"):
        assert "." + part not in told, told


def test_what_a_trace_tells(client: Client) -> None:
    outcome, _ = client.meet(keyed(hint=b"plant"), None, settings=SETTINGS, ciphers=[GCM], trace=True, write=10, read=10)
    notes = {name: note for _, name, note in outcome.trace}
    assert notes["ServerHello"] == GCM + ", no forward secrecy"
    assert notes["ServerKeyExchange"] == "hint of 5 bytes"
    assert notes["ClientKeyExchange"] == "pre-shared key: pump 7"
    assert KEY.hex() not in str(outcome.trace)


def test_another_message_of_the_server_s_is_out_of_place(client: Client) -> None:
    script = keyed(after={"server_hello": [Message("finished", bytes(12))]})
    outcome, session = client.meet(script, None, settings=SETTINGS, read=10)
    assert (outcome.name, session.alert) == ("UNEXPECTED_MESSAGE", 10)


# Real servers


@pytest.mark.parametrize(
    ("cipher", "name"),
    [
        ("PSK-AES128-GCM-SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
        ("PSK-CHACHA20-POLY1305", "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"),
        ("PSK-AES128-CCM", "TLS_PSK_WITH_AES_128_CCM"),
        ("PSK-AES128-CCM8", "TLS_PSK_WITH_AES_128_CCM_8"),
        ("ECDHE-PSK-CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
    ],
)
@pytest.mark.parametrize("hint", ["", "plant 3"], ids=["without a hint", "with a hint"])
def test_openssl_speaks(cipher: str, name: str, hint: str, client: Client) -> None:
    with OpenSSL(None, psk=KEY, hint=hint, cipher=cipher + ":@SECLEVEL=0", options=["-rev"]) as peer:
        outcome = client.connect(peer.port, None, answer=("Client_identity", KEY), ciphers=[name], talk=[(b"hello\n", b"olleh\n")])
    assert outcome.name is None, outcome
    assert (outcome.report["cipher"], outcome.report["peer_kind"], outcome.hints) == (name, "PSK", [hint or None])


@pytest.mark.parametrize(
    ("priority", "name"),
    [
        ("+PSK:+AES-128-GCM", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
        ("+PSK:+CHACHA20-POLY1305", "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"),
        ("+PSK:+AES-128-CCM", "TLS_PSK_WITH_AES_128_CCM"),
        ("+PSK:+AES-128-CCM-8", "TLS_PSK_WITH_AES_128_CCM_8"),
        ("+ECDHE-PSK:+CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
    ],
)
def test_gnutls_speaks(priority: str, name: str, client: Client) -> None:
    with GnuTLS(None, priority="NORMAL:-KX-ALL:-CIPHER-ALL:" + priority, psk={"pump 7": KEY}) as peer:
        outcome = client.connect(peer.port, None, settings=SETTINGS, ciphers=[name], talk=[(b"hello\n", b"hello\n")])
    assert outcome.name is None, outcome
    assert (outcome.report["cipher"], outcome.report["peer_kind"]) == (name, "PSK")


def test_gnutls_takes_the_default_with_a_small_buffer(client: Client) -> None:
    with GnuTLS(None, priority="NORMAL:+PSK:+ECDHE-PSK", psk={"pump 7": KEY}) as peer:
        outcome = client.connect(peer.port, None, settings=SETTINGS, buffers=[600, 1024], talk=[(b"hello\n", b"hello\n")])
    assert outcome.name is None, outcome
    assert outcome.report["peer_kind"] == "PSK"


def test_real_servers_refuse_another_key(client: Client) -> None:
    settings = {**SETTINGS, "psk_key": KEY[::-1]}
    for peer in (OpenSSL(None, psk=KEY, cipher="PSK"), GnuTLS(None, priority="NORMAL:+PSK", psk={"pump 7": KEY})):
        with peer:
            outcome = client.connect(peer.port, None, settings=settings, ciphers=[GCM])
        assert outcome.refused, outcome
        assert "another key than ours" in str(outcome.message)
