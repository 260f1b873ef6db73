"""Packets, CRC and status codes: the chip's language, without state.

Command:   count opcode P1 P2lo P2hi data... CRClo CRChi   (after word address 0x03, which is outside count and CRC)
Response:  count data... CRClo CRChi                       (a status response has one data byte: 04 status CRC)
"""

from dataclasses import dataclass
from enum import IntEnum

SMALLEST_COMMAND = 7
LARGEST_COMMAND = 155  # Table 9-1; section 6.6 speaks of 71, which Verify(External) with 135 contradicts


class Word(IntEnum):
    """Word addresses: the first byte of every write to the chip (6.2.1)."""

    RESET = 0x00
    SLEEP = 0x01
    IDLE = 0x02
    COMMAND = 0x03


class Status(IntEnum):
    """Status codes (Table 9-3)."""

    SUCCESS = 0x00
    MISMATCH = 0x01
    PARSE = 0x03
    ECC_FAULT = 0x05
    SELF_TEST = 0x07
    RNG_HEALTH = 0x08
    EXECUTION = 0x0F
    WOKEN = 0x11
    WATCHDOG = 0xEE
    COMMUNICATION = 0xFF


def crc16(data: bytes) -> bytes:
    """CRC-16 of packets and of Lock summaries, in the order of the wire (low byte first).

    Polynomial 0x8005, start 0, each byte's bits taken least significant first, register shifted left, no final inversion.
    """
    register = 0
    for byte in data:
        for bit in range(8):
            feedback = (byte >> bit & 1) ^ register >> 15
            register = (register << 1 & 0xFFFF) ^ (0x8005 if feedback else 0)
    return register.to_bytes(2, "little")


def frame(body: bytes) -> bytes:
    """`body` between its count and its CRC."""
    counted = bytes([len(body) + 3]) + body
    return counted + crc16(counted)


def command(opcode: int, p1: int = 0, p2: int = 0, data: bytes = b"") -> bytes:
    """A whole command write: word address 0x03 and the packet."""
    return bytes([Word.COMMAND]) + frame(bytes([opcode, p1]) + p2.to_bytes(2, "little") + data)


def response(result: int | bytes) -> bytes:
    """The response packet for a status (int) or for data (bytes)."""
    return frame(bytes([result]) if isinstance(result, int) else result)


def unframe(packet: bytes) -> bytes:
    """The body of a packet whose count and CRC are right; ValueError otherwise. Bytes beyond count are ignored."""
    if not packet or packet[0] < 4 or packet[0] > len(packet):
        raise ValueError(f"count does not fit: {packet.hex(' ')}")
    counted, crc = packet[: packet[0] - 2], packet[packet[0] - 2 : packet[0]]
    if crc16(counted) != crc:
        raise ValueError(f"CRC does not fit: {packet.hex(' ')}")
    return counted[1:]


@dataclass(frozen=True)
class Packet:
    """A received command."""

    opcode: int
    p1: int
    p2: int
    data: bytes

    @classmethod
    def parse(cls, packet: bytes) -> "Packet | None":
        """From the bytes after word address 0x03: None when it is shorter than a command; ValueError when count or CRC do not fit."""
        body = unframe(packet)
        if len(body) < SMALLEST_COMMAND - 3:
            return None
        return cls(body[0], body[1], int.from_bytes(body[2:4], "little"), body[4:])

    @property
    def head(self) -> bytes:
        """Opcode, P1 and P2 in bus order, as nearly every hashed message of the chip has them."""
        return bytes([self.opcode, self.p1]) + self.p2.to_bytes(2, "little")
