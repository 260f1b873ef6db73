"""ATECC608A, as far as the public library shows it (the datasheet is not public): what differs from the 508A for TLS.

Modelled: Info revision; Nonce and SHA into MsgDigBuf, Sign and Verify from it; GenKey into TempKey and ECDH from it, with the secret in the
answer (in clear, or under the IO protection key), in TempKey, or as a 508A has it; SHA's HMAC end; SelfTest; no HMAC and no Pause.
Not modelled: KDF, AES, SecureBoot, SHA contexts, MACs of Verify and GenKey, 64-byte TempKey. They get a parse error.
The clearing rules of TempKey are taken to be the 508A's; a private key in TempKey shares them.
"""

from dataclasses import replace
from hashlib import sha256

from . import timing
from .chip import Chip
from .commands import Command, Refusal, Result, allow, digests, generator, keys, parse, signatures, slot_of, use_key
from .commands.ecc import agree, public_of
from .commands.table import ATECC508A
from .commands.zones import xor
from .device import Atecc508a
from .packets import Packet, Status

IN_TEMPKEY = 0xFFFF
TARGETS = {0x00: "TempKey", 0x40: "MsgDigBuf"}
FROM_MSG_DIG_BUF = 0x20
ECDH_FROM_TEMPKEY, ECDH_ENCRYPTED = 0x01, 0x02
ECDH_COMPATIBLE, ECDH_TO_TEMPKEY, ECDH_TO_OUTPUT = 0, 2, 3


def nonce(chip: Chip, packet: Packet) -> Result:
    """Pass-through has a target in P1 bits 7-6; the random modes know no "without seed update"."""
    if packet.p1 & 3 != 3:
        parse(packet.p1 == 0, "Nonce has modes 0 and 3")
        return generator.nonce(chip, packet)
    target = packet.p1 & 0xC0
    parse(packet.p1 & 0x3C == 0 and target in TARGETS, "the targets modelled are TempKey and MsgDigBuf, with 32 bytes")
    parse(len(packet.data) == 32 and packet.p2 == 0, "Nonce(pass-through) has P2 0 and 32 bytes")
    if target == 0:
        return generator.nonce(chip, packet)
    chip.sram.msg_dig_buf = packet.data
    return Status.SUCCESS


def with_digest(chip: Chip, packet: Packet) -> Packet:
    """Where P1 bit 5 asks for the digest in MsgDigBuf, put it where the 508A's command finds it."""
    if not packet.p1 & FROM_MSG_DIG_BUF:
        return packet
    if chip.sram.msg_dig_buf is None:
        raise Refusal(Status.EXECUTION, "MsgDigBuf is empty")
    chip.sram.tempkey.load(chip.sram.msg_dig_buf, source_input=True)
    return replace(packet, p1=packet.p1 & ~FROM_MSG_DIG_BUF)


def sign(chip: Chip, packet: Packet) -> Result:
    return signatures.sign(chip, with_digest(chip, packet))


def verify(chip: Chip, packet: Packet) -> Result:
    return signatures.verify(chip, with_digest(chip, packet))


def genkey(chip: Chip, packet: Packet) -> Result:
    """P2 FFFF: a private key in TempKey, gone with it."""
    if packet.p2 != IN_TEMPKEY:
        return keys.genkey(chip, packet)
    parse(packet.p1 == keys.CREATE and not packet.data, "into TempKey a key is only created")
    allow(chip.memory.config_locked, "no keys before the configuration zone is locked")
    chip.draw_for_secret()
    chip.sram.tempkey.clear()
    chip.sram.tempkey.scalar = scalar = keys.new_scalar(chip)
    return public_of(scalar)


def ecdh(chip: Chip, packet: Packet) -> Result:
    """P1 bit 0: the key is in TempKey; bit 1: the answer is encrypted; bits 3-2: where the secret goes."""
    parse(packet.p1 & 0xF0 == 0 and len(packet.data) == 64, "ECDH has P1 bits 3 to 0, and 64 bytes")
    target = packet.p1 >> 2
    if packet.p1 == ECDH_COMPATIBLE:
        result = keys.ecdh(chip, packet)
        chip.sram.tempkey.clear()
        return result
    parse(target in (ECDH_TO_TEMPKEY, ECDH_TO_OUTPUT), "the secret goes to TempKey or to the output")
    scalar = ecdh_scalar(chip, packet)
    secret = agree(scalar, packet.data)
    if secret is None:
        raise Refusal(Status.EXECUTION, "the point is not on the curve")
    if target == ECDH_TO_TEMPKEY:
        chip.sram.tempkey.load(secret, source_input=True, origin="ECDH")
        return Status.SUCCESS
    chip.sram.tempkey.clear()
    return protect(chip, secret) if packet.p1 & ECDH_ENCRYPTED else secret


def ecdh_scalar(chip: Chip, packet: Packet) -> int:
    if packet.p1 & ECDH_FROM_TEMPKEY:
        if chip.sram.tempkey.scalar is None:
            raise Refusal(Status.EXECUTION, "there is no private key in TempKey")
        return chip.sram.tempkey.scalar
    slot = slot_of(packet)
    policy = use_key(chip, slot, nonce=False)
    allow(policy.ecc_private and policy.agrees and not policy.secret_to_next_slot, f"slot {slot} may not give a secret out")
    return keys.usable_scalar(chip, slot)


def protect(chip: Chip, secret: bytes) -> bytes:
    """Under the IO protection key (ChipOptions: bit 1 enables it, bits 15-12 name its slot), followed by the nonce."""
    options = int.from_bytes(chip.memory.config[90:92], "little")
    allow(options & 2, "the IO protection key is not enabled")
    used_once = chip.random(32)
    stream = sha256(bytes(chip.memory.slots[options >> 12][:32]) + used_once[:16]).digest()
    return xor(secret, stream) + used_once


def sha(chip: Chip, packet: Packet) -> Result:
    """End serves both modes (P1 2), and P1 bits 7-6 say where the digest goes: TempKey, MsgDigBuf, or the output alone (11)."""
    mode, target = packet.p1 & 0x3F, packet.p1 & 0xC0
    if mode != digests.END:
        parse(target == 0 and mode != digests.HMAC_END, "only SHA(End) has a target, and there is one for both modes")
        return digests.sha(chip, packet)
    context = chip.sram.sha
    if context is None:
        raise Refusal(Status.EXECUTION, "no hash was begun")
    parse(target in (0x00, 0x40, 0xC0), "the targets are TempKey, MsgDigBuf and the output")
    digest = digests.finish(chip, packet, context)
    if target == 0:
        chip.sram.tempkey.load(digest, source_input=True, origin=context)
    elif target == 0x40:
        chip.sram.msg_dig_buf = digest
    return digest


def selftest(chip: Chip, packet: Packet) -> Result:
    """A bit for each test that failed: none."""
    parse(packet.p1 & ~0x3B == 0 and packet.p2 == 0 and not packet.data, "SelfTest has P1 bits 0, 1, 3, 4 and 5")
    return Status.SUCCESS


_GONE = {0x01, 0x11}
_CHANGED = {
    0x16: Command("Nonce", nonce, "made"),
    0x40: Command("GenKey", genkey, "made"),
    0x41: Command("Sign", sign),
    0x43: Command("ECDH", ecdh, "own"),
    0x45: Command("Verify", verify),
    0x47: Command("SHA", sha, "own"),
    0x77: Command("SelfTest", selftest),
}


class Atecc608a(Atecc508a):
    """An ATECC608A."""

    revision = bytes.fromhex("00006002")
    commands = {opcode: command for opcode, command in ATECC508A.items() if opcode not in _GONE} | _CHANGED
    times = timing.ATECC608A

    def effective_address(self) -> int:
        """With ChipMode bit 0, byte 85 in the place of byte 16, once it is not 0."""
        other = self.memory.config[85] >> 1
        return other if other and self.memory.config[19] & 1 else super().effective_address()
