"""The client with servers that others wrote: a slice of the table that `make interop` prints, and how that table says what it says."""

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from host_tests.versions import PEERS_MET
from tools.laboratory.interop import matrix
from tools.laboratory.interop.matrix import Result
from tools.laboratory.interop.table import Report
from tools.laboratory.peers import PEERS
from tools.laboratory.peers.real import Missing
from tools.laboratory.peers.wish import Suite, Wish

SHARE = 8  # of each peer, a suite in eight
EC = Suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")


@pytest.fixture(scope="module")
def clients() -> Iterator[matrix.Clients]:
    with matrix.Clients() as made:
        yield made


@pytest.fixture(scope="module")
def suites(clients: matrix.Clients) -> list[Suite]:
    return [Suite(name) for name in clients.soft.suites()]


@pytest.mark.parametrize("name", PEERS_MET)
def test_what_is_tried_of_a_peer_succeeds_or_has_a_reason(name: str, clients: matrix.Clients, suites: list[Suite]) -> None:
    """A suite in eight of what a peer has, others with each peer."""
    peer = PEERS[name]()
    try:
        peer.version()
    except Missing as missing:
        pytest.skip(str(missing))
    turn = PEERS_MET.index(name)
    spoken = [suite for suite in suites if not peer.lacks(Wish(suite))]
    results = [
        result
        for number, suite in enumerate(spoken)
        if (number + turn) % SHARE == 0
        for result in matrix.run(peer, suite, clients, matrix.sample(suite, turn + number))
    ]
    assert [result for result in results if result.failure] == []
    assert [result for result in results if not result.lack]


def test_the_client_s_own_table_of_suites_is_asked(suites: list[Suite]) -> None:
    names = [suite.name for suite in suites]
    assert len(set(names)) == len(names) >= 16
    assert {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_PSK_WITH_AES_128_CCM_8"} <= set(names)


def test_all_of_a_suite_is_tried() -> None:
    tried = list(matrix.tries(EC))
    found = {(attempt.column, attempt.label, attempt.wish.resumption, attempt.buffer) for attempt in tried}
    assert len(found) == len(tried) == 2 * (3 + 2 + 2 * 4)
    assert {attempt.label for attempt in tried if attempt.column == "full"} == {"P-256", "P-384", "X25519"}
    assert {attempt.label for attempt in tried if attempt.column == "mutual"} == {"P-256", "P-384", "RSA", "chip"}


def test_a_failure_shows_with_what_it_was_and_where_and_counts() -> None:
    report = Report()
    report.peer("A server 1.0")
    pieces = [Result("full", "P-256"), Result("full", "X25519", failure="BAD_TAG: wrong", where="A server, 1 KB")]
    report.suite(EC, [*pieces, Result("resumed", "id", lack="it keeps none"), Result("mutual", "RSA", note="not resumed")])
    out = StringIO()
    report.show(Console(file=out, width=140))
    said = out.getvalue()
    for words in ("✓ P-256", "✗ X25519 [1]", "– id [2]", "✓ RSA [3]", "[1] BAD_TAG: wrong (A server, 1 KB)", "2 done, 1 failed"):
        assert words in said
    assert report.failures == 1


def test_a_suite_that_a_peer_lacks_and_a_peer_that_is_absent_are_rows_with_the_reason() -> None:
    report = Report()
    report.peer("A server", "missing: apt-get install a-server")
    report.suite(EC, [Result("full", EC.name, "no such suite")])
    out = StringIO()
    report.show(Console(file=out, width=140))
    assert "missing: apt-get install a-server" in out.getvalue()
    assert "– no such suite" in out.getvalue()
    assert not report.failures


@pytest.mark.parametrize(
    ("name", "openssl"),
    [
        ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"),
        ("TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", "ECDHE-PSK-AES128-CCM"),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
    ],
)
def test_openssl_s_name_of_a_suite(name: str, openssl: str) -> None:
    assert Suite(name).openssl == openssl
