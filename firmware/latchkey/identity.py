"""The device's identity: a certificate chain and the private key of its leaf.

A key is an object with `name` (where it lives), `schemes`, `public_key` and `sign(scheme, digest)`, a job; `SoftwareKey`, `RSAKey`
(crypto/rsa_sign.py) and a chip's key look the same. `identity_files.py` makes both out of what `SSLContext.load_cert_chain` is given.
"""

from latchkey.crypto.util import wipe

_SECP384R1 = const(24)
_ECDSA_SHA256 = const(0x0403)
_ECDSA_SHA384 = const(0x0503)


class SoftwareKey:
    """A P-256 or P-384 private key in memory: `scalar` is 32 or 48 bytes, big-endian, kept until `wipe()`."""

    name = "software"

    def __init__(self, scalar, public_key, context):
        self.schemes = (_ECDSA_SHA384, _ECDSA_SHA256) if public_key[0] == _SECP384R1 else (_ECDSA_SHA256,)
        self.scalar = scalar
        self.public_key = public_key
        self.context = context  # whose `random` goes into the nonces

    def sign(self, scheme, digest):
        """A job: the DER signature (RFC 6979 nonce with fresh randomness mixed in)."""
        from latchkey.crypto import ecdsa_sign

        return (yield from ecdsa_sign.sign(self.public_key[0], self.scalar, digest, self.context.random))

    def wipe(self):
        wipe(self.scalar)


class Identity:
    """A chain and its key. `issuers` are SHA-256 digests of the issuer names in the chain, for CertificateRequest."""

    def __init__(self, certificates, chain_length, key, issuers):
        self._certificates = certificates
        self.chain_length = chain_length  # of the certificates, each with its 3-byte length
        self.issuers = issuers
        self.context = getattr(key, "context", None)  # whose `random` a software key signs with
        self.name = key.name
        self.schemes = key.schemes
        self.public_key = key.public_key
        self.sign = key.sign

    def chain(self):
        """The certificates in DER, leaf first."""
        return iter(self._certificates)
