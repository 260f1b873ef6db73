"""latchkey waits as its transport waits, and loses nothing to a timeout. The cases are in device/waiting_cases.py and
device/timeout_cases.py."""

import socket
from pathlib import Path

import pytest

from host_tests.callers.cases import run


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
        "a_non_blocking_write_takes_more_than_one_record",
        "a_record_of_16_kb_is_read_by_one_call_after_one_poll",
    ],
)
def test_waiting(case: str, port: int, folder: Path) -> None:
    run("waiting_cases", case, port, folder)


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
