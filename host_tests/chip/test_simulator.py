"""The simulated chip on the bus: addresses, wake, packets, time. (Section numbers: ATECC508A datasheet DS20005927A.)"""

from collections.abc import Iterator

import pytest

from tools.laboratory.atecc_simulator import (
    MILLISECOND,
    AddressNack,
    Atecc508a,
    Bus,
    Packet,
    Status,
    Timing,
    Word,
    command,
    crc16,
    response,
    setups,
    unframe,
)
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.clock import MICROSECOND, SECOND
from tools.laboratory.atecc_simulator.host import ADDRESS, Host
from tools.laboratory.atecc_simulator.packets import frame
from tools.laboratory.atecc_simulator.timing import ATECC508A

INFO, RANDOM, NONCE, READ = 0x30, 0x1B, 0x16, 0x02
WOKEN = bytes.fromhex("04113343")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def awake(bench: Bench) -> Iterator[Bench]:
    bench.wake()
    yield bench


# Packets (9.1, 9.2)


@pytest.mark.parametrize(
    ("counted", "crc"),
    [
        ("0411", "3343"),
        ("0400", "0340"),
        ("0401", "00c3"),
        ("0403", "8342"),
        ("0405", "c343"),
        ("0407", "40c2"),
        ("040f", "2342"),
        ("04ee", "3141"),
        ("04ff", "0142"),
        ("0730000000", "035d"),
        ("071b000000", "24cd"),
        ("0702800000", "09ad"),
        ("0702001500", "175d"),
        ("0740040200", "8507"),
        ("0741800000", "2805"),
        ("0717810000", "3a07"),
        ("0700005000", "0391"),
        (b"123456789".hex(), "ddbc"),
    ],
)
def test_crc_of_published_packets(counted: str, crc: str) -> None:
    assert crc16(bytes.fromhex(counted)).hex() == crc


def test_commands_and_responses_have_the_datasheets_bytes() -> None:
    assert command(0x12, 0x00, 5, bytes.fromhex("81208120")).hex() == "030b12000500812081207 3dd".replace(" ", "")
    assert command(0x47, 2, 3, b"abc").hex() == "030a470203006162637053"
    assert response(Status.WOKEN) == WOKEN
    assert response(b"\xff\xff\x00\x00" * 8)[-2:].hex() == "411a"


@pytest.mark.parametrize("packet", ["", "03", "041134", "04113344", "0511334300"])
def test_rejects_responses_whose_count_or_crc_does_not_fit(packet: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        unframe(bytes.fromhex(packet))


# Wake (6.1)


def test_nobody_answers_before_a_wake_pulse(bench: Bench) -> None:
    assert not bench.answers()
    bench.bus.hz = 400_000
    assert bench.bus.scan() == []


def test_a_general_call_at_100_khz_wakes_it_and_it_says_so(bench: Bench) -> None:
    assert bench.wake() == WOKEN
    assert bench.bus.scan() == [ADDRESS]


@pytest.mark.parametrize(("hz", "wakes"), [(10_000, True), (100_000, True), (133_000, True), (140_000, False), (400_000, False)])
def test_only_a_slow_enough_zero_byte_is_a_wake_pulse(bench: Bench, hz: int, wakes: bool) -> None:
    bench.bus.hz = hz
    with pytest.raises(AddressNack):
        bench.bus.writeto(0, b"\0")
    bench.clock.advance(2 * MILLISECOND)
    assert bench.answers() == wakes


def test_a_low_sda_of_60_us_wakes_it_and_a_shorter_one_does_not(bench: Bench) -> None:
    bench.bus.wake_pulse(59 * MICROSECOND)
    bench.clock.advance(2 * MILLISECOND)
    assert not bench.answers()
    bench.bus.wake_pulse(60 * MICROSECOND)
    bench.clock.advance(2 * MILLISECOND)
    assert bench.answers()


def test_it_refuses_its_address_until_1500_us_after_the_pulse(bench: Bench) -> None:
    bench.bus.wake_pulse()
    bench.clock.advance(1480 * MICROSECOND)
    assert not bench.answers()
    assert bench.answers()  # the refused address took 110 us


def test_it_is_deaf_for_100_us_after_power_up() -> None:
    bus = Bus()
    chip = Atecc508a(bus.clock, setups.blank())
    bus.attach(chip)
    bus.wake_pulse(99 * MICROSECOND)
    assert chip.state == "asleep"
    assert Host(bus).wake() == WOKEN


def test_an_awake_chip_ignores_the_pulse(awake: Bench) -> None:
    assert awake.call(INFO) == awake.chip.revision
    left = awake.chip.watchdog_left
    awake.clock.advance(100 * MILLISECOND)
    awake.pulse()
    assert awake.chip.watchdog_left < left - 100 * MILLISECOND
    awake.word(Word.RESET)
    assert awake.receive() == awake.chip.revision


def test_slow_traffic_to_others_wakes_it_where_that_is_asked_for(bench: Bench) -> None:
    assert bench.bus.scan() == []
    bench.clock.advance(2 * MILLISECOND)
    assert not bench.answers()
    bench.chip.wakes_on_any_low = True
    bench.bus.scan()
    bench.clock.advance(2 * MILLISECOND)
    assert bench.answers()


def test_two_chips_wake_together_and_answer_apart(bench: Bench) -> None:
    memory = setups.tls_client(serial_number=bytes.fromhex("0123999999999999ee"))
    memory.config[16] = 0x36 << 1
    bench.bus.attach(Atecc508a(bench.bus.clock, memory))
    bench.clock.advance(MILLISECOND)
    bench.wake()
    assert bench.bus.scan() == [0x36, ADDRESS]


def test_a_changed_address_is_in_force_at_the_next_wake(bench: Bench) -> None:
    bench = Bench(setups.blank())
    bench.wake()
    assert bench.call(0x12, 0x00, 4, bytes.fromhex("6c00aa00")) == Status.SUCCESS
    assert bench.answers()
    bench.word(Word.SLEEP)
    bench.pulse()
    bench.clock.advance(2 * MILLISECOND)
    assert bench.bus.scan() == [0x36]


# Word addresses, buffers (6.2, 6.5, 6.6)


def test_reads_are_first_in_first_out_and_give_ff_beyond_the_end(awake: Bench) -> None:
    awake.send(INFO)
    awake.poll()
    whole = response(awake.chip.revision)
    assert awake.bus.readfrom(ADDRESS, 1) + awake.bus.readfrom(ADDRESS, 3) == whole[:4]
    assert awake.bus.readfrom(ADDRESS, 6) == whole[4:] + b"\xff\xff\xff"
    assert awake.bus.readfrom(ADDRESS, 2) == b"\xff\xff"


def test_word_address_0_rewinds(awake: Bench) -> None:
    awake.call(INFO)
    awake.word(Word.RESET)
    assert awake.bus.readfrom(ADDRESS, 7) == response(awake.chip.revision)


@pytest.mark.parametrize("word", [Word.IDLE, Word.SLEEP])
def test_idle_and_sleep_refuse_everything_and_lose_the_output(awake: Bench, word: Word) -> None:
    awake.send(INFO)
    awake.poll()
    awake.word(word)
    assert not awake.answers()
    assert awake.wake() == WOKEN


def test_a_new_command_clears_the_old_answer(awake: Bench) -> None:
    awake.call(INFO)
    awake.bus.writeto(ADDRESS, command(INFO)[:4])
    assert awake.bus.readfrom(ADDRESS, 4) == b"\xff" * 4


def test_bytes_after_count_are_not_acknowledged_and_do_no_harm(awake: Bench) -> None:
    assert awake.bus.writeto(ADDRESS, command(INFO) + b"\x00\x00") == 8
    awake.poll()
    assert awake.receive() == awake.chip.revision


def test_a_short_packet_never_answers_and_sleep_mends_it(awake: Bench) -> None:
    awake.bus.writeto(ADDRESS, command(RANDOM)[:6])
    awake.clock.advance(50 * MILLISECOND)
    assert awake.bus.readfrom(ADDRESS, 4) == b"\xff" * 4
    awake.word(Word.SLEEP)
    awake.wake()
    assert awake.call(INFO) == awake.chip.revision


def test_a_rest_completes_a_short_packet_and_a_reset_drops_it(awake: Bench) -> None:
    packet = command(INFO)
    awake.bus.writeto(ADDRESS, packet[:4])
    awake.bus.writeto(ADDRESS, b"\x03" + packet[4:])
    awake.poll()
    assert awake.receive() == awake.chip.revision
    awake.bus.writeto(ADDRESS, packet[:4])
    awake.word(Word.RESET)
    assert awake.call(INFO) == awake.chip.revision


def test_execution_begins_with_stop(awake: Bench) -> None:
    awake.bus.writeto(ADDRESS, command(INFO), stop=False)
    awake.clock.advance(10 * MILLISECOND)
    assert not awake.chip.busy
    assert not awake.chip.account.commands
    awake.bus.stop()
    assert awake.chip.busy


def test_a_wrong_crc_gives_ff_and_touches_nothing(awake: Bench) -> None:
    awake.call(NONCE, 3, 0, bytes(32))
    packet = bytearray(command(0x41, 0x80))
    packet[-1] ^= 1
    awake.bus.writeto(ADDRESS, bytes(packet))
    awake.poll()
    assert awake.receive() == Status.COMMUNICATION
    assert awake.chip.sram.tempkey.valid


@pytest.mark.parametrize(
    "packet",
    [
        command(0x99),
        command(INFO, 9),
        command(RANDOM, 2),
        command(RANDOM, 0, 0, b"x"),
        command(NONCE, 3, 0, bytes(31)),
        command(NONCE, 2, 0, bytes(20)),
        command(READ, 3),
        b"\x03" + frame(b"\x30"),
    ],
)
def test_unknown_opcodes_modes_and_lengths_give_03(awake: Bench, packet: bytes) -> None:
    awake.bus.writeto(ADDRESS, packet)
    awake.poll()
    assert awake.receive() == Status.PARSE


def test_packet_parse_takes_what_command_makes() -> None:
    assert Packet.parse(command(0x12, 0x42, 0x1234, b"data")[1:]) == Packet(0x12, 0x42, 0x1234, b"data")


# Time (9.1.3, 9.1.6)


@pytest.mark.parametrize("speed", ["typical", "maximum"])
def test_it_refuses_its_address_until_the_command_is_over(speed: str) -> None:
    bench = Bench(times=Timing(ATECC508A, speed))
    bench.wake()
    expected = {"typical": 11, "maximum": 115}[speed] * MILLISECOND
    bench.send(0x40, 0x04, 2)
    bench.clock.advance(expected - 20 * MICROSECOND)
    assert not bench.answers()
    assert bench.answers()  # the refused address took 110 us


def test_the_watchdog_puts_it_to_sleep_whatever_happens(awake: Bench) -> None:
    awake.call(NONCE, 3, 0, bytes(32))
    awake.clock.advance(1300 * MILLISECOND)
    assert not awake.answers()
    assert awake.chip.state == "asleep"
    assert not awake.chip.sram.tempkey.valid
    assert awake.wake() == WOKEN


@pytest.mark.parametrize(("watchdog", "milliseconds"), [("minimum", 700), ("typical", 1300), ("maximum", 1700)])
def test_the_watchdogs_tolerance_can_be_chosen(watchdog: str, milliseconds: int) -> None:
    bench = Bench(times=Timing(ATECC508A, watchdog=watchdog))
    bench.bus.wake_pulse()
    bench.clock.advance((milliseconds - 1) * MILLISECOND)
    assert bench.answers()
    bench.clock.advance(MILLISECOND)
    assert not bench.answers()


def test_chip_mode_makes_the_watchdog_long() -> None:
    memory = setups.tls_client()
    memory.config[19] = 4
    bench = Bench(memory)
    bench.wake()
    bench.clock.advance(9 * SECOND)
    assert bench.answers()


def test_a_command_that_could_not_finish_is_refused_with_ee(awake: Bench) -> None:
    public = bytes(awake.chip.memory.slots[2])
    awake.clock.advance(1230 * MILLISECOND)
    assert awake.call(0x40, 0x04, 2) == Status.WATCHDOG
    assert awake.chip.memory.slots[2] == public
    awake.word(Word.IDLE)
    awake.wake()
    assert len(awake.get(0x40, 0x04, 2)) == 64


def test_idle_stops_the_watchdog_and_keeps_tempkey(awake: Bench) -> None:
    awake.call(NONCE, 3, 0, bytes(32))
    awake.word(Word.IDLE)
    awake.clock.advance(60 * SECOND)
    awake.wake()
    assert awake.chip.watchdog_left > 1290 * MILLISECOND
    assert len(awake.get(0x41, 0x80)) == 64


def test_every_instant_is_booked_once(bench: Bench) -> None:
    bench.wake()
    bench.call(NONCE, 3, 0, bytes(32))
    bench.call(0x41, 0x80)
    bench.clock.advance(5 * MILLISECOND)
    account = bench.chip.account
    assert account.total == bench.clock.now
    assert account.execution == pytest.approx(42.1 * MILLISECOND, rel=1e-3)
    assert account.wake == pytest.approx(1.6 * MILLISECOND, rel=0.02)
    assert account.commands == {"Nonce": (1, 100_000), "Sign": (1, 42 * MILLISECOND)}


def test_bus_time_follows_from_bytes_and_clock(awake: Bench) -> None:
    for hz in (100_000, 400_000):
        awake.bus.hz = hz
        begun = awake.clock.now
        awake.bus.readfrom(ADDRESS, 35)
        assert awake.clock.now - begun == (36 * 9 + 2) * (SECOND // hz)


def test_the_recording_has_every_byte(awake: Bench) -> None:
    awake.bus.recording.clear()
    answer = awake.get(RANDOM)
    recording = awake.bus.recording
    assert recording.carries(answer)
    assert recording.carries(answer[::-1])
    assert not recording.carries(bytes(32))
    assert recording.size == sum(1 + len(transfer.data) for transfer in recording)
    assert str(recording.transfers[0]).endswith("W 60 03 07 1b 00 00 00 24 cd")
