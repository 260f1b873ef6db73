"""Giving back the heap of modules that only a handshake needs; the next handshake loads them again.

A module is dropped from `sys.modules` and from its package; what anything else still refers to stays where it is. The ESP32 never
gives back native code before a soft reset. So kernels stay, but for those of the curves where the core runs inline assembler, which lies in
the heap. A choice of kernel that is dropped is made and tested again.
"""

import sys

from latchkey.crypto import kernels

# What stays of x509: the trust store, and what the peer was proven to be.
_KEPT = ("trust", "store_file", "peer")

# What is over -> (package, modules of it that nothing needs then).
_AFTER = {
    "loading": (("x509.", ("anchor", "anchor_record", "pem")), ("", ("loading", "identity_files", "installing", "wrapping"))),
    "hello": (("tls.", ("hello", "messages", "cipher_suites")), ("entropy.", ("seeding",))),
    "certificate": (  # they were read; and so were anchors and identity
        ("x509.", ("chain", "certificate", "elements", "extensions", "long_extension", "rdn", "letters", "name", "keys", "der")),
        ("x509.", ("anchor", "anchor_record", "pem")),
        ("", ("loading", "identity_files")),
    ),
    "path": (("x509.", None),),
    "server_auth": (("tls.", ("server_auth", "messages")),),
    "signatures": (
        (
            "crypto.",
            ("verify", "ecdsa", "ecdsa_sign", "rsa", "p256", "p256_base", "p384", "x25519", "weierstrass"),
        ),
        ("tls.", ("client_auth",)),
    ),
    "field": (("crypto.field.", None),),
    "finished": (("tls.", ("handshake", "framing", "wire", "finish", "psk", "others", "cipher_suites", "resumption")),),
    "records": (("crypto.", ("aes", "aead", "gcm")),),
}


def after(*parts):
    """Drop what was needed for these parts of a handshake, or for what comes before one, alone; and this module."""
    _drop("latchkey.", ("release",))
    for part in parts:
        for package, names in _AFTER[part]:
            _drop("latchkey." + package, names)
        if kernels.which() in ("umaal", "umlal"):
            if part == "signatures":
                after("field")
            elif part == "records":
                _drop("latchkey.crypto.", [name[16:] for name in sys.modules if name.startswith("latchkey.crypto.kernel_")])


def handshake():
    """Drop all that a connection does without once data flow."""
    after("hello", "certificate", "path", "server_auth", "signatures", "finished")


def _drop(prefix, names):
    package = sys.modules.get(prefix[:-1])  # None before anything of it was loaded
    if names is None:
        names = [name[len(prefix) :] for name in sys.modules if name.startswith(prefix) and name[len(prefix) :] not in _KEPT]
    for name in names:
        if sys.modules.pop(prefix + name, None) is not None and hasattr(package, name):
            delattr(package, name)
