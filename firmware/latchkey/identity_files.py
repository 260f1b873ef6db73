"""Certificate chains and private keys as they come: paths, bytes or text, PEM (RFC 7468) or DER, PKCS#8 (RFC 5958) or SEC 1 (RFC 5915).

The chain is the server's to judge: read are the leaf's key and the issuers' names, whatever else the certificates say.
"""

from hashlib import sha256

from latchkey.crypto.util import wipe
from latchkey.errors import Fault, text
from latchkey.identity import Identity, SoftwareKey
from latchkey.x509 import keys
from latchkey.x509.anchor import enter
from latchkey.x509.der import Reader
from latchkey.x509.pem import CERTIFICATES, blocks, is_path

_KEY_NOT_THE_LEAFS = const(310)
_KEY_NOT_UNDERSTOOD = const(311)
_NO_CERTIFICATE_FOUND = const(312)
_TRAILING = const(501)

_RSA = const(0)
_SECP256R1 = const(23)
_SECP384R1 = const(24)
_MOST_RSA_BITS = const(8192)
_OID_EC = b"\x2a\x86\x48\xce\x3d\x02\x01"
_OID_P256 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
_OID_P384 = b"\x2b\x81\x04\x00\x22"
_OID_RSA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"


def load(certfile, keyfile, context):
    """A job: the Identity of what `SSLContext.load_cert_chain` was given."""
    certificates = _certificates(certfile)
    issuers = []
    leafs_key = None
    length = 0
    for der in certificates:
        try:
            issuer, spki = _parts(Reader(der))
            leafs_key = leafs_key or keys.public_key(Reader(spki), _MOST_RSA_BITS)
        except Fault as fault:
            fault.detail = len(issuers)
            if fault.cause == _TRAILING:
                fault.detail = text("arguments").TRUSTED.format(len(issuers))
            raise
        issuers.append(sha256(issuer).digest())
        length += len(der) + 3
    if leafs_key is None:
        raise Fault(_NO_CERTIFICATE_FOUND)
    key = keyfile
    if not hasattr(keyfile, "sign"):
        key = yield from software_key(*(("certfile", certfile) if keyfile is None else ("keyfile", keyfile)), context)
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
    """Bytes as they are, those of PEM in text, or those of the file at a path; `name` is the argument's."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return source
    if isinstance(source, str) and "-----" in source:
        return memoryview(source)  # pyright: ignore[reportArgumentType]: MicroPython's takes a str, too, whose encode() would share its bytes
    if not is_path(source):
        raise ValueError(text("arguments").no_path(name))
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
        return tuple(blocks(contents, CERTIFICATES))
    except ValueError:
        raise Fault(_NO_CERTIFICATE_FOUND)


def software_key(name, source, context):
    """A job: the first private key in `source`; its public key is computed, never believed. What was read of it is wiped."""
    data = _contents(name, source)
    if not isinstance(data, bytes):
        data = bytes(data)  # of our own, which is wiped
    try:
        kind, secrets = _first_key(data)
        if not secrets:
            raise Fault(_KEY_NOT_UNDERSTOOD, text("key_forms").explained(data))
    finally:
        if data is not source:
            wipe(data)
    try:
        if kind == _RSA:
            from latchkey.crypto import rsa_sign

            wrong = rsa_sign.complaint(secrets)
            if wrong:
                raise Fault(_KEY_NOT_UNDERSTOOD, wrong)
            n, e, d = secrets[:3]
            wipe(d)
            return rsa_sign.RSAKey(bytes(n), int.from_bytes(e, "big"), secrets[3:], context)
        if kind == _SECP384R1:
            from latchkey.crypto import p384 as curve
        else:
            from latchkey.crypto import p256 as curve
        if not curve.in_range(secrets[0]):
            raise Fault(_KEY_NOT_UNDERSTOOD, "its number is out of range")
        point = yield from curve.public(secrets[0])
    except BaseException:
        for secret in secrets:
            wipe(secret)
        raise
    return SoftwareKey(secrets[0], (kind, point), context)


def _first_key(data):
    """`(group, or 0 for RSA; its secret numbers)` of the first private key in `data`, which is left as it is; no numbers where none can be
    read. They are bytearrays: a scalar, or what RSAPrivateKey has from its modulus to its coefficient.
    """
    group, secrets = 0, []
    found = blocks(data, (b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY"))
    try:
        for der in found:
            try:
                if not secrets:
                    group = _key(Reader(der), secrets, None)
            finally:
                if der is not data:  # which may be a constant in flash
                    wipe(der)
    except (ValueError, Fault):
        for secret in secrets:
            wipe(secret)
        return 0, ()
    finally:
        found.close()  # which wipes what it made of UTF-16
    return group, secrets


def _key(r, secrets, group):
    """Read a private key in PKCS#8 (version 0 or 1, an algorithm), SEC 1 (version 1, the octets at once) or PKCS#1 (version 0, numbers);
    returns its group. `group` is what PKCS#8 says around the other two.
    """
    outer = r.open(0x30)
    r.number()
    tag = r.tag()
    if tag == 0x30 and group is None:
        inner = r.open(0x30)
        algorithm = r.oid()
        if algorithm == _OID_RSA:
            group = _RSA
            r.read(0x05)
        elif algorithm == _OID_EC:
            group = _group(r)
        else:
            raise ValueError
        r.close(inner)
        wrapped = r.open(0x04)
        _key(r, secrets, group)
        r.close(wrapped)
    elif tag == 0x02 and not group:
        group = _RSA
        for _ in range(8):
            _number(r, 0x02, secrets)
    elif group != _RSA:
        _number(r, 0x04, secrets)
        size = len(secrets[0])
        if r.tag() == 0xA0:
            inner = r.open(0xA0)
            named = _group(r)
            r.close(inner)
        else:
            named = group or (_SECP256R1 if size == 32 else _SECP384R1)
        if named != (group or named) or size != (32 if named == _SECP256R1 else 48):
            raise ValueError
        group = named
    else:
        raise ValueError
    r.leave(outer)
    return group


def _group(r):
    """That of the curve whose OID comes; ValueError for another."""
    oid = r.oid()
    if oid == _OID_P256:
        return _SECP256R1
    if oid == _OID_P384:
        return _SECP384R1
    raise ValueError


def _number(r, tag, secrets):
    """The next element's octets, without a zero in front if it is an INTEGER: another bytearray of `secrets`."""
    outer = r.open(tag)
    start = r.pos
    if tag == 0x02 and r.end - start > 1 and not r.buf[start]:
        start += 1
    secrets.append(bytearray(memoryview(r.buf)[start : r.end]))
    r.leave(outer)
