"""A session, which outlives its connection, and its peer's token. When it may be offered, and how it is resumed, is in `resumption.py`."""

from latchkey.crypto.util import wipe


class Resumed:
    """What the peer was proven to be when the session began: a token like x509's Peer, whose `kind` tells that none was proven now."""

    def __init__(self, peer, time_verified):
        self.was = peer.kind
        self.kind = "UNVERIFIED" if self.was == "UNVERIFIED" else "RESUMED"
        self.name = peer.name
        self.for_no_name = peer.for_no_name
        self.path = peer.path
        self.time_verified = time_verified
        self.not_after = peer.not_after
        self.stapled = peer.stapled
        self.leaf_der = peer.leaf_der

    def __str__(self):
        name = "NAME UNVERIFIED " if self.for_no_name else ""
        late = "" if self.time_verified or self.was != "CHAIN" else " (time not verified)"
        return "RESUMED {} {}{}{}".format(self.was, name, " < ".join(self.path), late)


class Session:
    """One session; `master` is its secret, wiped when it is spent."""

    def __init__(self, host, server_name, master):
        self.host = host
        self.server_name = server_name  # for SNI
        self.master = bytearray(master)
        self.suite: Any = None  # its row; None once it is spent
        self.id = self.ticket = b""
        self.group: Any = None  # of the key exchange that the secret came from
        self.limit = 0  # of records by max_fragment_length, which binds resumed connections, too (RFC 6066 section 4)
        self.client_certificate: Any = None
        self.peer: Any = None
        self.binding: Any = None  # `resumption.binding` of the context
        self.real = False  # whether the times are a clock's that is believed; else the port's, which a restart sets back
        self.made = self.last = self.until = 0  # seconds: of the full handshake, of its end whatever a ticket says, of its end
        self.not_after = 0  # the leaf's, in seconds since 1970
        self.store: Any = None  # that has it, too

    def drop(self):
        """Never to be offered again. It allocates nothing, but for a store's sake, which comes last."""
        self.suite = None
        wipe(self.master)
        if self.store:
            self.store.delete()
