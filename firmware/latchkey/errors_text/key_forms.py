"""What is said of a private key that could not be read, and what to do about it."""

_PBES = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05"  # pkcs-5
_PKCS12 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c"
_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # pkcs-7: what a PKCS#12 file consists of

_ENCRYPTED = "it is encrypted; decrypt it first: openssl pkcs8 "


def explained(data):
    """Of a file's bytes, PEM or DER."""
    if _has(data, b"BEGIN OPENSSH PRIVATE KEY"):
        return "it is in OpenSSH's form; decrypt and convert it first: ssh-keygen -p -N '' -m PKCS8 -f KEY"
    if _has(data, b"BEGIN ENCRYPTED PRIVATE KEY"):
        return _ENCRYPTED + "-in KEY -out key.pem"
    if _has(data, b"ENCRYPTED") and _has(data, b"Proc-Type:"):  # RFC 1421 section 4.6.1.1, as OpenSSL writes SEC 1
        return "it is encrypted; decrypt it first: openssl pkey -in KEY -out key.pem"
    start = data[:32] if data[:1] == b"\x30" else b""
    if start.find(_DATA) >= 0:
        return "it is PKCS#12; decrypt and convert it first: openssl pkcs12 -in KEY -nodes -out both.pem"
    if start.find(_PBES) >= 0 or start.find(_PKCS12) >= 0:
        return _ENCRYPTED + "-inform DER -in KEY -out key.pem"
    if not start and not _has(data, b"PRIVATE KEY-----"):
        return "no private key found in PEM or DER"
    return "a P-256, P-384 or RSA key in PKCS#8, SEC 1 or PKCS#1 is expected"


def _has(data, words):
    """Whether text has these words, in UTF-16, too. Nothing is copied: a key may stand there in clear."""
    return data.find(words) >= 0 or data.find(b"\0".join([bytes((letter,)) for letter in words])) >= 0
