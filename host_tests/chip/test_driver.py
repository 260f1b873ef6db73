"""The chip's driver against the simulated ATECC508A: what each seam gives, held against `cryptography`."""

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tools.laboratory.atecc_simulator.host import Host
from tools.laboratory.simulated_chip import ChipBench, bench

DIGEST = bytes(range(32))
# Steps a signature to where the chip is executing Sign (whose first poll comes after 42 ms).
INTO_SIGN = """
def into_sign(job):
    while True:
        pause = next(job)
        if pause == 42:
            return job
        clock.sleep_ms(pause)
"""
P256_SHA256 = 0x0403


# What takes long to hash: in one piece that a board's heap has at the beginning, and not for sure after all that tests leave in it.
MESSAGE = bytes(range(250)) * 24


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec(INTO_SIGN)
        made.exec("message = bytes(range(250)) * 24")
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset()
    return module_bench


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def _private(chip: ChipBench, slot: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(chip.controls.do_private_key(slot), 16), ec.SECP256R1())


# Finding the chip


def test_a_self_test_that_failed_once_is_repeated(chip):
    chip.controls.do_fault(kind="self_test")
    assert chip.run("chip.ready()") is True
    chip.exec("chip.sleep()")
    chip.controls.do_fault(kind="self_test", times=2)
    assert chip.run("outcome(lambda: chip.do(chip.refresh))") == ("fault", "CHIP_SELF_TEST", "07 after each of two wakes")
    chip.exec("chip.source().fill(bytearray(32))")


POOL = (
    "from latchkey.entropy.pool import Pool\nfrom latchkey.crypto.job import run\npool = Pool([chip.source()])\npool.fill(bytearray(8))\n"
)


def test_a_generator_whose_own_test_fails_once_is_asked_again(chip):
    chip.reset(kind="atecc608a")
    chip.exec(POOL)
    chip.controls.do_fault(kind="status", command="Random", status=8)
    chip.exec("run(pool.reseed())")
    assert chip.run("pool.reseeds, pool.monitors[0].failures") == (1, 0)


def test_a_generator_whose_own_test_fails_again_closes_a_pool_that_has_no_other(chip):
    chip.reset(kind="atecc608a")
    chip.exec(POOL)
    chip.controls.do_fault(kind="status", command="Random", status=8, times=1000)
    kind, name, detail = chip.run("outcome(lambda: run(pool.reseed()))")
    assert (kind, name) == ("fault", "NO_TRUSTED_SOURCE")
    assert "status 08" in detail
    assert chip.run("pool.drbg is None, pool.ready()") == (True, False)


@pytest.mark.parametrize(("kind", "model"), [("atecc508a", "ATECC508A"), ("atecc608a", "ATECC608A")])
def test_knows_the_chip_and_its_locks(chip, kind, model):
    chip.reset(kind=kind)
    assert chip.run("chip.ready(), chip.model, chip.config_locked, chip.data_locked") == (True, model, True, True)


@pytest.mark.parametrize("address", [0x60, 0x36, 0x35])
def test_finds_the_addresses_that_chips_are_delivered_with(chip, address):
    chip.chip.memory.config[16] = address << 1
    chip.controls.do_power_cycle()
    assert chip.run("chip.ready(), chip.link.address") == (True, address)


def test_no_wait_for_a_chip_is_longer_than_100_ms_at_once(chip):
    """A context's `progress` is called between them, and feeds a watchdog."""
    chip.exec("""
pauses = []
def watched(job):
    try:
        while True:
            pauses.append(next(job))
            clock.sleep_ms(pauses[-1])
    except StopIteration as end:
        return end.value
""")
    chip.bus.devices.clear()
    try:
        ended = chip.run("outcome(lambda: watched(chip.private_key(0).sign(0x0403, bytes(32))))")
    finally:
        chip.bus.attach(chip.chip)
    assert ended[1] == "NO_CHIP" and chip.run("max(pauses), sum(pauses) >= 1700") == (100, True)


def test_takes_the_address_it_is_given(chip):
    chip.chip.memory.config[16] = 0x4C << 1
    chip.controls.do_power_cycle()
    chip.exec("chip = ATECC(i2c, address=0x4C)")
    assert chip.run("chip.ready()") is True


@pytest.mark.parametrize("address", [0xC0, 0x6C << 1, 0])
def test_an_address_in_microchips_form_of_8_bits_is_told_so(chip, address):
    with pytest.raises(Exception, match="ValueError: an I2C address has 7 bits: 0x60, not 0xC0"):
        chip.exec(f"ATECC(i2c, address={address})")


def test_a_missing_chip_is_said_to_be_missing(chip):
    chip.bus.devices.clear()
    begun = chip.bus.clock.milliseconds
    try:
        assert chip.run("chip.ready()") is False
        assert "no ATECC508A or 608 found" in chip.run("chip.why_not()")
    finally:
        chip.bus.attach(chip.chip)
    assert chip.bus.clock.milliseconds - begun < 10_000
    assert chip.run("chip.ready()") is True


@pytest.mark.targets("unix")  # the report's modules would stay in a board's heap for the tests to come
def test_the_repl_shows_what_to_do_about_a_missing_chip(chip):
    """As a traceback ends there."""
    chip.bus.devices.clear()
    try:
        shown = chip.exec("import sys\ntry: chip.report()\nexcept OSError as error: sys.print_exception(error)").strip().splitlines()
    finally:
        chip.bus.attach(chip.chip)
    assert shown[-1].startswith(
        "TLSError: (-800, 'no ATECC508A or 608 found (no answer to the wake pulse, looked at 0x60, 0x36, 0x35; on the bus: nobody)"
    )
    for advice in ("check power, wires, pull-ups", "ATECC(i2c, address=...)", "0x6A on a label is 0x35"):
        assert advice in shown[-1]


def test_a_chip_at_another_address_is_named_where_it_was_not_looked_for(chip):
    """The pulse wakes it wherever it is; a second device shows that all are named."""
    chip.chip.memory.config[16] = 0x4C << 1
    chip.controls.do_power_cycle()
    gauge = Gauge(0x1D)
    chip.bus.attach(gauge)
    try:
        assert "looked at 0x60, 0x36, 0x35; on the bus: 0x1d, 0x4c)" in chip.run("chip.why_not()")
        assert "looked at 0x2a; on the bus: 0x1d, 0x4c)" in chip.run("ATECC(i2c, address=0x2A).why_not()")
        chip.exec("class Bare:\n    writeto, readfrom_into = i2c.writeto, i2c.readfrom_into")
        assert "looked at 0x60, 0x36, 0x35)" in chip.run("ATECC(Bare).why_not()"), "an I2C object that cannot scan"
    finally:
        chip.bus.devices.remove(gauge)
    assert gauge.written == b""


def test_a_chip_that_its_host_left_in_the_middle_of_a_command_is_found(chip):
    chip.exec("into_sign(chip.private_key(0).sign(0x0403, bytes(32)))")
    assert chip.controls.do_state() == "awake"
    chip.exec("chip = ATECC(i2c)")
    assert chip.run("chip.ready()") is True


def test_a_chip_at_a_known_address_that_was_left_awake_is_put_to_sleep_and_woken(chip):
    """By a host that was reset: the pulse does nothing to it, and it has an old answer."""
    host = Host(chip.bus)
    host.wake()
    host.call(0x30)
    begun = chip.bus.clock.milliseconds
    assert chip.run("ATECC(i2c, address=0x60).ready()") is True
    assert chip.bus.clock.milliseconds - begun < 30


def test_wakes_a_chip_on_a_fast_bus_through_set_hz(chip):
    chip.exec("fast = simulated_i2c.BoardI2C(link, freq=400000)\nchip = ATECC(fast, set_hz=fast.set_hz)")
    assert chip.run("chip.ready()") is True
    assert chip.bus.hz == 400_000
    wakes = {transfer.hz for transfer in chip.bus.recording if transfer.address == 0}
    assert wakes == {100_000}


def test_wakes_a_chip_on_a_fast_bus_through_the_boards_wake(chip):
    chip.exec("fast = simulated_i2c.BoardI2C(link, freq=400000)\nchip = ATECC(fast, wake=fast.wake)")
    assert chip.run("chip.ready()") is True
    assert not [transfer for transfer in chip.bus.recording if transfer.address == 0 and transfer.hz == 400_000 and transfer.acknowledged]


def test_says_what_to_do_when_a_fast_bus_cannot_wake_the_chip(chip):
    chip.exec("fast = simulated_i2c.BoardI2C(link, freq=400000)\nchip = ATECC(fast)")
    assert "bus is at 100 kHz or the board has wake() or set_hz()" in chip.run("chip.why_not()")


@pytest.mark.parametrize("manners", ["stm32", "rp2", "esp32"])
def test_works_with_the_manners_of_each_port(chip, manners):
    chip.exec(f"chip = ATECC(simulated_i2c.I2C(link, freq=100000, manners={manners!r}))")
    assert len(chip.run(f"run(chip.private_key(0).sign({P256_SHA256}, {DIGEST!r}))")) > 60


# Randomness


def test_gives_random_bytes_of_any_length(chip):
    first, second = chip.run("a, b = bytearray(70), bytearray(70)\nchip.source().fill(a)\nchip.source().fill(b)\nbytes(a), bytes(b)")
    assert first != second and bytes(8) not in first


def test_an_unlocked_chips_random_is_refused_with_its_own_sentence(chip):
    chip.reset(setup="blank")
    assert chip.run("outcome(lambda: chip.source().fill(bytearray(32)))")[1] == "CHIP_RANDOM_UNLOCKED"
    assert chip.run("chip.source().ready()") is False
    assert "FF FF 00 00" in chip.run("chip.source().why_not()")
    assert not chip.controls.do_carried("ffff0000" * 8), "it was not even asked"


def test_the_pool_names_an_unlocked_chip(chip):
    chip.reset(setup="blank")
    name, detail = chip.run(
        "from latchkey.entropy.pool import Pool\npool = Pool([chip.source()])\noutcome(lambda: pool.fill(bytearray(8)))[1:]"
    )
    assert name == "NO_TRUSTED_SOURCE" and "configuration zone is not locked" in detail


@pytest.mark.package_only
@pytest.mark.targets("unix")  # doctor and its sentences would stay in a board's heap for the tests to come
def test_a_chip_that_is_away_for_a_moment_is_named_with_its_own_fault(chip):
    """Not as bad randomness: by the pool, by its report, by the doctor; and when it is back it serves."""
    chip.exec(
        "from latchkey import doctor, entropy\nfrom latchkey.entropy.pool import Pool\nfrom latchkey.entropy.reporting import lines\n"
        "pool = entropy._pool = Pool([chip.source()])\npool.fill(bytearray(8))\npool.close()"
    )
    chip.bus.devices.clear()
    try:
        _, name, detail = chip.run("outcome(lambda: pool.fill(bytearray(8)))")
        told = chip.run("doctor._randomness()[0], '; '.join(lines(pool))")
    finally:
        chip.bus.attach(chip.chip)
        chip.exec("entropy._pool = None")
    assert name == "NO_TRUSTED_SOURCE"
    for text in (detail, *told):
        assert "ATECC508A Random could not be read: the chip stopped answering" in text
        assert "no answer to the wake pulse; it is asked again before the next handshake" in text
    assert chip.run("pool.fill(bytearray(8)) or pool.why_not()") == ""


def test_the_pool_seeds_from_a_locked_chip(chip):
    name, drawn = chip.run(
        "from latchkey.entropy.pool import Pool\npool = Pool([chip.source()])\npool.fill(bytearray(8))\npool.name, pool.monitors[0].drawn"
    )
    assert name == "HMAC_DRBG over ATECC508A Random" and drawn == 96
    assert chip.controls.do_time()["commands"]["Random"][0] == 7  # 4 of the start-up test, 3 of the seed


WATCH_RANDOM = """
from latchkey.secure_element import commands
blocks, real = [], commands.random
def random(link, buf):
    blocks.append(buf)
    yield from real(link, buf)
    if len(blocks) == 2: raise Fault(802, "as a damaged bus")
commands.random = random
try:
    print(outcome(lambda: chip.source().fill(bytearray(64)))[1], any(any(block) for block in blocks))
finally:
    commands.random = real
    del blocks, random
"""


def test_a_failed_draw_leaves_nothing_of_it_in_memory(chip):
    assert chip.exec(WATCH_RANDOM).split() == ["CHIP_COMMUNICATION", "False"]


def test_the_eeprom_seed_is_written_once(chip):
    chip.exec("for i in range(3): chip.source().fill(bytearray(64))")
    assert chip.chip.eeprom_seed_updated
    state = chip.run("from latchkey.secure_element import commands\nchip.do(commands.info, 2)")
    assert state[1] & 2, "idle between uses keeps the generator's state"


# Signatures


def test_signs_with_the_key_in_the_slot(chip):
    signature = chip.run(f"run(chip.private_key(0).sign({P256_SHA256}, {DIGEST!r}))")
    point = chip.run("chip.private_key(0).public_key")[1]
    _public(point).verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert point == _point(_private(chip, 0))
    assert chip.chip.stale_draws == 0, "its nonce came from the seed as it was at power-up"


def test_a_key_says_where_it_lives_and_what_it_signs(chip):
    assert chip.run("key = chip.private_key(1)\nkey.public_key and (key.name, key.schemes)") == ("ATECC508A slot 1", (P256_SHA256,))


@pytest.mark.parametrize(("slot", "reason"), [(2, "may not sign external"), (5, "not configured as a private key")])
def test_a_refused_signature_says_which_policy_refuses_it(chip, slot, reason):
    _, name, detail = chip.run(f"outcome(lambda: run(chip.private_key({slot}).sign({P256_SHA256}, bytes(32))))")
    assert name == "SLOT_POLICY" and detail.startswith(f"slot {slot}: ") and reason in detail


def test_an_unlocked_chip_has_no_key_to_sign_with(chip):
    chip.reset(setup="blank")
    _, name, detail = chip.run(f"outcome(lambda: run(chip.private_key(0).sign({P256_SHA256}, bytes(32))))")
    assert (name, detail) == ("SLOT_POLICY", "slot 0: the configuration zone is not locked")


def test_a_public_key_that_may_not_be_read_is_said_to_be_so(chip):
    chip.controls.do_poke("config", 96, "31")  # KeyConfig 0 without PubInfo
    _, name, detail = chip.run("outcome(lambda: chip.private_key(0).public_key)")
    assert name == "SLOT_POLICY" and "PubInfo" in detail


@pytest.mark.parametrize("wrong", ["0x0503, bytes(48)", "0x0403, bytes(20)"])
def test_only_sha256_digests_are_signed(chip, wrong):
    with pytest.raises(Exception, match="ValueError"):
        chip.exec(f"run(chip.private_key(0).sign({wrong}))")


# Verification


def _signed(digest: bytes) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    return _point(key), key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_verifies_in_the_chip(chip):
    point, signature = _signed(DIGEST)
    chip.exec(f"def verify(digest): return run(chip.verifier().verify({P256_SHA256}, (23, {point!r}), digest, {signature!r}))")
    assert chip.run(f"verify({DIGEST!r})") is True
    assert chip.run("verify(bytes(32))") is False
    assert chip.controls.do_time()["commands"]["Verify"][0] == 2


def test_a_signature_that_is_not_strict_der_never_reaches_the_chip(chip):
    point, signature = _signed(DIGEST)
    for bad in (signature[:-1], signature + b"\0", b"\x30\x06\x02\x01\x00\x02\x01\x01", b"\x31" + signature[1:], b""):
        assert chip.run(f"run(chip.verifier().verify({P256_SHA256}, (23, {point!r}), {DIGEST!r}, {bad!r}))") is False
    assert "Verify" not in chip.controls.do_time()["commands"]


def test_a_key_that_is_no_point_of_the_curve_never_reaches_the_chip(chip):
    point, signature = _signed(DIGEST)
    for bad in (point[:-1] + bytes((point[-1] ^ 1,)), b"\x05" + point[1:], point[:64], point + b"\0"):
        cause = f"""
try:
    run(chip.verifier().verify({P256_SHA256}, (23, {bad!r}), {DIGEST!r}, {signature!r}))
    cause = None
except Fault as fault:
    cause = fault.cause
"""
        chip.exec("from latchkey.errors import Fault" + cause)
        assert chip.run("cause") == 601  # PUBLIC_KEY_INVALID
    assert "Verify" not in chip.controls.do_time()["commands"]


def test_verifies_with_a_stored_key(chip):
    point, signature = _signed(DIGEST)
    chip.controls.do_poke("slot", 0, (bytes(4) + point[1:33] + bytes(4) + point[33:]).hex(), slot=11)
    assert chip.run(f"run(chip.verifier().verify_stored(11, {DIGEST!r}, {signature!r}))") is True
    assert chip.run(f"run(chip.verifier().verify_stored(11, {bytes(32)!r}, {signature!r}))") is False


@pytest.mark.parametrize("length", [0, 31, 33, 48])
def test_a_stored_key_verifies_sha256_digests_only(chip, length):
    _, signature = _signed(DIGEST)
    with pytest.raises(Exception, match="ValueError: a SHA-256 digest has 32 bytes"):
        chip.exec(f"run(chip.verifier().verify_stored(11, bytes({length}), {signature!r}))")
    assert not chip.controls.do_time()["commands"]


def test_the_length_of_the_digest_is_the_schemes_as_in_software(chip):
    point, signature = _signed(DIGEST)
    for scheme, length in ((P256_SHA256, 20), (P256_SHA256, 33), (P256_SHA256, 48), (0x0503, 32), (0x0503, 64)):
        with pytest.raises(Exception, match="ValueError: length of digest"):
            chip.exec(f"run(chip.verifier().verify({scheme}, (23, {point!r}), bytes({length}), {signature!r}))")
    assert "Verify" not in chip.controls.do_time()["commands"]


# Key agreement


AGREE = """
class Random:
    def fill(self, buf):
        for i in range(len(buf)): buf[i] = i
agreement = chip.key_agreement({arguments})
ours, secret = run(agreement.agree(23, {point!r}, Random()))
agreement.name, agreement.secret_on_bus, ours, bytes(secret)
"""


def _agree(chip: ChipBench, arguments: str) -> tuple[str, bool, bytes]:
    """(name, secret on the bus as it says, the secret) of an agreement that gave what `cryptography` computes."""
    peer = ec.generate_private_key(ec.SECP256R1())
    name, on_bus, ours, secret = chip.run(AGREE.format(arguments=arguments, point=_point(peer)))
    assert peer.exchange(ec.ECDH(), _public(ours)) == secret
    return name, on_bus, secret


def test_agrees_on_a_secret_with_a_key_in_a_slot_and_says_that_it_crosses_the_bus(chip):
    name, on_bus, secret = _agree(chip, "2")
    assert name == "ATECC508A slot 2, secret in clear over I2C"
    assert on_bus and chip.controls.do_carried(secret.hex())
    assert chip.run("any(chip.link._rx), any(chip.link._tx)") == (False, False), "the secret stays in the driver's buffers"


def test_a_secret_fetched_from_the_next_slot_does_not_cross_the_bus_in_clear(chip):
    chip.reset(protect_ecdh=True)
    name, on_bus, secret = _agree(chip, f"2, {bytes([4]) * 32!r}")
    assert name == "ATECC508A slot 2, secret encrypted over I2C"
    assert not on_bus and not chip.controls.do_carried(secret.hex())


def test_a_608_agrees_with_a_key_in_tempkey(chip):
    chip.reset(kind="atecc608a")
    before = chip.controls.do_peek("slot", slot=2)
    name, _, _ = _agree(chip, "")
    assert name == "ATECC608A TempKey, secret in clear over I2C"
    assert chip.controls.do_peek("slot", slot=2) == before, "no EEPROM was written"


def test_a_508a_without_a_slot_for_its_ephemeral_key_is_refused(chip):
    _, name, _ = chip.run("outcome(lambda: run(chip.key_agreement().agree(23, chip.private_key(0).public_key[1], chip.source())))")
    assert name == "CHIP_UNSUPPORTED"


def test_an_encrypted_secret_is_not_silently_taken_in_clear(chip):
    key = bytes(32)
    call = f"outcome(lambda: run(chip.key_agreement(2, {key!r}).agree(23, chip.private_key(0).public_key[1], chip.source())))"
    _, name, detail = chip.run(call)
    assert name == "SLOT_POLICY" and "in clear" in detail
    assert "ECDH" not in chip.controls.do_time()["commands"]


def test_a_point_off_the_curve_never_reaches_the_chip(chip):
    point = b"\x04" + bytes(63) + b"\x01"
    kind, *_ = chip.run(f"outcome(lambda: run(chip.key_agreement(2).agree(23, {point!r}, chip.source())))")
    assert kind == "fault" and "ECDH" not in chip.controls.do_time()["commands"]


@pytest.mark.parametrize("slot", [0, 1])
def test_a_slot_whose_key_is_there_to_sign_is_refused_and_keeps_it(chip, slot):
    before = chip.controls.do_peek("slot", slot=slot)
    call = f"outcome(lambda: run(chip.key_agreement({slot}).agree(23, chip.private_key(1).public_key[1], chip.source())))"
    _, name, detail = chip.run(call)
    assert name == "SLOT_POLICY" and "may not be used for ECDH" in detail
    assert chip.controls.do_peek("slot", slot=slot) == before


@pytest.mark.targets("unix")  # what each leaves in a board's heap is little, and yet lies in the way of the long hash below
@pytest.mark.parametrize(
    ("at", "value", "arguments", "reason"),
    [
        (24, "8c20", "2", "slot 2: its secrets go to slot 3 (SlotConfig ReadKey bit 3), and need a read_key"),
        (24, "8c20", f"2, {bytes(32)!r}", "slot 3: not configured for encrypted reads"),
        (22, "8c20", "1", "slot 1: its secrets go to slot 2"),
    ],
)
def test_a_slot_that_is_configured_otherwise_is_refused_before_its_key_changes(chip, at, value, arguments, reason):
    chip.controls.do_poke("config", at, value)
    before = chip.controls.do_peek("slot", slot=2)
    _, name, detail = chip.run(
        f"outcome(lambda: run(chip.key_agreement({arguments}).agree(23, chip.private_key(0).public_key[1], chip.source())))"
    )
    assert name == "SLOT_POLICY" and reason in detail
    assert chip.controls.do_peek("slot", slot=2) == before


@pytest.mark.targets("unix")
def test_the_slot_is_looked_at_once(chip):
    chip.exec("agreement = chip.key_agreement(2)\npoint = chip.private_key(0).public_key[1]")
    for _ in range(2):
        chip.exec("run(agreement.agree(23, point, chip.source()))")
    commands = chip.controls.do_time()["commands"]
    assert commands["ECDH"][0] == 2 and commands["Read"][0] == 2  # locks, slot


# Damage on the way


@pytest.mark.parametrize("byte", [0, 1, 6])
def test_a_command_of_which_fewer_bytes_were_acknowledged_is_not_waited_for(chip, byte):
    """The port says so by the count that `writeto` returns, and by nothing else."""
    chip.exec("chip.ready()")
    begun = chip.bus.clock.milliseconds
    chip.controls.do_fault(kind="lost_ack", command="Sign", byte=byte)
    signature = chip.run("run(chip.private_key(0).sign(0x0403, bytes(32)))")
    _private(chip, 0).public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))
    assert chip.bus.clock.milliseconds - begun < 90, "two Nonces and one Sign"


# One sequence at a time


INTERLEAVE = """
first, second = chip.private_key(0).sign(0x0403, {one!r}), chip.private_key(1).sign(0x0403, {other!r})
def together(*jobs):
    import time
    results = [None] * len(jobs)
    left = list(range(len(jobs)))
    due = [0] * len(jobs)
    while left:
        for n in left[:]:
            if time.ticks_diff(time.ticks_ms(), due[n]) >= 0:
                try:
                    due[n] = time.ticks_add(time.ticks_ms(), next(jobs[n]))
                except StopIteration as end:
                    results[n] = end.value
                    left.remove(n)
        time.sleep_ms(1)
    return results
together(first, second)
"""


def test_two_tasks_signatures_do_not_come_between_each_others_nonce_and_sign(chip):
    one, other = hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()
    signatures = chip.run(INTERLEAVE.format(one=one, other=other))
    for slot, digest, signature in zip((0, 1), (one, other), signatures, strict=True):
        _private(chip, slot).public_key().verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    opcodes = [transfer.data[2] for transfer in chip.bus.recording if not transfer.read and transfer.data[:1] == b"\x03"]
    pairs = [opcode for opcode in opcodes if opcode in (0x16, 0x41)]
    assert pairs == [0x16, 0x41, 0x16, 0x41]


def test_who_blocks_while_another_task_has_the_chip_is_refused_and_harms_nobody(chip):
    chip.exec("job = into_sign(chip.private_key(0).sign(0x0403, bytes(32)))")
    assert chip.run("outcome(lambda: chip.source().fill(bytearray(32)))")[1] == "CHIP_BUSY"
    signature = chip.run("run(job)")
    _private(chip, 0).public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_task_that_vanished_loses_the_chip_and_notices(chip):
    chip.exec("job = into_sign(chip.private_key(0).sign(0x0403, bytes(32)))\nclock.sleep_ms(5100)")
    assert len(chip.run(f"run(chip.private_key(1).sign({P256_SHA256}, bytes(32)))")) > 60
    assert chip.run("outcome(lambda: run(job))")[1] == "SEQUENCE_BROKEN"


def test_a_closed_job_gives_the_chip_back_at_once(chip):
    chip.exec("job = into_sign(chip.private_key(0).sign(0x0403, bytes(32)))\njob.close()")
    assert len(chip.run(f"run(chip.private_key(1).sign({P256_SHA256}, bytes(32)))")) > 60
    assert chip.controls.do_state() == "idle"


# Power


def test_the_chip_is_idle_after_use_and_asleep_when_told(chip):
    chip.exec("chip.source().fill(bytearray(32))")
    assert chip.controls.do_state() == "idle"
    chip.exec("chip.sleep()")
    assert chip.controls.do_state() == "asleep"
    chip.exec("chip.source().fill(bytearray(32))")


def test_a_chip_that_was_put_to_sleep_stays_asleep_on_wires_where_any_long_low_wakes_it(chip):
    chip.chip.wakes_on_any_low = True
    chip.exec("chip.source().fill(bytearray(32))\nchip.sleep()\nclock.sleep_ms(5)")
    assert chip.controls.do_state() == "asleep"
    assert len(chip.run("run(chip.private_key(0).sign(0x0403, bytes(32)))")) > 60
    assert chip.controls.do_state() == "idle"


def test_a_long_hash_outlives_the_watchdog(chip):
    chip.chip.timing.watchdog = "minimum"  # which fewer blocks outlive: 57 of 14 ms
    chip.exec("from latchkey.secure_element import mac_commands\nstarted = clock.ticks_ms()")
    assert chip.run("chip.do(mac_commands.sha256, memoryview(message)[:3648])") == hashlib.sha256(MESSAGE[:3648]).digest()
    assert chip.run("clock.ticks_ms() - started") > 750


def test_a_slow_task_between_nonce_and_sign_begins_again(chip):
    signature = chip.run(
        "job = into_sign(chip.private_key(0).sign(0x0403, bytes(32)))\n"
        "clock.sleep_ms(1500)\n"  # the watchdog ends Sign's answer with the rest
        "into_sign(job)\n"
        "run(job)"
    )
    _private(chip, 0).public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


SLOWLY = """
from latchkey.secure_element import commands
def slowly(job):
    try:
        while True:
            clock.sleep_ms(max(next(job), 300))
    except StopIteration as end:
        return end.value
"""


@pytest.mark.parametrize("speed", ["typical", "maximum"])
def test_a_task_that_is_resumed_every_300_ms_is_in_time_for_the_shortest_watchdog(chip, speed):
    chip.reset(speed=speed)
    chip.chip.timing.watchdog = "minimum"
    chip.exec(SLOWLY)
    signature = chip.run("slowly(chip.private_key(0).sign(0x0403, bytes(32)))")
    _private(chip, 0).public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))
    chip.exec("slowly(chip.source().filling(bytearray(96)))")
    assert chip.run("bytes(slowly(chip.session(commands.read_config)))") == chip.chip.memory.config


@pytest.mark.parametrize("watchdog", ["minimum", "maximum"])
def test_works_at_the_datasheets_longest_times(chip, watchdog):
    chip.reset(speed="maximum")
    chip.chip.timing.watchdog = watchdog
    point, signature = _signed(DIGEST)
    assert chip.run(f"run(chip.verifier().verify({P256_SHA256}, (23, {point!r}), {DIGEST!r}, {signature!r}))") is True
    made = chip.run(f"run(chip.private_key(0).sign({P256_SHA256}, {DIGEST!r}))")
    _private(chip, 0).public_key().verify(made, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    _agree(chip, "2")
    assert (
        chip.run("from latchkey.secure_element import mac_commands\nchip.do(mac_commands.sha256, message)")
        == hashlib.sha256(MESSAGE).digest()
    )


# A bus with others on it


class Gauge:
    """Something else at an address where a chip might be: answers reads with zeros, and remembers what is written to it."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.written = bytearray()

    def addressed(self, address: int, read: bool) -> bool:
        return address == self.address

    def receive(self, byte: int) -> bool:
        self.written.append(byte)
        return True

    def transmit(self) -> int:
        return 0

    def stop(self) -> None:
        pass

    def sda_low(self, nanoseconds: int, general_call: bool) -> None:
        pass

    def expect(self, data: bytes) -> None:
        pass


@pytest.mark.parametrize("address", [0x36, 0x35])
def test_other_devices_are_not_written_to(chip, address):
    gauge = Gauge(address)
    chip.bus.attach(gauge)
    try:
        chip.exec("chip.source().fill(bytearray(32))\nchip.sleep()")
        chip.bus.devices.remove(chip.chip)
        chip.exec("chip = ATECC(i2c)")
        assert chip.run("chip.ready()") is False
        chip.bus.attach(chip.chip)
        chip.chip.memory.config[16] = 0x35 << 1 if address == 0x36 else 0x36 << 1
        chip.controls.do_power_cycle()
        assert chip.run("chip.ready()") is True
    finally:
        chip.bus.devices.remove(gauge)
    assert gauge.written == b""


def test_a_chip_that_other_traffic_woke_and_the_watchdog_put_to_sleep_is_used_as_before(chip):
    chip.chip.wakes_on_any_low = True
    for pause, state in ((10, "awake"), (2000, "asleep")):
        chip.exec(f"chip.source().fill(bytearray(32))\ntry: i2c.writeto(0x40, bytes(2))\nexcept OSError: pass\nclock.sleep_ms({pause})")
        assert chip.controls.do_state() == state
        signature = chip.run("run(chip.private_key(0).sign(0x0403, bytes(32)))")
        _private(chip, 0).public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


# Digests


@pytest.mark.parametrize("kind", ["atecc508a", "atecc608a"])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200])
def test_hashes_and_authenticates_like_hashlib(chip, kind, length):
    chip.reset(kind=kind)
    data = bytes(range(length))
    chip.exec("from latchkey.secure_element import mac_commands")
    assert chip.run(f"chip.do(mac_commands.sha256, {data!r})") == hashlib.sha256(data).digest()
    assert chip.run(f"chip.do(mac_commands.hmac_sha256, 5, {data!r})") == hmac.digest(bytes([5]) * 32, data, "sha256")


def test_mac_follows_its_formula(chip):
    challenge, serial = bytes(range(32)), chip.chip.memory.serial_number
    chip.exec("from latchkey.secure_element import mac_commands")
    message = bytes([5]) * 32 + challenge + b"\x08\x00\x05\x00" + bytes(11) + serial[8:9] + bytes(4) + serial[:2] + bytes(2)
    assert chip.run(f"chip.do(mac_commands.mac, 5, {challenge!r})") == hashlib.sha256(message).digest()


def test_a_wrong_signature_is_told_apart_by_cryptography_too():
    """The oracle of this file can fail."""
    point, signature = _signed(DIGEST)
    with pytest.raises(InvalidSignature):
        _public(point).verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))
