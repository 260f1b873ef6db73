"""The picture of a source's randomness: what is found wrong with bad bytes, what is not with good ones, and how the command ends."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from host_tests.targets import Target
from tools.build import mpy
from tools.build.places import ROOT
from tools.laboratory.emulator import Emulator
from tools.laboratory.randomness import BOARD, main
from tools.latchkey_tools import cli
from tools.latchkey_tools.output import Output, Wrong
from tools.latchkey_tools.randomness import LEAST, Source, draw, examine

LENGTH = 16384
GOOD = random.Random(1).randbytes(LENGTH)


def generated(state: int = 12345) -> bytes:
    """The 31-bit linear congruential generator of many a C library."""
    out = bytearray()
    while len(out) < LENGTH:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out += state.to_bytes(4, "little")
    return bytes(out)


BAD = {
    "stuck": bytes(LENGTH),
    "counting": bytes(range(256)) * (LENGTH // 256),
    "a linear congruential generator": generated(),
    "one bit of three bytes set": bytes(value | (at % 3 == 0) for at, value in enumerate(GOOD)),
    "alternating": bytes.fromhex("ffff0000") * (LENGTH // 4),
    "a period of 4 KB": GOOD[:4096] * 4,
    "each byte close to the last": bytes((a & 0xF0) | (b >> 4) for a, b in zip(GOOD, GOOD[1:] + GOOD[:1], strict=True)),
    "a burst of one value": GOOD[:8000] + b"\x07" * 6 + GOOD[8006:],
}


@pytest.mark.parametrize("name", BAD)
def test_finds_something_wrong_with_bytes_that_are(name: str) -> None:
    found = examine(Source(name, "trusted", 8, 6, 19), BAD[name])
    assert found.wrong
    assert not found.sound


@pytest.mark.parametrize("seed", range(20))
def test_finds_nothing_wrong_with_good_bytes(seed: int) -> None:
    found = examine(Source("good", "trusted", 8, 6, 19), random.Random(seed).randbytes(LENGTH))
    assert found.verdict == "nothing wrong to be seen"


def test_uneven_bytes_are_no_fault_of_a_source_that_claims_no_more() -> None:
    bytes_of_seven_bits = bytes(value & 0x7F for value in GOOD)
    assert not examine(Source("raw", "trusted", 8), bytes_of_seven_bits).sound
    found = examine(Source("raw", "trusted", 4), bytes_of_seven_bits)
    assert found.sound
    assert "unevenly" in found.verdict
    assert "4 bits a byte are claimed" in found.verdict


def test_min_entropy_is_the_most_common_value_estimate() -> None:
    two_values = examine(Source("two", "trusted"), bytes(random.Random(2).choices((1, 2), k=LENGTH)))
    assert two_values.min_entropy == pytest.approx(1, abs=0.05)
    assert examine(Source("stuck", "trusted"), bytes(LENGTH)).min_entropy == 0
    assert np.argmax(two_values.counts) in (1, 2)


def device(*answers: list[str]) -> Callable[[str, Callable[[str], None]], None]:
    """Something that answers each call with lines of its own."""
    left = list(answers)

    def call(_code: str, take: Callable[[str], None]) -> None:
        for line in left.pop(0):
            take(line)

    return call


ESP32 = json.dumps({"name": "ESP32 RNG", "standing": "trusted", "claim": 8, "repetition_cutoff": 6, "proportion_cutoff": 19})


def test_a_source_that_refuses_is_shown_with_its_reason() -> None:
    (found,) = draw(device([ESP32], ["! the radio is off: network.WLAN(network.STA_IF).active(True)"]), LENGTH, "", Output())
    assert not found.sound
    assert found.verdict.startswith("the radio is off")


def test_a_source_that_ends_early_is_not_called_sound() -> None:
    (found,) = draw(device([ESP32], [GOOD[:64].hex()]), LENGTH, "esp", Output())
    assert found.verdict == f"gave 64 bytes, fewer than {LEAST}"


def test_names_the_sources_there_are_where_none_is_chosen() -> None:
    with pytest.raises(Wrong, match="there are: ESP32 RNG"):
        draw(device([ESP32]), LENGTH, "stm32", Output())


@pytest.mark.targets("unix", "cortex_m")
def test_draws_a_picture_of_a_devices_sources(target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "picture.png"
    assert main(["--target", target.name, "--bytes", "4096", "-o", str(path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith({"unix": "os.urandom of", "cortex_m": "TEST ONLY, not random (test only)"}[target.name])
    assert "nothing wrong to be seen" in told
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 10_000


def test_a_bad_file_ends_with_1_and_its_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, path = tmp_path / "captured.bin", tmp_path / "picture.svg"
    data.write_bytes(generated())
    assert cli.main(["entropy", "--file", str(data), "-o", str(path)]) == 1
    assert "chi-squared" in capsys.readouterr().out
    assert "<svg" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--bytes", "100"], 1, "4096 at least"),
        (["--target", "esp32"], 2, "serial:DEVICE"),
        (["-o", "picture.bmp"], 1, ".png"),
        (["--file", "/nowhere/captured.bin"], 1, "No such file"),
        (["--target", "serial:/dev/nowhere"], 1, "/dev/nowhere"),
    ],
)
def test_wrong_options_and_what_can_not_be_read_are_said_in_a_line(arguments: list[str], status: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-m", "tools.laboratory.randomness", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == status
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.targets("cortex_m")
def test_reads_a_board_over_its_serial_line(target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lib").symlink_to(mpy.package(target.arch))
    with Emulator(BOARD, tmp_path) as board:
        line = ["entropy", "--port", board.console, "--bytes", "4096", "-o", str(tmp_path / "picture.png"), "--json"]
        assert cli.main(line) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["standing"], source["verdict"]) == ("test only", "nothing wrong to be seen")
