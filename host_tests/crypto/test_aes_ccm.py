"""AES-128-CCM against Project Wycheproof's vectors and `cryptography`, by every kernel of AES that runs on the target."""

import json
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from host_tests.crypto.nist import few
from host_tests.crypto.symmetric_cases import ask
from host_tests.crypto.test_wycheproof import FOLDER

BAD_TAG = "602"
LENGTHS = [*range(34), 255, 256, 257, 1023, 1024, 1025, 2047]
TAGS = pytest.mark.parametrize(("name", "tag"), [("CCM", 16), ("CCM8", 8)])


@pytest.fixture(params=["best", "viper", "portable"])
def kernel(request, target):
    """The target, with the kernel of one kind."""
    target.exec(f"import symmetric\nsymmetric.use({request.param!r})")
    yield target
    target.exec("symmetric.use('best')")


@TAGS
def test_opens_wycheproofs_vectors_and_refuses_those_to_be_refused(kernel, name, tag):
    groups = json.loads((FOLDER / "Cipher/wycheproof/aes_ccm_test.json").read_text())["testGroups"]
    fitting = [g for g in groups if (g["keySize"], g["ivSize"], g["tagSize"]) == (128, 96, 8 * tag)]
    vectors = [v for group in fitting for v in group["tests"] if v["aad"]]
    assert len(vectors) > 3
    fields = [[bytes.fromhex(v[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")] for v in vectors]
    wanted = [f[3].hex() or "-" if v["result"] == "valid" else BAD_TAG for v, f in zip(vectors, fields, strict=True)]
    assert ask(kernel, "opened", [(*f[:3], f[4] + f[5]) for f in fields], "ccm." + name) == wanted


@TAGS
def test_agrees_with_cryptography_at_every_length_that_is_special(kernel, name, tag):
    rng = random.Random(21)
    lengths = LENGTHS if kernel.slowness <= 1 else [0, 1, 15, 16, 17, 256, 257]
    cases = [(rng.randbytes(16), rng.randbytes(12), rng.randbytes(rng.choice([13, 13, 1, 14, 15, 33])), rng.randbytes(n)) for n in lengths]
    sealed = [AESCCM(key, tag).encrypt(nonce, text, aad) for key, nonce, aad, text in cases]
    assert ask(kernel, "seal", cases, "ccm." + name) == [text.hex() for text in sealed]
    opened = ask(kernel, "opened", [(*case[:3], text) for case, text in zip(cases, sealed, strict=True)], "ccm." + name)
    assert opened == [case[3].hex() or "-" for case in cases]


@TAGS
def test_refuses_every_bit_of_the_tag_flipped_and_wipes(kernel, name, tag):
    rng = random.Random(22)
    key, nonce, aad, text = rng.randbytes(16), rng.randbytes(12), rng.randbytes(13), rng.randbytes(21)
    sealed = AESCCM(key, tag).encrypt(nonce, text, aad)
    bits = few(kernel, range(8 * len(text), 8 * len(sealed)), 16)
    flipped = [sealed[: bit // 8] + bytes([sealed[bit // 8] ^ 1 << bit % 8]) + sealed[bit // 8 + 1 :] for bit in bits]
    assert ask(kernel, "opened", [(key, nonce, aad, wrong) for wrong in flipped], "ccm." + name) == [BAD_TAG] * len(flipped)


@TAGS
def test_seals_and_opens_without_allocating_and_wipes_its_key(target, name, tag):
    told = target.exec(f"""
import micropython
from latchkey.crypto.ccm import {name}
aead = {name}(bytes(range(16)))
nonce, aad, buf = bytearray(12), bytearray(13), bytearray(300 + {tag})
micropython.heap_lock()
try:
    aead.seal_start(nonce, aad, buf, 0, 300)
    while not aead.step():
        pass
    aead.open_start(nonce, aad, buf, 0, 300)
    while not aead.step():
        pass
finally:
    micropython.heap_unlock()
print(any(buf))
aead.wipe()
print(any(aead._x), any(aead._count), aead._keys)
""")
    assert told.splitlines() == ["False", "False False None"]
