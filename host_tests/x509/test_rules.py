"""Every rule of path validation, by a chain that keeps it and a chain that breaks it."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime

import pytest

from host_tests.x509 import maker as make
from host_tests.x509.cases import CAUSES, Presented, Row, as_expected, chain, judge, pin
from host_tests.x509.tables import ROWS


@pytest.fixture(scope="module")
def verdicts(target) -> dict[str, str]:
    """What the target says of each chain, by its row's name."""
    return dict(zip([row.name for row in ROWS], judge(target, [row.presented for row in ROWS]), strict=True))


@pytest.mark.thorough
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rule(verdicts: dict[str, str], row: Row) -> None:
    assert as_expected(verdicts[row.name], row.expected), f"{verdicts[row.name]}, not {row.expected}"


def test_every_cause_of_a_peers_doing_has_a_chain() -> None:
    """What is left has tests of its own: files of anchors, and what takes too long."""
    shown = {row.expected for row in ROWS if not row.expected.startswith("accept")}
    assert set(CAUSES) - shown == {"CERTIFICATE_TOO_LONG", "TOO_COMPLEX", "TRUST_FORMAT", "TRUST_EMPTY", "TRUST_OLD"}


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
    told = target.exec(f"from latchkey.x509.clock import digits\nfor s in {seconds}:\n    print(digits(s).decode())").split()
    assert told == [f"{datetime.fromtimestamp(s, UTC):%Y%m%d%H%M%S}" for s in seconds]


def test_keeps_the_leaf_where_asked(target) -> None:
    leaf = make.leaf(make.CA)
    told = [judge(target, [chain(leaf, make.CA, make.ROOT, keep_leaf_der=keep)])[0] for keep in (False, True)]
    assert told[1] == told[0] + " " + hashlib.sha256(leaf.der).hexdigest()


STRANGER = make.authority("Stranger")
MALFORMED = make.authority("Root", changes={"nc": make.extension("30", make.seq(), True)})
OLD = make.seq(make.tlv(0x17, b"200101000000Z"), make.tlv(0x17, b"210101000000Z"))
SELF = make.certificate("self", None, make.leaf_extensions(make.CA), changes={"aki": None})
BIDI = make.certificate("s\u2066elf", None, make.leaf_extensions(make.CA), changes={"aki": None})
LEAF = make.leaf(make.CA)
SHORT = make.authority("Root", path_length=0)
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
    "no letters that turn the direction of writing": (
        chain(make.leaf(make.CA, label="h\u202emoc.live")),
        "UNKNOWN_ISSUER",
        "0 (latchkey, issued by CA)",
    ),
    "letters of any alphabet": (chain(make.leaf(make.CA, label="Gerät")), "UNKNOWN_ISSUER", "0 (Gerät, issued by CA)"),
    "an anchor that is no CA": (
        chain(make.leaf(SELF), anchors=(SELF,)),
        "ANCHOR_ALONE",
        f"self (pin {hashlib.sha256(SELF.key.spki).hexdigest()})",
    ),
    "an anchor that was renewed": (
        chain(make.leaf(make.CA), anchors=(LEAF,)),
        "ANCHOR_ALONE",
        f"host (pin {hashlib.sha256(LEAF.key.spki).hexdigest()})",
    ),
    "an anchor's name that may not be shown": (
        chain(make.leaf(BIDI), anchors=(BIDI,)),
        "ANCHOR_ALONE",
        f"latchkey (pin {hashlib.sha256(BIDI.key.spki).hexdigest()})",
    ),
    "an anchor that allows no CA": (chain(make.leaf(make.CA), make.CA, anchors=(SHORT,)), "PATH_LENGTH", "of the trust anchor Root"),
    "an anchor that has expired": (
        chain(make.leaf(make.CA), make.CA, anchors=(make.authority("Root", validity=OLD),), judge_anchor_dates=True),
        "EXPIRED",
        "of the trust anchor Root has expired on 2021-01-01, and it is 2026-06-01",
    ),
    "another host": (chain(make.leaf(make.CA), make.CA, host="x"), "HOST_MISMATCH", "x, but for host.example.com"),
    "other hosts": (
        chain(make.leaf(make.CA, make.dns("*.Example.com", "b.org") + make.ip("192.0.2.1", "2001:db8::1")), make.CA, host="x"),
        "HOST_MISMATCH",
        "x, but for *.example.com, b.org, 192.0.2.1 and 2001:db8:0:0:0:0:0:1",
    ),
    "many hosts": (
        chain(make.leaf(make.CA, make.dns(*(f"host-{i:02}.example.com" for i in range(40)))), make.CA, host="x"),
        "HOST_MISMATCH",
        "x, but for " + ", ".join(f"host-{i:02}.example.com" for i in range(9)) + " and more",
    ),
    "more hosts than were kept": (
        chain(make.leaf(make.CA, make.dns("a.org", "b.org")), make.CA, host="x", arena=55),
        "HOST_MISMATCH",
        "x, but for a.org and more",
    ),
    "no host": (chain(make.leaf(make.CA, make.email("a@b")), make.CA, host="x"), "HOST_MISMATCH", "x, but for no host"),
    "hosts but not what are none": (
        chain(
            make.leaf(make.CA, make.dns("a.org", "\33[2J.org", "h\u202e.org".encode("latin1", "replace").decode())),
            make.CA,
            host="x",
            profile=1,
        ),
        "HOST_MISMATCH",
        "x, but for a.org",
    ),
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


# Kinds of characters that may not stand in a sentence, by what Unicode says of them: controls, formats, separators, surrogates, private
# ones, unassigned ones, marks that are put over others; from right to left.
BAD_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn", "Mn", "Me", "Mc")
BAD_DIRECTIONS = ("R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI", "BN", "B", "S", "NSM")
# Letters and spaces by that, but not to be seen, or as wide as something.
BLANK = "\xa0\u115f\u1160\u1680\u2000\u2007\u202f\u205f\u2800\u3000\u3164\uffa0\ufffc"


def is_bad(letter: str) -> bool:
    return letter in BLANK or unicodedata.category(letter) in BAD_CATEGORIES or unicodedata.bidirectional(letter) in BAD_DIRECTIONS


def test_shows_no_letter_that_can_not_be_seen_or_moves_others(target) -> None:
    """All of the first planes' that it shows are looked up here; those it must not show among them."""
    last = 0x30000 if target.slowness == 1 else 0x3100
    code = f"""
from latchkey.x509.rdn import is_plain
def octets(i):  # no letter becomes a str, which would be kept
    if i < 0x80:
        return bytes((i,))
    if i < 0x800:
        return bytes((0xc0 | i >> 6, 0x80 | i & 63))
    last = bytes((0x80 | i >> 6 & 63, 0x80 | i & 63))
    return bytes((0xe0 | i >> 12,)) + last if i < 0x10000 else bytes((0xf0 | i >> 18, 0x80 | i >> 12 & 63)) + last
start = None
for i in range({last} + 1):
    good = is_plain(octets(i)) and i < {last}
    if good and start is None:
        start = i
    elif not good and start is not None:
        print(start, i)
        start = None
"""
    shown = [tuple(map(int, line.split())) for line in target.exec(code, 300).splitlines()]
    letters = [chr(i) for first, end in shown for i in range(first, end)]
    assert [hex(ord(letter)) for letter in letters if is_bad(letter)] == []
    assert set("azAZ09 .-_*@éßøŁžΩжЯ") <= set(letters)
    assert len(letters) > (30_000 if last > 0x3100 else 1000)


def test_shows_no_octets_that_are_not_utf8(target) -> None:
    for octets in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xc1\x81", b"\xe0\x81\x81", b"\xc3a", b"\x80", b"\xf0\x90\x80\x80"):
        assert target.exec(f"from latchkey.x509.rdn import is_plain\nprint(is_plain({octets!r}))").strip() == "False"


def test_keeps_nothing_of_the_letters_it_has_looked_at(target) -> None:
    """MicroPython interns every str of one letter, and never gives it back: a peer would fill the heap, name by name."""
    code = """
import gc
from latchkey.x509.rdn import is_plain
name = bytearray(1500)
def held(first):
    for start in range(first, first + 2000, 500):
        for i in range(500):
            letter = start + i
            name[3 * i], name[3 * i + 1], name[3 * i + 2] = 0xe0 | letter >> 12, 0x80 | letter >> 6 & 63, 0x80 | letter & 63
        assert is_plain(name)
    gc.collect()
    return gc.mem_alloc()
print([held(first) for first in range(0x4e00, 0x9000, 2000)])
"""
    told = json.loads(target.exec(code))
    assert told[-1] - min(told[2:]) < 2000, told  # eight rounds of 2,000 letters


def test_asks_for_no_signature_of_a_leaf_that_is_an_anchor(target) -> None:
    assert judge(target, [chain(LEAF, make.CA, anchors=(LEAF, make.ROOT))]) == ["accept CHAIN host.example.com time - 0"]
