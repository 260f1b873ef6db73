"""The machine code in the tree is what its assembly source yields."""

import shutil

import pytest

from tools.build.kernels import assemble


@pytest.mark.parametrize("path", assemble.kernels(), ids=lambda path: path.stem)
def test_thumb2_kernels_are_what_their_sources_yield(path):
    if not shutil.which(assemble.ASSEMBLER):
        pytest.skip(f"{assemble.ASSEMBLER} is missing: apt-get install {assemble.PACKAGE}")
    text = path.read_text()
    assert assemble.written(text) == text, "run: python -m tools.build.kernels.assemble"


def test_every_thumb2_kernel_has_a_source():
    modules = set((assemble.ROOT / "firmware").rglob("kernel_thumb2*.py"))
    assert modules == set(assemble.kernels())
