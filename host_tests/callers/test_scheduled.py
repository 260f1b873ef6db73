"""Scheduled functions run between any two steps of ours. The cases are in device/schedule_cases.py."""

from pathlib import Path

import pytest

from host_tests.callers.cases import run


@pytest.mark.parametrize(
    "case",
    [
        "a_connection_that_is_closed_within_a_write_hands_nothing_over",
        "nor_does_one_whose_cipher_meets_the_end_with_an_error_of_another_kind",
        "a_connection_that_is_closed_within_a_read_gives_nothing_else_than_what_came",
        "asking_within_a_read_harms_nothing",
        "of_two_connections_that_are_made_at_once_one_has_the_buffers",
    ],
)
def test_scheduled_functions(case: str, port: int, folder: Path) -> None:
    run("schedule_cases", case, port, folder, timeout=300)
