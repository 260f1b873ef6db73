"""Sentences of the causes of crypto: number -> (name, sentence)."""

TEXT = {
    600: ("POINT_NOT_ON_CURVE", "the peer's key share is not a point of the agreed curve (RFC 8422 section 5.11)"),
    601: ("PUBLIC_KEY_INVALID", "a public key may not be used: its point is not on its curve, or its modulus or exponent is out of bounds"),
    602: ("BAD_TAG", "a record's tag is wrong: it was changed on its way, or the keys differ (RFC 5246 section 6.2.3.3)"),
    604: ("SIGNATURE_FAULTY", "a signature of our RSA key came out wrong, by a fault of the core or of its memory: nothing of it was sent"),
    603: ("SHARED_SECRET_ZERO", "the peer's key share leads to a secret of zeros, whatever our key (RFC 8422 section 5.11)"),
}
