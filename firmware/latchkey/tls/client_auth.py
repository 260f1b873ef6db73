"""Client authentication (RFC 5246 sections 7.4.4, 7.4.6 and 7.4.8): loaded when the server asks for a certificate."""

from latchkey.crypto import hashes
from latchkey.crypto.verify import hash_name
from latchkey.errors import Fault, text

_CERTIFICATE = const(11)
_CERTIFICATE_VERIFY = const(15)
_RSA_SIGN = const(1)  # ClientCertificateType
_ECDSA_SIGN = const(64)
_MAX_REQUEST = const(0xFFFF + 300)

_NONE_LOADED = const(1)  # of errors_text/client_auth.py
_OTHER_TYPE = const(2)
_OTHER_SCHEME = const(3)
_UNVERIFIED = const(4)
_ISSUER_NOT_NAMED = const(5)

_DECODE_ERROR = const(330)
_MESSAGE_TOO_LONG = const(344)
_OWN_SIGNATURE_WRONG = const(355)


class ClientAuthentication:
    """What the server asked for, and our answer, within one Handshake. `scheme` is what we sign with, None to send no certificate."""

    def __init__(self, handshake):
        self.c = handshake.c
        self.f = handshake.f
        self.settings = s = handshake.settings
        self.note = handshake.note
        self.verify = handshake.verify
        self.hash = handshake.hash
        self.scheme: "int | None" = None
        self.identity = s.identity
        self.identities = [] if s.identity is None else [s.identity] + list(s._identities)
        self.named: "list" = []  # those of them whose issuer the server names

    def recv_certificate_request(self):
        """Certificate types, signature schemes, and the authorities, whose names pass by in a stream."""
        f = self.f
        self.c.stage = "certificate_request"
        size = f.left
        if size > _MAX_REQUEST:
            raise Fault(_MESSAGE_TOO_LONG, size)
        types = yield from self.vector(1)
        schemes = yield from self.vector(2)
        if len(schemes) & 1 or not schemes or not types:
            raise Fault(_DECODE_ERROR)
        r = yield from f.take(2)
        if r.u16() != f.left:
            raise Fault(_DECODE_ERROR)
        if not f.left:  # no authorities named: any will do
            self.named = self.identities
        while f.left:
            yield from self.authority()
        note = self.choose(types, [schemes[i] << 8 | schemes[i + 1] for i in range(0, len(schemes), 2)])
        # Sent whatever authorities are named (RFC 5246 section 7.4.6 has a SHOULD): a root alone may be, and our leaf's issuer be known.
        self.c.certificate_note = note or (0 if self.identity in self.named else _ISSUER_NOT_NAMED)
        self.note("<", "CertificateRequest", size + 4)

    def vector(self, width):
        r = yield from self.f.take(width)
        r = yield from self.f.take(r.u8() if width == 1 else r.u16())
        return r.bytes(r.end)

    def authority(self):
        """One DistinguishedName, under which a certificate of ours may have been issued."""
        f = self.f
        r = yield from f.take(2)
        left = r.u16()
        if not left:
            raise Fault(_DECODE_ERROR)
        h = hashes.new("sha256")
        view = memoryview(self.c.reader.buf)
        while left:
            start, end = yield from f.chunk(left)
            h.update(view[start:end])
            left -= end - start
        name = h.digest()
        for identity in self.identities:
            if name in identity.issuers and identity not in self.named:  # once, however often it comes
                self.named.append(identity)

    def choose(self, types, schemes):
        """Set identity and scheme to sign with: the first that fits the request, one whose issuer is named before others; else return why
        none does."""
        note = 0 if self.identities else _NONE_LOADED
        for identity in self.identities:
            found = self.scheme_of(identity, types, schemes)
            if found <= _UNVERIFIED:
                note = note or found
            elif not self.scheme or (identity in self.named and self.identity not in self.named):
                self.identity, self.scheme = identity, found
        return 0 if self.scheme else note

    def scheme_of(self, identity, types, schemes):
        """What an identity would sign with, or why not."""
        if self.c.peer_ok.kind == "UNVERIFIED" and not self.settings.identify_to_unverified:  # it would tell anybody who this is
            return _UNVERIFIED
        if (_RSA_SIGN if identity.public_key[0] < 2 else _ECDSA_SIGN) not in types:
            return _OTHER_TYPE
        for scheme in identity.schemes:
            # CertificateVerify signs the transcript, which is hashed with the suite's hash and those of first schemes alone.
            if scheme in schemes and (hash_name(scheme) == self.hash or hash_name(scheme) in self.f.others):
                return scheme
        return _OTHER_SCHEME

    def send_certificate(self):
        """Our chain, or an empty list where no certificate of ours fits (RFC 5246 section 7.4.6)."""
        f = self.f
        self.c.stage = "client_certificate"
        identity = self.identity
        total = identity.chain_length if self.scheme else 0
        yield from f.begin(_CERTIFICATE, total + 3)
        yield from f.put(bytes((total >> 16, total >> 8 & 255, total & 255)))
        if self.scheme:
            for der in identity.chain():
                n = len(der)
                yield from f.put(bytes((n >> 16, n >> 8 & 255, n & 255)))
                yield from f.put(der)
        self.c.client_certificate = False
        note = self.c.trace and text("client_auth").TEXT.get(self.c.certificate_note)
        self.note(">", "Certificate", total + 7, ("our chain" if self.scheme else "empty") + (": " + note if note else ""))

    def send_certificate_verify(self, digest):
        """Sign the transcript, and verify what was signed with our own leaf's key before it goes out (rule 2)."""
        f = self.f
        self.c.stage = "certificate_verify"
        identity, scheme = self.identity, self.scheme
        if hash_name(scheme) != self.hash:
            digest = f.digest_of(hash_name(scheme))
        signature = yield from identity.sign(scheme, digest)
        if not (yield from self.verify(scheme, identity.public_key, digest, signature)):
            raise Fault(_OWN_SIGNATURE_WRONG)
        n = len(signature)
        yield from f.begin(_CERTIFICATE_VERIFY, n + 4)
        yield from f.put(bytes((scheme >> 8, scheme & 255, n >> 8, n & 255)))
        yield from f.put(signature)
        self.c.client_certificate = True
        self.note(">", "CertificateVerify", n + 8, "signed by " + identity.name)
