"""Microchip's own library drives the simulated chip: a judge of the simulator that is not ours."""

import hashlib
import hmac
from collections.abc import Iterator
from ctypes import create_string_buffer
from hashlib import sha256

import pytest
from cryptoauthlib.library import AtcaReference
from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory.atecc_simulator import MILLISECOND, Atecc508a, Atecc608a, Bus, setups
from tools.laboratory.atecc_simulator.commands.ecc import public_of, verifies
from tools.laboratory.atecc_simulator.cryptoauthlib_hal import Cryptoauthlib
from tools.laboratory.atecc_simulator.memory import Memory

CONFIG, OTP, DATA = 0, 1, 2
LOCK_ZONE_DATA = 1
IO_KEY = bytes([4]) * 32  # slot 4 of a provisioned chip


def drive(memory: Memory, kind: type[Atecc508a] = Atecc508a, hz: int = 400_000) -> tuple[Cryptoauthlib, Atecc508a]:
    bus = Bus(hz=hz)
    chip = kind(bus.clock, memory)
    bus.attach(chip)
    bus.clock.advance(MILLISECOND)
    return Cryptoauthlib(bus, device=kind.__name__.upper()), chip


@pytest.fixture
def blank() -> Iterator[tuple[Cryptoauthlib, Atecc508a]]:
    lib, chip = drive(setups.blank())
    with lib:
        yield lib, chip


@pytest.fixture
def tls() -> Iterator[tuple[Cryptoauthlib, Atecc508a]]:
    lib, chip = drive(setups.tls_client())
    with lib:
        yield lib, chip


def done(status: int) -> None:
    assert status == 0, f"the library says {status:02x}"


def executed_with_error(status: int) -> bool:
    """What the library makes of status 0F."""
    return status & 0xFF == 0xF4


def pair(private: int) -> bytes:
    return public_of(private)


# What a blank chip is, and how the library configures it


@pytest.mark.parametrize("hz", [100_000, 400_000, 1_000_000])
def test_wakes_at_any_bus_clock_by_slowing_down_for_the_pulse(hz: int) -> None:
    lib, chip = drive(setups.blank(), hz=hz)
    with lib:
        revision = bytearray(4)
        done(lib.atcab_info(revision))
    assert revision == chip.revision
    assert chip.state == "asleep" or chip.state == "idle"


def test_wake_idle_and_sleep_by_name(blank) -> None:
    lib, chip = blank
    done(lib.library.atcab_wakeup())
    assert chip.state == "awake"
    done(lib.library.atcab_idle())
    assert chip.state == "idle"
    done(lib.library.atcab_wakeup())
    done(lib.library.atcab_sleep())
    assert chip.state == "asleep"


def test_identifies_revision_and_serial_number(blank) -> None:
    lib, chip = blank
    serial = bytearray(9)
    done(lib.atcab_read_serial_number(serial))
    assert serial == setups.SERIAL_NUMBER == chip.memory.serial_number


def test_random_of_an_unlocked_chip_is_the_fixed_pattern(blank) -> None:
    lib, _ = blank
    out = bytearray(32)
    done(lib.atcab_random(out))
    assert out == b"\xff\xff\x00\x00" * 8


def test_random_of_a_locked_chip_is_another_each_time(tls) -> None:
    lib, _ = tls
    first, second = bytearray(32), bytearray(32)
    done(lib.atcab_random(first))
    done(lib.atcab_random(second))
    assert first != second and first[:4] != b"\xff\xff\x00\x00"
    assert lib.bus.recording.carries(bytes(first)) and lib.bus.recording.carries(bytes(second))


def test_writes_and_compares_the_whole_configuration_zone(blank) -> None:
    lib, chip = blank
    wanted = bytearray(setups.tls_client().config)
    wanted[86:88] = b"\x55\x55"
    wanted[84:86] = b"\x00\x00"
    done(lib.atcab_write_config_zone(wanted))
    assert bytes(chip.memory.config) == bytes(wanted)
    same = AtcaReference(False)
    done(lib.atcab_cmp_config_zone(wanted, same))
    assert same.value


def test_provisions_a_blank_chip_from_end_to_end(blank) -> None:
    lib, chip = blank
    config = bytearray(setups.tls_client().config)
    config[86:88] = b"\x55\x55"
    done(lib.atcab_write_config_zone(config))
    locked = AtcaReference(True)
    done(lib.atcab_is_locked(CONFIG, locked))
    assert not locked.value

    wrong, right = 0x1234, crc(bytes(chip.memory.config))
    assert lib.atcab_lock_config_zone_crc(wrong) != 0
    assert not chip.memory.config_locked
    done(lib.atcab_lock_config_zone_crc(right))
    assert chip.memory.config_locked
    public = bytearray(64)
    done(lib.atcab_genkey(0, public))
    certificate = bytearray(range(72))
    for block in range(3):
        done(lib.atcab_write_zone(DATA, 10, block, 0, certificate[32 * block : 32 * block + 32].ljust(32, b"\0"), 32))
    done(lib.atcab_write_zone(OTP, 0, 0, 0, bytearray(b"o" * 32), 32))
    done(lib.atcab_lock_data_zone_crc(crc(chip.memory.summary({0, 1, 2}))))
    done(lib.atcab_is_locked(LOCK_ZONE_DATA, locked))
    assert locked.value
    back = bytearray(72)
    done(lib.atcab_read_bytes_zone(DATA, 10, 0, back, 72))
    assert back == certificate
    assert lib.atcab_lock_data_zone() != 0
    done(lib.atcab_lock_data_slot(10))
    done(lib.atcab_is_slot_locked(10, locked))
    assert locked.value
    assert executed_with_error(lib.atcab_write_zone(DATA, 10, 0, 0, bytearray(32), 32))


def crc(data: bytes) -> int:
    from tools.laboratory.atecc_simulator import crc16

    return int.from_bytes(crc16(data), "little")


def test_user_extra_is_written_once(blank) -> None:
    lib, chip = blank
    done(lib.atcab_updateextra(0, 0x5A))
    assert chip.memory.config[84] == 0x5A
    assert executed_with_error(lib.atcab_updateextra(0, 0x01))


# Zones


def test_reads_data_zones_by_word_and_block(tls) -> None:
    lib, chip = tls
    chip.memory.slots[8][:] = bytes(range(208)) * 2
    whole = bytearray(416)
    done(lib.atcab_read_bytes_zone(DATA, 8, 0, whole, 416))
    assert whole == chip.memory.slots[8]
    word = bytearray(4)
    done(lib.atcab_read_zone(DATA, 8, 12, 7, word, 4))
    assert word[:4] == chip.memory.slots[8][412:416]


def test_writes_words_where_they_are_always_allowed(tls) -> None:
    lib, chip = tls
    done(lib.atcab_write_zone(DATA, 13, 2, 1, bytearray(b"word"), 4))
    assert chip.memory.slots[13][68:72] == b"word"


def test_rejects_reading_a_private_key_or_a_secret(tls) -> None:
    lib, _ = tls
    for slot in (0, 2, 5):
        assert executed_with_error(lib.atcab_read_zone(DATA, slot, 0, 0, bytearray(32), 32))


# Keys and signatures


def test_generates_keys_and_gives_the_same_public_key_again(tls) -> None:
    lib, chip = tls
    made, again = bytearray(64), bytearray(64)
    done(lib.atcab_genkey(2, made))
    done(lib.atcab_get_pubkey(2, again))
    assert made == again == pair(setups.private_value(chip.memory, 2))


def test_signs_what_an_independent_verifier_accepts(tls) -> None:
    lib, _ = tls
    digest, signature, public = sha256(b"message").digest(), bytearray(64), bytearray(64)
    done(lib.atcab_sign(0, bytearray(digest), signature))
    done(lib.atcab_get_pubkey(0, public))
    assert verifies(bytes(public), digest, bytes(signature))
    assert executed_with_error(lib.atcab_sign(2, bytearray(digest), signature))


def test_verifies_external_signatures_and_sees_a_changed_one(tls) -> None:
    lib, _ = tls
    digest = sha256(b"message").digest()
    public, signature = foreign_signature(digest)
    verified = AtcaReference(False)
    done(lib.atcab_verify_extern(bytearray(digest), bytearray(signature), bytearray(public), verified))
    assert verified.value
    signature = signature[:-1] + bytes([signature[-1] ^ 1])
    done(lib.atcab_verify_extern(bytearray(digest), bytearray(signature), bytearray(public), verified))
    assert not verified.value


def test_verifies_with_a_stored_public_key(tls) -> None:
    lib, _ = tls
    digest = sha256(b"message").digest()
    public, signature = foreign_signature(digest)
    done(lib.atcab_write_pubkey(9, bytearray(public)))
    stored, verified = bytearray(64), AtcaReference(False)
    done(lib.atcab_read_pubkey(9, stored))
    assert stored == public
    done(lib.atcab_verify_stored(bytearray(digest), bytearray(signature), 9, verified))
    assert verified.value


def foreign_signature(digest: bytes) -> tuple[bytes, bytes]:
    from tools.laboratory.atecc_simulator.commands.ecc import sign

    scalar = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return pair(scalar), sign(scalar, digest)


def test_agrees_on_the_secret_that_the_peer_computes(tls) -> None:
    lib, _ = tls
    peer = ec.generate_private_key(ec.SECP256R1())
    ours, secret = bytearray(64), bytearray(32)
    done(lib.atcab_genkey(2, ours))
    theirs = pair(peer.private_numbers().private_value)
    done(lib.atcab_ecdh(2, bytearray(theirs), secret))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + bytes(ours))
    assert secret == peer.exchange(ec.ECDH(), point)
    assert executed_with_error(lib.atcab_ecdh(0, bytearray(theirs), secret))


def test_fetches_an_ecdh_secret_encrypted_from_the_next_slot() -> None:
    lib, chip = drive(setups.tls_client(protect_ecdh=True))
    peer = ec.generate_private_key(ec.SECP256R1())
    secret = bytearray(32)
    with lib:
        theirs = bytearray(pair(peer.private_numbers().private_value))
        done(lib.atcab_ecdh_enc(2, theirs, secret, bytearray(IO_KEY), 4, bytearray(range(20))))
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + pair(setups.private_value(chip.memory, 2)))
    assert secret == peer.exchange(ec.ECDH(), ours)
    assert not lib.bus.recording.carries(bytes(secret))


@pytest.mark.parametrize("full_serial", [False, True])
def test_signs_internally_over_a_digest_of_its_own_key(full_serial: bool) -> None:
    config = bytearray(setups.tls_client().config)
    config[22:24] = b"\x82\x20"  # slot 1: internal signatures
    config[86:88] = b"\x55\x55"
    lib, chip = drive(setups.provisioned(bytes(config)))
    random, public, signature = bytearray(32), create_string_buffer(64), bytearray(64)
    with lib:
        done(lib.atcab_nonce_rand(bytearray(20), random))
        done(lib.library.atcab_genkey_base(0x08, 0, None, public))
        done(lib.atcab_sign_internal(1, False, full_serial, signature))
    sn = chip.memory.serial_number
    tempkey = sha256(bytes(random) + bytes(20) + b"\x16\x00\x00").digest()
    tempkey = sha256(tempkey + b"\x40\x08\x00\x00" + sn[8:] + sn[:2] + bytes(25) + public.raw).digest()
    serial = sn[8:] + sn[4:8] + sn[:4] if full_serial else serial_part(chip)
    about = bytes(config[20:22] + config[96:98]) + b"\x40\0\0"
    message = tempkey + bytes([0x41, 0x40 if full_serial else 0, 1, 0]) + about + serial + b"\1\1\0"
    assert verifies(pair(setups.private_value(chip.memory, 1)), sha256(message).digest(), bytes(signature))


# Encrypted reads and writes: here the library computes the session keys and MACs itself


def secrets_config() -> bytes:
    """Slot 5: read encrypted under 4, written encrypted under 6. Slot 0: PrivWrite under 6. Slot 7: DeriveKey of itself."""
    slots = "8160 0000 0000 0000 8f8f c446 8f8f 8f2f" + " 0f00" * 8
    keys = "3300 1c00 1c00 1c00 1c00 1c00 1c00 1c00" + " 3c00" * 8
    return setups.config_zone(slots.replace("8160", "8166"), keys)


@pytest.fixture
def secrets() -> Iterator[tuple[Cryptoauthlib, Atecc508a]]:
    lib, chip = drive(setups.provisioned(secrets_config()))
    with lib:
        yield lib, chip


def test_reads_a_secret_slot_encrypted(secrets) -> None:
    lib, chip = secrets
    chip.memory.slots[5][:32] = bytes(range(100, 132))
    out = bytearray(32)
    done(lib.atcab_read_enc(5, 0, out, bytearray(IO_KEY), 4, bytearray(20)))
    assert out == bytes(range(100, 132))
    assert not lib.bus.recording.carries(bytes(out))


def test_rejects_an_encrypted_read_under_another_key(secrets) -> None:
    lib, _ = secrets
    assert executed_with_error(lib.atcab_read_enc(5, 0, bytearray(32), bytearray([6]) * 32, 6, bytearray(20)))


def test_writes_a_secret_slot_encrypted(secrets) -> None:
    lib, chip = secrets
    new = bytearray(range(200, 232))
    done(lib.atcab_write_enc(5, 0, new, bytearray([6]) * 32, 6, bytearray(20)))
    assert chip.memory.slots[5][:32] == new
    assert not lib.bus.recording.carries(bytes(new))


def test_rejects_an_encrypted_write_whose_mac_is_of_another_key(secrets) -> None:
    lib, chip = secrets
    before = bytes(chip.memory.slots[5])
    assert executed_with_error(lib.atcab_write_enc(5, 0, bytearray(32), bytearray([9]) * 32, 6, bytearray(20)))
    assert chip.memory.slots[5] == before


def test_writes_a_private_key_encrypted(secrets) -> None:
    lib, _ = secrets
    scalar = 0x1234567890ABCDEF
    done(lib.atcab_priv_write(0, bytearray(scalar.to_bytes(36, "big")), 6, bytearray([6]) * 32, bytearray(20)))
    public = bytearray(64)
    done(lib.atcab_get_pubkey(0, public))
    assert public == pair(scalar)


# Hashes and MACs


@pytest.mark.parametrize("length", [0, 1, 55, 63, 64, 65, 128, 300])
def test_hashes_messages_of_any_length(tls, length: int) -> None:
    lib, _ = tls
    message, digest = bytes(n & 0xFF for n in range(length)), bytearray(32)
    done(lib.atcab_sha(length, bytearray(message), digest))
    assert digest == sha256(message).digest()


@pytest.mark.parametrize("length", [0, 32, 64, 200])
def test_keyed_hashes_equal_hmac(tls, length: int) -> None:
    lib, _ = tls
    message, digest = bytes(n & 0xFF for n in range(length)), bytearray(32)
    done(lib.atcab_sha_hmac(bytearray(message), length, 5, digest, 0))
    assert digest == hmac.digest(bytes([5]) * 32, message, "sha256")


def test_mac_is_the_datasheets_message(secrets) -> None:
    lib, chip = secrets
    digest, challenge = bytearray(32), bytes(range(32))
    done(lib.atcab_mac(0, 4, bytearray(challenge), digest))
    assert digest == sha256(IO_KEY + challenge + b"\x08\x00\x04\x00" + bytes(11) + serial_part(chip)).digest()


def serial_part(chip: Atecc508a) -> bytes:
    sn = chip.memory.serial_number
    return sn[8:] + bytes(4) + sn[:2] + bytes(2)


def test_checkmac_accepts_the_answer_of_mac_and_no_other(secrets) -> None:
    lib, _ = secrets
    digest, challenge = bytearray(32), bytearray(range(32))
    done(lib.atcab_mac(0, 4, challenge, digest))
    other = bytearray(b"\x08\x00\x04\x00" + bytes(9))
    done(lib.atcab_checkmac(0, 4, challenge, digest, other))
    digest[0] ^= 1
    assert lib.atcab_checkmac(0, 4, challenge, digest, other) != 0


def test_hmac_over_a_random_tempkey(secrets) -> None:
    lib, chip = secrets
    number, random, digest = bytearray(20), bytearray(32), bytearray(32)
    done(lib.atcab_nonce_rand(number, random))
    tempkey = sha256(bytes(random) + bytes(number) + b"\x16\x00\x00").digest()
    done(lib.atcab_hmac(0, 4, digest))
    message = bytes(32) + tempkey + b"\x11\x00\x04\x00" + bytes(11) + serial_part(chip)
    assert digest == hmac.digest(IO_KEY, message, "sha256")


def test_derives_a_key_from_itself(secrets) -> None:
    lib, chip = secrets
    number, random = bytearray(20), bytearray(32)
    done(lib.atcab_nonce_rand(number, random))
    tempkey = sha256(bytes(random) + bytes(number) + b"\x16\x00\x00").digest()
    done(lib.library.atcab_derivekey(0, 7, None))
    sn = chip.memory.serial_number
    expected = sha256(bytes([7]) * 32 + b"\x1c\x00\x07\x00" + sn[8:] + sn[:2] + bytes(25) + tempkey).digest()
    assert chip.memory.slots[7][:32] == expected


# Counters


def test_counters_go_up_only(tls) -> None:
    lib, _ = tls
    value = AtcaReference(99)
    done(lib.atcab_counter_read(1, value))
    assert value.value == 0
    for expected in (1, 2, 3):
        done(lib.atcab_counter_increment(1, value))
        assert value.value == expected
    done(lib.atcab_counter_read(0, value))
    assert value.value == 0


def test_the_library_and_the_simulator_agree_on_how_counters_are_stored(blank) -> None:
    lib, chip = blank
    for value in (0, 1, 31, 32, 33, 1000):
        done(lib.atcab_write_config_counter(1, value))
        assert chip.memory.counter(1) == value
        written = bytes(chip.memory.config[60:68])
        chip.memory.set_counter(1, value)
        assert chip.memory.config[60:68] == written


# The relative


def test_608_keeps_an_ephemeral_key_in_tempkey() -> None:
    lib, chip = drive(setups.tls_client(), Atecc608a)
    peer = ec.generate_private_key(ec.SECP256R1())
    ours, secret = bytearray(64), bytearray(32)
    with lib:
        done(lib.atcab_genkey(0xFFFF, ours))
        done(lib.atcab_ecdh_tempkey(bytearray(pair(peer.private_numbers().private_value)), secret))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + bytes(ours))
    assert secret == peer.exchange(ec.ECDH(), point)
    assert not chip.memory.wear["slot 2"]


def test_608_has_its_own_revision_in_its_configuration_zone_too() -> None:
    lib, chip = drive(setups.tls_client(), Atecc608a)
    revision, config = bytearray(4), bytearray(128)
    with lib:
        done(lib.atcab_info(revision))
        done(lib.atcab_read_config_zone(config))
    assert revision == config[4:8] == chip.revision == bytes.fromhex("00006002")


def test_608_encrypts_the_secret_under_the_io_protection_key() -> None:
    memory = setups.tls_client()
    memory.config[90:92] = (4 << 12 | 2).to_bytes(2, "little")
    lib, _ = drive(memory, Atecc608a)
    peer = ec.generate_private_key(ec.SECP256R1())
    ours, secret = bytearray(64), bytearray(32)
    with lib:
        done(lib.atcab_genkey(0xFFFF, ours))
        theirs = bytearray(pair(peer.private_numbers().private_value))
        done(lib.atcab_ecdh_tempkey_ioenc(theirs, secret, bytearray(IO_KEY)))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + bytes(ours))
    assert secret == peer.exchange(ec.ECDH(), point)
    assert not lib.bus.recording.carries(bytes(secret))


def test_608_signs_and_hashes_through_its_message_digest_buffer() -> None:
    lib, _ = drive(setups.tls_client(), Atecc608a)
    digest, signature, public = sha256(b"message").digest(), bytearray(64), bytearray(64)
    with lib:
        done(lib.atcab_sign(0, bytearray(digest), signature))
        done(lib.atcab_get_pubkey(0, public))
        verified = AtcaReference(False)
        done(lib.atcab_verify_extern(bytearray(digest), signature, public, verified))
        assert verified.value
        keyed = bytearray(32)
        done(lib.atcab_sha_hmac(bytearray(b"m" * 100), 100, 5, keyed, 0))
        failed = AtcaReference(1)
        done(lib.atcab_selftest(0x3B, 0, failed))
        assert failed.value == 0
    assert verifies(bytes(public), digest, bytes(signature))
    assert keyed == hmac.digest(bytes([5]) * 32, b"m" * 100, hashlib.sha256)
