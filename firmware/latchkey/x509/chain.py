"""The chain a server sent: certificates in, a peer token out.

    chain = Chain(policy)
    for each certificate, in the order received: chain.begin(length); chain.feed(buf, start, end) as bytes come; chain.end()
    token = yield from chain.validate()

Nothing of a certificate is kept but what the path needs (certificate.py), at most `policy.most_certificates` of them; one that can
not be in a path, or stands there twice, is dropped at its end. A fault in the first certificate, the leaf, is raised at once, unless it may
not matter (peer.py: `flaw`); one in another certificate is raised by `validate()`, if no path does without it. Faults carry the index of
the certificate.
An OCSP response may follow the certificates: `begin_status(length)`, then `feed` and `end` as before.
"""

from hashlib import sha256

from latchkey.errors import Fault
from latchkey.x509.clock import Clock
from latchkey.x509.name import Reference

_CERTIFICATE_TOO_LONG = const(513)
_TOO_MANY_CERTIFICATES = const(515)
_SELF_SIGNED = const(565)

_PINNED = const(0x10000)  # Certificate.flags

_MOST_OCTETS = const(65536)  # of a certificate


class Chain:
    """One chain, judged by a Policy. Fault if its host is none; a pin of another length is a ValueError."""

    def __init__(self, policy):
        for pin in policy.pins:
            if not isinstance(pin, (bytes, bytearray)) or len(pin) != 32:
                raise ValueError("a pin is the 32 bytes of a SHA-256, not text")
        self.reference: Any = None  # what the policy's host is; verified or not, it must be a name
        if policy.host is not None:
            self.reference = Reference(policy.host)
        self.leaf = None  # Certificate; after `validate()` its `public_key` and `key_usage` can be relied on
        self._policy = policy
        self._parser = None
        self._clock = None
        self._count = 0
        self._others = []
        self._defects = []  # (subject or None, cause, index)
        self._reading = None  # what `feed` goes to: the parser, the OCSP response, or nothing more of this certificate
        self._leaf_der = None
        self._leaf_at = 0
        self._leaf_hash = None
        self._status = None

    def begin(self, length):
        """A certificate of `length` octets follows; the first is the leaf."""
        policy = self._policy
        index = self._count
        if index == policy.most_certificates:
            raise Fault(_TOO_MANY_CERTIFICATES, index)
        if length > _MOST_OCTETS:
            raise Fault(_CERTIFICATE_TOO_LONG, index)
        if self._parser is None:
            self._prepare()
        if index == 0 and policy.keep_leaf_der:
            self._leaf_der = bytearray(length)
            self._leaf_at = 0
        self._leaf_hash = sha256() if index == 0 and policy.verify and policy.trust is not None else None
        self._count += 1
        self._reading = self._parser
        self._parser.begin(length, index)

    def _prepare(self):
        from latchkey.x509 import certificate

        policy = self._policy
        if policy.verify:
            self._clock = Clock(policy.now, policy.floor)
        self._parser = certificate.Parser(policy, self.reference if policy.verify else None)

    def feed(self, buf, start, end):
        """Octets `buf[start:end]` of the certificate or the OCSP response."""
        if self._leaf_der is not None:
            stop = min(self._leaf_at + end - start, len(self._leaf_der))
            self._leaf_der[self._leaf_at : stop] = memoryview(buf)[start : start + stop - self._leaf_at]
            self._leaf_at = stop
        if self._leaf_hash is not None:
            self._leaf_hash.update(memoryview(buf)[start:end])
        if self._reading is not None:
            try:
                self._reading.feed(buf, start, end)
            except Fault as fault:
                self._refuse(fault)

    def end(self):
        """The certificate or the OCSP response ends here."""
        if self._reading is None:
            return
        try:
            self._reading.finish()
            if self._reading is self._parser:
                self._keep(self._parser.cert)
        except Fault as fault:
            self._refuse(fault)
        self._reading = None

    def _keep(self, cert):
        if cert.index == 0:
            if self._leaf_hash is not None:
                cert.whole = self._leaf_hash.digest()
                self._leaf_hash = None
            if cert.flaw > 0 and self._counts():
                raise Fault(cert.flaw)
            self.leaf = cert
            return
        policy = self._policy
        if not policy.verify or (policy.trust is None and self.leaf.flags & _PINNED):
            return
        if cert.digest == self.leaf.digest:
            return
        for other in self._others:
            if cert.digest == other.digest and cert.signature == other.signature:
                return
        from latchkey.x509 import path

        path.judge_ca(cert, policy, self._clock)
        self._others.append(cert)

    def _counts(self):
        """Whether it matters what the leaf is, beside its key."""
        policy = self._policy
        return policy.verify and (policy.trust is not None or not self._parser.cert.flags & _PINNED)

    def _refuse(self, fault):
        """The certificate being read is no candidate; without a leaf there is nothing more to do."""
        index = self._count - 1
        if self._reading is not self._parser:
            raise fault
        detail = fault.detail if isinstance(fault.detail, str) else index  # a text begins with it
        cert = self._parser.cert
        cause = fault.cause
        if index == 0:
            if cert.flaw and self._counts():  # it was there first
                cause = abs(cert.flaw)
            raise Fault(cause, detail)
        if cert.subject and cert.subject == cert.issuer and cert.authority_key_identifier in (None, cert.key_identifier):
            cause, detail = _SELF_SIGNED, index  # a root matters as an anchor alone, where nothing of this is judged
        self._defects.append((cert.subject, cause, detail))
        self._reading = None

    def begin_status(self, length):
        """A stapled OCSPResponse (RFC 6960) of `length` octets follows."""
        from latchkey.x509.ocsp import Response

        self._status = self._reading = Response(length, self._parser)

    def validate(self):
        """A job: the Peer, or a Fault. The chain keeps its leaf and drops the rest, and is itself not needed while the job runs."""
        from latchkey.x509 import validation

        job = validation.validate(self._policy, self.leaf, self._others, self._defects, self._clock, self._status, self._leaf_der)
        self._parser = self._reading = self.reference = self._others = self._defects = self._status = None
        return job
