"""Chains whose signatures are really verified, by every algorithm: the other tests of chains look signatures up."""

import hashlib
import re
from collections.abc import Callable, Iterator

import pytest

from host_tests.targets import Target
from host_tests.targets.emulated import Emulated
from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, Presented, chain, judge
from tools.build.places import ROOT


def pss_spki(key: make.Key, *parameters: bytes) -> bytes:
    """The key, restricted to PSS."""
    return make.seq(make.seq(make.oid("1.2.840.113549.1.1.10"), *parameters), make.bits(key.bits))


def under(key: make.Key, **options) -> Callable[[], Presented]:
    """A leaf below a CA with this key, signed with these options; `spki` is the CA's."""

    def made() -> Presented:
        spki = options.get("spki")
        ca = make.authority("A CA", make.ROOT, key=key, **({"spki": spki} if spki else {}))
        return chain(make.leaf(ca, **{k: v for k, v in options.items() if k != "spki"}), ca, real=True)

    return made


P256, P384, RSA2048 = make.ec_key("a"), make.ec_key("b", "p384"), make.rsa_key()
ALGORITHMS = {
    **{f"ECDSA P-256 {name}": under(P256, hash_name=name) for name in make.SHA2},
    **{f"ECDSA P-384 {name}": under(P384, hash_name=name) for name in make.SHA2},
    **{f"RSA-2048 PKCS#1 {name}": under(RSA2048, hash_name=name) for name in make.SHA2},
    **{f"RSA-2048 PSS {name}": under(RSA2048, hash_name=name, pss=True) for name in make.SHA2},
    "RSA-2048 PSS key": under(RSA2048, pss=True, spki=pss_spki(RSA2048)),
    "RSA-2048 PSS key for SHA-384": under(RSA2048, pss=True, hash_name="sha384", spki=pss_spki(RSA2048, make.pss_parameters("sha384"))),
    "RSA-3072 PKCS#1 sha256": under(make.rsa_key(size=3072)),
    "RSA-4096 PKCS#1 sha256": under(make.rsa_key(size=4096)),
}


@pytest.fixture(scope="module", autouse=True)
def room_for_every_algorithm_at_once(target: Target) -> Iterator[None]:
    """What one handshake takes is measured elsewhere."""
    if isinstance(target, Emulated):
        target.heap = 512 * 1024
        target.reset()
    yield
    if isinstance(target, Emulated):
        target.heap = None
        target.close()


def verdict_on(target, presented: Presented) -> str:
    [verdict] = judge(target, [presented])
    return verdict


@pytest.mark.parametrize("name", ALGORITHMS)
def test_accepts_a_chain_signed_by(target, name):
    assert verdict_on(target, ALGORITHMS[name]()).startswith("accept CHAIN ")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_rejects_a_changed_signature_by(target, name):
    presented = ALGORITHMS[name]()
    leaf = presented.certificates[0]
    assert isinstance(leaf, make.Certificate)
    at = len(leaf.der) - 9
    changed = leaf.der[:at] + bytes((leaf.der[at] ^ 1,)) + leaf.der[at + 1 :]
    spoiled = chain(changed, *presented.certificates[1:], real=True)
    assert verdict_on(target, spoiled) == f"fault {CAUSES['SIGNATURE']} 0"


@pytest.mark.parametrize("name", ["ECDSA P-256 sha256", "ECDSA P-384 sha384", "RSA-2048 PKCS#1 sha256"])
def test_rejects_a_changed_name_under(target, name):
    presented = ALGORITHMS[name]()
    leaf = presented.certificates[0]
    assert isinstance(leaf, make.Certificate)
    assert leaf.der.count(b"host.example.com") == 1
    changed = leaf.der.replace(b"host.example.com", b"hoax.example.com")
    spoiled = chain(changed, *presented.certificates[1:], real=True, host="hoax.example.com")
    assert verdict_on(target, spoiled) == f"fault {CAUSES['SIGNATURE']} 0"


def test_rejects_pkcs1_under_a_key_for_pss(target):
    assert verdict_on(target, under(RSA2048, spki=pss_spki(RSA2048))()) == f"fault {CAUSES['SIGNATURE']} 0"


def test_rejects_another_hash_than_the_keys_parameters_name(target):
    spki = pss_spki(RSA2048, make.pss_parameters("sha384"))
    assert verdict_on(target, under(RSA2048, pss=True, spki=spki)()) == f"fault {CAUSES['SIGNATURE']} 0"


def test_rejects_ecdsa_under_an_rsa_key(target):
    ca = make.authority("A CA", make.ROOT, key=RSA2048)
    leaf = make.leaf(make.authority("A CA", make.ROOT, key=P256), changes={"aki": make.authority_key_identifier(ca.key.identifier)})
    assert verdict_on(target, chain(leaf, ca, real=True)) == f"fault {CAUSES['SIGNATURE']} 0"


OFF_THE_CURVE = make.seq(
    make.seq(make.oid("1.2.840.10045.2.1"), make.oid("1.2.840.10045.3.1.7")), make.bits(P256.bits[:-1] + bytes((P256.bits[-1] ^ 1,)))
)


def test_rejects_a_key_off_the_curve(target):
    ca = make.authority("A CA", make.ROOT, key=P256, spki=OFF_THE_CURVE)
    assert verdict_on(target, chain(make.leaf(ca), ca, real=True)).startswith("fault 6")


def off_the_curve(key: make.Key) -> bytes:
    """Its SubjectPublicKeyInfo with another last octet."""
    return key.spki[:-1] + bytes((key.spki[-1] ^ 1,))


def out_of_range(key: make.Key) -> bytes:
    """With x + p for x, which is no number of the field, or (where that takes more octets) all ones."""
    size = len(key.bits) // 2
    return key.spki[: -2 * size] + b"\xff" * size + key.spki[-size:]


@pytest.mark.parametrize("spki", [off_the_curve, out_of_range])
@pytest.mark.parametrize("key", [P256, P384], ids=["P-256", "P-384"])
def test_rejects_a_leaf_whose_key_is_off_its_curve(target, key, spki):
    """By a path, by a pin, as an anchor: whoever its signature would be verified by, and whatever verifies signatures."""
    good, bad = make.leaf(make.CA, key=key), make.leaf(make.CA, key=key, spki=spki(key))
    pins = [hashlib.sha256(part).digest() for part in (key.spki, spki(key))]
    presented = [
        *(chain(leaf, make.CA, real=real) for leaf in (good, bad) for real in (True, False)),
        *(chain(leaf, anchors=None, pins=(pin,)) for leaf, pin in zip((good, bad), pins, strict=True)),
        *(chain(leaf, anchors=(leaf,)) for leaf in (good, bad)),
    ]
    told = [" ".join(verdict.split()[:2]) for verdict in judge(target, presented)]
    refused = f"fault {CAUSES['KEY_EC_POINT']}"
    assert told == ["accept CHAIN", "accept CHAIN", refused, refused, "accept PIN", refused, "accept CHAIN", refused]


def test_accepts_an_rsa_signature_whose_algorithm_has_no_parameters(target):
    """RFC 4055 section 5 wants both accepted; what is signed by PKCS #1 keeps its NULL."""
    ca = make.authority("A CA", make.ROOT, key=RSA2048)
    for name in make.SHA2:
        leaf = make.leaf(ca, hash_name=name, algorithm=make.seq(make.oid(f"1.2.840.113549.1.1.{make.RSA_NUMBERS[name]}")))
        assert verdict_on(target, chain(leaf, ca, real=True)).startswith("accept CHAIN ")


def test_a_key_off_the_curve_does_not_hide_the_right_one(target):
    good, bad = make.authority("A CA", make.ROOT, key=P256), make.authority("A CA", make.ROOT, key=P256, spki=OFF_THE_CURVE)
    assert verdict_on(target, chain(make.leaf(good), bad, good, real=True)).startswith("accept CHAIN ")
    root, twin = make.authority("A CA", key=P256), make.authority("A CA", key=P256, spki=OFF_THE_CURVE)
    assert verdict_on(target, chain(make.leaf(root), anchors=(twin, root), real=True)).startswith("accept CHAIN ")


def test_verifies_each_signature_once(target):
    """Cross-signed CAs share a key: two paths through it cost one verification of the leaf."""
    other = make.authority("Other root")
    cross = make.authority("CA", other, key=make.CA.key)
    verdict = verdict_on(target, chain(make.leaf(make.CA), cross, make.CA))
    assert verdict == "accept CHAIN host.example.com time - 2"


def test_tries_the_issuer_with_the_right_key_identifier_first(target):
    """Six CAs of one name: without the identifier, the leaf's signature would be tried under each."""
    namesakes = [make.authority("CA", make.ROOT, key=make.ec_key(f"namesake {i}")) for i in range(5)]
    for profile in (0, 1):
        verdict = verdict_on(target, chain(make.leaf(make.CA), *namesakes, make.CA, profile=profile))
        assert verdict == "accept CHAIN host.example.com time - 2"


def test_sha1_is_reached_where_keys_are_identified_and_by_macs_of_records_alone():
    """Issuers in OCSP, keys in a chip's certificates, the MAC of suites named for it; no module that verifies signatures knows it."""
    paths = (ROOT / "firmware" / "latchkey").rglob("*.py")
    users = {path.name for path in paths if re.search(r"\bsha1\b", path.read_text())}
    assert users == {"sha1.py", "ocsp.py", "compressed_certificate.py", "shipped.py", "record_mac.py"}


def test_sha1_without_hashlibs_is_the_same(target):
    code = "from latchkey.crypto.sha1 import _sha1, sha1\nsizes = range(0, 200, 7)\n"
    code += "print([n for n in sizes if _sha1(bytes(range(n))) != sha1(bytes(range(n)))])\nprint(_sha1(b'abc').hex())"
    assert target.exec(code).split() == ["[]", hashlib.sha1(b"abc").hexdigest()]
