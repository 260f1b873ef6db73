"""`make size`: bytes of each part, of each module's .mpy and of its heap, and of machine code; kept in build/size.json as well."""

import json
import re
import subprocess
import sys

import pytest

from tools.bench import size
from tools.build import interpreter, mpy, parts
from tools.build.places import BUILD, ROOT
from tools.build.plain import command

ARCH = interpreter.find().arch


@pytest.fixture(scope="module")
def told() -> str:
    """What it prints where no board can be built."""
    code = (
        "import sys\nfrom tools.bench import size\nfrom tools.build.plain import command\n"
        "size.firmware.why_not = lambda board: 'qemu-system-arm is missing'\nsys.exit(command(size.main, 'size'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_part_is_said_with_its_files_and_bytes_and_kept(told: str) -> None:
    kept = json.loads((BUILD / "size.json").read_text())[ARCH]
    assert kept == parts.sizes(BUILD / "mpy" / ARCH, ARCH)
    for part in (*parts.names(), parts.ALL):
        if part in kept:
            assert re.search(rf"^{part} +{kept[part]['files']} +{kept[part]['bytes']}\b", told, re.MULTILINE), part


def test_each_module_is_said_with_the_bytes_of_its_file_and_the_heap_that_it_takes(told: str) -> None:
    rows = {name: (file, heap) for name, file, heap in re.findall(r"^(latchkey[\w.]*) +(\d+) +(\d+|-)$", told, re.MULTILINE)}
    assert rows.keys() == size.files(ARCH).keys()
    folder = mpy.package(ARCH)
    for name, path in (("latchkey.stream", "latchkey/stream.mpy"), ("latchkey.tls", "latchkey/tls/__init__.mpy")):
        assert int(rows[name][0]) == (folder / path).stat().st_size
    assert int(rows["latchkey.stream"][1]) > 5000
    whole = re.search(r"^all +(\d+) +(\d+)$", told, re.MULTILINE)
    assert whole and int(whole[1]) == sum(int(file) for file, _ in rows.values())


def test_machine_code_of_the_cores_that_keep_it_apart_is_said(told: str) -> None:
    for core in ("xtensa", "rv32"):
        found = re.search(rf"^machine code, {core}: (\d+) bytes: (.*)$", told, re.MULTILINE)
        assert found and int(found[1]) == sum(map(int, re.findall(r" (\d+)(?:,|$)", found[2]))) > 1000


def test_a_board_that_is_left_out_is_named(told: str) -> None:
    assert told.splitlines()[-1] == "32 bits left out: qemu-system-arm is missing"


def test_an_interpreter_that_fails_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(size, "DEVICE", size.DEVICE.parent / "heap.py")  # which has no print_sizes
    assert command(lambda: bool(size.on_unix([])), "size") == 1
    said = capsys.readouterr().err
    assert re.fullmatch(r"size: Traceback .* ImportError: .*\n", said)
