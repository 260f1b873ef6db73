"""A certificate (RFC 5280 section 4) read as it arrives and reduced to what a path needs.

The parser refuses what is not DER, a version that does not fit the contents, serial numbers out of bounds, unique identifiers, an outer
algorithm other than the inner one, extensions that are repeated or critical and unknown. Names are reduced to the SHA-256 of their DER; the
to-be-signed part goes through its own hash, whose kind stands near its beginning (those first octets wait in the window). General
names are matched to the host while they pass, and kept as far as the arena reaches, for name constraints of CAs that arrive later.
What is wrong with the leaf, and need not matter where it is trusted for what it is, is noted in it, for chain.py and path.py to judge.
"""

from hashlib import sha256

from latchkey.crypto import hashes
from latchkey.errors import Fault
from latchkey.x509 import extensions, keys
from latchkey.x509.elements import Elements
from latchkey.x509.name import is_dns_name
from latchkey.x509.peer import Certificate
from latchkey.x509.rdn import check_string, is_plain, read_rdn

_TRAILING = const(501)
_DEFAULT = const(507)
_INTEGER = const(505)
_SERIAL_NUMBER = const(517)
_VERSION = const(518)
_UNIQUE_IDENTIFIER = const(519)
_ALGORITHMS_DIFFER = const(520)
_ISSUER_EMPTY = const(528)
_EXTENSION_REPEATED = const(529)
_EXTENSION_CRITICAL = const(530)
_EMPTY = const(531)
_TOO_MANY_EXTENSIONS = const(532)
_GENERAL_NAME = const(536)
_DNS_NAME_SYNTAX = const(537)
_IP_ADDRESS_LENGTH = const(538)
_CONSTRAINTS_TOO_LONG = const(593)

_V3 = const(0x01)  # Certificate.flags; others are set in extensions.py
_SAN = const(0x20)
_SAN_CRITICAL = const(0x40)
_NO_SUBJECT = const(0x80)
_HOST = const(0x100)
_PINNED = const(0x10000)
_CONSTRAINED = const(0x20000)

_SUBJECT_ALTERNATIVE_NAME = const(17)
_NAME_CONSTRAINTS = const(30)
_MOST_EXTENSIONS = const(48)
_MOST_IDENTIFIER = const(64)  # octets
_MOST_NAME_SHOWN = const(64)  # ub-common-name
_WINDOW = const(96)  # octets beside an RSA modulus in a SubjectPublicKeyInfo, and more


_GENERAL_NAMES = b"\x82\x87\x81\x86\xa4\xa0\x88\xa3\xa5"


class Parser(Elements):
    """Reads certificates one after the other. `policy` as in policy.py; `reference` is the host to look for in the leaf, or None."""

    def __init__(self, policy, reference=None):
        super().__init__(max(512, policy.most_rsa_bits // 8 + _WINDOW))
        self._policy = policy
        self._reference = reference
        self._arena = policy.arena
        self._constraints = policy.most_constraints
        self.cert: Any = None

    def begin(self, length, index):
        """A certificate of `length` octets follows."""
        self.cert = Certificate(index)
        self.start(self._certificate(length))

    def _certificate(self, length):
        cert = self.cert
        end = yield from self.open(0x30, length)
        algorithm = yield from self._to_be_signed(end)
        cert.digest = self.hash.digest()
        self.hash: Any = None
        yield from self.take(end)
        if self.taken() != algorithm:
            raise Fault(_ALGORITHMS_DIFFER)  # RFC 5280 section 4.1.1.2
        self.r.skip()
        self.done()
        yield from self.take(end)
        cert.signature = self.r.octets_of_bits()
        self.done()

    def _to_be_signed(self, end):
        """TBSCertificate; returns the DER of its AlgorithmIdentifier."""
        cert, r = self.cert, self.r
        self.hold()
        end = yield from self.open(0x30, end)
        version = yield from self._version(end)
        yield from self.take(end)
        serial = r.read(0x02)
        self.done()
        if not self._is_serial(serial):
            self.flawed(Fault(_SERIAL_NUMBER), True)
        if cert.index == 0:
            cert.serial = serial
        yield from self.take(end)
        algorithm = bytes(self.taken())
        r.skip()
        self.done()
        refused = None
        try:
            cert.scheme = keys.scheme_of(algorithm)
        except Fault as fault:
            refused = fault  # not before it is known whose certificate this is
        self.release(hashes.new(keys.hash_of(cert.scheme)))
        cert.issuer = yield from self._name(end, 0)
        cert.issuer_name, cert.name = cert.name, ""
        yield from self._validity(end)
        cert.subject = yield from self._name(end, 4)
        if refused:
            self.flawed(refused, True)
        yield from self.take(end)
        if self._policy.pins and sha256(self.taken()).digest() in self._policy.pins:
            cert.flags |= _PINNED
        cert.public_key = keys.public_key(r, self._policy.most_rsa_bits)
        self.done()
        tag = yield from self.peek()
        if tag in (0x81, 0x82, 0xA1, 0xA2):
            raise Fault(_UNIQUE_IDENTIFIER)
        if tag == 0xA3:
            if version != 2:
                raise Fault(_VERSION)
            yield from self._extensions(end)
        if self.pos != end:
            raise Fault(_TRAILING)
        return algorithm

    def _version(self, end):
        if (yield from self.peek()) != 0xA0:
            return 0
        yield from self.take(end)
        outer = self.r.open(0xA0)
        version = self.r.number()
        self.r.close(outer)
        self.done()
        if version == 0:
            raise Fault(_DEFAULT)
        if version > 2:
            raise Fault(_VERSION)
        if version == 2:
            self.cert.flags |= _V3
        return version

    def flawed(self, fault, lesser=False):
        """What a leaf may have that is trusted for what it is; in any other certificate it is a Fault."""
        cert = self.cert
        if cert.index:
            raise fault
        if cert.flaw <= 0 and not (lesser and cert.flaw):
            cert.flaw = -fault.cause if lesser else fault.cause

    def _attempt(self, read, lesser=False):
        """Call `read`, which reads to the end of where `r` is, or finds a flaw there."""
        r = self.r
        end = r.end
        try:
            read()
        except Fault as fault:
            self.flawed(fault, lesser)
            r.pos = r.end = end

    def _is_serial(self, serial):
        """Positive, at most 20 octets, in the shortest form (RFC 5280 section 4.1.2.2)."""
        if not serial or (len(serial) > 1 and serial[0] in (0, 0xFF) and serial[0] >> 7 == serial[1] >> 7):
            raise Fault(_INTEGER)
        return not serial[0] & 0x80 and serial != b"\x00" and len(serial) <= 20

    def _name(self, end, tag):
        """A Name; returns the SHA-256 of its DER. `tag`: that of a directoryName for the subject, 0 for the issuer."""
        cert, r = self.cert, self.r
        yield from self.take(end)
        digest = sha256(self.taken()).digest()
        r.open(0x30)
        if r.pos == r.end:
            if tag:
                cert.flags |= _NO_SUBJECT
            else:
                self.flawed(Fault(_ISSUER_EMPTY), True)
        if tag:
            cert.subject_der = self._keep(r.pos, r.end)
            if cert.subject_der is None:
                cert.cut = 1 << tag
        elif cert.index == 0:  # OCSP identifies the leaf by its issuer
            cert.issuer_der = self._keep(r.pos, r.end)
        self._attempt(self._attributes, True)
        self.done()
        return digest

    def _attributes(self):
        """Those of a Name."""
        r = self.r
        while r.pos < r.end:
            read_rdn(r, self._shown)

    def _shown(self, number, tag, value):
        """Remember the common name (3), or for lack of it the organization (10), for people: what may stand in a sentence."""
        better = number == 3 or (number == 10 and not self.cert.name)
        if better and tag in (12, 19, 22) and 0 < len(value) <= _MOST_NAME_SHOWN and is_plain(value):
            self.cert.name = value.decode()

    def _keep(self, start, end):
        """These octets of the window, if the arena has room for them, else None."""
        if end - start > self._arena:
            return None
        self._arena -= end - start
        return bytes(memoryview(self.buf)[start:end])

    def _validity(self, end):
        yield from self.take(end)
        self.r.open(0x30)
        self._attempt(self._dates)
        self.done()

    def _dates(self):
        self.cert.not_before = self.r.time()
        self.cert.not_after = self.r.time()

    def _extensions(self, end):
        if (yield from self.open(0xA3, end)) != end:
            raise Fault(_TRAILING)
        stop = yield from self.open(0x30, end)
        if self.pos == stop:
            raise Fault(_EMPTY)
        seen = []
        while self.pos < stop:
            yield from self._extension(stop, seen)

    def _extension(self, end, seen):
        """One extension: at once where it fits the window."""
        r = self.r
        size = yield from self.header(end)
        if self.fits(size):
            yield from self.take(end, size)
            outer = r.open(0x30)
            number = self.number(seen)
            critical = r.optional_true()
            inner = r.open(0x04)
            self._value(number, critical)
            r.close(inner)
            r.close(outer)
            self.done()
            return
        from latchkey.x509.long_extension import read

        yield from read(self, end, seen)

    def number(self, seen):
        """Read an extension's identifier, which must not be among those `seen`."""
        oid = self.r.oid()
        if oid in seen:
            raise Fault(_EXTENSION_REPEATED)
        if len(seen) == _MOST_EXTENSIONS or len(oid) > _MOST_IDENTIFIER:
            raise Fault(_TOO_MANY_EXTENSIONS)
        seen.append(oid)
        return extensions.number_of(oid)

    def _value(self, number, critical):
        """The value of an extension."""
        r, cert = self.r, self.cert
        if number == _SUBJECT_ALTERNATIVE_NAME:
            cert.flags |= _SAN | (_SAN_CRITICAL if critical else 0)
            self._attempt(self._general_names)
        elif number == _NAME_CONSTRAINTS:
            if self.constrained(r.end - r.pos):
                cert.constraints = bytes(memoryview(r.buf)[r.pos : r.end])
            r.pos = r.end
        elif number:
            extensions.read(cert, number, critical, r)
        elif critical:
            raise Fault(_EXTENSION_CRITICAL)
        else:
            r.pos = r.end

    def constrained(self, size):
        """Name constraints of so many octets are there; whether they are kept. A leaf's are none for anyone."""
        self.cert.flags |= _CONSTRAINED
        if self.cert.index == 0:
            return False
        if size > self._constraints:
            raise Fault(_CONSTRAINTS_TOO_LONG)
        self._constraints -= size
        return True

    def _general_names(self):
        """The subject's alternative names, where they fit the window."""
        cert, r = self.cert, self.r
        outer = r.open(0x30)
        if r.pos == r.end:
            raise Fault(_EMPTY)
        cert.general_names = self._keep(r.pos, r.end)
        kept = bytearray() if cert.general_names is None else None
        while r.pos < r.end:
            self.general_name(kept)
        if kept is not None:
            cert.general_names = bytes(kept)
        r.close(outer)

    def general_name(self, kept):
        """Read one; into `kept` (None: it is kept already) as far as the arena reaches."""
        r = self.r
        start, tag = r.pos, r.tag()
        if tag not in _GENERAL_NAMES:
            raise Fault(_GENERAL_NAME)
        if tag == 0xA4:
            outer = r.open(tag)
            inner = r.open(0x30)
            while r.tag() >= 0:
                read_rdn(r, None)
            r.close(inner)
            r.close(outer)
        else:
            self._judge_name(tag, r.read(tag))
        if kept is not None:
            octets = self._keep(start, r.pos)
            if octets is None:
                self.cert.cut |= 1 << (tag & 15)
            else:
                kept.extend(octets)

    def _judge_name(self, tag, value):
        if tag == 0x82:
            self._dns_name(value)
        elif tag == 0x87:
            if len(value) not in (4, 16):
                raise Fault(_IP_ADDRESS_LENGTH)
            if self._reference is not None and self._reference.matches_ip(value):
                self.cert.flags |= _HOST
        elif tag == 0x81 or tag == 0x86:
            check_string(22, value)

    def _dns_name(self, name):
        """RFC 5280 section 4.2.1.6: an IA5String in the preferred syntax. What is not is refused in the Web PKI, else never matches."""
        private = self._policy.profile or not self._policy.verify
        name = name.lower()
        plain = name[2:] if name[:2] == b"*." else name
        good = is_dns_name(plain, private)
        if not good:
            good = is_dns_name(plain, True)
            if not good:
                check_string(22, name)
            if not private:
                self.flawed(Fault(_DNS_NAME_SYNTAX), True)
        if good and self._reference is not None and self._reference.matches_dns(name):
            self.cert.flags |= _HOST
