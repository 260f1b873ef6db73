"""The whole handshake on the emulated boards, with `openssl s_server` on the host behind the second serial port."""

from collections.abc import Iterator

import pytest

from host_tests.peers.drive import Client
from host_tests.targets.emulated import Emulated
from host_tests.tls.test_interop_openssl import REVERSED, SUITES, device, server, succeeds
from tools.bench.groups._public import CHAINS, Chain
from tools.bench.groups._public import credential as credential_of
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("cortex_m", "armv6m", "rv32", "xtensa")


@pytest.fixture(scope="module")
def client(target: Emulated) -> Iterator[Client]:
    """A client with room for 16 KB records and the code for every kind of key at once; what it takes is measured elsewhere."""
    target.heap = 512 * 1024
    target.reset()
    yield Client(target)
    target.heap = None
    target.close()


# A file system that has nothing, before all others that modules are looked for in, and notes what was asked for
ASKED = """
import sys, vfs
asked = set()
class Empty:
    def mount(self, *_):
        pass
    umount = mount
    def stat(self, path):
        asked.add(path[1:].partition(".")[0])
        raise OSError(2)
vfs.mount(Empty(), "/empty")
sys.path.insert(0, "/empty")
"""


@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_a_board_talks_to_openssl(client: Client, kind: str, identity: bool) -> None:
    credential = server(kind)
    with OpenSSL(credential, device().root if identity else None, cipher=SUITES[kind], options=["-rev"]) as peer:
        outcome = client.connect(peer.port, credential.root, device() if identity else None, talk=REVERSED)
        succeeds(outcome, peer, f"Ciphersuite: {SUITES[kind]}")
        assert outcome.report["randomness"].endswith("TEST ONLY, not random")
        assert outcome.report["client_certificate"] is (True if identity else None)


@pytest.mark.parametrize("by", ["-no_ticket", "-no_cache"])
def test_a_board_resumes_a_session(by: str, client: Client) -> None:
    credential, identity = server(), device()
    with OpenSSL(credential, identity.root, cipher=SUITES["p256"], resumption=True, options=["-rev", by]) as peer:
        found = [client.connect(peer.port, credential.root, identity, talk=REVERSED) for _ in range(2)]
    assert [(outcome.report["resumed"], outcome.report["client_certificate"]) for outcome in found] == [(False, True), (True, True)]


def test_20_kb_pass_in_each_direction(client: Client) -> None:
    credential = server()
    pattern = bytes(range(256)) * 80
    with OpenSSL(credential, cipher=SUITES["p256"]) as peer:
        peer.say(pattern)  # not a command of s_server's, as it begins with a zero
        outcome = client.connect(peer.port, credential.root, write=len(pattern), read=len(pattern), buffers=(4096, 4096))
        assert outcome.name is None, outcome
        assert outcome.data == len(pattern)
        assert pattern in (peer.folder / "log").read_bytes()


def test_a_second_handshake_looks_for_no_module(client: Client, target: Emulated) -> None:
    """To import hashlib, or another that firmware has built in and a file may replace, takes a look into each folder, every time."""
    credential = server()
    with OpenSSL(credential, device().root, cipher=SUITES["p256"], options=["-rev"]) as peer:
        for before in ("", ASKED):
            target.exec(before)
            outcome = client.connect(peer.port, credential.root, device(), talk=REVERSED)
            succeeds(outcome, peer, f"Ciphersuite: {SUITES['p256']}")
    asked = target.exec("sys.path.pop(0)\nvfs.umount('/empty')\nprint(*asked)").split()
    assert set(asked) <= {"machine", "time"}, asked  # by streams.uart, which opens the serial port


# The longest time between two looks of `progress`, in instructions
LOOKING = """
import client_driver, emulator, gc
gc.collect()  # one that falls into a slice takes as long as one
last = 0
longest = 0, ""
def look(stage):
    global last, longest
    if last and stage != "data":  # after it comes what the driver does
        longest = max(longest, (emulator.instructions() - last, stage))
    last = emulator.instructions()
for context in client_driver._kept.values():
    context.progress = look
"""
SLICE = 1_400_000  # 14 ms at 100 MHz


@pytest.mark.targets("cortex_m", "rv32", "xtensa")  # by viper, and Python's integers, they are longer
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_no_slice_of_a_mutual_handshake_is_long(client: Client, target: Emulated, chain: Chain) -> None:
    if target.core == "m3" and "rsa" in chain.root:
        return  # it has RSA by Python's integers
    credential, identity = credential_of(chain), device()
    with OpenSSL(credential, identity.root, options=["-rev"]) as peer:
        for before in ("", LOOKING):  # the first handshake loads modules and tests kernels
            target.exec(before)
            outcome = client.connect(peer.port, credential.root, identity, talk=REVERSED)
            assert outcome.report["client_certificate"], outcome
    count, stage = target.exec("print(*longest)").split()
    assert 0 < int(count) <= SLICE, stage
