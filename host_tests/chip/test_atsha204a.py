"""The ATSHA204A: its driver against the simulated chip, and Microchip's own library as a judge of the simulator."""

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from tools.laboratory import chip_faults
from tools.laboratory.atecc_simulator import MILLISECOND, Atsha204a, Bus
from tools.laboratory.atecc_simulator.atsha204a import atsha204a
from tools.laboratory.atecc_simulator.cryptoauthlib_hal import Cryptoauthlib
from tools.laboratory.simulated_chip import ChipBench, bench

KIND = {"kind": "atsha204a", "setup": "atsha204a"}
KEY = bytes([5]) * 32
CHALLENGE = bytes(range(32))


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target, "ATSHA204A") as made:
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset(**KIND)
    return module_bench


def mac_message(chip: ChipBench, command: int, mode: int) -> bytes:
    """What MAC and HMAC have behind the challenge (8.5.8, 8.5.7): no OTP, no serial number but what is always there."""
    serial = chip.chip.memory.serial_number
    return bytes([command, mode, 5, 0]) + bytes(11) + serial[8:9] + bytes(4) + serial[:2] + bytes(2)


def test_is_found_and_known(chip):
    assert chip.run("chip.ready(), chip.link.address, chip.config_locked") == (True, 0x64, True)


def test_gives_random_bytes_that_the_pool_seeds_from(chip):
    code = (
        "from latchkey.entropy.pool import Pool\npool = Pool([chip.source()])\npool.fill(bytearray(8))\npool.name, pool.monitors[0].drawn"
    )
    assert chip.run(code) == ("HMAC_DRBG over ATSHA204A Random", 96)


def test_an_unlocked_chips_pattern_is_no_randomness(chip):
    chip.reset(**KIND, lock=False)
    assert chip.run("outcome(lambda: chip.source().fill(bytearray(32)))")[1] == "CHIP_RANDOM_UNLOCKED"
    assert not chip.controls.do_carried("ffff0000" * 8)


def test_the_mac_of_a_challenge_is_what_the_holder_of_the_key_computes(chip):
    got = chip.run(f"from latchkey.secure_element import mac_commands\nchip.do(mac_commands.mac, 5, {CHALLENGE!r})")
    assert got == hashlib.sha256(KEY + CHALLENGE + mac_message(chip, 0x08, 0)).digest()


def test_the_hmac_of_a_challenge_is_what_the_holder_of_the_key_computes(chip):
    chip.exec(
        "from latchkey.secure_element import commands, mac_commands\n"
        "def hmac(link, challenge):\n"
        "    yield from commands.nonce_load(link, challenge)\n"
        "    return (yield from mac_commands.hmac(link, 5, 4))\n"
    )
    got = chip.run(f"chip.do(hmac, {CHALLENGE!r})")
    assert got == hmac.digest(KEY, bytes(32) + CHALLENGE + mac_message(chip, 0x11, 4), "sha256")


@pytest.mark.targets("unix")  # the report's modules would stay in a board's heap for the tests to come
def test_its_report_says_what_it_is_and_what_its_wires_hold(chip):
    told = chip.exec("chip.report()").splitlines()
    assert told[0] == "ATSHA204A, revision 00 02 00 09, I2C address 0x64"
    assert told[1] == "serial number 01 23 0A 0B 0C 0D 0E 0F EE"
    assert told[2] == "configuration zone locked, data and OTP zones locked"
    assert told[3] == "for TLS: randomness, a pre-shared key by MAC under a key that stays inside"
    assert [line.split(" over I2C")[0] for line in told[4:]] == ["NOTE: randomness", "NOTE: what MAC and HMAC give comes"]


# Absent, dead, another


def test_an_absent_chip_is_said_to_be_absent(chip):
    chip.bus.devices.clear()
    try:
        told = chip.run("chip.why_not()")
    finally:
        chip.bus.attach(chip.chip)
    assert told.startswith("the chip was not found: ATSHA204A: no answer to the wake pulse, looked at 0x64; on the bus: nobody; check")


def test_an_ecc_chip_at_its_address_is_told_from_it(chip):
    chip.renew()
    chip.chip.memory.config[16] = 0x64 << 1
    chip.controls.do_power_cycle()
    _, name, detail = chip.run("outcome(lambda: chip.source().fill(bytearray(32)))")
    assert (name, detail) == ("CHIP_FOREIGN", "no ATSHA204A, revision 00 00 50 02")


@pytest.mark.targets("unix")  # hundreds of cases
@pytest.mark.parametrize("operation", ["random", "mac"])
def test_no_fault_hangs_the_driver_or_makes_it_give_a_wrong_result(chip, operation, record_property):
    code, right = {
        "random": ("drawn()", lambda r: len(r) == 32 and r != b"\xff\xff\x00\x00" * 8),
        "mac": (
            f"chip.do(mac_commands.mac, 5, {CHALLENGE!r})",
            lambda r: r == hashlib.sha256(KEY + CHALLENGE + mac_message(chip, 0x08, 0)).digest(),
        ),
    }[operation]
    chip.exec("from latchkey.secure_element import mac_commands")
    record_property("table", chip_faults.strike_all(chip, KIND, code, right, chip_faults.CRYPTO_AUTHENTICATION))


# Microchip's library


@pytest.fixture
def lib() -> Iterator[tuple[Cryptoauthlib, Atsha204a]]:
    bus = Bus(hz=400_000)
    chip = Atsha204a(bus.clock, atsha204a())
    bus.attach(chip)
    bus.clock.advance(MILLISECOND)
    with Cryptoauthlib(bus, device="ATSHA204A", address=0x64) as library:
        yield library, chip


def test_microchips_library_reads_what_the_simulated_chip_is(lib):
    library, chip = lib
    revision, serial, config = bytearray(4), bytearray(9), bytearray(128)
    assert library.atcab_info(revision) == 0 and revision == chip.revision
    assert library.atcab_read_serial_number(serial) == 0 and serial == chip.memory.serial_number
    assert library.atcab_read_config_zone(config) == 0 and config[:88] == chip.memory.config[:88]


def test_microchips_library_draws_random_numbers_from_the_simulated_chip(lib):
    library, _ = lib
    first, second = bytearray(32), bytearray(32)
    assert library.atcab_random(first) == library.atcab_random(second) == 0
    assert first != second and first[:4] != b"\xff\xff\x00\x00"


def test_microchips_library_gets_the_macs_that_a_host_computes(lib):
    library, chip = lib
    serial = chip.memory.serial_number
    tail = bytes(11) + serial[8:9] + bytes(4) + serial[:2] + bytes(2)
    digest = bytearray(32)
    assert library.atcab_mac(0, 5, CHALLENGE, digest) == 0
    assert digest == hashlib.sha256(KEY + CHALLENGE + b"\x08\x00\x05\x00" + tail).digest()
    assert library.atcab_nonce(CHALLENGE) == 0
    assert library.atcab_hmac(4, 5, digest) == 0
    assert digest == hmac.digest(KEY, bytes(32) + CHALLENGE + b"\x11\x04\x05\x00" + tail, "sha256")
