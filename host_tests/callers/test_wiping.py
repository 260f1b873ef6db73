"""Secrets are wiped, and memory is given back; the cases are in device/memory_cases.py."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from host_tests.callers.cases import DEVICE, run, support
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process, start_micropython
from tools.laboratory.peers.real import OpenSSL


@pytest.mark.parametrize(
    "case",
    [
        "wipes_on_close",
        "giving_back_memory_may_fail_for_want_of_it",
        "frugal_handshakes_hold_less_and_never_more",
        "another_thread_is_lent_nothing",
        pytest.param("a_heap_too_short_to_pack_leaves_the_collector_as_it_was", marks=pytest.mark.package_only),
    ],
)
def test_memory_and_secrets(case: str, peer: OpenSSL, folder: Path) -> None:
    run("memory_cases", case, peer.port, folder)


def test_release_before_anything_was_loaded_does_nothing() -> None:
    done = micropython_process("import latchkey\nlatchkey.SSLContext().release()\nprint('ok')")
    assert (done.stdout, done.stderr) == ("ok\n", "")


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
        start_micropython(
            DEVICE / "memory_cases.py", ["secrets_in_memory", server.port, folder, end], path=support(), stdin=subprocess.PIPE
        ) as client,
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
