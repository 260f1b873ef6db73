"""The same chains to the package and to `cryptography.x509.verification`: where their verdicts differ, this table says why.

Chains come from a generator with a fixed seed: one to four certificates, with none, one or two things changed that a path may be judged by,
or with octets changed at random. Both sides judge by the Web PKI's profile.
"""

import ipaddress
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, Presented, judge

SEED = 20260601
CHAINS = 3000
NAMES = {number: name for name, number in CAUSES.items()}

# Why this package refuses what cryptography accepts, by the cause.
STRICTER = {
    "KEY_ALGORITHM": "only RSA, P-256 and P-384 can be verified here; cryptography does not judge a leaf's key",
    "SERIAL_NUMBER": "not positive, or above 20 octets (RFC 5280 section 4.1.2.2): cryptography allows zero, and 21 octets",
    "UNIQUE_IDENTIFIER": "cryptography passes over them",
    "KEY_USAGE_EMPTY": "RFC 5280 section 4.2.1.3 wants a bit; cryptography does not look",
    "KEY_IDENTIFIER_CRITICAL": "RFC 5280 section 4.2.1.2; cryptography does not judge a leaf's subjectKeyIdentifier",
    "KEY_IDENTIFIER_MISMATCH": "baseline requirements 7.1.2.11.1; cryptography does not compare the identifiers",
    "SUBJECT_KEY_IDENTIFIER_MISSING": "baseline requirements 7.1.2.11.4; cryptography is permissive towards older CAs",
    "AUTHORITY_KEY_IDENTIFIER_MISSING": "baseline requirements 7.1.2.11.1; cryptography wants it in leaves alone",
    "AUTHORITY_KEY_IDENTIFIER_FORM": "baseline requirements 7.1.2.11.1; cryptography judges that of CAs alone",
    "DNS_NAME_SYNTAX": "malformed names beside the host's: cryptography passes over them, the Web PKI's profile here refuses them",
    "IP_ADDRESS_LENGTH": "malformed addresses beside the host's: cryptography passes over them",
    "CONSTRAINTS_MALFORMED": "a minimum in a subtree (RFC 5280 section 4.2.1.10): cryptography passes over it",
}

# Why this package accepts what cryptography refuses, by the change that was made: a part of cryptography's reason, and ours.
_USAGE = "invalid extension: 2.5.29.37: Certificate extension has incorrect criticality"
_DOTTED = "malformed DNS name constraint: ."
_SUBJECT = "unsupported directoryName constraint"
MORE_LENIENT = {
    "host: host.example.com.": (
        "invalid domain name",
        "a dot at the end of the host is taken off, as for server_name; cryptography wants it done before",
    ),
    "leaf: critical usage for servers": (
        _USAGE,
        "RFC 5280 section 4.2.1.12 allows it; cryptography follows the baseline requirements' table",
    ),
    "ca: critical usage for servers": (
        _USAGE,
        "RFC 5280 section 4.2.1.12 allows it; cryptography follows the baseline requirements' table",
    ),
    "ca: permits dotted names": (
        _DOTTED,
        "a leading dot means the names below, as Go and OpenSSL have it; cryptography refuses the constraint",
    ),
    "root: permits dotted names": (
        _DOTTED,
        "a leading dot means the names below, as Go and OpenSSL have it; cryptography refuses the constraint",
    ),
    "ca: permits a subject": (_SUBJECT, "directoryName constraints are compared here; cryptography does not support them"),
    "root: no key usage": (
        "2.5.29.15: Certificate is missing required extension",
        "an anchor that does not say what its key is for may sign (RFC 5280 section 6.1.4 (n)); cryptography's profile wants it said",
    ),
    "root: permits a subject": (_SUBJECT, "directoryName constraints are compared here; cryptography does not support them"),
}
# Of an anchor's certificate its subject, key and what bounds it count; cryptography judges the whole of it. Where the root was changed,
# it is asked again with one that has these and is else as it should be.
BOUNDS = ("basic", "usage", "eku", "nc")


@dataclass
class Plan:
    """A chain to be made: options for `make.certificate` by level (0 the leaf, then CAs upwards, "root"), and what was changed."""

    random: random.Random
    depth: int
    host: str = "host.example.com"
    now: int = make.NOW
    names: bytes = make.dns("host.example.com", "other.example.com")
    changed: list[str] = field(default_factory=list)
    options: dict = field(default_factory=dict)
    reorder: bool = False
    drop: int | None = None
    extra: list = field(default_factory=list)

    def change(self, level, **changes) -> None:
        """Replace extensions of a level."""
        self.options.setdefault(level, {}).setdefault("changes", {}).update(changes)

    def set(self, level, **options) -> None:
        """Give options of a level."""
        self.options.setdefault(level, {}).update(options)

    @property
    def ca(self):
        """Some CA of the chain; the root where there is no other."""
        return self.random.randint(1, self.depth) if self.depth else "root"


Change = Callable[[Plan], None]
CHANGES: dict[str, Change] = {}


def _change(level: str, name: str, apply: Callable[[Plan, int | str], None]) -> None:
    """A change of one level: leaf, ca (any; the root where there is none) or root."""

    def changed(plan: Plan) -> None:
        at = {"leaf": 0, "ca": plan.ca, "root": "root"}[level]
        plan.changed.append(f"{'root' if at == 'root' else level}: {name}")
        apply(plan, at)

    CHANGES[f"{level}: {name}"] = changed


def _simple(level: str, name: str, **changes: bytes | None) -> None:
    """A change of extensions."""
    _change(level, name, lambda plan, at: plan.change(at, **changes))


def _options(level: str, name: str, **options) -> None:
    """A change of other parts."""
    _change(level, name, lambda plan, at: plan.set(at, **options))


def _other(name: str, apply: Callable[[Plan], object]) -> None:
    """A change of anything else."""

    def changed(plan: Plan) -> None:
        plan.changed.append(name)
        apply(plan)

    CHANGES[name] = changed


def _fill_table() -> None:
    critical_names = make.alternative_names(make.dns("host.example.com"), True)
    for level in ("leaf", "ca", "root"):
        _simple(level, "unknown extension", x=make.extension("1.2.3.4", b"x"))
        _simple(level, "unknown critical extension", x=make.extension("1.2.3.4", b"x", True))
        _simple(level, "extension twice", x=make.extension("1.2.3", b"x"), y=make.extension("1.2.3", b"x"))
        _simple(level, "no authority key identifier", aki=None)
        _simple(level, "no subject key identifier", ski=None)
        _simple(level, "other authority key identifier", aki=make.authority_key_identifier(b"other"))
        _simple(level, "critical authority key identifier", aki=make.authority_key_identifier(b"other", True))
        _simple(
            level,
            "authority key identifier by serial number",
            aki=make.extension("35", make.seq(make.tlv(0xA1, make.tlv(0xA4, make.name("x"))), make.tlv(0x82, b"\1"))),
        )
        _simple(level, "critical subject key identifier", ski=make.subject_key_identifier(b"other", True))
        _simple(level, "no key usage", usage=None)
        _simple(level, "empty key usage", usage=make.key_usage())
        _simple(level, "no basic constraints", basic=None)
        _simple(level, "basic constraints not critical", basic=make.basic_constraints(level != "leaf", critical=False))
        _simple(level, "basic constraints the other way", basic=make.basic_constraints(level == "leaf"))
        _simple(level, "cA written out", basic=make.extension("19", make.seq(make.FALSE), True))
        _simple(level, "usage for clients", eku=make.extended_key_usage(make.CLIENT_AUTH))
        _simple(level, "usage for servers and clients", eku=make.extended_key_usage(make.SERVER_AUTH, make.CLIENT_AUTH))
        _simple(level, "any usage", eku=make.extended_key_usage(make.ANY_USAGE))
        _simple(level, "critical usage for servers", eku=make.extended_key_usage(make.SERVER_AUTH, critical=True))
        _simple(level, "empty extended key usage", eku=make.extension("37", make.seq()))
        _simple(level, "policies", policies=make.extension("32", make.seq(make.seq(make.oid("2.23.140.1.2.1")))))
        _simple(level, "critical policies", policies=make.extension("32", make.seq(make.seq(make.oid("2.23.140.1.2.1"))), True))
        _simple(level, "critical policy constraints", policy=make.extension("36", make.seq(make.tlv(0x80, b"\0")), True))
        for text, good in {
            "matching": "example.com",
            "whole": "host.example.com",
            "alien": "example.org",
            "dotted": ".example.com",
        }.items():
            constraint = make.subtrees(make.dns(good), make.dns("other.example.com"))
            _simple(level, f"permits {text} names", nc=make.name_constraints(constraint))
            _simple(level, f"excludes {text} names", nc=make.name_constraints(excluded=make.subtrees(make.dns(good))))
        _simple(level, "name constraints not critical", nc=make.name_constraints(make.subtrees(make.dns("example.com")), critical=False))
        _simple(level, "permits addresses", nc=make.name_constraints(make.subtrees(make.tlv(0x87, bytes(8)))))
        _simple(
            level,
            "permits a subject",
            nc=make.name_constraints(make.subtrees(make.tlv(0xA4, make.seq(make.rdn(make.attribute("6", "DE", 0x13)))))),
        )
        _simple(
            level,
            "malformed name constraints",
            nc=make.extension("30", make.seq(make.tlv(0xA0, make.seq(make.dns("example.com"), make.tlv(0x80, b"\1")))), True),
        )
        _options(level, "serial number 0", serial=make.integer(0))
        _options(level, "negative serial number", serial=make.tlv(2, b"\x80"))
        _options(level, "serial number of 21 octets", serial=make.integer(2**160))
        _options(level, "serial number of 20 octets", serial=make.integer(2**159 - 1))
        _options(level, "serial number with a zero before it", serial=make.tlv(2, b"\0\1"))
        _options(level, "version 1", version=b"")
        _options(level, "version 1 written out", version=make.tlv(0xA0, make.integer(0)))
        _options(level, "version 2", version=make.tlv(0xA0, make.integer(1)))
        _options(level, "unique identifier", before_extensions=make.tlv(0x82, b"\0\1"))
        _options(level, "expired", validity=make.seq(make.tlv(0x17, b"240101000000Z"), make.tlv(0x17, b"250101000000Z")))
        _options(level, "not yet valid", validity=make.seq(make.tlv(0x17, b"270101000000Z"), make.tlv(0x17, b"280101000000Z")))
        _options(level, "valid for ever", validity=make.seq(make.NOT_BEFORE, make.tlv(0x18, b"99991231235959Z")))
        _options(level, "GeneralizedTime before 2050", validity=make.seq(make.NOT_BEFORE, make.tlv(0x18, b"20301231235959Z")))
        _options(level, "no such day", validity=make.seq(make.NOT_BEFORE, make.tlv(0x17, b"270230000000Z")))
        _options(level, "no seconds", validity=make.seq(make.NOT_BEFORE, make.tlv(0x17, b"2702300000Z")))
        _options(level, "SHA-384", hash_name="sha384")
        _options(level, "SHA-512", hash_name="sha512")
        _options(level, "SHA-1", hash_name="sha1")
        _options(level, "algorithms differ", outer_algorithm=make.ECDSA["sha512"])
        _options(level, "bad signature", signature=make.ec_key("nobody").sign(b"something else"))
        _options(level, "no extensions", extension_list=())
        _options(level, "something after the extensions", after_extensions=make.NULL)
        _options(level, "something after the signature", tail=make.NULL)
        _options(level, "RSA key", key=make.rsa_key(f"differential {level}"))
        _options(level, "P-384 key", key=make.ec_key(f"p384 {level}", "p384"))
        _options(level, "P-521 key", key=make.ec_key(f"p521 {level}", "p521"))
        _options(level, "Ed25519 key", key=make.ed25519_key(level))
        _options(level, "other issuer", issuer_name=make.name("Nobody"))
        _options(level, "empty issuer", issuer_name=make.seq())
    for length in range(3):
        for level in ("ca", "root"):
            _simple(level, f"path length {length}", basic=make.basic_constraints(path_length=length))
    _simple("ca", "may not sign certificates", usage=make.key_usage(make.CRL_SIGN))
    _simple("root", "may not sign certificates", usage=make.key_usage(make.CRL_SIGN))
    _simple("leaf", "may sign certificates", usage=make.key_usage(make.KEY_CERT_SIGN))
    _simple("leaf", "no names", san=None)
    _simple("leaf", "empty names", san=make.extension("17", make.seq()))
    _simple("leaf", "critical names", san=critical_names)
    for text, names in {
        "wildcard": make.dns("*.example.com"),
        "wildcard above": make.dns("*.com"),
        "wildcard below": make.dns("*.host.example.com"),
        "partial wildcard": make.dns("h*.example.com"),
        "wildcard in the middle": make.dns("host.*.com"),
        "other case": make.dns("HOST.Example.com"),
        "underscore": make.dns("host.example.com", "a_b.example.com"),
        "NUL": make.dns("host.example.com\0.evil.org"),
        "dot at the end": make.dns("host.example.com."),
        "empty label": make.dns("host.example.com", "a..example.com"),
        "not ASCII": make.dns("host.example.com", b"\xe9.example.com"),
        "address": make.ip("192.0.2.1"),
        "address as a name": make.dns("192.0.2.1"),
        "address of 5 octets": make.dns("host.example.com") + make.tlv(0x87, bytes(5)),
        "mailbox": make.dns("host.example.com") + make.email("a@example.com"),
        "URI": make.dns("host.example.com") + make.uri("https://example.com"),
        "directory name": make.dns("host.example.com") + make.directory(make.name("x")),
        "unknown form": make.dns("host.example.com") + make.tlv(0x89, b"x"),
    }.items():
        _other(f"leaf: names: {text}", lambda plan, names=names: setattr(plan, "names", names))
    for host in (
        "other.example.com",
        "HOST.example.COM",
        "x.host.example.com",
        "example.com",
        "192.0.2.1",
        "192.0.2.2",
        "host.example.com.",
    ):
        _other(f"host: {host}", lambda plan, host=host: setattr(plan, "host", host))
    _other("leaf: empty subject", lambda plan: plan.set(0, label=make.seq()))
    _other("leaf: empty subject, critical names", lambda plan: (plan.set(0, label=make.seq()), plan.change(0, san=critical_names)))
    _other("chain: reordered", lambda plan: setattr(plan, "reorder", True))
    _other("chain: a CA is missing", lambda plan: setattr(plan, "drop", plan.ca if plan.depth else None))
    _other("chain: the root is sent, too", lambda plan: plan.extra.append("root"))
    _other("chain: an alien certificate is sent, too", lambda plan: plan.extra.append("alien"))
    _other("chain: a CA is sent twice", lambda plan: plan.extra.append("twice"))
    _other("anchors: an alien root", lambda plan: plan.extra.append("other anchor"))
    _other("clock: before", lambda plan: setattr(plan, "now", make.NOW - 400 * 86400))
    _other("clock: after", lambda plan: setattr(plan, "now", make.NOW + 400 * 86400))


_fill_table()
ALIEN = make.authority("Alien")


@dataclass
class Example:
    """A chain, and what cryptography needs to judge it."""

    presented: Presented
    plain: Presented  # the same with a root that is as it should be
    changed: list[str]


def example(chooser: random.Random) -> Example:
    """Make a chain with up to two changes."""
    plan = Plan(chooser, chooser.choice((0, 1, 1, 1, 2, 3)))
    for name in chooser.sample(sorted(CHANGES), chooser.choice((0, 1, 1, 1, 1, 2, 2))):
        CHANGES[name](plan)
    root = make.authority("Root", **plan.options.get("root", {}))
    above, cas = root, []
    for level in range(plan.depth, 0, -1):
        above = make.authority(f"CA {level}", above, **plan.options.get(level, {}))
        cas.insert(0, above)
    leaf = make.leaf(above, plan.names, **plan.options.get(0, {}))
    sent = [*cas]
    if plan.drop is not None:
        del sent[plan.drop - 1]
    sent += {"root": [root], "alien": [ALIEN], "twice": cas[:1]}.get(plan.extra[0], []) if plan.extra else []
    if plan.reorder:
        chooser.shuffle(sent)
    anchors = (ALIEN,) if "other anchor" in plan.extra else (root,)
    plain = make.authority("Root", key=root.key, changes=bounds_of(plan))
    if chooser.random() < 0.15:
        plan.changed.append("octets changed")
        leaf, sent = _spoiled(chooser, leaf, sent)
    policy = {"host": plan.host, "now": plan.now}

    def under(anchor: make.Certificate) -> Presented:
        others = [anchor if c is root else c for c in sent]
        return Presented((leaf, *others), tuple(anchor if c is root else c for c in anchors), policy=policy)

    return Example(under(root), under(plain), plan.changed)


def bounds_of(plan: Plan) -> dict[str, bytes | None]:
    """The root's extensions that count, but for their being critical or not."""
    changes = {name: value for name, value in plan.options.get("root", {}).get("changes", {}).items() if name in BOUNDS}
    if "root: basic constraints not critical" in plan.changed:
        del changes["basic"]
    if "root: critical usage for servers" in plan.changed:
        del changes["eku"]
    return changes


def _spoiled(chooser: random.Random, leaf, sent: list) -> tuple:
    """One octet of one certificate changed; what is signed stays known by its own octets."""
    everything = [leaf, *sent]
    at = chooser.randrange(len(everything))
    victim = everything[at]
    der = bytearray(victim.der)
    der[chooser.randrange(len(der))] ^= 1 << chooser.randrange(8)
    everything[at] = bytes(der)
    return everything[0], everything[1:]


def theirs(presented: Presented) -> str:
    """cryptography's verdict: "accept", or the reason."""
    host = presented.policy["host"]
    try:
        name = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    time = datetime.fromtimestamp(presented.policy["now"], UTC).replace(tzinfo=None)
    ders = [c if isinstance(c, bytes) else c.der for c in presented.certificates]
    try:
        store = Store([x509.load_der_x509_certificate(c.der) for c in presented.anchors or () if not isinstance(c, bytes)])
        others = []
        for der in ders[1:]:
            try:
                others.append(x509.load_der_x509_certificate(der))
            except ValueError:
                continue
        verifier = PolicyBuilder().store(store).time(time).max_chain_depth(11).build_server_verifier(name)
        verifier.verify(x509.load_der_x509_certificate(ders[0]), others)
    except (ValueError, VerificationError) as reason:
        return str(reason).replace("\n", " ")
    except Exception as reason:  # an unsupported algorithm, a key that can not be loaded
        return f"{type(reason).__name__} {reason}"
    return "accept"


def explained(item: Example, ours: str, their: str) -> bool:
    """Whether the tables say why the verdicts differ."""
    if their == "accept":
        return NAMES[int(ours.split()[1])] in STRICTER
    if any(name.startswith("root: ") for name in item.changed):
        their = theirs(item.plain)
    reasons = [MORE_LENIENT[name][0] for name in item.changed if name in MORE_LENIENT]
    return their == "accept" or any(reason in their for reason in reasons)


@pytest.mark.targets("unix")
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_judges_as_cryptography_does_but_for_the_differences_explained(target):
    chooser = random.Random(SEED)
    items = [example(chooser) for _ in range(CHAINS)]
    verdicts = judge(target, [item.presented for item in items], (100,))
    unexplained = []
    counts = Counter()
    for item, ours in zip(items, verdicts, strict=True):
        their = theirs(item.presented)
        agreed = ours.startswith("accept") == (their == "accept")
        counts["agreed" if agreed else "explained", their == "accept"] += 1
        if not agreed and not explained(item, ours, their):
            text = ours if ours.startswith("accept") else NAMES[int(ours.split()[1])]
            unexplained.append(f"{text} | {their} | {item.changed}")
    assert not unexplained, "\n".join(unexplained)
    assert counts["agreed", True] > CHAINS // 10, counts
    assert counts["agreed", False] > CHAINS // 3, counts
