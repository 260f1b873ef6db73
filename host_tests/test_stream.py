"""SSLSocket and SSLContext over real sockets against a real server; the cases are in device/stream_cases.py."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from peers.real import OpenSSL
from tools import pki
from tools.micropython_process import micropython_process, start_micropython

CASES = Path(__file__).parent / "device" / "stream_cases.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki")
    pki.demo()[0].write(path)
    return path


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenSSL]:
    with OpenSSL(pki.demo()[1], cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as server:
        yield server


def run(case: str, port: int, folder: Path, **options) -> list[str]:
    """Run a case; its lines of output."""
    done = micropython_process(CASES, [case, port, folder], **options)
    assert done.returncode == 0 and done.stdout.endswith("ok\n"), done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "case",
    [
        "blocking",
        "dribbling",
        "nonblocking",
        "a_message_that_is_there_is_read_by_one_nonblocking_call",
        "handshake_would_block",
        "asyncio_streams",
        "timeout_harms_nothing",
        "interrupted_anywhere",
        "write_repeats_without_sealing_twice",
        "timeouts_lose_and_repeat_nothing",
        "timeouts_hold_on_a_transport_that_is_always_ready",
        "closing_is_never_half_done",
        "wipes_on_close",
        "unverified_says_so",
        "nothing_leaves_after_our_close_notify",
        "pins_beside_cert_none_are_a_mistake_that_is_named",
        "giving_back_memory_may_fail_for_want_of_it",
        "an_abandoned_handshake_leaves_the_collector_to_the_next",
        "names_in_the_hello",
        "names_that_are_none_are_refused_before_anything_leaves",
        "policy_errors_name_the_line",
        "tls_in_tls_like_stream",
        "transport_errors_pass_through",
        "drop_in_for_ssl",
        "frugal_handshakes_hold_less_and_never_more",
        "long_writes_stay_within_the_records_the_server_accepts",
        "another_thread_is_lent_nothing",
        pytest.param("a_heap_too_short_to_pack_leaves_the_collector_as_it_was", marks=pytest.mark.package_only),
    ],
)
def test_stream(case: str, peer: OpenSSL, folder: Path) -> None:
    run(case, peer.port, folder)


def test_release_before_anything_was_loaded_does_nothing() -> None:
    done = micropython_process("import latchkey\nlatchkey.SSLContext().release()\nprint('ok')")
    assert (done.stdout, done.stderr) == ("ok\n", "")


def test_each_flight_leaves_in_one_write(peer: OpenSSL, folder: Path) -> None:
    writes, hello, _ = map(int, run("one_write_per_flight", peer.port, folder)[0].split())
    assert writes == 2
    assert hello <= 200


def test_a_callback_may_close_in_the_middle_of_a_step(folder: Path) -> None:
    root, server, device = pki.demo()
    root.write(folder)
    device.write(folder)
    with OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as mutual:
        run("a_callback_may_close_in_the_middle_of_a_step", mutual.port, folder)


def test_getpeercert_gives_the_leaf(peer: OpenSSL, folder: Path) -> None:
    leaf = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", peer.port)))
    assert run("the_leaf_is_kept_where_asked", peer.port, folder)[0] == leaf.hex()


def test_500_reconnects_without_close_hold_no_more_heap_and_the_dead_socket_says_why(peer: OpenSSL, folder: Path) -> None:
    grown = int(run("reconnects_without_close", peer.port, folder, heapsize="400k", timeout=120)[0])
    assert grown < 2048


@pytest.mark.parametrize("case", ["handshake_deadline", "asyncio_meets_the_deadline"])
def test_a_server_that_never_answers_meets_the_deadline(case: str, folder: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        held = []
        thread = threading.Thread(target=lambda: held.append(silent.accept()), daemon=True)
        thread.start()
        run(case, silent.getsockname()[1], folder)
        thread.join()
        held[0][0].close()


def reverse_lines(context: ssl.SSLContext, sock: socket.socket) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls, tls.makefile("rwb") as file:
        for line in file:
            file.write(line[:-1][::-1] + b"\n")
            file.flush()


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
    files = pki.demo()[1].write(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.chain, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:  # s_server serves one at a time
            with contextlib.suppress(OSError):  # it was shut down
                while True:
                    threading.Thread(target=reverse_lines, args=(context, listener.accept()[0]), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            run(case, listener.getsockname()[1], folder)
        finally:  # before it is closed: a blocked accept() that goes on would take what comes for the next owner of its number
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def memory(pid: int) -> bytes:
    """All that a process can write to."""
    found = bytearray()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            place, rights, *rest = line.split()
            if rights.startswith("rw") and not rest[-1].startswith("[v"):
                start, end = (int(bound, 16) for bound in place.split("-"))
                mem.seek(start)
                found += mem.read(end - start)
    return bytes(found)


@pytest.mark.parametrize("end", ["close", "takeover", "interrupt"])
def test_no_master_secret_stays_in_memory_after(end: str, folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "keys"
    with (
        OpenSSL(pki.demo()[1], cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev", "-keylogfile", str(log)]) as server,
        start_micropython(CASES, ["secrets_in_memory", server.port, folder, end], stdin=subprocess.PIPE) as client,
    ):
        assert client.stdout and client.stdin
        try:
            assert client.stdout.readline() == "open\n"
            client.stdin.write("\n")
            client.stdin.flush()
            assert client.stdout.readline() == "closed\n"
            master = bytes.fromhex(log.read_text().split("CLIENT_RANDOM ")[1].split()[1])
            assert len(master) == 48
            left = memory(client.pid)
            for part in range(0, 48, 16):  # the master secret is made in pieces of 32 bytes
                assert master[part : part + 16] not in left, f"bytes {part} to {part + 16} of the master secret"
        finally:
            client.kill()


LOAD = """
import sys, latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
try:
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    print("loaded")
except latchkey.TLSError as e:
    print("refused", e.cause)
sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("which", "says"), [("its own", "loaded"), ("another's", "refused 310"), ("one before a torn block", "refused 311")]
)
def test_of_a_key_file_nothing_stays_in_memory_but_a_key_in_use(which: str, says: str, folder: Path, tmp_path: Path) -> None:
    device, other = pki.demo()[2], pki.key("p256", "another")
    files = device.write(tmp_path)
    pem = pki.pem_of(other) if which == "another's" else device.key_pem
    key = other if which == "another's" else device.key
    (tmp_path / "key").write_bytes(pem + (b"-----BEGIN EC PRIVATE KEY-----\n" if "torn" in which else b""))
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    scalar = key.private_numbers().private_value.to_bytes(32)
    (tmp_path / "load.py").write_text(LOAD)
    with start_micropython(tmp_path / "load.py", [files.chain, tmp_path / "key"], stdin=subprocess.PIPE) as client:
        assert client.stdout and client.stdin
        try:
            assert client.stdout.readline() == says + "\n"
            left = memory(client.pid)
            assert pem.splitlines()[1] not in left
            assert (scalar in left) == (says == "loaded")
        finally:
            client.kill()
