"""`latchkey.doctor.report(host, port)` goes on to try a connection, and says at which step it ends; `latchkey.connect()` makes one."""

from collections.abc import Iterator

import pytest

from host_tests.targets import Target
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL, free_port

pytestmark = pytest.mark.targets("unix")

ROOT, SERVER, DEVICE = pki.demo()
REPORT = """
import latchkey
context = latchkey.create_default_context(cadata={pem!r})
latchkey.doctor.report({host!r}, {port}, context)
"""


@pytest.fixture(scope="module")
def peer() -> Iterator[int]:
    with OpenSSL(SERVER, options=["-rev"]) as running:
        yield running.port


def report(target: Target, host: str, port: int, pem: bytes = ROOT.pem) -> list[str]:
    return target.exec(REPORT.format(pem=pem, host=host, port=port)).splitlines()


def test_a_connection_that_works_is_told_in_a_screenful(target: Target, peer: int) -> None:
    told = report(target, "localhost", peer)
    assert len(told) <= 24 and max(map(len, told)) <= 140 and not [line for line in told if line.startswith("!")], told
    assert f"localhost answers at port {peer}" in told
    assert any(line.startswith("handshake: ") and "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" in line for line in told)
    assert any(line.startswith("server: localhost, CHAIN") for line in told)
    assert "client certificate: not asked for, or not sent" in told


def test_the_step_at_which_it_ends_is_the_last_line_and_says_what_to_do(target: Target, peer: int) -> None:
    assert report(target, "nowhere.invalid", 443)[-1].startswith("! no address for nowhere.invalid: look at the name")
    closed = free_port()
    assert report(target, "localhost", closed)[-1].startswith(f"! localhost answers, but nothing listens at port {closed}: ")
    *_, wrong, advice = report(target, "localhost", peer, pki.root("other-root").pem)
    assert wrong.startswith("! the handshake failed: ") and "(in certificate)" in wrong
    assert advice.startswith("  latchkey explain ")
    with OpenSSL(ROOT.leaf("elsewhere", dns=["elsewhere.example"]), options=["-rev"]) as other:
        *_, wrong, _ = report(target, "localhost", other.port)
    assert wrong.startswith("! the handshake failed: ") and "elsewhere.example" in wrong


def test_without_anchors_it_is_said_how_to_find_the_root(target: Target, peer: int) -> None:
    told = target.exec(f"import latchkey\nlatchkey.doctor.report('localhost', {peer})").splitlines()
    assert told[-1].startswith("! ") and told[-1].endswith("latchkey trust localhost -o root.pem finds it, on a computer")


def test_a_server_that_is_not_verified_is_something_to_mend(target: Target, peer: int) -> None:
    code = f"import latchkey\nc = latchkey.SSLContext()\nc.verify_mode = 0\nlatchkey.doctor.report('localhost', {peer}, c)"
    assert any(line.startswith("! server: localhost, UNVERIFIED") for line in target.exec(code).splitlines())


WIFI = """
import sys, latchkey
class Network: pass
network = Network()
network.STA_IF, network.STAT_WRONG_PASSWORD, network.STAT_NO_AP_FOUND, network.STAT_CONNECTING = 0, 202, 201, 1001
class WLAN:
    def __init__(self, interface): pass
    def isconnected(self): return False
    def active(self): return {active}
    def status(self): return {status}
network.WLAN = WLAN
sys.modules["network"] = network
try:
    latchkey.doctor.report("localhost", 1)
finally:
    del sys.modules["network"]
"""


@pytest.mark.parametrize(
    ("active", "status", "says"),
    [
        (False, 0, "! Wi-Fi is off: "),
        (True, 202, "! Wi-Fi is not connected: the password is wrong"),
        (True, 201, "! Wi-Fi is not connected: no network of that name is in reach"),
        (True, 1001, "! Wi-Fi is still connecting"),
        (True, 7, "! Wi-Fi is not connected (status 7)"),
    ],
)
def test_what_is_wrong_with_the_radio_comes_before_any_name_is_asked_for(target: Target, active: bool, status: int, says: str) -> None:
    assert target.exec(WIFI.format(active=active, status=status)).splitlines()[-1].startswith(says)


def test_connect_makes_a_verified_connection_of_a_name(target: Target) -> None:
    with OpenSSL(SERVER, client_ca=ROOT, options=["-rev"]) as server:
        target.put("device.pem", DEVICE.chain_pem)
        target.put("device.key", DEVICE.key_pem)
        code = (
            f"import latchkey\ntls = latchkey.connect('localhost', {server.port}, cadata={ROOT.pem!r}, certfile='device.pem',"
            " keyfile='device.key', timeout=200)\ntls.write(b'hello\\n')\nprint(tls.readline(), tls.report()['client_certificate'])"
        )
        assert target.exec(code) == "b'olleh\\n' True\n"


def test_connect_verifies_and_needs_anchors(target: Target, peer: int) -> None:
    code = "import latchkey\ntry:\n  latchkey.connect('localhost', {}, {})\nexcept latchkey.TLSError as e:\n  print(e.cause)"
    assert target.exec(code.format(peer, "")) == "316\n"
    assert int(target.exec(code.format(peer, f"cadata={pki.root('other-root').pem!r}"))) >= 500
