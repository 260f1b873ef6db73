"""ChaCha20-Poly1305 against Project Wycheproof's vectors and `cryptography`, by every kernel that runs on the target."""

import json
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from host_tests.crypto.nist import few
from host_tests.crypto.symmetric_cases import ask
from host_tests.crypto.test_wycheproof import FOLDER

AEAD = "chacha20poly1305.ChaCha20Poly1305"
BAD_TAG = "602"
LENGTHS = [*range(66), 127, 128, 129, 191, 192, 193, 1023, 1024, 1025, 2047, 2049, 16384]


@pytest.fixture(params=["best", "viper", pytest.param("portable", marks=pytest.mark.thorough)])
def kernel(request, target):
    """The target, with the kernel of one kind."""
    target.exec(f"import symmetric\nsymmetric.use({request.param!r})")
    yield target
    target.exec("symmetric.use('best')")


def test_opens_wycheproofs_vectors_and_refuses_those_to_be_refused(kernel):
    groups = json.loads((FOLDER / "Cipher/wycheproof/chacha20_poly1305_test.json").read_text())["testGroups"]
    vectors = [v for group in groups if group["ivSize"] == 96 for v in group["tests"]]
    assert len(vectors) > 200
    vectors = few(kernel, vectors, 60)
    fields = [[bytes.fromhex(v[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")] for v in vectors]
    wanted = [f[3].hex() or "-" if v["result"] == "valid" else BAD_TAG for v, f in zip(vectors, fields, strict=True)]
    assert {BAD_TAG} < set(wanted)
    assert ask(kernel, "opened", [(*f[:3], f[4] + f[5]) for f in fields], AEAD) == wanted
    valid = [f for v, f in zip(vectors, fields, strict=True) if v["result"] == "valid"]
    assert ask(kernel, "seal", [f[:4] for f in valid], AEAD) == [(f[4] + f[5]).hex() for f in valid]


def test_agrees_with_cryptography_at_every_length_that_is_special(kernel):
    rng = random.Random(11)
    lengths = LENGTHS if kernel.slowness <= 1 else [*range(0, 65, 3), 1023, 1025]
    cases = [(rng.randbytes(32), rng.randbytes(12), rng.randbytes(rng.choice([13, 13, 0, 5, 16, 33])), rng.randbytes(n)) for n in lengths]
    sealed = [ChaCha20Poly1305(key).encrypt(nonce, text, aad) for key, nonce, aad, text in cases]
    assert ask(kernel, "seal", cases, AEAD) == [text.hex() for text in sealed]
    opened = ask(kernel, "opened", [(*case[:3], text) for case, text in zip(cases, sealed, strict=True)], AEAD)
    assert opened == [case[3].hex() or "-" for case in cases]


def test_refuses_every_bit_of_the_tag_flipped_and_wipes(kernel):
    rng = random.Random(12)
    key, nonce, aad, text = rng.randbytes(32), rng.randbytes(12), rng.randbytes(13), rng.randbytes(21)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, text, aad)
    bits = few(kernel, range(8 * len(text), 8 * len(sealed)), 16)
    flipped = [sealed[: bit // 8] + bytes([sealed[bit // 8] ^ 1 << bit % 8]) + sealed[bit // 8 + 1 :] for bit in bits]
    assert ask(kernel, "opened", [(key, nonce, aad, wrong) for wrong in flipped], AEAD) == [BAD_TAG] * len(flipped)


@pytest.mark.parametrize("part", [1, 2, 3], ids=["nonce", "additional data", "text"])
def test_refuses_anything_else_changed(kernel, part):
    rng = random.Random(13)
    fields = [rng.randbytes(32), rng.randbytes(12), rng.randbytes(13), rng.randbytes(300)]
    fields[3] = ChaCha20Poly1305(fields[0]).encrypt(fields[1], fields[3], fields[2])
    cases = []
    for at in (0, len(fields[part]) // 2, len(fields[part]) - 17):
        changed = bytearray(fields[part])
        changed[at] ^= 0x40
        cases.append([*fields[:part], bytes(changed), *fields[part + 1 :]])
    assert ask(kernel, "opened", cases, AEAD) == [BAD_TAG] * 3
