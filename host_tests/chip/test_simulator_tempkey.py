"""TempKey: what loads it, what clears it, what it becomes (2.5; Nonce 9.12, GenDig 9.6, GenKey 9.7, SHA 9.17, MAC 9.11)."""

import hmac
from collections.abc import Callable
from hashlib import sha256

import pytest

from tools.laboratory.atecc_simulator import Fault, Status, Word, setups
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.commands.ecc import public_of, sign, verifies

READ, MAC, HMAC, WRITE, GENDIG, NONCE, LOCK, RANDOM, DERIVEKEY = 0x02, 0x08, 0x11, 0x12, 0x15, 0x16, 0x17, 0x1B, 0x1C
UPDATEEXTRA, COUNTER, CHECKMAC, INFO, GENKEY, SIGN, ECDH, VERIFY, PRIVWRITE, SHA, PAUSE = (
    0x20,
    0x24,
    0x28,
    0x30,
    0x40,
    0x41,
    0x43,
    0x45,
    0x46,
    0x47,
    1,
)
COUNTING = bytes(range(32))
NUM_IN = bytes(range(0x80, 0x94))
SN_PART = bytes.fromhex("ee0123")


def woken(**options) -> Bench:
    bench = Bench(**options)
    bench.wake()
    return bench


def counting(length: int) -> bytes:
    return bytes(range(length))


def passed_through(digest: bytes = COUNTING) -> Bench:
    bench = woken()
    assert bench.call(NONCE, 3, 0, digest) == Status.SUCCESS
    return bench


def valid(bench: Bench) -> bool:
    """As the chip itself says."""
    return bool(bench.get(INFO, 2)[1] & 0x80)


# Values (vectors computed from the datasheet's messages)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0, "b915d44cc148378a02af0e3102cc8566b8f5a26fbd831a791960553eea7ae14a"),
        (1, "ac2698a492a8e2829782cbcdedfb9e43235ea25ca8c3d0f83bb882d32999458d"),
    ],
)
def test_nonce_mixes_the_generator_with_the_hosts_number(mode: int, expected: str) -> None:
    bench = woken(random=counting)
    assert bench.get(NONCE, mode, 0, NUM_IN) == COUNTING
    assert bench.chip.sram.tempkey.value.hex() == expected
    assert bench.get(INFO, 2)[0] == 0  # SourceFlag: random
    assert bench.get(INFO, 2)[1] & 0x81 == (0x81 if mode == 0 else 0x80)  # Valid; EEPROM seed updated or not


def test_nonce_on_top_of_tempkey_answers_with_the_new_value() -> None:
    bench = woken(random=counting)
    assert bench.call(NONCE, 0, 0x8000, NUM_IN) == Status.EXECUTION
    bench.call(NONCE, 3, 0, COUNTING)
    expected = sha256(COUNTING + NUM_IN + b"\x16\x00\x00").digest()
    assert bench.get(NONCE, 0, 0x8000, NUM_IN) == expected
    assert bench.chip.sram.tempkey.value == expected


def test_gendig_of_a_slot_is_the_datasheets_message() -> None:
    memory = setups.tls_client()
    memory.slots[5][:32] = b"\x5a" * 32
    bench = woken(memory=memory, random=counting)
    bench.call(NONCE, 0, 0, NUM_IN)
    assert bench.call(GENDIG, 2, 5) == Status.SUCCESS
    assert bench.chip.sram.tempkey.value.hex() == "d6150aa20c0f8ec341861ef958716f9e3a86b742b1cc95133e2227b41a63d128"
    assert bench.get(INFO, 2) == bytes([0x25, 0x83, 0, 0])  # GenDigData, KeyID 5; Valid, both seeds


def test_mac_of_a_slot_is_the_datasheets_message() -> None:
    memory = setups.tls_client()
    memory.slots[5][:32] = b"\x5a" * 32
    bench = woken(memory=memory)
    assert bench.get(MAC, 0, 5, COUNTING).hex() == "74ca60bb371922ba116a3f2fc3380e7bfd1f5b38ed0b7cb9e784bf35899ec15a"


@pytest.mark.parametrize(
    ("zone", "p2", "data", "message"),
    [
        (0, 2, b"", lambda m, t: bytes(m.config[64:96]) + b"\x15\x00\x02\x00" + SN_PART + bytes(25) + t),
        (1, 1, b"", lambda m, t: bytes(m.otp[32:64]) + b"\x15\x01\x01\x00" + SN_PART + bytes(25) + t),
        (3, 0x0007, b"n" * 32, lambda m, t: b"n" * 32 + b"\x15\x03\x07\x00" + SN_PART + bytes(25) + t),
        (3, 0x8007, b"n" * 32, lambda m, t: t + b"\x15\x03\x07\x00" + SN_PART + bytes(25) + b"n" * 32),
        (4, 1, b"", lambda m, t: bytes(32) + b"\x15\x04\x01\x00" + SN_PART + bytes(1) + b"\x03\0\0\0" + bytes(20) + t),
        (5, 2, b"", lambda m, t: bytes(32) + b"\x15\x05\x02\x00" + SN_PART + b"\0\x84\x20\x13\x00\x01" + bytes(19) + t),
    ],
)
def test_gendig_of_other_zones(zone: int, p2: int, data: bytes, message: Callable) -> None:
    bench = woken()
    for _ in range(3):
        bench.call(COUNTER, 1, 1)
    bench.call(NONCE, 3, 0, COUNTING)
    assert bench.call(GENDIG, zone, p2, data) == Status.SUCCESS
    assert bench.chip.sram.tempkey.value == sha256(message(bench.memory, COUNTING)).digest()
    assert bench.get(INFO, 2)[0] == 0x10  # SourceFlag input, no GenDigData


def test_gendig_of_a_nomac_slot_takes_the_hosts_parameters_and_marks_tempkey() -> None:
    memory = setups.tls_client()
    memory.config[20 + 2 * 5] |= 0x10
    bench = woken(memory=memory)
    bench.call(NONCE, 3, 0, COUNTING)
    assert bench.call(GENDIG, 2, 5) == Status.PARSE
    bench.call(NONCE, 3, 0, COUNTING)
    assert bench.call(GENDIG, 2, 5, b"othr") == Status.SUCCESS
    key = bytes(memory.slots[5][:32])
    assert bench.chip.sram.tempkey.value == sha256(key + b"othr" + SN_PART + bytes(25) + COUNTING).digest()
    assert bench.get(INFO, 2)[0] == 0xB5
    assert bench.call(MAC, 0x05, 6) == Status.EXECUTION  # NoMac sticks to what was made of the key


@pytest.mark.parametrize("mode", [0x08, 0x0C])
def test_genkey_digests_its_public_key_on_request(mode: int) -> None:
    bench = passed_through()
    public = bench.get(GENKEY, mode, 2)
    head = bytes([0x40, mode, 2, 0])
    assert bench.chip.sram.tempkey.value == sha256(COUNTING + head + SN_PART + bytes(25) + public).digest()
    assert bench.get(INFO, 2)[0] == 0x52  # GenKeyData, SourceFlag input, KeyID 2


def test_genkey_digests_a_stored_public_key() -> None:
    memory, public = setups.tls_client(), public_of(7)
    memory.slots[9][:] = bytes(4) + public[:32] + bytes(4) + public[32:]
    for data, head in ((b"", bytes([GENKEY, 0x10, 9, 0])), (b"abc", b"@abc")):
        bench = woken(memory=memory)
        bench.call(NONCE, 3, 0, COUNTING)
        assert bench.call(GENKEY, 0x10, 9, data) == Status.SUCCESS
        assert bench.chip.sram.tempkey.value == sha256(COUNTING + head + SN_PART + bytes(25) + public).digest()


# The clearing rules


SPENDS = {
    "Random": (RANDOM, 0, 0, b""),
    "Read": (READ, 0x80, 0, b""),
    "Write": (WRITE, 0x82, 13 << 3, bytes(32)),
    "Sign": (SIGN, 0x80, 0, b""),
    "Verify": (VERIFY, 2, 4, sign(5, bytes(32)) + public_of(5)),
    "ECDH": (ECDH, 0, 2, public_of(5)),
    "MAC": (MAC, 0, 5, bytes(32)),
    "HMAC": (HMAC, 4, 5, b""),
    "Counter": (COUNTER, 0, 0, b""),
    "UpdateExtra": (UPDATEEXTRA, 1, 3, b""),
    "Lock": (LOCK, 0x82 | 8 << 2, 0, b""),
    "SHA": (SHA, 0, 0, b""),
    "Pause": (PAUSE, 0, 0, b""),
}
REFUSED = {
    "Random": (RANDOM, 9, 0, b""),
    "Read": (READ, 0x82, 0, b""),
    "Write": (WRITE, 0x82, 0, bytes(32)),
    "Sign": (SIGN, 0x80, 2, b""),
    "Verify": (VERIFY, 2, 4, bytes(128)),
    "ECDH": (ECDH, 0, 0, public_of(5)),
    "MAC": (MAC, 0, 0, bytes(32)),
    "HMAC": (HMAC, 0, 5, b""),
    "Counter": (COUNTER, 0, 2, b""),
    "UpdateExtra": (UPDATEEXTRA, 4, 0, b""),
    "Lock": (LOCK, 0x80, 0, b""),
    "SHA": (SHA, 1, 64, bytes(64)),
    "DeriveKey": (DERIVEKEY, 4, 5, b""),
    "PrivWrite": (PRIVWRITE, 0, 0, bytes(36)),
    "CheckMac": (CHECKMAC, 0, 5, bytes(77)),
    "Nonce": (NONCE, 2, 0, bytes(20)),
    "GenKey": (GENKEY, 0x04, 5, b""),
    "GenDig": (GENDIG, 2, 0, b""),
    "no command": (0x99, 0, 0, b""),
}


@pytest.mark.parametrize("name", SPENDS)
def test_success_of_every_other_command_clears_tempkey(name: str) -> None:
    bench = passed_through()
    answer = bench.call(*SPENDS[name])
    assert not isinstance(answer, int) or answer in (Status.SUCCESS, Status.MISMATCH)
    assert not valid(bench)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_of_any_command_but_info_clears_tempkey(name: str) -> None:
    bench = passed_through()
    assert bench.call(*REFUSED[name]) in (Status.MISMATCH, Status.PARSE, Status.EXECUTION)
    assert not valid(bench)


@pytest.mark.parametrize("mode", [0, 1, 2, 3, 9])
def test_info_never_touches_tempkey(mode: int) -> None:
    bench = passed_through()
    bench.call(INFO, mode)
    assert valid(bench)


@pytest.mark.parametrize(
    ("opcode", "p1", "p2", "data"), [(NONCE, 0, 0, NUM_IN), (GENDIG, 2, 5, b""), (GENKEY, 0, 0, b""), (GENKEY, 0x04, 2, b"")]
)
def test_what_makes_tempkey_leaves_it_valid(opcode: int, p1: int, p2: int, data: bytes) -> None:
    bench = passed_through()
    bench.call(opcode, p1, p2, data)
    assert valid(bench)


@pytest.mark.parametrize("status", [Status.COMMUNICATION, Status.ECC_FAULT])
@pytest.mark.parametrize("name", ["Sign", "GenKey", "Verify", "ECDH", "Random", "Nonce"])
def test_ff_and_05_keep_tempkey(name: str, status: Status) -> None:
    bench = passed_through()
    bench.chip.faults.add(Fault("status", name, status=status))
    assert bench.call(*(SPENDS.get(name) or REFUSED[name])) == status
    assert valid(bench)


def test_sign_succeeds_after_an_ecc_fault_without_another_nonce() -> None:
    bench = passed_through()
    bench.chip.faults.add(Fault("status", "Sign", status=Status.ECC_FAULT))
    assert bench.call(SIGN, 0x80) == Status.ECC_FAULT
    public = setups.private_value(bench.memory, 0)
    assert verifies(public_of(public), COUNTING, bench.get(SIGN, 0x80))


def test_a_command_between_nonce_and_sign_is_caught() -> None:
    bench = passed_through()
    bench.get(RANDOM)
    assert bench.call(SIGN, 0x80) == Status.EXECUTION


def test_one_nonce_serves_one_signature() -> None:
    bench = passed_through()
    bench.get(SIGN, 0x80)
    assert bench.call(SIGN, 0x80) == Status.EXECUTION


@pytest.mark.parametrize(("word", "kept"), [(Word.IDLE, True), (Word.SLEEP, False)])
def test_idle_keeps_tempkey_and_sleep_does_not(word: Word, kept: bool) -> None:
    bench = passed_through()
    bench.word(word)
    bench.wake()
    assert valid(bench) == kept


def test_a_brown_out_clears_it() -> None:
    bench = passed_through()
    bench.chip.power_cycle()
    bench.clock.advance(1_000_000)
    bench.wake()
    assert not valid(bench)


# Who takes what


@pytest.mark.parametrize("maker", ["random", "gendig", "genkey", "sha"])
def test_an_external_signature_takes_a_passed_through_digest_only(maker: str) -> None:
    bench = passed_through()
    if maker == "random":
        bench.call(NONCE, 0, 0, NUM_IN)
    elif maker == "gendig":
        bench.call(GENDIG, 2, 5)
    elif maker == "genkey":
        bench.call(GENKEY, 0x08, 0)
    else:
        bench.call(SHA, 0)
        bench.call(SHA, 2, 3, b"abc")
    assert valid(bench)
    assert bench.call(SIGN, 0x80) == Status.EXECUTION


def test_mac_of_tempkey_asks_for_the_right_source_flag() -> None:
    bench = passed_through()
    assert bench.call(MAC, 0x01, 5) == Status.EXECUTION
    bench.call(NONCE, 3, 0, COUNTING)
    expected = sha256(b"\5" * 32 + COUNTING + b"\x08\x05\x05\x00" + bytes(11) + bytes.fromhex("ee 00000000 0123 0000")).digest()
    assert bench.get(MAC, 0x05, 5) == expected
    bench.call(NONCE, 3, 0, COUNTING)
    both = sha256(COUNTING + COUNTING + b"\x08\x47\x05\x00" + bytes(11) + bytes.fromhex("ee 0c0d0e0f 0123 0a0b"))
    assert bench.get(MAC, 0x47, 5) == both.digest()


def test_hmac_of_tempkey() -> None:
    bench = passed_through()
    message = bytes(32) + COUNTING + b"\x11\x04\x05\x00" + bytes(11) + bytes.fromhex("ee00000000 0123 0000")
    assert bench.get(HMAC, 4, 5) == hmac.digest(b"\5" * 32, message, "sha256")


def test_checkmac_copies_a_key_to_tempkey_where_readkey_is_0() -> None:
    memory = setups.tls_client()
    memory.config[20 + 2 * 7] &= 0xF0  # slot 7: ReadKey 0
    bench = woken(memory=memory)
    answer = bench.get(MAC, 0, 6, COUNTING)
    other = b"\x08\x00\x06\x00" + bytes(9)
    bench.call(NONCE, 3, 0, COUNTING)
    assert bench.call(CHECKMAC, 0x05, 6, bytes(32) + answer + other) == Status.SUCCESS
    assert bench.chip.sram.tempkey.valid
    assert bench.chip.sram.tempkey.value == b"\7" * 32


# SHA lives in TempKey


@pytest.mark.parametrize("between", [(RANDOM, 0, 0, b""), (INFO, 0, 0, b""), (SHA, 9, 0, b"")])
def test_another_command_or_an_error_ends_a_hash(between: tuple) -> None:
    bench = woken()
    bench.call(SHA, 0)
    bench.call(*between)
    assert bench.call(SHA, 2, 3, b"abc") == Status.EXECUTION


def test_a_hash_survives_idle_and_not_sleep() -> None:
    for word, kept in ((Word.IDLE, True), (Word.SLEEP, False)):
        bench = woken()
        bench.call(SHA, 0)
        bench.call(SHA, 1, 64, bytes(64))
        bench.word(word)
        bench.wake()
        answer = bench.call(SHA, 2, 1, b"x")
        assert answer == (sha256(bytes(64) + b"x").digest() if kept else Status.EXECUTION)


def test_the_end_of_a_hash_is_left_in_tempkey() -> None:
    bench = woken()
    bench.call(SHA, 0)
    assert bench.get(SHA, 2, 3, b"abc") == sha256(b"abc").digest() == bench.chip.sram.tempkey.value
    assert valid(bench)


@pytest.mark.parametrize(("p1", "p2", "data"), [(1, 63, bytes(63)), (1, 64, bytes(63)), (2, 64, bytes(64)), (2, 2, b"abc"), (5, 0, b"")])
def test_rejects_hash_blocks_of_other_lengths_and_modes(p1: int, p2: int, data: bytes) -> None:
    bench = woken()
    bench.call(SHA, 0)
    assert bench.call(SHA, p1, p2, data) in (Status.PARSE, Status.EXECUTION)
    assert bench.call(SHA, 2, 0) == Status.EXECUTION


def test_a_keyed_hash_uses_the_slot_and_a_stored_public_key_can_be_hashed() -> None:
    memory, public = setups.tls_client(), public_of(7)
    memory.slots[9][:] = bytes(4) + public[:32] + bytes(4) + public[32:]
    bench = woken(memory=memory)
    bench.call(SHA, 4, 5)
    bench.call(SHA, 1, 64, b"k" * 64)
    assert bench.get(SHA, 5, 1, b"x") == hmac.digest(b"\5" * 32, b"k" * 64 + b"x", "sha256")
    bench.call(SHA, 0)
    bench.call(SHA, 3, 9)
    assert bench.get(SHA, 2, 0) == sha256(public).digest()
