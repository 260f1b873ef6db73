"""Certificates as the usual recipes of openssl make them, and the one of the manual: what is accepted, and what is said of the others."""

import base64
import re
import time
from pathlib import Path

import pytest

from host_tests.x509.cases import as_expected, chain, judge
from host_tests.x509.recipes import RECIPES, made, recorded
from tools.build.places import FIRMWARE

pytestmark = pytest.mark.targets("unix")

RECORDED = recorded()
MANUALS = re.findall(r"```sh\n(openssl req -x509.*?)```", (FIRMWARE / "manual/recipes.md").read_text(), re.DOTALL)


def verdicts(target, sent: list[bytes], anchor: bytes, host: str, now: int) -> list[str]:
    """By both profiles."""
    items = [chain(*sent, anchors=(anchor,), real=True, host=host, profile=profile, now=now) for profile in (0, 1)]
    return judge(target, items, (4096,))


@pytest.mark.parametrize("version", RECORDED)
@pytest.mark.parametrize("name", RECIPES)
def test_recipe(target, version: str, name: str) -> None:
    _, host, *expected = RECIPES[name]
    *sent, anchor = map(base64.b64decode, RECORDED[version]["chains"][name])
    told = verdicts(target, sent, anchor, host, RECORDED[version]["now"])
    assert all(map(as_expected, told, expected)), f"{told}, not {expected}"


def test_the_recipe_of_the_manual_is_accepted_by_either_profile(target, tmp_path: Path) -> None:
    """Whatever openssl makes it: that is what is promised."""
    [commands] = MANUALS
    sent, anchor = made(commands, tmp_path)
    for host in ("broker.home.arpa", "192.168.1.10"):
        told = verdicts(target, sent, anchor, host, int(time.time()))
        assert [verdict.split()[:2] for verdict in told] == [["accept", "CHAIN"]] * 2
