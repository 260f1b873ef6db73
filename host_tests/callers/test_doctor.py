"""The doctor: what it says of a sound board, of a clock that was never set, of missing randomness and of a kernel that computes wrong."""

import re
from pathlib import Path

import pytest

from host_tests.targets import Target
from host_tests.targets.emulated import Emulated
from tools.build import mpy
from tools.build.firmware import CORES
from tools.laboratory.emulator import Emulator

FINDINGS = "import sys, latchkey\n{}\nlatchkey.doctor.report()"


STUCK = """
from latchkey import entropy
from latchkey.entropy.pool import Pool
class Stuck:
    name = "stuck"
    trusted = True
    min_entropy = 8
    def ready(self):
        return True
    def why_not(self):
        return ""
    def fill(self, buf):
        pass
entropy._pool = Pool([Stuck()] + [monitor.source for monitor in entropy.default().monitors])
"""

COMPILED = """
from latchkey.crypto import kernels
from latchkey.crypto.field import kernel_viper_p256
kernels._found = "native"
kernels.miscompiles = lambda: True
kernel_viper_p256.__file__ = "kernel_viper_p256.py"
"""


def findings(target: Target, before: str = "pass") -> list[str]:
    target.reset()
    return target.exec(FINDINGS.format(before)).splitlines()


def test_names_arithmetic_clock_randomness_and_heap(target: Target) -> None:
    told = findings(target)
    for word in ("arithmetic: P-256 ", "randomness: HMAC_DRBG over", "heap: "):
        assert any(line.startswith(word) for line in told), told
    assert not [line for line in told if "kernel" in line and line.startswith("!")], told


def test_names_the_sources_that_gave_and_not_the_one_that_failed(target: Target) -> None:
    (line,) = [line for line in findings(target, STUCK) if line.startswith("randomness: ")]
    assert "stuck" not in line
    assert len(line) > len("randomness: HMAC_DRBG over ")


@pytest.mark.package_only
@pytest.mark.parametrize(
    ("before", "finding"),
    [
        ("from latchkey import context\ncontext.system_time = lambda: 1000", "! the clock says 1970-01-01 00:16 UTC"),
        (
            "from latchkey import entropy\nfrom latchkey.entropy.pool import Pool\nentropy._pool = Pool([])",
            "! no trustworthy source of randomness",
        ),
        (STUCK, "! dead source of randomness, stuck: all zero"),
        ("from latchkey.crypto import kernels\nkernels.failed.append('viper_ghash')", "! kernel viper_ghash gave a wrong answer"),
        ("from latchkey.crypto import kernels\nkernels._found = ''", "! P-256 runs on Python integers"),
        (COMPILED, "! MicroPython up to 1.25 compiles viper wrongly for this core"),
        (COMPILED, "! P-256 runs on Python integers"),
    ],
)
def test_says_what_stands_in_the_way(before: str, finding: str, target: Target) -> None:
    assert any(line.startswith(finding) for line in findings(target, before))


LITTLEFS = """
import os
buf = bytearray(2048)
for name in {!r}:
    for end in [end for end in range(len(name)) if name[end] == "/"]:
        try:
            os.mkdir("/lib/" + name[:end])
        except OSError:
            pass
    with open("/host/package/" + name, "rb") as source, open("/lib/" + name, "wb") as copy:
        while n := source.readinto(buf):
            copy.write(memoryview(buf)[:n])
del buf
"""
LARGEST = """
def largest():
    import gc
    low, high = 0, 1 << 20
    while high - low > 256:
        middle = (low + high) // 2
        gc.collect()
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            high = middle
    return low
"""


NAMES = 16_000  # octets of names that a report leaves, at most


@pytest.mark.targets("cortex_m")
def test_a_fresh_board_of_192_kb_has_its_heap_again_after_the_report(target: Emulated, tmp_path: Path) -> None:
    package = mpy.package(target.arch)
    (tmp_path / "package").symlink_to(package)
    files = sorted(str(path.relative_to(package)) for path in package.rglob("*") if path.is_file())
    with Emulator(CORES[target.core], tmp_path, disk="/") as board:
        repl = board.repl()
        repl.exec("import os\nos.mkdir('/lib')")
        for at in range(0, len(files), 20):
            repl.exec(LITTLEFS.format(files[at : at + 20]))
        repl.enter_raw_repl()  # a soft reset: the littlefs stays
        repl.exec("import sys\nsys.path[:] = ['', '.frozen', '/lib']" + LARGEST)
        look = "import gc, latchkey\nn = largest()\ngc.collect()\nprint(n, gc.mem_free(), sorted(sys.modules))"
        before, begun, modules = repl.exec(look).decode().split(" ", 2)
        pieces = []
        for _ in range(2):
            told = repl.exec("latchkey.doctor.report()").decode()
            assert "arithmetic: P-256 " in told
            assert "! no room" not in told, told
            (free,) = re.findall(r"heap: (\d+) bytes free", told)
            after, ended, left = repl.exec(look).decode().split(" ", 2)
            assert left == modules
            pieces.append(int(after))
            # What was loaded is gone but for its names, which stay where they came to lie, and part the rest in two.
            assert int(begun) - int(ended) < NAMES and abs(int(free) - int(begun)) < NAMES, (begun, ended, free)
        assert pieces[0] > int(before) // 2 and pieces[1] >= pieces[0] - 1024, (before, pieces)
        assert "SSLContext" in repl.exec("print(latchkey.SSLContext())").decode()


KEPT = """
import gc, sys
gc.threshold(51200)
from latchkey.crypto import p256
from latchkey import entropy
pool = entropy.default()
{}
before = dict(sys.modules), pool.drbg
"""


@pytest.mark.package_only
@pytest.mark.parametrize("seeded", [True, False])
def test_leaves_what_was_there_before(target: Target, seeded: bool) -> None:
    findings(target, KEPT.format("pool.fill(bytearray(1))" if seeded else ""))
    assert target.exec("print(gc.threshold())") == "51200\n"
    left = "all([sys.modules[name] is module for name, module in before[0].items()])"
    more = "[name for name in sys.modules if name not in before[0] and name.startswith('latchkey')]"
    assert target.exec(f"print({left}, entropy.default() is pool, pool.drbg is before[1])") == "True True True\n"
    assert target.exec("print(p256.in_range(bytes(31) + b'1'), pool._thread is None)") == f"True {not seeded}\n"
    if target.name == "cortex_m":
        assert target.exec(f"print({more})") == "[]\n"
    else:  # kernels of viper's stay, and what they refer to
        assert "kernel_viper" in target.exec(f"print({more})")
    assert "doctor" not in target.exec(f"print({more})")
    assert target.exec("latchkey.doctor.report()").startswith("MicroPython")


@pytest.mark.package_only
def test_is_refused_by_a_pool_of_another_thread_and_harms_it_not(target: Target) -> None:
    told = findings(target, KEPT.format("pool.fill(bytearray(1))\npool._thread = 12345"))
    assert any(line.startswith("! the source of random numbers belongs to the thread") for line in told), told
    assert target.exec("print(pool.drbg is before[1], pool._thread)") == "True 12345\n"
