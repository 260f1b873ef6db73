"""`secure_element.probe(i2c)`: what is on the bus, each with its own line, and nothing written to what is none of ours."""

from collections.abc import Iterator
from typing import Any

import pytest

from host_tests.chip.test_finding import Other
from tools.laboratory.atecc_simulator import Atsha204a
from tools.laboratory.atecc_simulator.atsha204a import atsha204a
from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey import secure_element")
        yield made


@pytest.fixture
def chip(module_bench) -> Iterator[ChipBench]:
    module_bench.reset()
    module_bench.bus.devices.clear()
    yield module_bench
    module_bench.bus.devices[:] = [module_bench.chip]


def attach(chip: ChipBench, *devices: Any) -> None:
    for device in devices:
        chip.bus.attach(device)
    chip.bus.clock.advance(1_000_000)


def lines(chip: ChipBench, **arguments: object) -> list[str]:
    given = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return chip.exec(f"for found in secure_element.probe(i2c{given}): print(found)").splitlines()


def test_an_empty_bus_has_nothing(chip):
    assert lines(chip) == []


def test_chips_that_sleep_are_woken_and_named_with_what_they_do_for_tls(chip):
    attach(chip, chip.chip, Atsha204a(chip.bus.clock, atsha204a()))
    assert lines(chip) == [
        "0x60 ATECC508A: randomness, key and certificate of the client, ECDHE (the secret in clear or read encrypted), verification,"
        " a pre-shared key",
        "0x64 ATSHA204A: randomness, a pre-shared key by MAC under a key that stays inside",
    ]
    assert chip.run("chip = secure_element.probe(i2c)[1].chip\nchip.source().fill(bytearray(32)) or chip.ready()") is True


def test_what_is_no_secure_element_is_named_and_not_written_to(chip):
    gauge = Other(0x1D, 0x5A)
    attach(chip, gauge)
    assert lines(chip) == ["0x1d unknown: none of the chips that there are drivers for"]
    assert gauge.written == b""
