"""What an anchor's certificate says of itself holds: RFC 5280 section 6.1.4 (k) to (n), RFC 5937, and what OpenSSL and Go do with them."""

from host_tests.x509.cases import Presented, Rules, chain, pin
from host_tests.x509.cases_ocsp import REQUIRED, staple
from host_tests.x509.cases_ocsp import single as ocsp_single
from host_tests.x509.maker import (
    ANY_USAGE,
    CA,
    CLIENT_AUTH,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    FALSE,
    KEY_CERT_SIGN,
    MUST_STAPLE,
    ROOT,
    SERVER_AUTH,
    Certificate,
    attribute,
    authority,
    basic_constraints,
    certificate,
    dns,
    ec_key,
    ed25519_key,
    extended_key_usage,
    extension,
    integer,
    key_usage,
    leaf,
    leaf_extensions,
    name_constraints,
    rdn,
    seq,
    subtrees,
    tlv,
)

RULES = Rules()
LAPSED = seq(tlv(0x17, b"200101000000Z"), tlv(0x17, b"210101000000Z"))
STRANGER = authority("Stranger")


def server(label: str | bytes = "server", **options) -> Certificate:
    """A server's own certificate, signed by its own key: of version 3, CA:FALSE, keyUsage digitalSignature."""
    changes = {"aki": None, **options.pop("changes", {})}
    return certificate(label, None, leaf_extensions(CA, options.pop("names", None)), changes=changes, **options)


def root(**options) -> Presented:
    """A path of one CA up to a root that was changed."""
    return chain(leaf(CA), CA, anchors=(authority("Root", **options),))


def says(rule: str, good: dict, bad: dict, cause: str = "ANCHOR_ALONE") -> None:
    """A rule about what the anchor's extensions say."""
    RULES.add(rule, root(changes=good), root(changes=bad), cause)


# For itself alone

SELF = server()
RULES.add(
    "a server's own certificate vouches for no other", chain(SELF, anchors=(SELF,)), chain(leaf(SELF), anchors=(SELF,)), "ANCHOR_ALONE"
)
RULES.add(
    "a server's own certificate vouches for no other under RFC 5280 alone, either",
    chain(SELF, anchors=(SELF,), profile=1),
    chain(leaf(SELF), anchors=(SELF,), profile=1),
    "ANCHOR_ALONE",
)
TWIN = authority("server", key=SELF.key)
RULES.add(
    "a CA that the server makes of its own name and key is none",
    chain(SELF, TWIN, anchors=(SELF,)),
    chain(leaf(SELF), TWIN, anchors=(SELF,)),
    "ANCHOR_ALONE",
)
RULES.add(
    "an intermediate below a server's own certificate is none",
    chain(SELF, anchors=(SELF,)),
    chain(leaf(CA), authority("CA", SELF, key=CA.key), anchors=(SELF,)),
    "ANCHOR_ALONE",
)
RENEWED = server()
RULES.add(
    "a renewed certificate of the same name and key is another",
    chain(RENEWED, anchors=(SELF, RENEWED)),
    chain(RENEWED, anchors=(SELF,)),
    "ANCHOR_ALONE",
)
TAMPERED = SELF.der[:-1] + bytes((SELF.der[-1] ^ 1,))
RULES.add(
    "a certificate is known by all of its octets, the signature's too",
    chain(TAMPERED, anchors=(TAMPERED,)),
    chain(TAMPERED, anchors=(SELF,)),
    "ANCHOR_ALONE",
)
ISSUED = leaf(CA)
RULES.add(
    "a leaf that a CA issued may be an anchor, for itself",
    chain(ISSUED, anchors=(ISSUED,)),
    chain(leaf(CA), anchors=(ISSUED,)),
    "ANCHOR_ALONE",
)
RULES.add(
    "a leaf that is an anchor does not make its CA one",
    chain(ISSUED, CA, anchors=(ISSUED,)),
    chain(leaf(CA, label="other"), CA, anchors=(ISSUED,)),
    "UNKNOWN_ISSUER",
)
BELOW = certificate("below", ISSUED, leaf_extensions(ISSUED))
RULES.add(
    "a leaf that is an anchor does not issue",
    chain(ISSUED, CA, anchors=(ISSUED, ROOT)),
    chain(BELOW, ISSUED, CA, anchors=(ISSUED, ROOT)),
    "ANCHOR_ALONE",
)
RULES.add(
    "a path to another anchor is looked for, too",
    chain(leaf(CA), CA, anchors=(ISSUED, ROOT)),
    chain(leaf(CA), CA, anchors=(ISSUED, STRANGER)),
    "ANCHOR_ALONE",
)
MAKER = authority("server", CA, key=ec_key("maker"))
RULES.add(
    "an anchor for itself alone does not hide a CA of its name",
    chain(leaf(MAKER), MAKER, CA, anchors=(SELF, ROOT)),
    chain(leaf(MAKER), MAKER, CA, anchors=(SELF, STRANGER)),
    "ANCHOR_ALONE",
)

# Which are CAs

says("an anchor is a CA if it says so", {}, {"basic": basic_constraints(False)})
says("an anchor of version 3 is a CA if it says so", {"basic": basic_constraints(critical=False)}, {"basic": None})
says("an anchor's CA:FALSE may be written out", {}, {"basic": extension("19", seq(FALSE), True)})
says(
    "an anchor's CA:TRUE may be any octet but zero", {"basic": extension("19", seq(tlv(1, b"\1")), True)}, {"basic": extension("19", seq())}
)
RULES.add("an anchor without extensions is no CA if it has version 3", root(), root(extension_list=()), "ANCHOR_ALONE")
for what, version in {"version 1": b"", "version 1, written out": tlv(0xA0, integer(0)), "version 2": tlv(0xA0, integer(1))}.items():
    RULES.add(
        f"a root of {what} is a CA, what others issued is none",
        root(version=version, extension_list=()),
        root(issuer=STRANGER, version=version, extension_list=()),
        "ANCHOR_ALONE",
    )
RULES.add(
    "what an anchor of version 1 says holds nevertheless",
    root(version=b""),
    root(version=b"", changes={"basic": basic_constraints(False)}),
    "ANCHOR_ALONE",
)
RULES.add(
    "an anchor of version 1 with extensions is a CA if it says so",
    root(version=b""),
    root(version=b"", extension_list=(key_usage(KEY_CERT_SIGN),)),
    "ANCHOR_ALONE",
)
RULES.add("an anchor of an unknown version is no CA", root(), root(version=tlv(0xA0, integer(5)), extension_list=()), "ANCHOR_ALONE")
says("an anchor that signs certificates may", {"usage": key_usage(KEY_CERT_SIGN)}, {"usage": key_usage(DIGITAL_SIGNATURE, CRL_SIGN)})
says("an anchor that does not say what its key is for may sign", {"usage": None}, {"usage": extension("15", tlv(3, b"\0"), True)})
says(
    "an anchor's key usage may have zeros at its end",
    {"usage": extension("15", tlv(3, b"\0\x06\0"), True)},
    {"usage": extension("15", tlv(3, b"\0\x82\0"), True)},
)
says(
    "bits that an anchor's key usage leaves unused are none",
    {"usage": extension("15", tlv(3, b"\2\x04"), True)},
    {"usage": extension("15", tlv(3, b"\3\x04"), True)},
)
says(
    "an anchor's CA:TRUE does not make up for its key usage",
    {"usage": key_usage(DIGITAL_SIGNATURE, KEY_CERT_SIGN)},
    {"usage": key_usage(DIGITAL_SIGNATURE)},
)

# What bounds a CA

says(
    "an anchor is for servers if it says what it is for",
    {"eku": extended_key_usage(SERVER_AUTH)},
    {"eku": extended_key_usage(CLIENT_AUTH)},
    "CA_EXTENDED_KEY_USAGE",
)
says("any usage is enough for an anchor", {"eku": extended_key_usage(ANY_USAGE)}, {"eku": extension("37", seq())}, "CA_EXTENDED_KEY_USAGE")
says(
    "an anchor's usages are known by their whole identifiers",
    {"eku": extended_key_usage("1.2.3", SERVER_AUTH, CLIENT_AUTH)},
    {"eku": extended_key_usage("1.3.6.1.5.5.7.3.1.1", "1.2.3.1")},
    "CA_EXTENDED_KEY_USAGE",
)
INNER = authority("Inner", CA)


def limited(length: int | None, *certificates: Certificate) -> Presented:
    return chain(*certificates, anchors=(authority("Root", path_length=length),))


RULES.add("an anchor's path length of 0 allows a leaf alone", limited(0, leaf(ROOT)), limited(0, leaf(CA), CA), "PATH_LENGTH")
RULES.add("an anchor's path length of 1 allows one CA", limited(1, leaf(CA), CA), limited(1, leaf(INNER), INNER, CA), "PATH_LENGTH")
RULES.add(
    "an anchor's path length may be larger than any path",
    limited(1000, leaf(INNER), INNER, CA),
    limited(0, leaf(INNER), INNER, CA),
    "PATH_LENGTH",
)
ROLLED = authority("Root", ROOT, key=ec_key("rolled"))
RULES.add(
    "an anchor's path length does not count self-issued CAs",
    limited(0, leaf(ROLLED), ROLLED),
    limited(0, leaf(authority("CA", ROLLED, key=CA.key)), authority("CA", ROLLED, key=CA.key), ROLLED),
    "PATH_LENGTH",
)
RULES.add(
    "a CA in the path does not widen an anchor's path length",
    limited(1, leaf(wide := authority("Wide", ROOT, 9)), wide),
    limited(1, leaf(inner := authority("Inner", wide)), inner, wide),
    "PATH_LENGTH",
)
RULES.add(
    "an intermediate that is an anchor limits the path below it",
    chain(leaf(narrow := authority("Narrow", ROOT, 0)), anchors=(narrow,)),
    chain(leaf(inner := authority("Inner", narrow)), inner, anchors=(narrow,)),
    "PATH_LENGTH",
)
RULES.add(
    "an anchor that is longer up does not stand for one that was sent",
    chain(leaf(CA), CA, ROOT),
    chain(leaf(CA), CA, ROOT, anchors=(authority("Root", path_length=0),)),
    "PATH_LENGTH",
)

# Each certificate by itself: one name and key, other bounds

NARROW, ALONE = authority("Root", path_length=0), authority("Root", changes={"basic": basic_constraints(False)})
CLIENTS = authority("Root", changes={"eku": extended_key_usage(CLIENT_AUTH)})
ELSEWHERE = authority("Root", changes={"nc": name_constraints(subtrees(dns("elsewhere.example")))})
for what, other, cause in (
    ("a shorter path", NARROW, "PATH_LENGTH"),
    ("itself alone", ALONE, "ANCHOR_ALONE"),
    ("clients", CLIENTS, "CA_EXTENDED_KEY_USAGE"),
    ("other names", ELSEWHERE, "NAME_NOT_PERMITTED"),
):
    for order, anchors in (("before", (other, ROOT)), ("after", (ROOT, other))):
        RULES.add(
            f"an anchor of the same name and key for {what} {order} it does no harm, and does not help",
            chain(leaf(CA), CA, anchors=anchors),
            chain(leaf(CA), CA, anchors=(other, STRANGER) if order == "before" else (STRANGER, other)),
            cause,
        )
RULES.add(
    "bounds of two anchors of one name and key are not mixed",
    chain(leaf(ROOT), anchors=(NARROW, CLIENTS)),
    chain(leaf(CA), CA, anchors=(NARROW, CLIENTS)),
    "PATH_LENGTH",
)

# What is an anchor and is served as a server's is judged as that


def itself(rule: str, good: dict, bad: dict, cause: str, **policy) -> None:
    """A rule about a leaf that is an anchor."""
    accepted, refused = server(**good), server(**bad)
    RULES.add(rule, chain(accepted, anchors=(accepted,), **policy), chain(refused, anchors=(refused,), **policy), cause)


AS_SERVER = {"basic": basic_constraints(), "usage": None, "eku": None}
MAKES_CA = server(changes=AS_SERVER)
RULES.add(
    "a CA that is an anchor may be the server", chain(MAKES_CA, anchors=(MAKES_CA,)), chain(MAKES_CA, anchors=(STRANGER,)), "SELF_SIGNED"
)
CA_LEAF = leaf(CA, changes=AS_SERVER)
RULES.add(
    "a CA that is no anchor may not be the server",
    chain(CA_LEAF, CA, anchors=(CA_LEAF, ROOT)),
    chain(CA_LEAF, CA),
    "LEAF_IS_CA",
)
itself("an anchor that is the server has not expired", {}, {"validity": LAPSED}, "EXPIRED")
itself("an anchor that is the server is for the host", {}, {"names": dns("other.example.com")}, "HOST_MISMATCH")
itself("an anchor that is the server has names", {}, {"changes": {"san": None}}, "NO_NAMES")
itself(
    "an anchor that is the server is for servers",
    {"changes": {"eku": None}},
    {"changes": {"eku": extended_key_usage(CLIENT_AUTH)}},
    "LEAF_EXTENDED_KEY_USAGE",
)
itself(
    "an anchor that is the server and no CA does not sign",
    {"changes": {"usage": None}},
    {"changes": {"usage": key_usage(DIGITAL_SIGNATURE, KEY_CERT_SIGN)}},
    "LEAF_KEY_USAGE",
)
itself(
    "an anchor that is the server has a key that is accepted",
    {"key": ec_key("x", "p384")},
    {"spki": ec_key("x").spki[:-1] + b"\0"},
    "KEY_EC_POINT",
)
itself(
    "an anchor that is the server has a readable form",
    {"serial": integer(0)},
    {"changes": {"x": extension("1.2.3", b"", True)}},
    "EXTENSION_CRITICAL",
)
for what, options, cause in (
    ("its signature's hash", {"hash_name": "sha1"}, "SIGNATURE_ALGORITHM"),
    ("who made its signature", {"key": ec_key("p521 signer", "p521"), "spki": ec_key("served").spki, "hash_name": "sha512"}, "SELF_SIGNED"),
    ("its signature", {"signature": b"\x30\x00"}, "SELF_SIGNED"),
    ("its serial number", {"serial": integer(0)}, "SERIAL_NUMBER"),
    ("a string in its subject", {"label": seq(rdn(attribute("3", "my_device", 0x13)))}, "STRING"),
    ("an underscore in its names", {"names": dns("host.example.com", "my_device.example.com")}, "DNS_NAME_SYNTAX"),
):
    accepted = server(**options)
    RULES.add(
        f"of an anchor that is the server {what} is not judged",
        chain(accepted, anchors=(accepted,)),
        chain(accepted, anchors=(STRANGER,)),
        cause,
    )
BY_ED25519 = leaf(authority("Ed25519 CA", key=ed25519_key("ed")))
RULES.add(
    "of an anchor that is the server its issuer is nobody's business",
    chain(BY_ED25519, anchors=(BY_ED25519,)),
    chain(BY_ED25519, anchors=(STRANGER,)),
    "SIGNATURE_ALGORITHM",
)

# Pins and OCSP beside

RULES.add(
    "an anchor that is the server needs the pin, too",
    chain(SELF, anchors=(SELF,), pins=(pin(SELF),)),
    chain(SELF, anchors=(SELF,), pins=(pin(STRANGER),)),
    "NOT_PINNED",
)
RULES.add(
    "where the pin is above an anchor that is the server, the path goes on",
    chain(ISSUED, CA, anchors=(ISSUED, ROOT), pins=(pin(ROOT),)),
    chain(ISSUED, CA, anchors=(ISSUED,), pins=(pin(ROOT),)),
    "NOT_PINNED",
)
RULES.add(
    "a pin of an anchor for itself alone is no pin of what it signed",
    chain(SELF, anchors=(SELF,), pins=(pin(SELF),)),
    chain(leaf(SELF), anchors=(SELF,), pins=(pin(SELF),)),
    "ANCHOR_ALONE",
)
STAPLE = staple([ocsp_single(ISSUED)])
RULES.add(
    "where an OCSP response is required, an anchor that is the server is not enough",
    chain(ISSUED, CA, anchors=(ISSUED, ROOT), status=STAPLE.der, verdicts=STAPLE.verdicts, **REQUIRED),
    chain(ISSUED, CA, anchors=(ISSUED,), status=STAPLE.der, verdicts=STAPLE.verdicts, **REQUIRED),
    "OCSP_MISSING",
)
STAPLED = server(changes={"staple": MUST_STAPLE})
RULES.add(
    "a must-staple certificate that is an anchor wants a response, too",
    chain(SELF, anchors=(SELF,)),
    chain(STAPLED, anchors=(STAPLED,)),
    "OCSP_MISSING",
)
BY_ITSELF = staple([ocsp_single(SELF, SELF)], SELF)
RULES.add(
    "a server does not vouch for its own certificate's status",
    chain(SELF, anchors=(SELF,), status=BY_ITSELF.der, verdicts=BY_ITSELF.verdicts),
    chain(SELF, anchors=(SELF,), status=BY_ITSELF.der, verdicts=BY_ITSELF.verdicts, **REQUIRED),
    "OCSP_MISSING",
)

# Dates

RULES.add(
    "an anchor's dates are judged where that is asked for",
    root(validity=LAPSED),
    root(validity=LAPSED).with_(judge_anchor_dates=True),
    "EXPIRED",
)
SOON = seq(tlv(0x17, b"260701000000Z"), tlv(0x17, b"270101000000Z"))
RULES.add(
    "an anchor is not valid before its time where that is asked for",
    root().with_(judge_anchor_dates=True),
    root(validity=SOON).with_(judge_anchor_dates=True),
    "NOT_YET_VALID",
)
RULES.add(
    "an anchor's dates may have either form",
    root(validity=seq(tlv(0x18, b"20200101000000Z"), tlv(0x18, b"20270101000000Z"))).with_(judge_anchor_dates=True),
    root(validity=seq(tlv(0x18, b"20200101000000Z"), tlv(0x18, b"20210101000000Z"))).with_(judge_anchor_dates=True),
    "EXPIRED",
)
RULES.add(
    "an anchor's dates that can't be read have passed",
    root(validity=seq(tlv(0x17, b"2001010000Z"), tlv(0x17, b"2701010000Z"))),
    root(validity=seq(tlv(0x17, b"2001010000Z"), tlv(0x17, b"2701010000Z"))).with_(judge_anchor_dates=True),
    "EXPIRED",
)
RULES.add(
    "an expired anchor does not hide a valid one",
    chain(leaf(CA), CA, anchors=(authority("Root", validity=LAPSED), ROOT), judge_anchor_dates=True),
    chain(leaf(CA), CA, anchors=(authority("Root", validity=LAPSED), STRANGER), judge_anchor_dates=True),
    "EXPIRED",
)
