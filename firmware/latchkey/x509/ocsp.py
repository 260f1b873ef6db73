"""A stapled OCSP response (RFC 6960, RFC 5019), read as it arrives and verified when the path is known.

1. The response must be a success of the basic type; what is signed may be as long as the window of the certificate parser.
2. It is signed by the CA that issued the leaf, or by a delegate whose certificate stands in the response: issued by that CA, valid,
   for OCSP signing (RFC 6960 section 4.2.2.2). The responder's identifier must be the signer's.
3. It names the leaf: serial number, and SHA-1 or SHA-256 of its issuer's name and key.
4. The status is "good"; thisUpdate has come and nextUpdate, which must be there, has not passed, with five minutes to spare for clocks.
Nothing is fetched. Nonces have no meaning in a stapled response. Critical extensions are refused.
"""

from hashlib import sha256

from latchkey.errors import Fault
from latchkey.x509 import keys, signature
from latchkey.x509.clock import digits
from latchkey.x509.der import Reader, check_time
from latchkey.x509.elements import Elements

_TRAILING = const(501)
_TAG = const(502)
_TOO_LONG = const(514)
_OCSP_MALFORMED = const(577)
_OCSP_TOO_LONG = const(578)
_OCSP_NOT_SUCCESSFUL = const(579)
_OCSP_EXTENSION = const(580)
_OCSP_OTHER_CERTIFICATE = const(581)
_OCSP_REVOKED = const(582)
_OCSP_UNKNOWN = const(583)
_OCSP_NO_NEXT_UPDATE = const(584)
_OCSP_STALE = const(585)
_OCSP_NO_CLOCK = const(586)
_OCSP_RESPONDER = const(587)
_OCSP_SIGNATURE = const(588)

_OCSP_SIGNING = const(0x2000)  # Certificate.flags
_DIGITAL_SIGNATURE = const(1)  # KeyUsage bit 0

_MOST_OCTETS = const(16384)
_SKEW = const(300)  # seconds
_BASIC = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x01"
_SHA1 = b"\x2b\x0e\x03\x02\x1a"
_SHA256 = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"


class Response:
    """An OCSPResponse of `length` octets. `parser` reads the delegate's certificate."""

    def __init__(self, length, parser):
        if length > _MOST_OCTETS:
            raise Fault(_OCSP_TOO_LONG)
        self._parser = parser
        self._elements = Elements(len(parser.buf))
        self._data = self._signature = self._delegate = None
        self._scheme = 0
        self._elements.start(self._read(length))

    def feed(self, buf, start, end):
        """Take `buf[start:end]`."""
        try:
            self._elements.feed(buf, start, end)
        except Fault as fault:
            raise _translated(fault)

    def finish(self):
        """The response ends here."""
        try:
            self._elements.finish()
        except Fault as fault:
            raise _translated(fault)
        self._elements = self._parser = None

    def _read(self, length):
        e, r = self._elements, self._elements.r
        end = yield from e.open(0x30, length)
        yield from e.take(end)
        status = r.read(0x0A)
        e.done()
        if status != b"\x00":
            raise Fault(_OCSP_NOT_SUCCESSFUL, int.from_bytes(status, "big"))
        yield from self._enter(0xA0, end)
        yield from self._enter(0x30, end)
        yield from e.take(end)
        if r.oid() != _BASIC:
            raise Fault(_TAG)
        e.done()
        yield from self._enter(0x04, end)
        yield from self._enter(0x30, end)
        yield from e.take(end)
        self._data = bytes(e.taken())
        r.skip()
        e.done()
        yield from e.take(end)
        self._scheme = keys.scheme_of(bytes(e.taken()))
        r.skip()
        e.done()
        yield from e.take(end)
        self._signature = r.octets_of_bits()
        e.done()
        if e.pos < end:
            yield from self._enter(0xA0, end)
            yield from self._enter(0x30, end)
            while e.pos < end:
                yield from self._certificate(end)

    def _enter(self, tag, end):
        """Enter an element that is the last one before `end`."""
        if (yield from self._elements.open(tag, end)) != end:
            raise Fault(_TRAILING)

    def _certificate(self, end):
        """One of the certificates; the first that may sign responses is the delegate's, others are passed over."""
        e = self._elements
        size = yield from e.header(end)
        self._parser.begin(size, -1)
        self._reading = self._delegate is None
        yield from e.pass_to(e.pos + size, self._to_parser)
        if self._reading and self._parser.cert.flags & _OCSP_SIGNING:
            self._parser.finish()
            self._delegate = self._parser.cert

    def _to_parser(self, view):
        if self._reading:
            try:
                self._parser.feed(view, 0, len(view))
            except Fault:
                self._reading = False

    def verify(self, leaf, issuer_key, clock, verifier):
        """A job: Fault unless this says now that `leaf`, issued by the CA with `issuer_key`, is good; else until when it says so."""
        try:
            responder, found = self._responses(leaf, issuer_key)
        except Fault as fault:
            raise _translated(fault)
        key = yield from self._signer(responder, leaf, issuer_key, clock, verifier)
        from latchkey.crypto import hashes

        h = hashes.new(keys.hash_of(self._scheme))
        h.update(self._data)
        if not (yield from signature.verify(verifier, self._scheme, key, h.digest(), self._signature)):
            raise Fault(_OCSP_SIGNATURE)
        if not found:
            raise Fault(_OCSP_OTHER_CERTIFICATE)
        for status, this_update, next_update in found:
            if status == 0xA1:
                raise Fault(_OCSP_REVOKED)
            if status != 0x80:
                raise Fault(_OCSP_UNKNOWN)
            _judge_time(this_update, next_update, clock)
        return min([next_update for _, _, next_update in found])

    def _responses(self, leaf, issuer_key):
        """ResponseData: the responder's identifier as `(is key hash, octets)` and what it says of the leaf."""
        r = Reader(self._data)
        whole = r.open(0x30)
        if r.tag() == 0xA2:  # no version, or it would be the default
            inner = r.open(0xA2)
            responder = True, r.read(0x04)
        else:
            inner = r.open(0xA1)
            start = r.pos
            r.skip()
            responder = False, sha256(self._data[start : r.pos]).digest()
        r.close(inner)
        check_time(r.read(0x18))  # producedAt
        found = []
        outer = r.open(0x30)
        while r.tag() >= 0:
            single = r.open(0x30)
            matches = self._is_about(r, leaf, issuer_key)
            status = r.tag()
            if status != 0x80:
                r.skip()
            elif r.read(0x80):
                raise Fault(_TRAILING)
            this_update = check_time(r.read(0x18))
            next_update = None
            if r.tag() == 0xA0:
                inner = r.open(0xA0)
                next_update = check_time(r.read(0x18))
                r.close(inner)
            _extensions(r)
            r.close(single)
            if matches:
                found.append((status, this_update, next_update))
        r.close(outer)
        _extensions(r)
        r.close(whole)
        return responder, found

    def _is_about(self, r, leaf, issuer_key):
        """Read a CertID; whether it is the leaf's."""
        outer = r.open(0x30)
        inner = r.open(0x30)
        oid = r.oid()
        if r.tag() >= 0 and r.read(0x05):
            raise Fault(_TRAILING)
        r.close(inner)
        name = r.read(0x04)
        key = r.read(0x04)
        serial = r.read(0x02)
        r.close(outer)
        if serial != leaf.serial:
            return False
        if oid == _SHA256:
            return name == leaf.issuer and key == sha256(_key_octets(issuer_key)).digest()
        if oid != _SHA1:
            return False
        if leaf.issuer_der is None:
            raise Fault(_OCSP_TOO_LONG)
        from latchkey.crypto.sha1 import sha1

        return name == sha1(_tlv(0x30, leaf.issuer_der)) and key == sha1(_key_octets(issuer_key))

    def _signer(self, responder, leaf, issuer_key, clock, verifier):
        """A job: the key of whoever the response says it is from, if that one may sign it."""
        if _is(responder, leaf.issuer, issuer_key):
            return issuer_key
        delegate = self._delegate
        if delegate is None or delegate.issuer != leaf.issuer or not _is(responder, delegate.subject, delegate.public_key):
            raise Fault(_OCSP_RESPONDER)
        if delegate.key_usage is not None and not delegate.key_usage & _DIGITAL_SIGNATURE:
            raise Fault(_OCSP_RESPONDER)
        try:
            clock.judge(delegate)
        except Fault:
            raise Fault(_OCSP_RESPONDER)
        if not (yield from signature.verify(verifier, delegate.scheme, issuer_key, delegate.digest, delegate.signature)):
            raise Fault(_OCSP_RESPONDER)
        return delegate.public_key


def _translated(fault):
    """Faults of DER become faults of the response."""
    if fault.cause >= _OCSP_MALFORMED:
        return fault
    return Fault(_OCSP_TOO_LONG if fault.cause == _TOO_LONG else _OCSP_MALFORMED)


def _is(responder, name, key):
    """Whether a responder's identifier is that of this name and key."""
    is_key_hash, octets = responder
    if not is_key_hash:
        return octets == name
    from latchkey.crypto.sha1 import sha1

    return octets == sha1(_key_octets(key))


def _judge_time(this_update, next_update, clock):
    if next_update is None:
        raise Fault(_OCSP_NO_NEXT_UPDATE)
    if not clock.verified:
        raise Fault(_OCSP_NO_CLOCK)
    if this_update > digits(clock.seconds + _SKEW) or next_update < digits(clock.seconds - _SKEW):
        raise Fault(_OCSP_STALE)


def _extensions(r):
    """[1] Extensions, none of them critical, none twice."""
    if r.tag() != 0xA1:
        return
    outer = r.open(0xA1)
    inner = r.open(0x30)
    seen = []
    while not seen or r.tag() >= 0:
        extension = r.open(0x30)
        oid = r.oid()
        if r.optional_true() or oid in seen:
            raise Fault(_OCSP_EXTENSION)
        seen.append(oid)
        r.read(0x04)
        r.close(extension)
    r.close(inner)
    r.close(outer)


def _key_octets(key):
    """What stands in the BIT STRING of a key's SubjectPublicKeyInfo."""
    if key[0] > 1:
        return key[1]
    e = key[2]
    octets = (e.to_bytes(5, "big")).lstrip(b"\x00")
    return _tlv(0x30, _integer(key[1]) + _integer(octets))


def _integer(octets):
    return _tlv(0x02, (b"\x00" if octets[0] & 0x80 else b"") + octets)


def _tlv(tag, contents):
    size = len(contents)
    if size < 0x80:
        head = bytes((tag, size))
    elif size < 0x100:
        head = bytes((tag, 0x81, size))
    else:
        head = bytes((tag, 0x82, size >> 8, size & 0xFF))
    return head + contents
