"""SSLContext: what it says and refuses, its connections one after another and side by side; the cases are in device/context_cases.py."""

import ssl
from pathlib import Path

import pytest

from host_tests.callers.cases import run
from host_tests.peers.reversing import reversing
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL


@pytest.mark.parametrize(
    "case",
    [
        "unverified_says_so",
        "pins_beside_cert_none_are_a_mistake_that_is_named",
        "an_abandoned_handshake_leaves_the_collector_to_the_next",
        "names_in_the_hello",
        "names_that_are_none_are_refused_before_anything_leaves",
        "policy_errors_name_the_line",
    ],
)
def test_context(case: str, peer: OpenSSL, folder: Path) -> None:
    run("context_cases", case, peer.port, folder)


def test_a_callback_may_close_in_the_middle_of_a_step(folder: Path) -> None:
    root, server, device = pki.demo()
    root.write(folder)
    device.write(folder)
    with OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as mutual:
        run("context_cases", "a_callback_may_close_in_the_middle_of_a_step", mutual.port, folder)


def test_getpeercert_gives_the_leaf(peer: OpenSSL, folder: Path) -> None:
    leaf = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", peer.port)))
    assert run("context_cases", "the_leaf_is_kept_where_asked", peer.port, folder)[0] == leaf.hex()


def test_500_reconnects_without_close_hold_no_more_heap_and_the_dead_socket_says_why(peer: OpenSSL, folder: Path) -> None:
    grown = int(run("context_cases", "reconnects_without_close", peer.port, folder, heapsize="400k", timeout=120)[0])
    assert grown < 2048


@pytest.mark.parametrize(
    "case",
    [
        "several_connections",
        "handshakes_side_by_side_compute_in_their_own_idle_buffers",
        "handshakes_side_by_side_drop_nothing_that_the_other_needs",
        "a_release_at_each_step_of_a_handshake_only_slows_it_down",
        "a_callback_that_reconnects_leaves_the_new_connection_its_buffers",
    ],
)
def test_connections_at_once(case: str, folder: Path) -> None:
    with reversing(pki.demo()[1]) as port:  # s_server serves one at a time
        run("context_cases", case, port, folder)
