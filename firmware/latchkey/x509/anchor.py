"""Trust anchors out of certificates: subject, key, name constraints, and bounds (RFC 5280 section 6.1.1 (d), RFC 5937); and how a
TrustStore gets them.

A certificate bounds what is trusted with it: one that is no CA's, or whose key may not sign certificates, is good for itself alone. Its
serial number, signature and other extensions are not judged, and what is read is read with tolerance: eight of Debian's roots have serial
number 0. An extension that bounds must be readable and there once; a certificate where it is not is none that can be trusted.

Bounds are 48 octets, which stand in compact files, too:

   32  SHA-256 of the whole certificate, by which it is known when a server sends it for itself
    1  1: it may issue certificates; 2: its servers may use them
    1  how many CAs may stand below it, self-issued ones not counted; 255: any number
   14  notBefore, notAfter: YYYYMMDDHHMMSS, two digits in an octet; zeros where that can not be told
"""

import binascii
from hashlib import sha256

from latchkey.errors import Fault
from latchkey.x509.anchor_record import add
from latchkey.x509.der import Reader, check_time
from latchkey.x509.rdn import is_plain, read_rdn

_TRAILING = const(501)
_EXTENSION_REPEATED = const(529)
_KEY_ALGORITHM = const(523)
_KEY_EC_POINT = const(527)
_TRUST_FORMAT = const(589)
_TRUST_EMPTY = const(590)

_ISSUES = const(1)  # bounds[32]
_SERVERS = const(2)

_KEY_USAGE = const(15)  # under id-ce, 2.5.29
_BASIC_CONSTRAINTS = const(19)
_NAME_CONSTRAINTS = const(30)
_EXTENDED_KEY_USAGE = const(37)

_ANY_LENGTH = const(255)
_MOST_LENGTH = const(254)
_FOR_SERVERS = (b"\x2b\x06\x01\x05\x05\x07\x03\x01", b"\x55\x1d\x25\x00")  # id-kp-serverAuth, anyExtendedKeyUsage


def from_certificate(der):
    """`(SHA-256 of the subject, SubjectPublicKeyInfo, NameConstraints or None, name for people, bounds)` of a certificate in DER."""
    r = Reader(der)
    outer, inner, version, issuer, validity, subject, spki = enter(r)
    while r.tag() in (0x81, 0x82):
        r.skip()
    # RFC 5280 section 6.1.4 (k): only whoever trusts a certificate of version 1 can know whether it is a CA's; what a CA issued is none's
    silent = r.tag() < 0 and (version is None or (len(version) == 5 and version[4] < 2)) and issuer == subject
    says = _extensions(r) if r.tag() >= 0 else {}
    r.close(inner)
    r.leave(outer)
    r.close(outer)
    bounds = sha256(der).digest() + (bytes((_ISSUES | _SERVERS, _ANY_LENGTH)) if silent else _bounds(says)) + _dates(validity)
    return sha256(subject).digest(), spki, says.get(_NAME_CONSTRAINTS), name_of(subject), bounds


def enter(r):
    """Enter the certificate that the Reader stands before and read it up to its key: two times what `close` wants, then version (None: left
    out), issuer, validity, subject and SubjectPublicKeyInfo, each in DER.
    """
    outer = r.open(0x30)
    inner = r.open(0x30)
    version = _whole(r) if r.tag() == 0xA0 else None
    r.skip()  # serial number
    r.skip()  # signature's algorithm
    return outer, inner, version, _whole(r), _whole(r), _whole(r), _whole(r)


def _whole(r):
    """The next element with its header, as bytes."""
    start = r.pos
    r.skip()
    return bytes(memoryview(r.buf)[start : r.pos])


def _extensions(r):
    """The values of those extensions that bound what is trusted, by their numbers."""
    found = {}
    outer = r.open(0xA3)
    inner = r.open(0x30)
    while r.tag() >= 0:
        extension = r.open(0x30)
        oid = r.oid()
        if r.tag() == 0x01:
            r.skip()
        if len(oid) == 3 and oid[:2] == b"\x55\x1d" and oid[2] in (_KEY_USAGE, _BASIC_CONSTRAINTS, _NAME_CONSTRAINTS, _EXTENDED_KEY_USAGE):
            if oid[2] in found:
                raise Fault(_EXTENSION_REPEATED)
            found[oid[2]] = r.read(0x04)
        else:
            r.skip()
        r.close(extension)
    r.close(inner)
    r.close(outer)
    return found


def _bounds(says):
    """Flags and path length. What is not there does not bound, but for basicConstraints."""
    flags, length = 0, _ANY_LENGTH
    r = Reader(b"")
    if _BASIC_CONSTRAINTS in says:
        outer = _open(r, says[_BASIC_CONSTRAINTS])
        if r.tag() == 0x01 and any(r.read(0x01)):
            flags = _ISSUES
        if r.tag() >= 0:
            length = min(r.number(), _MOST_LENGTH)
        r.close(outer)
    if _KEY_USAGE in says:  # bit 5, keyCertSign; some roots have too many zeros at the end
        r.set(says[_KEY_USAGE], 0, len(says[_KEY_USAGE]))
        usage = r.read(0x03)
        r.close(0)
        if len(usage) < 2 or not usage[1] & 0x04 or (len(usage) == 2 and usage[0] > 2):
            flags = 0
    if _EXTENDED_KEY_USAGE in says:
        outer = _open(r, says[_EXTENDED_KEY_USAGE])
        while r.tag() >= 0:
            if r.oid() in _FOR_SERVERS:
                flags |= _SERVERS
        r.close(outer)
    else:
        flags |= _SERVERS
    return bytes((flags, length))


def _open(r, value):
    """Stand in the one SEQUENCE that `value` is; nothing may follow it."""
    r.set(value, 0, len(value))
    outer = r.open(0x30)
    if r.end != outer:
        raise Fault(_TRAILING)
    return outer


def _dates(validity):
    """Both dates of a Validity, each in whichever of its two forms, in 7 octets."""
    r = Reader(validity)
    outer = r.open(0x30)
    dates = b""
    for _ in range(2):
        tag = r.tag()
        digits = r.read(tag if tag == 0x18 else 0x17)
        if tag == 0x17:
            digits = (b"19" if digits[:1] >= b"5" else b"20") + digits
        try:
            dates += binascii.unhexlify(check_time(digits))
        except Fault:
            dates += bytes(7)
    r.close(outer)
    return dates


def name_of(subject):
    """The common name in a Name's DER, or for lack of one its organization or unit, or its hash in hexadecimal.

    Names are for people: strings that would be refused in a peer's certificate only end the search for one.
    """
    names = {}

    def found(number, tag, value):
        if tag in (12, 19, 22) and is_plain(value):
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
    return sha256(subject).digest().hex()[:16]


def add_certificates(store, data):
    from latchkey.x509.pem import CERTIFICATES, blocks

    return _add_all(store, blocks(data, CERTIFICATES))


def add_file(store, path):
    with open(path, "rb") as file:
        start = file.read(8)
        file.seek(0)
        if start == b"latchkey":
            from latchkey.x509.store_file import StoreFile

            compact = StoreFile(path, file)
            store.files.append(compact)
            store.constrained |= compact.constrained
            store.mix(compact.digest)
            return compact.count
        from latchkey.x509.pem import CERTIFICATES, stream_blocks

        return _add_all(store, stream_blocks(file, CERTIFICATES))


def _add_all(store, certificates):
    count = left_out = 0
    reason = None
    try:
        for der in certificates:
            try:
                add(store, *from_certificate(der))
                count += 1
            except Fault as fault:
                if not _KEY_ALGORITHM <= fault.cause <= _KEY_EC_POINT:
                    raise ValueError
                reason = fault
                reason.detail = count + left_out
                left_out += 1
    except ValueError:
        raise Fault(_TRUST_FORMAT, count + left_out)
    if not count:
        raise reason or Fault(_TRUST_EMPTY)
    return count
