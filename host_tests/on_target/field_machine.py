"""The field machine: every kernel that runs on this core does what plain integers do. `latchkey.crypto.field`."""

from latchkey.crypto import kernels, p256, p384
from latchkey.crypto.field import choice, kernel_portable, machine

FIELDS = (p256.CURVE.field, p256.CURVE.order, p384.CURVE.field, p384.CURVE.order)
END = b"\x09\x00\x00\x00"
AGAIN = b"\x0a\x00\x00\x00"


def _native():
    """(field, kernel class) of all but the portable one."""
    for field in FIELDS:
        for module in choice.candidates(kernels.which(), field[0]):
            yield field, __import__("latchkey.crypto.field.kernel_" + module, None, None, ("Kernel",)).Kernel


def _both(field, kernel_class, slots=24):
    modulus = field[1]
    return machine.prepare(kernel_class, modulus, slots), machine.prepare(kernel_portable.Kernel, modulus, slots)


def _numbers(modulus):
    p = int.from_bytes(modulus, "big")
    bits = 8 * len(modulus)
    return (
        0,
        1,
        2,
        p - 1,
        p - 2,
        p >> 1,
        (p >> 1) + 1,
        (1 << bits) - p,
        0x1FFF << 13,
        ((1 << bits) - 1) // 3,
        (1 << 224) - 1,
        1 << (bits - 2),
    )


def _load(kernel, slot, number, modulus):
    kernel.load(slot, (number % int.from_bytes(modulus, "big")).to_bytes(len(modulus), "big"))


def _run(kernel, *operations, argument=1):
    kernel.run(b"".join(bytes(o) for o in operations) + END, bytes((0, argument)), 0, 2)


def this_core_has_a_native_kernel_unless_its_firmware_takes_none():
    assert bool(kernels.which()) == bool(len(list(_native())))


def every_kernel_knows_its_answer():
    for field in FIELDS:
        assert choice.known_answer(kernel_portable.Kernel, field[1]) == field[2], field[0]
    for field, kernel_class in _native():
        assert choice.known_answer(kernel_class, field[1]) == field[2], (field[0], kernel_class.NAME)


def the_first_candidate_is_the_kernel_that_is_used():
    for field in FIELDS:
        names = [kernel_class.NAME for f, kernel_class in _native() if f is field]
        assert machine.kernel_name(field) == (names + ["portable"])[0]


def numbers_come_back_as_they_went_in():
    for field, kernel_class in _native():
        kernel = machine.prepare(kernel_class, field[1], 8)
        for number in _numbers(field[1]):
            _load(kernel, 5, number, field[1])
            assert int.from_bytes(kernel.store(5), "big") == number % int.from_bytes(field[1], "big")


def arithmetic_on_edges_is_right():
    for field, kernel_class in _native():
        kernels_ = _both(field, kernel_class)
        for operation in range(5):
            for x in _numbers(field[1]):
                for y in _numbers(field[1]):
                    results = []
                    for kernel in kernels_:
                        _load(kernel, 4, x, field[1])
                        _load(kernel, 5, y, field[1])
                        _run(kernel, (0, 4, 4, 2), (0, 5, 5, 2), (operation, 6, 4, 5), (0, 6, 6, 1))
                        results.append(bytes(kernel.store(6)))
                    assert results[0] == results[1], (field[0], kernel_class.NAME, operation, x, y)


def results_may_overwrite_their_operands():
    for field, kernel_class in _native():
        kernels_ = _both(field, kernel_class)
        for d, a, b in ((4, 4, 5), (5, 4, 5), (4, 4, 4)):
            for operation in range(5):
                results = []
                for kernel in kernels_:
                    for slot in (4, 5):
                        _load(kernel, slot, 3**80 + slot, field[1])
                        _run(kernel, (0, slot, slot, 2))
                    _run(kernel, (operation, d, a, b), (0, 4, 4, 1), (0, 5, 5, 1))
                    results.append((bytes(kernel.store(4)), bytes(kernel.store(5))))
                assert results[0] == results[1], (field[0], kernel_class.NAME, operation, d, a, b)


def products_are_reduced_once_or_not_wherever_they_come_out():
    # Montgomery's product comes out below 2p, and slots of whole words are below p: factors are made for results at the borders
    from latchkey.crypto.ecdsa import _euclid

    for field, kernel_class in _native():
        if kernel_class.NAME in ("viper", "xtensa"):  # slots of limbs have room for more: crypto/test_field_edges.py
            continue
        modulus = field[1]
        p, size = int.from_bytes(modulus, "big"), len(modulus)
        kernel = machine.prepare(kernel_class, modulus, 8)
        radix = 1 << kernel.RADIX_BITS
        factor = -_euclid(p, radix) % radix
        places = set()
        for x in (1, p - 1, (p >> 1) + 1, p - (1 << 96), (1 << 8 * size - 8) - 1, 3**150 % p):
            inverse = _euclid(x, p)
            for result in (0, 1, 2, 0xFFFFFFFF, (1 << 8 * size) - p - 1, (1 << 8 * size) - p, p - 1):
                y = result * radix * inverse % p
                whole = (x * y + x * y * factor % radix * p) // radix
                places.add("below p" if whole < p else "below the top" if whole < 1 << 8 * size else "above")
                for a, b in ((x, y), (y, x)):
                    _load(kernel, 4, a, modulus)
                    _load(kernel, 5, b, modulus)
                    _run(kernel, (0, 6, 4, 5))
                    assert int.from_bytes(kernel.store(6), "big") == result, (field[0], kernel_class.NAME, a, b)
        assert len(places) == 3, (field[0], places)


def limbs_as_large_as_a_slot_may_hold_are_right():
    # Viper's slots hold up to 9/8 of 2^(bits of p): what loading makes is smaller, so the limbs are set by hand
    for field, kernel_class in _native():
        if kernel_class.NAME != "viper":
            continue
        kernel = machine.prepare(kernel_class, field[1], 8)
        p = int.from_bytes(field[1], "big")
        n = kernel.RADIX_BITS // 13
        edge = 1 << 8 * len(field[1])
        bound = edge + (edge >> 3)
        ones = ((bound - 1) >> 13 * (n - 1)) - 1 << 13 * (n - 1) | (1 << 13 * (n - 1)) - 1
        inverse = pow(1 << 13 * n, p - 2, p)
        for x in (p, edge, bound - 1, ones, ones ^ 0x1FFF, 1):
            for y in (0, p - 1, p, bound - 1, ones, edge - 1):
                expected = (x * y * inverse, x + y, x - y, x + 2 * y, x - 2 * y, x * x * inverse)
                for case in range(6):
                    _set_limbs(kernel, 4, n, x)
                    _set_limbs(kernel, 5, n, y)
                    _run(kernel, (case, 6, 4, 5) if case < 5 else (0, 6, 4, 4))
                    result = _limbs(kernel, 6, n)
                    assert result < bound and result % p == expected[case] % p, (field[0], case, x, y)


def _slot(kernel, slot, n):
    """Where a slot of n limbs is; those of `prepare(.., 8)` are the end of the workspace."""
    at = len(kernel._workspace) - 2 * n * (8 - slot)
    return memoryview(kernel._workspace)[at : at + 2 * n]


def _set_limbs(kernel, slot, n, number):
    view = _slot(kernel, slot, n)
    for i in range(n):
        view[2 * i : 2 * i + 2] = (number >> 13 * i & 0x1FFF).to_bytes(2, "little")


def _limbs(kernel, slot, n):
    view = _slot(kernel, slot, n)
    limbs = [view[2 * i] | view[2 * i + 1] << 8 for i in range(n)]
    assert max(limbs) < 1 << 13
    return sum([limb << 13 * i for i, limb in enumerate(limbs)])


def long_chains_of_additions_stay_right():
    for field, kernel_class in _native():
        for operation in (1, 2, 3, 4):
            results = []
            for kernel in _both(field, kernel_class):
                _load(kernel, 4, int.from_bytes(field[1], "big") - 1, field[1])
                _load(kernel, 5, 12345, field[1])
                kernel.run(bytes((operation, 5, 4, 5, operation, 4, 5, 4)) + AGAIN, bytes((0, 255)), 0, 2)
                _run(kernel, (0, 6, 5, 2), (0, 6, 6, 1))
                results.append(bytes(kernel.store(6)))
            assert results[0] == results[1], (field[0], kernel_class.NAME, operation)


def tables_are_read_and_written_by_the_digit():
    for field, kernel_class in _native():
        for entries, width in ((8, 3), (8, 2), (16, 1)):
            kernel = machine.prepare(kernel_class, field[1], 32)
            for entry in range(entries):
                for slot in range(width):
                    _load(kernel, 4 + slot, 100 * entry + slot, field[1])
                kernel.run(bytes((8, 8, 4, width << 6)) + END, bytes((0, entry)), 0, 2)
            for entry in range(entries):
                for sign in (0, 128):
                    _run(kernel, (6, 4, 8, entries | width << 6), argument=entry | sign)
                    for slot in range(width):
                        assert int.from_bytes(kernel.store(4 + slot), "big") == 100 * entry + slot, (kernel_class.NAME, entries, width)


def the_sign_of_the_digit_moves():
    for field, kernel_class in _native():
        kernel = machine.prepare(kernel_class, field[1], 8)
        p = int.from_bytes(field[1], "big")
        for argument in (0, 1, 0x7F, 0x80, 0x85, 0xFF):
            _load(kernel, 4, p - 3, field[1])
            _load(kernel, 5, 7, field[1])
            _run(kernel, (7, 4, 5, 0), argument=argument)
            assert int.from_bytes(kernel.store(4), "big") == (7 if argument & 128 else p - 3), (kernel_class.NAME, argument)


def a_repeated_program_runs_as_often_as_asked():
    for field, kernel_class in _native():
        for times in (1, 2, 8, 255):
            kernel = machine.prepare(kernel_class, field[1], 8)
            _load(kernel, 4, 0, field[1])
            kernel.run(bytes((1, 4, 4, 1)) + AGAIN, bytes((0, times)), 0, 2)
            _run(kernel, (0, 4, 4, 2), (0, 4, 4, 1))
            assert int.from_bytes(kernel.store(4), "big") == times


def a_part_of_a_script_can_be_run():
    programs = bytes((1, 4, 4, 1)) + END + bytes((3, 4, 4, 1)) + END
    for field, kernel_class in _native():
        kernel = machine.prepare(kernel_class, field[1], 8)
        kernel.run(programs, bytes((2, 0, 0, 0, 2, 0, 0, 0)), 2, 6)
        _run(kernel, (0, 4, 4, 2), (0, 4, 4, 1))
        assert int.from_bytes(kernel.store(4), "big") == 3


def wiping_clears_every_slot():
    for field, kernel_class in _native():
        kernel = machine.prepare(kernel_class, field[1], 12)
        for slot in range(3, 12):
            _load(kernel, slot, 3**100 + slot, field[1])
        _run(kernel, (0, 4, 4, 5), (0, 4, 4, 4))
        kernel.wipe()
        assert not any(any(kernel.store(slot)) for slot in range(12))
        if kernel_class.NAME in ("rv32", "xtensa"):  # nor does one that goes on without a modulus run on for ever
            _run(kernel, (1, 4, 4, 5), (0, 4, 4, 4), (4, 4, 4, 4), (6, 4, 4, 0x48), (11, 4, 0, 1))


def a_kernel_that_fails_its_test_is_replaced_and_named():
    broken_field = ("p256", p256.CURVE.field[1], b"no answer")
    before = machine._kernels.pop("p256", None), list(kernels.failed)
    try:
        kernel = machine.open(broken_field, 8)
        assert kernel.NAME == "portable"
        assert bool(kernels.which()) == (len(kernels.failed) > len(before[1]))
    finally:
        machine._kernels.pop("p256")
        if before[0]:
            machine._kernels["p256"] = before[0]
        kernels.failed[:] = before[1]
