"""Time limits and interruptions of an SSLSocket lose nothing and repeat nothing; the cases are in device/deadline_cases.py."""

import socket
import threading
from pathlib import Path

import pytest

from host_tests.callers.cases import run
from tools.laboratory.peers.real import OpenSSL


@pytest.mark.parametrize(
    "case",
    [
        "timeout_harms_nothing",
        "interrupted_anywhere",
        "timeouts_lose_and_repeat_nothing",
        "timeouts_hold_on_a_transport_that_is_always_ready",
    ],
)
def test_deadlines(case: str, peer: OpenSSL, folder: Path) -> None:
    run("deadline_cases", case, peer.port, folder)


@pytest.mark.parametrize("case", ["handshake_deadline", "asyncio_meets_the_deadline"])
def test_a_server_that_never_answers_meets_the_deadline(case: str, folder: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        held = []
        thread = threading.Thread(target=lambda: held.append(silent.accept()), daemon=True)
        thread.start()
        run("deadline_cases", case, silent.getsockname()[1], folder)
        thread.join()
        held[0][0].close()
