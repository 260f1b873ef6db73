"""Random programs: every native kernel of the target comes to what plain integers come to, for every field."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from host_tests.crypto.curve_reference import P256, P384
from host_tests.targets import Target

MODULI = {"p256": P256.p, "p256 order": P256.n, "p384": P384.p, "p384 order": P384.n, "25519": 2**255 - 19}
PREPARE = """
from latchkey.crypto import kernels, p256, p384, x25519
from latchkey.crypto.field import choice, machine, kernel_portable
h = bytes.fromhex
FIELDS = {f[0]: f for f in (p256.CURVE.field, p256.CURVE.order, p384.CURVE.field, p384.CURVE.order, x25519.FIELD)}
def each(entry, last):
    return b"".join(bytes((0, i, i, entry)) for i in range(3, last)) + b"\\x09\\0\\0\\0"
def every_kernel(field):
    for name in choice.candidates(kernels.which(), field[0]):
        yield __import__("latchkey.crypto.field.kernel_" + name, None, None, ("Kernel",)).Kernel
    yield kernel_portable.Kernel
def results(name, numbers, scalar, program, script):
    field = FIELDS[name]
    for kernel_class in every_kernel(field):
        kernel = machine.prepare(kernel_class, field[1], SLOTS)
        kernel.load(3, h(numbers))
        kernel.run(each(2, SLOTS), b"\\0\\0", 0, 2)
        kernel.load(SCALAR, h(scalar))
        kernel.run(h(program) + b"\\x09\\0\\0\\0", h(script), 0, len(script) // 2)
        kernel.load(SCALAR, bytes(len(field[1])))
        kernel.run(each(1, SLOTS), b"\\0\\0", 0, 2)
        print(kernel_class.NAME, kernel.store(3, SLOTS - 3).hex())
"""
TABLE, SCALAR, SLOTS = 16, 32, 33  # slots 3 to 15 are worked on, the table is 16 slots of 1 or 8 of 2
MUL, ADD, SUB, ADD2, SUB2, COPY, SELECT, CMOV, PUT = range(9)
DIGIT = 11

slots = st.integers(3, TABLE - 3)  # 1 and 2 differ from kernel to kernel
operations = st.one_of(
    st.tuples(st.sampled_from([MUL, ADD, SUB, ADD2, SUB2]), slots, slots, st.one_of(slots, st.just(0))),
    st.tuples(st.sampled_from([COPY, CMOV]), slots, slots, st.just(0)),
    st.tuples(st.just(SELECT), slots, st.just(TABLE), st.just(8 | 2 << 6)),
    st.tuples(st.just(DIGIT), st.just(SCALAR), st.just(0), st.sampled_from([0, 1, 4])),
)
puts = st.tuples(st.just(PUT), st.just(TABLE), slots, st.just(1 << 6))


def numbers(modulus: int) -> st.SearchStrategy[int]:
    edges = [0, 1, 2, modulus - 1, modulus - 2, modulus // 2, (1 << modulus.bit_length()) - modulus, (1 << modulus.bit_length() - 1)]
    sparse = st.integers(0, modulus.bit_length() - 2).map(lambda i: 1 << i)
    dense = sparse.map(lambda n: modulus - n)
    return st.one_of(st.integers(0, modulus - 1), st.sampled_from(edges), sparse, dense)


@pytest.mark.thorough
@pytest.mark.parametrize("field", MODULI)
def test_random_programs_come_to_the_same(target: Target, field: str) -> None:
    modulus = MODULI[field]
    size = -(-modulus.bit_length() // 8)
    target.exec(f"SLOTS, SCALAR = {SLOTS}, {SCALAR}\n" + PREPARE)

    # No shrinking: an example takes an emulated board a second.
    @settings(deadline=None, max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        loaded=st.lists(numbers(modulus), min_size=SLOTS - 3, max_size=SLOTS - 3),
        scalar=st.binary(min_size=size, max_size=size),
        program=st.lists(operations, min_size=1, max_size=60),
        put=puts,
        argument=st.integers(0, 7),
        times=st.integers(1, 3),
    )
    def same(loaded, scalar, program, put, argument, times) -> None:
        code = bytes(byte for operation in [put, *program] for byte in operation)
        plain = b"".join(number.to_bytes(size, "big") for number in loaded)
        call = f"results({field!r}, {plain.hex()!r}, {scalar.hex()!r}, {code.hex()!r}, {(bytes((0, argument)) * times).hex()!r})"
        said = dict(line.rsplit(" ", 1) for line in target.exec(call).splitlines())
        assert "portable" in said
        assert set(said.values()) == {said["portable"]}, (program, put, argument)

    same()
