"""Certificate chains and private keys as they come: paths or bytes, PEM (RFC 7468) or DER, PKCS#8 (RFC 5958) or SEC 1 (RFC 5915).

The chain is the server's to judge: read are the leaf's key and the issuers' names, whatever else the certificates say.
"""

from hashlib import sha256

from micropython import const

from latchkey.crypto.util import wipe
from latchkey.errors import Fault, text
from latchkey.identity import Identity, SoftwareKey
from latchkey.x509 import signature
from latchkey.x509.anchor import enter
from latchkey.x509.der import Reader
from latchkey.x509.pem import blocks

_KEY_NOT_THE_LEAFS = const(310)
_KEY_NOT_UNDERSTOOD = const(311)
_NO_CERTIFICATE_FOUND = const(312)

_SECP256R1 = const(23)
_MOST_RSA_BITS = const(8192)
_OID_EC = b"\x2a\x86\x48\xce\x3d\x02\x01"
_OID_P256 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"


def load(certfile, keyfile, context):
    """A job: the Identity of what `SSLContext.load_cert_chain` was given."""
    certificates = _certificates(certfile)
    issuers = []
    leafs_key = None
    length = 0
    for der in certificates:
        try:
            issuer, spki = _parts(Reader(der))
            leafs_key = leafs_key or signature.public_key(Reader(spki), _MOST_RSA_BITS)
        except Fault as fault:
            fault.detail = len(issuers)
            raise
        issuers.append(sha256(issuer).digest())
        length += len(der) + 3
    if leafs_key is None:
        raise Fault(_NO_CERTIFICATE_FOUND)
    key = keyfile
    if not hasattr(keyfile, "sign"):
        key = yield from _software_key(*(("certfile", certfile) if keyfile is None else ("keyfile", keyfile)), context)
    if key.public_key != leafs_key:
        if key is not keyfile:
            key.wipe()
        raise Fault(_KEY_NOT_THE_LEAFS)
    return Identity(certificates, length, key, tuple(issuers))


def _parts(r):
    """Issuer and SubjectPublicKeyInfo of the certificate that the Reader is at, which must be whole."""
    outer, inner, _, issuer, _, _, spki = enter(r)
    r.leave(inner)
    r.leave(outer)
    r.close(outer)
    return issuer, spki


def _contents(name, source):
    """Bytes as they are, or those of the file at a path; `name` is the argument's."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return source
    wrong = text("arguments").no_path(name, source)
    if wrong:
        raise ValueError(wrong)
    try:
        with open(source, "rb") as file:
            return file.read()
    except OSError as e:
        raise OSError(e.errno, text("arguments").unreadable(name, source))


def _certificates(source):
    if hasattr(source, "chain"):
        return tuple(source.chain())
    contents = _contents("certfile", source)
    try:
        return tuple(blocks(contents, (b"CERTIFICATE",)))
    except ValueError:
        raise Fault(_NO_CERTIFICATE_FOUND)


def _software_key(name, source, context):
    """A job: the first EC private key in `source`; its public point is computed, never believed. What was read of it is wiped."""
    from latchkey.crypto import p256

    data = _contents(name, source)
    if not isinstance(data, bytes):
        data = bytes(data)  # of our own, which is wiped
    try:
        scalar = _first_scalar(data)
        if scalar is None:
            raise Fault(_KEY_NOT_UNDERSTOOD, text("key_forms").explained(data))
    finally:
        if data is not source:
            wipe(data)
    try:
        if not p256.in_range(scalar):
            raise Fault(_KEY_NOT_UNDERSTOOD, "its number is out of range")
        point = yield from p256.public(scalar)
    except BaseException:
        wipe(scalar)
        raise
    return SoftwareKey(scalar, (_SECP256R1, point), context)


def _first_scalar(data):
    """That of the first private key in `data`, which is left as it is; None where none can be read."""
    scalar = None
    try:
        for der in blocks(data, (b"PRIVATE KEY", b"EC PRIVATE KEY")):
            try:
                scalar = scalar or _scalar(Reader(der))
            finally:
                if der is not data:  # which may be a constant in flash
                    wipe(der)
    except (ValueError, Fault):
        wipe(scalar or b"")
        return None
    return scalar


def _scalar(r):
    """The 32 bytes of a private key in PKCS#8 (version 0 or 1, an algorithm) or SEC 1 (version 1, the octets at once)."""
    outer = r.open(0x30)
    r.number()
    if r.tag() == 0x30:
        inner = r.open(0x30)
        if r.oid() != _OID_EC or r.oid() != _OID_P256:
            raise ValueError
        r.close(inner)
        wrapped = r.open(0x04)
        scalar = _scalar(r)
        r.close(wrapped)
        r.leave(outer)
        return scalar
    inner = r.open(0x04)
    if r.end - r.pos != 32:
        raise ValueError
    scalar = bytearray(memoryview(r.buf)[r.pos : r.end])
    r.leave(inner)
    if r.tag() == 0xA0:
        inner = r.open(0xA0)
        if r.oid() != _OID_P256:
            raise ValueError
        r.close(inner)
    r.leave(outer)
    return scalar
