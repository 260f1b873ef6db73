"""The readers of certificates, OCSP responses, name constraints and anchors, fed whole, in pieces, cut, changed and with rubbish.

Whatever they are fed, they end with a result or a Fault, nothing else.
"""

import hashlib

import pytest

from host_tests.x509 import maker as make
from host_tests.x509.cases_ocsp import DELEGATE, LEAF, single, staple

RSA_CA = make.authority("RSA CA", make.ROOT, key=make.rsa_key())
EVERYTHING = {
    "ski": make.subject_key_identifier(b"leaf"),
    "staple": make.MUST_STAPLE,
    "constraints": make.name_constraints(make.subtrees(make.dns("example.com"), make.email("b"))),
    "unknown": make.extension("1.2.3", bytes(200)),
}
NAMES = make.dns("host.example.com", "*.example.com") + make.ip("192.0.2.1", "::1") + make.email("a@b") + make.directory(make.name("x"))
CERTIFICATES = {
    "P-256 leaf": make.leaf(make.CA),
    "P-384 CA": make.authority("P-384", make.ROOT, key=make.ec_key("x", "p384")),
    "RSA root": make.authority("RSA root", None, key=make.rsa_key(), hash_name="sha512"),
    "leaf with everything": make.leaf(make.CA, NAMES, changes=EVERYTHING),
    "PSS leaf": make.leaf(RSA_CA, pss=True),
}
OTHERS = {
    "OCSP response": staple([single(LEAF)]).der,
    "OCSP response of a delegate": staple([single(LEAF)], DELEGATE, certificates=(DELEGATE,)).der,
    "name constraints": make.seq(make.tlv(0xA0, make.subtrees(make.dns("a"), make.email("b"), make.tlv(0x87, bytes(8))))),
}
SAMPLES = {**{name: c.der for name, c in CERTIFICATES.items()}, **OTHERS}

READERS = """
from latchkey.crypto.job import run
from latchkey.errors import Fault
from latchkey.x509 import anchor, constraints
from latchkey.x509.certificate import Parser
from latchkey.x509.chain import Chain
from latchkey.x509.der import Reader
from latchkey.x509.policy import Policy
from latchkey.x509.trust import TrustStore
import random
policy = Policy()
parser = Parser(policy)
with open("sample", "rb") as file:
    sample = file.read()

def certificate(data, size):
    parser._arena = 4096
    parser.begin(len(data), 0)
    for start in range(0, len(data), size):
        parser.feed(data, start, min(start + size, len(data)))
    parser.finish()
    c = parser.cert
    return (c.flags, c.subject, c.issuer, c.subject_der, c.issuer_der, c.name, c.serial, c.public_key, c.scheme, c.digest, c.signature,
        c.not_before, c.not_after, c.path_length, c.key_usage, c.key_identifier, c.authority_key_identifier, c.constraints,
        c.general_names, c.cut)

def ocsp(data, size):
    from latchkey.x509.ocsp import Response
    leaf.serial = leaf_serial
    response = Response(len(data), parser)
    for start in range(0, len(data), size):
        response.feed(data, start, min(start + size, len(data)))
    response.finish()
    delegate = response._delegate
    return response._data, response._signature, response._scheme, delegate and delegate.digest, response._responses(leaf, leaf.public_key)

def name_constraints(data, size):
    return constraints._subtrees(Reader(data))

class Leaf:
    pass
leaf = Leaf()
leaf_serial = b"\\x01"
leaf.issuer = bytes(32)
leaf.issuer_der = b""
leaf.public_key = (23, bytes(65))

def attempt(read, data, size=4096):
    try:
        return read(data, size)
    except Fault:
        return None
"""


@pytest.fixture(scope="module")
def reading(target):
    """A target with the readers."""
    target.put("sample", b"")
    target.exec(READERS)
    return target


def reader_of(name: str) -> str:
    return "name_constraints" if name == "name constraints" else "ocsp" if name.startswith("OCSP") else "certificate"


def load(reading, name: str) -> None:
    reading.put("sample", SAMPLES[name])
    reading.exec(f"read = {reader_of(name)}\nwith open('sample', 'rb') as file:\n    sample = file.read()")


@pytest.mark.parametrize("name", SAMPLES)
def test_reads_the_same_in_pieces_of_any_size(reading, name):
    load(reading, name)
    sizes = (1, 2, 3, 7, 31, 64, 255, 1000) if reading.slowness == 1 else (1, 31)
    code = f"whole = read(sample, 4096)\nassert whole\nprint([size for size in {sizes} if attempt(read, sample, size) != whole])"
    assert reading.exec(code).strip() == "[]"


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "name constraints"])
def test_reads_the_same_when_cut_in_two_anywhere(reading, name):
    load(reading, name)
    code = f"""
whole = read(sample, 4096)
different = []
step = {1 if reading.slowness == 1 else 41}
for at in range(1, len(sample), step):
    if attempt(read, sample, at) != whole:
        different.append(at)
print(different)
"""
    assert reading.exec(code, 120).strip() == "[]"


@pytest.mark.parametrize("name", SAMPLES)
def test_refuses_every_strict_prefix(reading, name):
    load(reading, name)
    step = 1 if reading.slowness == 1 else 17
    assert reading.exec(f"print([n for n in range(0, len(sample), {step}) if attempt(read, sample[:n]) is not None])", 120).strip() == "[]"


@pytest.mark.parametrize("name", SAMPLES)
def test_refuses_trailing_octets(reading, name):
    load(reading, name)
    tails = (b"\0", b"\x05\0", b"\x30\0") if name != "name constraints" else ()
    assert reading.exec(f"print([t for t in {tails!r} if attempt(read, sample + t) is not None])").strip() == "[]"


@pytest.mark.parametrize("name", SAMPLES)
def test_ends_with_a_result_or_a_fault_whatever_octet_is_changed(reading, name):
    load(reading, name)
    step = 1 if reading.slowness == 1 else 23
    code = f"""
random.seed(7)
data = bytearray(sample)
for at in range(0, len(data), {step}):
    for value in (0, 0xFF, 0x80, data[at] ^ 1, random.getrandbits(8)):
        old, data[at] = data[at], value
        attempt(read, bytes(data), 61)
        data[at] = old
print("done")
"""
    assert reading.exec(code, 300).strip() == "done"


@pytest.mark.parametrize("name", SAMPLES)
def test_ends_with_a_result_or_a_fault_when_parts_are_moved(reading, name):
    load(reading, name)
    count = 400 if reading.slowness == 1 else 20
    code = f"""
random.seed(11)
for _ in range({count}):
    a, b = sorted((random.getrandbits(16) % len(sample), random.getrandbits(16) % len(sample)))
    c = random.getrandbits(16) % len(sample)
    attempt(read, sample[:a] + sample[b:])
    attempt(read, sample[:c] + sample[a:b] + sample[c:], 61)
print("done")
"""
    assert reading.exec(code, 300).strip() == "done"


@pytest.mark.parametrize("reader", ["certificate", "ocsp", "name_constraints"])
def test_ends_with_a_fault_on_random_octets(reading, reader):
    count = 1000 if reading.slowness == 1 else 50
    code = f"""
random.seed(13)
accepted = 0
for i in range({count}):
    data = bytes([random.getrandbits(8) for _ in range(random.getrandbits(6))])
    if i % 2:
        data = b"\\x30" + bytes((len(data),)) + data
    accepted += attempt({reader}, data, 5) is not None
print(accepted)
"""
    assert reading.exec(code, 120).strip() == "0"


@pytest.mark.parametrize("name", CERTIFICATES)
def test_reads_anchors_to_a_result_or_a_fault(reading, name):
    load(reading, name)
    step = 1 if reading.slowness == 1 else 29
    code = f"""
random.seed(17)
def as_anchor(data, size):
    return anchor.from_certificate(data)
assert [n for n in range(0, len(sample), {step}) if attempt(as_anchor, sample[:n])] == []
data = bytearray(sample)
for at in range(0, len(data), {step}):
    old, data[at] = data[at], random.getrandbits(8)
    attempt(as_anchor, bytes(data))
    data[at] = old
print(attempt(as_anchor, sample)[0].hex())
"""
    assert reading.exec(code, 120).strip() == hashlib.sha256(CERTIFICATES[name].subject).hexdigest()
