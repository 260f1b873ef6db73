"""What is kept of a certificate, which outlives the parser, and the result of path validation, which outlives the handshake."""


class Certificate:
    """What is kept of one. Octets are bytes, dates the 14 digits YYYYMMDDHHMMSS."""

    # What few have takes no room in the others.
    serial: Any = None  # of the leaf
    issuer_der: Any = None  # of the leaf, contents of the Name
    whole: Any = None  # SHA-256 of the leaf's DER, where there are anchors that it could be
    path_length = None
    constraints = None  # NameConstraints, DER
    general_names: Any = None  # contents of GeneralNames, as far as kept
    cut = 0  # bit t: a general name with tag [t] was not kept (4: or the subject)
    # The cause of what is wrong with a leaf that can be read nevertheless. Below zero, negated: with what does not count if the leaf itself
    # is an anchor (serial number, signature's algorithm, strings in names); above: with dates or alternative names.
    flaw = 0

    def __init__(self, index):
        self.index = index  # as received; 0 is the leaf
        self.flags = 0
        self.subject = self.issuer = None  # SHA-256 of the Name's DER
        self.subject_der: Any = None  # contents of the Name, where kept
        self.name = self.issuer_name = ""  # the common name, or organization, for people
        self.public_key: Any = None
        self.scheme = 0x0403
        self.digest = None  # of the to-be-signed part
        self.signature: Any = None
        self.not_before: Any = None
        self.not_after: Any = None
        self.key_usage = None  # bit i is KeyUsage bit i; None where the extension is missing
        self.key_identifier = self.authority_key_identifier = None


class Peer:
    """What the peer was proven to be.

    `kind`: "CHAIN", "PIN" or "UNVERIFIED". `name`: the host that was verified, or None. `for_no_name`: the caller wanted none verified.
    `path`: names of leaf, CAs and anchor, for people. `time_verified`: whether a clock judged the dates. `not_after`: the leaf's, as 14
    digits. `stapled`: whether a good OCSP response was there, with `next_update`. `leaf_der`: the leaf, where the policy asked for it.
    """

    def __init__(self, kind, name, for_no_name, path, time_verified, not_after, next_update, leaf_der):
        self.kind = kind
        self.name = name
        self.for_no_name = for_no_name
        self.path = path
        self.time_verified = time_verified
        self.not_after = not_after
        self.stapled = bool(next_update)
        self.next_update = next_update
        self.leaf_der = leaf_der

    def __str__(self):
        text = "{} {}{}".format(self.kind, "NAME UNVERIFIED " if self.for_no_name else "", " < ".join(self.path))
        if self.kind == "CHAIN" and not self.time_verified:
            text += " (time not verified)"
        return text
