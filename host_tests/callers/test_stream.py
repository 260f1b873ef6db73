"""SSLSocket over real sockets against a real server: reading, writing, closing; the cases are in device/stream_cases.py."""

from pathlib import Path

import pytest

from host_tests.callers.cases import run
from tools.laboratory.peers.real import OpenSSL


@pytest.mark.parametrize(
    "case",
    [
        "blocking",
        "dribbling",
        "nonblocking",
        "a_message_that_is_there_is_read_by_one_nonblocking_call",
        "handshake_would_block",
        "asyncio_streams",
        "write_repeats_without_sealing_twice",
        "closing_is_never_half_done",
        "nothing_leaves_after_our_close_notify",
        "tls_in_tls_like_stream",
        "transport_errors_pass_through",
        "drop_in_for_ssl",
        "long_writes_stay_within_the_records_the_server_accepts",
    ],
)
def test_stream(case: str, peer: OpenSSL, folder: Path) -> None:
    run("stream_cases", case, peer.port, folder)


def test_each_flight_leaves_in_one_write(peer: OpenSSL, folder: Path) -> None:
    writes, hello, _ = map(int, run("stream_cases", "one_write_per_flight", peer.port, folder)[0].split())
    assert writes == 2
    assert hello <= 200
