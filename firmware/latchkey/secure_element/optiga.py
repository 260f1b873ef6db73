"""Infineon's OPTIGA Trust M and Trust X (Trust E as a source of randomness) over I2C.

    from latchkey.secure_element import OPTIGA
    chip = OPTIGA(I2C(0, freq=400_000))
    context.load_cert_chain(chip.certificate(), chip.private_key())

The chip comes with a key in E0F0 and its certificate in E0E0. Its public key is taken from there: the chip gives out none. No shielded
connection: the wires are not encrypted, and what they hold is said in each report. Trust E signs nothing that TLS could send (its
signatures are over 16 bytes of a challenge, in a format of its own), Trust P has no public protocol: their successor is Trust M.
"""

import sys

from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.secure_element.chip import Chip, Interrupted
from latchkey.secure_element.ifx_i2c import Link

_CHIP_REFUSED = const(805)
_CHIP_UNSUPPORTED = const(814)
_BAD_COMPRESSED_CERTIFICATE = const(819)
_CHIP_FOREIGN = const(824)

_P256 = b"\x03"  # the chip's number of the curve
_PIECE = const(192)  # bytes of an object read at a time
_LONGEST_CERTIFICATE = const(1728)
_PATIENCE_MS = const(6000)  # a chip that was annoyed takes 5 s for what its keys do (datasheet, security monitor)


class OPTIGA(Chip):
    """`OPTIGA(i2c)`: any object with `writeto` and `readfrom_into` of machine.I2C, up to 400 kHz (1 MHz where the board can)."""

    model = "OPTIGA Trust"

    def __init__(self, i2c, address=0x30):
        Chip.__init__(self, Link(i2c, address))

    def private_key(self, slot=0xE0F0):
        """The P-256 key in the object `slot` (E0F0 to E0F3), whose certificate is in the one with the number 0x10 below."""
        from latchkey.secure_element.private_key import PrivateKey

        if not 0xE0F0 <= slot <= 0xE0F3:
            raise ValueError("a key is in one of the objects 0xE0F0 to 0xE0F3")
        return PrivateKey(self, slot)

    def key_agreement(self, slot=0xE100):
        """ECDHE in the chip, its key in a session context (RAM; E100 to E103). **The pre-master secret comes over the wires in clear, and
        they hold the server's identity**: who can change what is on them puts his own point in the server's place."""
        from latchkey.secure_element.agreement import KeyAgreement

        if not 0xE100 <= slot <= 0xE103:
            raise ValueError("an ephemeral key is in one of the objects 0xE100 to 0xE103")
        return KeyAgreement(self, slot)

    def certificate(self, slot=0xE0E0):
        """The DER of the (first) certificate in the object `slot`."""
        return self.do(read_certificate, slot)

    def report(self):
        """Print what it is and what it does for TLS."""
        from latchkey.secure_element.registry import print_report

        print_report(self, self._tell)

    def _identify(self):
        try:
            uid = yield from read_object(self.link, 0xE0C2, 0, 27)
        except Fault as fault:
            if fault.cause != _CHIP_REFUSED:
                raise
            raise Fault(_CHIP_FOREIGN, "no OPTIGA Trust M, X or E: it has no unique identifier")
        return bytes(uid[-2:])  # the firmware's build

    def _tell(self, link):
        uid = yield from read_object(link, 0xE0C2, 0, 27)
        state = yield from read_object(link, 0xE0C0, 0, 1)
        return (
            "unique identifier " + " ".join(["%02X" % byte for byte in uid]),
            "life cycle " + {1: "creation", 3: "initialization", 7: "operational", 15: "terminated"}.get(state[0], str(state[0])),
        )


# Steps of sequences. Times are those of the datasheet's table 18.


def read_object(link, slot, offset, length):
    """GetDataObject: `length` bytes of an object from `offset` on, fewer at its end."""
    numbers = (slot, offset, length)
    data = yield from link.execute(0x01, 0, b"".join([number.to_bytes(2, "big") for number in numbers]), 0, 1000)
    if len(data) > length:
        raise Interrupted("an object longer than was asked for")
    return data


def random(link, buf):
    """GetRandom from the true generator, 32 bytes."""
    data = yield from link.execute(0x0C, 0, b"\x00\x20", 4, 1000)
    if len(data) != 32:
        raise Interrupted("random numbers of another length")
    buf[:] = data
    wipe(data)


def read_certificate(link, slot):
    """The certificate in an object: DER, or the first of a chain as TLS has it (C0, length, list, length)."""
    head = yield from read_object(link, slot, 0, 13)
    at = 9 if len(head) == 13 and head[0] == 0xC0 else 0
    if len(head) < at + 4 or head[at] != 0x30 or head[at + 1] != 0x82:
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, "object %04X does not begin with a certificate in DER" % slot)
    end = at + 4 + (head[at + 2] << 8 | head[at + 3])
    if end > _LONGEST_CERTIFICATE:
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, "object %04X: a certificate of %d bytes" % (slot, end - at))
    der = bytearray()
    while at < end:
        piece = yield from read_object(link, slot, at, min(_PIECE, end - at))
        if not piece:
            raise Fault(_BAD_COMPRESSED_CERTIFICATE, "object %04X ends in the middle of a certificate" % slot)
        der.extend(piece)
        at += len(piece)
    return bytes(der)


def ask_public_key(link, slot):
    """The key in the certificate that belongs to `slot`."""
    from latchkey.secure_element.spki import point_of

    return point_of((yield from read_certificate(link, slot - 0x10)), "object %04X" % (slot - 0x10))


def ask_signature(link, slot, digest):
    """CalcSign, ECDSA without hash: R || S."""
    from latchkey.secure_element.ecdsa_der import decode

    data = b"\x01\x00\x20" + digest + b"\x03\x00\x02" + slot.to_bytes(2, "big")
    try:
        numbers = yield from link.execute(0x31, 0x11, data, 60, _PATIENCE_MS)
    except Fault as fault:
        if fault.cause == _CHIP_REFUSED and "error 0A" in str(fault.detail):
            raise Fault(_CHIP_UNSUPPORTED, "it has no CalcSign: Trust E signs its own messages only, of no use for TLS; Trust M does")
        raise
    raw = decode(b"\x30" + bytes((len(numbers),)) + numbers)  # two INTEGERs, no SEQUENCE
    if raw is None:
        raise Interrupted("its signature is none")
    return raw


def agree(link, slot, point, secret):
    """GenKeyPair into a session, CalcSSec with `point` (X || Y): our X || Y, and the secret into `secret`."""
    number = slot.to_bytes(2, "big")
    made = yield from link.execute(0x38, 0x03, b"\x01\x00\x02" + number + b"\x02\x00\x01\x20", 55, _PATIENCE_MS)  # usage: key agreement
    if len(made) != 71 or made[:7] != b"\x02\x00\x44\x03\x42\x00\x04":
        raise Interrupted("its public key is none")
    data = b"\x01\x00\x02" + number + b"\x05\x00\x01" + _P256 + b"\x06\x00\x44\x03\x42\x00\x04" + point + b"\x07\x00\x00"
    shared = yield from link.execute(0x33, 0x01, data, 60, _PATIENCE_MS)
    if len(shared) != 32:
        raise Interrupted("its secret has another length")
    secret[:] = shared
    wipe(shared)
    return bytes(made[7:])


OPTIGA.commands = sys.modules[__name__]
