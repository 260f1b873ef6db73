"""NIST's vectors for P-256 and P-384 (CAVP: key pairs, public key validation, key agreement, signatures) and RFC 6979's signatures.

They come with the package cryptography-vectors.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from host_tests.crypto.curve_reference import CURVES, Curve
from host_tests.crypto.vector_lines import on_target
from host_tests.targets import Target

VECTORS = Path(cryptography_vectors.__file__).parent / "asymmetric"
HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def records(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(heading, fields) of each vector in one of NIST's files; a heading begins with a curve's name or letter."""
    heading, fields = "", {}
    for line in [*file.read_text().splitlines(), ""]:
        if match := re.match(r"\[(?!B\.4|Curve|SHA)(.*)\]$", line):
            heading = match[1]
        elif match := re.match(r"(\w+) ?= ?(.*)$", line):
            fields[match[1]] = match[2]
        elif fields:
            yield heading, fields
            fields = {}


def vectors(file: str, heading: str, *needed: str) -> list[dict[str, str]]:
    return [fields for at, fields in records(VECTORS / file) if at == heading and set(needed) <= set(fields)]


def point(fields: dict[str, str], x: str, y: str, curve: Curve) -> str:
    return "04" + fields[x].zfill(2 * curve.size) + fields[y].zfill(2 * curve.size)


@pytest.mark.parametrize("name", CURVES)
def test_public_points_are_those_of_nists_key_pairs(target: Target, name: str) -> None:
    curve = CURVES[name]
    pairs = vectors("ECDSA/FIPS_186-3/KeyPair.rsp", name, "d", "Qx")
    assert len(pairs) == 10
    results = on_target(target, [f["d"] for f in pairs], "lambda d: run(m.public(h(d)))", curve.module)
    assert results == [point(f, "Qx", "Qy", curve) for f in pairs]


@pytest.mark.parametrize("name", CURVES)
def test_public_keys_are_judged_as_nist_does(target: Target, name: str) -> None:
    curve = CURVES[name]
    keys = vectors("ECDSA/FIPS_186-3/PKV.rsp", name, "Qx", "Result")
    assert len(keys) == 12
    one = (1).to_bytes(curve.size, "big").hex()
    lines = [point(f, "Qx", "Qy", curve) for f in keys]  # too long where a coordinate is out of range
    results = on_target(target, lines, f"lambda p: run(m.shared(h('{one}'), h(p if len(p) % 2 == 0 else p + '0')))", curve.module)
    assert results == [f["Qx"] if f["Result"].startswith("P") else "fault600" for f in keys]


@pytest.mark.parametrize(("name", "heading"), [("P-256", "EC - SHA256"), ("P-384", "ED - SHA384")])
def test_shared_secrets_are_nists(target: Target, name: str, heading: str) -> None:
    curve = CURVES[name]
    file = "ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax"
    cases = vectors(file, heading, "Z", "Result")
    assert len(cases) == 30
    lines = [f["dsIUT"].zfill(2 * curve.size) + " " + point(f, "QsCAVSx", "QsCAVSy", curve) for f in cases]
    results = on_target(target, lines, "lambda d, p: run(m.shared(h(d), h(p)))", curve.module)
    for fields, result in zip(cases, results, strict=True):
        reason = re.findall(r"\d+", fields["Result"])[0]
        if reason in ("1", "2"):  # the other side's public key is bad
            assert result == "fault600", fields
        elif reason in ("0", "13"):
            assert result == fields["Z"].zfill(2 * curve.size), fields
        else:
            assert reason in ("5", "6", "7", "8")  # our side's key pair or Z was changed


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("name", CURVES)
def test_signatures_are_judged_as_nist_does(target: Target, name: str, digest: str) -> None:
    curve = CURVES[name]
    cases = vectors("ECDSA/FIPS_186-3/SigVer.rsp", f"{name},{digest}", "R", "S", "Result")
    assert len(cases) == 15
    lines = []
    for f in cases:
        signature = utils.encode_dss_signature(int(f["R"], 16), int(f["S"], 16))
        hashed = hashlib.new(HASHES[digest], bytes.fromhex(f["Msg"])).hexdigest()
        lines.append(f"{point(f, 'Qx', 'Qy', curve)} {hashed} {signature.hex()}")
    results = on_target(target, lines, f"lambda q, d, s: run(m.verify(({curve.group}, h(q)), h(d), h(s)))", "ecdsa")
    assert results == [str(f["Result"].startswith("P")) for f in cases]


@pytest.mark.parametrize("name", CURVES)
def test_signatures_without_additional_input_are_rfc_6979s(target: Target, name: str) -> None:
    curve = CURVES[name]
    key, cases = rfc_6979(name)
    assert len(cases) == 6
    scalar = key.private_numbers().private_value.to_bytes(curve.size, "big").hex()
    lines = [f"{hashlib.new(name, message).hexdigest()}" for name, message, _ in cases]
    results = on_target(target, lines, f"lambda d: run(m.sign_with({curve.group}, h('{scalar}'), h(d), b''))", "ecdsa_sign")
    assert results == [signature.hex() for *_, signature in cases]


def rfc_6979(name: str) -> tuple[ec.EllipticCurvePrivateKey, list[tuple[str, bytes, bytes]]]:
    """The private key of a curve in the RFC, and (hash, message, signature) for the hashes that TLS 1.2 has."""
    text = (VECTORS / "ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt").read_text()
    pem = re.search(rf"PrivateKey={name}_PRIV\n(-----BEGIN.*?END PRIVATE KEY-----)", text, re.DOTALL)
    assert pem
    key = load_pem_private_key(pem[1].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    pattern = rf'DigestSign = (SHA\d+)\nKey = {name}_PRIV\n(?:NonceType = deterministic\n)Input = "(\w+)"\nOutput = (\w+)'
    found = [(f"SHA-{h[3:]}", message.encode(), bytes.fromhex(out)) for h, message, out in re.findall(pattern, text)]
    return key, [(HASHES[h], message, out) for h, message, out in found if h in HASHES]
