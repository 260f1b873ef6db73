"""The fault matrix: operations of the driver, faults of the simulated chip, and what may come of each pair.

An operation is a line of code on the target, the commands it sends, and how its result is judged on the host. Each fault strikes each
command of each operation. A passing fault must be got over; a lasting one must end in one of its causes. In every case the time is
bounded, a result that is given is right, and the chip works when the fault is gone.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tools.laboratory.simulated_chip import ChipBench

DIGEST = hashlib.sha256(b"fault matrix").digest()
PEER = ec.derive_private_key(0x1234567, ec.SECP256R1())
ALWAYS = 1_000_000
LIMIT_MS = 15_000  # of simulated time: 4 attempts, each waiting its longest, one of them for the longest watchdog


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def public(xy: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + xy)


def key_in(chip: ChipBench, slot: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(chip.controls.do_private_key(slot), 16), ec.SECP256R1())


def signed_with(chip: ChipBench, signature: bytes) -> bool:
    key_in(chip, 0).public_key().verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    return True


def mac_of(chip: ChipBench) -> bytes:
    serial = chip.chip.memory.serial_number
    message = bytes([5]) * 32 + DIGEST + b"\x08\x00\x05\x00" + bytes(11) + serial[8:9] + bytes(4) + serial[:2] + bytes(2)
    return hashlib.sha256(message).digest()


@dataclass(frozen=True)
class Operation:
    """`code` is an expression on the target; `right(chip, result)` judges its value; `chip` are arguments of the control "chip"."""

    name: str
    commands: tuple[str, ...]
    code: str
    right: Callable[[ChipBench, Any], bool]
    chip: dict = field(default_factory=dict)
    prepare: Callable[[ChipBench], object] = lambda chip: None
    uncertain: bool = False  # it may end in RESULT_UNKNOWN where a repetition could do the work twice


SIGNATURE = PEER.sign(DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
STORED = (bytes(4) + point(PEER.public_key())[1:33] + bytes(4) + point(PEER.public_key())[33:]).hex()
DATA = bytes(range(150))
BLOCK = hashlib.sha256(b"block").digest()

# Names on the target beside those of simulated_chip. The chip hears how long the driver slept with what the driver does next.
PRELUDE = f"""
link.advance_us = link.pass_us
from latchkey.secure_element import commands, encrypted, mac_commands, zone_commands
from latchkey.secure_element.provision import Provision
class Fixed:
    def fill(self, buf):
        for i in range(len(buf)): buf[i] = i
peer = {point(PEER.public_key())!r}
digest = {DIGEST!r}
def agree(*arguments):
    ours, secret = run(chip.key_agreement(*arguments).agree(23, peer, Fixed()))
    return ours, bytes(secret)
def verify(digest):
    return run(chip.verifier().verify(0x0403, (23, peer), digest, {SIGNATURE!r}))
def random(n):
    buf = bytearray(n)
    chip.source().fill(buf)
    return bytes(buf)
def hmac_of_tempkey(link):
    yield from commands.nonce_load(link, digest)
    return (yield from mac_commands.hmac(link, 5, 4))
"""


def _agreed(chip: ChipBench, result) -> bool:
    ours, secret = result
    return PEER.exchange(ec.ECDH(), public(ours[1:])) == secret


def _made_in_slot_2(chip: ChipBench, result) -> bool:
    return point(key_in(chip, 2).public_key()) == result


def _hmac_of_tempkey(chip: ChipBench, result) -> bool:
    serial = chip.chip.memory.serial_number
    message = bytes(32) + DIGEST + b"\x11\x04\x05\x00" + bytes(11) + serial[8:9] + bytes(4) + serial[:2] + bytes(2)
    return result == hmac.digest(bytes([5]) * 32, message, "sha256")


def _slot(chip: ChipBench, slot: int, length: int) -> bytes:
    return bytes.fromhex(chip.controls.do_peek("slot", slot=slot))[:length]


def _config(chip: ChipBench, at: int) -> int:
    return bytes.fromhex(chip.controls.do_peek("config"))[at]


def _writable(under: int) -> Callable[[ChipBench], None]:
    """Slot 5 may be written encrypted under the key in slot `under`."""
    return lambda chip: chip.controls.do_poke("config", 20 + 2 * 5, f"8f4{under:x}")


OPERATIONS = (
    Operation("revision", ("Info",), "chip.do(commands.info)", lambda chip, r: r == bytes.fromhex("00005002")),
    Operation("random bytes", ("Random",), "random(32)", lambda chip, r: len(r) == 32 and r != b"\xff\xff\x00\x00" * 8),
    Operation("sign", ("Info", "Random", "Nonce", "Sign"), "run(chip.private_key(0).sign(0x0403, digest))", signed_with),
    Operation("public key", ("GenKey",), "chip.private_key(0).public_key[1]", lambda c, r: r == point(key_in(c, 0).public_key())),
    Operation("new key", ("GenKey",), "Provision(chip).generate_key(2)", _made_in_slot_2),
    Operation("agree", ("Read", "GenKey", "ECDH"), "agree(2)", _agreed),
    Operation(
        "agree, encrypted",
        ("Read", "GenKey", "ECDH", "Nonce", "GenDig"),
        "agree(2, bytes([4]) * 32)",
        _agreed,
        chip={"protect_ecdh": True},
    ),
    Operation("agree, key in TempKey (608)", ("Info", "Random", "GenKey", "ECDH"), "agree()", _agreed, chip={"kind": "atecc608a"}),
    Operation("verify", ("Nonce", "Verify"), "verify(digest)", lambda chip, r: r is True),
    Operation("verify a wrong one", ("Nonce", "Verify"), "verify(bytes(32))", lambda chip, r: r is False),
    Operation(
        "verify, stored key",
        ("Nonce", "Verify"),
        f"run(chip.verifier().verify_stored(11, digest, {SIGNATURE!r}))",
        lambda chip, r: r is True,
        prepare=lambda chip: chip.controls.do_poke("slot", 0, STORED, slot=11),
    ),
    Operation(
        "configuration", ("Read",), "bytes(chip.do(commands.read_config)).hex()", lambda chip, r: r == chip.controls.do_peek("config")
    ),
    Operation("read a slot", ("Read",), "bytes(Provision(chip).read_slot(8, 100))", lambda chip, r: r == _slot(chip, 8, 100)),
    Operation("write a slot", ("Write",), f"Provision(chip).write_slot(8, {DATA!r})", lambda chip, r: _slot(chip, 8, 150) == DATA),
    Operation(
        "write encrypted",
        ("Nonce", "GenDig", "Write"),
        f"Provision(chip).write_slot_encrypted(5, {BLOCK!r}, bytes([4]) * 32, Fixed())",
        lambda chip, r: _slot(chip, 5, 32) == BLOCK,
        prepare=_writable(under=4),
    ),
    Operation(
        "write encrypted under itself",
        ("Nonce", "GenDig", "Write"),
        f"Provision(chip).write_slot_encrypted(5, {BLOCK!r}, bytes([5]) * 32, Fixed())",
        lambda chip, r: _slot(chip, 5, 32) == BLOCK,
        prepare=_writable(under=5),
        uncertain=True,
    ),
    Operation("lock a slot", ("Read", "Info", "Lock"), "Provision(chip).lock_slot(0)", lambda chip, r: _config(chip, 88) == 0xFE),
    Operation(
        "lock the data zone",
        ("Read", "Lock"),
        "Provision(chip).lock_data()",
        lambda chip, r: _config(chip, 86) == 0,
        chip={"lock_data": False},
    ),
    Operation("read a counter", ("Counter",), "Provision(chip).counter(1)", lambda chip, r: r == 0),
    Operation("count up", ("Counter",), "Provision(chip).increment(1)", lambda chip, r: r == chip.chip.memory.counter(1) == 1),
    Operation("UserExtra", ("UpdateExtra",), "chip.do(zone_commands.update_extra, 0, 7)", lambda chip, r: _config(chip, 84) == 7),
    Operation("spend a use", ("UpdateExtra",), "chip.do(zone_commands.spend_use, 15)", lambda chip, r: r is None, uncertain=True),
    Operation("hash", ("SHA",), f"chip.do(mac_commands.sha256, {DATA!r})", lambda chip, r: r == hashlib.sha256(DATA).digest()),
    Operation(
        "HMAC by SHA",
        ("SHA",),
        f"chip.do(mac_commands.hmac_sha256, 5, {DATA!r})",
        lambda chip, r: r == hmac.digest(bytes([5]) * 32, DATA, "sha256"),
    ),
    Operation("MAC", ("MAC",), "chip.do(mac_commands.mac, 5, digest)", lambda chip, r: r == mac_of(chip)),
    Operation("HMAC", ("Nonce", "HMAC"), "chip.do(hmac_of_tempkey)", _hmac_of_tempkey),
)

GONE = ("CHIP_NOT_ANSWERING",)
# A damaged count or opcode makes another command of it: refused as such at worst, never executed, because the CRC is wrong.
FAULTS: dict[str, tuple[dict, tuple[str, ...]]] = {
    "ACK of the address lost": ({"kind": "lost_ack", "byte": -1}, ()),
    "ACK of 03 lost": ({"kind": "lost_ack", "byte": 0}, ()),
    "ACK of the count lost": ({"kind": "lost_ack", "byte": 1}, ()),
    "ACK of the opcode lost": ({"kind": "lost_ack", "byte": 2}, ()),
    "ACK of a CRC byte lost": ({"kind": "lost_ack", "byte": 6}, ()),
    "bit of 03 flips": ({"kind": "flip_write", "byte": 0}, ()),
    "bit of 03 flips to a reserved word": ({"kind": "flip_write", "byte": 0, "bit": 2}, ()),
    "the same, at the second of its kind": ({"kind": "flip_write", "byte": 0, "bit": 2, "skip": 1}, ()),
    "bit of the count flips": ({"kind": "flip_write", "byte": 1, "bit": 1}, ()),
    "high bit of the count flips": ({"kind": "flip_write", "byte": 1, "bit": 7}, ()),
    "bit of the opcode flips": ({"kind": "flip_write", "byte": 2}, ()),
    "bit of P1 flips": ({"kind": "flip_write", "byte": 3}, ()),
    "bit of the slot flips": ({"kind": "flip_write", "byte": 4}, ()),
    "bit of the CRC flips": ({"kind": "flip_write", "byte": 6, "bit": 5}, ()),
    "bit of the answer's count flips": ({"kind": "flip_read", "byte": 0, "bit": 2}, ()),
    "bit of the answer flips": ({"kind": "flip_read", "byte": 1}, ()),
    "bit of the answer flips 3 times": ({"kind": "flip_read", "byte": 2, "times": 3}, ()),
    "status 05": ({"kind": "status", "status": 0x05}, ()),
    "status 05 3 times": ({"kind": "status", "status": 0x05, "times": 3}, ()),
    "status FF": ({"kind": "status", "status": 0xFF}, ()),
    "status EE": ({"kind": "status", "status": 0xEE}, ()),
    "status 0F": ({"kind": "status", "status": 0x0F}, ()),
    "stuck at 11": ({"kind": "stuck"}, ()),
    "never ends": ({"kind": "hang"}, ()),
    "brown-out before": ({"kind": "brown_out", "when": "before"}, ()),
    "brown-out during": ({"kind": "brown_out", "when": "during"}, ()),
    "brown-out after": ({"kind": "brown_out", "when": "after"}, ()),
    "wake lost": ({"kind": "lost_wake", "command": None}, ()),
    "wake lost 3 times": ({"kind": "lost_wake", "command": None, "times": 3}, ()),
    "self-test fails at a wake": ({"kind": "self_test", "command": None}, ()),
    "missing for a while": ({"kind": "missing", "command": None, "times": 10}, ()),
    "status 05 always": ({"kind": "status", "status": 0x05, "times": ALWAYS}, ("CHIP_ECC_FAULT",)),
    "status FF always": ({"kind": "status", "status": 0xFF, "times": ALWAYS}, ("CHIP_COMMUNICATION",)),
    "status EE always": ({"kind": "status", "status": 0xEE, "times": ALWAYS}, ("CHIP_WATCHDOG",)),
    "status 0F always": ({"kind": "status", "status": 0x0F, "times": ALWAYS}, ("CHIP_REFUSED",)),
    "status 03 always": ({"kind": "status", "status": 0x03, "times": ALWAYS}, ("CHIP_PARSE_ERROR",)),
    "self-test fails at each wake": ({"kind": "self_test", "command": None, "times": ALWAYS}, ("CHIP_SELF_TEST",)),
    "status 01 always": ({"kind": "status", "status": 0x01, "times": ALWAYS}, ("CHIP_STATUS",)),
    "status 08 always": ({"kind": "status", "status": 0x08, "times": ALWAYS}, ("CHIP_SELF_TEST",)),
    "status 42 always": ({"kind": "status", "status": 0x42, "times": ALWAYS}, ("CHIP_STATUS",)),
    "stuck at 11 always": ({"kind": "stuck", "times": ALWAYS}, GONE),
    "never ends, always": ({"kind": "hang", "times": ALWAYS}, GONE),
    "brown-out always": ({"kind": "brown_out", "times": ALWAYS}, GONE),
    "answers damaged always": ({"kind": "flip_read", "byte": 1, "times": ALWAYS}, GONE),
    "wake lost always": ({"kind": "lost_wake", "command": None, "times": ALWAYS}, GONE),
    "missing": ({"kind": "missing", "command": None, "times": ALWAYS}, GONE),
}


@dataclass(frozen=True)
class Case:
    operation: Operation
    command: str
    fault: str

    @property
    def lasting(self) -> bool:
        return bool(FAULTS[self.fault][1])


def cases(operation: Operation) -> Iterator[Case]:
    for fault, (what, _) in FAULTS.items():
        for command in operation.commands if "command" not in what else ("",):
            if (command, what.get("status")) != ("Verify", 0x01):  # there it is an answer
                yield Case(operation, command, fault)


def count() -> int:
    return sum(1 for operation in OPERATIONS for _ in cases(operation))


STRIKE = """
chip = ATECC(i2c)
chip.ready()
link.control("fault", **{fault!r})
begun = link.control("time")["now"]
ended = outcome(lambda: {code})
took = link.control("time")["now"] - begun
link.control("clear_faults")
ended, took, len(random(32))
"""


def strike(chip: ChipBench, case: Case) -> str:
    """Run one case on a fresh chip; how it ended ("ok" or the cause's name). AssertionError where that is not allowed."""
    chip.renew(**case.operation.chip)
    case.operation.prepare(chip)
    fault = {"command": case.command, **FAULTS[case.fault][0]}
    (kind, *rest), took, working = chip.run(STRIKE.format(fault=fault, code=case.operation.code))
    assert took < LIMIT_MS, f"{took:.0f} ms"
    assert working == 32, "the chip does not work any more"
    if kind == "ok":
        assert not case.lasting, "it went on over a lasting fault"
        assert case.operation.right(chip, rest[0]), f"a wrong result: {rest[0]!r}"
        return "ok"
    allowed = FAULTS[case.fault][1] + (("CHIP_RESULT_UNKNOWN",) if case.operation.uncertain else ())
    assert rest[0] in allowed, f"{rest[0]}: {rest[1]}"
    return str(rest[0])
