"""Who signs a chip's request for `latchkey provision`: EST servers (RFC 7030), an existing CA's key in a file or in a PKCS#11 module, here
SoftHSM, which is Debian's."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from host_tests.commands.desk import Desk
from host_tests.commands.test_provision import LOCKED, OPEN, SERIAL, certificates, is_provisioned, point
from tools.laboratory import pki
from tools.laboratory.est_server import EstServer
from tools.laboratory.est_server import certificates as answered
from tools.laboratory.peers.real import Missing, program
from tools.latchkey_tools import authority
from tools.latchkey_tools.output import Wrong

pytestmark = pytest.mark.targets("unix")
USER = ("line1", "secret")
PIN = "1234"


@pytest.fixture
def enrolled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """`latchkey provision` by an EST server that our root has certified."""
    Path("root.pem").write_bytes(pki.demo()[0].pem)
    monkeypatch.setenv("LATCHKEY_EST_PASSWORD", USER[1])

    def run(server: EstServer, *line: object) -> tuple[int, str, str]:
        return desk.run("provision", "--commit", "--est", server.url, "--est-ca", "root.pem", *line)

    return run


def serving(ca: Path, **options) -> EstServer:
    return EstServer(pki.demo()[1], authority.Authority(ca / "ca.crt", str(ca / "ca.key")), **options)


# EST


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_an_est_server_that_wants_a_password_signs_the_request(desk: Desk, ca: Path, enrolled, scheme: str) -> None:
    with serving(ca, user=USER, scheme=scheme) as server:
        assert enrolled(server, "--est-user", USER[0])[0] == 0
    is_provisioned(desk, ca)
    request = x509.load_der_x509_csr(server.requests[0])
    assert authority.point_of(request.public_key()).hex() == point(desk) and len(server.requests) == 1


def test_an_est_server_that_wants_a_clients_certificate_signs_the_request(desk: Desk, ca: Path, enrolled) -> None:
    clients = pki.root("clients")
    files = clients.leaf("line1", usage="client").write(Path())
    with serving(ca, clients=clients, label="pumps") as server:
        status, _, err = enrolled(server)
        assert status == 1 and "https://localhost" in err and err.count("\n") == 1
        assert enrolled(server, "--est-certificate", files.chain, "--est-key", files.key)[0] == 0
    is_provisioned(desk, ca)


def test_one_that_does_not_know_us_says_so_and_the_chip_waits(desk: Desk, ca: Path, enrolled, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ca, user=USER) as server:
        assert "it does not know us: --est-user" in enrolled(server)[2]
        monkeypatch.setenv("LATCHKEY_EST_PASSWORD", "wrong")
        status, _, err = enrolled(server, "--est-user", USER[0])
        assert status == 1 and "it does not know us" in err and err.count("\n") == 1
        monkeypatch.delenv("LATCHKEY_EST_PASSWORD")
        assert "wanted in the environment, as LATCHKEY_EST_PASSWORD" in enrolled(server, "--est-user", USER[0])[2]
    assert desk.config[86:88] == OPEN + LOCKED and not server.requests


def test_one_that_takes_its_time_is_asked_again_with_the_same_request(desk: Desk, ca: Path, enrolled) -> None:
    with serving(ca, answers={"simpleenroll": (202, {"Retry-After": "300"}, b"")}) as server:
        status, out, _ = enrolled(server)
        assert status == 3 and "run this again in 300 s" in out
        kept, key = Path(f"provisioned/{SERIAL}-0.csr").read_bytes(), point(desk)
        del server.answers["simpleenroll"]
        assert enrolled(server)[0] == 0
    assert server.requests == [x509.load_pem_x509_csr(kept).public_bytes(Encoding.DER)] and point(desk) == key
    is_provisioned(desk, ca)


def other(subject: str = "CN=x") -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject)
    begin, end = authority.validity(1)
    return x509.CertificateBuilder(name, name, key.public_key(), 7, begin, end).sign(key, hashes.SHA256())


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"simpleenroll": (200, {}, b"<html>")}, "its answer is no certificate in PKCS#7"),
        ({"simpleenroll": (200, {}, b"")}, "its answer is no certificate in PKCS#7"),
        ({"simpleenroll": (200, {}, answered(other()))}, "0 certificates for the chip's key, not one"),
        ({"cacerts": (200, {}, answered(other("CN=Plant CA,O=Plant")))}, "bears the signature of none of its own CA certificates"),
        ({"simpleenroll": (302, {"Location": "https://elsewhere/"}, b"")}, "it sends us to https://elsewhere/"),
        ({"simpleenroll": (404, {}, b"")}, "is there a label behind"),
        ({"simpleenroll": (500, {}, b"no\x1b[31m")}, "it refuses: 500"),
        ({"simpleenroll": (400, {}, b"subject not allowed\nmore")}, "it refuses: 400 Bad Request: subject not allowed"),
    ],
)
def test_an_answer_that_is_none_is_said_in_a_line_and_nothing_is_locked(desk: Desk, ca: Path, enrolled, answers: dict, says: str) -> None:
    with serving(ca, answers=answers) as server:
        status, _, err = enrolled(server)
    assert status == 1 and says in err and err.count("\n") == 1 and "\x1b" not in err
    assert desk.config[86:88] == OPEN + LOCKED


def test_an_est_server_that_nobody_trusts_gets_no_request(desk: Desk, ca: Path, enrolled) -> None:
    with serving(ca) as server:
        Path("root.pem").write_bytes(pki.root("other-root").pem)
        status, _, err = enrolled(server)
        assert status == 1 and "is not to be trusted" in err and "--est-ca FILE names its root" in err
        assert "no EST" not in err and not server.requests
    assert "Connection refused" in enrolled(server)[2]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--est", "http://est.plant"], "an EST server is https://HOST"),
        (["--est", "https://u:p@est.plant"], "an EST server is https://HOST"),
        (["--est", "https://est.plant/enroll"], "begins with /.well-known/est"),
        (["--est", "https://est.plant", "--est-key", "x"], "--est-certificate and --est-key go together"),
        (["--est-user", "x"], "--est URL"),
        (["--ca-key", "x"], "--ca-certificate and --ca-key go together"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(desk: Desk, line: list[str], says: str) -> None:
    status, _, err = desk.run("provision", "--commit", *line)
    assert status == 1 and says in err and err.count("\n") == 1 and desk.config[86:88] == OPEN * 2


# An existing CA


def private_key(ca: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key((ca / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def test_an_existing_cas_key_in_an_encrypted_file_signs(desk: Desk, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = private_key(ca).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    Path("sealed.key").write_bytes(sealed)
    line = ["provision", "--commit", "--ca-certificate", ca / "ca.crt", "--ca-key", "sealed.key"]
    assert "in the environment, as LATCHKEY_CA_PASSWORD" in desk.run(*line)[2]
    monkeypatch.setenv("LATCHKEY_CA_PASSWORD", "wrong")
    status, _, err = desk.run(*line)
    assert status == 1 and "sealed.key: " in err and err.count("\n") == 1
    monkeypatch.setenv("LATCHKEY_CA_PASSWORD", "password")
    assert desk.run(*line)[0] == 0
    is_provisioned(desk, ca)


def test_a_certificate_that_is_no_cas_issues_nothing(ca: Path, tmp_path: Path) -> None:
    files = pki.root().leaf("leaf").write(tmp_path)
    with pytest.raises(Wrong, match="is no CA's"):
        authority.Authority(files.chain, str(files.key))


# PKCS#11


@pytest.fixture(scope="module")
def stored(ca: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The CA's key in SoftHSM: its URI. The module reads its configuration once."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    (home / "p8.key").write_bytes(private_key(ca).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    make = ["--init-token", "--free", "--label", "plant", "--so-pin", "5678", "--pin", PIN]
    put = ["--import", home / "p8.key", "--token", "plant", "--label", "ca key", "--id", "A1B2", "--pin", PIN]
    try:
        softhsm = program("softhsm2-util", "softhsm2")
    except Missing as reason:
        pytest.skip(str(reason))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(home / "softhsm2.conf"))
        for line in (make, put):
            subprocess.run([softhsm, *line], check=True, capture_output=True)
        yield "pkcs11:token=plant;object=ca%20key?module-path=/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture
def token(stored: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LATCHKEY_PIN", PIN)
    return stored


def test_a_cas_key_in_a_pkcs11_module_signs_and_stays_there(desk: Desk, ca: Path, token: str) -> None:
    line = ["provision", "--commit", "--ca-certificate", ca / "ca.crt", "--ca-key"]
    assert desk.run(*line, token)[0] == 0
    is_provisioned(desk, ca)
    first = certificates()[0]
    assert desk.run(*line, token.replace("object=ca%20key", "id=%A1%B2"), "--new-key")[0] == 0
    is_provisioned(desk, ca)
    assert certificates()[0] != first


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("token=plant", "token=field", "there is no such token"),
        ("ca%20key", "other", "the token has no such key"),
        ("libsofthsm2.so", "libnone.so", "libnone.so"),
        (";object=ca%20key", "", "pkcs11:token=TOKEN;object=KEY?module-path=FILE is wanted"),
        ("?", ";slot-id=1?", "slot-id: a key is named by token, object or id"),
    ],
)
def test_a_key_that_is_not_there_is_said_in_a_line(desk: Desk, ca: Path, token: str, old: str, new: str, says: str) -> None:
    line = ["provision", "--commit", "--ca-certificate", ca / "ca.crt", "--ca-key", token.replace(old, new)]
    status, _, err = desk.run(*line)
    assert status == 1 and says in err and err.count("\n") == 1


def test_a_wrong_pin_and_another_cas_key_are_said_in_a_line(
    desk: Desk, ca: Path, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_ca = pki.root("other-root").write(tmp_path)
    status, _, err = desk.run("provision", "--commit", "--ca-certificate", other_ca.chain, "--ca-key", token)
    assert status == 1 and "is not the key of" in err and err.count("\n") == 1
    monkeypatch.setenv("LATCHKEY_PIN", "9999")
    status, _, err = desk.run("provision", "--commit", "--ca-certificate", ca / "ca.crt", "--ca-key", token)
    assert status == 1 and "the PIN is wrong" in err and err.count("\n") == 1
