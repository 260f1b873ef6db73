"""latchkey waits as its transport waits, and loses nothing: neither to a timeout nor to the end of a stream. The cases are in
device/waiting_cases.py and device/timeout_cases.py."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.callers.cases import run
from host_tests.peers.reluctant import reluctant
from tools.laboratory import pki


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with reluctant(pki.demo()[1]) as port:
        yield port


@pytest.mark.parametrize(
    "case",
    [
        "the_socket_s_own_timeout_holds_for_data",
        "a_timeout_within_a_record_loses_nothing",
        "a_timeout_within_a_record_that_leaves_loses_and_repeats_nothing",
        "a_socket_that_was_non_blocking_before_connects_and_stays_so",
        "the_mode_of_the_raw_socket_may_change_at_any_time",
        "a_handshake_that_is_to_block_goes_on_on_a_non_blocking_socket",
        "limits_that_were_asked_for_hold_on_a_blocking_socket",
        "limits_as_long_as_a_week_and_longer",
        "what_came_is_handed_over_before_the_end_of_a_stream_that_was_cut",
        "what_the_server_sent_before_it_went_is_read_after_a_write_that_failed",
        "asyncio_gets_all_that_came_before_a_cut",
        "nothing_follows_a_write_that_failed",
        "a_stream_that_was_cut_is_an_end_where_the_caller_says_so",
        "a_forged_record_is_refused_after_what_came_before_it",
        "a_transport_that_has_no_memory_ends_the_connection_after_what_came_before_it",
        "our_last_alert_is_waited_for_but_not_for_ever",
        "the_last_alert_of_a_handshake_that_waits_is_waited_for_too",
        "a_non_blocking_write_takes_more_than_one_record",
        "a_record_of_16_kb_is_read_by_one_call_after_one_poll",
    ],
)
def test_waiting(case: str, port: int, folder: Path) -> None:
    run("waiting_cases", case, port, folder)


def test_what_came_is_kept_where_there_is_no_memory_for_it(port: int, folder: Path) -> None:
    run("waiting_cases", "what_came_is_kept_where_there_is_no_memory_for_it", port, folder, heapsize="400k")


@pytest.mark.parametrize(
    "case",
    [
        "a_timeout_is_raised_and_what_came_before_it_begins_the_next_call",
        "what_was_kept_for_the_next_call_is_wiped",
        "a_timeout_is_told_though_the_socket_was_non_blocking_before",
    ],
)
def test_timeouts(case: str, port: int, folder: Path) -> None:
    run("timeout_cases", case, port, folder)


@pytest.mark.parametrize(
    "case",
    [
        "the_socket_s_own_timeout_ends_a_handshake_with_a_silent_server",
        "a_handshake_of_ones_own_on_a_non_blocking_socket_says_that_it_would_block",
    ],
)
def test_with_a_silent_server(case: str, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run("waiting_cases", case, silent.getsockname()[1], folder)
