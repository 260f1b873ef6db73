"""Rules about the form of a certificate: DER, the fields of RFC 5280 section 4.1, keys and algorithms, the frame of extensions."""

from host_tests.x509.cases import Presented, Rules, chain, pin
from host_tests.x509.maker import (
    CA,
    ECDSA,
    FALSE,
    NOT_AFTER,
    NOT_BEFORE,
    NULL,
    ROOT,
    RSA,
    RSA_NUMBERS,
    SHA2,
    TRUE,
    Certificate,
    alternative_names,
    attribute,
    authority,
    authority_key_identifier,
    bits,
    dns,
    ec_key,
    ed25519_key,
    extension,
    integer,
    key_usage,
    leaf,
    name,
    octets,
    oid,
    pss_algorithm,
    rdn,
    rsa_key,
    seq,
    subject_key_identifier,
    tlv,
)

RULES = Rules()
RSA_CA = authority("RSA CA", ROOT, key=rsa_key())


def with_leaf(*, profile: int = 0, **options) -> Presented:
    return chain(leaf(CA, **options), CA, profile=profile)


def form(rule: str, good: dict, bad: dict, cause: str) -> None:
    """A rule about one certificate, tried on the leaf."""
    RULES.add(rule, with_leaf(**good), with_leaf(**bad), cause)


def edited(certificate: Certificate, edit) -> Certificate:
    """The same certificate with other octets around its (still good) signature."""
    return Certificate(
        edit(certificate.der),
        certificate.subject,
        certificate.key,
        certificate.tbs,
        certificate.signature,
        "sha256",
        certificate.scheme,
        CA,
    )


# The outer shell

PLAIN = leaf(CA)
RULES.add("nothing follows a certificate", chain(PLAIN, CA), chain(edited(PLAIN, lambda der: der + b"\0"), CA), "TRAILING")
RULES.add("a certificate is there to its end", chain(PLAIN, CA), chain(edited(PLAIN, lambda der: der[:-1]), CA), "TRUNCATED")
RULES.add(
    "an element ends within the one it is in",
    chain(PLAIN, CA),
    chain(edited(PLAIN, lambda der: der[:2] + (len(der) - 5).to_bytes(2) + der[4:]), CA),
    "TRUNCATED",
)
RULES.add("a certificate is a SEQUENCE", chain(PLAIN, CA), chain(edited(PLAIN, lambda der: b"\x31" + der[1:]), CA), "TAG")
RULES.add("lengths are definite", chain(PLAIN, CA), chain(edited(PLAIN, lambda der: b"\x30\x80" + der[4:] + b"\0\0"), CA), "INDEFINITE")
RULES.add(
    "lengths are in their shortest form",
    chain(PLAIN, CA),
    chain(edited(PLAIN, lambda der: b"\x30\x83\0" + der[2:]), CA),
    "LENGTH",
)
RULES.add("lengths have at most 24 bits", chain(PLAIN, CA), chain(edited(PLAIN, lambda der: b"\x30\x84\1\0\0\0" + der[2:]), CA), "LENGTH")
form("nothing follows the signature", {}, {"tail": NULL}, "TRAILING")
form("nothing follows the extensions", {}, {"after_extensions": NULL}, "TRAILING")
RULES.add(
    "the signature's unused bits are none",
    chain(PLAIN, CA),
    chain(edited(PLAIN, lambda der: der[: -len(PLAIN.signature) - 1] + b"\1" + PLAIN.signature), CA),
    "BIT_STRING",
)
RULES.add(
    "the signature says how many bits it leaves unused",
    chain(PLAIN, CA),
    chain(edited(PLAIN, lambda der: seq(PLAIN.tbs, ECDSA["sha256"], tlv(3))), CA),
    "BIT_STRING",
)
RULES.add("a chain has a certificate", chain(PLAIN, CA), chain(), "NO_CERTIFICATE")
RULES.add("a certificate has octets", chain(PLAIN, CA), chain(b"", CA), "TRUNCATED")
RULES.add("a certificate has more than an octet", chain(PLAIN, CA), chain(b"\x30", CA), "TRUNCATED")
RULES.add("a useless certificate may be nothing at all", chain(PLAIN, b"", b"\x30", CA), chain(PLAIN, b"", CA.der[:1]), "TRUNCATED")
RULES.add("a server sends at most 12 certificates", chain(PLAIN, *[CA] * 11), chain(PLAIN, *[CA] * 12), "TOO_MANY_CERTIFICATES")

# Version, serial number, algorithm

V3 = tlv(0xA0, integer(2))
form("the version is written in the shortest form", {"version": V3}, {"version": tlv(0xA0, tlv(2, b"\0\2"))}, "INTEGER")
form("version 1 is not written out", {"version": V3}, {"version": tlv(0xA0, integer(0))}, "DEFAULT")
form("extensions need version 3, not 2", {"version": V3}, {"version": tlv(0xA0, integer(1))}, "VERSION")
form("extensions need version 3, not 1", {"version": V3}, {"version": b""}, "VERSION")
form("there is no version 4", {"version": V3}, {"version": tlv(0xA0, integer(3))}, "VERSION")
RULES.add(
    "there is no version 4 without extensions, either",
    chain(BARE := leaf(CA, extension_list=()), anchors=None, pins=(pin(BARE),)),
    chain(BARE := leaf(CA, version=tlv(0xA0, integer(3)), extension_list=()), anchors=None, pins=(pin(BARE),)),
    "VERSION",
    "PIN",
)
form("the version has octets", {"version": V3}, {"version": tlv(0xA0, tlv(2))}, "INTEGER")
form("the version is one integer", {"version": V3}, {"version": tlv(0xA0, integer(2), integer(2))}, "TRAILING")
form("a serial number is not zero", {"serial": integer(1)}, {"serial": integer(0)}, "SERIAL_NUMBER")
form("a serial number is not negative", {"serial": integer(128)}, {"serial": tlv(2, b"\x80")}, "SERIAL_NUMBER")
form("a serial number has at most 20 octets", {"serial": integer(2**159 - 1)}, {"serial": integer(2**159)}, "SERIAL_NUMBER")
form("a serial number has no needless zero", {"serial": tlv(2, b"\x7f")}, {"serial": tlv(2, b"\0\x7f")}, "INTEGER")
form("a serial number has octets", {"serial": tlv(2, b"\x7f")}, {"serial": tlv(2)}, "INTEGER")
form("a serial number is an integer", {"serial": tlv(2, b"\x7f")}, {"serial": tlv(10, b"\x7f")}, "TAG")
form(
    "the inner algorithm is the outer one",
    {"hash_name": "sha384"},
    {"algorithm": ECDSA["sha384"], "outer_algorithm": ECDSA["sha256"]},
    "ALGORITHMS_DIFFER",
)
form("ECDSA is not used with SHA-1", {"hash_name": "sha256"}, {"hash_name": "sha1"}, "SIGNATURE_ALGORITHM")
form(
    "parameters of ECDSA algorithms are absent",
    {"algorithm": ECDSA["sha256"]},
    {"algorithm": seq(oid("1.2.840.10045.4.3.2"), NULL)},
    "SIGNATURE_ALGORITHM",
)
RULES.add(
    "RSA is not used with SHA-1",
    chain(leaf(RSA_CA), RSA_CA),
    chain(leaf(RSA_CA, hash_name="sha1"), RSA_CA),
    "SIGNATURE_ALGORITHM",
)
RULES.add(
    "RSA is not used with MD5",
    chain(leaf(RSA_CA, hash_name="sha512"), RSA_CA),
    chain(leaf(RSA_CA, algorithm=RSA["md5"]), RSA_CA),
    "SIGNATURE_ALGORITHM",
)
for hash_name, number in RSA_NUMBERS.items():
    if hash_name in SHA2:
        RULES.add(
            f"parameters of RSA with {hash_name} are NULL or absent",
            chain(leaf(RSA_CA, hash_name=hash_name, algorithm=seq(oid(f"1.2.840.113549.1.1.{number}"))), RSA_CA),
            chain(leaf(RSA_CA, hash_name=hash_name, algorithm=seq(oid(f"1.2.840.113549.1.1.{number}"), tlv(5, b"\0"))), RSA_CA),
            "SIGNATURE_ALGORITHM",
        )
ABSENT = seq(oid("1.2.840.113549.1.1.11"))
RULES.add(
    "parameters of RSA algorithms are the same inside and outside",
    chain(leaf(RSA_CA, algorithm=ABSENT), RSA_CA),
    chain(leaf(RSA_CA, outer_algorithm=ABSENT), RSA_CA),
    "ALGORITHMS_DIFFER",
)
for text, good, bad in (
    ("ECDSA is not used with SHA-224", CA, seq(oid("1.2.840.10045.4.3.1"))),
    ("ECDSA is not used with a hash of another number", CA, seq(oid("1.2.840.10045.4.3.5"))),
    ("ECDSA is known by its whole identifier", CA, seq(oid("1.2.840.10045.4.4.2"))),
    ("RSA is not used with SHA-224", RSA_CA, seq(oid("1.2.840.113549.1.1.14"), NULL)),
    ("RSA is known by its whole identifier", RSA_CA, seq(oid("1.2.840.113549.1.2.11"), NULL)),
    ("parameters of RSA algorithms are not something else", RSA_CA, seq(oid("1.2.840.113549.1.1.11"), octets())),
):
    RULES.add(text, chain(leaf(good), good), chain(leaf(good, algorithm=bad), good), "SIGNATURE_ALGORITHM")
ED_CA = authority("Ed25519 CA", ROOT, key=ed25519_key("ed"))
RULES.add("signatures are by ECDSA or RSA", chain(PLAIN, CA), chain(leaf(ED_CA), ED_CA), "SIGNATURE_ALGORITHM")


PSS = oid("1.2.840.113549.1.1.10")
SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"), NULL)
MGF1 = seq(oid("1.2.840.113549.1.1.8"), SHA256)


def pss(rule: str, bad: bytes) -> None:
    RULES.add(rule, chain(leaf(RSA_CA, pss=True), RSA_CA), chain(leaf(RSA_CA, pss=True, algorithm=bad), RSA_CA), "PSS_PARAMETERS")


pss("PSS has one hash for message and mask", pss_algorithm("sha256", mgf="sha384"))
pss("PSS has a salt as long as the hash", pss_algorithm("sha256", salt=20))
pss("PSS is not used with SHA-1", pss_algorithm("sha1"))


def pss_of(hash_: bytes = SHA256, mask: bytes = MGF1, salt: bytes = integer(32), mask_end: bytes = b"") -> bytes:
    """The AlgorithmIdentifier out of its parts."""
    return seq(PSS, seq(tlv(0xA0, hash_), tlv(0xA1, mask, mask_end), tlv(0xA2, salt)))


def pss_trailing(rule: str, bad: bytes) -> None:
    RULES.add(
        rule, chain(leaf(RSA_CA, pss=True, algorithm=pss_of()), RSA_CA), chain(leaf(RSA_CA, pss=True, algorithm=bad), RSA_CA), "TRAILING"
    )


for number in ("2.16.840.1.101.3.4.2.4", "2.16.840.1.101.3.4.2.0", "1.2.3.1"):
    ALIEN = seq(oid(number), NULL)
    for size in (32, 64):
        bad = pss_of(ALIEN, seq(oid("1.2.840.113549.1.1.8"), ALIEN), integer(size))
        pss(f"PSS is not used with the hash {number} and a salt of {size}", bad)
pss("PSS has the mask function 1", pss_of(mask=seq(oid("1.2.840.113549.1.1.9"), SHA256)))
pss("PSS says what its mask is", seq(PSS, seq(tlv(0xA0, SHA256), tlv(0xA2, integer(32)))))
pss("PSS says how long its salt is", seq(PSS, seq(tlv(0xA0, SHA256), tlv(0xA1, MGF1))))
pss("parameters of PSS hashes are NULL or none", pss_of(seq(oid("2.16.840.1.101.3.4.2.1"), tlv(5, b"\0"))))
pss_trailing("nothing follows the hash of PSS", pss_of(SHA256 + NULL))
pss_trailing("nothing follows the parameters of the hash of PSS", pss_of(seq(SHA256[2:], NULL)))
pss_trailing("nothing follows the hash of the mask of PSS", pss_of(mask=seq(MGF1[2:], NULL)))
pss_trailing("nothing follows the mask of PSS", pss_of(mask_end=NULL))
pss_trailing("nothing follows the salt's length of PSS", pss_of(salt=integer(32) + NULL))
pss_trailing("nothing follows the parameters of PSS", seq(pss_of()[2:], NULL))
pss("PSS has parameters", seq(oid("1.2.840.113549.1.1.10")))
pss("PSS parameters are not all left at their defaults, SHA-1", seq(oid("1.2.840.113549.1.1.10"), seq()))
pss("PSS has the default trailer, not written out", pss_algorithm("sha256", trailer=tlv(0xA3, integer(1))))
PSS_CONTENTS = pss_algorithm("sha256")[4:]
RULES.add(
    "PSS is known by its whole identifier",
    chain(leaf(RSA_CA, pss=True), RSA_CA),
    chain(leaf(RSA_CA, pss=True, algorithm=seq(tlv(6, b"\1" + PSS_CONTENTS[:9]), PSS_CONTENTS[9:])), RSA_CA),
    "SIGNATURE_ALGORITHM",
)
RULES.add(
    "PSS hashes have NULL parameters or none",
    chain(leaf(RSA_CA, pss=True, algorithm=pss_algorithm("sha256", null=False)), RSA_CA),
    chain(leaf(RSA_CA, pss=True, algorithm=pss_algorithm("sha256", null=False, mgf="sha512")), RSA_CA),
    "PSS_PARAMETERS",
)

# Names and dates


def named(subject: bytes) -> dict:
    return {"label": subject}


GOOD_NAME = named(name("host"))
form(
    "a PrintableString has its characters alone",
    named(seq(rdn(attribute("3", "it's (a) host", 0x13)))),
    named(seq(rdn(attribute("3", "a@b", 0x13)))),
    "STRING",
)
form("an IA5String is ASCII", named(seq(rdn(attribute("3", "a@b", 0x16)))), named(seq(rdn(attribute("3", b"a\xe9", 0x16)))), "STRING")
form("a UTF8String is UTF-8", named(seq(rdn(attribute("3", "é")))), named(seq(rdn(attribute("3", b"\xe9")))), "STRING")
form(
    "a BMPString has whole characters", named(seq(rdn(attribute("3", b"\0a", 0x1E)))), named(seq(rdn(attribute("3", b"a", 0x1E)))), "STRING"
)
form(
    "a UniversalString has whole characters",
    named(seq(rdn(attribute("3", b"\0\0\0a", 0x1C)))),
    named(seq(rdn(attribute("3", b"\0a", 0x1C)))),
    "STRING",
)
form("a NumericString has digits", named(seq(rdn(attribute("3", "1 2", 0x12)))), named(seq(rdn(attribute("3", "1a", 0x12)))), "STRING")
form("a VisibleString is printable", named(seq(rdn(attribute("3", "a b", 0x1A)))), named(seq(rdn(attribute("3", "a\0", 0x1A)))), "STRING")
form("strings are not in pieces", GOOD_NAME, named(seq(rdn(attribute("3", tlv(0x0C, b"host"), 0x2C)))), "STRING")
ATTRIBUTES = sorted((attribute("3", "host"), attribute("5", "1", 0x13)))
form("attributes of one RDN are sorted", named(seq(rdn(*ATTRIBUTES))), named(seq(rdn(*reversed(ATTRIBUTES)))), "SET_ORDER")
form("attributes of one RDN differ", named(seq(rdn(*ATTRIBUTES))), named(seq(rdn(ATTRIBUTES[0], ATTRIBUTES[0]))), "SET_ORDER")
form("an RDN has an attribute", GOOD_NAME, named(seq(rdn())), "TRUNCATED")
form("an attribute has one value", GOOD_NAME, named(seq(rdn(seq(oid("2.5.4.3"), tlv(12, b"a"), tlv(12, b"b"))))), "TRAILING")
form("an RDN is a SET", GOOD_NAME, named(seq(seq(attribute("3", "host")))), "TAG")
form("an issuer has a name", {}, {"issuer_name": seq()}, "ISSUER_EMPTY")
form("object identifiers have no padding", GOOD_NAME, named(seq(rdn(seq(tlv(6, b"\x80\x55\4\3"), tlv(12, b"a"))))), "OID")
form("object identifiers end", GOOD_NAME, named(seq(rdn(seq(tlv(6, b"\x55\x84"), tlv(12, b"a"))))), "OID")
form("object identifiers have no padding within", GOOD_NAME, named(seq(rdn(seq(tlv(6, b"\x55\x80\4"), tlv(12, b"a"))))), "OID")
form(
    "object identifiers may have octets 80 in the middle of a number",
    named(seq(rdn(seq(tlv(6, b"\x55\x81\x80\4"), tlv(12, b"a"))))),
    named(seq(rdn(seq(tlv(6, b"\x55\x81\x80\4\x80\4"), tlv(12, b"a"))))),
    "OID",
)
form("tags have one octet", GOOD_NAME, named(seq(rdn(seq(oid("2.5.4.3"), b"\x1f\1a")))), "TAG")
form("object identifiers are not empty", GOOD_NAME, named(seq(rdn(seq(tlv(6), tlv(12, b"a"))))), "OID")


def dates(before: bytes = NOT_BEFORE, after: bytes = NOT_AFTER) -> dict:
    return {"validity": seq(before, after)}


def utc(text: str) -> bytes:
    return tlv(0x17, text.encode())


def generalized(text: str) -> bytes:
    return tlv(0x18, text.encode())


form("dates from 2050 on are GeneralizedTime", dates(after=generalized("20500101000000Z")), dates(after=utc("500101000000Z")), "EXPIRED")
form("dates before 2050 are UTCTime", dates(after=utc("491231235959Z")), dates(after=generalized("20491231235959Z")), "TIME")
form("years up to 9999 are good", dates(after=generalized("99991231235959Z")), dates(after=generalized("99991331235959Z")), "TIME")
form("UTCTime has seconds", dates(before=utc("260101000000Z")), dates(before=utc("2601010000Z")), "TIME")
form("UTCTime ends with a Z", dates(before=utc("260101000000Z")), dates(before=utc("260101000000z")), "TIME")
form("months begin with 1", dates(before=utc("250101000000Z")), dates(before=utc("250001000000Z")), "TIME")
form("months end with 12", dates(after=utc("261201000000Z")), dates(after=utc("261301000000Z")), "TIME")
form("days begin with 1", dates(before=utc("250101000000Z")), dates(before=utc("250100000000Z")), "TIME")
form("minutes end at 59", dates(after=utc("270101005900Z")), dates(after=utc("270101006000Z")), "TIME")
form(
    "of full centuries every fourth is a leap year",
    dates(after=generalized("24000229000000Z")),
    dates(after=generalized("21000229000000Z")),
    "TIME",
)
form("UTCTime is in Zulu", dates(before=utc("260101000000Z")), dates(before=utc("260101000000+0000")), "TIME")
form("GeneralizedTime is in Zulu", dates(after=generalized("20500101000000Z")), dates(after=generalized("20500101000000+0000")), "TIME")
form("GeneralizedTime has no fractions", dates(after=generalized("20500101000000Z")), dates(after=generalized("20500101000000.5Z")), "TIME")
form("months are of the calendar", dates(after=utc("261231000000Z")), dates(after=utc("261331000000Z")), "TIME")
form("days are of the calendar", dates(after=utc("261130000000Z")), dates(after=utc("261131000000Z")), "TIME")
form("29 February is of leap years", dates(after=utc("280229000000Z")), dates(after=utc("270229000000Z")), "TIME")
form("hours end at 23", dates(after=utc("270101230000Z")), dates(after=utc("270101240000Z")), "TIME")
form("seconds end at 59", dates(after=utc("270101235959Z")), dates(after=utc("270101235960Z")), "TIME")
form("dates are digits", dates(after=utc("270101000000Z")), dates(after=utc("2701 1000000Z")), "TIME")
form("a validity is two dates", {}, {"validity": seq(NOT_BEFORE, NOT_AFTER, NOT_AFTER)}, "TRAILING")

# Keys

N2048 = (1 << 2047) + 12345
EC_ALGORITHM = seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
POINT = ec_key("host").bits
RSA_ALGORITHM = seq(oid("1.2.840.113549.1.1.1"), NULL)


def rsa_spki(n: int, e: int, algorithm: bytes = RSA_ALGORITHM, tail: bytes = b"") -> dict:
    return {"spki": seq(algorithm, bits(seq(integer(n), integer(e)), tail))}


EC = {"spki": seq(EC_ALGORITHM, bits(POINT))}
form("P-384 keys are accepted, P-521 ones are not", {"key": ec_key("x", "p384")}, {"key": ec_key("x", "p521")}, "KEY_ALGORITHM")
form("RSA keys are accepted, Ed25519 ones are not", {"key": rsa_key()}, {"key": ed25519_key("x")}, "KEY_ALGORITHM")
form("curves are named", EC, {"spki": seq(seq(oid("1.2.840.10045.2.1"), seq(integer(1))), bits(POINT))}, "KEY_ALGORITHM")
form("an EC key has a curve", EC, {"spki": seq(seq(oid("1.2.840.10045.2.1")), bits(POINT))}, "KEY_ALGORITHM")
form("points are not compressed", EC, {"spki": seq(EC_ALGORITHM, bits(bytes((2 + (POINT[-1] & 1),)) + POINT[1:33]))}, "KEY_EC_POINT")
form("points are not hybrid", EC, {"spki": seq(EC_ALGORITHM, bits(b"\6" + POINT[1:]))}, "KEY_EC_POINT")
form("nothing follows a curve", EC, {"spki": seq(seq(EC_ALGORITHM[2:], NULL), bits(POINT))}, "TRAILING")
form("nothing follows the parameters of an RSA key", rsa_spki(N2048, 3), rsa_spki(N2048, 3, seq(RSA_ALGORITHM[2:], NULL)), "TRAILING")
form("points have the length of their curve", EC, {"spki": seq(EC_ALGORITHM, bits(POINT[:-1]))}, "KEY_EC_POINT")
form("a key has octets", EC, {"spki": seq(EC_ALGORITHM, tlv(3))}, "BIT_STRING")
form("a key is whole octets", EC, {"spki": seq(EC_ALGORITHM, tlv(3, b"\1", POINT))}, "BIT_STRING")
form("nothing follows a key", EC, {"spki": seq(EC_ALGORITHM, bits(POINT), NULL)}, "TRAILING")
form("RSA keys have 2048 bits or more", rsa_spki(N2048, 3), rsa_spki((1 << 2047) - 1, 65537), "KEY_RSA_SIZE")
form("RSA keys have 8192 bits at most", rsa_spki((1 << 8192) - 1, 3), rsa_spki((1 << 8192) + 1, 65537), "KEY_RSA_SIZE")
form("RSA moduli are odd", rsa_spki(N2048, 3), rsa_spki(N2048 + 1, 3), "KEY_RSA_MODULUS")
form("RSA exponents are 3 at least", rsa_spki(N2048, 3), rsa_spki(N2048, 1), "KEY_RSA_EXPONENT")
form("RSA exponents are not 0", rsa_spki(N2048, 3), rsa_spki(N2048, 0), "KEY_RSA_EXPONENT")
form("RSA moduli are not 0", rsa_spki(N2048, 3), rsa_spki(0, 3), "KEY_RSA_SIZE")
form("RSA exponents are odd", rsa_spki(N2048, 3), rsa_spki(N2048, 4), "KEY_RSA_EXPONENT")
form("RSA exponents are below 2^32", rsa_spki(N2048, (1 << 32) - 1), rsa_spki(N2048, (1 << 32) + 1), "KEY_RSA_EXPONENT")
form("RSA exponents are not as long as the modulus", rsa_spki(N2048, 17), rsa_spki(N2048, N2048), "KEY_RSA_EXPONENT")
form("RSA exponents are not negative", rsa_spki(N2048, 17), rsa_spki(N2048, -17), "INTEGER")
form("parameters of RSA keys are there", rsa_spki(N2048, 17), rsa_spki(N2048, 17, seq(oid("1.2.840.113549.1.1.1"))), "TRUNCATED")
form("parameters of RSA keys are NULL", rsa_spki(N2048, 17), rsa_spki(N2048, 17, seq(oid("1.2.840.113549.1.1.1"), seq())), "TAG")
form(
    "parameters of RSA keys are an empty NULL",
    rsa_spki(N2048, 17),
    rsa_spki(N2048, 17, seq(oid("1.2.840.113549.1.1.1"), tlv(5, b"\0"))),
    "KEY_ALGORITHM",
)
form(
    "an RSA key is two integers",
    rsa_spki(N2048, 17),
    {"spki": seq(RSA_ALGORITHM, bits(seq(integer(N2048), integer(3), integer(5))))},
    "TRAILING",
)
form("nothing follows an RSA key", rsa_spki(N2048, 17), rsa_spki(N2048, 17, tail=NULL), "TRAILING")
PSS_KEY = seq(oid("1.2.840.113549.1.1.10"))
form(
    "a PSS key may be restricted to a SHA-2",
    rsa_spki(N2048, 17, pss_algorithm("sha384")),
    rsa_spki(N2048, 17, pss_algorithm("sha1")),
    "PSS_PARAMETERS",
)
form(
    "a PSS key may be without restriction, not with NULL",
    rsa_spki(N2048, 17, PSS_KEY),
    rsa_spki(N2048, 17, seq(oid("1.2.840.113549.1.1.10"), NULL)),
    "TAG",
)
RULES.add(
    "the bound for RSA keys is the policy's",
    with_leaf(**rsa_spki((1 << 3072) - 1, 3)).with_(most_rsa_bits=3072),
    with_leaf(**rsa_spki((1 << 3073) - 1, 3)).with_(most_rsa_bits=3072),
    "KEY_RSA_SIZE",
)

# Between key and extensions; the frame of extensions

form("there is no issuer unique identifier", {}, {"before_extensions": tlv(0x81, b"\0\1")}, "UNIQUE_IDENTIFIER")
form("there is no subject unique identifier", {}, {"before_extensions": tlv(0x82, b"\0\1")}, "UNIQUE_IDENTIFIER")


def more(*extensions: bytes) -> dict:
    return {"changes": {f"more {i}": value for i, value in enumerate(extensions)}}


OTHER = extension("1.2.3.4", b"anything")
form("unknown extensions are passed over unless critical", more(OTHER), more(extension("1.2.3.4", b"anything", True)), "EXTENSION_CRITICAL")
form("no extension stands twice", more(OTHER, extension("1.2.3.5", b"x")), more(OTHER, OTHER), "EXTENSION_REPEATED")
form("no known extension stands twice", {}, more(alternative_names(dns("host.example.com"))), "EXTENSION_REPEATED")
form("criticality is not written out where false", more(OTHER), more(extension("1.2.3.4", b"x", FALSE)), "DEFAULT")
form("booleans are 00 or FF", more(extension("2.5.29.14", octets(b"x"))), more(extension("1.2.3.4", b"x", tlv(1, b"\1"))), "BOOLEAN")
form("booleans have one octet", more(OTHER), more(extension("1.2.3.4", b"x", tlv(1, b"\xff\xff"))), "BOOLEAN")
form("nothing follows an extension's value", more(OTHER), more(seq(oid("1.2.3.4"), octets(b"x"), NULL)), "TRAILING")
form("an extension has a value", more(OTHER), more(seq(oid("1.2.3.4"))), "TRUNCATED")
form("nothing follows the value of a known extension", {}, {"changes": {"basic": extension("19", seq() + NULL, True)}}, "TRAILING")
form("lengths within are in their shortest form", more(OTHER), more(b"\x30\x81" + OTHER[1:]), "LENGTH")
form("lengths are there to their end", {}, {"changes": {"eku": extension("37", b"\x30\x82")}}, "TRUNCATED")
form(
    "nothing stands between the key and the extensions",
    {},
    {"version": b"", "extension_list": (), "before_extensions": NULL},
    "TRAILING",
)
form("extensions are not an empty list", {}, {"extension_field": tlv(0xA3, seq())}, "EMPTY")
form("extensions are one list", {}, {"extension_field": tlv(0xA3, seq(OTHER), seq(OTHER))}, "TRAILING")
form(
    "there are at most 48 extensions",
    more(*[extension(f"1.2.3.{i}", b"") for i in range(43)]),
    more(*[extension(f"1.2.3.{i}", b"") for i in range(44)]),
    "TOO_MANY_EXTENSIONS",
)
form(
    "an extension's identifier has at most 64 octets",
    more(extension("1.2" + ".9" * 63, b"")),
    more(extension("1.2" + ".9" * 64, b"")),
    "TOO_MANY_EXTENSIONS",
)
form(
    "certificate transparency's poison is not accepted",
    more(extension("1.3.6.1.4.1.11129.2.4.2", octets(b"sct"))),
    more(extension("1.3.6.1.4.1.11129.2.4.3", NULL, True)),
    "EXTENSION_CRITICAL",
)
form(
    "critical certificate policies are refused",
    more(extension("32", seq(seq(oid("2.23.140.1.2.1"))))),
    more(extension("32", seq(seq(oid("2.23.140.1.2.1"))), True)),
    "EXTENSION_CRITICAL",
)


def ca_with(*extensions: bytes) -> Presented:
    ca = authority("CA with more", ROOT, **more(*extensions))
    return chain(leaf(ca), ca)


RULES.add(
    "critical policy constraints are refused",
    ca_with(extension("36", seq(tlv(0x80, b"\1")))),
    ca_with(extension("36", seq(tlv(0x80, b"\0")), True)),
    "EXTENSION_CRITICAL",
)
MAPPING = seq(seq(oid("1.2.3"), oid("1.2.4")))
RULES.add(
    "critical policy mappings are refused", ca_with(extension("33", MAPPING)), ca_with(extension("33", MAPPING, True)), "EXTENSION_CRITICAL"
)
RULES.add(
    "critical inhibitAnyPolicy is refused",
    ca_with(extension("54", integer(0))),
    ca_with(extension("54", integer(0), True)),
    "EXTENSION_CRITICAL",
)
RULES.add("unknown critical extensions of a CA are refused", ca_with(OTHER), ca_with(extension("1.2.3.4", b"", True)), "EXTENSION_CRITICAL")

# Known extensions

KEY_ID = CA.key.identifier


def leaf_with(**changes) -> dict:
    return {"changes": changes}


form("key usage is not empty", leaf_with(usage=key_usage(8)), leaf_with(usage=extension("15", tlv(3, b"\0"), True)), "KEY_USAGE_EMPTY")
form(
    "named bits end with a one",
    leaf_with(usage=extension("15", tlv(3, b"\7\x80"), True)),
    leaf_with(usage=extension("15", tlv(3, b"\6\x80"), True)),
    "BIT_STRING",
)
form(
    "unused bits are zero",
    leaf_with(usage=extension("15", tlv(3, b"\7\x80"), True)),
    leaf_with(usage=extension("15", tlv(3, b"\7\x81"), True)),
    "BIT_STRING",
)
form("unused bits are less than eight", {}, leaf_with(usage=extension("15", tlv(3, b"\x08\x80"), True)), "BIT_STRING")
form("key usage says how many bits it leaves unused", {}, leaf_with(usage=extension("15", tlv(3), True)), "BIT_STRING")
form("no bits are unused where there are none", {}, leaf_with(usage=extension("15", tlv(3, b"\1"), True)), "BIT_STRING")
form("extended key usage is not empty", {}, leaf_with(eku=extension("37", seq())), "EMPTY")
form(
    "key identifiers are not critical in the leaf",
    leaf_with(ski=subject_key_identifier(b"x")),
    leaf_with(ski=subject_key_identifier(b"x", True)),
    "KEY_IDENTIFIER_CRITICAL",
)
form(
    "an authority key identifier is not critical",
    {},
    leaf_with(aki=extension("35", seq(tlv(0x80, KEY_ID)), True)),
    "KEY_IDENTIFIER_CRITICAL",
)
form(
    "a key identifier has at most 64 octets",
    leaf_with(ski=subject_key_identifier(bytes(64))),
    leaf_with(ski=subject_key_identifier(bytes(65))),
    "TOO_LONG",
)
form(
    "an authority key identifier has at most 64 octets",
    {"changes": {"aki": authority_key_identifier(bytes(64))}, "profile": 1},
    {"changes": {"aki": authority_key_identifier(bytes(65))}, "profile": 1},
    "TOO_LONG",
)
form(
    "nothing follows an authority key identifier",
    {},
    leaf_with(aki=extension("35", seq(tlv(0x80, KEY_ID), tlv(0x83, b"")))),
    "TRAILING",
)
form(
    "an identifier that begins as a known one is not known",
    more(extension("2.5.29.19.1", seq())),
    more(extension("2.5.29.19.1", seq(), True)),
    "EXTENSION_CRITICAL",
)
form("cA is not written out where false", {}, leaf_with(basic=extension("19", seq(FALSE), True)), "DEFAULT")
form("a path length is a CA's", {}, leaf_with(basic=extension("19", seq(integer(0)), True)), "PATH_LENGTH_WITHOUT_CA")
form(
    "a TLS feature is not empty",
    leaf_with(staple=extension("1.3.6.1.5.5.7.1.24", seq(integer(17)))),
    leaf_with(staple=extension("1.3.6.1.5.5.7.1.24", seq())),
    "EMPTY",
)
SEVERAL = authority("path length", ROOT, changes={"basic": extension("19", seq(TRUE, integer(3)), True)})
NEGATIVE = authority("path length", ROOT, changes={"basic": extension("19", seq(TRUE, integer(-1)), True)})
MORE = authority("path length", ROOT, changes={"basic": extension("19", seq(TRUE, integer(3), NULL), True)})
RULES.add("nothing follows a path length", chain(leaf(SEVERAL), SEVERAL), chain(leaf(MORE), MORE), "TRAILING")
HUGE = authority("path length", ROOT, changes={"basic": extension("19", seq(TRUE, integer(2**200)), True)})
RULES.add("a path length may be huge", chain(leaf(HUGE), HUGE), chain(leaf(NEGATIVE), NEGATIVE), "INTEGER")
RULES.add("a path length is not negative", chain(leaf(SEVERAL), SEVERAL), chain(leaf(NEGATIVE), NEGATIVE), "INTEGER")
