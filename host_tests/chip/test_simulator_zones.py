"""Zones, locks and slot policies of the simulated chip (9.1.4, Read 9.16, Write 9.21, Lock 9.10, counters)."""

from hashlib import sha256

import pytest

from tools.laboratory.atecc_simulator import Status, crc16, setups
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.memory import COUNTER_MAXIMUM, SLOT_SIZES, Memory

READ, MAC, WRITE, GENDIG, NONCE, LOCK, RANDOM, DERIVEKEY = 0x02, 0x08, 0x12, 0x15, 0x16, 0x17, 0x1B, 0x1C
UPDATEEXTRA, COUNTER, CHECKMAC, INFO, GENKEY, SIGN, PRIVWRITE, SHA = 0x20, 0x24, 0x28, 0x30, 0x40, 0x41, 0x46, 0x47
BLOCK, ENCRYPTED, CONFIG, OTP, DATA = 0x80, 0x40, 0, 1, 2
SN_PART = bytes.fromhex("ee0123")
WORKED = bytes.fromhex(
    "01230a0b000050000c0d0e0fee000100 c000aa0081208120 84208f808f808f80"
    "8f808f800f000f000f000f000f000f00 8f808f80ffffffff00000000ffffffff"
    "00000000ffffffffffffffffffffffff ffffffff00005555ffff000000000000"
    "3300330013001c001c003c001c001c00 3c0030003c0030003c003c001c001c00"
)


def woken(memory: Memory, **options) -> Bench:
    bench = Bench(memory, **options)
    bench.wake()
    return bench


def slot(n: int, block: int = 0, word: int = 0) -> int:
    return block << 8 | n << 3 | word


def provisioned(slots: dict[int, int], keys: dict[int, int] | None = None, **options) -> Bench:
    """A TLS client's chip with other SlotConfigs and KeyConfigs in some slots."""
    config = bytearray(setups.tls_client().config)
    config[86:88] = b"\x55\x55"
    for n, value in slots.items():
        config[20 + 2 * n : 22 + 2 * n] = value.to_bytes(2, "little")
    for n, value in (keys or {}).items():
        config[96 + 2 * n : 98 + 2 * n] = value.to_bytes(2, "little")
    return woken(setups.provisioned(bytes(config), **options))


def keyed(bench: Bench, key: int) -> bytes:
    """Random nonce and GenDig: the session key that is now in TempKey."""
    random = bench.get(NONCE, 0, 0, bytes(20))
    tempkey = sha256(random + bytes(20) + b"\x16\0\0").digest()
    assert bench.call(GENDIG, 2, key) == Status.SUCCESS
    return sha256(bytes([key]) * 32 + bytes([0x15, 2, key, 0]) + SN_PART + bytes(25) + tempkey).digest()


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def encrypted(session: bytes, p1: int, p2: int, plain: bytes) -> bytes:
    """The data of an encrypted Write."""
    head = bytes([WRITE, p1]) + p2.to_bytes(2, "little")
    return xor(plain, session) + sha256(session + head + SN_PART + bytes(25) + plain).digest()


# The configuration zone


def test_the_worked_configuration_has_its_published_crc() -> None:
    ours = bytearray(setups.tls_client().config)
    ours[86:88], ours[7] = b"\x55\x55", 0
    assert bytes(ours) == WORKED
    assert crc16(WORKED).hex() == "8538"


@pytest.mark.parametrize("byte", [0, 4, 8, 12, 84])
def test_rejects_writing_what_is_never_writable(byte: int) -> None:
    bench = woken(setups.blank())
    assert bench.call(WRITE, CONFIG, byte // 32 << 3 | byte % 32 // 4, b"none") == Status.EXECUTION


@pytest.mark.parametrize(("block", "status"), [(0, 0x0F), (1, 0), (2, 0x0F), (3, 0)])
def test_only_blocks_without_fixed_bytes_are_written_whole(block: int, status: int) -> None:
    bench = woken(setups.blank())
    before = bytes(bench.memory.config)
    assert bench.call(WRITE, BLOCK | CONFIG, block << 3, b"\x5a" * 32) == status
    assert (bytes(bench.memory.config) == before) == bool(status)


def test_rejects_writing_a_locked_configuration() -> None:
    bench = woken(setups.tls_client(lock_data=False))
    assert bench.call(WRITE, CONFIG, 5, b"none") == Status.EXECUTION


@pytest.mark.parametrize("p2", [4 << 3, 0xFF])
def test_rejects_addresses_beyond_a_zone(p2: int) -> None:
    assert woken(setups.tls_client()).call(READ, CONFIG, p2) == Status.PARSE


@pytest.mark.parametrize("n", range(16))
def test_slots_end_where_the_datasheet_says(n: int) -> None:
    bench = provisioned({n: 0x000F}, {n: 0x003C})
    last = (SLOT_SIZES[n] - 1) // 32
    word = (SLOT_SIZES[n] - 32 * last) // 4
    assert len(bench.get(READ, DATA, slot(n, last, word - 1))) == 4
    assert bench.call(READ, BLOCK | DATA, slot(n, last + 1)) == Status.PARSE
    if word < 8:
        assert bench.call(READ, DATA, slot(n, last, word)) == Status.PARSE
        assert bench.get(READ, BLOCK | DATA, slot(n, last))[4 * word :] == bytes(32 - 4 * word)


# The lock states


@pytest.mark.parametrize("state", ["blank", "config locked"])
def test_data_and_otp_are_unreadable_before_both_zones_are_locked(state: str) -> None:
    bench = woken(setups.blank() if state == "blank" else setups.tls_client(lock_data=False))
    assert bench.call(READ, BLOCK | DATA, slot(8)) == Status.EXECUTION
    assert bench.call(READ, BLOCK | OTP, 0) == Status.EXECUTION


@pytest.mark.parametrize(
    "call",
    [
        (WRITE, BLOCK | DATA, slot(8), bytes(32)),
        (WRITE, BLOCK | OTP, 0, bytes(32)),
        (GENKEY, 4, 0),
        (PRIVWRITE, 0, 0, bytes(35) + b"\1" + bytes(32)),
        (MAC, 0, 5, bytes(32)),
        (SHA, 4, 5),
        (LOCK, 0x81),
        (LOCK, 0x82 | 8 << 2),
    ],
)
def test_rejects_keys_and_data_before_the_configuration_is_locked(call: tuple) -> None:
    assert woken(setups.blank()).call(*call) == Status.EXECUTION


def test_what_needs_no_key_works_on_a_blank_chip() -> None:
    bench = woken(setups.blank())
    assert bench.get(RANDOM) == b"\xff\xff\0\0" * 8
    assert bench.get(NONCE, 0, 0, bytes(20)) == b"\xff\xff\0\0" * 8
    assert bench.call(NONCE, 3, 0, bytes(32)) == Status.SUCCESS
    assert bench.get(COUNTER, 1, 0) == b"\1\0\0\0"
    bench.call(SHA, 0)
    assert bench.get(SHA, 2, 3, b"abc") == sha256(b"abc").digest()


def test_random_is_random_from_the_configuration_lock_on() -> None:
    bench = woken(setups.tls_client(lock_data=False))
    assert bench.get(RANDOM) != bench.get(RANDOM)


def test_before_the_data_lock_policies_do_not_hold_but_private_keys_stay_closed() -> None:
    bench = woken(setups.tls_client(lock_data=False))
    assert bench.call(WRITE, BLOCK | DATA, slot(5), b"p" * 32) == Status.SUCCESS
    assert bench.call(WRITE, DATA, slot(8), b"word") == Status.EXECUTION
    assert bench.call(WRITE, BLOCK | DATA, slot(0), b"p" * 32) == Status.EXECUTION
    assert len(bench.get(GENKEY, 4, 0)) == 64
    bench.call(NONCE, 3, 0, bytes(32))
    assert len(bench.get(SIGN, 0x80, 0)) == 64


def test_before_the_data_lock_an_encrypted_write_takes_any_session_key() -> None:
    bench = woken(setups.tls_client(lock_data=False))
    p1 = BLOCK | ENCRYPTED | DATA
    session = keyed(bench, 6)
    assert bench.call(WRITE, p1, slot(5), encrypted(session, p1, slot(5), b"s" * 32)) == Status.SUCCESS
    assert bench.memory.slots[5][:32] == b"s" * 32


# Lock


def test_locks_check_the_crc_of_the_zone() -> None:
    bench = woken(setups.blank())
    right = int.from_bytes(crc16(bytes(bench.memory.config)), "little")
    assert bench.call(LOCK, 0, right ^ 1) == Status.EXECUTION
    assert bench.call(LOCK, 0, right) == Status.SUCCESS
    assert bench.memory.config[87] == 0
    assert bench.call(LOCK, 0x80) == Status.EXECUTION
    public = b"".join(bytes(bench.memory.slots[n]) for n in range(16) if n not in (0, 1, 2))
    right = int.from_bytes(crc16(public + bytes(bench.memory.otp)), "little")
    assert bench.call(LOCK, 1, right ^ 0x100) == Status.EXECUTION
    assert bench.call(LOCK, 1, right) == Status.SUCCESS
    assert bench.memory.config[86] == 0
    assert bench.call(LOCK, 0x81) == Status.EXECUTION


def test_a_slot_is_locked_alone_where_it_is_lockable() -> None:
    bench = woken(setups.tls_client())
    assert bench.call(LOCK, 0x82 | 4 << 2) == Status.EXECUTION  # not lockable
    assert bench.call(LOCK, 0x82 | 10 << 2) == Status.SUCCESS
    assert bench.memory.config[88:90] == b"\xff\xfb"
    assert bench.call(WRITE, BLOCK | DATA, slot(10), bytes(32)) == Status.EXECUTION
    assert bench.call(LOCK, 0x82 | 10 << 2) == Status.EXECUTION
    assert bench.call(LOCK, 0x82) == Status.SUCCESS
    assert bench.call(GENKEY, 4, 0) == Status.EXECUTION
    assert len(bench.get(GENKEY, 0, 0)) == 64


@pytest.mark.parametrize("p1", [0x83, 0xC0, 0x84])
def test_rejects_modes_that_lock_has_not(p1: int) -> None:
    assert woken(setups.tls_client()).call(LOCK, p1) == Status.PARSE


# Policies of Read and Write, both zones locked


@pytest.mark.parametrize(
    ("slot_config", "clear_block", "clear_word"),
    [
        (0x000F, True, True),  # always, not secret
        (0x008F, True, False),  # always, secret: no words
        (0x200F, False, False),  # never
        (0x300F, False, False),
        (0x800F, False, False),
        (0xB00F, False, False),
        (0x400F, False, False),  # encrypted
        (0xF00F, False, False),
    ],
)
def test_write_config_decides_clear_writes(slot_config: int, clear_block: bool, clear_word: bool) -> None:
    bench = provisioned({8: slot_config})
    assert (bench.call(WRITE, BLOCK | DATA, slot(8), b"w" * 32) == Status.SUCCESS) == clear_block
    assert (bench.call(WRITE, DATA, slot(8, 1), b"word") == Status.SUCCESS) == clear_word
    assert (bench.memory.slots[8][:32] == b"w" * 32) == clear_block


@pytest.mark.parametrize("p1", [BLOCK | DATA, BLOCK | ENCRYPTED | DATA])
def test_encrypted_writes_need_the_write_key_and_the_mac(p1: int) -> None:
    bench = provisioned({8: 0x468F})
    other = keyed(bench, 5)
    assert bench.call(WRITE, p1, slot(8), encrypted(other, p1, slot(8), b"w" * 32)) == Status.EXECUTION
    session = keyed(bench, 6)
    wrong = encrypted(session, p1, slot(8), b"w" * 32)
    assert bench.call(WRITE, p1, slot(8), wrong[:-1] + bytes([wrong[-1] ^ 1])) == Status.EXECUTION
    assert bench.memory.slots[8][:32] == bytes(32)
    session = keyed(bench, 6)
    assert bench.call(WRITE, p1, slot(8), encrypted(session, p1, slot(8), b"w" * 32)) == Status.SUCCESS
    assert bench.memory.slots[8][:32] == b"w" * 32


def test_one_gendig_serves_one_block() -> None:
    bench = provisioned({8: 0x00C5})
    bench.chip.memory.slots[8][:64] = bytes(range(64))
    session = keyed(bench, 5)
    assert bench.get(READ, BLOCK | DATA, slot(8)) == xor(bytes(range(32)), session)
    assert bench.call(READ, BLOCK | DATA, slot(8, 1)) == Status.EXECUTION


@pytest.mark.parametrize("read_key", [5, 6])
def test_encrypted_reads_need_the_read_key_and_a_random_nonce(read_key: int) -> None:
    bench = provisioned({8: 0x00C5})
    keyed(bench, read_key)
    assert isinstance(bench.call(READ, BLOCK | DATA, slot(8)), bytes) == (read_key == 5)
    bench.call(NONCE, 3, 0, bytes(32))
    bench.call(GENDIG, 2, 5)
    assert bench.call(READ, BLOCK | DATA, slot(8)) == Status.EXECUTION
    keyed(bench, 5)
    assert bench.call(READ, DATA, slot(8)) == Status.EXECUTION


def test_secret_and_private_slots_are_never_read_in_clear() -> None:
    bench = provisioned({1: 0x0001, 2: 0x00C5})  # private, yet not secret; private, yet to be read encrypted
    for n in (0, 1, 2, 5):
        for p1 in (DATA, BLOCK | DATA):
            keyed(bench, 5)
            assert bench.call(READ, p1, slot(n)) == Status.EXECUTION


def test_a_short_last_block_takes_what_fits() -> None:
    bench = woken(setups.tls_client())
    assert bench.call(WRITE, BLOCK | DATA, slot(13, 2), bytes(range(1, 33))) == Status.SUCCESS
    assert bench.memory.slots[13][64:] == bytes(range(1, 9))
    assert len(bench.memory.slots[13]) == 72


# OTP


def test_otp_is_written_before_the_lock_and_read_after() -> None:
    bench = woken(setups.tls_client(lock_data=False))
    assert bench.call(WRITE, BLOCK | OTP, 8, b"otp!" * 8) == Status.SUCCESS
    assert bench.call(LOCK, 0x81) == Status.SUCCESS
    assert bench.get(READ, OTP, 8) == b"otp!"
    assert bench.call(WRITE, OTP, 8, b"none") == Status.EXECUTION


def test_consumption_mode_lets_bits_go_down_only() -> None:
    memory = setups.tls_client()
    memory.config[18] = 0x55
    bench = woken(memory)
    assert bench.call(WRITE, OTP, 0, b"\x0f\xf0\xff\x00") == Status.SUCCESS
    assert bench.call(WRITE, OTP, 0, b"\xff\x30\xff\xff") == Status.SUCCESS
    assert bench.get(READ, OTP, 0) == b"\x0f\x30\xff\x00"


# Counters, limited use, user bytes


def test_counters_start_at_zero_and_stop_at_their_maximum() -> None:
    memory = setups.tls_client()
    memory.set_counter(1, COUNTER_MAXIMUM - 1)
    bench = woken(memory)
    assert bench.get(COUNTER, 0, 0) == bytes(4)
    assert bench.get(COUNTER, 1, 1) == COUNTER_MAXIMUM.to_bytes(4, "little")
    assert bench.call(COUNTER, 1, 1) == Status.EXECUTION
    assert bench.get(COUNTER, 0, 1) == COUNTER_MAXIMUM.to_bytes(4, "little")
    assert bench.call(COUNTER, 1, 2) == Status.PARSE


def test_uses_of_limited_keys_count_in_counter_0() -> None:
    bench = provisioned({0: 0x20A1})
    for expected in (1, 2):
        bench.call(NONCE, 3, 0, bytes(32))
        assert len(bench.get(SIGN, 0x80, 0)) == 64
        assert bench.get(COUNTER, 0, 0)[0] == expected
    bench.get(GENKEY, 0, 0)
    assert bench.get(COUNTER, 0, 0)[0] == 2
    bench.chip.memory.set_counter(0, COUNTER_MAXIMUM)
    bench.call(NONCE, 3, 0, bytes(32))
    assert bench.call(SIGN, 0x80, 0) == Status.EXECUTION


def test_slot_15_has_128_uses() -> None:
    bench = provisioned({15: 0x80AF}, {15: 0x003C})
    bench.chip.memory.config[68:84] = bytes(15) + b"\x03"
    assert len(bench.get(MAC, 0, 15, bytes(32))) == 32
    assert bench.memory.config[68:84] == bytes(15) + b"\x01"
    assert bench.call(UPDATEEXTRA, 2, 15) == Status.SUCCESS
    assert bench.call(MAC, 0, 15, bytes(32)) == Status.EXECUTION
    assert bench.call(UPDATEEXTRA, 2, 15) == Status.EXECUTION
    assert bench.call(UPDATEEXTRA, 2, 5) == Status.SUCCESS


def test_a_failed_command_spends_no_use() -> None:
    bench = provisioned({0: 0x20A1})
    bench.call(NONCE, 0, 0, bytes(20))
    assert bench.call(SIGN, 0x80, 0) == Status.EXECUTION
    assert bench.get(COUNTER, 0, 0) == bytes(4)


def test_user_extra_once_and_selector_as_its_mode_says() -> None:
    memory = setups.tls_client()
    bench = woken(memory)
    assert bench.call(UPDATEEXTRA, 0, 7) == Status.SUCCESS
    assert bench.call(UPDATEEXTRA, 0, 8) == Status.EXECUTION
    assert bench.call(UPDATEEXTRA, 1, 7) == Status.SUCCESS
    assert bench.call(UPDATEEXTRA, 1, 8) == Status.SUCCESS
    assert bench.memory.config[84:86] == b"\7\x08"
    bench.chip.memory.config[19] |= 1
    assert bench.call(UPDATEEXTRA, 1, 9) == Status.EXECUTION


def test_pause_leaves_the_selected_chip_awake() -> None:
    bench = woken(setups.tls_client())
    assert bench.call(0x01, 0) == Status.SUCCESS
    bench.send(0x01, 5)
    bench.clock.advance(5_000_000)
    assert not bench.answers()
    assert bench.chip.state == "idle"
