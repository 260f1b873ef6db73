"""The parts that latchkey is installed in, as packages for mip: what each holds, and the index of them."""

import json
from pathlib import Path

import pytest

from tools.build import interpreter, mpy, parts
from tools.build.places import BUILD

ARCH = interpreter.find().arch
INDEX = BUILD / "mip"


@pytest.fixture(scope="module", params=["", mpy.SMALL])
def folder(request: pytest.FixtureRequest) -> Path:
    mpy.build(ARCH)
    return BUILD / "mpy" / (ARCH + request.param)


def test_every_file_is_in_one_part_and_every_url_is_relative_and_there(folder: Path) -> None:
    held = []
    for path in folder.glob("[!.]*.json"):
        package = json.loads(path.read_text())
        assert "deps" not in package
        for target, url in package["urls"]:
            assert target == url and ".." not in url and "//" not in url and (folder / url).is_file()
        held += [target for target, _ in package["urls"]] if path.stem != "all" else []
    assert sorted(held) == sorted(str(path.relative_to(folder)) for path in (folder / "latchkey").rglob("*") if path.is_file())


def test_the_index_has_every_part_and_the_files_that_its_hashes_name(folder: Path) -> None:
    for path in folder.glob("[!.]*.json"):
        part = "core" if path.stem == "package" else path.stem
        package = json.loads((INDEX / "package" / "6" / f"latchkey-{folder.name}-{part}" / "latest.json").read_text())
        assert [target for target, _ in package["hashes"]] == [target for target, _ in json.loads(path.read_text())["urls"]]
        for target, short in package["hashes"]:
            assert (INDEX / "file" / short[:2] / short).read_bytes() == (folder / target).read_bytes()


def test_the_index_keeps_no_file_that_no_package_names_any_more(tmp_path: Path) -> None:
    for content in (b"M\x06first", b"M\x06second"):
        (tmp_path / "latchkey").mkdir(exist_ok=True)
        (tmp_path / "latchkey/__init__.mpy").write_bytes(content)
        parts.write(tmp_path, "bytecode", "bytecode", tmp_path / "index")
    assert [path.read_bytes() for path in (tmp_path / "index/file").rglob("*") if path.is_file()] == [b"M\x06second"]
