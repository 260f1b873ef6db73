"""Rules about stapled OCSP responses: RFC 6960, RFC 5019, RFC 7633."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from host_tests.x509.cases import Presented, Rules, chain, pin
from host_tests.x509.maker import (
    ANY_USAGE,
    CA,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    ECDSA,
    FALSE,
    MUST_STAPLE,
    NOT_AFTER,
    NOW,
    NULL,
    OCSP_SIGNING,
    ROOT,
    SERVER_AUTH,
    Certificate,
    Key,
    authority,
    bits,
    certificate,
    ec_key,
    extended_key_usage,
    extension,
    integer,
    key_usage,
    leaf,
    octets,
    oid,
    pss_algorithm,
    rsa_key,
    seq,
    tlv,
    verdict,
)
from tools.latchkey_tools import der

RULES = Rules()
HOUR = 3600
SHA1 = seq(oid("1.3.14.3.2.26"), NULL)
SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"), NULL)
GOOD, UNKNOWN = tlv(0x80), tlv(0x82)
REVOKED = tlv(0xA1, tlv(0x18, b"20260101000000Z"))
BASIC = oid("1.3.6.1.5.5.7.48.1.1")
REQUIRED = {"ocsp": 2}


def moment(seconds: int) -> bytes:
    """A GeneralizedTime so many seconds from now."""
    return tlv(0x18, datetime.fromtimestamp(NOW + seconds, UTC).strftime("%Y%m%d%H%M%SZ").encode())


def certificate_id(subject: Certificate, issuer: Certificate, algorithm: bytes = SHA1, serial: bytes | None = None) -> bytes:
    digest = hashlib.sha1 if oid("1.3.14.3.2.26") in algorithm else hashlib.sha256
    return seq(algorithm, octets(digest(issuer.subject).digest()), octets(digest(issuer.key.bits).digest()), serial or serial_of(subject))


def serial_of(subject: Certificate) -> bytes:
    """The serial number's element in a certificate of version 3 made here."""
    at = subject.tbs.index(b"\xa0\x03\x02\x01\x02") + 5
    return subject.tbs[at : at + 2 + subject.tbs[at + 1]]


def single(
    subject: Certificate,
    issuer: Certificate = CA,
    *,
    identifier: bytes | None = None,
    status: bytes = GOOD,
    this_update: bytes | None = None,
    next_update: bytes | None = None,
    tail: bytes = b"",
) -> bytes:
    """A SingleResponse: good, since an hour ago, for another hour."""
    later = tlv(0xA0, moment(HOUR)) if next_update is None else next_update
    return seq(identifier or certificate_id(subject, issuer), status, this_update or moment(-HOUR), later, tail)


@dataclass(frozen=True)
class Staple:
    """A response and the verdicts that make its signature good."""

    der: bytes
    verdicts: tuple[bytes, ...]


def by_key(key: Key) -> bytes:
    return tlv(0xA2, octets(key.identifier))


def by_name(signer: Certificate) -> bytes:
    return tlv(0xA1, signer.subject)


def staple(
    singles: Sequence[bytes],
    signer: Certificate = CA,
    *,
    responder: bytes | None = None,
    version: bytes = b"",
    produced: bytes | None = None,
    response_extensions: bytes = b"",
    tail: bytes = b"",
    certificates: Sequence[Certificate | bytes] = (),
    algorithm: bytes | None = None,
    signed: bool = True,
    pss: bool = False,
    status: bytes = tlv(0x0A, b"\0"),
    kind: bytes = BASIC,
    end: bytes = b"",
) -> Staple:
    """An OCSPResponse signed by `signer`."""
    data = seq(version, responder or by_key(signer.key), produced or moment(-HOUR), seq(*singles), response_extensions, tail)
    signature = signer.key.sign(data, pss=pss)
    ders = [c if isinstance(c, bytes) else c.der for c in certificates]
    basic = seq(data, algorithm or signer.key.algorithm(pss=pss), bits(signature), tlv(0xA0, seq(*ders)) if ders else b"")
    scheme = 0x0804 if pss else 0x0401 if hasattr(signer.key.private, "decrypt") else 0x0403
    known = (verdict(scheme, signer.key, hashlib.sha256(data).digest(), signature),) if signed else ()
    return Staple(seq(status, tlv(0xA0, seq(kind, octets(basic)))) + end, known)


LEAF = leaf(CA)
STAPLING = leaf(CA, changes={"staple": MUST_STAPLE})


def stapled(
    response: Staple | bytes, subject: Certificate = LEAF, *cas: Certificate, signers: tuple[Certificate, ...] = (), **policy
) -> Presented:
    """A chain with this response."""
    der, verdicts = (response, ()) if isinstance(response, bytes) else (response.der, response.verdicts)
    return chain(subject, *(cas or (CA,)), status=der, verdicts=verdicts, signers=signers, **policy)


FINE = stapled(staple([single(LEAF)]))


def rule(text: str, bad: Presented, cause: str, good: Presented = FINE) -> None:
    RULES.add(text, good, bad, cause)


def about(**options) -> Presented:
    """A response whose one SingleResponse is changed."""
    return stapled(staple([single(LEAF, **options)]))


def response(**options) -> Presented:
    """A changed response about the leaf."""
    return stapled(staple([single(LEAF)], **options))


# When there must be one

rule("a response is there where it is required", chain(LEAF, CA, **REQUIRED), "OCSP_MISSING", FINE.with_(**REQUIRED))
rule(
    "a response is there where the leaf says must-staple",
    chain(STAPLING, CA),
    "OCSP_MISSING",
    stapled(staple([single(STAPLING)]), STAPLING),
)
VERSION_2 = leaf(CA, changes={"staple": extension("1.3.6.1.5.5.7.1.24", seq(integer(17)))})
rule("a response is not required by another TLS feature", chain(STAPLING, CA), "OCSP_MISSING", chain(VERSION_2, CA))
rule("a pinned leaf alone has no issuer to vouch for it", chain(LEAF, anchors=None, pins=(pin(LEAF),), **REQUIRED), "OCSP_MISSING", FINE)

# What it says

rule("the leaf is not revoked", about(status=REVOKED), "OCSP_REVOKED")
rule("the responder knows the leaf", about(status=UNKNOWN), "OCSP_UNKNOWN")
rule("an unknown status is not good", about(status=tlv(0x83)), "OCSP_UNKNOWN")
rule(
    "the response is about the leaf's serial number",
    about(identifier=certificate_id(LEAF, CA, serial=integer(7))),
    "OCSP_OTHER_CERTIFICATE",
)
rule("the response is about the leaf's issuer", about(identifier=certificate_id(LEAF, ROOT)), "OCSP_OTHER_CERTIFICATE")
OTHER = ("OCSP_OTHER_CERTIFICATE",)
NAMESAKE = authority("CA", ROOT, key=ec_key("namesake"))
ALIAS = certificate("Alias", ROOT, {}, key=CA.key)
for text, algorithm in {"SHA-1": SHA1, "SHA-256": SHA256}.items():
    rule(
        f"the response is about the name of the leaf's issuer, by {text}", about(identifier=certificate_id(LEAF, ALIAS, algorithm)), *OTHER
    )
rule(
    "the hash of an identifier is named",
    about(identifier=certificate_id(LEAF, CA).replace(oid("1.3.14.3.2.26"), oid("1.3.14.3.2.27"))),
    *OTHER,
)
LONG = authority("Long " * 20, ROOT, key=ec_key("long"))
LONG_LEAF = leaf(LONG)
rule(
    "an issuer's name may be long",
    stapled(staple([single(LONG_LEAF, CA)], LONG), LONG_LEAF, LONG),
    *OTHER,
    stapled(staple([single(LONG_LEAF, LONG)], LONG), LONG_LEAF, LONG),
)
rule("the response is about the key of the leaf's issuer", about(identifier=certificate_id(LEAF, NAMESAKE)), "OCSP_OTHER_CERTIFICATE")
rule(
    "identifiers by SHA-256 are understood",
    about(identifier=certificate_id(LEAF, NAMESAKE, SHA256)),
    "OCSP_OTHER_CERTIFICATE",
    about(identifier=certificate_id(LEAF, CA, SHA256)),
)
rule(
    "identifiers by other hashes are passed over",
    about(identifier=seq(seq(oid("2.16.840.1.101.3.4.2.3")), octets(bytes(64)), octets(bytes(64)), serial_of(LEAF))),
    "OCSP_OTHER_CERTIFICATE",
    about(identifier=certificate_id(LEAF, CA, seq(oid("1.3.14.3.2.26")))),
)
OTHERS = [single(CA, ROOT, status=REVOKED), single(STAPLING)]
rule("the leaf is looked for among others", stapled(staple(OTHERS)), "OCSP_OTHER_CERTIFICATE", stapled(staple([*OTHERS, single(LEAF)])))
rule(
    "no response of several about the leaf is bad",
    stapled(staple([single(LEAF), single(LEAF, status=REVOKED)])),
    "OCSP_REVOKED",
    stapled(staple([single(LEAF)] * 2)),
)
rule("there is a response", stapled(staple([])), "OCSP_OTHER_CERTIFICATE")

# How fresh it is

rule("it says until when it holds", about(next_update=b""), "OCSP_NO_NEXT_UPDATE")
rule("it holds for five minutes more", about(next_update=tlv(0xA0, moment(-301))), "OCSP_STALE", about(next_update=tlv(0xA0, moment(-300))))
rule("it may be five minutes early", about(this_update=moment(301)), "OCSP_STALE", about(this_update=moment(300)))
rule("it needs a clock", FINE.with_(now=None, floor=NOW), "OCSP_NO_CLOCK", FINE.with_(floor=NOW))
rule("a revoked leaf is revoked without a clock, too", about(status=REVOKED).with_(now=None, floor=NOW), "OCSP_REVOKED")
rule("dates are of the calendar", about(this_update=tlv(0x18, b"20260532000000Z")), "OCSP_MALFORMED")
rule("dates have no fractions", response(produced=tlv(0x18, b"20260101000000.1Z")), "OCSP_MALFORMED")
rule("dates are GeneralizedTime", about(this_update=tlv(0x17, b"260101000000Z")), "OCSP_MALFORMED")

# Who signed it

RSA_CA = authority("RSA CA", ROOT, key=rsa_key())
RSA_LEAF = leaf(RSA_CA)
rule("it is signed by the CA", response(signed=False), "OCSP_SIGNATURE")
rule(
    "it may be signed by RSA",
    stapled(staple([single(RSA_LEAF, RSA_CA)], RSA_CA, signed=False), RSA_LEAF, RSA_CA),
    "OCSP_SIGNATURE",
    stapled(staple([single(RSA_LEAF, RSA_CA)], RSA_CA), RSA_LEAF, RSA_CA),
)
rule(
    "it may be signed by PSS, with parameters as in certificates",
    stapled(staple([single(RSA_LEAF, RSA_CA)], RSA_CA, pss=True, algorithm=pss_algorithm("sha256", salt=20)), RSA_LEAF, RSA_CA),
    "OCSP_MALFORMED",
    stapled(staple([single(RSA_LEAF, RSA_CA)], RSA_CA, pss=True), RSA_LEAF, RSA_CA),
)
rule("it is not signed with SHA-1", response(algorithm=ECDSA["sha1"]), "OCSP_MALFORMED")
rule("the responder is the CA by name", response(responder=by_name(ROOT)), "OCSP_RESPONDER", response(responder=by_name(CA)))
rule("the responder is the CA by key", response(responder=by_key(ROOT.key)), "OCSP_RESPONDER")
rule("the root is not the leaf's CA", stapled(staple([single(LEAF)], ROOT)), "OCSP_RESPONDER")


def delegate(issuer: Certificate = CA, label: str = "delegate", **options) -> Certificate:
    """A responder's certificate."""
    changes = options.pop("changes", {})
    extensions = {"usage": key_usage(DIGITAL_SIGNATURE), "eku": extended_key_usage(OCSP_SIGNING)}
    return certificate(label, issuer, extensions, changes=changes, **options)


def delegated(by: Certificate, good: bool = True, sent: Sequence[Certificate | bytes] | None = None, **options) -> Presented:
    """A response signed by a delegate, whose certificate it brings; `good`: its signature by the CA is."""
    made = staple([single(LEAF)], by, certificates=(by,) if sent is None else sent, **options)
    return stapled(made, LEAF, CA, signers=(by,) if good else ())


DELEGATE = delegate()
FROM_DELEGATE = delegated(DELEGATE)
for text, bad in {
    "a delegate's certificate is there": delegated(DELEGATE, sent=()),
    "a delegate's certificate is signed by the CA": delegated(DELEGATE, good=False),
    "a delegate is the leaf's CA's, not another's": delegated(delegate(ROOT)),
    "a delegate is of the CA's name, not of its key alone": delegated(delegate(issuer_name=ALIAS.subject)),
    "a delegate is for signing responses": delegated(delegate(changes={"eku": extended_key_usage(SERVER_AUTH)})),
    "a delegate says what it is for": delegated(delegate(changes={"eku": None})),
    "any usage does not make a delegate": delegated(delegate(changes={"eku": extended_key_usage(ANY_USAGE)})),
    "a delegate may sign": delegated(delegate(changes={"usage": key_usage(CRL_SIGN)})),
    "a delegate is still valid": delegated(delegate(validity=seq(tlv(0x17, b"250101000000Z"), tlv(0x17, b"260101000000Z")))),
    "a delegate is already valid": delegated(delegate(validity=seq(tlv(0x17, b"260701000000Z"), NOT_AFTER))),
    "a delegate's certificate has no unknown critical extensions": delegated(delegate(changes={"x": extension("1.2.3", b"", True)})),
    "the responder is the delegate by key": delegated(DELEGATE, responder=by_key(ROOT.key)),
    "the responder is the delegate by name": delegated(DELEGATE, responder=by_name(ROOT)),
    "a delegate does not speak in the CA's name": delegated(DELEGATE, responder=by_name(LEAF)),
}.items():
    rule(text, bad, "OCSP_RESPONDER", FROM_DELEGATE)
rule("a delegate signs", delegated(DELEGATE, signed=False), "OCSP_SIGNATURE", delegated(DELEGATE, responder=by_name(DELEGATE)))
rule(
    "a delegate's response says good",
    stapled(staple([single(LEAF, status=REVOKED)], DELEGATE, certificates=(DELEGATE,)), LEAF, CA, signers=(DELEGATE,)),
    "OCSP_REVOKED",
    FROM_DELEGATE,
)
rule(
    "other certificates may come with a delegate's",
    delegated(DELEGATE, sent=(CA, ROOT)),
    "OCSP_RESPONDER",
    delegated(DELEGATE, sent=(CA, b"\x30\x02\x05\x00", DELEGATE, ROOT)),
)
rule(
    "a delegate's key usage may be absent",
    delegated(delegate(changes={"usage": key_usage(CRL_SIGN)})),
    "OCSP_RESPONDER",
    delegated(delegate(changes={"usage": None})),
)

# Its form

rule("the response is a success", stapled(seq(tlv(0x0A, b"\3"))), "OCSP_NOT_SUCCESSFUL")
rule("the responder is not tired", stapled(seq(tlv(0x0A, b"\6"))), "OCSP_NOT_SUCCESSFUL")
rule("the response has a status", stapled(seq()), "OCSP_MALFORMED")
rule("a success has contents", stapled(seq(tlv(0x0A, b"\0"))), "OCSP_MALFORMED")
rule("the response is of the basic type", response(kind=oid("1.3.6.1.5.5.7.48.1.2")), "OCSP_MALFORMED")
rule("nothing follows the response", response(end=NULL), "OCSP_MALFORMED")
rule("the response is there to its end", stapled(staple([single(LEAF)]).der[:-1]), "OCSP_MALFORMED")
rule("nothing follows what is signed", response(tail=NULL), "OCSP_MALFORMED")
rule("the version is the default, not written out", response(version=tlv(0xA0, integer(0))), "OCSP_MALFORMED")
rule("there is no other version", response(version=tlv(0xA0, integer(1))), "OCSP_MALFORMED")
rule("there is a responder", response(responder=tlv(0xA3, octets(bytes(20)))), "OCSP_MALFORMED")
rule("nothing follows a single response", about(tail=NULL), "OCSP_MALFORMED")
RESPONSE = der.parts(der.parts(der.parts(staple([single(LEAF)]).der)[0][1])[1][1])[0][1][len(BASIC) :]
SIGNED = der.parts(der.parts(RESPONSE)[0][1])[0][1]
for text, made in {
    "the responder's key": response(responder=tlv(0xA2, octets(CA.key.identifier), NULL)),
    "the responder's name": response(responder=tlv(0xA1, CA.subject, NULL)),
    "an identifier": about(identifier=seq(certificate_id(LEAF, CA)[2:], NULL)),
    "the parameters of an identifier's hash": about(identifier=certificate_id(LEAF, CA, seq(SHA1[2:], NULL))),
    "nextUpdate": about(next_update=tlv(0xA0, moment(HOUR), NULL)),
    "extensions": response(response_extensions=tlv(0xA1, seq(extension("1.2.3", b"")), NULL)),
    "an extension": response(response_extensions=tlv(0xA1, seq(seq(oid("1.2.3"), octets(), NULL)))),
    "the type of the response": stapled(seq(tlv(0x0A, b"\0"), tlv(0xA0, seq(BASIC, RESPONSE, NULL)))),
    "the signature": stapled(seq(tlv(0x0A, b"\0"), tlv(0xA0, seq(BASIC, octets(seq(SIGNED, NULL)))))),
}.items():
    rule(f"nothing follows {text}", made, "OCSP_MALFORMED")
rule(
    "the parameters of an identifier's hash are NULL",
    about(identifier=certificate_id(LEAF, CA, seq(SHA1[2:-2], tlv(5, b"x")))),
    "OCSP_MALFORMED",
)
rule("no extension stands twice", response(response_extensions=tlv(0xA1, seq(extension("1.2.3", b"") * 2))), "OCSP_EXTENSION")
rule("extensions are not an empty list", response(response_extensions=tlv(0xA1, seq())), "OCSP_MALFORMED")
rule("the response is one octet or more", stapled(b"\x30"), "OCSP_MALFORMED")
rule("a good status is empty", about(status=tlv(0x80, b"\0")), "OCSP_MALFORMED")


def extensions(critical: bool | bytes) -> bytes:
    return tlv(0xA1, seq(extension("1.3.6.1.5.5.7.48.1.2", octets(bytes(16)), critical)))


rule(
    "critical extensions of the response are refused",
    response(response_extensions=extensions(True)),
    "OCSP_EXTENSION",
    response(response_extensions=extensions(False)),
)
rule("critical extensions of a single response are refused", about(tail=extensions(True)), "OCSP_EXTENSION", about(tail=extensions(False)))
rule("criticality is not written out where false", response(response_extensions=extensions(FALSE)), "OCSP_MALFORMED")
rule(
    "what is signed fits the window",
    stapled(staple([*[single(STAPLING)] * 12, single(LEAF)])),
    "OCSP_TOO_LONG",
    stapled(staple([*[single(STAPLING)] * 5, single(LEAF)])),
)
rule(
    "an issuer's name beyond the arena can not be compared by SHA-1",
    FINE.with_(arena=40),
    "OCSP_TOO_LONG",
    about(identifier=certificate_id(LEAF, CA, SHA256)).with_(arena=40),
)
BIG = b"\x30\x82\x3f\x00" + bytes(0x3F00)
rule(
    "a response has 16384 octets at most",
    delegated(DELEGATE, sent=(DELEGATE, BIG, BIG)),
    "OCSP_TOO_LONG",
    delegated(DELEGATE, sent=(DELEGATE, b"\x30\x82\x01\x00" + bytes(256))),
)
