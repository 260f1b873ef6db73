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


def constraints_of(certificate: make.Certificate) -> str:
    return truststore.anchor_of(certificate.der).constraints.hex()


def test_finds_anchors_of_a_pem_bundle_with_text_around_them(target):
    bundle = b"some text\n" + b"more\n".join(c.pem for c in ALL)
    target.put("bundle.pem", bundle)
    for add in ("t.add(open('bundle.pem', 'rb').read())", "t.add_file('bundle.pem')"):
        code = f"print({add}, len(t._anchors)); found = t.find({subject_of(CONSTRAINED)})"
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
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:40]),
)
def test_refuses_anchors_that_it_cannot_read(target, data, cause):
    target.put("anchors", data)
    code = SEARCH + "try:\n    t.add_file('anchors')\n    print('added')\nexcept Fault as fault:\n    print(fault.cause)"
    assert target.exec(code).strip() == str(CAUSES[cause])


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
from latchkey.x509.certificate import parse
from latchkey.x509 import signature
from latchkey.crypto.job import run
def check(name):
    with open(name, 'rb') as file:
        der = file.read()
    try:
        c = parse(der)
    except Fault as fault:
        return 'fault', fault.cause
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
    command = [sys.executable, "-m", "tools.latchkey_tools.truststore", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_tool_packs_lists_and_chooses(tmp_path):
    bundle, packed = tmp_path / "bundle.pem", tmp_path / "anchors.lk"
    bundle.write_bytes(b"".join(c.pem for c in ALL) + make.authority("big", spki=make.ec_key("big", "p521").spki).pem)
    made = run_tool("make", str(bundle), str(packed), "--only", "Root", "--only", "root", "--only", "big", "--except", "RSA")
    assert made.returncode == 0
    assert "2 anchors" in made.stdout
    assert "left out, its key can not be used: big" in made.stderr
    assert [line.split()[-1] for line in run_tool("list", str(packed)).stdout.splitlines()] == ["Root", "Root"]


def test_the_tool_says_what_is_wrong(tmp_path):
    for arguments in (("make", "/nonexistent", str(tmp_path / "x")), ("list", __file__), ("make", __file__, str(tmp_path / "x"))):
        done = run_tool(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("truststore: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--only", "--except"])
def test_the_tool_refuses_a_choice_that_names_no_anchor(tmp_path, option):
    """A misspelled name must not leave out, or leave in, what was not meant."""
    bundle, packed = tmp_path / "bundle.pem", tmp_path / "anchors.lk"
    bundle.write_bytes(b"".join(c.pem for c in ALL))
    made = run_tool("make", str(bundle), str(packed), "--only", "Root", option, "Constrainned")
    assert (made.returncode, packed.exists()) == (1, False)
    assert made.stderr == "truststore: no anchor has 'Constrainned' in its name\n"


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
        truststore.unpack(data[:-1] + b"x")


def test_a_context_searches_a_compact_file_and_hands_on_the_profile(target):
    target.put("anchors.lk", truststore.pack(map(truststore.anchor_of, [c.der for c in ALL])))
    code = f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
context.load_verify_locations("anchors.lk")
context.profile = 1
from latchkey.wrapping import _policy
policy = _policy(context, "host")
print(len(policy.trust.find({subject_of(TWIN)})), len(policy.trust._anchors), policy.profile)
"""
    assert target.exec(code).split() == ["2", "0", "1"]
