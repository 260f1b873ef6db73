"""A trace as pcapng, which Wireshark opens: the bytes on the wire, in TCP segments made for them, and the secrets that decrypt them
(a Decryption Secrets Block) where the board logged any.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from .handshake import Trace

_BOARD, _SERVER = (bytes((192, 0, 2, 1)), 49152), (bytes((192, 0, 2, 2)), 0)  # addresses for documentation (RFC 5737)
_SECTION, _INTERFACE, _PACKET, _SECRETS = 0x0A0D0D0A, 1, 6, 10  # block types
_TLS_KEY_LOG = 0x544C534B
_RAW_IP = 101  # link type: packets begin with their IP header
_MOST = 0xFFFF
_ACK, _PUSH, _SYN, _FIN = 0x10, 0x18, 2, 1
_SEGMENT = 1400


def pcapng(trace: Trace, path: Path) -> None:
    path.write_bytes(b"".join(_blocks(trace)))


def _blocks(trace: Trace) -> Iterator[bytes]:
    yield _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    yield _block(_INTERFACE, struct.pack("<HHI", _RAW_IP, 0, _MOST))
    if trace.keys:
        log = "".join(f"{line}\n" for line in trace.keys).encode()
        yield _block(_SECRETS, struct.pack("<II", _TLS_KEY_LOG, len(log)) + log)
    began = (trace.now or 0) * 1_000_000
    for at, packet in _packets(trace):
        moment = began + at
        head = struct.pack("<IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, len(packet), len(packet))
        yield _block(_PACKET, head + packet)


def _packets(trace: Trace) -> Iterator[tuple[int, bytes]]:
    """A TCP connection that carries what was on the wire."""
    server = (_SERVER[0], trace.port)
    sent = {">": 1, "<": 1}
    ends = {">": (_BOARD, server), "<": (server, _BOARD)}
    yield 0, _segment(_BOARD, server, 0, 0, _SYN)
    yield 0, _segment(server, _BOARD, 0, 1, _SYN | _ACK)
    yield 0, _segment(_BOARD, server, 1, 1, _ACK)
    for piece in trace.wire:
        way, data = piece["direction"], bytes.fromhex(piece["data"])
        for start in range(0, len(data), _SEGMENT):
            part = data[start : start + _SEGMENT]
            yield piece["at"], _segment(*ends[way], sent[way], sent["<" if way == ">" else ">"], _PUSH, part)
            sent[way] += len(part)
    last = trace.wire[-1]["at"] if trace.wire else 0
    yield last, _segment(_BOARD, server, sent[">"], sent["<"], _FIN | _ACK)


def _segment(source: tuple[bytes, int], target: tuple[bytes, int], number: int, answers: int, flags: int, data: bytes = b"") -> bytes:
    tcp = struct.pack(">HHIIBBHHH", source[1], target[1], number, answers, 5 << 4, flags, _MOST, 0, 0)
    pseudo = source[0] + target[0] + struct.pack(">BBH", 0, 6, len(tcp) + len(data))
    tcp = tcp[:16] + _checksum(pseudo + tcp + data) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(data), 0, 0, 64, 6, 0, source[0], target[0])
    return ip[:10] + _checksum(ip) + ip[12:] + tcp + data


def _checksum(data: bytes) -> bytes:
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", ~total & 0xFFFF)


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)
