"""One chain for each cause of refusal: for targets on which all tables would take too long."""

import pytest

from host_tests.x509.cases import Row, as_expected, judge
from host_tests.x509.tables import one_for_each_cause

ROWS = one_for_each_cause()
pytestmark = pytest.mark.targets("cortex_m", "armv6m", "rv32", "xtensa")


@pytest.fixture(scope="module")
def verdicts(target) -> dict[str, str]:
    """What the target says of each chain, by what it should say."""
    return dict(zip([row.expected for row in ROWS], judge(target, [row.presented for row in ROWS]), strict=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.expected)
def test_verdict(verdicts: dict[str, str], row: Row) -> None:
    assert as_expected(verdicts[row.expected], row.expected), f"{verdicts[row.expected]}, not {row.expected}"
