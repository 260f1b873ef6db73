"""tools/laboratory/pki.py: what it issues is what was asked for, in the eyes of OpenSSL (peers/openssl.py)."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from host_tests.peers.openssl import verdict
from tools.laboratory import pki


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "pss2048"])
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_chains_of_each_length_and_kind_verify(length: int, kind: str) -> None:
    leaf = pki.chain_of(length, "server", kind=kind, ca_kind=kind, dns=["localhost", "*.example.org"], ip=["127.0.0.1", "::1"])
    assert len(leaf.chain) == length
    for name in ("localhost", "a.example.org", "127.0.0.1", "::1"):
        assert verdict(leaf, leaf.root, name=name, server=True) == "OK"


@pytest.mark.parametrize(
    ("options", "checks", "says"),
    [
        ({"valid": pki.EXPIRED}, {}, "certificate has expired"),
        ({"valid": pki.NOT_YET_VALID}, {}, "certificate is not yet valid or the system clock is incorrect"),
        ({}, {"name": "elsewhere.example"}, "hostname mismatch"),
        ({"usage": "client"}, {"server": True}, "unsuitable certificate purpose"),
        ({"key_usage": ["key_cert_sign"]}, {"server": True}, "unsuitable certificate purpose"),
    ],
    ids=["expired", "not yet valid", "another name", "another purpose", "another key usage"],
)
def test_what_is_wrong_on_purpose_is_wrong(options: dict, checks: dict, says: str) -> None:
    leaf = pki.root().authority("intermediate").leaf("server", dns=["localhost"], **options)
    assert verdict(leaf, leaf.root, strict=False, **checks) == says


def test_a_path_longer_than_a_ca_allows_is_refused() -> None:
    leaf = pki.root().authority("intermediate", path_length=0).authority("too-deep").leaf("server")
    assert verdict(leaf, leaf.root) == "path length constraint exceeded"


@pytest.mark.parametrize("fault", pki.FAULTS)
def test_the_demo_s_faults_are_what_they_are_called(fault: str) -> None:
    trusted, server, device = pki.demo(fault)
    said = {
        "expired": "certificate has expired",
        "not-yet-valid": "certificate is not yet valid or the system clock is incorrect",
        "wrong-name": "hostname mismatch",
        "other-root": "unable to get local issuer certificate",
    }
    assert verdict(server, trusted, name="localhost", strict=False) == said[fault]
    assert verdict(device, device.root) == "OK"


def test_keys_are_cached() -> None:
    assert pki.pem_of(pki.key("rsa2048", "cached")) == pki.pem_of(pki.key("rsa2048", "cached"))
    assert pki.pem_of(pki.key("p256", "one")) != pki.pem_of(pki.key("p256", "another"))


@pytest.mark.parametrize("kind", ["p256", "rsa2048", "pss2048"])
def test_the_written_key_is_the_certificate_s(tmp_path: Path, kind: str) -> None:
    files = pki.root().leaf("server", kind=kind).write(tmp_path)
    ours = [["pkey", "-in", str(files.key), "-pubout"], ["x509", "-in", str(files.chain), "-pubkey", "-noout"]]
    keys = [subprocess.run(["openssl", *command], capture_output=True, check=True).stdout for command in ours]
    assert keys[0] == keys[1]


def test_rsa_issuers_sign_by_pss_where_told_to() -> None:
    root = pki.root("root-rsa2048", kind="rsa2048")
    assert root.leaf("server", pss=True).certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
    assert root.leaf("server").certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSA_WITH_SHA256


def test_a_rewritten_certificate_is_signed_as_it_stands() -> None:
    root = pki.root()
    leaf = root.leaf("server", rewrite=lambda tbs: tbs.replace(b"\x0c\x06server", b"\x0c\x06sErVeR"))
    assert leaf.certificate.subject.rfc4514_string() == "CN=sErVeR,O=latchkey"
    leaf.certificate.verify_directly_issued_by(root.certificate)


def test_extensions_are_added_as_given() -> None:
    oid = x509.ObjectIdentifier("1.2.3.4")
    leaf = pki.root().leaf("server", extra=[(x509.UnrecognizedExtension(oid, b"\5\0"), True)])
    found = leaf.certificate.extensions.get_extension_for_oid(oid)
    assert found.critical
    assert found.value.public_bytes() == b"\5\0"


def test_forms_of_a_private_key() -> None:
    for kind, label in (("p256", b"EC PRIVATE KEY"), ("rsa2048", b"RSA PRIVATE KEY")):
        key = pki.key(kind, "cached")
        assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        assert b"-----BEGIN PRIVATE KEY-----" in pki.pem_of(key)
        assert label in pki.sec1_of(key)
        assert pki.der_of(key)[:1] == b"\x30"
