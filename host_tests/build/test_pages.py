"""The pages (.md) say what is there, and are written for eyes."""

import re

from tools.build.places import ROOT


def test_the_page_of_the_tools_names_each_of_them() -> None:
    named = set(re.findall(r"`([\w/]+)`", (ROOT / "tools" / "README.md").read_text()))
    helpers = {"der", "places", "tlslite_client"}
    for room in ("latchkey_tools", "build", "laboratory", "bench"):
        modules = {path.stem for path in (ROOT / "tools" / room).glob("[a-z]*.py")}
        packages = {f"{path.parent.name}/" for path in (ROOT / "tools" / room).glob("[a-z]*/__init__.py")} - {"groups/"}
        assert modules | packages <= named | helpers, room
