"""What the emulated Xtensa board has of its own: the arithmetic that Debian's libgcc lacks for its ABI, and memory for native code that
only a soft reset gives back, as on an ESP32.
"""

import math
import operator
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.peers.drive import Client
from host_tests.targets import TargetError
from host_tests.targets.emulated import Emulated
from host_tests.tls.test_interop_openssl import REVERSED, SUITES, server, succeeds
from tools.build import mpy
from tools.build.kernels import machine_code
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("xtensa")

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
EDGES = [0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x3F800000, 0xBF800000, 0x3F7FFFFF, 0x7F7FFFFF, 0x7F800000, 0xFF800000]
COMPUTE = """
import struct
def compute(name):
    with open(name, "rb") as f:
        while True:
            pair = f.read(8)
            if not pair:
                break
            a, b = struct.unpack("<ff", pair)
            results = [a + b, a - b, a * b, a / b if b else 0.0]
            print(struct.pack("<4f", *results).hex(), a < b, a == b, a > b)
"""


@pytest.fixture(scope="module")
def board(target: Emulated) -> Iterator[Emulated]:
    target.heap = 512 * 1024
    target.reset()
    yield target
    target.heap = None
    target.close()


def single(value: float) -> bytes:
    """Rounded to single precision, once: a double has more than twice its digits."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def same(told: bytes, expected: bytes) -> bool:
    (a,), (b,) = struct.unpack("<f", told), struct.unpack("<f", expected)
    return told == expected or (math.isnan(a) and math.isnan(b))


def test_floats_are_those_of_ieee_754(board: Emulated) -> None:
    rng = random.Random(754)
    words = [(a, b) for a in EDGES for b in EDGES] + [(rng.getrandbits(32), rng.getrandbits(32)) for _ in range(200)]
    near = [rng.getrandbits(32) for _ in range(200)]  # exponents that meet, so that digits do
    words += [(a, (a & 0x7F800000) + (rng.randrange(-3, 4) << 23) + rng.getrandbits(23) & 0xFFFFFFFF) for a in near]
    pairs = [struct.unpack("<ff", struct.pack("<II", *pair)) for pair in words]
    board.put("pairs.bin", b"".join(struct.pack("<ff", *pair) for pair in pairs))
    told = board.exec(COMPUTE + "compute('pairs.bin')").splitlines()
    assert len(told) == len(pairs)
    for (a, b), line in zip(pairs, told, strict=True):
        code, *order = line.split()
        results = bytes.fromhex(code)
        for n, (sign, operation) in enumerate(OPERATIONS.items()):
            if sign != "/" or b:
                assert same(results[4 * n : 4 * n + 4], single(operation(a, b))), (a, sign, b)
        assert order == [str(a < b), str(a == b), str(a > b)], (a, b)


def test_integers_of_64_bits_are_divided_and_shifted_rightly(board: Emulated) -> None:
    rng = random.Random(64)
    numbers = [(rng.getrandbits(rng.randrange(1, 65)), rng.getrandbits(rng.randrange(1, 65)) | 1) for _ in range(50)]
    code = "\n".join(f"print({a} // {b}, {a} % {b}, {a} * {b}, {a} << 37, {a} >> 29)" for a, b in numbers)
    told = [tuple(map(int, line.split())) for line in board.exec(code).splitlines()]
    assert told == [(a // b, a % b, a * b, a << 37, a >> 29) for a, b in numbers]


def test_native_code_is_given_back_by_a_soft_reset_alone(board: Emulated) -> None:
    load = "import sys, emulator\nimport latchkey.crypto.kernel_viper_ghash as k\nprint(emulator.native_code())\n"
    drop = "del sys.modules[k.__name__], k\nimport gc; gc.collect()\n"
    board.reset()
    once = int(board.exec(load))
    assert once > 2000
    assert int(board.exec(drop + load)) == 2 * once
    board.reset()
    assert int(board.exec(load)) == once


def test_native_code_beyond_what_there_is_for_it_is_a_memory_error(board: Emulated) -> None:
    board.reset()
    load = "import sys\nwhile True:\n    import latchkey.crypto.kernel_viper_ghash as k\n    del sys.modules[k.__name__]\n"
    with pytest.raises(TargetError, match="MemoryError"):
        board.exec(load)


def test_connections_load_native_code_once(board: Emulated) -> None:
    board.reset()
    credential = server()
    used = []
    with OpenSSL(credential, cipher=SUITES["p256"], options=["-rev"]) as peer:
        client = Client(board)
        for _ in range(3):
            succeeds(client.connect(peer.port, credential.root, talk=REVERSED, frugal=True), peer, "Ciphersuite")
            used.append(int(board.exec("import emulator; print(emulator.native_code())")))
    assert 0 < used[0] == used[1] == used[2] <= 24 * 1024


# mull and muluh a6 = a7 a8 are (t << 4, r << 4 | s, operation)
PRODUCT = """
import emulator, {0} as m
def count(f, lap=emulator.lap):
    lap(); lap(); a = lap(); f(); b = lap()
    return b - a
print(min([count(m.f) for _ in range(4)]), max([count(m.f) for _ in range(4)]))
"""


def halves(folder: Path, operation: int, count: int) -> bytes:
    """A module whose function f does `count` products."""
    source, target = folder / "half.py", folder / "half.mpy"
    source.write_text("import micropython\n@micropython.viper\ndef f():\n    pass\n")
    mpy.compile_file(source, target, source.name, "xtensawin", mpy.CHECKED)
    entry, end = bytes((0x36, 0x61, 0x00)), bytes((0x22, 0xA0, 0x01, 0x90, 0x00, 0x00))  # entry a1, 48; movi a2, 1; retw
    return machine_code.put(target.read_bytes(), [entry + bytes((0x80, 0x67, operation)) * count + end])


def test_an_emulated_muluh_counts_as_one_instruction(board: Emulated, tmp_path: Path) -> None:
    for name, operation in (("low", 0x82), ("high", 0xA2)):
        board.put(f"{name}.mpy", halves(tmp_path, operation, 100))
    board.reset()
    before = int(board.exec("import emulator; print(emulator.traps())"))
    low, high = (board.exec(PRODUCT.format(name)).split() for name in ("low", "high"))
    assert low == high
    assert low[0] == low[1]
    assert int(board.exec("print(emulator.traps())")) - before == 800


def test_a_kernel_without_room_falls_back_is_told_and_is_not_tried_again(board: Emulated) -> None:
    board.reset()
    fill = (
        "import sys\ntry:\n    while True:\n        import latchkey.crypto.kernel_viper_ghash as k\n        del sys.modules[k.__name__]\n"
    )
    board.exec(fill + "except MemoryError:\n    pass\n")
    told = "from latchkey.crypto import kernels, p256\nfrom latchkey.crypto.field import machine\n"
    told += "print(machine.kernel_name(p256.CURVE.field))\n"
    assert board.exec(told + "print(*[name.rpartition('.')[2] for name in kernels.no_room])").split("\n")[:2] == [
        "portable",
        "kernel_xtensa_p256 kernel_viper_p256",
    ]
    loads = "count = 0\nreal = __import__\ndef counted(name, *rest):\n    global count\n    count += 'kernel_xtensa' in name\n"
    loads += "    return real(name, *rest)\nimport builtins\nbuiltins.__import__ = counted\nmachine._kernels.clear()\n"
    assert board.exec(loads + "print(machine.kernel_name(p256.CURVE.field), count)") == "portable 0\n"
    board.exec("builtins.__import__ = real")
    report = board.exec("from latchkey import doctor\nfor line in doctor._arithmetic(): print(line)")
    assert "! no memory for the machine code of latchkey.crypto.field.kernel_xtensa_p256" in report
