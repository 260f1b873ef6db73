"""What `make build` compiles, and when."""

import os
from pathlib import Path

import pytest

from tools.build import mpy


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text("")
    (folder / "package" / "module.py").write_text("from micropython import const\n_X = const(3)\nassert False, 'removed at opt 3'\n")
    (folder / "package" / "kernel_viper.py").write_text("import micropython\n@micropython.viper\ndef f(a: ptr8):\n    a[0] = 1\n")
    (folder / "package" / "kernel_thumb2_umaal.py").write_text("@micropython.asm_thumb\ndef f(r0):\n    add(r0, r0, 1)\n")
    return folder


def built(target: Path) -> set[str]:
    return {path.stem for path in target.rglob("*.mpy")}


@pytest.mark.parametrize(
    ("arch", "kernels"),
    [
        ("x64", {"kernel_viper"}),
        ("armv7m", {"kernel_viper", "kernel_thumb2_umaal"}),
        ("armv7emsp", {"kernel_viper", "kernel_thumb2_umaal"}),
        ("xtensawin", {"kernel_viper"}),
        ("rv32imc", {"kernel_viper"}),
        ("bytecode", set()),
    ],
)
def test_each_architecture_gets_the_kernels_it_can_run(source: Path, tmp_path: Path, arch: str, kernels: set[str]) -> None:
    mpy.compile_tree(source, tmp_path / arch, arch, mpy.SHIPPED)
    assert built(tmp_path / arch) == {"__init__", "module"} | kernels


def test_only_what_changed_is_compiled_and_what_is_gone_removed(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert mpy.compile_tree(source, target, "x64", mpy.SHIPPED) == 3
    assert mpy.compile_tree(source, target, "x64", mpy.SHIPPED) == 0
    os.utime(source / "package" / "module.py", ns=(1, 1))  # older than what was built, as after a checkout
    assert mpy.compile_tree(source, target, "x64", mpy.SHIPPED) == 1
    (target / "package" / "module.mpy").unlink()
    assert mpy.compile_tree(source, target, "x64", mpy.SHIPPED) == 1
    (source / "package" / "module.py").unlink()
    assert mpy.compile_tree(source, target, "x64", mpy.SHIPPED) == 0
    assert built(target) == {"__init__", "kernel_viper"}
    assert mpy.compile_tree(source, target, "x64", mpy.CHECKED) == 2


def test_an_image_for_a_romfs_lies_beside_the_files_and_holds_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "firmware" / "latchkey").mkdir(parents=True)
    (tmp_path / "firmware" / "latchkey" / "module.py").write_text("x = 1\n")
    for name, folder in (("ROOT", ""), ("BUILD", "build")):
        monkeypatch.setattr(mpy, name, tmp_path / folder)
    monkeypatch.setattr(mpy, "short_sources", lambda: tmp_path / "firmware")
    assert mpy.main(["bytecode"]) == 0
    image, files = tmp_path / "build" / "mpy" / "bytecode.romfs", tmp_path / "build" / "mpy" / "bytecode"
    held = [(files / "latchkey" / name).read_bytes() for name in ("module.mpy", "files.txt")]
    assert all(content in image.read_bytes() for content in held)
    assert len(image.read_bytes()) < len(b"".join(held)) + 60
    assert (files / ".sources.json").exists()


def test_shipped_files_have_no_asserts_and_short_names(source: Path, tmp_path: Path) -> None:
    mpy.compile_tree(source, tmp_path / "shipped", "x64", mpy.SHIPPED)
    mpy.compile_tree(source, tmp_path / "checked", "x64", mpy.CHECKED)
    shipped = (tmp_path / "shipped" / "package" / "module.mpy").read_bytes()
    assert b"removed" not in shipped and b"module" in shipped and b"package" not in shipped
    assert b"removed" in (tmp_path / "checked" / "package" / "module.mpy").read_bytes()


def test_a_file_that_does_not_compile_is_named_and_tried_again(source: Path, tmp_path: Path) -> None:
    (source / "package" / "module.py").write_text("def f(:\n")
    for _ in range(2):
        with pytest.raises(mpy.CompileError, match=r"package/module\.py for x64"):
            mpy.compile_tree(source, tmp_path / "out", "x64", mpy.SHIPPED)


def test_a_constant_of_64_bits_fits_a_board(source: Path, tmp_path: Path) -> None:
    """Files for 32-bit boards must not hold 64-bit small ints as such: mpy-cross decides by the architecture."""
    (source / "package" / "module.py").write_text("x = 0x7FFFFFFFFFFF\n")
    mpy.compile_tree(source, tmp_path / "out", "armv7m", mpy.SHIPPED)
    assert b"140737488355327" in (tmp_path / "out" / "package" / "module.mpy").read_bytes()
