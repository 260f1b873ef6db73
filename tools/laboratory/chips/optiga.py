"""OPTIGA Trust M over I2C: registers, frames, packets and the commands that TLS asks for (IFX I2C Protocol Specification 2.03).

Modelled: soft reset, late acknowledge while it starts, I2C_STATE, frames of `frame_size` bytes with acknowledgement, chaining both ways,
OpenApp, GetDataObject, GetRandom, CalcSign and GenKeyPair with CalcSSec on P-256, the last error. `trust_e`: 32-byte frames, no CalcSign.
Not modelled: the shielded connection, metadata and access conditions, SetDataObject, re-synchronising without a reset.
"""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from ..atecc_simulator import Clock
from .frames import FrameChip, crc16

DATA, DATA_REG_LEN, I2C_STATE, BASE_ADDR, MAX_SCL, SOFT_RESET, I2C_MODE = 0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x89
BUSY, READY, CAN_RESET = 0x80, 0x40, 0x08
APPLICATION = b"\xd2\x76\x00\x00\x04GenAuthAppl"
UID = bytes.fromhex("cd16338201001c000500000a09a413000a007d003b801010712440")
BAD_OID, BAD_LENGTH, BAD_DATA, BOUNDARY, NO_COMMAND, OUT_OF_SEQUENCE = 0x01, 0x04, 0x05, 0x08, 0x0A, 0x0B
# Typical ms (datasheet, table 18).
TIMES = {"OpenApp": 15, "GetDataObject": 4, "GetRandom": 4, "CalcSign": 65, "GenKeyPair": 55, "CalcSSec": 60}


class Refusal(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Optiga(FrameChip):
    """`key` is in E0F0, `certificate` (DER) in E0E0; `tls_identity`: in the form of a chain, with its tag C0."""

    address = 0x30

    def __init__(
        self,
        clock: Clock,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        certificate: bytes = b"",
        tls_identity: bool = False,
        frame_size: int = 0x115,
        trust_e: bool = False,
        **options: Any,
    ) -> None:
        if tls_identity:
            listed = len(certificate).to_bytes(3, "big") + certificate
            certificate = b"\xc0" + (len(listed) + 3).to_bytes(2, "big") + len(listed).to_bytes(3, "big") + listed
        self.keys: dict[int, ec.EllipticCurvePrivateKey] = {0xE0F0: key or ec.generate_private_key(ec.SECP256R1())}
        self.objects = {0xE0C2: UID, 0xE0C0: b"\x07", 0xE0E0: certificate}
        self.frame_size = 32 if trust_e else frame_size
        self.trust_e = trust_e
        super().__init__(clock, startup=15, **options)

    def forget(self) -> None:
        self.register = I2C_STATE
        self.open = False
        self.error = 0
        self.next = 0  # the frame that the host sends next
        self.last = 3  # the last frame of ours that it acknowledged
        self.packets: list[bytes] = []  # that wait to be sent
        self.outgoing: list[bytes] = []  # frames
        self.unacknowledged: int | None = None
        self.command = bytearray()
        for session in range(0xE100, 0xE104):
            self.keys.pop(session, None)

    def deaf(self) -> bool:
        """While it executes it acknowledges, and says BUSY; while it starts, it does not."""
        return self.busy and self._done is None

    # Registers

    def written(self, data: bytes) -> None:
        self.register = data[0]
        if data[0] == SOFT_RESET and len(data) == 3:
            self.power_cycle()
        elif data[0] == DATA and len(data) > 1 and not self.busy:
            self.frame(data[1:])

    def reading(self) -> bytes | None:
        self.settle()
        if self.register == I2C_STATE:
            length = len(self.outgoing[0]) if self.outgoing else 0
            return bytes([(BUSY if self.busy else 0) | (READY if length else 0) | CAN_RESET, 0]) + length.to_bytes(2, "big")
        if self.register == DATA_REG_LEN:
            return self.frame_size.to_bytes(2, "big")
        if self.register == MAX_SCL:
            return (1000).to_bytes(4, "big")
        if self.register == DATA and self.outgoing:
            return self.outgoing.pop(0)
        return b""

    # Frames

    def frame(self, frame: bytes) -> None:
        control, length = frame[0], int.from_bytes(frame[1:3], "big")
        if len(frame) != length + 5 or crc16(frame[:-2], 0) != int.from_bytes(frame[-2:], "big"):
            self.say(0xA0 | self.next, b"")  # NAK
            return
        if control & 0x80:
            self.acknowledged(control)
            return
        if control >> 2 & 3 != self.next or control & 3 != self.last or control & 0x60 or not length:
            self.say(0xA0 | self.next, b"")
            return
        self.next = self.next + 1 & 3
        self.say(0x80 | control >> 2 & 3, b"")
        self.packet(frame[3:-2])

    def acknowledged(self, control: int) -> None:
        if control & 0x60 == 0x40:  # resynchronise
            self.next, self.last, self.unacknowledged = 0, 3, None
            self.packets.clear()
        elif control & 0x60 == 0x20:  # NAK: the same again
            if self.packets:
                self.unacknowledged = None
                self.send()
        elif control & 3 == self.unacknowledged:
            self.last, self.unacknowledged = control & 3, None
            self.packets.pop(0)
            self.send()

    def say(self, control: int, packet: bytes) -> None:
        body = bytes([control]) + len(packet).to_bytes(2, "big") + packet
        self.outgoing.append(body + crc16(body, 0).to_bytes(2, "big"))

    def send(self) -> None:
        if self.packets:
            self.unacknowledged = self.last + 1 & 3
            self.say((self.last + 1 & 3) << 2 | self.next - 1 & 3, self.packets[0])

    # Packets and commands

    def packet(self, packet: bytes) -> None:
        chaining = packet[0] & 7
        if chaining in (0, 1):
            self.command.clear()
        self.command += packet[1:]
        if chaining in (0, 4):
            self.execute(bytes(self.command))

    def execute(self, apdu: bytes) -> None:
        name, run = self.commands().get(apdu[0] & 0x7F, ("", None))
        if apdu[0] & 0x80:
            self.error = 0
        try:
            if int.from_bytes(apdu[2:4], "big") != len(apdu) - 4:
                raise Refusal(BAD_LENGTH)
            if run is None:
                raise Refusal(NO_COMMAND)
            if name != "OpenApp" and not self.open:
                raise Refusal(OUT_OF_SEQUENCE)
            answer = b"\x00" + run(apdu[1], apdu[4:])
        except Refusal as refusal:
            self.error = refusal.code
            answer = b"\xff"
        answer = answer[:1] + b"\x00" + (len(answer) - 1).to_bytes(2, "big") + answer[1:]
        self.work(name or "refused", TIMES.get(name, 1), lambda: self.answer(answer))

    def answer(self, apdu: bytes) -> None:
        room = self.frame_size - 6
        pieces = [apdu[at : at + room] for at in range(0, len(apdu), room)]
        chain = [0] if len(pieces) == 1 else [1] + [2] * (len(pieces) - 2) + [4]
        self.packets = [bytes([pctr]) + piece for pctr, piece in zip(chain, pieces, strict=True)]
        self.send()

    def commands(self) -> dict[int, tuple[str, Callable[[int, bytes], bytes]]]:
        shared = {0x70: ("OpenApp", self.open_app), 0x01: ("GetDataObject", self.get_data), 0x0C: ("GetRandom", self.get_random)}
        if self.trust_e:
            return shared
        return shared | {0x31: ("CalcSign", self.sign), 0x38: ("GenKeyPair", self.generate), 0x33: ("CalcSSec", self.agree)}

    def open_app(self, param: int, data: bytes) -> bytes:
        if param or data != APPLICATION:
            raise Refusal(BAD_DATA)
        self.open = True
        return b""

    def get_data(self, param: int, data: bytes) -> bytes:
        oid = int.from_bytes(data[:2], "big")
        if oid == 0xF1C2:
            return bytes([self.error])
        if oid not in self.objects:
            raise Refusal(BAD_OID)
        found = self.objects[oid]
        if len(data) == 2:
            return found
        offset, length = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big")
        if offset >= len(found):
            raise Refusal(BOUNDARY)
        return found[offset : offset + length]

    def get_random(self, param: int, data: bytes) -> bytes:
        length = int.from_bytes(data, "big")
        if len(data) != 2 or not 8 <= length <= 256:
            raise Refusal(BAD_DATA)
        return self.random(length)

    def key_of(self, tags: dict[int, bytes], tag: int) -> ec.EllipticCurvePrivateKey:
        oid = int.from_bytes(tags.get(tag, b""), "big")
        if oid not in self.keys:
            raise Refusal(BAD_OID)
        return self.keys[oid]

    def sign(self, param: int, data: bytes) -> bytes:
        tags = tlv(data)
        if param != 0x11 or len(tags.get(1, b"")) != 32:
            raise Refusal(BAD_DATA)
        der = self.key_of(tags, 3).sign(tags[1], ec.ECDSA(Prehashed(hashes.SHA256())))
        return b"".join(integer(number) for number in decode_dss_signature(der))

    def generate(self, param: int, data: bytes) -> bytes:
        tags = tlv(data)
        oid = int.from_bytes(tags.get(1, b""), "big")
        if param != 3 or not 0xE100 <= oid <= 0xE103 or tags.get(2) not in (b"\x20", b"\x10", b"\x30"):
            raise Refusal(BAD_DATA)
        self.keys[oid] = ec.generate_private_key(ec.SECP256R1())
        return b"\x02\x00\x44\x03\x42\x00" + encoded(self.keys[oid].public_key())

    def agree(self, param: int, data: bytes) -> bytes:
        tags = tlv(data)
        if param != 1 or tags.get(5) != b"\x03" or tags.get(6, b"")[:3] != b"\x03\x42\x00" or tags.get(7) != b"":
            raise Refusal(BAD_DATA)
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), tags[6][3:])
        except ValueError:
            raise Refusal(BAD_DATA) from None
        return self.key_of(tags, 1).exchange(ec.ECDH(), point)


def tlv(data: bytes) -> dict[int, bytes]:
    """Tag, two bytes of length, value."""
    tags, at = {}, 0
    while at + 3 <= len(data):
        end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        tags[data[at]] = data[at + 3 : end]
        at = end
    if at != len(data):
        raise Refusal(BAD_LENGTH)
    return tags


def integer(number: int) -> bytes:
    value = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(value)]) + value


def encoded(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
