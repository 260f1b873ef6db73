"""The machine code in the tree is what its assembly source yields."""

import ast

import pytest

from host_tests.targets import Target
from tools.bench import size
from tools.build.kernels import assemble, machine_code
from tools.build.places import ROOT

MOST = 24 * 1024  # bytes of executable memory that an ESP32 can spare for all of them


@pytest.mark.parametrize("path", assemble.kernels(), ids=lambda path: path.stem)
def test_thumb2_kernels_are_what_their_sources_yield(path):
    tools = assemble.TOOLS["thumb2"]
    if tools.missing():
        pytest.skip(f"{tools.prefix}as is missing: apt-get install {tools.package}")
    text = path.read_text()
    assert assemble.written(text) == text, "run: python -m tools.build.kernels.assemble"


def test_every_thumb2_kernel_has_a_source():
    modules = set((assemble.ROOT / "firmware").rglob("kernel_thumb2*.py"))
    assert modules == set(assemble.kernels())


@pytest.mark.targets("rv32", "xtensa")
def test_the_machine_code_of_a_cores_kernels_is_what_their_sources_yield(target: Target) -> None:
    for path in assemble.native(target.name):
        made = machine_code.made(path.stem).read_text()
        assert assemble.made_of(path, target.name) == made, "run: python -m tools.build.kernels.assemble"


@pytest.mark.parametrize("core", ["xtensa", "rv32"])
def test_all_machine_code_of_a_core_fits_its_executable_memory(core: str) -> None:
    assert 0 < sum(size.executable(core).values()) <= MOST


def test_the_cases_of_miscompiled_kernels_have_every_viper_kernel() -> None:
    tree = ast.parse((ROOT / "host_tests/on_target/miscompiled.py").read_text())
    [listed] = [
        ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KERNELS"
    ]
    crypto = ROOT / "firmware/latchkey/crypto"
    assert sorted(listed) == sorted(".".join(path.relative_to(crypto).with_suffix("").parts) for path in crypto.rglob("kernel_viper_*.py"))
