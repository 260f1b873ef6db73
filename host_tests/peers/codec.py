"""TLS 1.2's presentation language and the messages of a handshake, as our own server writes and reads them.

Written from the RFCs alone, independent of the firmware: what one side gets wrong the other shall notice. Reading is strict; what a
client must not send is a Violation with a sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

# ContentType
CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23

# HandshakeType, by the names that scripts use
MESSAGES = {
    "hello_request": 0,
    "client_hello": 1,
    "server_hello": 2,
    "new_session_ticket": 4,
    "certificate": 11,
    "server_key_exchange": 12,
    "certificate_request": 13,
    "server_hello_done": 14,
    "certificate_verify": 15,
    "client_key_exchange": 16,
    "finished": 20,
    "certificate_status": 22,
}
NAMES = {number: name for name, number in MESSAGES.items()}

# ExtensionType
SERVER_NAME = 0
MAX_FRAGMENT_LENGTH = 1
STATUS_REQUEST = 5
SUPPORTED_GROUPS = 10
EC_POINT_FORMATS = 11
SIGNATURE_ALGORITHMS = 13
ALPN = 16
ENCRYPT_THEN_MAC = 22
EXTENDED_MASTER_SECRET = 23
RECORD_SIZE_LIMIT = 28
SESSION_TICKET = 35
RENEGOTIATION_INFO = 0xFF01

_PSK_ALONE = (0x00A8, 0xCCAB, 0xC0A4, 0xC0A8)
_ECDHE_PSK = (0xD001, 0xCCAC, 0xD005, 0xD003)
_SCSV = 0x00FF  # TLS_EMPTY_RENEGOTIATION_INFO_SCSV


class Violation(Exception):
    """The client broke a rule; the text says which."""


class Cursor:
    """Reads big-endian numbers and vectors; whatever does not fit is a Violation that names `what` is being read."""

    def __init__(self, data: bytes, what: str):
        self.data = data
        self.what = what
        self.at = 0

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise Violation(f"{self.what} is cut short at byte {self.at}")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        return self.take(self.number(width))

    def numbers(self, width: int) -> list[int]:
        """A vector of 16-bit numbers with a length of `width` bytes."""
        data = self.vector(width)
        if len(data) % 2:
            raise Violation(f"{self.what}: a list of 16-bit numbers has {len(data)} bytes")
        return [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]

    def more(self) -> bool:
        return self.at < len(self.data)

    def end(self) -> None:
        if self.more():
            raise Violation(f"{self.what} has {len(self.data) - self.at} bytes too many")


def vector(width: int, data: bytes) -> bytes:
    """`data` with its length in `width` bytes."""
    return len(data).to_bytes(width) + data


def numbers(width: int, values: Iterable[int]) -> bytes:
    """16-bit numbers with their length in `width` bytes."""
    return vector(width, b"".join(value.to_bytes(2) for value in values))


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + vector(3, body)


def record(kind: int, payload: bytes, version: int = 0x0303) -> bytes:
    return bytes((kind,)) + version.to_bytes(2) + vector(2, payload)


@dataclass
class ClientHello:
    """A client's hello, read strictly (RFC 5246 section 7.4.1.2)."""

    version: int
    random: bytes
    session_id: bytes
    suites: list[int]
    compressions: bytes
    extensions: dict[int, bytes] = field(default_factory=dict)

    @property
    def server_name(self) -> str | None:
        data = self.extensions.get(SERVER_NAME)
        if data is None:
            return None
        names = Cursor(Cursor(data, "server_name").vector(2), "server_name")
        if names.number(1):
            raise Violation("server_name is not a host_name")
        name = names.vector(2)
        names.end()
        return name.decode("ascii")

    @property
    def groups(self) -> list[int]:
        return Cursor(self.extensions.get(SUPPORTED_GROUPS, b"\0\0"), "supported_groups").numbers(2)

    @property
    def schemes(self) -> list[int]:
        return Cursor(self.extensions.get(SIGNATURE_ALGORITHMS, b"\0\0"), "signature_algorithms").numbers(2)

    def offers_renegotiation_info(self) -> bool:
        return RENEGOTIATION_INFO in self.extensions or _SCSV in self.suites


def read_client_hello(body: bytes) -> ClientHello:
    c = Cursor(body, "ClientHello")
    hello = ClientHello(c.number(2), c.take(32), c.vector(1), c.numbers(2), c.vector(1))
    if c.more():
        extensions = Cursor(c.vector(2), "ClientHello's extensions")
        while extensions.more():
            kind = extensions.number(2)
            if kind in hello.extensions:
                raise Violation(f"ClientHello has extension {kind} twice")
            hello.extensions[kind] = extensions.vector(2)
    c.end()
    _check_client_hello(hello)
    return hello


def _check_client_hello(hello: ClientHello) -> None:
    if hello.version != 0x0303:
        raise Violation(f"ClientHello has version {hello.version:04x}")
    if len(hello.session_id) > 32:
        raise Violation("session_id is longer than 32 bytes")
    if not hello.suites or len(set(hello.suites)) != len(hello.suites):
        raise Violation("the list of cipher suites is empty or repeats one")
    if 0 not in hello.compressions:
        raise Violation("null compression is not offered")
    _check_server_name(hello)
    ephemeral = any(number >> 8 and number not in _PSK_ALONE for number in hello.suites)
    certified = any(number not in _PSK_ALONE and number not in _ECDHE_PSK for number in hello.suites)
    for what, kind, wanted, offered in (
        ("supported_groups", SUPPORTED_GROUPS, ephemeral, hello.groups),
        ("signature_algorithms", SIGNATURE_ALGORITHMS, certified, hello.schemes),
    ):
        if wanted != (kind in hello.extensions) or (wanted and not offered) or len(set(offered)) != len(offered):
            raise Violation(f"{what} is missing, empty, repeats itself, or is for none of the suites")
    if 0 not in Cursor(hello.extensions.get(EC_POINT_FORMATS, b"\1\0"), "ec_point_formats").vector(1):
        raise Violation("ec_point_formats lacks uncompressed")
    if hello.extensions.get(RENEGOTIATION_INFO, b"\0") != b"\0":
        raise Violation("renegotiation_info is not empty in a first handshake")
    if hello.extensions.get(EXTENDED_MASTER_SECRET):
        raise Violation("extended_master_secret is not empty")
    if hello.extensions.get(MAX_FRAGMENT_LENGTH, b"\1") not in (b"\1", b"\2", b"\3", b"\4"):
        raise Violation("max_fragment_length is none of the four codes")


def _check_server_name(hello: ClientHello) -> None:
    name = hello.server_name
    if name is None:
        return
    if not name or name.endswith(".") or len(name) > 253:
        raise Violation(f"server_name {name!r} is not a host name (RFC 6066 section 3)")
    if ":" in name or name.replace(".", "").isdigit():
        raise Violation(f"server_name {name!r} is an IP address (RFC 6066 section 3)")


def read_certificates(body: bytes) -> list[bytes]:
    """The body of a Certificate: DER of each."""
    c = Cursor(body, "Certificate")
    entries = Cursor(c.vector(3), "the certificate list")
    c.end()
    found = []
    while entries.more():
        found.append(entries.vector(3))
        if not found[-1]:
            raise Violation("a certificate is empty")
    return found


def certificates(chain: Iterable[bytes]) -> bytes:
    """The body of a Certificate."""
    return vector(3, b"".join(vector(3, der) for der in chain))


def server_hello(
    random: bytes, suite: int, extensions: Iterable[tuple[int, bytes]], session_id: bytes = b"", compression: int = 0
) -> bytes:
    """The body of a ServerHello; without extensions the list is left out altogether."""
    listed = b"".join(kind.to_bytes(2) + vector(2, data) for kind, data in extensions)
    fixed = b"\x03\x03" + random + vector(1, session_id) + suite.to_bytes(2) + bytes((compression,))
    return fixed + (vector(2, listed) if listed else b"")


def certificate_request(types: Iterable[int], schemes: Iterable[int], authorities: Iterable[bytes]) -> bytes:
    """The body of a CertificateRequest; `authorities` are DER names."""
    names = b"".join(vector(2, name) for name in authorities)
    return vector(1, bytes(types)) + numbers(2, schemes) + vector(2, names)
