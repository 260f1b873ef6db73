"""What a server offers a TLS 1.2 client such as latchkey: asked one ClientHello at a time, from this computer, up to what it says in clear.

Nothing is verified, nothing is sent that could be a secret, and no handshake is finished.
"""

import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from .der import parts
from .output import Wrong
from .sources import Later, literal, module
from .wire import EXTENDED_MASTER_SECRET, MAX_FRAGMENT_LENGTH, RENEGOTIATION_INFO, SESSION_TICKET, Server

PATIENCE = 10.0  # seconds for an answer
GROUPS = {23: "P-256", 29: "X25519", 24: "P-384"}  # as the firmware offers them
_MOST = 1 << 17  # bytes of an answer
_TLS_1_2 = 0x0303
_SCHEMES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
_ciphers = Later("latchkey.errors_text.ciphers")


def suites() -> dict[int, str]:
    """What the firmware offers a server that proves itself by a certificate: number -> name, in its order."""
    table = literal("latchkey.tls.cipher_suites", "SUITES")
    rows = [table[at : at + 4] for at in range(0, len(table), 4)]
    return {row[0] << 8 | row[1]: _ciphers.name(row) for row in rows if not row[2] & 2}


@dataclass
class Found:
    """Of a server: the suites that it takes, in the order in which it picks them, groups, and what it said at the first answer."""

    host: str
    port: int
    suites: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    chains: list[tuple[bytes, ...]] = field(default_factory=list)
    first: Server = field(default_factory=Server)

    def has(self, extension: int) -> bool:
        return self.first.hello is not None and extension in self.first.hello.extensions


def scan(host: str, port: int, name: str) -> Found:
    """Ask until nothing new comes. Wrong where there is no server, or none that speaks TLS 1.2 with a suite of ours."""
    found = Found(host, port)
    left = list(suites())
    while left:
        answer = ask(host, port, name, left, GROUPS)
        if answer.hello is None or answer.hello.suite not in left:
            break
        found.suites.append(answer.hello.suite)
        left.remove(answer.hello.suite)
        if answer.chain and answer.chain not in found.chains:
            found.chains.append(answer.chain)
        if len(found.suites) == 1:
            found.first = answer
    else:
        answer = found.first
    if not found.suites:
        raise Wrong(refusal(host, port, answer))
    found.groups = [group for group in GROUPS if _picks(host, port, name, found.suites, group)]
    return found


def refusal(host: str, port: int, answer: Server) -> str:
    """Why a server is not for latchkey."""
    if answer.alert is not None:
        said = module("latchkey.errors_text.alerts").NAMES.get(answer.alert, "")
        return f"{host}:{port} refuses TLS 1.2 with any suite of latchkey's (alert {answer.alert} {said}): latchkey explain {answer.alert}"
    if answer.hello:
        return f"{host}:{port} answers with a version or suite that was not offered: no server of TLS 1.2"
    return f"{host}:{port} does not answer as a server of TLS does: is it the port of TLS (443 HTTPS, 8883 MQTT)?"


def ask(host: str, port: int, name: str, offered: Sequence[int], groups: Iterable[int]) -> Server:
    """What a server says to one ClientHello, up to ServerHelloDone or an alert."""
    data = bytearray()
    with _connected(host, port) as stream:
        try:
            stream.sendall(client_hello(name, offered, groups))
            while len(data) < _MOST:
                piece = stream.recv(4096)
                if not piece:
                    break
                data += piece
                said = Server.of(bytes(data))
                if said.done or said.alert is not None:
                    break
        except OSError:  # it broke off: what it said before counts
            pass
    answer = Server.of(bytes(data))
    if answer.hello and answer.hello.version != _TLS_1_2:
        answer.hello = None
    return answer


def client_hello(name: str, offered: Sequence[int], groups: Iterable[int]) -> bytes:
    """A record with a ClientHello as the firmware's (RFC 5246 section 7.4.1.2)."""
    extensions = b""
    if not _is_address(name):
        host = name.rstrip(".").encode("idna")
        extensions += _extension(0, _vector(b"\0" + _vector(host)))
    extensions += _extension(10, _vector(b"".join(struct.pack(">H", group) for group in groups)))
    extensions += _extension(11, b"\x01\x00")
    extensions += _extension(13, _vector(b"".join(struct.pack(">H", scheme) for scheme in _SCHEMES)))
    extensions += _extension(MAX_FRAGMENT_LENGTH, b"\x04") + _extension(EXTENDED_MASTER_SECRET) + _extension(SESSION_TICKET)
    extensions += _extension(RENEGOTIATION_INFO, b"\0")
    numbers = b"".join(struct.pack(">H", number) for number in offered)
    body = b"\x03\x03" + os.urandom(32) + b"\0" + _vector(numbers) + b"\x01\0" + _vector(extensions)
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + _vector(message)


def advice(found: Found) -> Iterator[str]:
    """What a person who connects a board should know."""
    if not found.has(EXTENDED_MASTER_SECRET):
        yield "no extended master secret (RFC 7627): sessions are not resumed, there is no exporter"
    if not found.has(RENEGOTIATION_INFO):
        yield "no secure renegotiation (RFC 5746): it is accepted, and reported"
    if not found.has(MAX_FRAGMENT_LENGTH):
        yield "no max_fragment_length (RFC 6066): keep receive_buffer at 16384, its records may be that long"
    if not found.has(SESSION_TICKET):
        yield "no tickets: a session is resumed by its identifier, if at all"


def authorities(answer: Server) -> list[str]:
    """Whom a client certificate may be from, as the server names them."""
    names = answer.asked.authorities if answer.asked else []
    return [_name(der) for der in names]


def _name(der: bytes) -> str:
    try:
        return _texts(der)
    except IndexError:
        return der.hex()


def _texts(der: bytes) -> str:
    """Those of a name, without their types."""
    texts = []
    for _, inside, _ in parts(parts(der)[0][1]):
        for _, pair, _ in parts(inside):
            texts.append(parts(pair)[1][1].decode(errors="replace"))
    return ", ".join(texts)


def _picks(host: str, port: int, name: str, offered: Sequence[int], group: int) -> bool:
    """A group is asked for alone, then before others: one that is not offered keeps a server from showing a certificate on that curve
    (RFC 8422 section 4), and one that has a preference of its own may hide what else it can."""
    rest = [other for other in GROUPS if other != group]
    return any(ask(host, port, name, offered, [group, *others]).group == group for others in ([], rest))


def _connected(host: str, port: int) -> socket.socket:
    try:
        return socket.create_connection((host, port), PATIENCE)
    except OSError as reason:
        raise Wrong(f"{host}:{port} is not reached: {reason.strerror or reason}") from None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _vector(data: bytes) -> bytes:
    return len(data).to_bytes(2) + data


def _extension(number: int, data: bytes = b"") -> bytes:
    return struct.pack(">H", number) + _vector(data)
