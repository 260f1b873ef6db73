"""Faults that are injected into the simulated chip, as a host meets them; and its EEPROM's file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.build.places import ROOT
from tools.laboratory.atecc_simulator import AddressNack, Atecc508a, Clock, Fault, Status, Word, command, setups, storage
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.clock import MILLISECOND, SECOND
from tools.laboratory.atecc_simulator.commands.ecc import public_of
from tools.laboratory.atecc_simulator.host import ADDRESS

LABORATORY = ROOT / "tools" / "laboratory"

INFO, RANDOM, NONCE, GENKEY, SIGN, WRITE, COUNTER, LOCK = 0x30, 0x1B, 0x16, 0x40, 0x41, 0x12, 0x24, 0x17
WOKEN = bytes.fromhex("04113343")


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.wake()
    return bench


# On the bus


@pytest.mark.parametrize("byte", [-1, 0, 1, 2, 5, 7])
def test_a_lost_ack_ends_the_write_where_it_was_lost(bench: Bench, byte: int) -> None:
    bench.chip.faults.add(Fault("lost_ack", "Info", byte=byte))
    if byte < 0:
        with pytest.raises(AddressNack):
            bench.bus.writeto(ADDRESS, command(INFO))
    else:
        assert bench.bus.writeto(ADDRESS, command(INFO)) == byte
    if byte == 7:  # the chip has it all, and the host does not know
        bench.clock.advance(MILLISECOND)
        assert bench.receive() == bench.chip.revision
    bench.word(Word.RESET)
    assert bench.call(INFO) == bench.chip.revision


@pytest.mark.parametrize("byte", range(2, 8))
def test_a_bit_flipped_on_the_way_there_is_an_error_of_communication(bench: Bench, byte: int) -> None:
    bench.chip.faults.add(Fault("flip_write", "Info", byte=byte, bit=3))
    assert bench.call(INFO) == Status.COMMUNICATION
    assert bench.call(INFO) == bench.chip.revision


@pytest.mark.parametrize("byte", range(7))
def test_a_bit_flipped_on_the_way_back_does_not_pass_the_crc(bench: Bench, byte: int) -> None:
    bench.chip.faults.add(Fault("flip_read", "Info", byte=byte, bit=1))
    bench.send(INFO)
    bench.poll()
    with pytest.raises(ValueError, match="does not fit"):
        bench.receive()
    bench.word(Word.RESET)
    assert bench.receive() == bench.chip.revision


def test_a_missing_chip_does_not_answer(bench: Bench) -> None:
    bench.chip.faults.add(Fault("missing", times=2))
    assert [bench.answers() for _ in range(3)] == [False, False, True]


def test_a_self_test_that_fails_at_a_wake_is_said_until_the_next_wake(bench: Bench) -> None:
    bench.word(Word.SLEEP)
    bench.chip.faults.add(Fault("self_test"))
    assert bench.wake() == bytes.fromhex("040740c2")
    assert bench.call(INFO) == bench.chip.revision
    bench.word(Word.SLEEP)
    assert bench.wake() == WOKEN


def test_a_lost_wake_wants_another(bench: Bench) -> None:
    bench.word(Word.SLEEP)
    bench.chip.faults.add(Fault("lost_wake"))
    with pytest.raises(AddressNack):
        bench.wake()
    assert bench.wake() == WOKEN


# In the chip


@pytest.mark.parametrize("status", [0x05, 0x0F, 0x03, 0x42, 0xEE, 0xFF])
def test_a_status_comes_instead_of_execution(bench: Bench, status: int) -> None:
    before = bytes(bench.memory.slots[2])
    bench.chip.faults.add(Fault("status", "GenKey", status=status, skip=1, times=2))
    assert len(bench.get(GENKEY, 0, 2)) == 64
    assert [bench.call(GENKEY, 4, 2), bench.call(GENKEY, 4, 2)] == [status, status]
    assert bytes(bench.memory.slots[2]) == before
    assert len(bench.get(GENKEY, 4, 2)) == 64
    assert [fault.kind for fault in bench.chip.faults.spent] == ["status"]


def test_a_stuck_chip_keeps_saying_that_it_woke(bench: Bench) -> None:
    bench.chip.faults.add(Fault("stuck", times=2))
    for _ in range(2):
        bench.send(INFO)
        bench.clock.advance(5 * MILLISECOND)
        assert bench.receive() == Status.WOKEN
    assert bench.call(INFO) == bench.chip.revision


def test_a_hanging_chip_is_ended_by_its_watchdog(bench: Bench) -> None:
    before = bytes(bench.memory.slots[2])
    bench.chip.faults.add(Fault("hang", "GenKey"))
    bench.send(GENKEY, 4, 2)
    bench.clock.advance(1200 * MILLISECOND)
    assert not bench.answers()
    bench.clock.advance(SECOND)
    assert bench.chip.state == "asleep" or not bench.answers()
    assert bench.wake() == WOKEN
    assert bytes(bench.memory.slots[2]) == before


@pytest.mark.parametrize(("when", "written"), [("before", "nothing"), ("after", "all"), ("during", "half")])
def test_a_brown_out_leaves_nothing_all_or_half_in_eeprom(bench: Bench, when: str, written: str) -> None:
    bench.chip.faults.add(Fault("brown_out", "Write", when=when))
    bench.send(WRITE, 0x82, 13 << 3, b"\xaa" * 32)
    assert not bench.answers()
    expected = {"nothing": bytes(32), "all": b"\xaa" * 32, "half": b"\xaa" * 16 + bytes(16)}[written]
    assert bytes(bench.memory.slots[13][:32]) == expected
    bench.clock.advance(MILLISECOND)
    assert bench.wake() == WOKEN


def test_after_a_brown_out_in_genkey_the_public_key_is_that_of_the_key_there_is() -> None:
    for when in ("before", "during", "after"):
        bench = Bench()
        bench.wake()
        bench.chip.faults.add(Fault("brown_out", "GenKey", when=when))
        bench.send(GENKEY, 4, 2)
        bench.clock.advance(200 * MILLISECOND)
        assert not bench.answers()
        bench.wake()
        assert bench.get(GENKEY, 0, 2) == public_of(setups.private_value(bench.memory, 2))


@pytest.mark.parametrize(("when", "values"), [("before", {5}), ("after", {6}), ("during", {6, 7})])
def test_a_counter_never_goes_back_and_may_jump(bench: Bench, when: str, values: set[int]) -> None:
    bench.memory.set_counter(1, 5)
    bench.chip.faults.add(Fault("brown_out", "Counter", when=when))
    bench.send(COUNTER, 1, 1)
    assert bench.memory.counter(1) in values


def test_power_lost_in_the_middle_of_a_command_loses_what_it_wrote(bench: Bench) -> None:
    bench.send(WRITE, 0x82, 13 << 3, b"\xaa" * 32)
    bench.clock.advance(MILLISECOND)
    bench.chip.power_cycle()
    assert bench.memory.slots[13][:32] == bytes(32)


def test_faults_wait_for_their_command(bench: Bench) -> None:
    bench.chip.faults.add(Fault("status", "Sign"))
    assert bench.call(INFO) == bench.chip.revision
    assert bench.chip.faults.waiting
    bench.chip.faults.clear()
    bench.call(NONCE, 3, 0, bytes(32))
    assert len(bench.get(SIGN, 0x80)) == 64


@pytest.mark.parametrize("wrong", [{"kind": "gremlin"}, {"kind": "brown_out", "when": "later"}])
def test_rejects_faults_that_it_does_not_know(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"no fault|a brown-out"):
        Fault(**wrong)


# The file


def test_the_eeprom_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    bench = Bench(setups.tls_client(), path=path)
    bench.wake()
    public = bench.get(GENKEY, 4, 2)
    bench.get(COUNTER, 1, 0)
    again = Bench(storage.load(path))
    again.wake()
    assert again.get(GENKEY, 0, 2) == public
    assert again.get(COUNTER, 0, 0) == b"\1\0\0\0"
    assert again.memory.wear == bench.memory.wear


def test_a_chip_is_loaded_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    memory = setups.tls_client()
    storage.save(path, memory)
    assert Atecc508a(Clock(), path=path).memory.slots == memory.slots
    with pytest.raises(ValueError, match="needs its memory"):
        Atecc508a(Clock())


def test_it_is_written_when_the_command_is_over_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    bench = Bench(setups.tls_client(), path=path)
    bench.wake()
    bench.send(WRITE, 0x82, 13 << 3, b"\xaa" * 32)
    assert storage.load(path).slots[13][:32] == bytes(32)
    bench.poll()
    assert storage.load(path).slots[13][:32] == b"\xaa" * 32


@pytest.mark.parametrize("spoil", [lambda d: d[: len(d) // 2], lambda d: d.replace(b"01 23", b"01 24"), lambda d: b"", lambda d: b"[]"])
def test_rejects_a_damaged_file(tmp_path: Path, spoil) -> None:
    path = tmp_path / "chip.json"
    path.write_bytes(spoil(storage.dump(setups.tls_client())))
    with pytest.raises(storage.DamagedFile):
        storage.load(path)


def test_a_half_written_file_beside_it_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    memory = setups.tls_client()
    storage.save(path, memory)
    (tmp_path / "chip.json.new").write_bytes(storage.dump(memory)[:100])
    assert storage.load(path).config == memory.config
    storage.save(path, memory)
    assert storage.load(path).config == memory.config


_WRITER = """
import sys
from pathlib import Path
from atecc_simulator import setups, storage
path, memory, n = Path(sys.argv[1]), storage.load(Path(sys.argv[1])), 0
print("ready", flush=True)
while True:
    n += 1
    memory.set_counter(0, n)
    memory.slots[8][:] = n.to_bytes(4, "big") * 104
    storage.save(path, memory)
"""


def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    storage.save(path, setups.tls_client())
    values = []
    for pause in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(LABORATORY)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.011 * (pause + 1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        memory = storage.load(path)
        value = memory.counter(0)
        assert memory.slots[8] == value.to_bytes(4, "big") * 104
        values.append(value)
    assert any(values)
