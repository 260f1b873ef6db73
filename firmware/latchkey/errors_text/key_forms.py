"""What is said of a private key that could not be read, and what to do about it."""

from latchkey.crypto.util import wipe

_PBES = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05"  # pkcs-5
_PKCS12 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c"
_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # pkcs-7: what a PKCS#12 file consists of

_ENCRYPTED = "it is encrypted; decrypt it first: openssl pkcs8 "


def explained(data):
    """Of a file's bytes, PEM or DER."""
    given, data = data, data if data[:1] == b"\x30" else data.replace(b"\0", b"")  # UTF-16
    try:
        return _explained(data)
    finally:
        if data is not given:
            wipe(data)


def _explained(data):
    if data.find(b"BEGIN OPENSSH PRIVATE KEY") >= 0:
        return "it is in OpenSSH's form; decrypt and convert it first: ssh-keygen -p -N '' -m PKCS8 -f KEY"
    if data.find(b"BEGIN ENCRYPTED PRIVATE KEY") >= 0:
        return _ENCRYPTED + "-in KEY -out key.pem"
    if data.find(b"ENCRYPTED") >= 0 and data.find(b"Proc-Type:") >= 0:  # RFC 1421 section 4.6.1.1, as OpenSSL writes SEC 1
        return "it is encrypted; decrypt it first: openssl pkey -in KEY -out key.pem"
    start = data[:32] if data[:1] == b"\x30" else b""
    if start.find(_DATA) >= 0:
        return "it is PKCS#12; decrypt and convert it first: openssl pkcs12 -in KEY -nodes -out both.pem"
    if start.find(_PBES) >= 0 or start.find(_PKCS12) >= 0:
        return _ENCRYPTED + "-inform DER -in KEY -out key.pem"
    if data.find(b"PRIVATE KEY-----") < 0 and not start:
        return "no private key found in PEM or DER"
    return "a P-256, P-384 or RSA key in PKCS#8, SEC 1 or PKCS#1 is expected"
