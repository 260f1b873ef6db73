"""From a blank chip to one that signs, step by step, and what the report says on the way."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from host_tests.targets import TargetError
from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")

# A TLS client: identities in 0 and 1, ephemeral key in 2, a replaceable secret in 5, data and certificates readable.
SLOTS = "8120 8120 8420 8f80 8f80 8f45 8f80 8f80 0f00 0f00 0f00 0f00 0f00 0f00 8f80 8f80"
KEYS = "3300 3300 1300 1c00 1c00 3c00 1c00 1c00 3c00 3000 3c00 3000 3c00 3c00 1c00 1c00"


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey import entropy\nfrom latchkey.secure_element.provision import Provision")
        yield made


@pytest.fixture
def blank(module_bench) -> ChipBench:
    module_bench.reset(setup="blank")
    module_bench.exec("p = Provision(chip)")
    return module_bench


def wanted(chip: ChipBench) -> bytes:
    """The configuration to write: the chip's own bytes, and ours where they can be written."""
    config = bytearray(bytes.fromhex(chip.controls.do_peek("config")))
    config[20:52], config[96:128] = bytes.fromhex(SLOTS), bytes.fromhex(KEYS)
    return bytes(config)


def provision(chip: ChipBench, data: bool = True) -> bytes:
    """Configure and lock; returns the public point of slot 0."""
    config = wanted(chip)
    chip.exec(f"p.write_config({config!r})\np.lock_config({config!r})")
    point = chip.run("p.generate_key(0)")
    if data:
        chip.exec("p.lock_data()")
    return point


def test_a_blank_chip_becomes_one_that_signs(blank):
    point = provision(blank)
    assert blank.run("chip.config_locked, chip.data_locked") == (True, True)
    signature = blank.run("run(chip.private_key(0).sign(0x0403, bytes(32)))")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))
    assert blank.run("chip.private_key(0).public_key") == (23, point)


def test_the_configuration_is_read_back_and_locked_with_its_crc(blank):
    config = wanted(blank)
    blank.exec(f"p.write_config({config!r})")
    assert bytes.fromhex(blank.controls.do_peek("config")) == config
    blank.exec(f"p.lock_config({config!r})")
    assert bytes.fromhex(blank.controls.do_peek("config"))[87] == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_a_chip_that_is_given_another_address_is_found_there(blank, at_once):
    """At its next wake, or, as the datasheet does not say, when it was without power."""
    if not at_once:
        blank.chip.effective_address = lambda: 0x60
    config = bytearray(wanted(blank))
    config[16] = 0x6C
    blank.exec(f"p.write_config({bytes(config)!r})")
    assert blank.run("chip.link.address") == (0x36 if at_once else 0x60)
    blank.exec(f"p.lock_config({bytes(config)!r})")
    assert len(blank.run("p.generate_key(0)")) == 65


def test_a_configuration_that_is_not_the_given_one_is_not_locked(blank):
    config = wanted(blank)
    _, cause, detail = blank.run(f"outcome(lambda: p.lock_config({config!r}))")
    assert cause == "CONFIG_MISMATCH" and detail.startswith("byte 20 is 83, not 81")
    assert bytes.fromhex(blank.controls.do_peek("config"))[87] == 0x55


@pytest.mark.parametrize("lock", ["lock_config(p.read_config())", "lock_data()"])
def test_what_is_locked_cannot_be_locked_again(blank, lock):
    provision(blank)
    assert blank.run(f"outcome(lambda: p.{lock})")[1] == "LOCKED_ALREADY"


def test_a_locked_slot_keeps_its_key(blank):
    point = provision(blank)
    blank.exec("p.lock_slot(0)")
    _, cause, _ = blank.run("outcome(lambda: p.generate_key(0))")
    assert cause == "CHIP_REFUSED"
    assert blank.run("chip.private_key(0).public_key")[1] == point
    assert blank.run("outcome(lambda: p.lock_slot(0))")[1] == "LOCKED_ALREADY"


def test_slots_are_written_in_blocks_and_read_after_the_lock(blank):
    provision(blank, data=False)
    data = bytes(range(200)) + b"end"
    blank.exec(f"p.write_slot(8, {data!r})")
    assert blank.run("outcome(lambda: p.read_slot(8, 4))")[1] == "CHIP_REFUSED"
    blank.exec("p.lock_data()")
    assert blank.run(f"bytes(p.read_slot(8, {len(data)}))") == data
    assert blank.run("bytes(p.read_slot(8, 10, 190))") == data[190:200]


def test_a_stored_public_key_verifies(blank):
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    provision(blank, data=False)
    blank.exec(f"p.write_public_key(11, {point!r})\np.lock_data()")
    signature = key.sign(bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))
    assert blank.run(f"run(chip.verifier().verify_stored(11, bytes(32), {signature!r}))") is True


def test_a_secret_is_replaced_encrypted_and_never_seen_on_the_bus(blank):
    first, second = bytes([7]) * 32, bytes(range(32))
    provision(blank, data=False)
    blank.exec(f"p.write_slot(5, {first!r})\np.lock_data()")
    blank.bus.recording.clear()
    for data, key in ((second[:31], first), (second + b"x", first), (second, first[:16])):
        with pytest.raises(TargetError, match="ValueError: data and key are 32 bytes each"):
            blank.exec(f"p.write_slot_encrypted(5, {data!r}, {key!r}, entropy.default())")
    blank.exec(f"p.write_slot_encrypted(5, {second!r}, {first!r}, entropy.default())")
    assert blank.controls.do_peek("slot", slot=5)[:64] == second.hex()
    assert not blank.controls.do_carried(second.hex()) and not blank.controls.do_carried(first.hex())


def test_the_number_of_an_encrypted_write_comes_from_the_randomness_that_it_is_given(blank):
    first = bytes([7]) * 32
    provision(blank, data=False)
    blank.exec(f"p.write_slot(5, {first!r})\np.lock_data()")
    blank.exec("class Counted:\n    def fill(self, buf): buf[:] = bytes(range(100, 100 + len(buf)))")
    blank.exec(f"p.write_slot_encrypted(5, bytes(32), {first!r}, Counted())")
    assert blank.controls.do_carried(bytes(range(100, 120)).hex())


def test_a_wrong_key_writes_nothing(blank):
    first = bytes([7]) * 32
    provision(blank, data=False)
    blank.exec(f"p.write_slot(5, {first!r})\np.lock_data()")
    assert blank.run("outcome(lambda: p.write_slot_encrypted(5, bytes(32), bytes(32), entropy.default()))")[0] == "fault"
    assert blank.controls.do_peek("slot", slot=5)[:64] == first.hex()


def test_counters_count(blank):
    provision(blank)
    assert blank.run("p.counter(0), p.increment(0), p.increment(0), p.counter(0), p.counter(1)") == (0, 1, 2, 2, 0)


@pytest.mark.parametrize(("when", "value"), [("before", 1), ("during", 2), ("after", 1)])
def test_a_count_during_which_the_supply_fails_is_not_made_twice(blank, when, value):
    """Within it, the chip itself may count one more (datasheet 9.3)."""
    provision(blank)
    blank.controls.do_fault(kind="brown_out", command="Counter", when=when, skip=2)  # after the two looks at what it was
    assert blank.run("p.increment(1), p.counter(1)") == (value, value)


@pytest.mark.parametrize("call", ["write_config(bytes(127))", "write_slot(8, bytes(4), 8)"])
def test_wrong_arguments_are_the_programmers(blank, call):
    with pytest.raises(Exception, match="ValueError"):
        blank.exec(f"p.{call}")


# The report


def report(chip: ChipBench) -> str:
    return chip.exec("chip.report()").replace("\r", "")


def test_the_report_warns_of_a_blank_chip(blank):
    text = report(blank)
    assert "ATECC508A, revision 00005002, serial number 01230A0B0C0D0E0FEE" in text
    assert "configuration zone NOT LOCKED, data and OTP zones NOT LOCKED" in text
    assert "WARNING: the configuration zone is not locked" in text
    assert "WARNING: slot 1: its key may sign the chip's own messages" in text
    assert "WARNING: slot 1: one key both signs and agrees on secrets" in text


def test_the_report_warns_of_a_configuration_that_would_end_the_chip(blank):
    blank.controls.do_poke("config", 88, "feff")
    assert "WARNING: it must not be locked as it is: bytes 88 and 89 (SlotLocked) are not FF FF" in report(blank)


def test_a_key_for_the_chips_own_messages_alone_is_not_said_to_sign_digests(blank):
    provision(blank)
    blank.controls.do_poke("config", 22, "8220")
    assert "own messages beside digests" not in report(blank)


def test_the_report_says_in_words_what_each_slot_may_do(blank):
    provision(blank)
    lines = report(blank).splitlines()
    assert "slot  0: P-256 private key, signs digests given to it, public key readable, can be made anew, can be locked" in lines
    assert "slot  2: P-256 private key, ECDH, secret in clear, public key readable, can be made anew" in lines
    assert "slot  5: data, never readable, written encrypted under slot 5, can be locked" in lines
    assert "slot  8: data, readable, writable, can be locked" in lines
    assert "slot  9: P-256 public key, readable, writable, can be locked" in lines
    assert "slot 15: data, never readable, never writable" in lines
    assert "I2C address 0x60; counters 0 and 0 of 2097151" in lines
    assert not [line for line in lines if line.startswith("WARNING")]


def test_the_report_says_what_the_wires_would_hold(blank):
    """Of the agreement only where a slot allows it."""
    random, agreement, verifier = (f"NOTE: {what} over I2C: who can change" for what in ("randomness", "key agreement", "verification"))
    provision(blank)
    notes = [line for line in report(blank).splitlines() if line.startswith("NOTE")]
    assert [line.startswith(start) for line, start in zip(notes, (random, agreement, verifier), strict=True)] == [True] * 3
    assert notes[1].endswith("whether the secret is read encrypted or not")
    blank.controls.do_poke("config", 24, "8120")
    notes = [line for line in report(blank).splitlines() if line.startswith("NOTE")]
    assert [line.startswith(start) for line, start in zip(notes, (random, verifier), strict=True)] == [True] * 2


def test_the_report_warns_of_an_unlocked_data_zone(blank):
    provision(blank, data=False)
    assert "WARNING: the data zone is not locked" in report(blank)


def test_the_report_names_a_locked_slot(blank):
    provision(blank)
    blank.exec("p.lock_slot(0)")
    assert (
        "slot  0: P-256 private key, signs digests given to it, public key readable, can be made anew, can be locked, slot locked"
        in report(blank)
    )
