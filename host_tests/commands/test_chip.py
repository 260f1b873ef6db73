"""`latchkey chip`: what a chip is, in words; random bytes; whether it has a configuration."""

from pathlib import Path

import pytest

from host_tests.commands.desk import Desk

pytestmark = pytest.mark.targets("unix")


def test_info_says_what_a_chip_is(desk: Desk) -> None:
    status, out, _ = desk.run("chip info")
    assert status == 0 and out.startswith("ATECC508A, revision 00005002, serial number 01230A0B0C0D0E0FEE, address 0x60\n")
    assert "configuration zone open" in out and "slots: none" in out
    desk.new_chip(setup="tls_client")
    told = desk.told("chip info")
    assert told["locked"] == {"config": True, "data": True} and told["keys"] == [0, 1, 2] and bytes.fromhex(told["config"]) == desk.config
    desk.new_chip(kind="atecc608a", setup="trust_and_go")
    assert (told := desk.told("chip info"))["address"] == 0x35 and told["model"].startswith("ATECC608")


def test_report_is_the_chips_own(desk: Desk) -> None:
    desk.new_chip(setup="tls_client")
    own = desk.exec("chip.report()")
    assert desk.run("chip report")[1].splitlines() == own == desk.told("chip report")["report"]
    assert any(line.startswith("slot  0: P-256 private key") for line in own)


@pytest.mark.parametrize("length", [1, 32, 100])
def test_random_bytes_come_into_a_file(desk: Desk, length: int) -> None:
    desk.new_chip(setup="tls_client")
    assert desk.told("chip random", length, "-o", "a.bin")["bytes"] == length
    desk.run("chip random", length, "-o", "b.bin")
    first, second = Path("a.bin").read_bytes(), Path("b.bin").read_bytes()
    assert len(first) == len(second) == length and (length == 1 or first != second)


def test_random_bytes_of_an_unlocked_chip_are_refused(desk: Desk) -> None:
    status, _, err = desk.run("chip random", 32, "-o", "a.bin")
    assert status == 1 and "(latchkey explain 812)" in err and not Path("a.bin").exists()
    assert "bytes can be had" in desk.run("chip random", 0, "-o", "a.bin")[2]


def test_a_chip_is_compared_with_products_records_and_files(desk: Desk, ca: Path) -> None:
    Path("pump.toml").write_text("")
    status, out, _ = desk.run("chip compare", "pump.toml")
    assert status == 1 and "83 20 -> 81 20" in out and "another configuration" in out
    Path("zone.bin").write_bytes(desk.config)
    assert desk.told("chip compare", "zone.bin") == {"same": True, "differences": []}
    desk.told("provision", "--commit", "--ca", ca)
    assert desk.run("chip compare", "zone.bin")[0] == 1
    for file in ("pump.toml", "provisioned/01230A0B0C0D0E0FEE-0.json"):
        assert desk.told("chip compare", file)["same"] is True


@pytest.mark.parametrize(
    ("name", "data", "says"), [("x.bin", b"1", "128 bytes, this has 1"), ("x.json", b"[]", "no record"), ("x", None, "No such")]
)
def test_what_is_no_configuration_is_said_in_a_line(desk: Desk, name: str, data: bytes | None, says: str) -> None:
    if data is not None:
        Path(name).write_bytes(data)
    status, out, err = desk.run("chip compare", name)
    assert (status, out) == (1, "") and says in err and err.count("\n") == 1
