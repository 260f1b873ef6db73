"""Trust anchors: out of PEM and DER, in memory and in compact files, and all that browsers trust."""

import base64
import hashlib
import re
import subprocess
import sys
import warnings
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, chain, judge
from tools.build import interpreter
from tools.build.places import ROOT
from tools.laboratory import pki
from tools.latchkey_tools import truststore

BUNDLE = Path(certifi.where())  # pinned: Debian's ca-certificates change with the machine's updates
SEARCH = """
from latchkey.x509.trust import TrustStore
from latchkey.errors import Fault
import hashlib
t = TrustStore()
"""


def mozillas_roots() -> list[bytes]:
    """Mozilla's roots, as the package certifi has them, in DER. Debian's ca-certificates are the same of another day."""
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", BUNDLE.read_bytes(), re.DOTALL)
    return list(map(base64.b64decode, blocks))


def is_on_p521(der: bytes) -> bool:
    with warnings.catch_warnings(action="ignore"):  # of serial number 0
        key = x509.load_der_x509_certificate(der).public_key()
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp521r1"


ALL_ROOTS = mozillas_roots()
ROOTS = [der for der in ALL_ROOTS if not is_on_p521(der)]  # one of 2023 is


def found(target, code: str) -> list[tuple[int, str, str]]:
    """What `code` finds: kind of key, constraints in hexadecimal, name, and the hash of the key."""
    printed = target.exec(SEARCH + code + "\nprint([(e[0][0], e[1] and e[1].hex(), e[2], e[3].hex()) for e in found])")
    return eval(printed.splitlines()[-1])


def subject_of(certificate: make.Certificate) -> str:
    return repr(hashlib.sha256(certificate.subject).digest())


def key_of(certificate: make.Certificate) -> str:
    return hashlib.sha256(certificate.key.spki).hexdigest()


CONSTRAINED = make.authority("Constrained", changes={"nc": make.name_constraints(make.subtrees(make.dns("a.org")))})
RSA_ROOT = make.authority("RSA root", key=make.rsa_key())
TWIN = make.authority("Root", key=make.ec_key("twin"))
ALL = (make.ROOT, CONSTRAINED, RSA_ROOT, TWIN)


BOUNDING = {"basic": make.basic_constraints(False), "usage": make.key_usage(make.KEY_CERT_SIGN)}
# Extensions that bound an anchor and can't be read, and the good one that makes room for it.
UNREADABLE = [
    (make.extension("19", make.seq(make.TRUE, make.integer(-1))), {"basic": None}),
    (make.extension("19", make.seq(make.TRUE, make.NULL)), {"basic": None}),
    (make.extension("19", make.TRUE), {"basic": None}),
    (make.extension("19", b""), {"basic": None}),
    (make.extension("19", make.seq(make.TRUE) + make.NULL), {"basic": None}),
    (make.extension("15", make.octets(b"\7\4")), {"usage": None}),
    (make.extension("15", b""), {"usage": None}),
    (make.extension("37", make.oid(make.SERVER_AUTH)), {}),
    (make.extension("37", make.seq(make.NULL)), {}),
]


def constraints_of(certificate: make.Certificate) -> str:
    return truststore.anchor_of(certificate.der).constraints.hex()


def test_finds_anchors_of_a_pem_bundle_with_text_around_them(target):
    bundle = b"some text\n" + b"more\n".join(c.pem for c in ALL)
    target.put("bundle.pem", bundle)
    for add in ("t.add(open('bundle.pem', 'rb').read())", "t.add_file('bundle.pem')"):
        code = f"print({add}, len(t.anchors)); found = t.find({subject_of(CONSTRAINED)})"
        assert found(target, code) == [(23, constraints_of(CONSTRAINED), "Constrained", key_of(CONSTRAINED))]
        assert found(target, f"{add}; found = t.find({subject_of(RSA_ROOT)})") == [(0, None, "RSA root", key_of(RSA_ROOT))]


def test_finds_all_anchors_of_one_name(target):
    target.put("bundle.pem", b"".join(c.pem for c in ALL))
    twins = [(23, None, "Root", key_of(make.ROOT)), (23, None, "Root", key_of(TWIN))]
    assert found(target, f"t.add_file('bundle.pem'); found = t.find({subject_of(TWIN)})") == twins


def test_takes_one_certificate_in_der(target):
    target.put("root.der", make.ROOT.der)
    for add in ("t.add(open('root.der', 'rb').read())", "t.add_file('root.der')"):
        assert len(found(target, f"{add}; found = t.find({subject_of(make.ROOT)})")) == 1


def test_takes_an_anchor_by_name_and_key(target):
    code = f"t.add_anchor({make.ROOT.subject!r}, {make.ROOT.key.spki!r}, None, 'mine'); found = t.find({subject_of(make.ROOT)})"
    assert found(target, code) == [(23, None, "mine", key_of(make.ROOT))]


JOINED = make.ROOT.pem.rstrip(b"\n") + CONSTRAINED.pem
ONE_LINE = b"".join(c.pem.replace(b"\n", b"") for c in ALL)
# As `openssl x509 -addreject serverAuth` writes it: a CERT_AUX behind the certificate.
TRUSTED = pki.pem("TRUSTED CERTIFICATE", make.ROOT.der + make.seq(make.tlv(0xA0, make.oid(make.SERVER_AUTH))))
FORMS = {  # the data, and how many anchors are in it; None: refused
    "joined without a line's end": (JOINED, 2),
    "four without a line's end": (b"".join(c.pem.rstrip(b"\n") for c in ALL), 4),
    "one line": (make.ROOT.pem.replace(b"\n", b""), 1),
    "one line for all": (ONE_LINE, 4),
    "CRLF": (b"".join(c.pem for c in ALL).replace(b"\n", b"\r\n"), 4),
    "CR": (b"".join(c.pem for c in ALL).replace(b"\n", b"\r"), 4),
    "a byte order mark": (b"\xef\xbb\xbf" + make.ROOT.pem, 1),
    "a byte order mark before the second": (make.ROOT.pem + b"\xef\xbb\xbf" + TWIN.pem, 2),
    "spaces around": (b"".join(b"  " + line + b" \t\n" for line in make.ROOT.pem.splitlines()), 1),
    "no line's end at the end": (make.ROOT.pem.rstrip(b"\n"), 1),
    "blank lines": (make.ROOT.pem.replace(b"\n", b"\n\n"), 1),
    "long lines of text before": (b"x" * 3000 + make.ROOT.pem + b"y" * 3000 + TWIN.pem, 2),
    "text that begins with a digit": (b"0 s:CN=Root\n" + make.ROOT.pem + b"1 s:CN=Root\n" + TWIN.pem, 2),
    "much text that begins with a digit": (b"0" + b"x" * 3000 + make.ROOT.pem, 1),
    "text that ends with a digit": (make.ROOT.pem + b"0123456789", 1),
    "an end where nothing began": (b"-----END CERTIFICATE-----\n" + make.ROOT.pem, 1),
    "an end in text": (b"-----END X\n" + make.ROOT.pem, 1),
    "dashes": (b"----------\n" + make.ROOT.pem + b"-----" + TWIN.pem, 2),
    "other blocks between": (make.ROOT.pem + pki.pem("X509 CRL", bytes(800)) + TWIN.pem, 2),
    "dashes shared by two blocks": (JOINED.replace(b"----------", b"-----"), 2),
    "a second that is torn": (make.ROOT.pem + TWIN.pem[:200], None),
    "a first that is torn": (make.ROOT.pem[:200] + TWIN.pem, None),
    "a block without a label's dashes": (make.ROOT.pem.replace(b"CERTIFICATE-----\n", b"CERTIFICATE\n", 1), None),
    "an end of another label": (make.ROOT.pem.replace(b"END CERTIFICATE", b"END X509 CRL"), None),
    "an end without its last dash": (make.ROOT.pem.rstrip(b"-\n") + b"----", None),
    "a beginning and no more": (make.ROOT.pem + b"-----BEGIN CERT", None),
    "UTF-16": (make.ROOT.pem.decode().encode("utf-16"), 1),
    "UTF-16, the high octet first": (b"\xfe\xff" + b"".join(c.pem for c in ALL).decode().encode("utf-16-be"), 4),
    "UTF-16 without a byte order mark": ((make.ROOT.pem + TWIN.pem).decode().encode("utf-16-le"), 2),
    "UTF-16 with CRLF": (JOINED.replace(b"\n", b"\r\n").decode().encode("utf-16"), 2),
    "UTF-16, torn": (make.ROOT.pem[:200].decode().encode("utf-16"), None),
    "an old label": (pki.pem("X509 CERTIFICATE", make.ROOT.der) + TWIN.pem, 2),
    "OpenSSL's label": (TWIN.pem + pki.pem("TRUSTED CERTIFICATE", make.ROOT.der), 2),
    "OpenSSL's label and settings": (TWIN.pem + TRUSTED, None),
    "DER": (make.ROOT.der, 1),
    "DER of more than a piece": (make.authority("Root", changes={"x": make.extension("1.2.3", bytes(3000))}).der, 1),
    "DER with a block in it": (make.authority("Root", changes={"x": make.extension("1.2.3", TWIN.pem)}).der, 1),
    "two in DER": (make.ROOT.der + TWIN.der, None),
    "a digit": (b"0", None),
    "text of digits": (b"0123456789", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("form", FORMS)
def test_reads_the_same_from_a_file_and_from_memory(target, form):
    data, count = FORMS[form]
    target.put("anchors", data)
    code = """
told = []
with open("anchors", "rb") as file:
    data = file.read()
for add in (lambda t: t.add_file("anchors"), lambda t: t.add(data), lambda t: t.add(bytearray(data))):
    t = TrustStore()
    try:
        told.append((add(t), t.fingerprint().hex()))
    except Fault as fault:
        told.append((None, fault.cause, fault.detail))
print(told[0][0], len(set(told)))
"""
    assert target.exec(SEARCH + code).split() == [str(count), "1"]


def test_says_how_a_certificate_of_openssls_own_kind_becomes_a_plain_one(target):
    """Its settings may say that it is not trusted; they are not read."""
    target.put("anchors", TRUSTED)
    code = """
with open("anchors", "rb") as file:
    data = file.read()
for add in (lambda: t.add_file("anchors"), lambda: t.add(data)):
    try:
        add()
    except Fault as fault:
        print(fault)
"""
    told = target.exec(SEARCH + code).splitlines()
    assert len(told) == 2 and all("openssl x509 -in FILE -out plain.pem" in line for line in told), told


def test_trusts_nothing_that_stands_within_a_certificate(target):
    target.put("anchors", make.leaf(make.CA, changes={"x": make.extension("1.2.3", CONSTRAINED.pem)}).der)
    for add in ("t.add(open('anchors', 'rb').read())", "t.add_file('anchors')"):
        assert found(target, f"{add}; found = t.find({subject_of(CONSTRAINED)})") == []


def test_reads_a_file_whatever_its_blocks_begin_and_end_at(target):
    """Pieces are of 512 octets: every part of a block's marks stands at their edge once."""
    target.put("two", JOINED)
    step = 1 if target.slowness == 1 else 7
    code = f"""
counts = set()
with open("two", "rb") as file:
    two = file.read()
for before in range(440, 560, {step}):
    with open("anchors", "wb") as file:
        file.write(b"x" * before + two)
    counts.add(TrustStore().add_file("anchors"))
print(counts)
"""
    assert target.exec(SEARCH + code, 120).strip() == "{2}"


def test_keeps_an_anchor_once(target):
    target.put("bundle.pem", make.ROOT.pem * 3)
    assert len(found(target, f"t.add_file('bundle.pem'); found = t.find({subject_of(make.ROOT)})")) == 1


def test_searches_a_compact_file(target):
    target.put("anchors.lk", truststore.pack(map(truststore.anchor_of, [c.der for c in ALL])))
    wanted = {
        subject_of(CONSTRAINED): {(23, constraints_of(CONSTRAINED), "Constrained", key_of(CONSTRAINED))},
        subject_of(RSA_ROOT): {(0, None, "RSA root", key_of(RSA_ROOT))},
        subject_of(TWIN): {(23, None, "Root", key_of(make.ROOT)), (23, None, "Root", key_of(TWIN))},
        repr(bytes(32)): set(),
        repr(b"\xff" * 32): set(),
    }
    for subject, anchors in wanted.items():
        assert set(found(target, f"t.add_file('anchors.lk'); found = t.find({subject})")) == anchors


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "TRUST_EMPTY"),
        (b"no certificate here", "TRUST_EMPTY"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "TRUST_FORMAT"),
        (b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n", "TRUST_FORMAT"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "TRUST_FORMAT"),
        (make.ROOT.der[:-1], "TRUST_FORMAT"),
        (make.ROOT.der + b"\0", "TRUST_FORMAT"),
        (make.authority("weak", spki=make.ec_key("weak", "p521").spki).der, "KEY_ALGORITHM"),
        (b"latchkey", "TRUST_FORMAT"),
        (b"latchkey" + b"\0\0\0\2" + bytes(36), "TRUST_FORMAT"),
        (b"latchkey" + b"\0\0\0\1" + b"\0\0\0\1" + bytes(32), "TRUST_FORMAT"),
        (b"latchkey" + b"\0\0\0\3" + b"\0\0\0\1" + bytes(100), "TRUST_FORMAT"),
        (b"latchkey" + b"\0\0\0\1" + b"\0\0\0\1" + bytes(100), "TRUST_OLD"),
        *((make.authority("twice", changes={"twice": value}).der, "TRUST_FORMAT") for value in BOUNDING.values()),
        *((make.authority("odd", changes={"odd": odd, **gone}).der, "TRUST_FORMAT") for odd, gone in UNREADABLE),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:40]),
)
def test_refuses_anchors_that_it_cannot_read(target, data, cause):
    target.put("anchors", data)
    code = SEARCH + "try:\n    t.add_file('anchors')\n    print('added')\nexcept Fault as fault:\n    print(fault.cause)"
    assert target.exec(code).strip() == str(CAUSES[cause])


def test_says_how_an_older_compact_file_is_made_anew(target):
    target.put("old.lk", b"latchkey" + b"\0\0\0\1" + b"\0\0\0\1" + bytes(100))
    code = """
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
try:
    context.load_verify_locations("old.lk")
except latchkey.TLSError as e:
    print(e)
"""
    told = target.exec(code)
    assert all(part in told for part in ("old.lk", "anew", "latchkey trust make")), told


def test_refuses_names_where_a_changed_compact_file_hides_constraints(target):
    """The number of anchors with constraints says whether names are kept for them: without them no name is taken for permitted."""
    data = truststore.pack([truststore.anchor_of(CONSTRAINED.der)])
    leaf = make.leaf(CONSTRAINED, make.dns("a.org"))
    target.put("leaf", leaf.der)
    code = f"""
from latchkey.crypto.job import run
from latchkey.x509.chain import Chain
from latchkey.x509.policy import Policy
policy = Policy()
policy.host, policy.now, policy.trust = "a.org", {make.NOW}, TrustStore()
policy.trust.add_file("anchors.lk")
chain = Chain(policy)
with open("leaf", "rb") as file:
    der = file.read()
chain.begin(len(der))
chain.feed(der, 0, len(der))
chain.end()
try:
    print(run(chain.validate()).kind)
except Fault as fault:
    print(fault.cause)
"""
    told = []
    for written in (data, data[:48] + bytes(4) + data[52:]):
        target.put("anchors.lk", written)
        told.append(target.exec(SEARCH + code).strip())
    assert told == ["CHAIN", str(CAUSES["NAMES_NOT_KEPT"])]


def test_refuses_a_compact_file_that_was_cut(target):
    data = truststore.pack(map(truststore.anchor_of, [c.der for c in ALL]))
    last = data[-20:]
    target.put("anchors", data[:-20])
    code = "t.add_file('anchors')\nfor s in {!r}:\n    try:\n        t.find(s)\n    except Fault as fault:\n        print(fault.cause)"
    subjects = [hashlib.sha256(c.subject).digest() for c in ALL]
    assert last and target.exec(SEARCH + code.format(subjects)).split() == [str(CAUSES["TRUST_FORMAT"])]


@pytest.mark.parametrize("part", ["spki", "name", "gone"])
def test_refuses_a_compact_file_that_was_damaged(target, part):
    """Where the anchor that is looked for is; its file is named."""
    data = truststore.pack([truststore.anchor_of(make.ROOT.der)])
    target.put("anchors.lk", data)
    target.exec(SEARCH + "t.add_file('anchors.lk')")
    if part == "gone":
        target.exec("import os\nos.remove('anchors.lk')")
    else:
        at = data.index(make.ROOT.key.spki) + 2 if part == "spki" else data.rindex(b"Root")
        target.put("anchors.lk", data[:at] + b"\xff" + data[at + 1 :])
    code = f"try:\n    t.find({subject_of(make.ROOT)})\nexcept Fault as fault:\n    print(fault.cause, fault.detail)"
    assert target.exec(code).split() == [str(CAUSES["TRUST_FORMAT"]), "anchors.lk"]


def test_takes_pem_after_text_that_begins_as_a_compact_file_does(target):
    target.put("bundle.pem", b"local root\n" + make.ROOT.pem)
    assert target.exec(SEARCH + "print(t.add_file('bundle.pem'))").strip() == "1"


def test_leaves_out_what_it_cannot_use(target):
    explicit = make.seq(make.seq(make.oid("1.2.840.10045.2.1"), make.seq(make.integer(1))), make.bits(make.ROOT.key.bits))
    others = [make.ec_key("big", "p521").spki, make.ed25519_key("ed").spki, explicit]
    target.put("bundle.pem", b"".join(make.authority("other", spki=spki).pem for spki in others) + make.ROOT.pem)
    assert target.exec(SEARCH + "print(t.add_file('bundle.pem'))").strip() == "1"


def test_says_by_a_fingerprint_what_is_trusted(target):
    target.put("a.lk", truststore.pack([truststore.anchor_of(make.ROOT.der)]))
    target.put("b.lk", truststore.pack([truststore.anchor_of(TWIN.der)]))
    code = "seen = {TrustStore().fingerprint()}\n"
    code += "for add in ('a.lk', 'b.lk'):\n    t = TrustStore(); t.add_file(add); seen.add(t.fingerprint())\n"
    code += f"t = TrustStore(); t.add({make.ROOT.der!r}); seen.add(t.fingerprint())\nprint(len(seen))"
    assert target.exec(SEARCH + code).strip() == "4"


BOUNDED = [
    *ALL,
    make.CA,
    make.leaf(make.CA),
    *(make.authority("Root", path_length=length) for length in (0, 1, 254, 255, 300)),
    *(make.authority("Root", changes={name: None}) for name in ("basic", "usage", "eku")),
    make.authority("Root", extension_list=()),
    make.authority("Root", version=b"", extension_list=()),
    make.authority("Root", make.CA, version=b"", extension_list=()),
    make.authority("Root", version=b"", changes={"basic": make.basic_constraints(False)}),
    make.authority("Root", changes={"basic": make.extension("19", make.seq(make.tlv(1, b"\1")))}),
    make.authority("Root", changes={"eku": make.extended_key_usage(make.CLIENT_AUTH)}),
    make.authority("Root", changes={"eku": make.extended_key_usage("1.2.3", make.ANY_USAGE)}),
    *(
        make.authority("Root", changes={"usage": make.extension("15", make.tlv(3, bits))})
        for bits in (b"\2\4", b"\3\4", b"\0\6\0", b"\0", b"")
    ),
    make.authority("Root", validity=make.seq(make.tlv(0x18, b"19500101000000Z"), make.tlv(0x18, b"99991231235959Z"))),
    make.authority("Root", validity=make.seq(make.tlv(0x17, b"500101000000Z"), make.tlv(0x17, b"491231235959Z"))),
    make.authority("Root", validity=make.seq(make.tlv(0x17, b"2001010000Z"), make.tlv(0x17, b"270229000000Z"))),
]


def bounds_by_either_way(target, certificates: list[bytes]) -> tuple[list[str], list[str]]:
    """Whether the target finds the same in certificates and in a compact file of them, and what bounds it reads."""
    target.put("anchors.lk", truststore.pack(map(truststore.anchor_of, certificates)))
    target.put("sizes", repr([len(der) for der in certificates]).encode())
    target.put("ders", b"".join(certificates))
    code = """
from latchkey.x509.anchor import from_certificate
packed = TrustStore()
packed.add_file("anchors.lk")
sizes = eval(open("sizes").read())
with open("ders", "rb") as file:
    for size in sizes:
        t = TrustStore()
        der = file.read(size)
        t.add(der)
        [entry] = t.find(from_certificate(der)[0])
        print(entry in packed.find(from_certificate(der)[0]), entry[4].hex())
"""
    lines = [line.split() for line in target.exec(SEARCH + code, 300).splitlines()]
    return [line[0] for line in lines], [line[1] for line in lines]


def test_the_tool_reads_a_certificates_bounds_as_the_device_does(target):
    """Both were written by the rule; neither may be the more generous."""
    certificates = [c.der for c in BOUNDED]
    if target.slowness == 1:
        certificates += [der for der in ROOTS if not is_on_p521(der)]
    same, bounds = bounds_by_either_way(target, certificates)
    assert [i for i, found in enumerate(same) if found != "True"] == []
    assert bounds == [truststore.anchor_of(der).bounds.packed.hex() for der in certificates]


def test_what_the_device_refuses_the_tool_refuses():
    for odd, gone in UNREADABLE:
        with pytest.raises(ValueError, match="can not be read"):
            truststore.anchors_of(make.authority("odd", changes={"odd": odd, **gone}).pem)
    for name, value in BOUNDING.items():
        with pytest.raises(ValueError, match="twice"):
            truststore.anchors_of(make.authority("twice", changes={name + " twice": value}).pem)


def test_mozillas_roots_are_cas_for_servers_all():
    """What bounds an anchor must not shut out what everyone trusts."""
    assert all(anchor.bounds.issues and anchor.bounds.for_servers for anchor in map(truststore.anchor_of, ROOTS))


# Mozilla's


def test_mozillas_roots_but_those_on_p521_are_usable_anchors(target):
    """Each is added, found again and has the key that `cryptography` sees; some have serial number 0."""
    assert len(ROOTS) > 100
    assert [der for der in ALL_ROOTS if truststore.is_usable(truststore.anchor_of(der))] == ROOTS
    target.put("mozilla.lk", truststore.pack(map(truststore.anchor_of, ROOTS)))
    roots = ROOTS if target.slowness == 1 else ROOTS[::12]
    target.put("subjects", b"".join(truststore.anchor_of(der).subject for der in roots))
    lookup = """
t.add_file('mozilla.lk')
with open('subjects', 'rb') as file:
    while True:
        subject = file.read(32)
        if not subject:
            break
        print(*[e[3].hex() for e in t.find(subject)])
"""
    lines = target.exec(SEARCH + lookup, 120).splitlines()
    assert len(lines) == len(roots)
    for der, line in zip(roots, lines, strict=True):
        assert hashlib.sha256(truststore.anchor_of(der).spki).hexdigest() in line.split()


@pytest.mark.targets("unix")
def test_mozillas_bundle_is_read_one_certificate_at_a_time(target):
    """In a heap that would not hold the bundle."""
    process = subprocess.run(
        [interpreter.find().path, "-X", "heapsize=220k", "-c", SEARCH + f"print(t.add_file({str(BUNDLE)!r}))"],
        env={"MICROPYPATH": ":".join(map(str, target.folders()))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stdout.strip().isdigit(), process.stderr


SUPPORTED = ("sha256", "sha384", "sha512")


def self_signed(der: bytes) -> bool:
    return x509.load_der_x509_certificate(der).signature_hash_algorithm.name in SUPPORTED


@pytest.mark.targets("unix")
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_self_signatures_of_mozillas_roots_verify(target):
    """Really, by the package's own arithmetic; those made with SHA-1 have no self-signature to verify."""
    verify = """
from latchkey.x509.certificate import Parser
from latchkey.x509.policy import Policy
from latchkey.x509 import signature
from latchkey.crypto.job import run
def check(name):
    with open(name, 'rb') as file:
        der = file.read()
    parser = Parser(Policy())
    try:
        parser.begin(len(der), 0)
        parser.feed(der, 0, len(der))
        parser.finish()
    except Fault as fault:
        return 'fault', fault.cause
    c = parser.cert
    assert c.subject == c.issuer
    return run(signature.verify(None, c.scheme, c.public_key, c.digest, c.signature))
"""
    target.exec(SEARCH + verify)
    chosen = [der for der in ROOTS if self_signed(der)]
    verdicts = []
    for der in chosen:
        target.put("root", der)
        verdicts.append(target.exec("print(check('root'))", 120).strip())
    # Some have serial number 0, zeros at the end of named bits, GeneralizedTime before 2050: refused from a peer, not in an anchor.
    known = {f"('fault', {CAUSES[cause]})" for cause in ("SERIAL_NUMBER", "BIT_STRING", "TIME")}
    assert set(verdicts) <= {"True", *known}
    assert verdicts.count("True") > len(verdicts) * 0.9


def test_anchors_are_looked_up_in_the_middle_of_a_path(target):
    good, bad = (
        chain(make.leaf(make.CA), make.CA, anchors=(TWIN, RSA_ROOT, make.ROOT)),
        chain(make.leaf(make.CA), make.CA, anchors=(RSA_ROOT,)),
    )
    assert [v.split()[0] for v in judge(target, [good, bad])] == ["accept", "fault"]


# The tool


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.latchkey_tools", "trust", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_tool_packs_lists_and_chooses(tmp_path):
    bundle, packed = tmp_path / "bundle.pem", tmp_path / "anchors.lk"
    bundle.write_bytes(b"".join(c.pem for c in ALL) + make.authority("big", spki=make.ec_key("big", "p521").spki).pem)
    made = run_tool("make", str(bundle), str(packed), "--only", "Root", "--only", "root", "--only", "big", "--except", "RSA")
    assert made.returncode == 0
    assert "2 anchors" in made.stdout
    assert "left out, its key can not be used: big" in made.stderr
    assert [line.split()[-1] for line in run_tool("list", str(packed)).stdout.splitlines()] == ["Root", "Root"]


def test_the_tool_lists_what_bounds_an_anchor(tmp_path):
    bundle, packed = tmp_path / "bundle.pem", tmp_path / "anchors.lk"
    clients = make.authority("Clients", path_length=1, changes={"eku": make.extended_key_usage(make.CLIENT_AUTH)})
    bundle.write_bytes(b"".join(c.pem for c in (CONSTRAINED, clients, make.leaf(make.CA))))
    assert run_tool("make", str(bundle), str(packed)).returncode == 0
    told = sorted(line.split(maxsplit=2)[2] for line in run_tool("list", str(packed)).stdout.splitlines())
    assert told == ["constrained  Constrained", "for itself alone  host", "path length 1  not for servers  Clients"]


def test_the_tool_refuses_a_file_of_the_older_layout(tmp_path):
    (tmp_path / "old.lk").write_bytes(b"latchkey" + b"\0\0\0\1" + b"\0\0\0\1" + bytes(100))
    done = run_tool("list", str(tmp_path / "old.lk"))
    assert done.returncode == 1 and "anew" in done.stderr


def test_the_tool_leaves_out_names_that_may_not_be_shown():
    for label in ("R\u202eoot", "R\u200boot", "R\noot", "\u3164", "א"):
        assert truststore.anchor_of(make.authority(label).der).name == "latchkey"


def test_the_tool_refuses_a_bundle_whose_last_certificate_has_no_end():
    with pytest.raises(ValueError, match="no end"):
        truststore.anchors_of(make.ROOT.pem + TWIN.pem[:200])


def test_the_tool_reads_what_the_device_reads():
    for form in ("UTF-16", "UTF-16, the high octet first", "an old label", "OpenSSL's label", "CR", "one line for all"):
        data, count = FORMS[form]
        assert len(truststore.anchors_of(data)) == count, form
    with pytest.raises(ValueError, match=r"openssl x509 -in FILE -out plain.pem"):
        truststore.anchors_of(TWIN.pem + TRUSTED)
    with pytest.raises(ValueError, match="no certificate in PEM"):  # it ends as another begins
        truststore.anchors_of(TWIN.pem.replace(b"BEGIN ", b"BEGIN X509 "))


def test_the_tool_leaves_out_a_key_that_is_a_compressed_point():
    point = make.ROOT.key.bits
    compressed = bytes((2 + point[-1] % 2,)) + point[1:33]
    spki = make.seq(make.seq(make.oid("1.2.840.10045.2.1"), make.oid("1.2.840.10045.3.1.7")), make.bits(compressed))
    anchors = [truststore.anchor_of(make.authority("Root", spki=each).der) for each in (make.ROOT.key.spki, spki)]
    assert list(map(truststore.is_usable, anchors)) == [True, False]


def test_the_tool_says_what_is_wrong(tmp_path):
    for arguments in (("make", "/nonexistent", str(tmp_path / "x")), ("list", __file__), ("make", __file__, str(tmp_path / "x"))):
        done = run_tool(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("latchkey trust: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--only", "--except"])
def test_the_tool_refuses_a_choice_that_names_no_anchor(tmp_path, option):
    """A misspelled name must not leave out, or leave in, what was not meant."""
    bundle, packed = tmp_path / "bundle.pem", tmp_path / "anchors.lk"
    bundle.write_bytes(b"".join(c.pem for c in ALL))
    made = run_tool("make", str(bundle), str(packed), "--only", "Root", option, "Constrainned")
    assert (made.returncode, packed.exists()) == (1, False)
    assert made.stderr == "latchkey trust: no anchor has 'Constrainned' in its name\n"


def test_the_tool_refuses_every_torn_certificate():
    """One that is cut after its key would otherwise lose its name constraints."""
    der = CONSTRAINED.der
    for torn in (*(der[:n] for n in range(len(der))), der + b"\0"):
        with pytest.raises(ValueError, match="can not be read"):
            truststore.anchors_of(pki.pem("CERTIFICATE", torn))


def test_a_compact_file_does_not_depend_on_the_order_and_notices_damage():
    anchors = [truststore.anchor_of(c.der) for c in ALL]
    data = truststore.pack(anchors)
    assert truststore.pack([*reversed(anchors), anchors[0]]) == data
    assert set(truststore.unpack(data)) == set(anchors)
    with pytest.raises(ValueError, match="damaged"):
        truststore.unpack(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.package_only
def test_a_context_searches_a_compact_file_and_hands_on_the_profile(target):
    target.put("anchors.lk", truststore.pack(map(truststore.anchor_of, [c.der for c in ALL])))
    code = f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
context.load_verify_locations("anchors.lk")
context.profile = 1
from latchkey.wrapping import _judged, chain_of
policy = chain_of("host", _judged(context))._policy
print(len(policy.trust.find({subject_of(TWIN)})), len(policy.trust.anchors), policy.profile)
"""
    assert target.exec(code).split() == ["2", "0", "1"]
