"""What can't be undone is not sent to a chip that it would leave without an address, a slot that signs or a key, unless that is named."""

import importlib.util
from types import ModuleType

import pytest

from tools.build.places import ROOT
from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")

SLOTS = "8120 8120 8420 8f80 8f80 8f45 8f80 8f80 0f00 0f00 0f00 0f00 0f00 0f00 8f80 8f80"
KEYS = "3300 3300 1300 1c00 1c00 3c00 1c00 1c00 3c00 3000 3c00 3000 3c00 3c00 1c00 1c00"


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey.secure_element.provision import Provision")
        yield made


@pytest.fixture
def blank(module_bench) -> ChipBench:
    module_bench.reset(setup="blank")
    module_bench.exec("p = Provision(chip)")
    return module_bench


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    """The table of rules, as a program on a host has it."""
    spec = importlib.util.spec_from_file_location("configuration", ROOT / "firmware/latchkey/secure_element/configuration.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wanted(chip: ChipBench, **changes: str) -> bytes:
    """A good configuration, with these changes: `at` and hexadecimal digits as a16="0c"."""
    config = bytearray(bytes.fromhex(chip.controls.do_peek("config")))
    config[20:52], config[96:128] = bytes.fromhex(SLOTS), bytes.fromhex(KEYS)
    for at, digits in changes.items():
        data = bytes.fromhex(digits)
        config[int(at[1:]) : int(at[1:]) + len(data)] = data
    return bytes(config)


NO_SIGNER = SLOTS.replace("8120", "8420")
BAD = [
    ("no_address", {"a16": "0e"}, "0E is the I2C address 0x07"),
    ("no_address", {"a16": "00"}, "00 is the I2C address 0x00"),
    ("no_address", {"a16": "f0"}, "F0 is the I2C address 0x78"),
    ("no_address", {"a16": "ff"}, "FF is the I2C address 0x7F"),
    ("slots_locked", {"a88": "feff"}, "in slots 0"),
    ("slots_locked", {"a88": "ffef"}, "in slots 12"),
    ("slots_locked", {"a88": "fd0f"}, "in slots 1, 12, 13, 14, 15"),
    ("no_signer", {"a20": NO_SIGNER}, "no slot has"),
    ("no_signer", {"a96": "3200 3200"}, "no slot has"),
    ("no_signer", {"a96": "1f00 1f00"}, "no slot has"),
    ("no_signer", {"a96": "b300 b300"}, "no slot has"),
    ("no_signer", {"a20": "0120 0120"}, "no slot has"),
    ("no_signer", {"a20": "a120 a120", "a52": "00000000ffffffff"}, "no slot has"),
    ("no_signer", {"a20": "8420" * 15 + "a120", "a96": "1300" * 15 + "3300", "a68": "00" * 16}, "no slot has"),
]


@pytest.mark.parametrize("call", ["write_config", "lock_config"])
@pytest.mark.parametrize(("name", "changes", "words"), BAD)
def test_a_configuration_that_would_end_a_chip_is_refused_unless_that_is_named(blank, rules, call, name, changes, words):
    config = wanted(blank, **changes)
    if call == "lock_config":
        blank.chip.memory.config[:] = config
        blank.chip.effective_address = lambda: 0x60  # until its next power-up
    before = blank.controls.do_peek("config")
    _, cause, detail = blank.run(f"outcome(lambda: p.{call}({config!r}))")
    assert cause == "IRREVERSIBLE" and words in detail and detail.endswith(f"; {name}=True says that it is meant")
    assert blank.controls.do_peek("config") == before
    others = ", ".join(f"{other}=True" for other, _ in rules.DANGERS if other != name)
    assert blank.run(f"outcome(lambda: p.{call}({config!r}, {others}))")[1] == "IRREVERSIBLE", "the others name other dangers"
    assert blank.run(f"outcome(lambda: p.{call}({config!r}, {name}=True))")[0] == "ok"
    assert rules.danger(config, ()) == (name, detail.rpartition("; ")[0]) and rules.danger(config, (name,)) is None


@pytest.mark.parametrize("changes", [{}, {"a16": "10"}, {"a16": "ee"}, {"a20": "8420", "a96": "1300"}, {"a20": "a120 8420"}])
def test_a_configuration_with_one_slot_that_signs_and_an_address_passes(blank, rules, changes):
    config = wanted(blank, **changes)
    assert rules.danger(config, ()) is None
    blank.exec(f"p.write_config({config!r})\np.lock_config({config!r})")
    assert blank.run("chip.config_locked") is True


def test_of_several_dangers_each_is_named(blank):
    config = wanted(blank, a16="00", a88="0000")
    assert "no_address=True" in blank.run(f"outcome(lambda: p.write_config({config!r}))")[2]
    assert "slots_locked=True" in blank.run(f"outcome(lambda: p.write_config({config!r}, no_address=True))")[2]
    detail = blank.run(f"outcome(lambda: p.write_config({config!r}, no_address=True, slots_locked=True))")[2]
    assert "no_signer=True" in detail, "locked slots get no key"


def test_what_is_locked_already_is_said_to_be_so_whatever_it_is(blank):
    blank.chip.memory.config[:] = wanted(blank, a88="0000", a87="00")
    assert blank.run("outcome(lambda: p.lock_config(p.read_config()))")[1] == "LOCKED_ALREADY"


# Keys


def configured(chip: ChipBench, **changes: str) -> None:
    config = wanted(chip, **changes)
    chip.exec(f"p.write_config({config!r})\np.lock_config({config!r})")


def test_the_data_zone_is_not_locked_over_a_slot_that_would_never_have_a_key(blank):
    configured(blank, a20="8180 8180")
    blank.exec("p.generate_key(1)")
    _, cause, detail = blank.run("outcome(lambda: p.lock_data())")
    assert cause == "IRREVERSIBLE" and detail.startswith("no key is in slot 0, and none can be made there once the data zone is locked")
    assert "without_keys=True" in detail and blank.controls.do_peek("config")[172:174] == "55"
    blank.exec("p.generate_key(0)\np.lock_data()")
    assert blank.run("chip.data_locked") is True


def test_it_is_where_that_is_named(blank):
    configured(blank, a20="8180 8180")
    assert "slot 0, 1, and none" in blank.run("outcome(lambda: p.lock_data())")[2]
    blank.exec("p.lock_data(without_keys=True)")
    assert blank.run("chip.data_locked") is True


@pytest.mark.parametrize("slots", ["8120 8120", "8140 8140"])
def test_slots_that_get_their_key_later_do_not_stand_in_the_way(blank, slots):
    configured(blank, a20=slots)
    blank.exec("p.lock_data()")


def test_a_slot_is_not_locked_without_its_key(blank):
    configured(blank)
    _, cause, detail = blank.run("outcome(lambda: p.lock_slot(0))")
    assert cause == "IRREVERSIBLE" and detail.startswith("no key is in slot 0, and none can be made there once it is locked")
    blank.exec("p.generate_key(0)\np.lock_slot(0)\np.lock_slot(8)\np.lock_slot(1, without_keys=True)")
    assert blank.controls.do_peek("config")[176:180] == "fcfe"
    for slot in (0, 1):
        assert blank.run(f"outcome(lambda: p.lock_slot({slot}))")[1] == "LOCKED_ALREADY"


def test_before_the_configuration_the_data_zone_is_not_locked(blank):
    assert "the configuration zone is not locked" in blank.run("outcome(lambda: p.lock_data())")[2]
    assert "the configuration zone is not locked" in blank.run("outcome(lambda: p.lock_slot(0))")[2]


def test_a_key_that_signs_is_not_given_up_to_key_agreements(blank):
    """As slots are on many boards: 87 20 signs and agrees."""
    configured(blank, a20="8720")
    point = blank.run("p.generate_key(0)")
    blank.exec("p.lock_data()")
    _, cause, detail = blank.run("outcome(lambda: chip.key_agreement(0))")
    assert cause == "IRREVERSIBLE" and detail.startswith("the key in slot 0 may sign") and "signing_key=True" in detail
    assert blank.run("chip.private_key(0).public_key") == (23, point)
    assert blank.run("chip.key_agreement(0, signing_key=True).name") == "ATECC508A slot 0, secret in clear over I2C"


# Addresses


@pytest.mark.parametrize("used", ["chip.ready()", "chip.source().ready()", "p.read_config()", "pass"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at the next wake", "at the next power-up"])
def test_a_chip_that_is_given_another_address_is_not_lost(blank, used, at_once):
    """Used before or not; whenever the address changes, which the datasheet does not say; what is tried with it meanwhile works."""
    address = [0x60]
    if not at_once:
        blank.chip.effective_address = lambda: address[0]
    blank.exec(used)
    blank.exec(f"p.write_config({wanted(blank, a16='6c')!r})")
    assert blank.run("chip.link.address") == (0x36 if at_once else 0x60)
    blank.exec("chip.sleep()\nchip.do(chip.refresh)")
    address[0] = 0x36
    blank.controls.do_power_cycle()
    blank.exec("p.lock_config(p.read_config())")
    assert blank.run("chip.link.address") == 0x36 and len(blank.run("p.generate_key(0)")) == 65


@pytest.mark.parametrize("when", ["before", "during", "after"])
@pytest.mark.parametrize("skip", [0, 1, 5])
def test_nor_where_power_fails_while_it_is_written(blank, when, skip):
    blank.exec("chip.ready()")
    blank.controls.do_fault(kind="brown_out", command="Write", when=when, skip=skip)
    blank.exec(f"p.write_config({wanted(blank, a16='6c')!r})")
    assert blank.run("chip.link.address") == 0x36


def test_other_devices_at_the_new_address_are_not_written_to_before_it_moves(blank):
    class Other:
        written = bytearray()

        def addressed(self, address, read):
            return address == 0x36

        def receive(self, byte):
            self.written.append(byte)
            return True

        def transmit(self):
            return 0

        def stop(self):
            pass

        def sda_low(self, nanoseconds, general_call):
            pass

        def expect(self, data):
            pass

    blank.chip.effective_address = lambda: 0x60
    other = Other()
    blank.bus.attach(other)
    try:
        blank.exec(f"chip.ready()\np.write_config({wanted(blank, a16='6c')!r})\nchip.sleep()\nchip.do(chip.refresh)")
    finally:
        blank.bus.devices.remove(other)
    assert other.written == b""


@pytest.mark.parametrize(("value", "reachable"), [(0x6C, True), (0xF0, False), (0x0E, False)])
def test_a_608s_second_address_is_held_to_the_same_rule(module_bench, value, reachable):
    chip = module_bench
    chip.reset(kind="atecc608a", setup="trust_and_go")
    chip.exec("from latchkey.secure_element import zone_commands\nchip.ready()")
    ended = chip.run(f"outcome(lambda: chip.do(zone_commands.update_extra, 1, {value}))")
    if reachable:
        assert ended[0] == "ok" and chip.run("chip.sleep() or chip.do(chip.refresh) or chip.link.address") == 0x36
    else:
        assert ended[1] == "IRREVERSIBLE" and chip.controls.do_peek("config")[170:172] == "00"
