"""The simulated chip as a program on MicroPython reaches it: an I2C object, simulated time, the simulator as a process."""

import os
import re
import select
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.targets import Target, TargetError
from tools.build import interpreter
from tools.build.places import ROOT
from tools.laboratory.atecc_simulator import Simulation, command, setups, storage
from tools.laboratory.atecc_simulator.bridge import DONE, NOT_ACKNOWLEDGED, REFUSED
from tools.laboratory.atecc_simulator.server import DescriptorStream

LABORATORY = ROOT / "tools" / "laboratory"

_PREPARE = """
import sys
import simulated_i2c
link = simulated_i2c.Link({stream})
link.install_time(1000)
import time
i2c = simulated_i2c.I2C(link, freq=100000)
def wake():
    try:
        i2c.writeto(0, b"\\0")
    except OSError as error:
        assert error.errno == 19
    time.sleep_ms(2)
"""


class Linked:
    """A target with a link to a simulation."""

    def __init__(self, target: Target, simulation: Simulation) -> None:
        self.target = target
        self.simulation = simulation

    def value(self, expression: str) -> object:
        return eval(self.target.exec(f"print(repr({expression}))"), {})


@pytest.fixture(scope="module")
def linked(target: Target) -> Iterator[Linked]:
    with Simulation() as simulation, target.reach(simulation.port, uart=2) as stream:
        target.exec(_PREPARE.format(stream=stream))
        yield Linked(target, simulation)


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """A new chip for every test that has a link."""
    if "linked" in request.fixturenames:
        request.getfixturevalue("linked").target.exec('link.control("chip")\nlink.control("forget")\ni2c.init(freq=100000)')


def test_a_chip_is_woken_asked_and_put_to_sleep(linked: Linked) -> None:
    linked.target.exec("assert i2c.scan() == []\nwake()\nassert i2c.scan() == [0x60]")
    assert linked.value("i2c.readfrom(0x60, 4)") == bytes.fromhex("04113343")
    linked.target.exec("i2c.init(freq=400000)")
    assert linked.value("i2c.writeto(0x60, b'\\3\\7\\x30\\0\\0\\0\\3\\x5d')") == 8
    linked.target.exec("answer = bytearray(7)\ntime.sleep_ms(1)\ni2c.readfrom_into(0x60, answer)")
    assert linked.value("bytes(answer[1:5])") == linked.simulation.chip.revision
    assert linked.simulation.bus.hz == 400_000
    linked.target.exec("i2c.writevto(0x60, (b'\\1', b''))")
    assert linked.simulation.chip.state == "asleep"


def test_sleeps_pass_simulated_time_and_no_other(linked: Linked) -> None:
    before = linked.simulation.bus.clock.now
    linked.target.exec("begun = time.ticks_us()\ntime.sleep(30)\ntime.sleep_ms(5)\ntime.sleep_us(7)", timeout=60)
    assert linked.simulation.bus.clock.now - before == pytest.approx(30_005_007_000, abs=10_000)
    passed = linked.value("time.ticks_diff(time.ticks_us(), begun)")
    assert passed == pytest.approx(30_005_007, abs=10)


def test_ticks_follow_the_bus(linked: Linked) -> None:
    linked.target.exec("wake()\nbegun = time.ticks_us()\ni2c.readfrom(0x60, 99)\nafter = time.ticks_us()")
    passed = linked.value("time.ticks_diff(after, begun)")
    assert passed == pytest.approx((100 * 9 + 2) * 10, abs=5)


def test_a_sleep_may_take_hours(linked: Linked) -> None:
    before = linked.simulation.bus.clock.now
    linked.target.exec("begun = time.time()\ntime.sleep(7200)", timeout=60)
    assert linked.simulation.bus.clock.now - before == pytest.approx(7200 * 10**9, rel=1e-6)
    assert linked.value("time.time() - begun") == 7200


def test_an_answer_too_long_for_a_frame_is_refused(linked: Linked) -> None:
    linked.target.exec("for _ in range(250):\n    i2c.scan()", timeout=60)
    with pytest.raises(TargetError, match="too long"):
        linked.target.exec('link.control("transfers", last=100000)')


def test_a_loop_that_waits_for_the_clock_ends(linked: Linked) -> None:
    linked.target.exec("end = time.ticks_add(time.ticks_ms(), 2)\nwhile time.ticks_diff(end, time.ticks_ms()) > 0:\n    pass", timeout=60)


def test_ticks_wrap_as_micropythons_do(linked: Linked) -> None:
    period = 1 << 30
    assert linked.value(f"time.ticks_add({period - 5}, 10)") == 5
    assert linked.value(f"time.ticks_diff(5, {period - 5})") == 10
    assert linked.value(f"time.ticks_diff({period - 5}, 5)") == -10
    assert linked.value("0 <= time.ticks_us() < 1 << 30 and 0 <= time.ticks_ms() < 1 << 30")


def test_the_wall_clock_begins_where_it_is_told_and_runs_with_the_rest(linked: Linked) -> None:
    linked.target.exec("begun = time.time()\ntime.sleep(100)")
    assert linked.value("time.time() - begun") == 100
    assert linked.value("abs(time.time_ns() // 1000000000 - time.time()) <= 1")
    assert linked.value("time.mktime(time.gmtime(86400 * 365))") == 86400 * 365
    assert linked.value("time.gmtime() == time.localtime()")


@pytest.mark.parametrize(
    ("manners", "outcomes"),
    [("stm32", ["19", "19", "19", "8"]), ("rp2", ["5", "5", "19", "5"]), ("esp32", ["19", "19", "19", "19"])],
)
def test_ports_report_what_is_not_acknowledged_in_their_own_ways(linked: Linked, manners: str, outcomes: list[str]) -> None:
    linked.target.exec(
        f"""
def outcome(function, *arguments):
    try:
        return str(function(*arguments))
    except OSError as error:
        return str(error.errno)
i2c_2 = simulated_i2c.I2C(link, 100000, {manners!r})
wake()
"""
    )
    calls = ["writeto, 0x50, b'x'", "readfrom, 0x50, 1", "writeto, 0x50, b''", r"writeto, 0x60, b'\3\7\x30\0\0\0\3\x5d\0\0'"]
    assert [linked.value(f"outcome(i2c_2.{call})") for call in calls] == outcomes


def test_a_board_can_bring_its_own_wake_pulse(linked: Linked) -> None:
    linked.target.exec("board = simulated_i2c.BoardI2C(link)\nboard.set_hz(1000000)\nboard.wake()\ntime.sleep_ms(2)")
    assert linked.value("board.readfrom(0x60, 4)") == bytes.fromhex("04113343")
    assert linked.simulation.bus.hz == 1_000_000


def test_a_clock_too_slow_for_stm32_is_refused(linked: Linked) -> None:
    with pytest.raises(TargetError, match="half configured"):
        linked.target.exec("i2c.init(freq=50000)")


def test_controls_reach_the_simulation(linked: Linked) -> None:
    linked.target.exec('link.control("chip", setup="blank", kind="atecc608a")\nwake()')
    assert linked.simulation.chip.revision.hex() == "00006002"
    linked.target.exec('link.control("fault", kind="status", command="Info", status=255)')
    assert linked.simulation.chip.faults.waiting[0].status == 0xFF
    assert linked.value('link.control("clear_faults")') == 1
    assert linked.value('link.control("state")') == "awake"
    assert linked.value('link.control("peek", zone="config")[:8]') == "01230a0b"
    linked.target.exec('link.control("poke", zone="slot", slot=8, at=1, data="aabb")')
    assert linked.simulation.chip.memory.slots[8][1:3] == b"\xaa\xbb"
    linked.target.exec('link.control("power_cycle")')
    assert linked.value('link.control("state")') == "asleep"
    assert linked.value('link.control("bytes")') == linked.simulation.bus.recording.size
    times = linked.value('link.control("time")')
    assert isinstance(times, dict)
    assert times["total"] == pytest.approx(times["wake"] + times["execution"] + times["bus"] + times["host"])


def test_what_crossed_the_bus_can_be_looked_for(linked: Linked) -> None:
    linked.target.exec("wake()\nanswer = i2c.readfrom(0x60, 4)")
    assert linked.value('link.control("carried", secret="04113343")') is True
    key = linked.value('link.control("private_key", slot=0)')
    assert linked.value(f'link.control("carried", secret={key!r})') is False
    assert linked.value('link.control("transfers", last=1)[0][-11:]') == "04 11 33 43"


@pytest.mark.parametrize(
    "code",
    [
        'link.control("nothing")',
        'link.control("chip", setup="nothing")',
        'link.control("fault", kind="nothing")',
        'link.control("peek")',
        'link.request(b"?")',
        'link.request(b"h", b"\\0\\0\\0\\0")',
        'link.request(b"j", b"not json")',
        'link.request(b"w", b"")',
    ],
)
def test_a_wrong_request_is_refused_in_words_and_the_link_goes_on(linked: Linked, code: str) -> None:
    with pytest.raises(TargetError, match="RuntimeError"):
        linked.target.exec(code)
    assert linked.value('link.control("state")') == "asleep"


# As a process


class Process:
    """python -m atecc_simulator."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "atecc_simulator", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # select must see what is there
            env={**os.environ, "PYTHONPATH": str(LABORATORY)},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 200)
        assert ready, "the simulator says nothing"
        return self.process.stdout.readline().decode().strip()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.communicate()


def frame(operation: bytes, payload: bytes = b"", microseconds: int = 0) -> bytes:
    return operation + microseconds.to_bytes(4, "little") + len(payload).to_bytes(2, "little") + payload


def ask(stream: DescriptorStream, request: bytes) -> tuple[int, bytes]:
    stream.write(request)
    head = b""
    while len(head) < 7:
        head += stream.read(7 - len(head))
    body = b""
    while len(body) < int.from_bytes(head[5:7], "little"):
        body += stream.read(256)
    return head[0], body


def converse(stream: DescriptorStream) -> None:
    assert ask(stream, frame(b"w", b"\x00\x01\x00"))[0] == NOT_ACKNOWLEDGED
    assert ask(stream, frame(b"r", b"\x60\x01\x04\x00", 2000)) == (DONE, bytes.fromhex("04113343"))
    assert ask(stream, frame(b"w", b"\x60\x01" + bytes.fromhex("030730000000035d"))) == (DONE, b"\x08\x00")
    assert ask(stream, frame(b"r", b"\x60\x01\x07\x00", 1000)) == (DONE, bytes.fromhex("0700005002 8010"))
    assert ask(stream, frame(b"x"))[0] == REFUSED


def test_the_simulator_serves_a_pseudo_terminal_and_tells_what_passes() -> None:
    with Process("--pty") as process:
        path = process.line().removeprefix("listening on ")
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        converse(DescriptorStream(descriptor))
        said = [process.line() for _ in range(4)]
        os.close(descriptor)
    assert said[0].endswith("wake pulse")
    assert said[1].endswith("04 11 33 43   woken")
    assert said[2].endswith("Info P1=00 P2=0000")
    assert said[3].endswith("4 bytes")


def test_the_simulator_serves_a_serial_line() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with Process("--serial", os.ttyname(theirs), "--quiet"):
        converse(DescriptorStream(ours))
    os.close(ours)
    os.close(theirs)


def test_the_simulator_keeps_its_memory_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "chip.json"
    for expected in (1, 2):
        with Process("--tcp", "127.0.0.1:0", "--memory", str(path), "--setup", "blank", "--quiet") as process:
            host, port = process.line().removeprefix("listening on ").split(":")
            with socket.create_connection((host, int(port))) as connection:
                stream = DescriptorStream(connection.fileno())
                ask(stream, frame(b"w", b"\x00\x01\x00"))
                assert ask(stream, frame(b"w", b"\x60\x01" + command(0x24, 1, 0), 2000))[1] == b"\x08\x00"
                assert ask(stream, frame(b"r", b"\x60\x01\x07\x00", 30_000))[1][1] == expected
    memory = storage.load(path)
    assert memory.counter(0) == 2
    assert not memory.config_locked


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--tcp", "4080"], 2, "'4080' is not HOST:PORT"),
        (["--tcp", "localhost:70000"], 2, "'localhost:70000' is not HOST:PORT"),
        (["--tcp", "192.0.2.1:4080"], 1, "assign requested address"),
        (["--serial", "/dev/nowhere"], 1, "/dev/nowhere"),
        (["--memory", "/nowhere/chip.json"], 1, "/nowhere/chip.json"),
        (["--memory", __file__], 1, "not a simulator's memory"),
        (["--chip", "atecc108"], 2, "invalid choice"),
    ],
)
def test_the_simulator_says_in_a_line_what_it_can_not_do(arguments: list[str], status: int, said: str) -> None:
    with Process(*arguments) as process:
        _, error = process.process.communicate(timeout=120)
    assert process.process.returncode == status
    assert said in error.decode().splitlines()[-1]
    assert b"Traceback" not in error


def test_two_links_share_one_bus() -> None:
    with Simulation(setups.blank()) as simulation:
        streams = [socket.create_connection(("127.0.0.1", simulation.port)) for _ in range(2)]
        first, second = (DescriptorStream(stream.fileno()) for stream in streams)
        ask(first, frame(b"w", b"\x00\x01\x00"))
        assert ask(second, frame(b"r", b"\x60\x01\x04\x00", 2000)) == (DONE, bytes.fromhex("04113343"))
        for stream in streams:
            stream.close()


def test_closing_ends_every_link_and_leaves_no_thread_that_reads() -> None:
    before = threading.active_count()
    with Simulation(setups.blank()) as simulation:
        descriptor = os.open(simulation.server.pseudo_terminal(), os.O_RDWR | os.O_NOCTTY)
        connection = socket.create_connection(("127.0.0.1", simulation.port))
        for stream in (DescriptorStream(connection.fileno()), DescriptorStream(descriptor)):
            ask(stream, frame(b"w", b"\x00\x01\x00"))  # being served
    assert threading.active_count() == before
    assert connection.recv(1) == b""
    connection.close()
    os.close(descriptor)


def test_the_examples_of_the_readme_run(tmp_path: Path) -> None:
    readme = (LABORATORY / "atecc_simulator/README.md").read_text()
    by_hand, with_pytest, on_the_host, on_the_target = re.findall("```python\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "micropython").symlink_to(interpreter.find().path)
    (tmp_path / "test_by_pytest.py").write_text(with_pytest)
    (tmp_path / "my_test.py").write_text(on_the_target + 'print(link.control("state"))\n')
    environment = {
        **os.environ,
        "PYTHONPATH": str(LABORATORY),
        "MICROPYPATH": str(LABORATORY / "device"),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    pytest_line = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "test_by_pytest.py"]
    for line, said in ((["-c", by_hand], ""), (pytest_line, "1 passed"), (["-c", on_the_host], "asleep\n")):
        run = subprocess.run([sys.executable, *line], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert run.returncode == 0 and said in run.stdout, run.stdout + run.stderr
