"""TLS 1.2 as it stands on the wire before it is protected: records, messages, and what is said in them. For drawing, not for judging."""

from collections.abc import Iterator
from dataclasses import dataclass

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE = 20, 21, 22
SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 2, 11, 12, 13, 14
EXTENDED_MASTER_SECRET, MAX_FRAGMENT_LENGTH, RENEGOTIATION_INFO, SESSION_TICKET = 23, 1, 0xFF01, 35


class Cut(Exception):
    """There are fewer bytes than a length says."""


def vectors(data: bytes, width: int) -> Iterator[bytes]:
    """Vectors one behind the other, each behind its length."""
    at = 0
    while at < len(data):
        n = int.from_bytes(data[at : at + width])
        at += width
        if at + n > len(data):
            raise Cut
        yield data[at : at + n]
        at += n


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, fragment) of each whole record."""
    at = 0
    while at + 5 <= len(data):
        n = int.from_bytes(data[at + 3 : at + 5])
        if at + 5 + n > len(data):
            return
        yield data[at], data[at + 5 : at + 5 + n]
        at += 5 + n


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each handshake message in clear."""
    text = bytearray()
    for kind, fragment in records(data):
        if kind == CHANGE_CIPHER_SPEC:
            break
        if kind == HANDSHAKE:
            text += fragment
    at = 0
    while at + 4 <= len(text):
        n = int.from_bytes(text[at + 1 : at + 4])
        if at + 4 + n > len(text):
            return
        yield text[at], bytes(text[at + 4 : at + 4 + n])
        at += 4 + n


def alert(data: bytes) -> int | None:
    """The first alert in clear."""
    for kind, fragment in records(data):
        if kind == CHANGE_CIPHER_SPEC:
            return None
        if kind == ALERT and len(fragment) == 2:
            return fragment[1]
    return None


@dataclass(frozen=True)
class ServerHello:
    version: int
    suite: int
    extensions: dict[int, bytes]

    @classmethod
    def of(cls, body: bytes) -> "ServerHello":
        at = 35 + body[34]
        extensions, rest = {}, body[at + 5 :]
        while len(rest) >= 4:
            n = int.from_bytes(rest[2:4])
            extensions[int.from_bytes(rest[:2])] = rest[4 : 4 + n]
            rest = rest[4 + n :]
        return cls(int.from_bytes(body[:2]), int.from_bytes(body[at : at + 2]), extensions)


@dataclass(frozen=True)
class Asked:
    """A CertificateRequest: types of certificates, signature schemes, names of authorities in DER."""

    types: bytes
    schemes: list[int]
    authorities: list[bytes]

    @classmethod
    def of(cls, body: bytes) -> "Asked":
        types, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
        n = int.from_bytes(rest[:2])
        schemes = [int.from_bytes(rest[at : at + 2]) for at in range(2, 2 + n, 2)]
        return cls(types, schemes, list(vectors(rest[4 + n :], 2)))


@dataclass
class Server:
    """What a server says of itself before a connection is protected; None for what it did not say."""

    hello: ServerHello | None = None
    chain: tuple[bytes, ...] = ()
    group: int | None = None
    scheme: int | None = None
    asked: Asked | None = None
    done: bool = False
    alert: int | None = None

    @classmethod
    def of(cls, data: bytes) -> "Server":
        found = cls(alert=alert(data))
        for kind, body in messages(data):
            try:
                found._take(kind, body)
            except (Cut, IndexError):
                break
        return found

    def _take(self, kind: int, body: bytes) -> None:
        if kind == SERVER_HELLO:
            self.hello = ServerHello.of(body)
        elif kind == CERTIFICATE:
            self.chain = tuple(vectors(body[3:], 3))
        elif kind == SERVER_KEY_EXCHANGE and body[0] == 3:  # a named curve
            self.group = int.from_bytes(body[1:3])
            at = 4 + body[3]
            self.scheme = int.from_bytes(body[at : at + 2])
        elif kind == CERTIFICATE_REQUEST:
            self.asked = Asked.of(body)
        elif kind == SERVER_HELLO_DONE:
            self.done = True
