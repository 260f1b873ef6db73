"""Rules for leaf and CAs, path building, time, pins: RFC 5280 section 6, the baseline requirements' profiles, PROTOCOL of the clock."""

from datetime import UTC, datetime

from host_tests.x509.cases import Presented, Rules, chain, pin
from host_tests.x509.maker import (
    ANY_USAGE,
    CA,
    CLIENT_AUTH,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    ED25519,
    KEY_CERT_SIGN,
    OCSP_SIGNING,
    ROOT,
    SERVER_AUTH,
    Certificate,
    attribute,
    authority,
    authority_key_identifier,
    basic_constraints,
    certificate,
    dns,
    ec_key,
    extended_key_usage,
    extension,
    integer,
    key_usage,
    leaf,
    leaf_extensions,
    name,
    name_constraints,
    octets,
    oid,
    pss_algorithm,
    rdn,
    seq,
    subject_key_identifier,
    subtrees,
    tlv,
)

RULES = Rules()
PRIVATE = {"profile": 1}  # RFC 5280 alone


def leaf_with(**changes) -> Presented:
    return chain(leaf(CA, changes=changes), CA)


def ca_with(issuer: Certificate = ROOT, path_length: int | None = None, **changes) -> Presented:
    ca = authority("changed CA", issuer, path_length, changes=changes)
    return chain(leaf(ca), ca)


def private(rule: str, presented: Presented, cause: str) -> None:
    """What the Web PKI refuses and RFC 5280 alone does not."""
    RULES.add(rule, presented.with_(**PRIVATE), presented, cause)


# The leaf

private("a CA is no server in the Web PKI", leaf_with(basic=basic_constraints()), "LEAF_IS_CA")
RULES.add(
    "a leaf that is no CA may not sign certificates",
    leaf_with(usage=key_usage(DIGITAL_SIGNATURE, CRL_SIGN)),
    leaf_with(usage=key_usage(DIGITAL_SIGNATURE, KEY_CERT_SIGN)),
    "LEAF_KEY_USAGE",
)
RULES.add(
    "a leaf may have no basicConstraints", leaf_with(basic=None), leaf_with(basic=None, usage=key_usage(KEY_CERT_SIGN)), "LEAF_KEY_USAGE"
)
RULES.add(
    "a leaf may have no keyUsage",
    leaf_with(usage=None),
    leaf_with(usage=None, eku=extended_key_usage(CLIENT_AUTH)),
    "LEAF_EXTENDED_KEY_USAGE",
)
RULES.add(
    "a leaf is for servers",
    leaf_with(eku=extended_key_usage(CLIENT_AUTH, SERVER_AUTH)),
    leaf_with(eku=extended_key_usage(CLIENT_AUTH, OCSP_SIGNING)),
    "LEAF_EXTENDED_KEY_USAGE",
)
RULES.add(
    "a leaf is for servers under RFC 5280 alone, too",
    leaf_with(eku=extended_key_usage(SERVER_AUTH)).with_(**PRIVATE),
    leaf_with(eku=extended_key_usage(CLIENT_AUTH)).with_(**PRIVATE),
    "LEAF_EXTENDED_KEY_USAGE",
)
RULES.add(
    "a usage that ends as the servers' does is not theirs",
    leaf_with(eku=extended_key_usage("1.2.3.1", SERVER_AUTH)),
    leaf_with(eku=extended_key_usage("1.2.3.1")),
    "LEAF_EXTENDED_KEY_USAGE",
)
private("any usage is not enough for a leaf of the Web PKI", leaf_with(eku=extended_key_usage(ANY_USAGE)), "LEAF_EXTENDED_KEY_USAGE")
private("a leaf of the Web PKI says what it is for", leaf_with(eku=None), "LEAF_EXTENDED_KEY_USAGE_MISSING")
RULES.add(
    "critical extended key usage is read",
    leaf_with(eku=extended_key_usage(SERVER_AUTH, critical=True)),
    leaf_with(eku=extended_key_usage(CLIENT_AUTH, critical=True)),
    "LEAF_EXTENDED_KEY_USAGE",
)
private("a leaf of the Web PKI has an authority key identifier", leaf_with(aki=None), "AUTHORITY_KEY_IDENTIFIER_MISSING")
BY_SERIAL = extension("35", seq(tlv(0xA1, tlv(0xA4, ROOT.subject)), tlv(0x82, b"\1")))
private("an authority key identifier is a key's in the Web PKI", leaf_with(aki=BY_SERIAL), "AUTHORITY_KEY_IDENTIFIER_FORM")
BOTH = extension("35", seq(tlv(0x80, CA.key.identifier), tlv(0xA1, tlv(0xA4, ROOT.subject)), tlv(0x82, b"\1")))
private("an authority key identifier is nothing else's in the Web PKI", leaf_with(aki=BOTH), "AUTHORITY_KEY_IDENTIFIER_FORM")
private("an authority key identifier has contents in the Web PKI", leaf_with(aki=extension("35", seq())), "AUTHORITY_KEY_IDENTIFIER_FORM")
RULES.add("name constraints are a CA's", leaf_with(), leaf_with(nc=name_constraints(subtrees(dns("example.com")))), "CONSTRAINTS_ON_LEAF")

# CAs

RULES.add("a CA has basicConstraints", ca_with(), ca_with(basic=None), "BASIC_CONSTRAINTS_MISSING")
RULES.add(
    "a CA has basicConstraints under RFC 5280 alone, too",
    ca_with().with_(**PRIVATE),
    ca_with(basic=None).with_(**PRIVATE),
    "BASIC_CONSTRAINTS_MISSING",
)
RULES.add("a CA is one", ca_with(), ca_with(basic=basic_constraints(False)), "NOT_A_CA")
RULES.add(
    "a CA's basicConstraints are critical", ca_with(), ca_with(basic=basic_constraints(critical=False)), "BASIC_CONSTRAINTS_NOT_CRITICAL"
)
RULES.add("a CA has version 3", ca_with(), chain(leaf(V1 := authority("v1", ROOT, version=b"", extension_list=())), V1), "VERSION_NOT_3")
RULES.add("a CA may sign certificates", ca_with(), ca_with(usage=key_usage(DIGITAL_SIGNATURE, CRL_SIGN)), "CA_KEY_USAGE")
RULES.add(
    "a CA may sign certificates under RFC 5280 alone, too",
    ca_with(usage=None).with_(**PRIVATE),
    ca_with(usage=key_usage(CRL_SIGN)).with_(**PRIVATE),
    "CA_KEY_USAGE",
)
private("a CA of the Web PKI has a key usage", ca_with(usage=None), "CA_KEY_USAGE_MISSING")
RULES.add(
    "a CA is for servers if it says what it is for",
    ca_with(eku=extended_key_usage(CLIENT_AUTH, SERVER_AUTH)),
    ca_with(eku=extended_key_usage(CLIENT_AUTH)),
    "CA_EXTENDED_KEY_USAGE",
)
RULES.add(
    "a CA for devices is not one for servers under RFC 5280 alone, either",
    ca_with().with_(**PRIVATE),
    ca_with(eku=extended_key_usage(CLIENT_AUTH)).with_(**PRIVATE),
    "CA_EXTENDED_KEY_USAGE",
)
RULES.add(
    "any usage is enough for a CA",
    ca_with(eku=extended_key_usage(ANY_USAGE)),
    ca_with(eku=extended_key_usage(OCSP_SIGNING)),
    "CA_EXTENDED_KEY_USAGE",
)
private("a CA of the Web PKI has a subject key identifier", ca_with(ski=None), "SUBJECT_KEY_IDENTIFIER_MISSING")
private("a CA of the Web PKI has an authority key identifier", ca_with(aki=None), "AUTHORITY_KEY_IDENTIFIER_MISSING")
private("a CA's authority key identifier is a key's in the Web PKI", ca_with(aki=BY_SERIAL), "AUTHORITY_KEY_IDENTIFIER_FORM")
private(
    "an authority key identifier is the issuer's in the Web PKI",
    leaf_with(aki=authority_key_identifier(b"another")),
    "KEY_IDENTIFIER_MISMATCH",
)
INNER = authority("Inner", CA)
OTHER_ID = authority("Inner", CA, changes={"aki": authority_key_identifier(b"another")})
private("a CA's authority key identifier is its issuer's in the Web PKI", chain(leaf(INNER), OTHER_ID, CA), "KEY_IDENTIFIER_MISMATCH")
RULES.add(
    "a leaf does not issue certificates",
    chain(leaf(CA), CA),
    chain(certificate("below", FALSE_CA := leaf(CA, label="leaf"), leaf_extensions(FALSE_CA)), FALSE_CA, CA),
    "NOT_A_CA",
)

# Path lengths


def deep(lengths: tuple[int | None, ...], self_issued: tuple[int, ...] = (), count_leaf: bool = False) -> Presented:
    """CAs below the root with these path lengths; those whose number is in `self_issued` bear the name of the one above."""
    above, label = ROOT, "Root"
    cas = []
    for i, length in enumerate(lengths):
        label = label if i in self_issued else f"level {i}"
        above = authority(label, above, length, key=ec_key(f"level key {i} {lengths} {self_issued}"))
        cas.append(above)
    return chain(leaf(above, label=label if count_leaf else "host"), *reversed(cas))


RULES.add("a path length of 0 allows a leaf alone", deep((None, 0)), deep((0, None)), "PATH_LENGTH")
RULES.add("a path length of 1 allows one CA", deep((1, None)), deep((1, None, None)), "PATH_LENGTH")
RULES.add("a path length does not count self-issued CAs", deep((None, 0, None), (2,)), deep((None, 0, None)), "PATH_LENGTH")
RULES.add(
    "a path length counts CAs below self-issued ones", deep((None, 1, None, None), (2,)), deep((None, 0, None, None), (2,)), "PATH_LENGTH"
)
RULES.add("a path length does not count the leaf", deep((0,)), deep((0, 5)), "PATH_LENGTH")
RULES.add("every CA's path length counts", deep((3, 2, 1, 0)), deep((3, 2, 0, 1)), "PATH_LENGTH")
RULES.add("a path length can not be widened below", deep((2, None, None)), deep((0, 5)).with_(**PRIVATE), "PATH_LENGTH")

# Signatures and chaining


def resigned(by: Certificate, issuer: Certificate):
    """A leaf that names `issuer` and is signed by another."""
    return leaf(by, issuer_name=issuer.subject, changes={"aki": authority_key_identifier(issuer.key.identifier)})


STRANGER = authority("Stranger", None)
RULES.add("a leaf is signed by its issuer", chain(leaf(CA), CA), chain(resigned(STRANGER, CA), CA), "SIGNATURE")
FAKE_CA = authority("CA", STRANGER, issuer_name=ROOT.subject, changes={"aki": authority_key_identifier(ROOT.key.identifier)})
RULES.add("a CA is signed by its issuer", chain(leaf(CA), CA), chain(leaf(FAKE_CA), FAKE_CA), "SIGNATURE")
RULES.add("a leaf's issuer is there", chain(leaf(CA), CA), chain(leaf(CA)), "UNKNOWN_ISSUER")
RULES.add("a path reaches an anchor", chain(leaf(CA), CA), chain(leaf(CA), CA, anchors=(STRANGER,)), "UNKNOWN_ISSUER")
RULES.add(
    "an anchor that was sent is not trusted for it",
    chain(leaf(CA), CA, ROOT),
    chain(leaf(CA), CA, ROOT, anchors=(STRANGER,)),
    "SELF_SIGNED",
)
SELF = certificate("self", None, leaf_extensions(CA), changes={"aki": None})
RULES.add("a self-signed leaf is not trusted for it", chain(leaf(CA), CA), chain(SELF), "SELF_SIGNED")
RULES.add("a self-signed leaf that is an anchor is trusted", chain(SELF, anchors=(SELF,)), chain(SELF, anchors=(ROOT,)), "SELF_SIGNED")
RULES.add("the first certificate is the leaf", chain(leaf(CA), CA), chain(CA, leaf(CA)), "NO_NAMES")
TWIN = authority("Root", key=ec_key("twin"))
RULES.add("anchors of one name are all tried", chain(leaf(CA), CA, anchors=(TWIN, ROOT)), chain(leaf(CA), CA, anchors=(TWIN,)), "SIGNATURE")
RULES.add(
    "names are compared by their octets",
    chain(leaf(CA), CA),
    chain(leaf(CA, issuer_name=name("CA").replace(b"\x0c\x02CA", b"\x13\x02CA")), CA),
    "UNKNOWN_ISSUER",
)
RULES.add("there is something to trust", chain(leaf(CA), CA), chain(leaf(CA), CA, anchors=None), "NO_TRUST")

# Order, extra certificates, depth


EIGHT = deep((None,) * 8)
RULES.add("CAs may come in any order", chain(leaf(INNER), CA, INNER), chain(leaf(INNER), CA), "UNKNOWN_ISSUER")
RULES.add("eight CAs may stand above a leaf", EIGHT, chain(*EIGHT.certificates[:8]), "UNKNOWN_ISSUER")
RULES.add(
    "eight CAs may come in reverse",
    chain(EIGHT.certificates[0], *reversed(EIGHT.certificates[1:])),
    chain(EIGHT.certificates[0], *reversed(EIGHT.certificates[2:])),
    "UNKNOWN_ISSUER",
)
RULES.add("certificates may come twice", chain(L := leaf(INNER), CA, L, INNER, CA, INNER), chain(L, CA, CA, L), "UNKNOWN_ISSUER")
ZERO = authority("Zero", None, serial=integer(0))
GARBAGE = b"\x30\x03\x02\x01\x01"
RULES.add("useless certificates do no harm", chain(leaf(CA), STRANGER, GARBAGE, ZERO, CA), chain(GARBAGE, leaf(CA), CA), "TAG")
LAPSED = seq(tlv(0x17, b"200101000000Z"), tlv(0x17, b"210101000000Z"))
OLD = authority("CA", ROOT, validity=LAPSED)
RULES.add("an expired twin of a CA does no harm", chain(leaf(CA), OLD, CA), chain(leaf(CA), OLD), "EXPIRED")
SPOILED = CA.der[:-1] + bytes((CA.der[-1] ^ 1,))
RULES.add(
    "a CA's certificate with another signature does not stand for it", chain(leaf(CA), SPOILED, CA), chain(leaf(CA), SPOILED), "SIGNATURE"
)
OTHER_ROOT = authority("Other root")
CROSS = authority("CA", OTHER_ROOT, key=CA.key)
RULES.add("a cross-signed CA leads to either root", chain(leaf(CA), CROSS, anchors=(OTHER_ROOT,)), chain(leaf(CA), CROSS), "UNKNOWN_ISSUER")
RULES.add(
    "of cross-signed CAs the one that leads to an anchor is used",
    chain(leaf(CA), CROSS, CA),
    chain(leaf(CA), CROSS, CA, anchors=(STRANGER,)),
    "UNKNOWN_ISSUER",
)
NEW_ROOT = authority("New root", OTHER_ROOT, key=ec_key("new root", "p384"))
POLICIES = {"policies": extension("32", seq(*[seq(oid(f"2.23.140.1.2.{i}")) for i in range(1, 9)]))}
ISSUING = authority(
    "Issuing",
    NEW_ROOT,
    0,
    key=ec_key("issuing", "p384"),
    hash_name="sha384",
    changes={"eku": extended_key_usage(CLIENT_AUTH, SERVER_AUTH), **POLICIES},
)
EVERYDAY = leaf(
    ISSUING,
    dns(*(f"a{i}.cdn-{i}.example.net" for i in range(150)), "*.example.com"),
    hash_name="sha384",
    changes={"times": extension("1.3.6.1.4.1.11129.2.4.2", octets(bytes(1500))), "ski": subject_key_identifier(b"leaf"), **POLICIES},
)
RULES.add(
    "a leaf of many names and a new root signed by an old one are usual",
    chain(EVERYDAY, ISSUING, NEW_ROOT, anchors=(OTHER_ROOT,)),
    chain(EVERYDAY, ISSUING, NEW_ROOT),
    "UNKNOWN_ISSUER",
)
SHORT = authority("CA", ROOT, 0, key=CA.key)
RULES.add(
    "of two CAs of one key the one that allows the path is used",
    chain(leaf(INNER), INNER, SHORT, CA),
    chain(leaf(INNER), INNER, SHORT),
    "PATH_LENGTH",
)
LOOP_A = authority("Loop A", authority("Loop B"))
LOOP_B = authority("Loop B", authority("Loop A"))
LOOP_ROOT = authority("Loop A", ROOT)
RULES.add(
    "CAs that sign each other do no harm",
    chain(leaf(LOOP_A), LOOP_A, LOOP_B, LOOP_ROOT),
    chain(leaf(LOOP_A), LOOP_A, LOOP_B),
    "UNKNOWN_ISSUER",
)
NEW_KEY = authority("Rolled", None, key=ec_key("rolled new"))
OLD_KEY = authority("Rolled", None, key=ec_key("rolled old"))
ROLLOVER = authority("Rolled", OLD_KEY, key=NEW_KEY.key)
RULES.add(
    "a root's new key may be signed with its old one",
    chain(leaf(NEW_KEY), ROLLOVER, anchors=(OLD_KEY,)),
    chain(leaf(NEW_KEY), anchors=(OLD_KEY,)),
    "SIGNATURE",
)

RULES.add(
    "a self-issued CA needs no authority key identifier",
    chain(leaf(NEW_KEY), authority("Rolled", OLD_KEY, key=NEW_KEY.key, changes={"aki": None}), anchors=(OLD_KEY,)),
    chain(leaf(INNER), authority("Inner", CA, changes={"aki": None}), CA),
    "AUTHORITY_KEY_IDENTIFIER_MISSING",
)
MIDDLE_KEY = authority("Rolled", None, key=ec_key("rolled between"))
BETWEEN = authority("Rolled", OLD_KEY, key=MIDDLE_KEY.key)
NO_IDENTIFIER = authority("Rolled", MIDDLE_KEY, key=NEW_KEY.key, changes={"aki": None})
RULES.add(
    "a self-issued CA without an identifier may stand below another",
    chain(leaf(NEW_KEY), NO_IDENTIFIER, BETWEEN, anchors=(OLD_KEY,)),
    chain(leaf(NEW_KEY), NO_IDENTIFIER, anchors=(OLD_KEY,)),
    "SIGNATURE",
)
TWO_NAMES = authority("Two names A", authority("Two names B", ROOT, key=ec_key("two names")), key=ec_key("two names"))
RULES.add(
    "a key may have two names",
    chain(leaf(TWO_NAMES), TWO_NAMES, authority("Two names B", ROOT, key=ec_key("two names"))),
    chain(leaf(TWO_NAMES), TWO_NAMES),
    "UNKNOWN_ISSUER",
)
NOWHERE = [authority(f"Nowhere {i}", STRANGER) for i in range(3)]
SIDEWAYS = [authority("CA", above, key=CA.key) for above in NOWHERE]
AHEAD = authority("Ahead", ROOT, 1)
BELOW = authority("CA", AHEAD, key=CA.key)
RULES.add(
    "what was tried in vain is not in the path",
    chain(leaf(CA), *SIDEWAYS, BELOW, AHEAD, *NOWHERE),
    chain(leaf(CA), *SIDEWAYS, BELOW, authority("Ahead", ROOT, 0), *NOWHERE),
    "PATH_LENGTH",
)
RULES.add(
    "an expired CA that is not wanted is not the reason",
    chain(leaf(CA), authority("Other", ROOT, validity=LAPSED), CA),
    chain(leaf(CA), authority("Other", ROOT, validity=LAPSED)),
    "UNKNOWN_ISSUER",
)
OLD_ROOT = authority("Old root", hash_name="sha1", validity=LAPSED)
RULES.add(
    "what is wrong with a root that was sent is not the reason, but that it is no anchor",
    chain(leaf(OLD_ROOT), OLD_ROOT, anchors=(OLD_ROOT,)),
    chain(leaf(OLD_ROOT), OLD_ROOT),
    "SELF_SIGNED",
)
NO_USAGE = authority("Old root", changes={"usage": None, "ski": None, "aki": None})
RULES.add(
    "what the Web PKI's roots have and one that was sent has not is not the reason, but that it is no anchor",
    chain(leaf(NO_USAGE), NO_USAGE, anchors=(NO_USAGE,)),
    chain(leaf(NO_USAGE), NO_USAGE),
    "SELF_SIGNED",
)
BY_SHA1 = authority("CA", ROOT, hash_name="sha1")
RULES.add(
    "a CA's certificate signed with SHA-1 is the reason only where its CA is wanted",
    chain(leaf(CA), CA, BY_SHA1),
    chain(leaf(CA), BY_SHA1),
    "SIGNATURE_ALGORITHM",
)
ASIDE = authority("Aside", ROOT, hash_name="sha1")
RULES.add(
    "a CA's certificate signed with SHA-1 that is not wanted is not the reason",
    chain(leaf(CA), ASIDE, CA),
    chain(leaf(CA), ASIDE),
    "UNKNOWN_ISSUER",
)
RULES.add("a certificate that can not be read may be the reason", chain(leaf(CA), GARBAGE, CA), chain(leaf(CA), GARBAGE), "TAG")

# What of an anchor is not judged

for what, anchor in {
    "an anchor's dates are not judged": authority("Root", validity=LAPSED),
    "an anchor's serial number is not judged": authority("Root", serial=integer(0)),
    "an anchor's version is not judged": authority("Root", version=b"", extension_list=()),
    "an anchor's signature is not judged": authority("Root", signature=b"\x30\x00"),
    "an anchor's other extensions are not judged": authority(
        "Root", changes={"basic": basic_constraints(critical=False), "usage": None, "ski": None, "x": extension("1.2.3", b"", True)}
    ),
    "an anchor may be an intermediate": authority("Root", STRANGER),
}.items():
    RULES.add(what, chain(leaf(CA), CA, anchors=(anchor,)), chain(leaf(CA), CA, anchors=(STRANGER,)), "UNKNOWN_ISSUER")
RULES.add("a CA may be the anchor", chain(leaf(INNER), INNER, anchors=(CA,)), chain(leaf(INNER), anchors=(CA,)), "UNKNOWN_ISSUER")

# Time


def at(moment: str) -> int:
    return int(datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


GOOD = chain(leaf(CA), CA)
RULES.add("a leaf is valid up to notAfter", GOOD.with_(now=at("2027-01-01 00:00:00")), GOOD.with_(now=at("2027-01-01 00:00:01")), "EXPIRED")
RULES.add(
    "a leaf is valid from notBefore on",
    GOOD.with_(now=at("2026-01-01 00:00:00")),
    GOOD.with_(now=at("2025-12-31 23:59:59")),
    "NOT_YET_VALID",
)
FOREVER = seq(tlv(0x17, b"500101000000Z"), tlv(0x18, b"99991231235959Z"))
LONG = chain(leaf(LONG_CA := authority("Long", ROOT, validity=FOREVER), validity=FOREVER), LONG_CA)
RULES.add(
    "dates go to the year 9999", LONG.with_(now=at("9999-12-31 23:59:59")), LONG.with_(now=at("1950-01-01 00:00:00") - 1), "NOT_YET_VALID"
)
LATE = chain(leaf(CA), authority("CA", ROOT, validity=seq(tlv(0x17, b"260701000000Z"), tlv(0x17, b"270101000000Z"))))
RULES.add("a CA is valid, too", LATE.with_(now=at("2026-07-01 00:00:00")), LATE, "NOT_YET_VALID")
RULES.add("there is a clock or a floor", GOOD.with_(now=None, floor=at("2026-01-01 00:00:00")), GOOD.with_(now=None), "NO_CLOCK")
RULES.add(
    "a leaf is not older than the floor",
    GOOD.with_(now=None, floor=at("2027-01-01 00:00:00")),
    GOOD.with_(now=None, floor=at("2027-01-01 00:00:01")),
    "EXPIRED_BEFORE_FLOOR",
)
RULES.add(
    "a floor does not judge notBefore",
    GOOD.with_(now=None, floor=at("2025-01-01 00:00:00")),
    GOOD.with_(now=at("2025-01-01 00:00:00"), floor=at("2024-01-01 00:00:00")),
    "NOT_YET_VALID",
)
RULES.add("a clock below the floor is not believed", GOOD.with_(now=0, floor=at("2026-06-01 00:00:00")), GOOD.with_(now=0), "NOT_YET_VALID")
RULES.add(
    "a floor below the clock does not count",
    GOOD.with_(floor=at("2020-01-01 00:00:00")),
    GOOD.with_(now=at("2030-01-01 00:00:00"), floor=at("2020-01-01 00:00:00")),
    "EXPIRED",
)

# Pins

PINNED = leaf(CA)
RULES.add(
    "a pinned leaf is enough",
    chain(PINNED, anchors=None, pins=(pin(PINNED),)),
    chain(PINNED, anchors=None, pins=(bytes(32),)),
    "UNKNOWN_ISSUER",
    "PIN",
)
RULES.add(
    "a pinned leaf's dates and names are not judged",
    chain(PINNED, anchors=None, pins=(pin(PINNED),), host="x", now=0),
    chain(PINNED, CA, pins=(pin(PINNED),), host="x"),
    "HOST_MISMATCH",
    "PIN",
)
RULES.add(
    "a pinned leaf needs no clock",
    chain(PINNED, anchors=None, pins=(pin(PINNED),), now=None),
    chain(PINNED, CA, pins=(pin(PINNED),), now=None),
    "NO_CLOCK",
    "PIN",
)
ODD: list[tuple[str, dict, str]] = [
    ("an underscore in a name", {"names": dns("host.example.com", "a_b.example.com")}, "DNS_NAME_SYNTAX"),
    ("a malformed name", {"names": dns("host.example.com", "a..b")}, "DNS_NAME_SYNTAX"),
    ("a name that is not ASCII", {"names": dns("host.example.com", b"\xe9")}, "STRING"),
    ("a name of no known form", {"names": dns("host.example.com") + tlv(0x89, b"x")}, "GENERAL_NAME"),
    ("an address of 5 octets", {"names": tlv(0x87, bytes(5))}, "IP_ADDRESS_LENGTH"),
    ("an empty list of names", {"names": b""}, "EMPTY"),
    ("a list of names that is torn", {"changes": {"san": extension("17", b"\x30\x05\x82")}}, "TRUNCATED"),
    ("many names and a malformed one", {"names": dns(*(f"host-{i}.example.com" for i in range(80)), "a..b", "c.d")}, "DNS_NAME_SYNTAX"),
    ("many names and one that is torn", {"names": dns(*(f"host-{i}.example.com" for i in range(80))) + b"\x82\x7f"}, "TRUNCATED"),
    ("no names", {"changes": {"san": None}}, "NO_NAMES"),
    ("an underscore in its subject", {"label": seq(rdn(attribute("3", "my_device", 0x13)))}, "STRING"),
    ("a subject that is not sorted", {"label": seq(rdn(attribute("3", "b"), attribute("3", "a")))}, "SET_ORDER"),
    ("an empty issuer", {"issuer_name": seq()}, "ISSUER_EMPTY"),
    ("a date that is none", {"validity": seq(tlv(0x17, b"260101000000Z"), tlv(0x17, b"270230000000Z"))}, "TIME"),
    ("a date in another form", {"validity": seq(tlv(0x17, b"260101000000Z"), tlv(0x18, b"20491231235959Z"))}, "TIME"),
    ("a date that has passed", {"validity": LAPSED}, "EXPIRED"),
    ("a signature with SHA-1", {"hash_name": "sha1"}, "SIGNATURE_ALGORITHM"),
    ("a signature by Ed25519", {"algorithm": ED25519}, "SIGNATURE_ALGORITHM"),
    ("a signature by PSS with SHA-1", {"algorithm": pss_algorithm("sha1")}, "PSS_PARAMETERS"),
    ("a serial number of 0", {"serial": integer(0)}, "SERIAL_NUMBER"),
]
for what, options, cause in ODD:
    odd = leaf(CA, **options)
    RULES.add(
        f"a pinned leaf may have {what}",
        chain(odd, anchors=None, pins=(pin(odd),)),
        chain(odd, CA, pins=(pin(odd),)),
        cause,
        "PIN",
    )
    RULES.add(
        f"without verification a leaf may have {what}",
        chain(odd, verify=False),
        chain(odd, anchors=None, pins=(pin(CA),)) if cause not in ("NO_NAMES", "EXPIRED") else chain(odd, CA),
        cause,
        "UNVERIFIED",
    )
for what, odd, cause in (
    ("no critical extension that is not known", leaf(CA, changes={"x": extension("1.2.3", b"", True)}), "EXTENSION_CRITICAL"),
    ("a key that is accepted", leaf(CA, key=ec_key("pinned", "p521")), "KEY_ALGORITHM"),
    ("one signature algorithm", leaf(CA, outer_algorithm=ED25519), "ALGORITHMS_DIFFER"),
    ("no octets after it", leaf(CA).der + b"\0", "TRAILING"),
):
    pins = (pin(odd) if isinstance(odd, Certificate) else pin(leaf(CA)),)
    RULES.add(
        f"a pinned leaf has {what}", chain(PINNED, anchors=None, pins=(pin(PINNED),)), chain(odd, anchors=None, pins=pins), cause, "PIN"
    )
RULES.add(
    "a pinned CA is an anchor",
    chain(PINNED, CA, anchors=None, pins=(pin(CA),)),
    chain(PINNED, anchors=None, pins=(pin(CA),)),
    "UNKNOWN_ISSUER",
    "PIN",
)
RULES.add(
    "below a pinned CA all rules hold",
    chain(PINNED, CA, anchors=None, pins=(pin(CA),)),
    chain(PINNED, CA, anchors=None, pins=(pin(CA),), host="other"),
    "HOST_MISMATCH",
    "PIN",
)
RULES.add(
    "below a pinned CA signatures are verified",
    chain(PINNED, CA, anchors=None, pins=(pin(CA),)),
    chain(resigned(STRANGER, CA), CA, anchors=None, pins=(pin(CA),)),
    "SIGNATURE",
    "PIN",
)
RULES.add(
    "a pinned CA may stand higher up",
    chain(leaf(INNER), INNER, CA, anchors=None, pins=(pin(CA),)),
    chain(leaf(INNER), INNER, CA, anchors=None, pins=(pin(ROOT),)),
    "UNKNOWN_ISSUER",
    "PIN",
)
RULES.add(
    "beside a chain a pin is needed, of the leaf",
    chain(PINNED, CA, pins=(pin(PINNED),)),
    chain(PINNED, CA, pins=(bytes(32),)),
    "NOT_PINNED",
)
RULES.add(
    "beside a chain a pin may be a CA's",
    chain(PINNED, CA, pins=(bytes(32), pin(CA))),
    chain(PINNED, CA, STRANGER, pins=(pin(STRANGER),)),
    "NOT_PINNED",
)
RULES.add(
    "beside a chain a pin may be the anchor's",
    chain(PINNED, CA, pins=(pin(ROOT),)),
    chain(PINNED, CA, pins=(pin(STRANGER),), anchors=(ROOT, STRANGER)),
    "NOT_PINNED",
)
RULES.add(
    "beside pins a chain is needed",
    chain(PINNED, CA, pins=(pin(PINNED),)),
    chain(PINNED, CA, pins=(pin(PINNED),), anchors=(STRANGER,)),
    "UNKNOWN_ISSUER",
)

# Without verification

RULES.add(
    "without verification anyone is a peer, unverified",
    chain(SELF, verify=False),
    chain(b"\x30\x00", verify=False),
    "TRUNCATED",
    "UNVERIFIED",
)
RULES.add(
    "without verification no clock is needed",
    chain(leaf(STRANGER), host="x", now=None, verify=False),
    chain(leaf(STRANGER), host="x"),
    "HOST_MISMATCH",
    "UNVERIFIED",
)
RULES.add(
    "without verification malformed names are no one's business",
    chain(leaf(CA, dns("a_b.example", "a..b")), verify=False),
    chain(leaf(CA, dns("host.example.com", "a..b")), CA),
    "DNS_NAME_SYNTAX",
    "UNVERIFIED",
)
