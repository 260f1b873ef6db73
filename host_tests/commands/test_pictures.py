"""The README's pictures (`make pictures`): handshakes drawn by `latchkey inspect`, bars out of the bench's rows."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.bench import pictures
from tools.build.places import ROOT
from tools.build.plain import Plain

pytestmark = pytest.mark.targets("unix")


def words(path: Path) -> str:
    return " ".join(ElementTree.parse(path).getroot().itertext())


def test_the_handshakes_are_mutual_with_the_chip_and_resumed(tmp_path: Path) -> None:
    pictures.handshakes(tmp_path)
    first, again = words(tmp_path / "handshake.svg"), words(tmp_path / "resumed.svg")
    assert "full handshake, with the board's certificate" in first and "CertificateVerify, " in first
    assert float(first.partition("chip ")[2].split()[0]) > 40, "a signature takes the chip 42 ms or more"
    assert "resumed" in again and "CertificateVerify" not in again
    assert "CertificateVerify" in words(tmp_path / "heap.svg")


def test_bars_are_of_ours_and_the_built_ins_in_the_same_units(tmp_path: Path) -> None:
    rows = {
        "m.handshake.ecdhe_rsa.instructions": 12_000_000,
        "m.builtin_tls.ecdhe_rsa.instructions": 334_000_000,
        "m.bulk.send_per_kib.instructions": 148_000,
        "m.builtin_tls.bulk.send_per_kib.instructions": 174_000,
        "m.builtin_tls.alone.instructions": 1,
        "m.builtin_tls.heap_bytes": 1,
    }
    pictures.bars([{"name": name, "value": value} for name, value in rows.items()], tmp_path / "bars.svg")
    drawn = words(tmp_path / "bars.svg")
    assert "m: a handshake, ecdhe rsa" in drawn and "12.0 M" in drawn and "334.0 M" in drawn
    assert "m: a KB to the server" in drawn and "0.148 M" in drawn and "alone" not in drawn and "heap" not in drawn
    with pytest.raises(Plain, match="make bench"):
        pictures.bars([], tmp_path / "none.svg")


@pytest.mark.parametrize("name", ["handshake", "resumed", "heap", "builtin"])
def test_the_readme_shows_each_and_it_is_whole(name: str) -> None:
    assert f"(firmware/manual/{name}.svg)" in (ROOT / "README.md").read_text()
    assert words(ROOT / "firmware" / "manual" / f"{name}.svg")
