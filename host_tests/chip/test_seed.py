"""The chip's generator has updated its seed before it makes a number that must stay secret (a signature's nonce, a key in TempKey).

The simulated chip counts those that it made from the seed as it was at power-up or wake: `stale_draws`.
"""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tools.laboratory.atecc_simulator.host import Host
from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")  # the driver itself runs on every target in test_driver.py

DIGEST = bytes(range(32))
PEER = ec.generate_private_key(ec.SECP256R1())
# Steps a signature up to where the chip was sent the command that takes so long at least.
UP_TO = """
def up_to(job, wanted):
    while True:
        pause = next(job)
        if pause == wanted:
            return job
        clock.sleep_ms(pause)
key = chip.private_key(0)
"""


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        yield made


@pytest.fixture(params=["atecc508a", "atecc608a"])
def chip(module_bench, request) -> ChipBench:
    module_bench.reset(kind=request.param)
    module_bench.exec(UP_TO)
    return module_bench


def signs(chip: ChipBench, job: str = f"key.sign(0x0403, {DIGEST!r})") -> None:
    """A right signature, whose nonce came from an updated seed."""
    signature = chip.run(f"run({job})")
    key = ec.derive_private_key(int(chip.controls.do_private_key(0), 16), ec.SECP256R1()).public_key()
    key.verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert chip.chip.stale_draws == 0


def sent(chip: ChipBench) -> list[int]:
    """Opcodes since the recording began."""
    return [transfer.data[2] for transfer in chip.bus.recording if not transfer.read and transfer.data[:1] == b"\x03"]


INFO, RANDOM, NONCE, SIGN = 0x30, 0x1B, 0x16, 0x41


def test_the_simulated_chip_sees_a_driver_that_does_not_care(chip):
    host = Host(chip.bus)
    host.wake()
    host.call(NONCE, 3, 0, DIGEST)
    host.call(SIGN, 0x80, 0)
    assert chip.chip.stale_draws == 1


def test_a_freshly_powered_chip_draws_before_its_first_signature_and_once(chip):
    chip.exec("chip.ready()")
    for expected in ([INFO, RANDOM, NONCE, SIGN], [INFO, NONCE, SIGN], [INFO, NONCE, SIGN]):
        chip.bus.recording.clear()
        signs(chip)
        assert sent(chip) == expected
    assert chip.chip.memory.wear["seed"] == 1


def test_a_chip_whose_generator_was_used_is_not_asked_again(chip):
    chip.exec("chip.source().fill(bytearray(32))")
    chip.bus.recording.clear()
    signs(chip)
    assert sent(chip) == [INFO, NONCE, SIGN]


@pytest.mark.parametrize(
    "happening",
    [
        lambda chip: chip.controls.do_power_cycle(),
        lambda chip: chip.exec("chip.sleep()"),
        lambda chip: chip.exec("chip.ready()\nclock.sleep_ms(20000)"),
        lambda chip: chip.exec("chip.do(chip.refresh)\nchip.link.wake().send(None)\nclock.sleep_ms(2000)"),  # the watchdog ends it
        lambda chip: chip.exec("chip = ATECC(i2c)\nkey = chip.private_key(0)"),
    ],
    ids=["power lost", "put to sleep", "left idle", "watchdog", "host reset"],
)
def test_whatever_happens_between_two_signatures_the_seed_is_new(chip, happening):
    signs(chip)
    happening(chip)
    signs(chip)
    signs(chip)


@pytest.mark.parametrize("command", ["Info", "Random", "Nonce", "Sign"])
@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_power_that_fails_within_the_sequence_begins_it_anew_from_the_seed(chip, command, when):
    chip.exec("chip.ready()")
    chip.controls.do_fault(kind="brown_out", command=command, when=when)
    signs(chip)


@pytest.mark.parametrize("pause", [1, 42])
@pytest.mark.parametrize("happening", ["power", "sleep", "watchdog"])
def test_so_it_does_where_it_happens_between_two_steps_of_a_task(module_bench, pause, happening):
    """After the first wait of so many ms: of Random, of Sign."""
    chip = module_bench
    chip.reset()
    chip.exec(UP_TO + f"chip.ready()\njob = up_to(key.sign(0x0403, {DIGEST!r}), {pause})")
    if happening == "power":
        chip.controls.do_power_cycle()
    elif happening == "sleep":
        chip.exec("clock.sleep_ms(100)\nchip.link.sleep()")
    else:
        chip.exec("clock.sleep_ms(2000)")
    signs(chip, "job")


def test_others_on_the_bus_that_wake_the_chip_after_power_failed_do_not_save_it_the_draw(chip):
    chip.chip.wakes_on_any_low = True
    signs(chip)
    chip.controls.do_power_cycle()
    chip.exec("try: i2c.writeto(0x40, bytes(2))\nexcept OSError: pass\nclock.sleep_ms(5)")
    assert chip.controls.do_state() == "awake"
    signs(chip)


def test_a_key_in_tempkey_comes_from_an_updated_seed(module_bench):
    chip = module_bench
    chip.reset(kind="atecc608a")
    point = PEER.public_key().public_numbers()
    theirs = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    for step in ("chip.ready()", "chip.sleep()"):
        chip.exec(f"{step}\nlink.control('forget')")
        chip.exec(f"run(chip.key_agreement().agree(23, {theirs!r}, chip.source()))")
        assert chip.chip.stale_draws == 0
    chip.bus.recording.clear()
    chip.exec(f"class Fixed:\n    def fill(self, buf): pass\nchip.sleep()\nrun(chip.key_agreement().agree(23, {theirs!r}, Fixed()))")
    assert chip.chip.stale_draws == 0 and sent(chip)[-4:] == [INFO, RANDOM, 0x40, 0x43]
