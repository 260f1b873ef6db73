"""What tools/build/field makes: that it is what the tree has, and that it is right."""

import pytest

from host_tests.crypto.curve_reference import P256, P384, Curve
from tools.build.field import base_point, inversion, programs, viper
from tools.build.field.__main__ import CRYPTO, ROOT, constant, texts

LADDER = programs.assemble((ROOT / "tools/build/field/x25519.prog").read_text())
ASSEMBLY = programs.assemble((ROOT / "tools/build/field/weierstrass.prog").read_text())
MODULI = {"p256": (P256.p, P256.n), "p384": (P384.p, P384.n), "x25519": (2**255 - 19,)}


@pytest.mark.parametrize(("path", "text"), [pytest.param(path, text, id=path.name) for path, text in texts().items()])
def test_modules_are_what_their_sources_yield(path, text):
    assert path.read_text() == text, "run: python -m tools.build.field"


def steps(script: bytes, entries: dict[str, int]) -> list[tuple[str, int]]:
    names = {number: name for name, number in entries.items()}
    return [(names[script[i]], script[i + 1]) for i in range(0, len(script), 2)]


@pytest.mark.parametrize(("curve", "letter"), [("p256", "P"), ("p256", "N"), ("p384", "P"), ("p384", "N"), ("x25519", "P")])
def test_inversions_raise_to_the_modulus_less_2(curve, letter):
    text = (CRYPTO / f"{curve}.py").read_text()
    modulus = MODULI[curve]["PN".index(letter)]
    assert int.from_bytes(constant(text, f"_{letter}"), "big") == modulus
    t1, t0, table = 1, 0, {}  # exponents
    for name, argument in steps(constant(text, f"_INVERT_{letter}"), LADDER.entries if curve == "x25519" else ASSEMBLY.entries):
        match name:
            case "POWER_BASE":
                table[0], t0 = t1, 2 * t1
            case "POWER_ODD":
                t1 += t0
                table[argument] = t1
            case "POWER_PUT":
                table[argument] = t1
            case "POWER_FIRST":
                t1 = table[argument]
            case "POWER_NEXT":
                t1 += table[argument]
            case "SQUARE":
                assert 0 < argument <= inversion.LONGEST
                t1 <<= argument
            case _:
                raise AssertionError(name)
    assert t1 == modulus - 2
    assert max(table) < 16


@pytest.mark.parametrize("prime", [viper.P256, viper.P384], ids=lambda prime: prime.name)
def test_viper_kernels_stay_within_their_bounds(prime):
    prime.check_bounds()
    assert prime.value == MODULI[prime.name][0]


@pytest.mark.parametrize("bits", ["1", "10", "1111", "11111", "1" * 33 + "0" * 5, "1011" * 20, "1" * 300, "1000000001"])
def test_windows_of_an_exponent_add_up(bits):
    total = 0
    runs = {entry: (1 << n) - 1 for n, entry in inversion.RUNS.items() if n >= 8}
    for entry, squarings in inversion.windows(bits):
        total <<= squarings
        if entry is not None:
            total += runs.get(entry, 2 * entry + 1)
    assert total == int(bits, 2)


@pytest.mark.parametrize(("curve", "module", "name"), [(P256, "p256_base", "TABLE"), (P384, "p384", "_TABLE")], ids=["p256", "p384"])
def test_the_comb_of_the_base_point_is_that_of_its_definition(curve: Curve, module: str, name: str):
    table = constant((CRYPTO / f"{module}.py").read_text(), name)
    size = len(table) // 8
    for i in range(8):
        signs = [1 if i >> t & 1 else -1 for t in range(3)] + [1]
        point = curve.times(sum(sign << size * t for t, sign in enumerate(signs)), curve.g)
        assert b"\x04" + table[size * i : size * (i + 1)] == curve.encode(point)
    assert size == 2 * -(-curve.p.bit_length() // 8)


def test_the_order_that_the_comb_of_p256_is_made_with_is_the_curves():
    assert P256.n == base_point.P256_ORDER


def run_points(curve: Curve, script: list[str], **points: tuple[int, int]) -> tuple[int, int, int]:
    """The accumulator (X, Y, Z) after programs of the source, on plain integers; acc and add are set from affine points."""
    slots = dict.fromkeys(range(72), 0)
    names = ASSEMBLY.slots
    slots[names["unit"]] = slots[names["rr"]] = 1
    slots[names["b"]] = curve.b
    for name, (x, y) in points.items():
        slots[names[name + "0"]], slots[names[name + "1"]], slots[names[name + "2"]] = x, y, 1
    factors = {"add": 1, "sub": -1, "add2": 2, "sub2": -2}
    for entry in script:
        at = ASSEMBLY.entries[entry]
        while (name := programs.OPERATIONS[ASSEMBLY.words[at][0]]) not in ("end", "again"):
            _, d, a, b = ASSEMBLY.words[at]
            if name == "mul":
                slots[d] = slots[a] * slots[b] % curve.p
            elif name == "copy":
                slots[d] = slots[a]
            else:
                slots[d] = (slots[a] + factors[name] * slots[b]) % curve.p
            at += 1
    first = names["acc0"]
    return slots[first], slots[first + 1], slots[first + 2]


def affine(curve: Curve, point: tuple[int, int, int], jacobian: bool) -> tuple[int, int] | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    powers = (inverse**2, inverse**3) if jacobian else (inverse, inverse)
    return x * powers[0] % curve.p, y * powers[1] % curve.p


@pytest.mark.parametrize("curve", [P256, P384], ids=lambda curve: curve.module)
def test_complete_addition_is_right_for_every_pair(curve):
    points = [curve.times(k, curve.g) for k in (1, 2, 3, curve.n - 1, curve.n - 2, 12345)]
    for left in points:
        for right in points:
            total = run_points(curve, ["ADD_COMPLETE"], acc=left, add=right)
            assert affine(curve, total, jacobian=False) == curve.add(left, right)


@pytest.mark.parametrize("curve", [P256, P384], ids=lambda curve: curve.module)
def test_jacobian_additions_are_right_or_end_with_z_0(curve):
    points = [curve.times(k, curve.g) for k in (1, 2, 3, curve.n - 1, 12345)]
    for left in points:
        assert affine(curve, run_points(curve, ["DOUBLE"], acc=left), jacobian=True) == curve.add(left, left)
        for right in points:
            total = run_points(curve, ["ADD"], acc=left, add=right)
            if left[0] == right[0]:
                assert total[2] == 0
                assert run_points(curve, ["ADD", "DOUBLE", "ADD", "DOUBLE"], acc=left, add=right)[2] == 0  # and stays so
            else:
                assert affine(curve, total, jacobian=True) == curve.add(left, right)


def test_entries_fit_a_byte_and_fall_on_operations():
    assert max(ASSEMBLY.entries.values()) < 256
    assert len(ASSEMBLY.code) == 4 * len(ASSEMBLY.words)
    for name in ("DOUBLE", "SQUARE"):  # the only ones that repeat
        at = ASSEMBLY.entries[name]
        while ASSEMBLY.words[at][0] not in (programs.END, programs.AGAIN):
            at += 1
        assert ASSEMBLY.words[at][0] == programs.AGAIN
    assert sum(word[0] == programs.AGAIN for word in ASSEMBLY.words) == 2


# What is stored for the outside, and the last program that writes it.
LEAVING = [
    (ASSEMBLY, "EQUATION", "t0"),
    (ASSEMBLY, "LEAVE", "acc0"),
    (ASSEMBLY, "LEAVE", "acc1"),
    (ASSEMBLY, "MATCH", "t0"),
    (ASSEMBLY, "MATCH", "t2"),
    (ASSEMBLY, "SIGN_END", "t1"),
    (ASSEMBLY, "VERIFY_END", "t4"),
    (ASSEMBLY, "VERIFY_END", "t5"),
    (LADDER, "LADDER_END", "p0"),
]


@pytest.mark.parametrize(("assembly", "program", "slot"), [pytest.param(*row, id=" ".join(row[1:])) for row in LEAVING])
def test_a_number_leaves_the_domain_by_unit_alone(assembly, program, slot):
    """Numbers of a kernel may be a little above the modulus: plain times element is plain, but only `unit` brings it below."""
    at = assembly.entries[program]
    written = []
    while (word := assembly.words[at])[0] != programs.END:
        written.append(word)
        at += 1
    number = assembly.slots[slot]
    last = [word for word in written if word[1] == number][-1]
    assert (last[0], last[3]) == (programs.OPERATIONS.index("mul"), assembly.slots["unit"])
