"""Machine code in the place of viper functions of a .mpy: what is exchanged, and what is refused."""

from pathlib import Path

import pytest

from tools.build import mpy
from tools.build.kernels import assemble, machine_code
from tools.build.plain import Plain

SOURCE = """
import micropython
TEXT, BYTES, NUMBER, FRACTION, GROUP, EMPTY = "{long}", b"{long}", 12345678901234567890, 1.5, (1, b"{long}", ("a", None)), b""
class Named:
    def method(self):
        def within():
            return "x" * {size}
        return within
@micropython.viper
def first():
    pass
def between():
    return {long!r}
@micropython.viper
def second():
    pass
{more}
"""


def compiled(folder: Path, arch: str, more: str = "", size: int = 1) -> bytes:
    source, target = folder / "source.py", folder / "source.mpy"
    source.write_text(SOURCE.format(long="long text " * size, size=size, more=more))
    mpy.compile_file(source, target, source.name, arch, mpy.SHIPPED)
    return target.read_bytes()


@pytest.mark.parametrize("arch", ["rv32imc", "xtensawin", "armv7emsp"])
@pytest.mark.parametrize("size", [1, 100])
def test_each_viper_function_gets_its_code_and_nothing_else_changes(tmp_path: Path, arch: str, size: int) -> None:
    before = compiled(tmp_path, arch, size=size)
    codes = [bytes(range(200)) * 4, b"\xa5" * 6]
    after = machine_code.put(before, codes)
    assert all(after.count(code) == 1 for code in codes)
    again = [bytes(12), bytes(4000)]
    assert machine_code.put(after, again) == machine_code.put(before, again)


def test_the_code_stands_in_the_order_of_the_functions(tmp_path: Path) -> None:
    marked = machine_code.put(compiled(tmp_path, "rv32imc"), [b"FIRST...", b"SECOND.."])
    assert marked.index(b"FIRST...") < marked.index(b"SECOND..")


@pytest.mark.parametrize("codes", [[], [b"1234"], [b"1234"] * 3], ids=len)
def test_refuses_another_number_of_pieces_than_of_functions(tmp_path: Path, codes: list[bytes]) -> None:
    with pytest.raises(Plain):
        machine_code.put(compiled(tmp_path, "xtensawin"), codes)


def test_refuses_a_viper_function_that_does_something(tmp_path: Path) -> None:
    more = "@micropython.viper\ndef third():\n    print(TEXT)\n    def inner():\n        pass\n    return inner\n"
    with pytest.raises(Plain, match="does not stand for"):
        machine_code.put(compiled(tmp_path, "rv32imc", more), [b"1234"] * 3)


def test_what_is_written_is_read_again() -> None:
    for core in ("rv32", "xtensa"):
        for path in assemble.native(core):
            codes = machine_code.read(path.stem)
            assert len(codes) == len(assemble.stood_for(path)) > 0
            assert machine_code.write(path.stem, codes) == machine_code.made(path.stem).read_text()


def test_every_function_without_a_body_in_a_kernel_stands_for_a_source() -> None:
    for core in ("rv32", "xtensa"):
        for path in assemble.native(core):
            assert path.read_text().count("@micropython.viper\n") == len(assemble.stood_for(path)), path
