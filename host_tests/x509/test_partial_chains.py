"""Anchors of every kind to the package and to OpenSSL (X509_V_FLAG_PARTIAL_CHAIN): what one accepts the other does, or this table says why
not. It is the OpenSSL that pyproject.toml pins (peers/openssl.py), whatever the machine has.

An anchor is a root, an intermediate, a server's own certificate or one that a CA issued, as it is served or made anew with the same name
and key and other words about itself. OpenSSL takes the first certificate of a wanted name and looks no further, so it is asked with each
anchor by itself. Go (crypto/x509, Verify) documents the same of roots, and does it: a leaf among them is a chain of its own, and
basicConstraints, path length and usages of a root count. Names, dates and usage of the server are judged by both; both go by RFC 5280, not
by the Web PKI's profile.
"""

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from host_tests.peers.openssl import partial_verdict
from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, Presented, judge

SEED = 20261129
CHAINS = 700
NAMES = {number: name for name, number in CAUSES.items()}

# Why this package refuses what OpenSSL accepts, by the cause.
STRICTER = {
    "LEAF_KEY_USAGE": "RFC 5280 section 4.2.1.9: keyCertSign without CA:TRUE; OpenSSL judges that with -x509_strict alone",
    "CONSTRAINTS_ON_LEAF": "RFC 5280 section 4.2.1.10: they are for CAs; OpenSSL does not look",
}
# The same where an anchor's basicConstraints are missing: OpenSSL takes a keyUsage with keyCertSign for them.
STRICTER_WITHOUT_BASIC = ("ANCHOR_ALONE", "CA_EXTENDED_KEY_USAGE", "PATH_LENGTH")
# Why this package accepts what OpenSSL refuses, by OpenSSL's words: the anchor is a CA of the server's name and key, which has issued
# what the server sends; OpenSSL looks for no issuer of a self-signed certificate, but for the certificate itself.
MORE_LENIENT = "self-signed certificate"

Changes = dict[str, bytes | None]

BASIC: list[Changes] = [
    {},
    {"basic": make.basic_constraints()},
    {"basic": make.basic_constraints(False)},
    {"basic": None},
    {"basic": make.basic_constraints(critical=False)},
    {"basic": make.basic_constraints(path_length=0)},
    {"basic": make.basic_constraints(path_length=1)},
]
USAGE: list[Changes] = [
    {},
    {"usage": None},
    {"usage": make.key_usage(make.DIGITAL_SIGNATURE)},
    {"usage": make.key_usage(make.KEY_CERT_SIGN, make.DIGITAL_SIGNATURE)},
]
EXTENDED: list[Changes] = [
    {},
    {},
    {"eku": None},
    {"eku": make.extended_key_usage(make.SERVER_AUTH)},
    {"eku": make.extended_key_usage(make.CLIENT_AUTH)},
    {"eku": make.extended_key_usage(make.CLIENT_AUTH, make.SERVER_AUTH)},
]
NAMED: list[Changes] = [
    *[{}] * 4,
    {"nc": make.name_constraints(make.subtrees(make.dns("example.com")))},
    {"nc": make.name_constraints(make.subtrees(make.dns("example.org")))},
]
OLD = {"version": b"", "extension_list": ()}


@dataclass
class Example:
    """A chain, and what of it and its anchors was changed."""

    presented: Presented
    made: str


def words(chooser: random.Random) -> Changes:
    """What a certificate says of itself."""
    return {key: value for kind in (BASIC, USAGE, EXTENDED, NAMED) for key, value in chooser.choice(kind).items()}


def example(chooser: random.Random) -> Example:
    told: list[str] = []

    def maybe(what: str) -> dict:
        """Options of a certificate, changed one time in two."""
        if chooser.random() < 0.5:
            return {}
        options = OLD if chooser.random() < 0.15 else {"changes": words(chooser)}
        told.append(f"{what} {options}")
        return options

    own = chooser.random() < 0.4
    if own:  # the server's own certificate, or one that it signed with its key
        said: list[Changes] = [{"aki": None, **words(chooser)} for _ in range(2)]
        told.append(f"own {said}")
        issuer, anew = (make.certificate("own", None, make.leaf_extensions(make.CA), changes=changes) for changes in said)
        cas, choices = [], [issuer, issuer, anew]
    else:
        above, cas, choices = make.authority("Root"), [], []
        choices += [make.authority("Root", **maybe("root")), make.authority("Root", **maybe("root anew"))]
        for level in range(chooser.randint(0, 2)):
            issuing, above = above, make.authority(f"Level {level}", above)
            cas.insert(0, above)
            choices.append(make.authority(f"Level {level}", issuing, **maybe(f"level {level}")))
        issuer = above
    leaf = issuer if own and chooser.random() < 0.5 else make.leaf(issuer, **maybe("leaf"))
    choices += [leaf, make.leaf(issuer)]
    anchors = tuple(chooser.sample(choices, chooser.choice((1, 1, 2))))
    told.append(f"anchors {[choices.index(anchor) for anchor in anchors]} of {len(choices)}, {'own' if leaf is issuer else 'issued'}")
    policy = {"host": chooser.choice(("host.example.com",) * 5 + ("other.example.com",)), "profile": 1}
    return Example(Presented((leaf, *cas), anchors, policy=policy), "; ".join(told))


def theirs(presented: Presented) -> str:
    """OpenSSL's verdict: "OK" if it accepts with any of the anchors, else what it says with the first."""
    chain = [certificate.der for certificate in presented.certificates if isinstance(certificate, make.Certificate)]
    anchors = [anchor.der for anchor in presented.anchors or () if isinstance(anchor, make.Certificate)]
    told = [partial_verdict(chain, anchor, presented.policy["host"], make.NOW) for anchor in anchors]
    return "OK" if "OK" in told else told[0]


def explained(cause: str, their: str, item: Example) -> bool:
    """Whether the table says why the verdicts differ; no cause where ours is to accept."""
    if not cause:
        return MORE_LENIENT in their
    return cause in STRICTER or (cause in STRICTER_WITHOUT_BASIC and "'basic': None" in item.made)


@pytest.mark.targets("unix")
def test_judges_anchors_as_openssl_does_but_for_the_differences_explained(target) -> None:
    chooser = random.Random(SEED)
    items = [example(chooser) for _ in range(CHAINS)]
    verdicts = judge(target, [item.presented for item in items], (4096,))
    other = [theirs(item.presented) for item in items]
    unexplained, counts = [], Counter()
    for item, ours, their in zip(items, verdicts, other, strict=True):
        accepted = ours.startswith("accept")
        cause = "" if accepted else NAMES[int(ours.split()[1])]
        counts[accepted, their == "OK"] += 1
        if accepted != (their == "OK") and not explained(cause, their, item):
            unexplained.append(f"{cause or ours} | {their} | {item.made}")
    assert not unexplained, "\n".join(unexplained)
    assert min(counts[True, True], counts[False, False]) > CHAINS // 6, counts
