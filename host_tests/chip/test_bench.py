"""The figures of the chip's share of a handshake hold together."""

import pytest

from tools.bench.groups import atecc


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return {row["name"]: row["value"] for row in atecc.metrics()}


def test_simulated_time_is_within_a_tenth_of_the_independent_sum(figures):
    ratio = figures["atecc.mutual.simulated_ms"] / figures["atecc.mutual.datasheet_typical_ms"]
    assert 0.9 < ratio < 1.1, ratio


def test_a_cold_start_stays_below_a_fifth_of_a_second(figures):
    assert figures["atecc.cold_start.simulated_ms"] < 200


def test_the_fault_matrix_strikes_every_command_of_the_driver():
    commands = {command for operation in atecc.fault_matrix.OPERATIONS for command in operation.commands}
    wanted = "Counter ECDH GenDig GenKey HMAC Info Lock MAC Nonce Random Read SHA Sign UpdateExtra Verify Write"
    assert commands == set(wanted.split(" "))
