"""The client with the servers that devices meet: GnuTLS, nginx, mosquitto, tlslite-ng."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from host_tests.peers.drive import Client
from host_tests.targets import Target
from tools.laboratory import pki
from tools.laboratory.peers.real import GnuTLS, Missing, Mosquitto, Nginx, Server, Tlslite

pytestmark = pytest.mark.targets("unix", "serial")

ROOT = pki.root()
CA = ROOT.authority("intermediate", path_length=0)
DEVICE = CA.leaf("device", usage="client")
CREDENTIALS = {kind: CA.leaf(f"server-{kind}", kind=kind, dns=["localhost"]) for kind in ("p256", "rsa2048")}

EACH_KIND = pytest.mark.parametrize("kind", CREDENTIALS)
WITH_AND_WITHOUT = pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Skips where the server is not installed; with CI=true a skip fails."""
    with ExitStack() as stack:
        try:
            stack.enter_context(server)
        except Missing as missing:
            pytest.skip(str(missing))
        yield server


@EACH_KIND
@WITH_AND_WITHOUT
def test_gnutls_echoes(client: Client, kind: str, identity: bool) -> None:
    with running(GnuTLS(CREDENTIALS[kind], ROOT if identity else None)) as peer:
        outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, talk=[(b"hello\n", b"hello\n")])
    assert outcome.name is None, outcome
    assert outcome.report["client_certificate"] is (True if identity else None)


@EACH_KIND
@pytest.mark.parametrize(
    ("priority", "cipher", "group"),
    [
        ("+AES-128-GCM:+GROUP-SECP256R1", "AES_128_GCM_SHA256", 23),
        ("+AES-128-GCM:+GROUP-X25519", "AES_128_GCM_SHA256", 29),
        ("+CHACHA20-POLY1305:+GROUP-SECP384R1", "CHACHA20_POLY1305_SHA256", 24),
        ("+CHACHA20-POLY1305:+GROUP-X25519", "CHACHA20_POLY1305_SHA256", 29),
        ("+AES-256-GCM:+GROUP-SECP256R1", "AES_256_GCM_SHA384", 23),
    ],
)
def test_gnutls_speaks_each_suite_and_group(client: Client, kind: str, priority: str, cipher: str, group: int) -> None:
    with running(GnuTLS(CREDENTIALS[kind], ROOT, priority="NORMAL:-CIPHER-ALL:-GROUP-ALL:" + priority)) as peer:
        outcome = client.connect(peer.port, ROOT, DEVICE, talk=[(b"hello\n", b"hello\n")])
    assert outcome.name is None, outcome
    assert outcome.report["cipher"].endswith(cipher)
    assert (outcome.report["group"], outcome.report["client_certificate"]) == (group, True)


@pytest.mark.parametrize("cipher", ["AES_128_CCM", "AES_128_CCM_8"])
def test_gnutls_speaks_ccm(client: Client, cipher: str) -> None:
    priority = "NORMAL:-CIPHER-ALL:+" + cipher.replace("_", "-")
    with running(GnuTLS(CREDENTIALS["p256"], priority=priority)) as peer:
        outcome = client.connect(peer.port, ROOT, talk=[(b"hello\n", b"hello\n")], ciphers=["TLS_ECDHE_ECDSA_WITH_" + cipher])
    assert outcome.name is None, outcome
    assert outcome.report["cipher"].endswith(cipher)


@pytest.mark.parametrize("kind", ["rsa2048", "p384"])
@pytest.mark.parametrize("make", [GnuTLS, Nginx, Mosquitto])
def test_each_kind_of_device_key_is_taken(client: Client, make: type[GnuTLS | Nginx | Mosquitto], kind: str) -> None:
    device = CA.leaf(f"device-{kind}", kind=kind, usage="client")
    talks = {
        GnuTLS: [(b"hello\n", b"hello\n")],
        Nginx: [(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", f"hello CN=device-{kind},O=latchkey\n".encode())],
        Mosquitto: [(connect_packet(b"board"), b"\x20\2\0\0")],
    }
    with running(make(CREDENTIALS["p256"], ROOT)) as peer:
        outcome = client.connect(peer.port, ROOT, device, talk=talks[make])
    assert outcome.name is None, outcome
    assert outcome.report["client_certificate"] is True


@pytest.mark.parametrize("size", [512, 1000, 4000])
def test_gnutls_keeps_to_record_size_limit(client: Client, size: int) -> None:
    line = bytes(range(33, 123)) * 50 + b"\n"
    with running(GnuTLS(CREDENTIALS["p256"])) as peer:
        outcome = client.connect(peer.port, ROOT, buffers=[size, 1024], talk=[(line, line)])
    assert outcome.name is None, outcome


@EACH_KIND
def test_gnutls_without_extended_master_secret_serves(client: Client, kind: str) -> None:
    with running(GnuTLS(CREDENTIALS[kind], ROOT, priority="NORMAL:%NO_SESSION_HASH")) as peer:
        outcome = client.connect(peer.port, ROOT, DEVICE, talk=[(b"hello\n", b"hello\n")])
    assert outcome.name is None, outcome
    assert not outcome.report["extended_master_secret"]


@EACH_KIND
@WITH_AND_WITHOUT
def test_nginx_answers(client: Client, kind: str, identity: bool) -> None:
    subject = b"CN=device,O=latchkey" if identity else b""
    with running(Nginx(CREDENTIALS[kind], ROOT if identity else None)) as peer:
        talk = [(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"hello " + subject + b"\n")]
        outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, talk=talk, read="end")
    assert outcome.end, outcome


@pytest.mark.parametrize("receive", [2048, 16384])
def test_nginx_sends_a_large_file(client: Client, receive: int) -> None:
    with running(Nginx(CREDENTIALS["p256"])) as peer:
        request = b"GET /pattern\r\n"  # HTTP 0.9 has no header
        outcome = client.connect(peer.port, ROOT, buffers=[receive, 1024], talk=[(request, b"")], read="end")
    assert (outcome.name, outcome.end, outcome.data) == (None, True, 102_400), outcome


def test_nginx_refuses_a_client_without_its_certificate(client: Client) -> None:
    with running(Nginx(CREDENTIALS["p256"], ROOT)) as peer:
        talk = [(b"GET / HTTP/1.0\r\n\r\n", b"</html>\r\n")]
        outcome = client.connect(peer.port, ROOT, talk=talk)
        assert "client sent no required SSL certificate" in peer.wait_for("required SSL certificate")
    assert outcome.name is None, outcome  # nginx says so in HTTP


def connect_packet(name: bytes) -> bytes:
    """MQTT 3.1.1 CONNECT, clean session, keep alive 60 s."""
    body = b"\0\4MQTT\4\2\0\x3c" + len(name).to_bytes(2) + name
    return b"\x10" + bytes((len(body),)) + body


@EACH_KIND
@WITH_AND_WITHOUT
def test_mosquitto_takes_a_message_and_gives_it_back(client: Client, kind: str, identity: bool) -> None:
    publish = b"\x30\x12\0\5doors" + b"latchkey up"
    talk = [
        (connect_packet(b"board"), b"\x20\2\0\0"),  # CONNACK, accepted
        (b"\x82\x0a\0\1\0\5doors\0", b"\x90\3\0\1\0"),  # SUBSCRIBE, SUBACK
        (publish, publish),
        (b"\xc0\0", b"\xd0\0"),  # PINGREQ, PINGRESP
    ]
    with running(Mosquitto(CREDENTIALS[kind], ROOT if identity else None)) as peer:
        outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, talk=talk)
        assert outcome.name is None, outcome
        if identity:
            assert "u'device'" in peer.log()


def test_mosquitto_refuses_a_client_without_its_certificate(client: Client) -> None:
    with running(Mosquitto(CREDENTIALS["p256"], ROOT)) as peer:
        outcome = client.connect(peer.port, ROOT, talk=[(connect_packet(b"board"), b"\x20\2\0\0")])
    assert outcome.refused, outcome


@EACH_KIND
@WITH_AND_WITHOUT
def test_tlslite_echoes_much(client: Client, kind: str, identity: bool) -> None:
    with Tlslite(CREDENTIALS[kind], request=identity) as peer:
        outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, write=3000, read=3000)
        assert (outcome.name, outcome.data) == (None, 3000), outcome
        assert peer.problems == []
        assert outcome.report["client_certificate"] is (True if identity else None)


@EACH_KIND
@pytest.mark.parametrize("cipher", ["aes128gcm", "chacha20-poly1305", "aes256gcm"])
@pytest.mark.parametrize("group", ["secp256r1", "x25519"])
def test_tlslite_speaks_each_suite_and_group(client: Client, kind: str, cipher: str, group: str) -> None:
    with Tlslite(CREDENTIALS[kind], cipherNames=[cipher], eccCurves=[group], defaultCurve=group, keyShares=[]) as peer:
        outcome = client.connect(peer.port, ROOT, write=3000, read=3000)
        assert (outcome.name, outcome.data) == (None, 3000), outcome
    assert outcome.report["group"] == {"secp256r1": 23, "x25519": 29}[group]


def test_tlslite_keeps_to_record_size_limit(client: Client) -> None:
    with Tlslite(CREDENTIALS["p256"]) as peer:
        outcome = client.connect(peer.port, ROOT, buffers=[600, 1024], write=3000, read=3000)
    assert (outcome.name, outcome.data) == (None, 3000), outcome
