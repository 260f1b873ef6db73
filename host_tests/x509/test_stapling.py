"""status_request (RFC 6066 section 8) against `openssl s_server -status_file`: asked for, verified, required."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL

CONNECT = """
import socket, sys, latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile=sys.argv[2])
context.ocsp = sys.argv[3] == "ask"
context.trace = latchkey.Timeline()
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
try:
    tls = context.wrap_socket(sock, server_hostname="localhost")
    print("ok", tls._c.peer_ok.stapled, [event[2] for event in context.trace.events])
except latchkey.TLSError as e:
    print("refused", e.alert, latchkey.errors.describe(e.cause)[0])
"""


def response(leaf: pki.Credential, *, revoked: bool = False, age: timedelta = timedelta(hours=1)) -> bytes:
    assert leaf.issuer
    produced = datetime.now(UTC).replace(microsecond=0, tzinfo=None) - age
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        leaf.certificate,
        leaf.issuer.certificate,
        hashes.SHA1(),
        status,
        produced,
        produced + timedelta(days=2),
        produced if revoked else None,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, leaf.issuer.certificate)
    return builder.sign(leaf.issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def connect(server: pki.Credential, folder: Path, staple: bytes | None, ask: bool) -> str:
    files = server.root.write(folder)
    options = ["-rev"]
    if staple is not None:
        path = folder / "staple.der"
        path.write_bytes(staple)
        options += ["-status_file", str(path)]
    with OpenSSL(server, options=options) as peer:
        done = micropython_process(CONNECT, [peer.port, files.chain, "ask" if ask else "not"])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_good_staple_is_asked_for_and_verified(tmp_path: Path) -> None:
    server = pki.demo()[1]
    told = connect(server, tmp_path, response(server), True)
    assert told.startswith("ok True") and "CertificateStatus" in told


def test_nothing_is_asked_for_by_default(tmp_path: Path) -> None:
    server = pki.demo()[1]
    told = connect(server, tmp_path, response(server, revoked=True), False)
    assert told.startswith("ok False") and "CertificateStatus" not in told


@pytest.mark.parametrize(
    ("staple", "cause"),
    [
        ("missing", "OCSP_MISSING"),
        ("revoked", "OCSP_REVOKED"),
        ("stale", "OCSP_STALE"),
        ("of another", "OCSP_OTHER_CERTIFICATE"),
        ("torn", None),
    ],
)
def test_refuses_a_server_whose_staple_is(staple: str, cause: str | None, tmp_path: Path) -> None:
    _, server, device = pki.demo()
    body = {
        "missing": None,
        "revoked": response(server, revoked=True),
        "stale": response(server, age=timedelta(days=30)),
        "of another": response(device),
        "torn": response(server)[:-7],
    }[staple]
    told = connect(server, tmp_path, body, True)
    assert told.startswith("refused"), told
    assert cause is None or told.endswith(cause), told


def test_a_must_staple_certificate_requires_one_in_any_case(tmp_path: Path) -> None:
    trusted = pki.root()
    server = trusted.authority("intermediate", path_length=0).leaf(
        "must-staple", dns=["localhost"], extra=[(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]
    )
    assert connect(server, tmp_path, None, False).endswith("OCSP_MISSING")
    assert connect(server, tmp_path, response(server), True).startswith("ok True")
