"""RSA key transport (RFC 5246 section 7.4.7.1): off unless it is named; what is encrypted, to which key, and what a server may not send."""

import pytest

from host_tests.peers import codec
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, DEVICE, EC, ROOT, flip, put
from tools.laboratory.peers.real import GnuTLS, OpenSSL
from tools.laboratory.pki import Credential

pytestmark = pytest.mark.targets("unix", "serial")

SUITES = {
    "TLS_RSA_WITH_AES_128_GCM_SHA256": 0x009C,
    "TLS_RSA_WITH_AES_256_GCM_SHA384": 0x009D,
    "TLS_RSA_WITH_AES_128_CBC_SHA256": 0x003C,
    "TLS_RSA_WITH_AES_128_CBC_SHA": 0x002F,
}
OPENSSL = dict(zip(SUITES, ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES128-SHA"), strict=True))
GNUTLS = dict(zip(SUITES, ("AES-128-GCM", "AES-256-GCM", "AES-128-CBC:+SHA256", "AES-128-CBC:+SHA1"), strict=True))
SERVER = CA.leaf("server-of-both", kind="rsa2048", dns=["localhost"], key_usage=["digital_signature", "key_encipherment"])
GCM = "TLS_RSA_WITH_AES_128_GCM_SHA256"
EACH = pytest.mark.parametrize("name", SUITES)


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def with_usage(usage: list[str] | None) -> Credential:
    return CA.leaf("server-" + "-".join(usage or ["any"]), kind="rsa2048", dns=["localhost"], key_usage=usage)


@EACH
@pytest.mark.parametrize("extended", [True, False], ids=["with extended master secret", "without"])
@pytest.mark.parametrize("device", [None, DEVICE], ids=["anonymous", "with a client certificate"])
def test_data_go_both_ways_under(name: str, extended: bool, device, client: Client) -> None:
    script = Script(SERVER, client_ca=ROOT if device else None, extended_master_secret=extended)
    outcome, session = client.meet(script, ROOT, device, ciphers=[name], write=5000, read=5000)
    assert outcome.name is None, outcome
    assert (outcome.data, session.violations, session.client_proven) == (5000, [], bool(device))
    assert session.hello is not None
    assert session.hello.suites == [SUITES[name]]
    assert codec.SUPPORTED_GROUPS not in session.hello.extensions
    assert outcome.report["cipher"] == name
    assert (outcome.report["peer_kind"], outcome.report["group"], outcome.report["forward_secrecy"]) == ("CHAIN", None, False)


@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "rsa4096"])
def test_the_secret_is_fresh_and_goes_to_a_key_of(kind: str, client: Client) -> None:
    server = CA.leaf("server-of-both-" + kind, kind=kind, dns=["localhost"], key_usage=["key_encipherment"])
    secrets = set()
    for _ in range(3):
        outcome, session = client.meet(Script(server), ROOT, ciphers=[GCM], write=10, read=10)
        assert (outcome.data, session.violations) == (10, []), outcome
        secrets.add(session.pre_master[2:])
    assert len(secrets) == 3


def test_it_is_off_by_default(client: Client) -> None:
    session = client.meet(Script(SERVER), ROOT, write=10, read=10)[1]
    assert session.hello is not None
    assert not set(SUITES.values()) & set(session.hello.suites)


def test_a_trace_says_that_there_is_no_forward_secrecy(client: Client) -> None:
    outcome, _ = client.meet(Script(SERVER), ROOT, ciphers=[GCM], trace=True, write=10, read=10)
    notes = {name: note for _, name, note in outcome.trace}
    assert notes["ServerHello"] == GCM + ", no forward secrecy"
    assert notes["ClientKeyExchange"] == "encrypted to the server's key"


# Rule 27


@pytest.mark.parametrize("usage", [["digital_signature"], ["digital_signature", "key_agreement"]])
def test_a_certificate_that_may_not_be_encrypted_to_is_refused(usage: list[str], client: Client) -> None:
    server = with_usage(usage)
    outcome, session = client.meet(Script(server), ROOT, ciphers=[GCM], read=10)
    assert (outcome.name, session.alert) == ("KEY_MAY_NOT_ENCRYPT", 43)
    assert "keyEncipherment" in str(outcome.message)
    outcome, _ = client.meet(Script(server), ROOT, ciphers=["ECDHE-RSA-AES128-GCM-SHA256"], write=10, read=10)
    assert outcome.data == 10, outcome


def test_a_certificate_without_key_usage_may_be_encrypted_to(client: Client) -> None:
    outcome, _ = client.meet(Script(with_usage(None)), ROOT, ciphers=[GCM], write=10, read=10)
    assert outcome.data == 10, outcome


def test_a_certificate_that_may_only_be_encrypted_to_serves(client: Client) -> None:
    server = with_usage(["key_encipherment"])
    outcome, _ = client.meet(Script(server), ROOT, ciphers=[GCM], write=10, read=10)
    assert outcome.data == 10, outcome
    outcome, session = client.meet(Script(server), ROOT, ciphers=["ECDHE-RSA-AES128-GCM-SHA256"], read=10)
    assert (outcome.name, session.alert) == ("KEY_MAY_NOT_SIGN", 43)


@pytest.mark.parametrize("at", [2, 3], ids=["before CertificateRequest", "before ServerHelloDone"])
def test_a_server_key_exchange_is_out_of_place(at: int, client: Client) -> None:
    flight = ["server_hello", "certificate", "certificate_request", "server_hello_done"]
    flight.insert(at, "server_key_exchange")
    outcome, session = client.meet(Script(SERVER, first_flight=flight), ROOT, ciphers=[GCM], read=10)
    assert (outcome.name, session.alert, session.established) == ("UNEXPECTED_MESSAGE", 10, False)


@pytest.mark.parametrize("server", [EC, CA.leaf("pss", kind="pss2048", dns=["localhost"])], ids=["EC", "PSS"])
def test_a_key_that_encrypts_nothing_is_refused(server, client: Client) -> None:
    said = put(35, SUITES[GCM].to_bytes(2))
    names = [GCM, "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"]
    flight = ("server_hello", "certificate", "server_hello_done")
    script = Script(server, mutate={"server_hello": said}, first_flight=flight)
    outcome, session = client.meet(script, ROOT, ciphers=names, read=10)
    assert (outcome.name, session.alert) == ("KEY_DOES_NOT_FIT_SUITE", 43)


def test_a_server_without_the_key_proves_nothing(client: Client) -> None:
    """Its certificate is anybody's; that it could open the secret shows in its Finished."""
    outcome, session = client.meet(Script(SERVER, mutate={"finished": flip(0)}), ROOT, ciphers=[GCM], read=10)
    assert (outcome.name, session.alert, outcome.established) == ("BAD_FINISHED", 51, False)


def test_a_suite_that_was_not_named_is_refused(client: Client) -> None:
    said = put(35, SUITES[GCM].to_bytes(2))
    outcome, session = client.meet(Script(SERVER, mutate={"server_hello": said}), ROOT, read=10)
    assert (outcome.name, session.alert) == ("SUITE_NOT_OFFERED", 47)


def test_the_names_are_iana_s_openssl_s_and_mbedtls_s(target: Target) -> None:
    names = list(SUITES)
    told = target.exec(f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
for ciphers in ({names!r}, {":".join(OPENSSL[name] for name in names)!r}, {[name.replace("_", "-") for name in names]!r}):
    context.set_ciphers(ciphers)
    print(context.get_ciphers())
""").splitlines()
    assert told == [str(names)] * 3


@EACH
@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
def test_openssl_and_gnutls_speak(name: str, identity: bool, client: Client) -> None:
    ca = ROOT if identity else None
    openssl = OpenSSL(SERVER, ca, cipher=OPENSSL[name], options=["-rev"])
    gnutls = GnuTLS(SERVER, ca, priority="NORMAL:-KX-ALL:+RSA:-MAC-ALL:+AEAD:-CIPHER-ALL:+" + GNUTLS[name])
    for peer, answer in ((openssl, b"olleh\n"), (gnutls, b"hello\n")):
        with peer:
            outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, ciphers=[name], talk=[(b"hello\n", answer)])
        assert outcome.name is None, outcome
        assert (outcome.report["cipher"], outcome.report["client_certificate"]) == (name, True if identity else None)
