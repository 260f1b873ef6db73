"""Every rule of path validation, by a chain that keeps it and a chain that breaks it."""

import hashlib
from datetime import UTC, datetime

import pytest

from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, Presented, Row, as_expected, chain, judge, pin
from host_tests.x509.tables import ROWS


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


@pytest.mark.parametrize(("now", "floor", "reported"), [(make.NOW, make.NOW, "time"), (make.NOW - 1, make.NOW, "-"), (None, make.NOW, "-")])
def test_says_whether_a_clock_judged_the_dates(target, now: int | None, floor: int, reported: str) -> None:
    presented = chain(make.leaf(make.CA), make.CA, now=now, floor=floor)
    assert judge(target, [presented]) == [f"accept CHAIN host.example.com {reported} - 2"]


def test_no_clock_judged_the_dates_of_a_leaf_that_is_pinned_alone(target) -> None:
    leaf = make.leaf(make.CA)
    assert judge(target, [chain(leaf, anchors=None, pins=(pin(leaf),))]) == ["accept PIN None - - 0"]


def test_seconds_become_the_calendars_digits(target) -> None:
    """Around every month's ends, in common and leap years and centuries, and at the last second there is."""
    last = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    starts = (datetime(year, month, 1, tzinfo=UTC) for year in (1970, 1999, 2000, 2026, 2028, 2100, 2400) for month in range(1, 13))
    seconds = [0, last, *(int(start.timestamp()) + offset for start in starts for offset in (-1, 0, 28 * 86400) if start.year > 1970)]
    told = target.exec(f"from latchkey.x509.clock import digits\nprint(' '.join([digits(s).decode() for s in {seconds}]))").split()
    assert told == [f"{datetime.fromtimestamp(s, UTC):%Y%m%d%H%M%S}" for s in seconds]


def test_keeps_the_leaf_where_asked(target) -> None:
    leaf = make.leaf(make.CA)
    told = [judge(target, [chain(leaf, make.CA, make.ROOT, keep_leaf_der=keep)])[0] for keep in (False, True)]
    assert told[1] == told[0] + " " + hashlib.sha256(leaf.der).hexdigest()


STRANGER = make.authority("Stranger")
MALFORMED = make.authority("Root", changes={"nc": make.extension("30", make.seq(), True)})
OLD = make.seq(make.tlv(0x17, b"200101000000Z"), make.tlv(0x17, b"210101000000Z"))
WHICH = {
    "a leaf": (chain(make.leaf(make.CA, validity=OLD), make.CA), "EXPIRED", "0 has expired on 2021-01-01, and it is 2026-06-01"),
    "a CA": (
        chain(make.leaf(make.CA), make.authority("CA", make.ROOT, validity=OLD)),
        "EXPIRED",
        "1 has expired on 2021-01-01, and it is 2026-06-01",
    ),
    "less than a leaf": (chain(b"\x30", make.CA), "TRUNCATED", "0"),
    "a CA whose issuer is wanted": (chain(make.leaf(make.CA), make.CA, anchors=(STRANGER,)), "UNKNOWN_ISSUER", "1 (CA, issued by Root)"),
    "a leaf whose issuer is wanted": (chain(make.leaf(make.CA)), "UNKNOWN_ISSUER", "0 (host, issued by CA)"),
    "a CA that is self-signed": (chain(make.leaf(make.CA), make.CA, make.ROOT, anchors=(STRANGER,)), "SELF_SIGNED", "2 (Root)"),
    "a leaf by its organization": (chain(make.leaf(make.CA, label="h\33[2J")), "UNKNOWN_ISSUER", "0 (latchkey, issued by CA)"),
    "no octets that a terminal obeys": (chain(make.leaf(make.CA, label="h\x9b2J")), "UNKNOWN_ISSUER", "0 (latchkey, issued by CA)"),
    "letters of any alphabet": (chain(make.leaf(make.CA, label="Gerät")), "UNKNOWN_ISSUER", "0 (Gerät, issued by CA)"),
    "an anchor": (chain(make.leaf(make.CA), make.CA, anchors=(MALFORMED,)), "CONSTRAINTS_MALFORMED", "anchor"),
}


@pytest.mark.parametrize("name", WHICH)
def test_a_fault_says_which_certificate_it_was(target, name: str) -> None:
    presented: Presented = WHICH[name][0]
    assert judge(target, [presented]) == [f"fault {CAUSES[WHICH[name][1]]} {WHICH[name][2]}"]


@pytest.mark.parametrize(
    ("now", "floor", "says"),
    [
        (1924992000, None, "550 2 has expired on 2030-12-31, and it is 2031-01-01"),
        (1735689600, None, "551 2 is not valid before 2029-06-01, and it is 2025-01-01"),
        (None, 1924992000, "553 2 has expired on 2030-12-31, and it is 2031-01-01"),
        (1924991999, None, "None"),
    ],
)
def test_dates_stand_in_the_fault(target, now: int | None, floor: int | None, says: str) -> None:
    code = f"""
from latchkey.errors import Fault
from latchkey.x509.clock import Clock
class Certificate:
    index, not_before, not_after = 2, b"20290601000000", b"20301231235959"
try:
    print(Clock({now}, {floor}).judge(Certificate))
except Fault as fault:
    print(fault.cause, fault.detail)
"""
    assert target.exec(code).strip() == says
