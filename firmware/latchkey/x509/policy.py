"""What a path is judged by. Plain attributes, set before the `Chain` is made."""

WEB_PKI = const(0)  # CA/Browser Forum baseline requirements over RFC 5280
RFC5280 = const(1)  # RFC 5280 alone, for private PKIs

OCSP_OFF = const(0)
OCSP_REQUIRED = const(2)


class Policy:
    """`host`: the expected DNS name, or IPv4 or IPv6 address in text.
    `check_hostname`: False judges the path for no name, and the token says NAME UNVERIFIED.
    `trust`: a TrustStore, or None.
    `pins`: SHA-256 digests (32 bytes each) of SubjectPublicKeyInfo. Beside `trust`, one of them must stand in the path. Alone, a
    leaf with a pinned key is the peer, whatever its names and dates say; a pinned key of a CA that the peer sent is an anchor.
    `verify`: False accepts any peer, as UNVERIFIED; what it sends is still parsed.
    `now`: seconds since 1970, or None if the time is not known. `floor`: a time that has certainly passed, or None.
    `judge_anchor_dates`: whether the dates of anchors' certificates count, too; devices outlive many a root.
    `profile`: WEB_PKI or RFC5280.
    `ocsp`: OCSP_REQUIRED refuses a peer without a good stapled response; OCSP_OFF judges a response only if there is one. A leaf that
    says must-staple (RFC 7633) requires one in any case.
    `most_rsa_bits`: the bound for RSA keys; with it goes the window through which certificates are read.
    `most_certificates`: how many the peer may send, used or not.
    `arena`: bytes for subject and general names of the certificates, which name constraints of CAs that arrive later may concern.
    `most_constraints`: bytes of name constraints that are kept of all CAs.
    `keep_leaf_der`: keep the leaf whole, for the token's `leaf_der`.
    `verifier`: an object with `verify(scheme, public key, digest, signature)`, a job; None for `crypto/verify.py`.
    """

    def __init__(self):
        self.host: Any = None
        self.check_hostname = True
        self.trust: Any = None
        self.pins: Any = ()
        self.verify = True
        self.now: Any = None
        self.floor: Any = None
        self.judge_anchor_dates = False
        self.profile = WEB_PKI
        self.ocsp = OCSP_OFF
        self.most_rsa_bits = 8192
        self.most_certificates = 12
        self.arena = 3072
        self.most_constraints = 12288
        self.keep_leaf_der = False
        self.verifier: Any = None
