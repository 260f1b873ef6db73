"""Every rule of path validation, by a chain that keeps it and a chain that breaks it."""

import pytest

from x509_cases import CAUSES, Row, as_expected, judge
from x509_tables import ROWS


@pytest.fixture(scope="module")
def verdicts(target) -> dict[str, str]:
    """What the target says of each chain, by its row's name."""
    return dict(zip([row.name for row in ROWS], judge(target, [row.presented for row in ROWS]), strict=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rule(verdicts: dict[str, str], row: Row) -> None:
    assert as_expected(verdicts[row.name], row.expected), f"{verdicts[row.name]}, not {row.expected}"


def test_every_cause_of_a_peers_doing_has_a_chain() -> None:
    """What is left has tests of its own: files of anchors, and what takes too long."""
    shown = {row.expected for row in ROWS if not row.expected.startswith("accept")}
    assert set(CAUSES) - shown == {"CERTIFICATE_TOO_LONG", "TOO_COMPLEX", "TRUST_FORMAT", "TRUST_EMPTY"}
