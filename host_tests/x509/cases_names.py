"""Rules about the server's name (RFC 6125, RFC 9525) and its form in certificates (RFC 5280 section 4.2.1.6)."""

from host_tests.x509.cases import Presented, Rules, chain
from host_tests.x509.maker import (
    CA,
    NULL,
    ROOT,
    SERVER_AUTH,
    alternative_names,
    attribute,
    authority,
    directory,
    dns,
    email,
    extended_key_usage,
    extension,
    ip,
    leaf,
    name,
    name_constraints,
    octets,
    oid,
    rdn,
    seq,
    subtrees,
    tlv,
    uri,
)

RULES = Rules()
WEB_PKI, RFC5280 = 0, 1


def names(contents: bytes, host: str | None = "host.example.com", **policy) -> Presented:
    """A leaf with these general names, visited as `host`."""
    return chain(leaf(CA, contents), CA, host=host, **policy)


def matches(rule: str, contents: bytes, host: str, other: str, **policy) -> None:
    """`contents` are for `host` and not for `other`."""
    RULES.add(rule, names(contents, host, **policy), names(contents, other, **policy), "HOST_MISMATCH")


def syntax(rule: str, good: bytes, bad: bytes) -> None:
    """A name beside the host's that the Web PKI accepts, and one that it refuses."""
    here = dns("host.example.com")
    RULES.add(rule, names(here + good), names(here + bad), "DNS_NAME_SYNTAX")


# Matching

matches("a name is matched whole", dns("a.example.com"), "a.example.com", "b.a.example.com")
matches("a name is not a suffix", dns("a.example.com"), "a.example.com", "xa.example.com")
matches("a name is not a prefix", dns("a.example.com"), "a.example.com", "a.example.com.evil.org")
matches("case of ASCII letters does not count in certificates", dns("HOST.Example.COM"), "host.example.com", "h0st.example.com")
matches("case of ASCII letters does not count in hosts", dns("host.example.com"), "HoSt.example.Com", "HoSt.example.Org")
matches("A-labels are compared without case", dns("XN--bcher-kva.example"), "xn--BCHER-kva.example", "xn--bucher-kva.example")
matches("any of several names will do", dns("a.example", "b.example", "c.example"), "c.example", "d.example")
matches("a dot at the end of the host does not count", dns("host.example.com"), "host.example.com.", "example.com.")
matches("a name may be one label", dns("localhost"), "localhost", "localhosts")
matches("a name may have digits first", dns("1.example"), "1.example", "2.example")
matches("a wildcard stands for one label", dns("*.example.com"), "a.example.com", "a.b.example.com")
matches("a wildcard stands for a label, not for none", dns("*.example.com"), "b.example.com", "example.com")
matches("a wildcard may stand for an A-label", dns("*.example.com"), "xn--bcher-kva.example.com", "xn--bcher-kva.example.org")
matches("a wildcard stands over two labels at least", dns("*.example.com", "a.com"), "a.com", "b.com")
matches("a wildcard's case does not count", dns("*.EXAMPLE.com"), "a.example.COM", "a.examples.com")
matches("a wildcard is not matched over a single label", dns("*.localdomain", "x.localdomain"), "x.localdomain", "y.localdomain")
matches("IPv4 addresses are matched to iPAddress", ip("192.0.2.1"), "192.0.2.1", "192.0.2.2")
matches("IPv6 addresses are matched to iPAddress", ip("2001:db8::1"), "2001:DB8:0:0::1", "2001:db8::2")
matches("IPv6 addresses may have a gap at their end", ip("2001:db8::"), "2001:db8::", "2001:db9::")
matches("IPv6 addresses may have no gap", ip("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:9")
matches("IPv6 addresses may end in IPv4's form", ip("2001:db8::c000:201"), "2001:db8::192.0.2.1", "2001:db8::192.0.2.2")
matches("an IPv4 address is not its mapped IPv6 one", ip("::ffff:192.0.2.1"), "::ffff:192.0.2.1", "192.0.2.1")
matches("an address is not found in a dNSName", dns("192.0.2.1") + ip("192.0.2.2"), "192.0.2.2", "192.0.2.1")
matches(
    "a name is not found in other forms",
    dns("a.example.com") + email("x@b.example.com") + uri("https://b.example.com"),
    "a.example.com",
    "b.example.com",
)
matches("a name is not found in a directoryName", dns("a.example.com") + directory(name("b.example.com")), "a.example.com", "b.example.com")
RULES.add(
    "the subject's common name is no name",
    chain(leaf(CA, dns("other.example.com", "host.example.com"), "other.example.com"), CA),
    chain(leaf(CA, dns("other.example.com"), "host.example.com"), CA),
    "HOST_MISMATCH",
)
RULES.add(
    "there are alternative names",
    names(dns("host.example.com")),
    chain(leaf(CA, changes={"san": None}, label="host.example.com"), CA),
    "NO_NAMES",
)
RULES.add("there is a name to verify", names(dns("host.example.com")), names(dns("host.example.com"), None), "HOST_MISSING")
for rule, host in {
    "a host has no empty label": "host..example.com",
    "a host is ASCII": "bücher.example",
    "a host has one dot at its end at most": "host.example.com..",
    "a host is not empty but for a dot": ".",
    "a host has no space": "host .example.com",
    "a host has no NUL": "host.example.com\0.evil.org",
    "a host has no wildcard": "*.example.com",
    "a host has labels of 63 octets at most": "a" * 64 + ".example.com",
    "a host has 253 octets at most": ".".join(["a" * 49] * 5) + ".abcde",
    "a host's label does not begin with a hyphen": "-a.example.com",
    "a host's label does not end with a hyphen": "a-.example.com",
    "a host is no address in another form": "127.1",
    "a host is no address with leading zeros": "192.0.02.1",
    "a host is no address out of range": "192.0.2.256",
    "a host has no port": "host.example.com:443",
    "a host is not in brackets": "[2001:db8::1]",
    "a host is no address with a zone": "fe80::1%eth0",
    "a host is no IPv6 address with an IPv4 one before the gap": "192.0.2.1::1",
    "a host is no IPv6 address with an IPv4 one in the middle": "2001:db8::192.0.2.1:1",
    "a host is no IPv6 address with an IPv4 one out of range": "2001:db8::192.0.2.256",
    "a host is no IPv6 address with a gap for nothing": "1:2:3:4::5:6:7:8",
    "a host is no IPv6 address with an empty group": "2001:db8::1:",
    "a host is no IPv6 address with three colons": "2001:::1",
    "a host is no IPv6 address with two gaps": "2001::db8::1",
    "a host is no IPv6 address that is too short": "2001:db8:1",
    "a host is no IPv6 address that is too long": "1:2:3:4:5:6:7:8:9",
    "a host is no IPv6 address with a long group": "2001:db8::12345",
}.items():
    RULES.add(rule, names(dns("host.example.com") + ip("2001:db8::1")), names(dns("host.example.com"), host), "HOST_SYNTAX")

# Form

syntax("a dNSName has no underscore in the Web PKI", dns("a-b.example.com"), dns("a_b.example.com"))
syntax("a dNSName has no NUL in the Web PKI", dns("a.example.com"), dns("a.example.com\0.evil.org"))
syntax("a dNSName has no empty label", dns("a.b.example.com"), dns("a..example.com"))
syntax("a dNSName has no dot at its end", dns("a.example.com"), dns("a.example.com."))
syntax("a dNSName has no dot at its beginning", dns("a.example.com"), dns(".example.com"))
syntax("a dNSName is not empty", dns("a"), dns(""))
syntax("a dNSName has no space", dns("a.example.com"), dns("a .example.com"))
syntax("a dNSName is no address with a port", dns("a.example.com"), dns("a.example.com:443"))
syntax("a dNSName has labels of 63 octets at most", dns("a" * 63 + ".example.com"), dns("a" * 64 + ".example.com"))
syntax("a dNSName has 253 octets at most", dns(".".join(["a" * 49] * 5) + ".abc"), dns(".".join(["a" * 49] * 5) + ".abcd"))
syntax("a wildcard is a whole label", dns("*.a.example.com"), dns("f*.example.com"))
syntax("a wildcard is the leftmost label", dns("*.a.example.com"), dns("a.*.example.com"))
syntax("a wildcard stands once", dns("*.a.example.com"), dns("*.*.example.com"))
syntax("a wildcard does not stand alone", dns("*.a.example.com"), dns("*"))
RULES.add("a dNSName is ASCII", names(dns("host.example.com", "x.example")), names(dns("host.example.com", b"\xe9.example")), "STRING")
RULES.add("an rfc822Name is ASCII", names(dns("host.example.com") + email("a@b")), names(dns("host.example.com") + email("é@b")), "STRING")
RULES.add("a URI is ASCII", names(dns("host.example.com") + uri("x:y")), names(dns("host.example.com") + uri("x:é")), "STRING")
HOST = dns("host.example.com")
for length in (0, 3, 5, 8, 15, 17, 32):
    RULES.add(
        f"an iPAddress has not {length} octets",
        names(HOST + ip("192.0.2.1", "::1")),
        names(HOST + tlv(0x87, bytes(length))),
        "IP_ADDRESS_LENGTH",
    )
RULES.add("names are not an empty list", names(HOST), names(b""), "EMPTY")
RULES.add("names are of known forms", names(HOST + tlv(0xA0, NULL) + tlv(0x88, b"\x2a")), names(HOST + tlv(0x89, b"x")), "GENERAL_NAME")
RULES.add("dNSNames are primitive", names(HOST), names(HOST + tlv(0xA2, b"x")), "GENERAL_NAME")
RULES.add("a directoryName is a Name", names(HOST + directory(name("x"))), names(HOST + tlv(0xA4, tlv(0x31))), "TAG")
RULES.add("nothing follows a directoryName", names(HOST + directory(name("x"))), names(HOST + tlv(0xA4, name("x"), NULL)), "TRAILING")
RULES.add(
    "a directoryName's strings are checked",
    names(HOST + directory(name("é"))),
    names(HOST + directory(seq(rdn(attribute("3", b"\xe9"))))),
    "STRING",
)
RULES.add("nothing follows the names", names(HOST), chain(leaf(CA, changes={"san": extension("17", seq(HOST) + NULL)}), CA), "TRAILING")
RULES.add(
    "a name is there to its end", names(HOST), chain(leaf(CA, changes={"san": extension("17", seq(HOST, b"\x82\x09a"))}), CA), "TRUNCATED"
)

# Names longer than the window


def long(contents: bytes, end: bytes = b"", **options) -> Presented:
    """A leaf with these names after many others."""
    field = extension("17", seq(HOST, MANY, contents) + end, options.pop("critical", False))
    return chain(leaf(CA, changes={"san": field}, **options), CA)


MANY = dns(*(f"host-{i:03}.example.org" for i in range(100)))
RULES.add("among many names each is looked at", long(dns("a.example")), long(dns("a..example")), "DNS_NAME_SYNTAX")
RULES.add(
    "many names are critical where there is no subject", long(b"", label=seq(), critical=True), long(b"", label=seq()), "NAMES_CRITICALITY"
)
RULES.add("many names are not critical beside a subject in the Web PKI", long(b""), long(b"", critical=True), "NAMES_CRITICALITY")
RULES.add("nothing follows many names", long(b""), long(b"", NULL), "TRAILING")
RULES.add("the last of many names is there to its end", long(dns("a")), long(b"\x82\x09a"), "TRUNCATED")
RULES.add("many names stand once", long(b""), chain(leaf(CA, changes={"more": extension("17", seq(MANY))}), CA), "EXTENSION_REPEATED")
LONG = bytes(1500)
for what, good, bad, cause in (
    ("a dNSName is not long", 0x86, 0x82, "DNS_NAME_SYNTAX"),
    ("an iPAddress is not long", 0x88, 0x87, "IP_ADDRESS_LENGTH"),
    ("a long name is of a known form", 0xA0, 0x89, "GENERAL_NAME"),
):
    RULES.add(what, long(tlv(good, LONG)), long(tlv(bad, LONG)), cause)
OF_URIS = authority("Of URIs", ROOT, changes={"nc": name_constraints(subtrees(uri("example.com")))})
OF_NAMES = authority("Of names", ROOT, changes={"nc": name_constraints(excluded=subtrees(dns("example.net")))})
LONG_URI = dns("host.example.com") + tlv(0x86, b"a" * 1500)
RULES.add(
    "a long name does no harm unless its form is constrained",
    chain(leaf(OF_NAMES, LONG_URI), OF_NAMES),
    chain(leaf(OF_URIS, LONG_URI), OF_URIS),
    "NAMES_NOT_KEPT",
)
RULES.add(
    "a long extension is passed over unless critical",
    chain(leaf(CA, changes={"more": extension("1.2.3", LONG)}), CA),
    chain(leaf(CA, changes={"more": extension("1.2.3", LONG, True)}), CA),
    "EXTENSION_CRITICAL",
)
RULES.add(
    "nothing follows the value of a long extension",
    chain(leaf(CA, changes={"more": extension("1.2.3", LONG)}), CA),
    chain(leaf(CA, changes={"more": seq(oid("1.2.3"), octets(LONG), NULL)}), CA),
    "TRAILING",
)
MANY_USAGES = (SERVER_AUTH, *(f"1.2.{i}" for i in range(100)))
RULES.add(
    "a known extension is not long",
    chain(leaf(CA, changes={"eku": extended_key_usage(*MANY_USAGES)}), CA),
    chain(leaf(CA, changes={"eku": extended_key_usage(*MANY_USAGES * 3)}), CA),
    "TOO_LONG",
)

# Profiles

PRIVATE = {"profile": RFC5280}
RULES.add(
    "an underscore is a letter under RFC 5280 alone",
    names(dns("a_b.example"), "a_b.example", **PRIVATE),
    names(dns("a_b.example"), "a_b.example"),
    "DNS_NAME_SYNTAX",
)
matches("a malformed name matches nothing under RFC 5280 alone", dns("a..example", "b.example"), "b.example", "a.example", **PRIVATE)
matches("a name with NUL matches nothing under RFC 5280 alone", dns("a.example\0.org", "b.example"), "b.example", "a.example", **PRIVATE)
matches(
    "a partial wildcard matches nothing under RFC 5280 alone", dns("f*.example.com", "b.example"), "b.example", "fo.example.com", **PRIVATE
)
NO_SUBJECT = seq()
CRITICAL = {"san": alternative_names(HOST, True)}
RULES.add(
    "names are critical where there is no subject",
    chain(leaf(CA, label=NO_SUBJECT, changes=CRITICAL), CA),
    chain(leaf(CA, label=NO_SUBJECT), CA),
    "NAMES_CRITICALITY",
)
RULES.add(
    "names are critical where there is no subject, under RFC 5280 alone, too",
    chain(leaf(CA, label=NO_SUBJECT, changes=CRITICAL), CA, **PRIVATE),
    chain(leaf(CA, label=NO_SUBJECT), CA, **PRIVATE),
    "NAMES_CRITICALITY",
)
RULES.add(
    "names are not critical beside a subject in the Web PKI",
    chain(leaf(CA, changes=CRITICAL), CA, **PRIVATE),
    chain(leaf(CA, changes=CRITICAL), CA),
    "NAMES_CRITICALITY",
)
