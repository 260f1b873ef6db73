"""A call can be left in the middle: by an exception of a callback or an interrupt, by a callback that closes, writes, or connects anew,
from another thread. The cases are in device/callback_cases.py and takeover_cases.py."""

import contextlib
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.callers.cases import DEVICE, run, support
from host_tests.peers.reversing import reversing
from tools.laboratory import pki
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.peers.real import OpenSSL


@pytest.fixture(scope="module")
def several() -> Iterator[int]:
    """The port of a server that serves any number of connections at once, as s_server does not."""
    with reversing(pki.demo()[1]) as port:
        yield port


@pytest.mark.parametrize(
    "case",
    [
        "no_byte_leaves_in_clear_however_a_write_is_left",
        "no_byte_leaves_in_clear_after_two_interrupts",
        "a_worn_out_key_sends_a_close_notify_and_not_a_byte_of_the_record",
        "a_call_within_a_call_is_refused_and_the_outer_one_goes_on",
        "in_a_handshake_a_call_within_a_call_is_refused_too",
        "a_transport_that_claims_more_than_it_was_asked_for_ends_the_connection",
        "a_failure_that_fails_leaves_the_connection_dead",
        "an_interrupted_handshake_is_never_begun_anew",
        "another_thread_is_refused",
        "an_end_allocates_nothing",
        "an_interrupt_while_secrets_are_wiped_leaves_none",
        "a_transport_whose_close_was_interrupted_is_closed_by_the_next_call",
        "a_callers_slip_harms_nothing",
        "a_handshake_within_a_handshake_takes_nothing_of_the_outer_one",
    ],
)
def test_in_the_middle_of_a_call(case: str, peer: OpenSSL, folder: Path) -> None:
    run("callback_cases", case, peer.port, folder, timeout=300)


def test_a_callback_that_connects_anew_ends_the_old_connection_and_reads_nothing_of_it(several: int, folder: Path) -> None:
    run("callback_cases", "a_callback_that_connects_anew_ends_the_old_connection_and_reads_nothing_of_it", several, folder, timeout=300)


@pytest.mark.parametrize(
    "case",
    [
        "buffers_are_not_given_away_while_the_transport_works",
        "a_transport_whose_close_connects_anew_leaves_one_connection",
        "a_transport_that_connects_anew_when_it_is_looked_at_leaves_one_connection",
        "a_store_that_fails_while_a_connection_ends_keeps_neither_secrets_nor_buffers",
    ],
)
def test_with_another_connection_in_the_middle_of_a_call(case: str, several: int, folder: Path) -> None:
    run("takeover_cases", case, several, folder, timeout=300)


class Tap:
    """Passes bytes on between a client and a server, and remembers the client's."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen = bytearray()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self.port)) as server:
            back = threading.Thread(target=self.pass_on, args=(server, client), daemon=True)
            back.start()
            self.pass_on(client, server, self.seen)
            back.join()

    def pass_on(self, source: socket.socket, target: socket.socket, seen: bytearray | None = None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if seen is not None:
                    seen += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def __enter__(self) -> "Tap":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def stuck(client: subprocess.Popen) -> bool:
    """Whether the interpreter waits for a lock of its own: its Unix port raises KeyboardInterrupt out of the signal handler, wherever
    it was, and what it had locked there (the table of its strings, in an import) stays locked for good. No other thread runs here.
    """
    return "futex" in Path(f"/proc/{client.pid}/wchan").read_text()


def test_no_byte_leaves_in_clear_whenever_ctrl_c_is_pressed(several: int, folder: Path) -> None:
    chance = random.Random(1)
    struck = 0
    end = time.monotonic() + 400  # a busy machine's, a quiet one takes two seconds
    with Tap(several) as tap:
        while struck < 40 and time.monotonic() < end:
            arguments = ["interrupts_at_any_time", tap.listener.getsockname()[1], folder]
            with start_micropython(DEVICE / "callback_cases.py", arguments, path=support()) as client:
                assert client.stdout
                assert client.stdout.readline() == "ready\n"
                while struck < 40 and client.poll() is None:  # a second signal before the first was seen ends a process
                    before = len(tap.seen)
                    while len(tap.seen) < before + 5000 and client.poll() is None and time.monotonic() < end:
                        if stuck(client):
                            client.kill()
                        time.sleep(0.001)
                    time.sleep(chance.random() * 0.02)
                    client.send_signal(signal.SIGINT)
                    struck += 1
                client.kill()
    assert struck == 40
    assert len(tap.seen) > 100000
    assert b"PLAINTEXT" not in tap.seen
