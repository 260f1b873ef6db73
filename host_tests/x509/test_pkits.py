"""NIST's Public Key Interoperability Test Suite: 223 chains that others made to try path validation by RFC 5280, with real signatures.

What the suite expects is in the names of its end entities' certificates. They are people, not servers, and name no host: so the rules for
a server's leaf are left out here, but for its dates. Where our verdict is another than the suite's, a table says why.
"""

import re
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest

from host_tests.targets import Target
from host_tests.x509.cases import CAUSES, Presented, judge
from tools.latchkey_tools import der

pytestmark = pytest.mark.thorough
FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"
ANCHOR = FOLDER / "TrustAnchorRootCertificate.crt"
NOW = 1577836800  # 2020-01-01: the suite's certificates are valid from 2010 to 2030
MOST = 12  # certificates that a server may present

# Refused by the suite for what a CRL says, or because none is to be had: there are no CRLs here, and the path by itself is good.
BY_CRL = re.compile(
    r"""Invalid(
    BadCRL | BasicSelfIssued(?!CRLSigningKeyTest8) | IDPwithindirectCRL | LongSerialNumberTest18 | MissingCRL | OldCRL | Revoked |
    SeparateCertificateandCRLKeys | UnknownCRL | WrongCRL | cRLIssuer | delta | distributionPoint |
    keyUsage(Not)?CriticalcRLSignFalse | only | pre2000CRL
    )""",
    re.VERBOSE,
)
# Refused here though the suite accepts it: the end entity's name, the cause, the reason.
STRICTER = [
    ("PolicyMapping|ExplicitPolicy|inhibitAnyPolicy", "EXTENSION_CRITICAL", "policies are not processed: critical extensions about them"),
    ("ValidbasicConstraintsNotCritical", "BASIC_CONSTRAINTS_NOT_CRITICAL", "RFC 5280 4.2.1.9 wants them critical"),
    ("ValidDSA", "SIGNATURE_ALGORITHM", "no DSA"),
    ("ValidURInameConstraints", "CONSTRAINTS_UNSUPPORTED", "a server is not known by a URI"),
    ("ValidGeneralizedTimenotBefore", "TIME", "RFC 5280 4.1.2.5 wants UTCTime until 2049"),
    ("ValidNameUIDs", "UNIQUE_IDENTIFIER", "RFC 5280 4.1.2.8 forbids them"),
    ("ValidNameChaining|ValidRollover|ValidUTF8StringCaseInsensitive", "UNKNOWN_ISSUER", "names are compared byte for byte"),
]


# The cause of what both refuse, by the end entity's name.
REFUSED = {
    "Signature": ("SIGNATURE", "SIGNATURE_ALGORITHM", "BIT_STRING"),
    "notAfterDate": ("EXPIRED", "TIME"),  # one is in a form that RFC 5280 4.1.2.5 does not allow
    "notBeforeDate": ("NOT_YET_VALID",),
    "NameChaining": ("UNKNOWN_ISSUER",),
    "NegativeSerial": ("SERIAL_NUMBER",),
    "MissingbasicConstraints|CRLSigningKeyTest8": ("BASIC_CONSTRAINTS_MISSING",),
    "cAFalse": ("NOT_A_CA",),
    "pathLenConstraint": ("PATH_LENGTH",),
    "keyCertSignFalse": ("CA_KEY_USAGE",),
    "UnknownCriticalCertificateExtension|Mapping|ExplicitPolicy|inhibitAnyPolicy": ("EXTENSION_CRITICAL",),
    "URInameConstraints": ("CONSTRAINTS_UNSUPPORTED",),
    "nameConstraints": ("NAME_NOT_PERMITTED", "NAME_EXCLUDED"),
}


@cache
def names(path: Path) -> tuple[object, object]:
    """Subject and issuer, their letters and spaces as RFC 5280 section 7.1 would compare them."""
    fields = der.parts(der.parts(der.parts(path.read_bytes())[0][1])[0][1])
    fields = fields[fields[0][0] == 0xA0 :]  # without the version
    return comparable(fields[4][2]), comparable(fields[2][2])


def comparable(name: bytes) -> object:
    attributes = [der.parts(attribute) for _, rdn, _ in der.parts(der.parts(name)[0][1]) for _, attribute, _ in der.parts(rdn)]
    return tuple((oid, " ".join(value.decode(errors="replace").split()).casefold()) for (_, oid, _), (_, value, _) in attributes)


def chain_of(leaf: Path) -> list[Path]:
    """The end entity and every CA's certificate that may stand above it, as a server would present them."""
    authorities = [path for path in sorted(FOLDER.glob("*.crt")) if "EE" not in path.stem and path != ANCHOR]
    chain = [leaf]
    for member in chain:
        issuer = names(member)[1]
        chain += [path for path in authorities if path not in chain and names(path)[0] == issuer]
    return chain


LEAVES = sorted(FOLDER.glob("*EE.crt"))


@pytest.fixture(scope="module")
def verdicts(target: Target) -> dict[str, str]:
    """What the target says of each end entity's chain."""
    target.reset()
    target.exec("from latchkey.x509 import path\npath.judge_leaf = lambda cert, policy, clock: clock.judge(cert)")
    policy = {"host": None, "now": NOW, "profile": 1}
    chains = [chain_of(leaf) for leaf in LEAVES]
    assert max(map(len, chains)) <= MOST
    presented = [
        Presented(tuple(path.read_bytes() for path in chain), (ANCHOR.read_bytes(),), real=True, policy=policy) for chain in chains
    ]
    told = dict(zip([leaf.stem for leaf in LEAVES], judge(target, presented, (4096,)), strict=True))
    target.reset()
    return told


def causes(name: str) -> tuple[str, ...]:
    """Of which one must be given; none for a chain that is to be accepted."""
    if BY_CRL.match(name):
        return ()
    if name.startswith("Invalid"):
        return next(causes for pattern, causes in REFUSED.items() if re.search(pattern, name))
    return next(((cause,) for pattern, cause, _ in STRICTER if re.search(pattern, name)), ())


@pytest.mark.parametrize("name", [leaf.stem for leaf in LEAVES])
def test_judges_as_nist_does_or_says_why_not(verdicts: dict[str, str], name: str) -> None:
    due = tuple(f"fault {CAUSES[cause]} " for cause in causes(name)) or ("accept CHAIN ",)
    assert verdicts[name].startswith(due)


def test_the_suite_is_there() -> None:
    assert len(LEAVES) == 223
    assert sum(BY_CRL.match(leaf.stem) is not None for leaf in LEAVES) == 45
    assert sum(bool(causes(leaf.stem)) and not leaf.stem.startswith("Invalid") for leaf in LEAVES) == 32
