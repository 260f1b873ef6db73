"""Trust anchors out of certificates: subject, key, name constraints (RFC 5280 section 6.1.1 (d), RFC 5937).

A certificate is only the vessel: its version, serial number, signature, dates and other extensions are not judged.
"""

from hashlib import sha256

from latchkey.errors import Fault
from latchkey.x509.der import Reader
from latchkey.x509.rdn import read_rdn

_NAME_CONSTRAINTS = b"\x55\x1d\x1e"


def subject_hash(der):
    """What anchors and issuers are found by: the SHA-256 of a Name's DER."""
    return sha256(der).digest()


def from_certificate(der):
    """`(SHA-256 of the subject, SubjectPublicKeyInfo, NameConstraints or None, name for people)` of a certificate in DER."""
    r = Reader(der)
    certificate = r.open(0x30)
    whole = r.open(0x30)
    if r.tag() == 0xA0:
        r.skip()
    for _ in range(4):  # serial number, signature algorithm, issuer, validity
        r.skip()
    subject = _whole(r)
    spki = _whole(r)
    while r.tag() in (0x81, 0x82):
        r.skip()
    constraints = _name_constraints(r) if r.tag() == 0xA3 else None
    r.close(whole)
    r.leave(certificate)
    r.close(certificate)
    return subject_hash(subject), spki, constraints, name_of(subject)


def _whole(r):
    """The next element with its header, as bytes."""
    start = r.pos
    r.skip()
    return bytes(memoryview(r.buf)[start : r.pos])


def _name_constraints(r):
    value = None
    outer = r.open(0xA3)
    inner = r.open(0x30)
    while r.tag() >= 0:
        extension = r.open(0x30)
        oid = r.oid()
        if r.tag() == 0x01:
            r.skip()
        if oid == _NAME_CONSTRAINTS:
            value = r.read(0x04)
        else:
            r.skip()
        r.close(extension)
    r.close(inner)
    r.close(outer)
    return value


def name_of(subject):
    """The common name in a Name's DER, or for lack of one its organization or unit, or its hash in hexadecimal.

    Names are for people: strings that would be refused in a peer's certificate only end the search for one.
    """
    names = {}

    def found(number, tag, value):
        if tag in (12, 19, 22):
            names[number] = value.decode()

    r = Reader(subject)
    try:
        r.open(0x30)
        while r.tag() >= 0:
            read_rdn(r, found)
    except Fault:
        pass
    for number in (3, 11, 10):
        if number in names:
            return names[number]
    return subject_hash(subject).hex()[:16]
