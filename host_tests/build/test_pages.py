"""The pages (.md) say what is there, and are written for eyes."""

import re
from pathlib import Path

import pytest

from tools.build.places import ROOT

FOLDERS = ("boards", "firmware", "host_tests", "tools")
PAGES = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))]
LONGEST = 100  # characters a line
MANY = 10  # lines a paragraph


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_written_for_eyes(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert [line for line in lines if len(line) > LONGEST] == []
    prose = re.sub(r"^```.*?^```$", "", "\n".join(lines), flags=re.DOTALL | re.MULTILINE)
    blocks = [block for block in prose.split("\n\n") if not block.lstrip().startswith(("|", "-", "#", "    "))]
    assert [block for block in blocks if block.count("\n") >= MANY] == []


def headings(page: Path) -> set[str]:
    """What a link to a heading of the page says after its #."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", prose, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for path, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text()):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not heading or heading in headings(target), f"{path}#{heading}"


def test_the_page_of_the_tools_names_each_of_them() -> None:
    named = set(re.findall(r"`([\w/]+)`", (ROOT / "tools" / "README.md").read_text()))
    helpers = {"der", "places", "tlslite_client"}
    for room in ("latchkey_tools", "build", "laboratory", "bench"):
        modules = {path.stem for path in (ROOT / "tools" / room).glob("[a-z]*.py")}
        packages = {f"{path.parent.name}/" for path in (ROOT / "tools" / room).glob("[a-z]*/__init__.py")} - {"groups/"}
        assert modules | packages <= named | helpers, room
