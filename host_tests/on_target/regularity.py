"""Multiplications by a secret take the same instructions whatever the secret: counted in every call of a kernel.

That is claimed for the Thumb-2 and viper kernels. Equal counts and equal scripts are shown here, on one board; test_regular_addresses.py
shows from outside that no address depends on a secret either. Nothing interrupts this board but its serial ports.
"""

import gc

import emulator

from latchkey.crypto import ecdsa_sign, kernels, p256, p384
from latchkey.crypto.field import choice, machine
from latchkey.crypto.job import run
from latchkey.crypto.util import equal

TARGETS = ("cortex_m", "armv6m", "rv32", "xtensa")


def _secrets(curve):
    size = curve.size
    n = int.from_bytes(curve.order[1], "big")
    numbers = (1, 2, n - 1, n - 2, 1 << 8 * size - 1, (1 << 8 * size - 1) - 1, 0x5A5A << 100, n // 3, 3**150)
    return [k.to_bytes(size, "big") for k in numbers]


def _counting(native, trace):
    """A kernel's machine code, with the instructions of each call and the script it was called with.

    Nothing is allocated or looked up in a module between the two readings.
    """
    lap = emulator.lap

    def thumb2(workspace, programs, script, part):
        lap()
        native(workspace, programs, script, part)
        count = lap()
        trace.append((hash(bytes(script)), part, count))

    def viper(a, b, workspace, programs, script, start, end):
        lap()
        native(a, b, workspace, programs, script, start, end)
        count = lap()
        trace.append((hash(bytes(script)), start, end, count))

    return thumb2, viper


def _kernels(field):
    """The modules of this core's native kernels."""
    for name in choice.candidates(kernels.which(), field[0]):
        yield __import__("latchkey.crypto.field.kernel_" + name, None, None, ("Kernel",))


def _fastest(field):
    """The best of them, if there is one: viper has none for Curve25519."""
    return list(_kernels(field))[:1]


def _trace(module, job):
    """What one job calls the machine code with, and how many instructions each call takes."""
    trace = []
    native = module._run
    module._run = _counting(native, trace)["viper" in module.__name__]
    gc.collect()
    gc.disable()
    try:
        run(job)
    finally:
        module._run = native
        gc.enable()
    return trace


def _same_for_all(field, modules, job_of, secrets):
    for module in modules:
        machine._kernels[field[0]] = module.Kernel
        expected = []
        # The interpreter remembers where it found the last names: so the first secret comes twice beforehand, compared as any other is.
        for turn, secret in enumerate([secrets[0], secrets[0]] + secrets):
            trace = _trace(module, job_of(secret))
            if turn < 2:
                expected = trace
            assert len(trace) == len(expected) > 10
            for step, (one, other) in enumerate(zip(expected, trace)):
                assert one == other, (module.__name__, secret, step, one, other)
        del machine._kernels[field[0]]


def shared_secrets_take_the_same_instructions():
    field = p256.CURVE.field
    assert len(list(_kernels(field))) == (1 if kernels.which() == "native" else 2)
    _same_for_all(field, _kernels(field), lambda secret: p256.shared(secret, p256.CURVE.base), _secrets(p256.CURVE))


def public_points_take_the_same_instructions():
    field = p256.CURVE.field
    _same_for_all(field, _kernels(field), p256.public, _secrets(p256.CURVE))


def shared_secrets_over_p384_take_the_same_instructions():
    field = p384.CURVE.field
    _same_for_all(field, _fastest(field), lambda secret: p384.shared(secret, p384.CURVE.base), _secrets(p384.CURVE)[:4])


def x25519_takes_the_same_instructions():
    from latchkey.crypto import x25519

    secrets = [bytes(32), b"\xff" * 32, b"\x55" * 32, bytes(range(32)), bytes(15) + b"\x80" + bytes(16)]
    point = b"\x09" + bytes(31)
    _same_for_all(x25519.FIELD, _fastest(x25519.FIELD), lambda secret: x25519.shared(secret, point), secrets)


def the_peers_point_makes_no_difference_either():
    x5 = (5).to_bytes(32, "big") + bytes.fromhex("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc")
    x0 = bytes(32) + bytes.fromhex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")
    field = p256.CURVE.field
    points = [p256.CURVE.base, b"\x04" + x5, b"\x04" + x0]
    _same_for_all(field, _fastest(field), lambda point: p256.shared(_secrets(p256.CURVE)[7], point), points)


def signatures_take_the_same_instructions_for_every_key():
    field = p256.CURVE.field
    digest = bytes(range(32))
    _same_for_all(field, _fastest(field), lambda secret: ecdsa_sign.sign_with(23, secret, digest, b""), _secrets(p256.CURVE))


def comparisons_take_the_same_instructions_wherever_they_differ():
    expected = bytes(range(12))
    counts = set()
    lap = emulator.lap
    for answer in (b"\xff" + expected[1:], expected[:6] + b"\xff" + expected[7:], expected[:11] + b"\xff", b"\xff" * 12):
        runs = []
        for _ in range(3):  # the first lookup of a name takes longer: the interpreter remembers where it was
            lap()
            same = equal(answer, expected)
            count = lap()
            runs.append(count)
            assert not same
        counts.add(min(runs))
    assert len(counts) == 1, counts
    assert equal(expected, bytes(range(12)))
