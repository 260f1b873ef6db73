"""What has come is handed over before a connection's end is told, whatever ends it. The cases are in device/ending_cases.py."""

from pathlib import Path

import pytest

from host_tests.callers.cases import run


@pytest.mark.parametrize(
    "case",
    [
        "what_came_is_handed_over_before_the_end_of_a_stream_that_was_cut",
        "what_the_server_sent_before_it_went_is_read_after_a_write_that_failed",
        "asyncio_gets_all_that_came_before_a_cut",
        "nothing_follows_a_write_that_failed",
        "a_stream_that_was_cut_is_an_end_where_the_caller_says_so",
        "a_forged_record_is_refused_after_what_came_before_it",
        "a_transport_that_has_no_memory_ends_the_connection_after_what_came_before_it",
        "our_last_alert_is_waited_for_but_not_for_ever",
        "the_last_alert_of_a_handshake_that_waits_is_waited_for_too",
    ],
)
def test_ending(case: str, port: int, folder: Path) -> None:
    run("ending_cases", case, port, folder)


def test_what_came_is_kept_where_there_is_no_memory_for_it(port: int, folder: Path) -> None:
    run("ending_cases", "what_came_is_kept_where_there_is_no_memory_for_it", port, folder, heapsize="400k")
