"""Giving back the heap of modules that only a handshake needs; the next handshake loads them again.

Only bytecode goes: the ESP32 never gives back native code before a soft reset, so kernels stay, and what a kernel's choice is kept in.
A module is dropped from `sys.modules` and from its package; what anything else still refers to stays where it is.
"""

import sys

# What stays of x509: the trust store with what it is made of, and what the peer was proven to be.
_KEPT = ("trust", "store_file", "signature", "der", "peer")
_CRYPTO = ("verify", "ecdsa", "ecdsa_sign", "double_scalar", "rsa", "p256", "p256_base", "p384", "weierstrass", "scalar")
_TLS = ("handshake", "framing", "messages", "cipher_suites", "client_auth")


def identity():
    """Drop what reads identities: certificates, private keys, the curve."""
    x509_parser()
    public_key_crypto()


def x509_parser():
    """Drop what reads certificates, once they were read, and what loads anchors and identities."""
    _drop("latchkey.x509.", ("certificate", "elements", "extensions", "long_extension", "rdn", "name", "anchor", "pem"))
    _drop("latchkey.", ("identity_files",))


def x509():
    """Drop what validates paths."""
    prefix = "latchkey.x509."
    _drop(prefix, [name[len(prefix) :] for name in sys.modules if name.startswith(prefix) and name[len(prefix) :] not in _KEPT])


def public_key_crypto():
    """Drop signatures and curves; the field machine and its kernel stay."""
    _drop("latchkey.crypto.", _CRYPTO)


def handshake():
    """Drop all that a connection does without once data flow."""
    x509()
    public_key_crypto()
    _drop("latchkey.tls.", _TLS)


def _drop(prefix, names):
    package = sys.modules.get(prefix[:-1])  # None before anything of it was loaded
    for name in names:
        if sys.modules.pop(prefix + name, None) is not None and hasattr(package, name):
            delattr(package, name)
