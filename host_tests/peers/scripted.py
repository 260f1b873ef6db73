"""A TLS 1.2 server that we control byte by byte.

`Script` says what the server does: who it is, what it answers, and where it misbehaves. `Session` runs a script for one connection,
without I/O: `feed(bytes)` takes what the client sent, `output` holds what goes back. `listening.py` puts it on a socket. A session
records what the client did: every message and record, the alert it ended with, and each rule that it broke.

The order of things is the two flights, tuples of names: a message is dropped, repeated or moved by another tuple. What is said in a
message is changed by `mutate` (its body), `extensions`, `parameters` and `sign`; how it is cut into records by `fragment` and
`coalesce`; what stands around it by `before` and `after`, lists of items; and the finished records, protection included, by `records`.

    Script(server, mutate={"server_hello": lambda body: b"\\x03\\x02" + body[2:]})          says TLS 1.1
    Script(server, first_flight=("server_hello", "certificate", "server_hello_done"))      leaves ServerKeyExchange out
    Script(server, before={"finished": [Data(b"early")]})                                  data before Finished
    Script(server, records=lambda r: [r.raw, r.raw] if r.kind == APPLICATION_DATA else [r.raw])     replays
"""

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from tools.laboratory.pki import Credential

from . import codec, keys
from .codec import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MESSAGES, Violation

CLOSE_NOTIFY = 0
_FULL = 16384

# What an item of `before`, `after` and `data` can be. All but Raw go out under the protection that is in force.


@dataclass(frozen=True)
class Message:
    """A handshake message. `hashed`: it counts in the transcript."""

    name: str
    body: bytes = b""
    hashed: bool = True


@dataclass(frozen=True)
class Record:
    """A record with any type and payload; `plain` sends it unprotected whatever is in force."""

    kind: int
    payload: bytes
    version: int = 0x0303
    plain: bool = False


@dataclass(frozen=True)
class Raw:
    """Bytes."""

    data: bytes


@dataclass(frozen=True)
class Alert:
    level: int
    description: int


@dataclass(frozen=True)
class Data:
    """One record of application data."""

    data: bytes


@dataclass(frozen=True)
class Pause:
    """What was queued leaves now, and nothing more for `seconds`."""

    seconds: float = 0.05


@dataclass(frozen=True)
class Fin:
    """The end of the stream."""


@dataclass(frozen=True)
class Reset:
    """A TCP reset."""


Item = Message | Record | Raw | Alert | Data | Pause | Fin | Reset
Items = Sequence[Item]
Edit = Callable[[bytes], bytes]
Action = bytes | Pause | Fin | Reset


@dataclass(frozen=True)
class SentRecord:
    """A record on its way out, the `index`th (from 0) of its kind and protection."""

    kind: int
    protected: bool
    index: int
    raw: bytes


@dataclass
class Sessions:
    """What a server gives to resume by, and how it resumes; one object serves many connections.

    `by`: "ticket" or "id". `ticket`: sent instead of a fresh one. `lifetime`: its hint. `renews`: a resumed connection gets a new one.
    `accepts`: False declines whatever is offered. `suite`: what a resumed ServerHello says instead of the session's.
    """

    by: str = "ticket"
    ticket: bytes | None = None
    lifetime: int = 0
    renews: bool = False
    accepts: bool = True
    suite: int | None = None
    known: dict[bytes, tuple[keys.Suite, bytes]] = field(default_factory=dict)  # by ticket or ID: suite, master secret


@dataclass(frozen=True)
class Script:
    """What the server does. The defaults are a faultless server; every field departs from that in one respect."""

    credential: Credential | None  # None: it has a pre-shared key alone
    psk: Mapping[bytes, bytes] = field(default_factory=dict)  # the key of each identity
    hint: bytes = b""  # in ServerKeyExchange, which PSK does without where there is none
    chain: Sequence[bytes] | None = None  # what Certificate holds, instead of the credential's chain
    random: bytes | None = None
    group: int = keys.SECP256R1
    scheme: int | None = None  # of ServerKeyExchange; None takes the first of the client's that fits the key
    extended_master_secret: bool = True
    renegotiation_info: bool = True
    encrypt_then_mac: bool = True  # agree on it with AES-CBC
    padding: int = 0  # beyond the shortest, with AES-CBC
    spoil: Edit = bytes  # what is encrypted by it after the handshake
    record_limit: str | None = None  # answer "max_fragment_length" or "record_size_limit" where it was offered, and keep to it
    client_ca: Credential | None = None  # request a certificate below this one
    need_client_certificate: bool = False  # refuse a client that has none with handshake_failure

    sessions: Sessions | None = None

    first_flight: Sequence[str] | None = None  # None: the usual messages, with certificate_request where there is a client_ca
    second_flight: Sequence[str] = ("change_cipher_spec", "finished")
    data: Items | None = None  # what follows the handshake; None echoes until the client's close_notify

    mutate: Mapping[str, Edit] = field(default_factory=dict)
    extensions: Callable[[list[tuple[int, bytes]]], list[tuple[int, bytes]]] = list
    parameters: Edit = bytes  # ServerECDHParams, before they are signed
    sign: Callable[[bytes], bytes] | None = None  # the signature over ServerKeyExchange's content
    before: Mapping[str, Items] = field(default_factory=dict)
    after: Mapping[str, Items] = field(default_factory=dict)
    straddle: int = 0  # bytes of Finished that leave before ChangeCipherSpec

    fragment: int = _FULL  # largest payload of a handshake record
    coalesce: bool = False  # messages of a flight share records
    segment: int | None = None  # bytes in a segment of TCP; None: a flight leaves at once
    records: Callable[[SentRecord], Iterable[bytes]] = lambda record: [record.raw]
    stop_after: int | None = None  # bytes, then the stream ends


@dataclass(frozen=True)
class ReceivedRecord:
    kind: int
    version: int
    protected: bool
    payload: bytes


class Over(Exception):
    """The client has ended the connection: its alert, or its FIN."""


class Refused(Exception):
    """The server has ended the connection."""


Steps = Generator[None, None, None]


class Session:
    """One connection. What the client did is in the attributes."""

    def __init__(self, script: Script):
        self.script = script
        # What came.
        self.reads: list[bytes] = []  # as the transport delivered it
        self.records: list[ReceivedRecord] = []
        self.messages: list[tuple[str, bytes]] = []
        self.alerts: list[tuple[int, int]] = []  # (level, description)
        self.violations: list[str] = []
        self.hello: codec.ClientHello | None = None
        self.client_chain: list[bytes] | None = None  # DER; [] where the client had none to send
        self.client_proven = False  # by its CertificateVerify
        self.identity: bytes | None = None  # that it said its pre-shared key has
        self.established = False  # the client's Finished was right
        self.data = b""
        self.resumed = False
        self.finished_sent = b""
        self.eof = False
        self.over = False  # there is nothing more to say or to hear
        # What goes.
        self.output: list[Action] = []
        self._queued: list[Action] = []  # until the flight is whole
        self._total = 0  # bytes of output so far
        self._pending = b""  # handshake bytes that wait for a record
        self._sent: dict[tuple[int, bool], int] = {}
        self._read: keys.Direction | keys.BlockDirection | None = None
        self._write: keys.Direction | keys.BlockDirection | None = None
        self._limit = _FULL  # plaintext of a record, as negotiated: of the client's
        self._own_limit = _FULL
        # What was agreed.
        self.transcript = b""
        self._buffer = b""
        self._handshake = b""
        self._run = self._main()
        next(self._run)

    # Driving

    def feed(self, data: bytes) -> None:
        """Bytes from the client; b"" is its FIN."""
        if data:
            self.reads.append(data)
            self._buffer += data
        else:
            self.eof = True
        self._resume()

    def take_output(self) -> bytes:
        """What goes back to the client, for those who have no use for pauses and ends."""
        actions, self.output = self.output, []
        return b"".join(action for action in actions if isinstance(action, bytes))

    @property
    def alert(self) -> int | None:
        """The description of the fatal alert that the client sent, or None."""
        return next((description for level, description in self.alerts if level == 2), None)

    @property
    def nonces_count(self) -> bool:
        """Whether each explicit nonce of the client's was its record's sequence number."""
        return self._read is not None and self._read.counted

    @property
    def encrypt_then_mac(self) -> bool:
        """Whether it is agreed on."""
        assert self.hello
        return bool(self.script.encrypt_then_mac and self.suite.mac and codec.ENCRYPT_THEN_MAC in self.hello.extensions)

    @property
    def ivs(self) -> list[bytes]:
        """The IVs of the client's records, with AES-CBC."""
        return self._read.ivs if isinstance(self._read, keys.BlockDirection) else []

    @property
    def closed(self) -> bool:
        """Whether the client said close_notify."""
        return any(description == CLOSE_NOTIFY for _, description in self.alerts)

    def _resume(self) -> None:
        if not self.over:
            try:
                next(self._run)
            except StopIteration:
                self.over = True

    def _main(self) -> Steps:
        by_client = False
        try:
            yield from self.handshake()
            yield from self.application_data()
        except Violation as violation:
            self.violations.append(str(violation))
        except Refused:
            pass
        except Over:
            by_client = True
        self._flush()
        self.output.append(Fin())
        while not self.eof:
            yield
        if by_client and self._buffer:
            self.violations.append(f"{len(self._buffer)} bytes after the client's last record")

    # The handshake, RFC 5246 section 7.3

    def handshake(self) -> Steps:
        script = self.script
        yield from self._recv_client_hello()
        if self._resumes():
            yield from self._resumption()
            return
        usual = ["server_hello"]
        if not self.suite.psk:
            usual.append("certificate")
        if self.suite.ephemeral or script.hint:
            usual.append("server_key_exchange")
        if script.client_ca:
            usual.append("certificate_request")
        usual.append("server_hello_done")
        self._send_flight(script.first_flight or usual)
        if script.client_ca:
            yield from self._recv_certificate()
        yield from self._recv_client_key_exchange()
        if self.client_chain:
            yield from self._recv_certificate_verify()
        yield from self._recv_finished()
        second = list(script.second_flight)
        if sessions := script.sessions:
            if sessions.by == "id":
                sessions.known[self.session_id] = self.suite, self.schedule.master
            elif codec.SESSION_TICKET in self.answered:
                second.insert(0, "new_session_ticket")
        self._send_flight(second)

    def _resumes(self) -> bool:
        """Whether what the client offers is known and accepted (RFC 5077 section 3.4, RFC 5246 section 7.4.1.3)."""
        sessions = self.script.sessions
        assert self.hello
        self.session_id = b""
        if sessions is None:
            return False
        if sessions.by == "id":
            self.session_id = os.urandom(32)
        offered = self.hello.session_id if sessions.by == "id" else self.hello.extensions.get(codec.SESSION_TICKET, b"")
        if not sessions.accepts or offered not in sessions.known:
            return False
        self.resumed = True
        self.session_id = self.hello.session_id
        self.suite, master = sessions.known[offered]
        self.schedule = keys.Schedule(self.suite, master, self.randoms)
        return True

    def _resumption(self) -> Steps:
        """The abbreviated handshake, RFC 5246 section 7.3."""
        assert self.script.sessions
        self._next_read, self._next_write = self.schedule.directions(self.encrypt_then_mac)
        usual = ["server_hello", "change_cipher_spec", "finished"]
        if self.script.sessions.renews:
            usual.insert(1, "new_session_ticket")
        self._send_flight(self.script.first_flight or usual)
        yield from self._recv_finished()

    def _send_new_session_ticket(self) -> None:
        sessions = self.script.sessions
        assert sessions
        ticket = os.urandom(160) if sessions.ticket is None else sessions.ticket
        sessions.known[ticket] = self.suite, self.schedule.master
        self._send("new_session_ticket", sessions.lifetime.to_bytes(4) + codec.vector(2, ticket))

    def _send_flight(self, names: Iterable[str]) -> None:
        for name in names:
            self._items(self.script.before.get(name, ()))
            getattr(self, "_send_" + name)()
            self._items(self.script.after.get(name, ()))
        self._flush()

    def _recv_client_hello(self) -> Steps:
        body = yield from self._message("client_hello")
        self.hello = hello = codec.read_client_hello(body)
        kind = self.script.credential.kind if self.script.credential else None
        suite = next((s for s in keys.SUITES if s.fits(kind) and s.number in hello.suites), None)
        if suite is None:
            raise Violation(f"none of the suites {hello.suites} fits a key of {kind}")
        self.suite = suite
        self.randoms = hello.random, self.script.random or os.urandom(32)
        self.scheme = self.script.scheme or next((s for s in hello.schemes if kind and keys.fits(s, kind)), 0)
        if kind and not self.scheme:
            raise Violation(f"none of the signature schemes offered fits a key of {kind}")
        self._items(self.script.after.get("client_hello", ()))

    def _send_server_hello(self) -> None:
        assert self.hello
        extensions = []
        if self.script.renegotiation_info and self.hello.offers_renegotiation_info():
            extensions.append((codec.RENEGOTIATION_INFO, b"\0"))
        if self.script.extended_master_secret and codec.EXTENDED_MASTER_SECRET in self.hello.extensions:
            extensions.append((codec.EXTENDED_MASTER_SECRET, b""))
        if self.encrypt_then_mac:
            extensions.append((codec.ENCRYPT_THEN_MAC, b""))
        if codec.EC_POINT_FORMATS in self.hello.extensions:
            extensions.append((codec.EC_POINT_FORMATS, b"\1\0"))
        extensions += self._limits(self.hello)
        sessions = self.script.sessions
        if sessions and sessions.by == "ticket" and codec.SESSION_TICKET in self.hello.extensions and (sessions.renews or not self.resumed):
            extensions.append((codec.SESSION_TICKET, b""))
        self.extended = any(kind == codec.EXTENDED_MASTER_SECRET for kind, _ in extensions)
        answered = self.script.extensions(extensions)
        self.answered = [kind for kind, _ in answered]
        number = self.suite.number
        if self.resumed and sessions and sessions.suite:
            number = sessions.suite
        self._send("server_hello", codec.server_hello(self.randoms[1], number, answered, self.session_id))

    def _limits(self, hello: codec.ClientHello) -> list[tuple[int, bytes]]:
        """The answer to an offered limit of records; RFC 6066's binds both sides, RFC 8449's each by the other's word."""
        if self.script.record_limit == "max_fragment_length" and (code := hello.extensions.get(codec.MAX_FRAGMENT_LENGTH)):
            self._limit = self._own_limit = 256 << code[0]
            return [(codec.MAX_FRAGMENT_LENGTH, code)]
        if self.script.record_limit == "record_size_limit" and (limit := hello.extensions.get(codec.RECORD_SIZE_LIMIT)):
            self._own_limit = int.from_bytes(limit)
            return [(codec.RECORD_SIZE_LIMIT, _FULL.to_bytes(2))]
        return []

    def _send_certificate(self) -> None:
        chain = self.script.chain
        if chain is None:
            assert self.script.credential
            chain = self.script.credential.chain
        self._send("certificate", codec.certificates(chain))

    def _send_server_key_exchange(self) -> None:
        script = self.script
        self.agreement = keys.Agreement(script.group)
        parameters = script.parameters(b"\3" + script.group.to_bytes(2) + codec.vector(1, self.agreement.point))
        if self.suite.psk:
            self._send("server_key_exchange", codec.vector(2, script.hint) + (parameters if self.suite.ephemeral else b""))
            return
        assert script.credential
        content = b"".join(self.randoms) + parameters
        signature = script.sign(content) if script.sign else keys.sign(script.credential.key, self.scheme, content)
        self._send("server_key_exchange", parameters + self.scheme.to_bytes(2) + codec.vector(2, signature))

    def _send_certificate_request(self) -> None:
        authority = self.script.client_ca
        names = [authority.certificate.subject.public_bytes()] if authority else []
        self._send("certificate_request", codec.certificate_request((64, 1), (0x0403, 0x0503, 0x0401, 0x0804), names))

    def _send_server_hello_done(self) -> None:
        self._send("server_hello_done", b"")

    def _recv_certificate(self) -> Steps:
        self.client_chain = codec.read_certificates((yield from self._message("certificate")))
        if self.client_chain:
            self._check_client_chain([x509.load_der_x509_certificate(der) for der in self.client_chain])
        elif self.script.need_client_certificate:
            self._items([Alert(2, 40)])
            raise Refused

    def _check_client_chain(self, chain: list[x509.Certificate]) -> None:
        """In order, each signed by the next, the last by the CA that was named."""
        assert self.script.client_ca
        above = [*chain[1:], self.script.client_ca.certificate]
        for certificate, issuer in zip(chain, above, strict=True):
            try:
                certificate.verify_directly_issued_by(issuer)
            except (ValueError, TypeError, InvalidSignature) as e:
                raise Violation(f"the client's chain: {certificate.subject.rfc4514_string()} does not follow from the next: {e}") from e

    def _recv_client_key_exchange(self) -> Steps:
        c = codec.Cursor((yield from self._message("client_key_exchange")), "ClientKeyExchange")
        pre_master = psk = b""
        if self.suite.psk:
            self.identity = c.vector(2)
            psk = self.script.psk.get(self.identity, b"")
            if not psk:
                self._items([Alert(2, 115)])
                raise Refused
            pre_master = bytes(len(psk))
        if self.suite.ephemeral:
            pre_master = self.agreement.shared(c.vector(1))
        if self.suite.exchange == "RSA":
            assert self.script.credential
            pre_master = keys.transported(self.script.credential.key, c.vector(2))
        self.pre_master = pre_master
        c.end()
        if psk:
            pre_master = keys.with_key(pre_master, psk)
        session_hash = keys.digest(self.suite.hash_name, self.transcript) if self.extended else None
        self.schedule = keys.Schedule.make(self.suite, pre_master, self.randoms, session_hash)

    def _recv_certificate_verify(self) -> Steps:
        assert self.client_chain
        signed = self.transcript
        c = codec.Cursor((yield from self._message("certificate_verify")), "CertificateVerify")
        scheme, signature = c.number(2), c.vector(2)
        c.end()
        keys.verify(x509.load_der_x509_certificate(self.client_chain[0]).public_key(), scheme, signed, signature)
        self.client_proven = True

    def _recv_finished(self) -> Steps:
        kind, payload = yield from self._record()
        if self._handshake:
            raise Violation("handshake bytes wait at the client's ChangeCipherSpec")
        if (kind, payload) != (CHANGE_CIPHER_SPEC, b"\1"):
            raise Violation(f"record of type {kind} with {payload[:8].hex()} where ChangeCipherSpec belongs")
        if not self.resumed:
            self._next_read, self._next_write = self.schedule.directions(self.encrypt_then_mac)
        self._read = self._next_read
        expected = self.schedule.verify_data(b"client finished", self.transcript)
        if (yield from self._message("finished")) != expected:
            raise Violation("the client's Finished is wrong")
        self.established = True

    def _send_change_cipher_spec(self) -> None:
        self._close_records()
        if self.script.straddle:
            self._queue_record(HANDSHAKE, self._finished()[: self.script.straddle])
        self._queue_record(CHANGE_CIPHER_SPEC, b"\1")
        self._write = self._next_write
        if isinstance(self._write, keys.BlockDirection):
            self._write.padding = self.script.padding

    def _send_finished(self) -> None:
        if self.script.straddle:
            self._queue_record(HANDSHAKE, self._finished()[self.script.straddle :])
        else:
            self._send("finished", self._finished()[4:])

    def _finished(self) -> bytes:
        self.finished_sent = self.schedule.verify_data(b"server finished", self.transcript)
        return codec.message(MESSAGES["finished"], self.finished_sent)

    # Application data

    def application_data(self) -> Steps:
        if isinstance(self._write, keys.BlockDirection):
            self._write.spoil = self.script.spoil
        if self.script.data is not None:
            self._items(self.script.data)
            self._flush()
        while True:
            kind, payload = yield from self._record()
            if kind != APPLICATION_DATA:
                raise Violation(f"a record of type {kind} after the handshake")
            self.data += payload
            if self.script.data is None:
                for start in range(0, len(payload), self._own_limit):
                    self._queue_record(APPLICATION_DATA, payload[start : start + self._own_limit])
                self._flush()

    # Receiving

    def _message(self, name: str) -> Generator[None, None, bytes]:
        """The body of the client's next handshake message, which must be `name`."""
        while len(self._handshake) < 4 or len(self._handshake) < 4 + int.from_bytes(self._handshake[1:4]):
            kind, payload = yield from self._record()
            if kind != HANDSHAKE:
                raise Violation(f"a record of type {kind} where {name} belongs")
            self._handshake += payload
        length = int.from_bytes(self._handshake[1:4])
        whole, self._handshake = self._handshake[: 4 + length], self._handshake[4 + length :]
        found = codec.NAMES.get(whole[0], str(whole[0]))
        self.messages.append((found, whole[4:]))
        if found != name:
            raise Violation(f"{found} where {name} belongs")
        self.transcript += whole
        return whole[4:]

    def _record(self) -> Generator[None, None, tuple[int, bytes]]:
        """The next record that is no alert. A fatal alert, close_notify and the client's FIN are Over."""
        while True:
            header = yield from self._bytes(5)
            kind, version, length = header[0], int.from_bytes(header[1:3]), int.from_bytes(header[3:])
            self._check_header(kind, version, length)
            payload = yield from self._bytes(length)
            protected = self._read is not None
            if self._read:
                payload = self._read.open(kind, payload)
            self.records.append(ReceivedRecord(kind, version, protected, payload))
            if len(payload) > self._limit:
                raise Violation(f"a record of {len(payload)} bytes, {self._limit} were agreed")
            if kind != ALERT:
                if not payload and kind != APPLICATION_DATA:
                    raise Violation(f"an empty record of type {kind}")
                return kind, payload
            self._recv_alert(payload)

    def _check_header(self, kind: int, version: int, length: int) -> None:
        first = not self.records
        if not 20 <= kind <= 23:
            raise Violation(f"a record of type {kind}")
        if version != 0x0303 and not (first and 0x0301 <= version <= 0x0303):
            raise Violation(f"a record of version {version:04x}")
        if length > _FULL + (64 if self._read and self.suite.mac else 24 if self._read else 0):
            raise Violation(f"a record of {length} bytes")

    def _recv_alert(self, payload: bytes) -> None:
        if len(payload) != 2 or payload[0] not in (1, 2):
            raise Violation(f"an alert {payload.hex()}")
        self.alerts.append((payload[0], payload[1]))
        if payload[1] == CLOSE_NOTIFY and self._write:
            self._items([Alert(1, CLOSE_NOTIFY)])
        if payload[0] == 2 or payload[1] == CLOSE_NOTIFY:
            raise Over

    def _bytes(self, n: int) -> Generator[None, None, bytes]:
        while len(self._buffer) < n:
            if self.eof:
                raise Over
            yield
        taken, self._buffer = self._buffer[:n], self._buffer[n:]
        return taken

    # Sending

    def _send(self, name: str, body: bytes) -> None:
        self._queue(Message(name, self.script.mutate.get(name, bytes)(body)))

    def _items(self, items: Items) -> None:
        for item in items:
            self._queue(item)

    def _queue(self, item: Item) -> None:
        if isinstance(item, Message):
            whole = codec.message(MESSAGES[item.name], item.body)
            if item.hashed:
                self.transcript += whole
            self._pending += whole
            if self.script.coalesce:
                return
        self._close_records()
        if isinstance(item, Record):
            self._queue_record(item.kind, item.payload, item.version, item.plain)
        elif isinstance(item, Alert):
            self._queue_record(ALERT, bytes((item.level, item.description)))
        elif isinstance(item, Data):
            self._queue_record(APPLICATION_DATA, item.data)
        elif isinstance(item, Raw):
            self._queued.append(item.data)
        elif isinstance(item, Pause | Fin | Reset):
            self._queued.append(item)

    def _close_records(self) -> None:
        """What is pending leaves as records."""
        most = min(self.script.fragment, self._own_limit)
        while self._pending:
            self._queue_record(HANDSHAKE, self._pending[:most])
            self._pending = self._pending[most:]

    def _queue_record(self, kind: int, payload: bytes, version: int = 0x0303, plain: bool = False) -> None:
        direction = None if plain else self._write
        if direction:
            payload = direction.seal(kind, payload, version)
        sort = kind, direction is not None
        index = self._sent.get(sort, 0)
        self._sent[sort] = index + 1
        self._queued += self.script.records(SentRecord(*sort, index, codec.record(kind, payload, version)))

    def _flush(self) -> None:
        """Join what is queued into as few pieces as the script allows: a piece is one write to the transport."""
        self._close_records()
        queued, self._queued = self._queued, []
        joined: list[Action] = []
        for action in queued:
            if isinstance(action, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += action
            else:
                joined.append(action)
        for action in joined:
            self.output += self._pieces(action) if isinstance(action, bytes) else [action]

    def _pieces(self, data: bytes) -> list[Action]:
        stop = self.script.stop_after
        ends: list[Action] = []
        if stop is not None and self._total + len(data) >= stop:
            data = data[: max(0, stop - self._total)]
            ends = [Fin()]
        self._total += len(data)
        size = self.script.segment or len(data) or 1
        return [*(data[i : i + size] for i in range(0, len(data), size)), *ends]
