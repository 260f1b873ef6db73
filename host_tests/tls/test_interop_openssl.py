"""The client with `openssl s_server`: every suite, key, scheme and length of chain, with and without a client certificate."""

import re

import pytest

from host_tests.peers.drive import Client, Outcome
from host_tests.targets import Target
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

SUITES = {"p256": "ECDHE-ECDSA-AES128-GCM-SHA256", "rsa2048": "ECDHE-RSA-AES128-GCM-SHA256"}
PROTECTIONS = ("AES128-GCM-SHA256", "CHACHA20-POLY1305", "AES256-GCM-SHA384")  # in the order of preference
LINE = b"the quick brown fox jumps over the lazy dog"
REVERSED = [(LINE + b"\n", LINE[::-1] + b"\n")]


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def server(kind: str = "p256", length: int = 2, ca_kind: str = "p256") -> pki.Credential:
    return pki.chain_of(length, f"server-{kind}-{length}", kind=kind, ca_kind=ca_kind, dns=["localhost"], ip=["127.0.0.1"])


def device(length: int = 2) -> pki.Credential:
    return pki.chain_of(length, f"device-{length}", usage="client")


def succeeds(outcome: Outcome, peer: OpenSSL, said: str) -> None:
    """A line went both ways; the server closed by close_notify and names what it should in its log."""
    assert outcome.name is None, outcome
    assert outcome.established
    assert said in peer.wait_for("CONNECTION CLOSED")
    assert outcome.report["extended_master_secret"]
    assert outcome.report["secure_renegotiation"]
    assert outcome.report["peer_kind"] == "CHAIN"


def was_shown(peer: OpenSSL, name: str) -> bool:
    """Whether the server says whose certificate it got; OpenSSL 3.2 and later put no blanks around the sign."""
    return re.search(f"^Peer certificate: .*CN ?= ?{name}$", peer.log(), re.MULTILINE) is not None


@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "rsa3072", "rsa4096", "pss2048", "pss3072"])
def test_each_kind_of_key_serves(client: Client, kind: str, identity: bool) -> None:
    credential = server(kind)
    suite = SUITES["p256" if kind in ("p256", "p384") else "rsa2048"]
    device_root = device().root
    with OpenSSL(credential, device_root if identity else None, cipher=suite, options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device() if identity else None, talk=REVERSED)
        succeeds(outcome, peer, f"Ciphersuite: {suite}")
        assert outcome.report["client_certificate"] is (True if identity else None)
        assert was_shown(peer, "device-2") == identity


@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
@pytest.mark.parametrize("protection", PROTECTIONS)
def test_each_suite_is_spoken(client: Client, protection: str, kind: str, identity: bool) -> None:
    credential = server(kind)
    suite = SUITES[kind].replace(PROTECTIONS[0], protection)
    with OpenSSL(credential, device().root if identity else None, cipher=suite, options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device() if identity else None, talk=REVERSED)
        succeeds(outcome, peer, f"Ciphersuite: {suite}")
        assert outcome.report["client_certificate"] is (True if identity else None)


@pytest.mark.parametrize("protection", [PROTECTIONS[0], PROTECTIONS[2]])  # with SHA-256, with SHA-384
@pytest.mark.parametrize(
    ("kind", "schemes"),
    [
        ("rsa2048", None),
        ("rsa2048", "RSA+SHA256"),
        ("rsa2048", "RSA-PSS+SHA256"),
        ("rsa3072", None),
        ("rsa4096", None),
        ("p384", None),
        ("p384", "ECDSA+SHA384"),
        ("p384", "ECDSA+SHA256"),
    ],
)
def test_each_kind_of_device_key_signs(client: Client, kind: str, schemes: str | None, protection: str) -> None:
    if schemes == "ECDSA+SHA256" and protection == PROTECTIONS[2]:
        return  # neither the suite's hash nor the key's
    credential = server()
    identity = pki.chain_of(2, f"device-{kind}", kind=kind, usage="client")
    options = ["-rev", *(["-client_sigalgs", schemes] if schemes else [])]
    with OpenSSL(credential, identity.root, cipher=SUITES["p256"].replace(PROTECTIONS[0], protection), options=options) as peer:
        outcome = client.connect(peer.port, credential.root, identity, talk=REVERSED)
        succeeds(outcome, peer, "Ciphersuite")
        assert was_shown(peer, f"device-{kind}")


@pytest.mark.parametrize(
    ("kind", "asked", "schemes"),
    [
        ("rsa2048", "RSA+SHA384", (0x0501,)),
        ("rsa2048", "RSA+SHA512", (0x0601, 0x0401)),
        ("rsa2048", "RSA-PSS+SHA512", (0x0806,)),
        ("p384", "ECDSA+SHA256", (0x0403, 0x0503)),
    ],
)
def test_the_hash_of_a_scheme_that_the_caller_names_first_need_not_be_the_suite_s(
    client: Client, kind: str, asked: str, schemes: tuple[int, ...]
) -> None:
    credential = server()
    identity = pki.chain_of(2, f"device-{kind}", kind=kind, usage="client")
    with OpenSSL(credential, identity.root, cipher=SUITES["p256"], options=["-rev", "-client_sigalgs", asked]) as peer:
        outcome = client.connect(peer.port, credential.root, identity, talk=REVERSED, schemes=schemes)
        succeeds(outcome, peer, "Ciphersuite")
        assert was_shown(peer, f"device-{kind}")


@pytest.mark.parametrize("order", [("p256", "p384", "rsa2048"), ("rsa2048", "p384", "p256")], ids=["P-256 first", "RSA first"])
@pytest.mark.parametrize(("asked", "kind"), [("ECDSA+SHA384", "p384"), ("RSA+SHA256", "rsa2048"), ("RSA-PSS+SHA256", "rsa2048")])
def test_of_several_identities_the_one_whose_signature_is_asked_for_is_shown(
    client: Client, asked: str, kind: str, order: tuple[str, ...]
) -> None:
    credential = server()
    devices = [pki.chain_of(2, f"device-{each}", kind=each, usage="client") for each in order]
    with OpenSSL(credential, devices[0].root, cipher=SUITES["p256"], options=["-rev", "-client_sigalgs", asked]) as peer:
        outcome = client.connect(peer.port, credential.root, devices[0], talk=REVERSED, more=devices[1:])
        succeeds(outcome, peer, "Ciphersuite")
        assert was_shown(peer, f"device-{kind}")


@pytest.mark.parametrize(("name", "number"), [("P-256", 23), ("X25519", 29), ("P-384", 24)])
@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_each_group_is_agreed_on(client: Client, name: str, number: int, kind: str) -> None:
    credential = server(kind)
    with OpenSSL(credential, groups=name, options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, talk=REVERSED)
        succeeds(outcome, peer, "Ciphersuite")
    assert outcome.report["group"] == number


@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
@pytest.mark.parametrize("name", ["ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM8"])
def test_ccm_is_spoken_where_it_is_asked_for_by_name(client: Client, name: str, identity: bool) -> None:
    credential = server()
    with OpenSSL(credential, device().root if identity else None, cipher=name + ":@SECLEVEL=0", options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device() if identity else None, talk=REVERSED, ciphers=name)
        succeeds(outcome, peer, f"Ciphersuite: {name}")


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_the_order_is_the_client_s(client: Client, protection: str) -> None:
    """OpenSSL takes the first of the client's, unless it is told otherwise."""
    credential = server()
    several = PROTECTIONS[PROTECTIONS.index(protection) :]
    names = [SUITES["p256"].replace(PROTECTIONS[0], name) for name in several]
    with OpenSSL(credential, cipher=":".join(reversed(names)), options=["-rev"]) as peer:
        succeeds(client.connect(peer.port, credential.root, talk=REVERSED), peer, f"Ciphersuite: {names[0]}")


@pytest.mark.parametrize("protection", PROTECTIONS[1:])
def test_what_the_caller_sets_is_offered_alone_and_in_its_order(client: Client, protection: str) -> None:
    credential = server()
    name = SUITES["p256"].replace(PROTECTIONS[0], protection)
    with OpenSSL(credential, options=["-rev"]) as peer:
        succeeds(
            client.connect(peer.port, credential.root, talk=REVERSED, ciphers=f"{name}:{SUITES['p256']}"), peer, f"Ciphersuite: {name}"
        )
        succeeds(client.connect(peer.port, credential.root, talk=REVERSED, ciphers=[name]), peer, f"Ciphersuite: {name}")


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        *(("p256", f"ECDSA+SHA{size}") for size in (256, 384, 512)),
        *(("p384", f"ECDSA+SHA{size}") for size in (256, 384)),
        *(("rsa2048", f"{kind}+SHA{size}") for size in (256, 384, 512) for kind in ("RSA", "RSA-PSS")),
        *(("pss2048", f"rsa_pss_pss_sha{size}") for size in (256, 384, 512)),
    ],
)
def test_each_scheme_of_signing_is_verified(client: Client, kind: str, scheme: str) -> None:
    credential = server(kind)
    with OpenSSL(credential, signatures=scheme, options=["-rev"]) as peer:
        succeeds(client.connect(peer.port, credential.root, talk=REVERSED), peer, "Ciphersuite")


# One chain with keys of 4096 bits: they take seconds to make.
@pytest.mark.parametrize(
    ("length", "ca_kind"), [*((n, kind) for n in (1, 2, 3, 4) for kind in ("p256", "p384", "rsa2048", "pss2048")), (2, "rsa4096")]
)
def test_chains_of_one_to_four_are_verified(client: Client, length: int, ca_kind: str) -> None:
    credential = server("p256", length, ca_kind)
    with OpenSSL(credential, options=["-rev"]) as peer:
        succeeds(client.connect(peer.port, credential.root, talk=REVERSED), peer, "Ciphersuite")


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_client_chains_of_one_to_four_are_accepted(client: Client, length: int) -> None:
    credential = server()
    with OpenSSL(credential, device(length).root, options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device(length), talk=REVERSED)
        succeeds(outcome, peer, "Ciphersuite")
        assert was_shown(peer, f"device-{length}")


def test_a_client_without_a_certificate_is_refused_where_one_is_required(client: Client) -> None:
    credential = server()
    with OpenSSL(credential, device().root, options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, talk=REVERSED)
    assert outcome.refused, outcome


def test_a_client_of_another_root_is_refused(client: Client) -> None:
    credential = server()
    with OpenSSL(credential, pki.root("other-root"), options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device(), talk=REVERSED)
    assert outcome.refused, outcome


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_a_server_of_tls_1_3_that_answers_1_2_is_no_downgrade(client: Client, kind: str) -> None:
    credential = server(kind)
    with OpenSSL(credential, version="-no_tls1_1", options=["-rev"]) as peer:
        succeeds(client.connect(peer.port, credential.root, talk=REVERSED), peer, "TLSv1.2")


def test_a_server_of_tls_1_1_alone_is_refused(client: Client) -> None:
    credential = server()
    with OpenSSL(credential, version="-tls1_1", options=["-cipher", "ALL:@SECLEVEL=0"]) as peer:
        outcome = client.connect(peer.port, credential.root)
    # It has no suite with AES-GCM, or says so by the version, or answers 1.1: RFC 5246 section 7.4.1.3 and appendix E.1 allow each.
    assert outcome.refused or outcome.name == "VERSION_NOT_SUPPORTED", outcome


def test_a_server_without_a_common_suite_is_refused(client: Client) -> None:
    credential = server()
    with OpenSSL(credential, cipher="ECDHE-ECDSA-AES256-CCM") as peer:
        outcome = client.connect(peer.port, credential.root)
    assert outcome.refused, outcome


PAGE = b"a line of the page\n" * 1000 + b"the end\n"


def fetch(client: Client, peer: OpenSSL, root: pki.Credential, **options) -> Outcome:
    """A file from a server with "-WWW", longer than any buffer of these tests."""
    (peer.folder / "page").write_bytes(PAGE)
    return client.connect(peer.port, root, talk=[(b"GET /page HTTP/1.0\r\n\r\n", b"the end\n")], **options)


@pytest.mark.parametrize("size", [512, 1000, 1024, 2048, 4096, 8192])
def test_a_small_buffer_is_kept_to_by_the_server(client: Client, size: int) -> None:
    """max_fragment_length, which OpenSSL knows."""
    credential = server("rsa2048", 3, "rsa2048")
    with OpenSSL(credential, options=["-WWW"]) as peer:
        outcome = fetch(client, peer, credential.root, buffers=[size, 1024])
    assert outcome.name is None, outcome


def test_the_end_of_the_server_s_answer_is_its_close_notify(client: Client) -> None:
    credential = server()
    with OpenSSL(credential, options=["-WWW"]) as peer:
        outcome = fetch(client, peer, credential.root, read="end")
    assert outcome.end, outcome


@pytest.mark.parametrize("identity", [False, True])
def test_a_transport_of_one_byte_a_call_serves(client: Client, identity: bool) -> None:
    credential = server()
    with OpenSSL(credential, device().root if identity else None, options=["-rev"]) as peer:
        succeeds(client.connect(peer.port, credential.root, device() if identity else None, talk=REVERSED, pace=1), peer, "Ciphersuite")
