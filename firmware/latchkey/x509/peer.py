"""The result of path validation, in a module of its own because it outlives the handshake."""


class Peer:
    """What the peer was proven to be.

    `kind`: "CHAIN", "PIN" or "UNVERIFIED". `name`: the host that was verified, or None. `path`: names of leaf, CAs and anchor, for
    people. `time_verified`: whether a clock judged the dates. `not_after`: the leaf's, as 14 digits. `stapled`: whether a good
    OCSP response was there. `leaf_der`: the leaf, where the policy asked for it.
    """

    def __init__(self, kind, name, path, time_verified, not_after, stapled, leaf_der):
        self.kind = kind
        self.name = name
        self.path = path
        self.time_verified = time_verified
        self.not_after = not_after
        self.stapled = stapled
        self.leaf_der = leaf_der

    def __str__(self):
        text = "{} {}".format(self.kind, " < ".join(self.path))
        if self.kind == "CHAIN" and not self.time_verified:
            text += " (time not verified)"
        return text
