"""A certificate (RFC 5280 section 4) read as it arrives and reduced to what a path needs.

The parser refuses what is not DER, a version that does not fit the contents, serial numbers out of bounds, unique identifiers, an outer
algorithm other than the inner one, extensions that are repeated or critical and unknown. Names are reduced to the SHA-256 of their DER; the
to-be-signed part goes through its own hash, whose kind stands near its beginning (those first octets wait in the window). General
names are matched to the host while they pass, and kept as far as the arena reaches, for name constraints of CAs that arrive later.
"""

from hashlib import sha256

from micropython import const

from latchkey.errors import Fault
from latchkey.x509 import extensions, signature
from latchkey.x509.elements import Elements
from latchkey.x509.rdn import check_string, read_rdn

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

_V3 = const(0x01)  # Certificate.flags; others are set in extensions.py
_SAN = const(0x20)
_SAN_CRITICAL = const(0x40)
_NO_SUBJECT = const(0x80)
_HOST = const(0x100)
_PINNED = const(0x10000)

_SUBJECT_ALTERNATIVE_NAME = const(17)
_MOST_EXTENSIONS = const(48)
_MOST_NAME_SHOWN = const(64)  # ub-common-name
_WINDOW = const(96)  # octets beside an RSA modulus in a SubjectPublicKeyInfo, and more


class Certificate:
    """What is kept of one. Octets are bytes, dates the 14 digits YYYYMMDDHHMMSS."""

    def __init__(self, index):
        self.index = index  # as received; 0 is the leaf
        self.flags = 0
        self.subject = self.issuer = None  # SHA-256 of the Name's DER
        self.subject_der = self.issuer_der = None  # contents of the Name, where kept
        self.name = ""  # the common name, or organization, for people
        self.serial = None  # of the leaf
        self.public_key = None
        self.scheme = 0
        self.digest = None  # of the to-be-signed part
        self.signature = None
        self.not_before = self.not_after = None
        self.path_length = None
        self.key_usage = None  # bit i is KeyUsage bit i; None where the extension is missing
        self.key_identifier = self.authority_key_identifier = None
        self.constraints = None  # NameConstraints, DER
        self.general_names = None  # contents of GeneralNames, as far as kept
        self.cut = 0  # bit t: a general name with tag [t] was not kept (4: or the subject)


class Parser(Elements):
    """Reads certificates one after the other. `policy` as in policy.py; `reference` is the host to look for in the leaf, or None."""

    def __init__(self, policy, reference=None):
        super().__init__(max(512, policy.most_rsa_bits // 8 + _WINDOW))
        self._policy = policy
        self._reference = reference
        self._arena = policy.arena
        self._kept = None
        self.cert = None

    def begin(self, length, index):
        """A certificate of `length` octets follows."""
        self.cert = Certificate(index)
        self.start(self._certificate(length))

    def _certificate(self, length):
        cert = self.cert
        end = yield from self.open(0x30, length)
        if end != length:
            raise Fault(_TRAILING)
        algorithm = yield from self._to_be_signed(end)
        cert.digest = self.whole_hash.digest()
        self.whole_hash = None
        yield from self.take(end)
        if self.taken() != algorithm:
            raise Fault(_ALGORITHMS_DIFFER)  # RFC 5280 section 4.1.1.2
        self.r.skip()
        self.done()
        yield from self.take(end)
        cert.signature = self.r.octets_of_bits()
        self.done()
        if self.pos != end:
            raise Fault(_TRAILING)

    def _to_be_signed(self, end):
        """TBSCertificate; returns the DER of its AlgorithmIdentifier."""
        cert, r = self.cert, self.r
        self.hold()
        end = yield from self.open(0x30, end)
        version = yield from self._version(end)
        yield from self.take(end)
        serial = r.read(0x02)
        self.done()
        self._serial(serial)
        yield from self.take(end)
        algorithm = bytes(self.taken())
        r.skip()
        self.done()
        cert.scheme = signature.scheme_of(algorithm)
        from latchkey.crypto import hashes

        self.release(hashes.new(signature.hash_of(cert.scheme)))
        cert.issuer = yield from self._name(end, 0)
        yield from self._validity(end)
        cert.subject = yield from self._name(end, 4)
        yield from self.take(end)
        if sha256(self.taken()).digest() in self._policy.pins:
            cert.flags |= _PINNED
        cert.public_key = signature.public_key(r, self._policy.most_rsa_bits)
        self.done()
        tag = yield from self.peek(end)
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
        if (yield from self.peek(end)) != 0xA0:
            return 0
        yield from self.take(end)
        outer = self.r.open(0xA0)
        version = self.r.small()
        self.r.close(outer)
        self.done()
        if version == 0:
            raise Fault(_DEFAULT)
        if version > 2:
            raise Fault(_VERSION)
        if version == 2:
            self.cert.flags |= _V3
        return version

    def _serial(self, serial):
        """Positive, at most 20 octets, in the shortest form (RFC 5280 section 4.1.2.2)."""
        if not serial or (len(serial) > 1 and serial[0] in (0, 0xFF) and serial[0] >> 7 == serial[1] >> 7):
            raise Fault(_INTEGER)
        if serial[0] & 0x80 or serial == b"\x00" or len(serial) > 20:
            raise Fault(_SERIAL_NUMBER)
        if self.cert.index == 0:
            self.cert.serial = serial

    def _name(self, end, tag):
        """A Name; returns the SHA-256 of its DER. `tag`: that of a directoryName for the subject, 0 for the issuer."""
        cert = self.cert
        self.part_hash = sha256()
        stop = yield from self.open(0x30, end)
        if self.pos == stop:
            if not tag:
                raise Fault(_ISSUER_EMPTY)
            cert.flags |= _NO_SUBJECT
        keep = tag or cert.index == 0
        self._kept = b""
        while self.pos < stop:
            yield from self.take(stop)
            if keep and not self._keep():
                keep = 0
            read_rdn(self.r, self._shown if tag else None)
            self.done()
        if tag:
            cert.subject_der = self._kept
            cert.cut = 0 if keep else 1 << tag
        elif keep:  # OCSP identifies the leaf by its issuer
            cert.issuer_der = self._kept
        digest = self.part_hash.digest()
        self.part_hash = None
        return digest

    def _shown(self, number, tag, value):
        """Remember the common name (3), or for lack of it the organization (10)."""
        if tag in (12, 19, 22) and len(value) <= _MOST_NAME_SHOWN and (number == 3 or (number == 10 and not self.cert.name)):
            self.cert.name = value.decode()

    def _keep(self):
        """Keep the taken element in the arena; False where there is no room for it."""
        element = self.taken()
        if len(element) > self._arena:
            return False
        self._arena -= len(element)
        self._kept += element
        return True

    def _validity(self, end):
        yield from self.take(end)
        outer = self.r.open(0x30)
        self.cert.not_before = self.r.time()
        self.cert.not_after = self.r.time()
        self.r.close(outer)
        self.done()

    def _extensions(self, end):
        if (yield from self.open(0xA3, end)) != end:
            raise Fault(_TRAILING)
        stop = yield from self.open(0x30, end)
        if self.pos == stop:
            raise Fault(_EMPTY)
        seen = []
        while self.pos < stop:
            yield from self._extension(stop, seen)
        if self.pos != end:
            raise Fault(_TRAILING)

    def _extension(self, end, seen):
        r = self.r
        end = yield from self.open(0x30, end)
        yield from self.take(end)
        oid = r.oid()
        self.done()
        if oid in seen:
            raise Fault(_EXTENSION_REPEATED)
        if len(seen) == _MOST_EXTENSIONS or len(oid) > 64:
            raise Fault(_TOO_MANY_EXTENSIONS)
        seen.append(oid)
        critical = False
        if (yield from self.peek(end)) == 0x01:
            yield from self.take(end)
            critical = r.optional_true()
            self.done()
        if (yield from self.open(0x04, end)) != end:
            raise Fault(_TRAILING)
        number = extensions.number_of(oid)
        if number == _SUBJECT_ALTERNATIVE_NAME:
            self.cert.flags |= _SAN | (_SAN_CRITICAL if critical else 0)
            yield from self._general_names(end)
        elif number:
            yield from self.take(end)
            extensions.read(self.cert, number, critical, r)
            self.done()
            if self.pos != end:
                raise Fault(_TRAILING)
        elif critical:
            raise Fault(_EXTENSION_CRITICAL)
        else:
            yield from self.pass_to(end)

    def _general_names(self, end):
        stop = yield from self.open(0x30, end)
        if stop != end:
            raise Fault(_TRAILING)
        if self.pos == stop:
            raise Fault(_EMPTY)
        self._kept = b""
        while self.pos < stop:
            size = yield from self.header(stop)
            tag = yield from self.peek(stop)
            if tag not in b"\xa0\x81\x82\xa3\xa4\xa5\x86\x87\x88":
                raise Fault(_GENERAL_NAME)
            if self.fits(size):
                yield from self.take(stop)
                if not self._keep():
                    self.cert.cut |= 1 << (tag & 15)
                self._general_name(tag)
                self.done()
            else:
                self.cert.cut |= 1 << (tag & 15)
                if tag == 0x82 or tag == 0x87:
                    raise Fault(_DNS_NAME_SYNTAX if tag == 0x82 else _IP_ADDRESS_LENGTH)
                yield from self.pass_to(self.pos + size)
        self.cert.general_names = self._kept

    def _general_name(self, tag):
        r = self.r
        if tag == 0xA4:
            outer = r.open(tag)
            inner = r.open(0x30)
            while r.tag() >= 0:
                read_rdn(r, None)
            r.close(inner)
            r.close(outer)
            return
        value = r.read(tag)
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
        from latchkey.x509.name import is_dns_name

        check_string(22, name)
        private = self._policy.profile
        name = name.lower()
        if not is_dns_name(name[2:] if name[:2] == b"*." else name, private):
            if not private:
                raise Fault(_DNS_NAME_SYNTAX)
        elif self._reference is not None and self._reference.matches_dns(name):
            self.cert.flags |= _HOST


def parse(der):
    """The Certificate in `der`, nothing being judged but its form; Fault if it is none."""
    from latchkey.x509.policy import Policy

    parser = Parser(Policy())
    parser.begin(len(der), 0)
    parser.feed(der, 0, len(der))
    parser.finish()
    return parser.cert
