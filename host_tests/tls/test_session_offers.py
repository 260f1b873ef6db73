"""When a session is offered: only where all that the full handshake was judged by still holds."""

import hashlib
import tempfile
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from host_tests.peers.drive import Client
from host_tests.peers.listening import listen
from host_tests.peers.scripted import Script, Sessions
from host_tests.targets import Target, TargetError
from host_tests.tls.fault_cases.case import CA, DEVICE, EC, ROOT
from host_tests.x509.test_stapling import response
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.pki import Credential

CHIP = """
from latchkey.crypto import verify
from latchkey.tls.key_agreement import Ephemeral
class OverWires(Ephemeral):
    wires = "the server is whoever holds the bus"
    verify = staticmethod(verify.verify)
chip = OverWires()
"""
PIN = hashlib.sha256(EC.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()

pytestmark = pytest.mark.targets("unix", "serial")


class Device:
    """A context on the target, and connections of it to one scripted server."""

    def __init__(self, target: Target, sessions: Sessions, server: Credential = EC):
        self.target = target
        self.server = server
        self.sessions = sessions
        client = Client(target)
        self.files = f"root = {client.file('.pem', ROOT.pem)!r}; chain = {client.file('.pem', DEVICE.chain_pem)!r}\n"
        self.files += f"key = {client.file('.key', DEVICE.key_pem)!r}\n"
        self.files += f"another = {client.file('.pem', CA.pem)!r}\n"
        target.exec(self.files + "import latchkey, time, sys\ntime_of = [int(time.time())]\n" + new("context"))

    def connect(self, name: str = "localhost", context: str = "context", more: str = "") -> bool:
        """Whether it resumed, as both sides have it."""
        with listen(Script(self.server, sessions=self.sessions)) as peer, self.target.reach(peer.port) as stream:
            made = f"tls = {context}.wrap_socket({stream}, server_hostname={name!r}{more})"
            told = self.target.exec(f"{made}\nprint(tls.session_reused)\nsession = tls.session\ntls.close()")
            session = peer.session()
        assert session.violations == []
        assert told == f"{session.resumed}\n"
        return session.resumed


def new(name: str, verified: bool = True) -> str:
    trust = f"{name}.load_verify_locations(root)" if verified else f"{name}.verify_mode = latchkey.CERT_NONE"
    return f"{name} = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)\n{trust}\n{name}.now = lambda: time_of[0]\n"


@pytest.fixture
def device(target: Target) -> Device:
    return Device(target, Sessions())


@pytest.mark.parametrize(
    ("change", "resumes"),
    [
        ("pass", True),
        ("context.pins = [bytes(32)]; context.pins = []", True),
        ("context.trace = print; context.trace = None", True),
        ("context.pins = [pin]", False),
        ("context.load_cert_chain(chain, key)", False),
        ("context.verifier = chip", False),
        ("context.key_agreement = chip", False),
        ("context.check_hostname = False", False),
        ("context.require_secure_renegotiation = True", False),
        ("context.judge_anchor_dates = True", False),
        ("context.profile = 1", False),
        ("context.most_rsa_bits = 4096", False),
        ("context.keep_peer_cert = True", False),
        ("context.set_ciphers('ECDHE-ECDSA-AES256-GCM-SHA384')", False),
        ("context.verify_mode = latchkey.CERT_NONE", False),
        ("context.load_verify_locations(another)", False),
        ("time_of[0] += 86399", True),
        ("time_of[0] += 86401", False),
        ("time_of[0] -= 1", False),
        ("context.now = lambda: None", False),
        ("context.floor = time_of[0] + 1", False),
    ],
)
def test_it_is_offered_only_where_all_that_it_was_judged_by_still_holds(change: str, resumes: bool, device: Device) -> None:
    assert not device.connect()
    device.target.exec(f"pin = {PIN!r}\n" + CHIP)
    device.target.exec(change)
    assert device.connect() is resumes


def test_it_does_not_outlive_the_server_s_certificate(target: Target) -> None:
    server = CA.leaf("short", dns=["localhost"], valid=(-1, 2))
    until = server.certificate.not_valid_after_utc
    device = Device(target, Sessions(), server)
    device.target.exec(f"time_of[0] = {int(until.timestamp()) - 3600}")
    assert not device.connect()
    device.target.exec(f"time_of[0] = {int(until.timestamp())}")
    assert device.connect()
    device.target.exec(f"time_of[0] = {int(until.timestamp()) + 1}")
    with pytest.raises(TargetError, match="expired"):  # a full handshake
        device.connect()


def test_it_does_not_outlive_a_staple(device: Device) -> None:
    device.target.exec("context.ocsp = True")
    with tempfile.NamedTemporaryFile() as file:
        file.write(response(EC, age=timedelta(hours=47)))  # good for 48
        file.flush()
        with OpenSSL(EC, resumption=True, options=["-rev", "-status_file", file.name]) as peer:

            def resumes() -> str:
                with device.target.reach(peer.port) as stream:
                    return device.target.exec(
                        f"tls = context.wrap_socket({stream}, server_hostname='localhost')\nprint(tls.session_reused)\ntls.close()"
                    )

            assert resumes() == "False\n"
            device.target.exec("time_of[0] += 3580")
            assert resumes() == "True\n"
            device.target.exec("time_of[0] += 21")
            assert resumes() == "False\n"


@pytest.mark.parametrize("changed", ["chain", "key"])
def test_it_is_the_identity_s_by_whatever_is_in_its_chain(changed: str, device: Device) -> None:
    other = CA.leaf("renewed", usage="client") if changed == "key" else None
    chain = other.chain_pem if other else DEVICE.pem
    device.target.put("other.pem", chain)
    device.target.put("other.key", (other or DEVICE).key_pem)
    device.target.exec("context.load_cert_chain(chain, key)")
    assert not device.connect()
    assert device.connect()
    device.target.exec("context.load_cert_chain('other.pem', 'other.key')")
    assert not device.connect()


def test_an_interrupt_while_resuming_spends_it(device: Device) -> None:
    assert not device.connect()
    device.target.exec("""
given = session
def progress(stage):
    if stage == "change_cipher_spec":
        raise KeyboardInterrupt
context.progress = progress
""")
    with pytest.raises(TargetError, match="KeyboardInterrupt"):
        device.connect()
    device.target.exec("context.progress = None")
    assert device.target.exec("print(given.master == bytes(48), given.suite)") == "True None\n"
    assert not device.connect()


@pytest.mark.parametrize("when", ["before the hello", "after it"])
def test_another_connection_may_spend_it_meanwhile(when: str, device: Device) -> None:
    assert not device.connect()
    device.target.exec("given = session")
    if when == "before the hello":
        assert not device.connect(more=", do_handshake_on_connect=False, session=given)\ngiven.drop()\ntls.do_handshake(True")
    else:
        device.target.exec("context.trace = lambda way, message, *_: message == 'ClientHello' and given.drop()")
        assert device.connect()
        assert device.target.exec("context.trace = None\nprint(session)") == "None\n"
        assert not device.connect()


def test_what_is_no_session_is_refused_in_a_sentence(device: Device) -> None:
    for what in ("b'session'", "True", "object()", "context"):
        with pytest.raises(TargetError, match=r"ValueError: session is \w+, and has to be what tls.session gave"):
            device.connect(more=f", session={what}")


def test_what_is_given_and_spent_gives_way_to_what_is_remembered(device: Device) -> None:
    assert not device.connect()
    device.target.exec("spent = session\nspent.drop()")
    assert not device.connect()
    assert device.connect(more=", session=spent")


def test_a_resumption_does_not_extend_it(device: Device) -> None:
    device.sessions.renews = True
    assert not device.connect()
    for _ in range(2):
        device.target.exec("time_of[0] += 40000")
        assert device.connect()
    device.target.exec("time_of[0] += 6402")
    assert not device.connect()


def test_the_server_s_hint_bounds_it(device: Device) -> None:
    device.sessions.lifetime = 300
    assert not device.connect()
    device.target.exec("time_of[0] += 300")
    assert device.connect()
    device.target.exec("time_of[0] += 1")
    assert not device.connect()


def test_without_a_real_time_it_lasts_in_memory_but_not_into_a_real_one(device: Device) -> None:
    device.target.exec("context.now = lambda: None")
    assert not device.connect()
    assert device.connect()
    device.target.exec("context.now = lambda: time_of[0]")
    assert not device.connect()


def test_another_host_s_is_not_offered_and_four_are_remembered(device: Device) -> None:
    device.target.exec(new("open", verified=False))
    names = [f"host{i}.example" for i in range(5)]
    assert not any(device.connect(name, "open") for name in names)
    assert [device.connect(name, "open") for name in names[:0:-1]] == [True] * 4
    assert not device.connect(names[0], "open")


def test_one_given_by_the_caller_is_offered_by_another_context_that_judges_alike(device: Device) -> None:
    assert not device.connect()
    device.target.exec(new("other") + "given = session")
    assert device.connect(context="other", more=", session=given")


def test_one_given_by_the_caller_is_not_offered_to_another_host(device: Device) -> None:
    device.target.exec(new("open", verified=False))
    assert not device.connect("a.example", "open")
    device.target.exec("given = session")
    assert not device.connect("b.example", "open", ", session=given")


@pytest.mark.package_only
def test_an_unverified_one_never_serves_a_verifying_context(device: Device) -> None:
    device.target.exec(new("open", verified=False))
    assert not device.connect(context="open")
    assert device.connect(context="open")
    device.target.exec("given = session\nprint(tls._c.peer_ok)")
    device.target.exec("from latchkey.tls import resumption as module\nkept = module.binding")
    device.target.exec("module.binding = lambda s, judged: given.binding")
    try:
        assert not device.connect(more=", session=given")
    finally:
        device.target.exec("module.binding = kept")


def test_what_is_spent_is_wiped_wherever_it_is_kept(device: Device) -> None:
    assert not device.connect()
    device.target.exec("given = session\ngiven.drop()")
    assert device.target.exec("print(given.master == bytes(48))") == "True\n"
    assert not device.connect(more=", session=given")


def test_nothing_of_certificates_or_curves_is_loaded_to_resume(device: Device) -> None:
    assert not device.connect()
    device.target.exec("""
def unwanted():
    parts = ("latchkey.x509", "latchkey.crypto.p", "latchkey.crypto.field", "latchkey.crypto.ecdsa", "latchkey.crypto.rsa")
    return [name for name in sys.modules if name.startswith(parts)]
context.release()
for name in unwanted():
    sys.modules.pop(name)
""")
    assert device.connect()
    assert device.target.exec("print(unwanted())") == "[]\n"


def test_a_frugal_context_asks_for_no_session_unless_it_is_wished_for(device: Device) -> None:
    device.target.exec("context.frugal = True")
    assert not device.connect()
    assert device.target.exec("print(session)") == "None\n"
    device.target.exec("context.sessions = True")
    assert not device.connect()
    assert device.connect()


@pytest.mark.parametrize(
    "change",
    ["context.verify_mode = latchkey.CERT_NONE", "context._trust = None; context.pins = [pin]", "context.check_hostname = False"],
)
def test_a_server_that_declines_is_judged_as_the_context_was_when_it_wrapped(change: str, device: Device) -> None:
    assert not device.connect()
    other = pki.root("another").leaf("impostor", dns=["elsewhere"])
    pin = hashlib.sha256(other.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    device.server, device.sessions = other, Sessions(accepts=False)
    device.target.exec(f"pin = {pin!r}")
    with pytest.raises(TargetError, match="-539"):
        device.connect(more=f", do_handshake_on_connect=False)\n{change}\ntls.do_handshake(True")


@pytest.mark.parametrize("change", ["context.verify_mode = latchkey.CERT_NONE", "context.check_hostname = False"])
def test_a_session_holds_what_its_server_was_judged_by_when_it_was_wrapped(change: str, device: Device) -> None:
    assert not device.connect(more=f", do_handshake_on_connect=False)\n{change}\ntls.do_handshake(True")
    assert not device.connect()  # by a context that judges less
