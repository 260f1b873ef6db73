"""A connection: two record directions, what was established, and alerts. The rules of the data phase are in `application_data.py`.

Application data flows when three tokens are set, each by the function of `server_auth.py` or `finish.py` that established it: `peer_ok`,
`key_exchange_ok`, `finished_ok`. No I/O here.
What a received alert means (RFC 5246 section 7.2) is here, too; which alert a fault sends is in `errors.py`.
"""

from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.tls.record import RecordReader, RecordWriter

_ALERT = const(21)
_WARNING = const(1)
_FATAL = const(2)
_CLOSE_NOTIFY = const(0)

_ALERT_RECEIVED = const(305)
_BAD_ALERT_LEVEL = const(336)
_TOO_MANY_WARNINGS = const(341)

_WARNINGS_IN_A_ROW = const(4)


class Connection:
    """One connection over a receive and a send buffer that the context owns."""

    # What few have takes no room in the others.
    trace: Any = None  # called `(direction, message, bytes, note)`
    client_certificate: "bool | None" = None  # None: not asked; False: asked, none sent; True: sent and proven
    certificate_note = 0  # of errors_text/client_auth.py: why none, or what there is to say of ours
    host: "str | None" = None  # the name that the caller gave
    session: Any = None  # what is offered, then what was resumed, then what the server gave
    resumed = False  # whether the server took it
    judged: Any = ()  # what the server is judged by, where a session of it may be kept: see wrapping.py
    rows: "bytes" = b""  # of the suites that are offered, where a pre-shared key is: they hang on that, too

    def __init__(self, receive_buffer, send_buffer, server_name):
        self.reader = RecordReader(receive_buffer)
        self.writer = RecordWriter(send_buffer)
        self.server_name = server_name  # ASCII bytes for SNI, or None (no name, or an IP address)
        self.stage = "client_hello"
        self.peer_ok: "object" = None  # what the server was proven to be: x509's token
        self.key_exchange_ok: "int | None" = None  # the NamedGroup, 0 for none, once the server's part was proven to be its own
        self.finished_ok: "bool | None" = None  # True once the server's Finished was right
        self.suite: "bytes | None" = None
        self.protocol: "str | None" = None  # agreed by ALPN
        self.extended_master_secret = False
        self.unique: "bytes | None" = None  # tls-unique: the first Finished
        self.exporter: "tuple | None" = None  # (hash, master secret, randoms), where it was asked for
        self.secure_renegotiation = False
        self.hello_requests = 0
        self.hello_bytes = 0
        self.owes_no_renegotiation = False
        self.warnings = 0
        self.alert_level = 0  # of an alert cut in two
        self.closed = False  # the stream has ended, by the peer's close_notify or
        self.truncated = False  # without one, where the caller takes that for an end

    def established(self):
        return self.peer_ok is not None and self.key_exchange_ok is not None and self.finished_ok is not None

    def feed_alerts(self):
        """Deal with the alert bytes that are ready in the reader. A fatal alert is raised as a Fault and never answered. A warning is
        passed over, whatever it says (RFC 5246 section 7.2 leaves that to the receiver), four in a row at most."""
        reader = self.reader
        while reader.start < reader.end and not self.closed:
            byte = reader.buf[reader.take(1)]
            level = self.alert_level
            if not level:
                if byte != _WARNING and byte != _FATAL:
                    raise Fault(_BAD_ALERT_LEVEL, byte)
                self.alert_level = byte
                continue
            self.alert_level = 0
            self.warnings += 1
            self.closed = byte == _CLOSE_NOTIFY
            if self.trace:  # which may end the connection
                self.trace("<", "alert", 2, "%s %d" % ("fatal" if level == _FATAL else "warning", byte))
            if self.closed:
                return
            if level == _FATAL:
                raise Fault(_ALERT_RECEIVED, byte)
            if self.warnings > _WARNINGS_IN_A_ROW:
                raise Fault(_TOO_MANY_WARNINGS)

    def send_alert(self, description):
        """Put our last alert behind what is leaving; False where there is no room for it yet, or never will be (a record half sealed)."""
        writer = self.writer
        writer.discard()  # an unsent flight is worth nothing now
        if writer.room() < 2:
            return False
        self.alert(_WARNING if description == _CLOSE_NOTIFY else _FATAL, description)
        return True

    def alert(self, level, description):
        """Write an alert, where there is room for it."""
        writer = self.writer
        writer.begin(_ALERT)
        writer.append(bytes((level, description)))
        writer.finish()
        while not writer.step():
            pass

    def forget(self):
        """Forget the keys; nothing comes or leaves any more. It allocates nothing, for it may be memory that ran out. The buffers are their
        owner's to wipe."""
        reader = self.reader
        writer = self.writer
        reader.retire()
        writer.retire()
        if reader.protection:
            reader.protection.wipe()
        if writer.protection:
            writer.protection.wipe()
        if self.exporter:
            wipe(self.exporter[1])
            self.exporter = None
        self.key_exchange_ok = None
        self.finished_ok = None
