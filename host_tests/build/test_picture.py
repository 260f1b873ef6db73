"""The picture of the house (tools/build/picture.py): true to the imports, and as it was written last."""

import re

import pytest

from tools.build import picture


def drawn(svg: str) -> set[str]:
    return set(re.findall(r'<text x="[^>]*>(.*?)</text>', svg))


def test_the_picture_of_the_house_is_up_to_date() -> None:
    assert picture.house(picture.graph()) == picture.HOUSE.read_text(), "run: make picture"


def test_every_module_of_a_package_is_drawn() -> None:
    names = {path.stem for path in (picture.FIRMWARE / "latchkey" / "tls").glob("*.py")} - {"__init__"}
    assert drawn(picture.inside(picture.graph(), "latchkey.tls")) == names


STANDS = {"roof": {"wall", "floor", "ground"}, "wall": {"floor"}, "floor": {"ground"}, "shed": {"ground"}, "ground": set()}


def test_an_arrow_that_others_make_the_way_for_is_left_out() -> None:
    assert picture.without_detours(STANDS) == {**STANDS, "roof": {"wall"}}


def test_each_stands_a_floor_above_what_it_needs() -> None:
    assert picture.heights(STANDS) == {"ground": 0, "floor": 1, "shed": 1, "wall": 2, "roof": 3}


@pytest.mark.parametrize("name", ["latchkey.nothing", "latchkey.errors"])
def test_what_has_nothing_in_it_can_not_be_drawn(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["picture", name])
    with pytest.raises(SystemExit):
        picture.main()
    assert f"no package '{name}'" in capsys.readouterr().err
