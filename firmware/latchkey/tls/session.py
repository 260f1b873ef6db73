"""A session, which outlives its connection, and its peer's token. When it may be offered, and what follows a ServerHello that resumes, is
in `resumption.py`."""

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_OUR_ID = const(16)  # octets of the session ID that goes with a ticket

_RESUMED_WITH_OTHER_SUITE = const(368)
_RESUMED_WITHOUT_EXTENDED_MASTER_SECRET = const(369)


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

    def begin(self, h):
        """Before the ClientHello of a Handshake: what it names the session by, its ID, or beside a ticket one of ours, which the answer
        repeats (RFC 5077 section 3.4): as random as our hello, and no secret. The handshake has what it needs of the session for its
        own: another connection may spend it meanwhile."""
        if self.suite is None:
            h.c.session = None
            return
        h.offered = self.suite
        h.master = bytearray(self.master)
        h.session_id = h.randoms[0][:_OUR_ID] if self.ticket else self.id

    def agree(self, h, limited):
        """The server resumes it; Fault where it does so with something else than was agreed on."""
        c = h.c
        if c.suite != h.offered:
            raise Fault(_RESUMED_WITH_OTHER_SUITE)
        if not c.extended_master_secret:  # RFC 7627 section 5.3
            raise Fault(_RESUMED_WITHOUT_EXTENDED_MASTER_SECRET)
        if self.limit and not limited:
            c.writer.limit = self.limit

    def renew(self, ticket, hint, now):
        """The server gave this ticket, good for `hint` seconds; 0: it does not say (RFC 5077 section 3.3)."""
        self.ticket = ticket
        self.until = min(self.last, now + hint) if hint else self.last

    def drop(self):
        """Never to be offered again. It allocates nothing, but for a store's sake, which comes last."""
        self.suite = None
        wipe(self.master)
        if self.store:
            self.store.delete()
