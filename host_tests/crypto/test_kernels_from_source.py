"""Viper kernels as a board compiles them itself from .py files: older firmware's emitter does it in its own way (build/field/viper.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.targets.emulated import Emulated
from tools.build.places import ROOT

pytestmark = pytest.mark.targets("cortex_m", "rv32", "xtensa")
OUT_OF_RANGE = "ERROR: xtensa bccz out of range"

CRYPTO = ROOT / "firmware/latchkey/crypto"
FIELD = "from latchkey.crypto import {0}\nfrom latchkey.crypto.field import choice\nfield = {0}.CURVE.field\n"
FIELD += "print(choice.known_answer(kernel.Kernel, field[1]) == field[2])"


def known_answer(source: Path) -> str:
    """What prints whether `kernel` knows the answer that its kind is tried by: a curve's, or the one of the module that loads it."""
    work = source.stem.removeprefix("kernel_viper_")
    if source.parent.name == "field":
        return FIELD.format(work)
    [chooses] = [path.stem for path in CRYPTO.glob("*.py") if f'kernels.load("{work}", _works' in path.read_text()]
    return f"from latchkey.crypto import {chooses}\nprint({chooses}._works(kernel))"


WORKS = {path.stem.removeprefix("kernel_viper_"): known_answer(path) for path in sorted(CRYPTO.rglob("kernel_viper_*.py"))}


@pytest.fixture(scope="module")
def roomy(target: Emulated) -> Iterator[Emulated]:
    """A board with room for the compiler."""
    target.heap = 1024 * 1024
    target.reset()
    yield target
    target.heap = None
    target.close()


@pytest.mark.parametrize("work", [work for work in WORKS if work != "ctr"])
def test_a_viper_kernel_that_the_board_compiled_knows_its_answer_or_is_said_to_be_miscompiled(roomy: Emulated, work: str) -> None:
    (source,) = CRYPTO.rglob(f"kernel_viper_{work}.py")
    roomy.put(f"from_source_{work}.py", source.read_bytes())
    said = roomy.exec(f"import from_source_{work} as kernel")
    assert (OUT_OF_RANGE in said) == (roomy.exec("from latchkey.crypto import kernels; print(kernels.miscompiles())") == "True\n")
    if OUT_OF_RANGE not in said:
        assert roomy.exec(WORKS[work]) == "True\n"


CRYPTOLIB = "try:\n    import cryptolib\n    print(True)\nexcept ImportError:\n    print(False)"


def test_the_viper_kernel_beside_the_firmwares_aes_is_short_enough_and_knows_its_answer_where_the_firmware_has_one(roomy: Emulated) -> None:
    roomy.put("from_source_ctr.py", (CRYPTO / "kernel_viper_ctr.py").read_bytes())
    assert OUT_OF_RANGE not in roomy.exec("import from_source_ctr as kernel")
    if roomy.exec(CRYPTOLIB) == "True\n":
        assert roomy.exec(WORKS["ctr"]) == "True\n"
