"""The client's handshake, in wire order (RFC 5246 section 7.3, RFC 8422 section 2, RFC 7627, RFC 5746).

    ClientHello                  -------->
                                                  ServerHello
                                                  Certificate
                                           CertificateStatus*
                                            ServerKeyExchange
                                          CertificateRequest*
                                 <--------    ServerHelloDone
    Certificate*
    ClientKeyExchange
    CertificateVerify*
    [ChangeCipherSpec]
    Finished                     -------->
                                           [ChangeCipherSpec]
                                 <--------           Finished

`Handshake.exchange()` is that, as one generator, driven by `run()`; it yields the requests of `record.py` and milliseconds to wait, and
returns when the three tokens of the connection are set. One function per message, named for it. Everything the peer sent is verified
before it is used; secrets are wiped where they are used up, and all of them in the end whatever happened.
"""

from micropython import const

from latchkey.crypto import hashes, room
from latchkey.crypto.util import equal, wipe
from latchkey.crypto.verify import SCHEMES, hash_name
from latchkey.errors import Fault
from latchkey.tls import messages
from latchkey.tls.cipher_suites import SUITES, prf, protections
from latchkey.tls.framing import Framing
from latchkey.tls.record import WORKED

_SERVER_HELLO = const(2)
_CERTIFICATE = const(11)
_SERVER_KEY_EXCHANGE = const(12)
_CERTIFICATE_REQUEST = const(13)
_SERVER_HELLO_DONE = const(14)
_CLIENT_KEY_EXCHANGE = const(16)
_FINISHED = const(20)
_CERTIFICATE_STATUS = const(22)
_CLIENT_HELLO = const(1)

_SERVER_NAME = const(0)  # ExtensionType
_MAX_FRAGMENT_LENGTH = const(1)
_STATUS_REQUEST = const(5)
_SUPPORTED_GROUPS = const(10)
_EC_POINT_FORMATS = const(11)
_SIGNATURE_ALGORITHMS = const(13)
_EXTENDED_MASTER_SECRET = const(23)
_RECORD_SIZE_LIMIT = const(28)
_RENEGOTIATION_INFO = const(0xFF01)

# The largest body of a message that is read whole.
_MAX_SERVER_HELLO = const(1024)
_MAX_SERVER_KEY_EXCHANGE = const(1536)

_SLICE = const(256)  # octets of a certificate that are read in one

_VERSION = const(0x0303)
_FULL_RECORD = const(16384)

_UNEXPECTED_MESSAGE = const(331)
_DECODE_ERROR = const(330)
_VERSION_NOT_SUPPORTED = const(345)
_SUITE_NOT_OFFERED = const(346)
_COMPRESSION_NOT_NULL = const(347)
_UNSOLICITED_EXTENSION = const(348)
_BAD_RENEGOTIATION_INFO = const(350)
_NO_SECURE_RENEGOTIATION = const(351)
_NO_EXTENDED_MASTER_SECRET = const(352)
_NO_UNCOMPRESSED_POINTS = const(353)
_ALIEN_RECORD_LIMIT = const(354)
_KEY_DOES_NOT_FIT_SUITE = const(356)
_KEY_MAY_NOT_SIGN = const(357)
_GROUP_NOT_OFFERED = const(359)
_SCHEME_NOT_OFFERED = const(360)
_SCHEME_DOES_NOT_FIT = const(361)
_BAD_KEY_EXCHANGE_SIGNATURE = const(362)
_BAD_FINISHED = const(363)
_NO_SERVER_CERTIFICATE = const(364)

_DIGITAL_SIGNATURE = const(0x01)  # keyUsage bit 0
_RSA = const(1)  # SignatureAlgorithm


class Handshake:
    """One handshake on a Connection. `settings` is the SSLContext; `chain` is x509's for this server."""

    def __init__(self, connection, settings, chain):
        self.c = connection
        self.settings = settings
        self.chain = chain
        self.f = Framing(connection)
        self.randoms: "tuple" = ()  # client's, server's
        self.leaf_key: "tuple" = ()  # the server's, once its path was validated
        self.stapling = False  # whether the server agreed to status_request
        self.pre_master = self.master = b""
        self.pair: "tuple" = ()  # the protections of both directions, until each is in force
        self.room = room.Room(self.f.spare)  # what its next step may work in

    def run(self):
        """The handshake, with what lies idle of the connection's buffers lent to its computations: see crypto/room.py."""
        job = self.exchange()
        try:
            while True:
                room.lend(self.room)
                request = next(job)
                room.lend(None)
                yield request
        except StopIteration:
            pass
        finally:
            room.lend(None)
            job.close()

    def exchange(self):
        """The messages, in order."""
        f = self.f
        try:
            yield from self.send_client_hello()
            yield from self.recv_server_hello()
            size, count = yield from self.recv_certificate()
            kind = (yield from self.recv_certificate_status()) if self.stapling else None
            yield from self.validate_chain(size, count)
            group, point = yield from self.recv_server_key_exchange(kind)
            self.c.stage = "server_hello_done"
            kind, _ = yield from f.header()
            client = None
            if kind == _CERTIFICATE_REQUEST:
                from latchkey.tls.client_auth import ClientAuthentication

                client = ClientAuthentication(self)
                yield from client.recv_certificate_request()
                kind, _ = yield from f.header()
            yield from self.expect(_SERVER_HELLO_DONE, "server_hello_done", kind)
            f.done()
            self.note("<", "ServerHelloDone", 4)
            if client:
                yield from client.send_certificate()
            yield from self.send_client_key_exchange(group, point)
            session_hash = f.transcript.pop().digest()
            if client and client.scheme:
                yield from client.send_certificate_verify(session_hash)
            yield from self.make_keys(session_hash)
            yield from f.send_change_cipher_spec(self.pair[0])
            yield from self.send_finished()
            self.c.stage = "change_cipher_spec"
            yield from f.change_cipher_spec()
            self.c.reader.protection = self.pair[1]
            yield from self.recv_finished()
        finally:
            wipe(self.pre_master)
            wipe(self.master)
            for protection in self.pair:
                if protection is not self.c.writer.protection and protection is not self.c.reader.protection:
                    protection.wipe()

    def note(self, direction, name, size, text=""):
        if self.c.trace:
            self.c.trace(direction, name, size, text)

    def expect(self, wanted, name, kind=None):
        """The header of the next message, unless it was read (`kind`), which must be of type `wanted`; returns the body's length."""
        self.c.stage = name
        if kind is None:
            kind, _ = yield from self.f.header()
        if kind != wanted:
            raise Fault(_UNEXPECTED_MESSAGE, kind)
        return self.f.left

    # Hello

    def offer(self):
        """The extensions of our hello, as (type, data)."""
        s = self.settings
        offer = []
        name = self.c.server_name
        if name:
            offer.append((_SERVER_NAME, messages.vector(b"\x00" + messages.vector(name))))  # RFC 6066 section 3
        offer.append((_SUPPORTED_GROUPS, messages.list16(s.key_agreement.groups)))
        offer.append((_EC_POINT_FORMATS, b"\x01\x00"))
        offer.append((_SIGNATURE_ALGORITHMS, messages.list16(SCHEMES)))
        offer.append((_EXTENDED_MASTER_SECRET, b""))
        offer.append((_RENEGOTIATION_INFO, b"\x00"))
        if s.ocsp:
            offer.append((_STATUS_REQUEST, b"\x01\x00\x00\x00\x00"))  # ocsp, no responders named, no extensions
        limit = self.c.reader.limit
        if limit < _FULL_RECORD:  # RFC 6066 section 4, RFC 8449 section 4
            offer.append((_MAX_FRAGMENT_LENGTH, bytes((self.fragment_code(),))))
            offer.append((_RECORD_SIZE_LIMIT, bytes((limit >> 8, limit & 255))))
        return offer

    def fragment_code(self):
        """max_fragment_length's code for the largest of 512, 1024, 2048, 4096 that the buffer holds."""
        code = 1
        while code < 4 and 512 << code <= self.c.reader.limit:
            code += 1
        return code

    def send_client_hello(self):
        f = self.f
        f.transcript = [hashes.new("sha256"), hashes.new("sha256"), hashes.new("sha256")]
        if hasattr(self.settings.random, "reseed"):  # the pool draws on its true sources before each handshake
            yield from self.settings.random.reseed()
        random = bytearray(32)
        self.settings.random.fill(random)
        self.randoms = bytes(random), None
        offer = self.offer()
        hello = messages.encode_client_hello(random, SUITES, offer)
        yield from f.begin(_CLIENT_HELLO, len(hello))
        yield from f.put(hello)
        yield from f.flush()
        name = self.c.server_name
        self.note(">", "ClientHello", len(hello) + 4, "server_name " + name.decode() if name else "no server_name")

    def recv_server_hello(self):
        yield from self.expect(_SERVER_HELLO, "server_hello")
        r = yield from self.f.body(_MAX_SERVER_HELLO)
        size = r.end + 4
        version, random, _, number, compression, extensions = messages.decode_server_hello(r)
        # 1. Version, suite, compression. A server of TLS 1.3 that answers 1.2 says DOWNGRD 01 in its random; since 1.2 is the
        #    highest version we enable, that is no downgrade (RFC 8446 section 4.1.3).
        if version != _VERSION:
            raise Fault(_VERSION_NOT_SUPPORTED, "%d.%d" % (version >> 8, version & 255))
        for suite in SUITES:
            if suite[0] == number:
                break
        else:
            raise Fault(_SUITE_NOT_OFFERED, number)
        if compression:
            raise Fault(_COMPRESSION_NOT_NULL)
        # 2. Only extensions that were offered (RFC 5246 section 7.4.1.4).
        offered = dict(self.offer())
        for kind in extensions:
            if kind not in offered:
                raise Fault(_UNSOLICITED_EXTENSION, kind)
        # 3. What each says.
        self.c.suite = suite
        self.randoms = self.randoms[0], random
        self.agree_extensions(extensions)
        self.note("<", "ServerHello", size, suite[1])

    def agree_extensions(self, extensions):
        s = self.settings
        c = self.c
        info = extensions.get(_RENEGOTIATION_INFO)
        if info is None and s.require_secure_renegotiation:
            raise Fault(_NO_SECURE_RENEGOTIATION)
        if info is not None and info != b"\x00":  # RFC 5746 section 3.4
            raise Fault(_BAD_RENEGOTIATION_INFO)
        c.secure_renegotiation = info is not None
        for kind in (_EXTENDED_MASTER_SECRET, _SERVER_NAME, _STATUS_REQUEST):
            if extensions.get(kind):  # these are empty in a ServerHello
                raise Fault(_DECODE_ERROR)
        c.extended_master_secret = _EXTENDED_MASTER_SECRET in extensions
        if s.require_extended_master_secret and not c.extended_master_secret:
            raise Fault(_NO_EXTENDED_MASTER_SECRET)
        self.stapling = _STATUS_REQUEST in extensions
        formats = extensions.get(_EC_POINT_FORMATS)
        if formats is not None:
            if len(formats) != 1 + formats[0] if formats else True:
                raise Fault(_DECODE_ERROR)
            if 0 not in formats[1:]:
                raise Fault(_NO_UNCOMPRESSED_POINTS)
        # A limit that the server agreed to binds both directions (RFC 6066 section 4) or ours (RFC 8449 section 4), never both.
        fragment = extensions.get(_MAX_FRAGMENT_LENGTH)
        limit = extensions.get(_RECORD_SIZE_LIMIT)
        if fragment is not None:
            if limit is not None or fragment != bytes((self.fragment_code(),)):
                raise Fault(_ALIEN_RECORD_LIMIT)
            c.writer.limit = 256 << fragment[0]
        elif limit is not None:
            if len(limit) != 2:
                raise Fault(_DECODE_ERROR)
            limit = limit[0] << 8 | limit[1]
            if limit < 64:
                raise Fault(_ALIEN_RECORD_LIMIT)
            c.writer.limit = min(limit, _FULL_RECORD)

    # The server's certificate and its key exchange

    def recv_certificate(self):
        """The server's chain, streamed into x509; returns (body's length, number of certificates)."""
        f = self.f
        chain = self.chain
        size = yield from self.expect(_CERTIFICATE, "certificate")
        r = yield from f.take(3)
        if r.u24() != f.left:
            raise Fault(_DECODE_ERROR)
        if not f.left:
            raise Fault(_NO_SERVER_CERTIFICATE)
        count = 0
        while f.left:
            r = yield from f.take(3)
            left = r.u24()
            if not left:  # ASN.1Cert<1..2^24-1>
                raise Fault(_DECODE_ERROR)
            chain.begin(left)
            yield from self.feed_chain(left)
            count += 1
        return size, count

    def feed_chain(self, left):
        """The next `left` bytes of the message go to x509, as they come."""
        chain = self.chain
        if left > self.f.left:
            raise Fault(_DECODE_ERROR)
        while left:
            start, end = yield from self.f.chunk(min(left, _SLICE))
            chain.feed(self.c.reader.buf, start, end)
            left -= end - start
            yield WORKED
        chain.end()

    def recv_certificate_status(self):
        """The stapled OCSP response (RFC 6066 section 8), which the server may leave out; returns the next message's type."""
        f = self.f
        kind, size = yield from f.header()
        if kind != _CERTIFICATE_STATUS:
            return kind
        self.c.stage = "certificate_status"
        r = yield from f.take(4)
        if r.u8() != 1 or r.u24() != f.left or not f.left:
            raise Fault(_DECODE_ERROR)
        self.chain.begin_status(f.left)
        yield from self.feed_chain(f.left)
        self.note("<", "CertificateStatus", size + 4)
        kind, _ = yield from f.header()
        return kind

    def validate_chain(self, size, count):
        """The path from the server's certificate to an anchor; sets the token `peer_ok`."""
        self.c.stage = "certificate"
        if self.settings.frugal:
            from latchkey.release import x509_parser

            x509_parser()
        self.room = room.Room(self.c.reader.spare)
        yield WORKED
        token = yield from self.chain.validate()
        leaf = self.chain.leaf
        # The leaf's key must be able to do, and be allowed, what the suite asks of it (RFC 5246 section 7.4.2).
        if (leaf.public_key[0] < 2) != (self.c.suite[2] == _RSA):
            raise Fault(_KEY_DOES_NOT_FIT_SUITE)
        if leaf.key_usage is not None and not leaf.key_usage & _DIGITAL_SIGNATURE:
            raise Fault(_KEY_MAY_NOT_SIGN)
        self.leaf_key = leaf.public_key
        self.c.peer_ok = token
        self.chain = None
        if self.settings.frugal:
            from latchkey.release import x509

            x509()
        self.note("<", "Certificate", size + 4, "%d certificate%s: %s" % (count, "" if count == 1 else "s", token))

    def recv_server_key_exchange(self, kind):
        """ECDHE parameters; nothing is done with them before their signature was verified. Returns (group, point)."""
        size = yield from self.expect(_SERVER_KEY_EXCHANGE, "server_key_exchange", kind)
        r = yield from self.f.body(_MAX_SERVER_KEY_EXCHANGE)
        group, point, parameters, scheme, signature = messages.decode_server_key_exchange(r)
        if group not in self.settings.key_agreement.groups:
            raise Fault(_GROUP_NOT_OFFERED, group)
        if scheme not in SCHEMES:
            raise Fault(_SCHEME_NOT_OFFERED, scheme)
        # ECDSA with EC keys, PKCS#1 and PSS with rsaEncryption, PSS with id-RSASSA-PSS
        key = self.leaf_key
        low = scheme & 255
        fits = key[0] == (0 if low < 8 else 1) if scheme >> 8 == 8 else key[0] != 1 and low == (3 if key[0] else 1)
        if not fits:
            raise Fault(_SCHEME_DOES_NOT_FIT, scheme)
        h = hashes.new(hash_name(scheme))
        for part in (self.randoms[0], self.randoms[1], parameters):
            h.update(part)
        if not (yield from self.settings.verifier.verify(scheme, key, h.digest(), signature)):
            raise Fault(_BAD_KEY_EXCHANGE_SIGNATURE)
        self.c.key_exchange_ok = group
        self.note("<", "ServerKeyExchange", size + 4, "group %d, signature %04x verified" % (group, scheme))
        return group, point

    # Our second flight

    def send_client_key_exchange(self, group, point):
        f = self.f
        self.c.stage = "client_key_exchange"
        ours, self.pre_master = yield from self.settings.key_agreement.agree(group, point, self.settings.random)
        yield from f.begin(_CLIENT_KEY_EXCHANGE, len(ours) + 1)
        yield from f.put(bytes((len(ours),)) + ours)
        self.note(">", "ClientKeyExchange", len(ours) + 5, "key agreement: " + self.settings.key_agreement.name)

    def make_keys(self, session_hash):
        """Pre-master secret -> master secret -> key block -> a pair of record directions."""
        suite = self.c.suite
        client_random, server_random = self.randoms
        if self.c.extended_master_secret:  # RFC 7627 section 4: bound to the handshake by its hash so far; else RFC 5246 section 8.1
            label, seed = b"extended master secret", session_hash
        else:
            label, seed = b"master secret", client_random + server_random
        yield WORKED
        self.master = prf(suite[3], self.pre_master, label, seed, 48)
        wipe(self.pre_master)
        yield WORKED
        if self.settings.frugal:
            from latchkey.release import public_key_crypto

            public_key_crypto()
        self.pair = protections(suite, self.master, server_random + client_random)
        yield WORKED

    def send_finished(self):
        f = self.f
        self.c.stage = "client_finished"
        self.note(">", "ChangeCipherSpec", 1)
        data = prf(self.c.suite[3], self.master, b"client finished", f.transcript.pop().digest(), 12)
        yield WORKED
        yield from f.begin(_FINISHED, 12)
        yield from f.put(data)
        self.note(">", "Finished", 16)
        yield from f.flush()

    def recv_finished(self):
        f = self.f
        self.note("<", "ChangeCipherSpec", 1)
        expected = prf(self.c.suite[3], self.master, b"server finished", f.transcript.pop().digest(), 12)
        yield WORKED
        yield from self.expect(_FINISHED, "finished")
        r = yield from f.body(12)
        if r.end != 12:
            raise Fault(_DECODE_ERROR)
        if not equal(r.bytes(12), expected):
            raise Fault(_BAD_FINISHED)
        wipe(expected)
        if self.c.reader.start < self.c.reader.end:
            raise Fault(_UNEXPECTED_MESSAGE, _FINISHED)
        self.c.finished_ok = True
        self.c.stage = "data"
        self.note("<", "Finished", 16, "transcript verified")
