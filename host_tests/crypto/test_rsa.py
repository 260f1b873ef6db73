"""RSA verification against NIST's vectors, against `cryptography`, and against what forgers of signatures have tried."""

import hashlib
import random
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from host_tests.crypto.nist import few, vectors
from host_tests.crypto.symmetric_cases import ask

INVALID = "601"
PKCS1 = {"sha256": 0x0401, "sha384": 0x0501, "sha512": 0x0601}
PSS = {"sha256": 0x0804, "sha384": 0x0805, "sha512": 0x0806}
PSS_KEY = {name: scheme + 5 for name, scheme in PSS.items()}
HASH = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo of SHA-256 up to the digest
MESSAGE = b"a handshake's parameters"
DIGEST = hashlib.sha256(MESSAGE).digest()


@pytest.fixture(params=["best", pytest.param("portable", marks=pytest.mark.thorough)])
def kernel(request, target):
    target.exec(f"import symmetric\nsymmetric.use({request.param!r})")
    yield target
    target.exec("symmetric.use('best')")


@pytest.fixture
def board(target):
    """The target with the kernel that it chooses: for what does not depend on it."""
    target.exec("import symmetric\nsymmetric.use('best')")
    return target


@cache
def private_key(bits=2048, e=65537):
    """A key whose modulus has exactly so many bits."""
    if bits % 128 == 0 and e in (3, 65537):
        return rsa.generate_private_key(e, bits)
    rng = random.Random(bits * e)
    while True:
        p, q = _prime(rng, bits - bits // 2, e), _prime(rng, bits // 2, e)
        if (p * q).bit_length() == bits and p != q:
            break
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q))
    return numbers.private_key()


def _prime(rng, bits, e):
    while True:
        p = rng.getrandbits(bits) | 3 << bits - 2 | 1
        if (
            all(p % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37))
            and p % e != 1
            and pow(2, p - 1, p) == 1 == pow(3, p - 1, p)
        ):
            return p


def octets(number):
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def case(scheme, key, digest, signature):
    """One case for the target; the key is a private one of `cryptography`'s, or (n, e)."""
    numbers = key if isinstance(key, tuple) else (key.public_key().public_numbers().n, key.public_key().public_numbers().e)
    return scheme.to_bytes(2, "big"), octets(numbers[0]), octets(numbers[1]), digest, signature


def verdicts(target, cases):
    """ "True", "False" or the number of a cause, for each case."""
    return ask(target, "verified", cases)


def raised(key, encoded):
    """The signature whose encoded message is `encoded`: the private operation, of anything."""
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    return pow(int.from_bytes(encoded, "big"), numbers.d, n).to_bytes((n.bit_length() + 7) // 8, "big")


def padded(info_and_digest, size=256):
    return b"\x00\x01" + b"\xff" * (size - 3 - len(info_and_digest)) + b"\x00" + info_and_digest


def nist(name, schemes):
    modulus = 0
    for v in vectors(f"asymmetric/RSA/{name}"):
        if "n" in v and "S" not in v:
            modulus = int(v["n"], 16)
        algorithm = v.get("SHAAlg", "").lower()
        if algorithm in schemes:
            digest = hashlib.new(algorithm, bytes.fromhex(v["Msg"])).digest()
            signature = bytes.fromhex(v["S"]).rjust((modulus.bit_length() + 7) // 8, b"\0")
            yield case(schemes[algorithm], (modulus, int(v["e"], 16)), digest, signature), v, modulus.bit_length()


def test_agrees_with_nist_on_pkcs1_signatures_and_refuses_their_short_keys(kernel):
    cases = [*nist("FIPS_186-2/SigVer15_186-3.rsp", PKCS1)]
    assert len(cases) == 270
    some = few(kernel, cases, 30)
    expected = [INVALID if bits < 2048 else str(v["Result"].startswith("P")) for _, v, bits in some]
    assert verdicts(kernel, [fields for fields, _, _ in some]) == expected


def test_refuses_the_encodings_that_nist_made_wrong(board):
    cases = [fields for fields, v, bits in nist("SigVer15EMTest.txt", PKCS1) if bits >= 2048 and v["Result"].startswith("F")]
    assert len(cases) >= 10
    some = few(board, cases, 6)
    assert verdicts(board, some) == ["False"] * len(some)


def test_refuses_nists_pss_signatures_because_their_salts_are_short(board):
    cases = [(fields, v) for fields, v, bits in nist("FIPS_186-2/SigVerPSS_186-3.rsp", PSS) if bits == 2048]
    good = [fields for fields, v in cases if v["Result"].startswith("P")]
    assert len(good) == 9
    assert verdicts(board, few(board, good, 3)) == ["False"] * len(few(board, good, 3))


@pytest.mark.parametrize("bits", [2048, 2049, 2050, 2056, 3072, 4096])
def test_accepts_what_cryptography_signs_and_nothing_near_it(kernel, bits):
    key = private_key(bits)
    cases, expected = [], []
    for name, algorithm in HASH.items():
        digest = hashlib.new(name, MESSAGE).digest()
        pkcs1 = key.sign(MESSAGE, padding.PKCS1v15(), algorithm)
        pss = key.sign(MESSAGE, padding.PSS(padding.MGF1(algorithm), len(digest)), algorithm)
        wrong = bytearray(pss)
        wrong[100] ^= 1
        for scheme, signature in ((PKCS1, pkcs1), (PSS, pss), (PSS_KEY, pss)):
            cases.append(case(scheme[name], key, digest, signature))
            expected.append("True")
        for scheme, signature in ((PKCS1, pss), (PSS, pkcs1), (PSS, bytes(wrong))):
            cases.append(case(scheme[name], key, digest, signature))
            expected.append("False")
        cases.append(case(PKCS1[name], key, bytes(len(digest)), pkcs1))
        expected.append("False")
    if kernel.slowness > 1 and bits > 2056:
        cases, expected = cases[:3], expected[:3]
    assert verdicts(kernel, cases) == expected


@pytest.mark.parametrize("e", [3, 5, 17, 257, 0xFFFFFFFB])
def test_raises_to_any_odd_exponent(kernel, e):
    key = private_key(2048, e)
    assert verdicts(kernel, [case(0x0401, key, DIGEST, raised(key, padded(INFO + DIGEST)))]) == ["True"]


LENIENT = {
    "garbage_after_the_digest": lambda: b"\x00\x01" + b"\xff" * 100 + b"\x00" + INFO + DIGEST + b"\xaa" * 102,
    "a_single_byte_after_the_digest": lambda: b"\x00\x01" + b"\xff" * 201 + b"\x00" + INFO + DIGEST + b"\x00",
    "the_digest_in_the_middle_of_padding": lambda: b"\x00\x01" + b"\xff" * 8 + b"\x00" + INFO + DIGEST + b"\xff" * 194,
    "no_parameters": lambda: padded(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + DIGEST),
    "parameters_that_are_not_null": lambda: padded(bytes.fromhex("3033300f06096086480165030402010401aa0420")[:-2] + b"\x04\x20" + DIGEST),
    "a_length_in_the_long_form": lambda: padded(bytes.fromhex("308131300d060960864801650304020105000420") + DIGEST),
    "the_hash_alone": lambda: padded(DIGEST),
    "another_hash_named": lambda: padded(INFO.replace(b"\x02\x01\x05", b"\x02\x02\x05") + DIGEST),
    "block_type_2": lambda: b"\x00\x02" + b"\xff" * 202 + b"\x00" + INFO + DIGEST,
    "block_type_0": lambda: b"\x00" * 205 + INFO + DIGEST,
    "a_first_byte_that_is_not_zero": lambda: b"\x01\x01" + b"\xff" * 202 + b"\x00" + INFO + DIGEST,
    "a_padding_byte_that_is_not_ff": lambda: b"\x00\x01" + b"\xff" * 90 + b"\xfe" + b"\xff" * 111 + b"\x00" + INFO + DIGEST,
    "no_zero_after_the_padding": lambda: b"\x00\x01" + b"\xff" * 203 + INFO + DIGEST,
}


def test_the_encoding_that_the_lenient_ones_vary_is_accepted(board):
    key = private_key()
    assert verdicts(board, [case(0x0401, key, DIGEST, raised(key, padded(INFO + DIGEST)))]) == ["True"]


@pytest.mark.parametrize("what", LENIENT)
def test_rejects_pkcs1_with(board, what):
    encoded = LENIENT[what]()
    assert len(encoded) == 256
    key = private_key()
    assert verdicts(board, [case(0x0401, key, DIGEST, raised(key, encoded))]) == ["False"]


def test_rejects_bleichenbachers_forgery_of_2006_for_exponent_3(board):
    """00 01 FF .. FF 00 DigestInfo digest, then garbage that makes it nearly a cube: made without the key."""
    key = private_key(3072, 3)
    n = key.public_key().public_numbers().n
    head = b"\x00\x01" + b"\xff" * 8 + b"\x00" + INFO + DIGEST
    wanted = int.from_bytes(head + b"\xff" * (384 - len(head)), "big")
    low, high = 0, 1 << 1100
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= wanted else (low, middle)
    assert (low**3).to_bytes(384, "big").startswith(head) and low**3 < n
    assert verdicts(board, [case(0x0401, (n, 3), DIGEST, low.to_bytes(384, "big"))]) == ["False"]


def mgf1(seed, length):
    return b"".join(hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(-(-length // 32)))[:length]


def pss_encoded(salt=b"s" * 32, one=b"\x01", zeros=b"", trailer=b"\xbc", top=0x7F, mask=mgf1, prefix=bytes(8), size=256):
    """EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) with its parts exchanged."""
    h = hashlib.sha256(prefix + DIGEST + salt).digest()
    db = (zeros + one + salt).rjust(size - 33, b"\0")
    masked = bytearray(a ^ b for a, b in zip(db, mask(h, size - 33), strict=True))
    masked[0] &= top
    return bytes(masked) + h + trailer


WRONG_PSS = {
    "no_salt": {"salt": b""},
    "a_shorter_salt": {"salt": b"s" * 31},
    "a_longer_salt": {"salt": b"s" * 33},
    "the_longest_salt": {"salt": b"s" * 222},
    "another_trailer": {"trailer": b"\xcc"},
    "another_separator": {"one": b"\x02"},
    "a_bit_before_the_separator": {"zeros": b"\x01" + bytes(20)},
    "the_prefix_missing": {"prefix": b""},
    "mgf1_of_another_hash": {"mask": lambda seed, n: (hashlib.sha1(seed).digest() * 20)[:n]},
}


def test_the_pss_encoding_that_the_wrong_ones_vary_is_accepted(board):
    key = private_key()
    assert verdicts(board, [case(0x0804, key, DIGEST, raised(key, pss_encoded()))]) == ["True"]


@pytest.mark.parametrize("what", WRONG_PSS)
def test_rejects_pss_with(board, what):
    key = private_key()
    assert verdicts(board, [case(0x0804, key, DIGEST, raised(key, pss_encoded(**WRONG_PSS[what])))]) == ["False"]


def test_rejects_pss_with_a_bit_set_that_the_modulus_has_no_room_for(board):
    key = private_key()
    n = key.public_key().public_numbers().n
    encodings = (pss_encoded(salt=bytes([i]) * 32, top=0xFF) for i in range(100))
    encoded = next(x for x in encodings if x[0] & 0x80 and int.from_bytes(x, "big") < n)
    assert verdicts(board, [case(0x0804, key, DIGEST, raised(key, encoded))]) == ["False"]


def test_rejects_a_pss_message_whose_first_byte_is_beyond_its_length(board):
    """With a modulus of 2049 bits the encoded message has 256 bytes; the byte before it must be 0."""
    key = private_key(2049)
    n = key.public_key().public_numbers().n
    encodings = (pss_encoded(salt=bytes([i]) * 32, top=0xFF, size=256) for i in range(100))
    encoded = next(x for x in encodings if int.from_bytes(b"\x01" + x, "big") < n)
    good, bad = b"\x00" + encoded, b"\x01" + encoded
    assert verdicts(board, [case(0x0804, key, DIGEST, raised(key, x)) for x in (good, bad)]) == ["True", "False"]


def test_rejects_signatures_out_of_range(board):
    key = private_key()
    n = key.public_key().public_numbers().n
    signature = int.from_bytes(key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()), "big")
    cases = [
        signature.to_bytes(257, "big"),
        octets(signature)[:-1],
        b"",
        n.to_bytes(256, "big"),
        b"\xff" * 256,
        bytes(256),
        octets(1).rjust(256, b"\0"),
    ]
    if signature + n < 1 << 2048:
        cases.append((signature + n).to_bytes(256, "big"))
    assert verdicts(board, [case(0x0401, key, DIGEST, s) for s in cases]) == ["False"] * len(cases)


def test_rejects_s_plus_n_where_it_fits_the_length(board):
    """A modulus of 2041 bits more or less leaves room for s + n in as many bytes; below 2048 it is refused, so 2050 bits."""
    key = private_key(2050)
    n = key.public_key().public_numbers().n
    signature = int.from_bytes(key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()), "big")
    cases = [case(0x0401, key, DIGEST, (signature + times * n).to_bytes(257, "big")) for times in (0, 1)]
    assert verdicts(board, cases) == ["True", "False"]


def test_refuses_keys_out_of_bounds_before_any_arithmetic(board):
    n = private_key().public_key().public_numbers().n
    signature = bytes(255) + b"\x01"
    keys = {
        "even modulus": (n - 1, 65537),
        "2047 bits": (n >> 1 | 1, 65537),
        "8193 bits": (1 << 8192 | 1, 65537),
        "64 kbit": (1 << 65535 | 1, 65537),
        "exponent 0": (n, 0),
        "exponent 1": (n, 1),
        "exponent 2": (n, 2),
        "even exponent": (n, 65536),
        "exponent of 33 bits": (n, (1 << 32) + 1),
        "exponent of 2048 bits": (n, n - 2),
    }
    for scheme in (0x0401, 0x0804, 0x0809):
        assert verdicts(board, [case(scheme, key, DIGEST, signature) for key in keys.values()]) == [INVALID] * len(keys)


def test_refuses_a_modulus_with_a_leading_zero(board):
    key = private_key()
    numbers = key.public_key().public_numbers()
    signature = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    fields = (b"\x04\x01", b"\x00" + octets(numbers.n), octets(numbers.e), DIGEST, b"\x00" + signature)
    assert verdicts(board, [fields]) == [INVALID]


def test_a_key_and_a_scheme_that_do_not_fit_give_false(target):
    target.exec("import symmetric\nfrom latchkey.crypto.verify import verify\nfrom latchkey.crypto.job import run")
    key = private_key()
    n = octets(key.public_key().public_numbers().n)
    pss = key.sign(MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    pkcs1 = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    target.put("n.bin", n)
    target.put("pss.bin", pss)
    target.put("pkcs1.bin", pkcs1)
    target.exec(f"n, pss, pkcs1 = (open(x + '.bin', 'rb').read() for x in ('n', 'pss', 'pkcs1'))\nd = {DIGEST!r}")
    given = '("sha256", "sha256", 32)', '("sha256", "sha256", 20)', '("sha384", "sha384", 48)', '("sha256", "sha1", 32)', "None"
    told = target.exec(f"for p in ({', '.join(given)}): print(run(verify(0x809, (1, n, 65537, p), d, pss)))")
    assert told.split() == ["True", "False", "False", "False", "True"]
    pairs = (
        "(0x804, (1, n, 65537, None), pss), (0x809, (0, n, 65537), pss), (0x401, (1, n, 65537, None), pkcs1), (0x403, (0, n, 65537), pkcs1)"
    )
    pairs += ", (0x401, (23, b'4' + bytes(64)), pkcs1), (0x804, (23, b'4' + bytes(64)), pss)"
    told = target.exec(f"for s, k, x in ({pairs}): print(run(verify(s, k, d, x)))")
    assert told.split() == ["False"] * 6


def test_a_key_of_8192_bits_is_served_in_slices(kernel):
    n, signature = (1 << 8191) + 2 * random.Random(7).getrandbits(8000) + 1, random.Random(8).randbytes(1000).rjust(1024, b"\0")
    kernel.put("n.bin", octets(n))
    kernel.put("s.bin", signature)
    told = kernel.exec(
        "import gc\nfrom latchkey.crypto import rsa\nn = open('n.bin', 'rb').read()\ns = open('s.bin', 'rb').read()\n"
        "slices = 0\nfor request in rsa.verify_pkcs1((0, n, 65537), 'sha256', bytes(32), s): slices += 1 + request\nprint(slices)"
    )
    assert int(told) >= 16
