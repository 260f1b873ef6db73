"""AES and AES-GCM against NIST's vectors and against `cryptography`, by every kernel that runs on the target."""

import random

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from host_tests.crypto.nist import few, vectors
from host_tests.crypto.symmetric_cases import ask

AEAD = "gcm.AESGCM"
BAD_TAG = "602"
KERNELS = ["best", "viper", "portable"]
LENGTHS = [*range(65), 127, 128, 129, 1023, 1024, 1025, 2047, 2049, 16384]


@pytest.fixture(params=KERNELS)
def kernel(request, target):
    """The target, with kernels of one kind."""
    target.exec(f"import symmetric\nsymmetric.use({request.param!r})")
    yield target
    target.exec("symmetric.use('best')")


def nist_gcm(name):
    """[(key, nonce, aad, text), sealed text, whether it is to be refused]"""
    cases = []
    for v in vectors(f"ciphers/AES/GCM/{name}.rsp"):
        if v["IVlen"] == "96" and v["Taglen"] == "128":
            key, nonce, aad, text = (bytes.fromhex(v.get(field, "")) for field in ("Key", "IV", "AAD", "PT"))
            cases.append(((key, nonce, aad, text), bytes.fromhex(v["CT"] + v["Tag"]), "FAIL" in v))
    return cases


def drawn(count, lengths, seed):
    """Random (key, nonce, aad, text), the lengths of text and of the 13 bytes that TLS adds, and of others, covered."""
    rng = random.Random(seed)
    for i in range(count):
        key, nonce, aad = rng.randbytes(rng.choice([16, 32])), rng.randbytes(12), rng.randbytes(rng.choice([13, 13, 0, 5, 16, 33]))
        yield key, nonce, aad, rng.randbytes(lengths[i % len(lengths)])


def test_the_best_kernels_are_chosen(target):
    target.exec("import symmetric\nsymmetric.use('best')")
    aes, ghash, core = target.exec(
        "from latchkey.crypto import kernels\nprint(symmetric.used('aes'), symmetric.used('ghash'), kernels.which())"
    ).split()
    own = {"umaal": "thumb2", "umlal": "thumb2", "rv32": "rv32", "xtensa": "xtensa"}.get(core)
    assert (aes, ghash) == ((own, own) if own else (aes, "viper"))
    assert target.exec("from latchkey.crypto import kernels\nprint(kernels.failed)") == "[]\n"


@pytest.mark.parametrize("bits", [128, 256])
def test_gives_the_ciphertext_of_nists_single_blocks(kernel, bits):
    cases = [
        v
        for group in ("GFSbox", "KeySbox", "VarKey", "VarTxt", "MMT")
        for v in vectors(f"ciphers/AES/ECB/ECB{group}{bits}.rsp")
        if "ENCRYPT" in v
    ]
    assert len(cases) > 250
    some = few(kernel, cases, 60)
    got = ask(kernel, "aes_blocks", [(bytes.fromhex(v["KEY"]), bytes.fromhex(v["PLAINTEXT"])) for v in some])
    assert got == [v["CIPHERTEXT"] for v in some]


def test_counts_across_every_carry_of_32_bits_and_no_further(kernel):
    rng = random.Random(2)
    cases, expected = [], []
    for low in ("00000000", "000000ff", "0000ffff", "00ffffff", "fffffffe", "ffffffff", "7fffffff"):
        for length in (0, 1, 15, 16, 17, 31, 32, 33, 48, 100, 300):
            key, head, text = rng.randbytes(16), b"\xff" * 12, rng.randbytes(length)
            cases.append((key, head + bytes.fromhex(low), text))
            ecb = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
            blocks = -(-length // 16)
            counters = [head + ((int(low, 16) + i) % 2**32).to_bytes(4, "big") for i in range(blocks + 1)]
            stream = ecb.update(b"".join(counters[:-1]))
            expected.append((bytes(a ^ b for a, b in zip(text, stream, strict=False)).hex() or "-") + " " + counters[-1].hex())
    assert ask(kernel, "aes_ctr", cases) == expected


@pytest.mark.parametrize("bits", [128, 256])
def test_seals_as_nists_vectors(kernel, bits):
    cases = few(kernel, nist_gcm(f"gcmEncryptExtIV{bits}"), 40)
    assert len(cases) >= 40
    assert ask(kernel, "seal", [fields for fields, _, _ in cases], AEAD) == [sealed.hex() for _, sealed, _ in cases]


@pytest.mark.parametrize("bits", [128, 256])
def test_opens_nists_vectors_and_refuses_those_to_be_refused(kernel, bits):
    cases = few(kernel, nist_gcm(f"gcmDecrypt{bits}"), 40)
    assert {refused for _, _, refused in cases} == {True, False}
    got = ask(kernel, "opened", [(*fields[:3], sealed) for fields, sealed, _ in cases], AEAD)
    assert got == [BAD_TAG if refused else fields[3].hex() or "-" for fields, _, refused in cases]


def test_agrees_with_cryptography_at_every_length_that_is_special(kernel):
    lengths = LENGTHS if kernel.slowness <= 1 else [*range(0, 65, 3), 1023, 1025]
    cases = list(drawn(len(lengths), lengths, 3))
    sealed = [AESGCM(key).encrypt(nonce, text, aad) for key, nonce, aad, text in cases]
    assert ask(kernel, "seal", cases, AEAD) == [text.hex() for text in sealed]
    opened = ask(kernel, "opened", [(*case[:3], text) for case, text in zip(cases, sealed, strict=True)], AEAD)
    assert opened == [case[3].hex() or "-" for case in cases]


def test_refuses_every_bit_of_the_tag_flipped_and_wipes(kernel):
    key, nonce, aad, text = next(drawn(1, [21], 4))
    sealed = AESGCM(key).encrypt(nonce, text, aad)
    bits = few(kernel, range(8 * len(text), 8 * len(sealed)), 16)
    flipped = [sealed[: bit // 8] + bytes([sealed[bit // 8] ^ 1 << bit % 8]) + sealed[bit // 8 + 1 :] for bit in bits]
    assert ask(kernel, "opened", [(key, nonce, aad, wrong) for wrong in flipped], AEAD) == [BAD_TAG] * len(flipped)


@pytest.mark.parametrize("part", ["nonce", "aad", "text"])
def test_refuses_anything_else_changed(kernel, part):
    key, nonce, aad, text = next(drawn(1, [2000], 5))
    sealed = AESGCM(key).encrypt(nonce, text, aad)
    fields = {"nonce": nonce, "aad": aad or b"aad", "text": sealed}
    sealed = AESGCM(key).encrypt(nonce, text, fields["aad"])
    fields["text"] = sealed
    cases = []
    for at in (0, len(fields[part]) // 2, len(fields[part]) - (17 if part == "text" else 1)):
        changed = bytearray(fields[part])
        changed[at] ^= 0x40
        cases.append((key, *({**fields, part: bytes(changed)}[name] for name in ("nonce", "aad", "text"))))
    assert ask(kernel, "opened", cases, AEAD) == [BAD_TAG] * 3
