"""Rules about name constraints: RFC 5280 sections 4.2.1.10 and 6.1.3 (b), (c)."""

from host_tests.x509.cases import Presented, Rules, chain, pin
from host_tests.x509.maker import (
    CA,
    NULL,
    ROOT,
    alternative_names,
    attribute,
    authority,
    dns,
    ec_key,
    email,
    extension,
    integer,
    ip,
    leaf,
    name,
    name_constraints,
    oid,
    rdn,
    seq,
    subtrees,
    tlv,
    uri,
)

RULES = Rules()
HOST = dns("host.example.com")


def block(address: str, mask: str) -> bytes:
    """An iPAddress base."""
    return tlv(0x87, ip(address)[2:] + ip(mask)[2:])


def directory(*attributes: bytes) -> bytes:
    """A directoryName of one RDN for each attribute."""
    return tlv(0xA4, seq(*map(rdn, attributes)))


COUNTRY, ORGANIZATION, CN = attribute("6", "DE", 0x13), attribute("10", "latchkey"), attribute("3", "host")


def under(constraints: bytes, names: bytes = HOST, label: str | bytes = "host", **changes: bytes | None) -> Presented:
    """A leaf with these names below a CA with these constraints."""
    ca = authority("Constrained", ROOT, changes={"nc": constraints})
    return chain(leaf(ca, names, label, changes=changes), ca)


def permitted(rule: str, base: bytes, good: bytes, bad: bytes) -> None:
    """The base permits one name and not the other."""
    constraints = name_constraints(subtrees(base))
    RULES.add(rule, under(constraints, HOST + good), under(constraints, HOST + bad), "NAME_NOT_PERMITTED")


def excluded(rule: str, base: bytes, good: bytes, bad: bytes) -> None:
    """The base excludes one name and not the other."""
    constraints = name_constraints(excluded=subtrees(base))
    RULES.add(rule, under(constraints, HOST + good), under(constraints, HOST + bad), "NAME_EXCLUDED")


def permitted_dns(rule: str, base: str, good: str, bad: str) -> None:
    constraints = name_constraints(subtrees(*(dns(b) for b in (base, "host.example.com"))))
    RULES.add(rule, under(constraints, HOST + dns(good)), under(constraints, HOST + dns(bad)), "NAME_NOT_PERMITTED")


# dNSName

permitted_dns("a permitted name is itself", "a.org", "a.org", "b.org")
permitted_dns("a permitted name has those below it", "a.org", "x.y.a.org", "xa.org")
permitted_dns("a permitted name with a dot before it has those below it alone", ".a.org", "x.a.org", "a.org")
permitted_dns("permitted names are compared without case", "A.org", "x.a.ORG", "x.b.ORG")
permitted_dns("a wildcard is permitted where all it stands for is", "a.org", "*.a.org", "*.org")
permitted_dns("a wildcard is permitted below a dot", ".a.org", "*.a.org", "*.b.org")
permitted_dns("a wildcard is not permitted for one name it stands for", "b.a.org", "*.b.a.org", "*.a.org")
excluded("an excluded name is itself", dns("a.org"), dns("b.org"), dns("a.org"))
excluded("an excluded name has those below it", dns("a.org"), dns("xa.org"), dns("x.y.a.org"))
excluded("an excluded name with a dot before it has those below it alone", dns(".a.org"), dns("a.org"), dns("x.a.org"))
excluded("excluded names are compared without case", dns("a.ORG"), dns("b.org"), dns("X.A.org"))
excluded("a wildcard is excluded where one name it stands for is", dns("b.a.org"), dns("*.c.a.org"), dns("*.a.org"))
excluded("a wildcard is excluded where all it stands for is", dns("a.org"), dns("*.b.org"), dns("*.a.org"))
excluded("a wildcard is not excluded by a name two labels below it", dns("c.b.a.org"), dns("*.a.org"), dns("*.b.a.org"))
RULES.add(
    "an empty name excludes all",
    under(name_constraints(excluded=subtrees(dns("org")))),
    under(name_constraints(excluded=subtrees(dns("")))),
    "NAME_EXCLUDED",
)
RULES.add(
    "an empty name permits all",
    under(name_constraints(subtrees(dns("")))),
    under(name_constraints(subtrees(dns("org")))),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "of several permitted names one is enough",
    under(name_constraints(subtrees(dns("a.org", "b.org")[:7], HOST))),
    under(name_constraints(subtrees(dns("a.org"), dns("b.org")))),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "what is excluded is not permitted",
    under(name_constraints(subtrees(dns("example.com")), subtrees(dns("a.example.com")))),
    under(name_constraints(subtrees(dns("example.com")), subtrees(HOST))),
    "NAME_EXCLUDED",
)
RULES.add(
    "all names of the leaf are judged",
    under(name_constraints(subtrees(HOST)), HOST + HOST),
    under(name_constraints(subtrees(HOST)), HOST + dns("a.org")),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "names of another form are not concerned",
    under(name_constraints(subtrees(email("a.org"))), HOST),
    under(name_constraints(subtrees(email("a.org"))), HOST + email("x@b.org")),
    "NAME_NOT_PERMITTED",
)

NOT_B = name_constraints(excluded=subtrees(dns("b.org")))
RULES.add(
    "a malformed name is excluded with any",
    under(NOT_B, HOST + dns("a.org")).with_(profile=1),
    under(NOT_B, HOST + dns("a..org")).with_(profile=1),
    "NAME_EXCLUDED",
)
ONLY_A = name_constraints(subtrees(HOST, dns("a.org")))
RULES.add(
    "a malformed name is permitted by none",
    under(ONLY_A, HOST + dns("b.a.org")).with_(profile=1),
    under(ONLY_A, HOST + dns("b..a.org")).with_(profile=1),
    "NAME_NOT_PERMITTED",
)

# iPAddress

NET = block("192.0.2.0", "255.255.255.0")
permitted("an address is permitted in its block", NET, ip("192.0.2.77"), ip("192.0.3.77"))
excluded("an address is excluded in its block", NET, ip("192.0.3.77"), ip("192.0.2.77"))
permitted("a block may be one address", block("192.0.2.1", "255.255.255.255"), ip("192.0.2.1"), ip("192.0.2.2"))
permitted("a block's own bits below the mask do not count", block("192.0.2.9", "255.255.255.0"), ip("192.0.2.77"), ip("192.0.1.9"))
permitted("IPv6 addresses have blocks", block("2001:db8::", "ffff:ffff::"), ip("2001:db8::1"), ip("2001:db9::1"))
permitted("a block of IPv4 permits no IPv6", NET, ip("192.0.2.1"), ip("::ffff:192.0.2.1"))
permitted("a block of IPv6 permits no IPv4", block("::", "::"), ip("2001:db8::1"), ip("192.0.2.1"))
excluded("a block of all IPv4 excludes no IPv6", block("0.0.0.0", "0.0.0.0"), ip("2001:db8::1"), ip("192.0.2.1"))

# directoryName

DE = directory(COUNTRY)
RULES.add(
    "a subject is permitted below its beginning",
    under(name_constraints(subtrees(DE))),
    under(name_constraints(subtrees(directory(ORGANIZATION)))),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "a subject is permitted as a whole",
    under(name_constraints(subtrees(directory(COUNTRY, ORGANIZATION, CN)))),
    under(name_constraints(subtrees(directory(COUNTRY, ORGANIZATION, CN, CN)))),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "a subject is excluded below its beginning",
    under(name_constraints(excluded=subtrees(directory(ORGANIZATION)))),
    under(name_constraints(excluded=subtrees(directory(COUNTRY, ORGANIZATION)))),
    "NAME_EXCLUDED",
)
RULES.add(
    "an empty directoryName is every subject",
    under(name_constraints(subtrees(directory()))),
    under(name_constraints(excluded=subtrees(directory()))),
    "NAME_EXCLUDED",
)
EVIL = directory(attribute("10", "Evil Org"))


def not_called(rule: str, good: bytes, bad: bytes, base: bytes = EVIL) -> None:
    """A CA excludes a subject; the attributes of one leaf are another's, those of the other are the same but for their octets."""
    constraints = name_constraints(excluded=subtrees(base))
    kept, broken = (under(constraints, label=seq(organization, rdn(CN))) for organization in (good, bad))
    RULES.add(rule, kept, broken, "NAME_EXCLUDED")


OTHER_TYPE = rdn(attribute("11", "Evil Org"))
not_called("an excluded subject is one in another case, too", OTHER_TYPE, rdn(attribute("10", "EVIL org")))
not_called("an excluded subject is one in another type of string, too", OTHER_TYPE, rdn(attribute("10", "Evil Org", 0x13)))
not_called("an excluded subject is one with other spaces, too", rdn(attribute("10", "EvilOrg")), rdn(attribute("10", " Evil  Org ")))
not_called(
    "what can not be compared is excluded with it",
    rdn(attribute("11", b"\0E", 0x1E)),
    rdn(attribute("10", "Evil Org".encode("utf-16-be"), 0x1E)),
)
not_called("what is not ASCII is excluded with it", rdn(attribute("11", "Ëvil Org")), rdn(attribute("10", "Ëvil Org")))
not_called(
    "an excluded subject that is not ASCII can not be told from others",
    rdn(attribute("11", "Évil")),
    rdn(attribute("10", "évil")),
    directory(attribute("10", "Évil")),
)
not_called(
    "an excluded subject that is not ASCII can not be told from ASCII, either",
    rdn(attribute("11", "Evil")),
    rdn(attribute("10", "Evil")),
    directory(attribute("10", "Évil")),
)
TWO = tlv(0xA4, seq(rdn(attribute("11", "Unit"), attribute("10", "Evil Org"))))
ORGANIZATION_FIRST = rdn(attribute("10", "evil org"), attribute("11", "Unit      "))
not_called("an excluded RDN has all its attributes, in any order", rdn(attribute("10", "Evil Org")), ORGANIZATION_FIRST, TWO)
not_called("an excluded RDN has no other attributes", ORGANIZATION_FIRST, rdn(attribute("10", "Evil Org")))
RULES.add(
    "an excluded subject may end with what is excluded",
    under(name_constraints(excluded=subtrees(directory(COUNTRY, ORGANIZATION, CN, CN)))),
    under(name_constraints(excluded=subtrees(directory(COUNTRY, ORGANIZATION, CN)))),
    "NAME_EXCLUDED",
)
permitted("a directoryName is permitted below its beginning", DE, directory(COUNTRY, CN), directory(ORGANIZATION, COUNTRY))
RULES.add(
    "an empty subject is not judged",
    under(name_constraints(subtrees(directory(ORGANIZATION))), HOST, seq(), san=alternative_names(HOST, True)),
    under(name_constraints(subtrees(directory(ORGANIZATION)))),
    "NAME_NOT_PERMITTED",
)

# rfc822Name

permitted("a mailbox is itself", email("Ann@a.org"), email("Ann@A.org"), email("ann@a.org"))
permitted("a host permits its mailboxes", email("a.org"), email("x@A.org"), email("x@b.a.org"))
permitted("a domain permits the mailboxes of its hosts", email(".a.org"), email("x@b.a.org"), email("x@a.org"))
excluded("a mailbox is excluded", email("Ann@a.org"), email("Bob@a.org"), email("Ann@a.org"))
excluded("a host's mailboxes are excluded", email("a.org"), email("x@b.org"), email("x@a.org"))
permitted("a mailbox has an at sign to be permitted", email("a.org"), email("x@a.org"), email("a.org"))
excluded("a mailbox has an at sign not to be excluded", email("a.org"), email("x@b.org"), email("b.org"))
permitted("a mailbox has a host to be permitted", email("a.org"), email("x@a.org"), email("x@a..org"))
excluded("a mailbox has a host not to be excluded", email("a.org"), email("x@b.org"), email("x@b..org"))
RULES.add(
    "an empty mailbox is every mailbox",
    under(name_constraints(subtrees(email(""))), HOST + email("x@a.org")),
    under(name_constraints(excluded=subtrees(email(""))), HOST + email("x@a.org")),
    "NAME_EXCLUDED",
)
EMAIL_IN_SUBJECT = seq(rdn(CN), rdn(attribute("1.2.840.113549.1.9.1", "x@a.org", 0x16)))


def inner_ca(constraints: bytes, subject: bytes, **changes: bytes) -> Presented:
    """A leaf below a CA of this subject below a CA with constraints."""
    ca = authority("Constrained", ROOT, changes={"nc": constraints})
    inner = authority(subject, ca, changes=changes)
    return chain(leaf(inner), inner, ca)


RULES.add(
    "an emailAddress in a subject counts where there are no names",
    inner_ca(name_constraints(subtrees(email("a.org"))), EMAIL_IN_SUBJECT),
    inner_ca(name_constraints(subtrees(email("b.org"))), EMAIL_IN_SUBJECT),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "an emailAddress in a subject does not count beside names",
    inner_ca(name_constraints(subtrees(email("b.org"))), EMAIL_IN_SUBJECT, san=alternative_names(dns("a"))),
    inner_ca(name_constraints(subtrees(email("b.org"))), EMAIL_IN_SUBJECT, san=alternative_names(email("x@a.org"))),
    "NAME_NOT_PERMITTED",
)

# Forms that are not compared

URI = uri("example.com")
RULES.add(
    "a constraint on URIs is refused where one stands below",
    under(name_constraints(subtrees(URI))),
    under(name_constraints(subtrees(URI)), HOST + uri("x:y")),
    "CONSTRAINTS_UNSUPPORTED",
)
OTHER_NAME = tlv(0xA0, oid("1.2.3"), tlv(0xA0, NULL))
RULES.add(
    "a constraint on other names is refused where one stands below",
    under(name_constraints(excluded=subtrees(OTHER_NAME))),
    under(name_constraints(excluded=subtrees(OTHER_NAME)), HOST + OTHER_NAME),
    "CONSTRAINTS_UNSUPPORTED",
)
RULES.add(
    "name constraints count though they are not critical",
    under(name_constraints(subtrees(HOST), critical=False)),
    under(name_constraints(subtrees(dns("a.org")), critical=False)),
    "NAME_NOT_PERMITTED",
)


# Form


def malformed(rule: str, good: bytes, bad: bytes) -> None:
    RULES.add(rule, under(extension("30", good, True)), under(extension("30", bad, True)), "CONSTRAINTS_MALFORMED")


GOOD = seq(tlv(0xA0, subtrees(HOST)))
malformed("lengths in constraints are there to their end", GOOD, b"\x30\x82")
malformed("constraints are not empty", GOOD, seq())
malformed("a list of subtrees is not empty", GOOD, seq(tlv(0xA0)))
malformed("the minimum of a subtree is not written out", GOOD, seq(tlv(0xA0, seq(HOST, tlv(0x80, b"\0")))))
malformed("a subtree has no minimum", GOOD, seq(tlv(0xA0, seq(HOST, tlv(0x80, b"\1")))))
malformed("a subtree has no maximum", GOOD, seq(tlv(0xA0, seq(HOST, tlv(0x81, b"\1")))))
malformed("nothing follows the subtrees", GOOD, seq(tlv(0xA0, subtrees(HOST)), NULL))
malformed(
    "excluded subtrees stand after permitted ones",
    seq(tlv(0xA0, subtrees(HOST)), tlv(0xA1, subtrees(dns("a")))),
    seq(tlv(0xA1, subtrees(dns("a"))), tlv(0xA0, subtrees(HOST))),
)
malformed("a mask is a prefix", seq(tlv(0xA0, subtrees(HOST, NET))), seq(tlv(0xA0, subtrees(HOST, block("192.0.2.0", "255.0.255.0")))))
malformed("a block has 8 or 32 octets", seq(tlv(0xA0, subtrees(HOST, NET))), seq(tlv(0xA0, subtrees(HOST, ip("192.0.2.0")))))
malformed("a block of IPv4 has 8 octets", seq(tlv(0xA0, subtrees(HOST, NET))), seq(tlv(0xA0, subtrees(HOST, tlv(0x87, bytes(4))))))
malformed("a base that is a name has labels", GOOD, seq(tlv(0xA0, subtrees(HOST, dns("a..b")))))
malformed("a base that is a name has no wildcard", GOOD, seq(tlv(0xA0, subtrees(HOST, dns("*.a")))))
malformed("a base is a general name", GOOD, seq(tlv(0xA0, subtrees(HOST, integer(1)))))
malformed("a base that is a mailbox has a host", seq(tlv(0xA0, subtrees(HOST, email("a@b")))), seq(tlv(0xA0, subtrees(HOST, email("a@")))))
malformed("a base that is a mailbox has a user", GOOD, seq(tlv(0xA0, subtrees(HOST, email("@a.org")))))
malformed("a base that is a directoryName is a Name", GOOD, seq(tlv(0xA0, subtrees(HOST, tlv(0xA4, seq(b"\x31"))))))
malformed("a base that is a directoryName is one as in certificates", GOOD, seq(tlv(0xA0, subtrees(HOST, tlv(0x84, name("x"))))))
malformed("nothing follows a base that is a directoryName", GOOD, seq(tlv(0xA0, subtrees(HOST, tlv(0xA4, name("x"), NULL)))))
malformed("a list of subtrees is not empty beside another", GOOD, seq(tlv(0xA0), tlv(0xA1, subtrees(dns("a")))))
malformed("a base is of a known form", GOOD, seq(tlv(0xA0, subtrees(HOST, tlv(0x92, b"example.com")))))
malformed("constraints are one list", GOOD, seq(seq(tlv(0xA0, subtrees(HOST)))))

# Whom constraints concern

TOP = authority("Top", ROOT, changes={"nc": name_constraints(subtrees(dns("example.com"), dns("a.org")))})
MIDDLE = authority("Middle", TOP, changes={"nc": name_constraints(subtrees(dns("host.example.com"), dns("b.org")))})
RULES.add(
    "constraints of all CAs hold",
    chain(leaf(MIDDLE), MIDDLE, TOP),
    chain(leaf(MIDDLE, HOST + dns("b.org")), MIDDLE, TOP),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "a CA does not lift the constraints above it",
    chain(leaf(MIDDLE), MIDDLE, TOP),
    chain(leaf(MIDDLE, HOST + dns("a.org")), MIDDLE, TOP),
    "NAME_NOT_PERMITTED",
)
DE_ONLY = authority("DE only", ROOT, changes={"nc": name_constraints(excluded=subtrees(directory(attribute("6", "FR", 0x13))))})
GERMAN = authority("German", DE_ONLY)
FRENCH = authority(seq(rdn(attribute("6", "FR", 0x13)), rdn(attribute("3", "French"))), DE_ONLY)
RULES.add("constraints concern CAs, too", chain(leaf(GERMAN), GERMAN, DE_ONLY), chain(leaf(FRENCH), FRENCH, DE_ONLY), "NAME_EXCLUDED")
SELF_CONSTRAINED = authority(name("Own"), ROOT, changes={"nc": name_constraints(excluded=subtrees(tlv(0xA4, name("Own"))))})
ROLLED = authority(name("Own"), SELF_CONSTRAINED, key=ec_key("own rolled"))
RULES.add(
    "constraints do not concern self-issued CAs",
    chain(leaf(ROLLED), ROLLED, SELF_CONSTRAINED),
    chain(leaf(ROLLED, label=name("Own"), key=ec_key("host")), ROLLED, SELF_CONSTRAINED),
    "NAME_EXCLUDED",
)
RULES.add(
    "constraints do not concern the CA that has them",
    chain(leaf(SELF_CONSTRAINED), SELF_CONSTRAINED),
    chain(leaf(SELF_CONSTRAINED, label=name("Own"), key=ec_key("host")), SELF_CONSTRAINED),
    "NAME_EXCLUDED",
)
LIMITED = authority("Root", changes={"nc": name_constraints(subtrees(dns("example.com")))})
LIMITED_ELSEWHERE = authority("Root", changes={"nc": name_constraints(subtrees(dns("a.org")), critical=False)})
RULES.add(
    "an anchor's constraints hold",
    chain(leaf(CA), CA, anchors=(LIMITED,)),
    chain(leaf(CA), CA, anchors=(LIMITED_ELSEWHERE,)),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "a path without the constraint is taken",
    chain(leaf(CA), CA, anchors=(LIMITED_ELSEWHERE, ROOT)),
    chain(leaf(CA), CA, anchors=(LIMITED_ELSEWHERE, LIMITED_ELSEWHERE)),
    "NAME_NOT_PERMITTED",
)

RULES.add(
    "the constraints of a pinned CA hold",
    chain(leaf(TOP), TOP, anchors=None, pins=(pin(TOP),)),
    chain(leaf(TOP, dns("host.example.com", "b.org")), TOP, anchors=None, pins=(pin(TOP),)),
    "NAME_NOT_PERMITTED",
    "PIN",
)

# The arena

MANY = dns(*(f"host-{i:03}.example.com" for i in range(100)))
RULES.add(
    "names beyond the arena do no harm without constraints",
    chain(leaf(CA, HOST + MANY), CA, arena=512),
    under(name_constraints(subtrees(dns("example.com"))), HOST + MANY).with_(arena=512),
    "NAMES_NOT_KEPT",
)
RULES.add(
    "names beyond the arena do no harm where others are constrained",
    under(name_constraints(subtrees(NET)), HOST + MANY).with_(arena=512),
    under(name_constraints(subtrees(NET)), HOST + ip("192.0.2.1")).with_(arena=0),
    "NAMES_NOT_KEPT",
)
RULES.add(
    "names within the arena are judged",
    under(name_constraints(subtrees(dns("example.com"))), HOST + MANY).with_(arena=4096),
    under(name_constraints(subtrees(dns("example.com"))), HOST + MANY + dns("a.org")).with_(arena=4096),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "a subject beyond the arena does no harm where names are constrained",
    under(name_constraints(subtrees(NET))).with_(arena=0),
    under(name_constraints(subtrees(DE))).with_(arena=0),
    "NAMES_NOT_KEPT",
)
RULES.add(
    "a subject beyond the arena does no harm where mailboxes are constrained and there are names",
    under(name_constraints(subtrees(email("a.org")))).with_(arena=0),
    inner_ca(name_constraints(subtrees(email("a.org"))), name("Inner")).with_(arena=0),
    "NAMES_NOT_KEPT",
)
RULES.add(
    "a subject beyond the arena does no harm where addresses are constrained",
    inner_ca(name_constraints(subtrees(NET)), name("Inner")).with_(arena=0),
    inner_ca(name_constraints(subtrees(DE)), name("Inner")).with_(arena=0),
    "NAMES_NOT_KEPT",
)


def long_constraints(count: int, names: bytes = HOST, **policy) -> Presented:
    """Below a CA that permits so many names of 7 octets beside the host's: 11 octets each, and a dozen."""
    return under(name_constraints(subtrees(HOST, *(dns(f"{i:03}.org") for i in range(count)))), names).with_(**policy)


RULES.add(
    "constraints longer than the window are read",
    long_constraints(300),
    long_constraints(300, HOST + dns("300.org")),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "how long RSA keys may be does not bound constraints",
    long_constraints(300, most_rsa_bits=2048),
    long_constraints(300, HOST + dns("300.org"), most_rsa_bits=2048),
    "NAME_NOT_PERMITTED",
)
RULES.add(
    "constraints have a bound of their own",
    long_constraints(60, most_constraints=700),
    long_constraints(60, most_constraints=600),
    "CONSTRAINTS_TOO_LONG",
)
RULES.add(
    "constraints longer than the window have the same bound",
    long_constraints(300, most_constraints=3400),
    long_constraints(300, most_constraints=3300),
    "CONSTRAINTS_TOO_LONG",
)
FIRST = authority("First", ROOT, changes={"nc": name_constraints(subtrees(HOST))})
RULES.add(
    "all CAs' constraints have one bound",
    chain(leaf(second := authority("Second", FIRST, changes={"nc": name_constraints(subtrees(HOST))})), second, FIRST, most_constraints=60),
    chain(leaf(second), second, FIRST, most_constraints=40),
    "CONSTRAINTS_TOO_LONG",
)
RULES.add(
    "constraints of a CA that is not wanted may be too long",
    chain(leaf(CA), authority("Aside", ROOT, changes={"nc": name_constraints(subtrees(HOST))}), CA, most_constraints=0),
    chain(leaf(CA), authority("CA", ROOT, changes={"nc": name_constraints(subtrees(HOST))}), most_constraints=0),
    "CONSTRAINTS_TOO_LONG",
)
RULES.add(
    "81 names of 31 octets are kept without asking",
    under(name_constraints(subtrees(dns("example.com"))), HOST + dns(*(f"a-host-number-{i:03}.a.example.com" for i in range(80)))),
    under(name_constraints(subtrees(dns("example.com"))), HOST + dns(*(f"a-host-number-{i:03}.a.example.com" for i in range(120)))),
    "NAMES_NOT_KEPT",
)
LONG_ON_LEAF = name_constraints(subtrees(HOST, *(dns(f"{i:03}.org") for i in range(1500))))
RULES.add(
    "constraints of any length are a CA's",
    chain(leaf(CA), CA),
    chain(leaf(CA, changes={"nc": LONG_ON_LEAF}), CA),
    "CONSTRAINTS_ON_LEAF",
)
