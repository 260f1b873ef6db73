"""Which modules are joined: those that are always loaded and dropped together. What is in no group stays a module of its own.

A group is named for its part of a connection. `module:name, name` takes only these names of a module; another group has the rest.
Code that a core may not run (kernels), tables that may be left out, and what is seldom loaded stay by themselves; so does
`crypto.verify`, which is handed around as an object.
"""

GROUPS = {
    "_core": (  # what a context and a connection are as long as they live
        "errors",
        "crypto.util",
        "crypto.job",
        "crypto.room",
        "crypto.core",
        "crypto.kernels",
        "crypto.hashes",
        "crypto.hmac",
        "x509.peer",
        "x509.trust",
        "tls.record",
        "tls.connection",
        "tls.key_agreement",
        "identity",
        "release",
        "packing",
        "stream",
        "context",
    ),
    "_records": ("crypto.aes", "crypto.ghash", "crypto.gcm"),
    "_entropy": ("entropy", "entropy.sources", "entropy.port", "entropy.drbg", "entropy.health", "entropy.pool"),
    "_hello": ("tls.messages:vector, list16, encode_client_hello, decode_server_hello", "tls.cipher_suites:SUITES", "tls.hello"),
    "_handshake": ("tls.wire", "tls.framing", "tls.handshake"),
    "_certificate": (
        "x509.rdn",
        "x509.name",
        "x509.pem",
        "x509.anchor",
        "x509.elements",
        "x509.extensions",
        "x509.certificate",
        "identity_files",
    ),
    "_path": ("x509.der", "x509.signature", "x509.clock", "x509.policy", "x509.chain", "x509.path"),
    "_server_auth": ("tls.messages:decode_server_key_exchange", "tls.server_auth"),
    "_field": ("crypto.field.weierstrass", "crypto.field.words", "crypto.field.machine"),
    "_curve": ("crypto.scalar", "crypto.weierstrass", "crypto.p256", "crypto.double_scalar", "crypto.ecdsa"),
    "_signing": ("crypto.ecdsa_sign", "tls.client_auth"),
    "_finish": ("tls.cipher_suites:prf, protections", "tls.finish"),
}
