"""A chip that an earlier host left awake is found at once, whatever it left in its buffers, though its watchdog waits for 10 s."""

from collections.abc import Callable

import pytest

from tools.laboratory.atecc_simulator.clock import MILLISECOND
from tools.laboratory.atecc_simulator.host import ADDRESS, Host
from tools.laboratory.atecc_simulator.packets import command
from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")  # the driver itself runs on every target in test_driver.py

LIMIT_MS = 1900
LONG_WATCHDOG = 0x04  # ChipMode bit 2
INFO, RANDOM, GENKEY, SIGN = 0x30, 0x1B, 0x40, 0x41


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        yield made


def left_after_the_pulse(host: Host) -> None:
    host.pulse()
    host.bus.clock.advance(5 * MILLISECOND)


def left_after_a_wake(host: Host) -> None:
    host.wake()


def left_after_an_answer(host: Host) -> None:
    host.wake()
    host.call(INFO)


def left_before_a_long_answer(host: Host) -> None:
    host.wake()
    host.send(RANDOM)
    host.bus.clock.advance(50 * MILLISECOND)


def left_within_a_long_answer(host: Host) -> None:
    left_before_a_long_answer(host)
    host.bus.readfrom(ADDRESS, 10)


def left_before_a_refusal(host: Host) -> None:
    host.wake()
    host.send(SIGN, 0x80, 2)
    host.bus.clock.advance(50 * MILLISECOND)


def left_executing(host: Host) -> None:
    host.wake()
    host.send(GENKEY, 4, 2)


def left_within_a_command(host: Host) -> None:
    host.wake()
    host.bus.writeto(ADDRESS, command(RANDOM, 0, 0, b"")[:4])


WAYS = [make for name, make in globals().items() if name.startswith("left_")]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("arguments", ["", ", address=0x60"], ids=["anywhere", "at a known address"])
@pytest.mark.parametrize(("kind", "speed"), [("atecc508a", "maximum"), ("atecc608a", "typical")])
def test_a_chip_left_awake_is_found_before_its_watchdog_ends(
    module_bench: ChipBench, way: Callable[[Host], None], arguments: str, kind: str, speed: str
) -> None:
    chip = module_bench
    chip.reset(kind=kind, speed=speed)
    chip.chip.memory.config[19] |= LONG_WATCHDOG
    way(Host(chip.bus))
    begun = chip.bus.clock.milliseconds
    assert chip.run(f"ATECC(i2c{arguments}).why_not()") == ""
    assert chip.bus.clock.milliseconds - begun < LIMIT_MS
    assert chip.controls.do_state() == "idle"


class Other:
    """Another device at an address where a chip might be: reads as one byte again and again, and remembers what it is sent."""

    def __init__(self, address: int, reads: int) -> None:
        self.address, self.reads = address, reads
        self.written = bytearray()

    def addressed(self, address: int, read: bool) -> bool:
        return address == self.address

    def receive(self, byte: int) -> bool:
        self.written.append(byte)
        return True

    def transmit(self) -> int:
        return self.reads

    def stop(self) -> None:
        pass

    def sda_low(self, nanoseconds: int, general_call: bool) -> None:
        pass

    def expect(self, data: bytes) -> None:
        pass


@pytest.mark.parametrize("reads", [0x00, 0x04, 0x07, 0x23, 0x43, 0xFF])
def test_another_device_is_not_written_to_where_a_chip_is_found_elsewhere(module_bench, reads) -> None:
    chip = module_bench
    chip.reset()
    chip.chip.memory.config[16] = 0x36 << 1
    other = Other(0x60, reads)
    chip.bus.attach(other)
    try:
        assert chip.run("chip.source().fill(bytearray(32)) or chip.link.address") == 0x36
    finally:
        chip.bus.devices.remove(other)
    assert other.written == b""


@pytest.mark.parametrize(("reads", "may_be_sent"), [(0x00, b""), (0x04, b""), (0x43, b""), (0xFF, b"\x01")])
def test_without_a_chip_only_a_silent_device_is_sent_a_byte(module_bench, reads, may_be_sent) -> None:
    """One that gives FF, as a chip does whose answer was read to its end: the byte that would put that to sleep."""
    chip = module_bench
    chip.reset()
    other = Other(0x60, reads)
    chip.bus.devices.clear()
    chip.bus.attach(other)
    try:
        assert "no ATECC508A or 608 found" in chip.run("chip.why_not()")
    finally:
        chip.bus.devices.clear()
        chip.bus.attach(chip.chip)
    assert bytes(set(other.written)) == may_be_sent
