"""Which modules are joined: those that are always loaded and dropped together. What is in no group stays a module of its own.

A group is named for its part of a connection. It imports those that stand before it at its top, the others where they are used.
`module:name, name` takes only these names of a module; another group has the rest.
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
        "transport",
        "release",
        "packing",
        "stream",
        "context",
    ),
    "_records": ("crypto.aes", "crypto.ghash", "crypto.aead", "crypto.gcm"),
    "_entropy": ("entropy", "entropy.sources", "entropy.drbg", "entropy.health", "entropy.pool"),
    "_port": ("entropy.port",),
    "_hello": (
        "tls.messages:vector, list16, encode_client_hello, decode_server_hello",
        "tls.cipher_suites:SUITES, default, find, hash_of",
        "tls.hello",
    ),
    "_handshake": ("tls.wire", "tls.framing", "tls.handshake"),
    "_path": (
        "x509.signature",
        "x509.clock",
        "x509.policy",  # an object of it outlives what reads certificates, and would keep a group with that
        "x509.path",
        "x509.validation",
    ),
    "_certificate": (
        "x509.der",
        "x509.keys",
        "x509.rdn",
        "x509.elements",
        "x509.extensions",
        "x509.certificate",
    ),
    "_files": ("x509.pem", "x509.anchor", "x509.anchor_record", "identity_files", "loading"),
    "_server_auth": ("tls.messages:decode_server_key_exchange", "tls.server_auth"),
    "_field": ("crypto.field.weierstrass", "crypto.field.words", "crypto.field.machine"),
    "_verifying": (
        "crypto.weierstrass:Curve, invert, open_curve, load_point, load_affine, load_base, enter_point, table_script, check",
        "crypto.p256:_P, _N, _B, _G, _INVERT_P, _INVERT_N, _base_table, CURVE",
        "crypto.double_scalar",
        "crypto.ecdsa",
    ),
    "_signing": (
        "crypto.scalar",
        "crypto.weierstrass:multiply, multiply_base, _finish",
        "crypto.p256:generate, in_range, public, shared",
        "crypto.ecdsa_sign",
        "tls.client_auth",
    ),
    "_finish": ("tls.cipher_suites:_LENGTHS, prf, protections", "tls.finish"),
}
