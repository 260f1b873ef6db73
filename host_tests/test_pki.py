"""tools/pki.py: what it issues is what was asked for, in the eyes of OpenSSL."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from tools import pki


def verdict(leaf: pki.Credential, folder: Path, *options: str) -> str:
    """What `openssl verify` says of the chain that a server would send."""
    (folder / "root.pem").write_bytes(leaf.root.pem)
    files = leaf.write(folder)
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-CAfile",
        str(folder / "root.pem"),
        "-untrusted",
        str(files.chain),
        *options,
        str(files.chain),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    return "OK" if done.returncode == 0 else done.stderr


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "pss2048"])
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_chains_of_each_length_and_kind_verify(tmp_path: Path, length: int, kind: str) -> None:
    leaf = pki.chain_of(length, "server", kind=kind, ca_kind=kind, dns=["localhost", "*.example.org"], ip=["127.0.0.1", "::1"])
    assert len(leaf.chain) == length
    for options in (
        ["-verify_hostname", "localhost"],
        ["-verify_hostname", "a.example.org"],
        ["-verify_ip", "127.0.0.1"],
        ["-verify_ip", "::1"],
    ):
        assert verdict(leaf, tmp_path, "-purpose", "sslserver", *options) == "OK"


@pytest.mark.parametrize(
    ("options", "checks", "says"),
    [
        ({"valid": pki.EXPIRED}, [], "certificate has expired"),
        ({"valid": pki.NOT_YET_VALID}, [], "certificate is not yet valid"),
        ({}, ["-verify_hostname", "elsewhere.example"], "hostname mismatch"),
        ({"usage": "client"}, ["-purpose", "sslserver"], "unsuitable certificate purpose"),
        ({"key_usage": ["key_cert_sign"]}, ["-purpose", "sslserver"], "unsuitable certificate purpose"),
    ],
    ids=["expired", "not yet valid", "another name", "another purpose", "another key usage"],
)
def test_what_is_wrong_on_purpose_is_wrong(tmp_path: Path, options: dict, checks: list[str], says: str) -> None:
    leaf = pki.root().authority("intermediate").leaf("server", dns=["localhost"], **options)
    assert says in verdict(leaf, tmp_path, *checks)


def test_a_path_longer_than_a_ca_allows_is_refused(tmp_path: Path) -> None:
    leaf = pki.root().authority("intermediate", path_length=0).authority("too-deep").leaf("server")
    assert "path length constraint exceeded" in verdict(leaf, tmp_path)


@pytest.mark.parametrize("fault", pki.FAULTS)
def test_the_demo_s_faults_are_what_they_are_called(tmp_path: Path, fault: str) -> None:
    trusted, server, device = pki.demo(fault)
    (tmp_path / "trusted.pem").write_bytes(trusted.pem)
    files = server.write(tmp_path)
    command = [
        "openssl",
        "verify",
        "-CAfile",
        str(tmp_path / "trusted.pem"),
        "-untrusted",
        str(files.chain),
        "-verify_hostname",
        "localhost",
    ]
    done = subprocess.run([*command, str(files.chain)], capture_output=True, text=True)
    said = {
        "expired": "has expired",
        "not-yet-valid": "not yet valid",
        "wrong-name": "hostname mismatch",
        "other-root": "certificate signature failure",  # it has our root's name, or none at all
    }
    assert done.returncode
    assert said[fault] in done.stderr or (fault == "other-root" and "unable to get" in done.stderr)
    assert verdict(device, tmp_path) == "OK"


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
