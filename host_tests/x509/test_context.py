"""What of path validation is set on an SSLContext, tried where it counts: by connections, and by what is refused before there is one."""

import hashlib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from host_tests.x509 import maker as make
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL

CONNECT = """
import socket, sys, latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
def connect():
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
    try:
        tls = context.wrap_socket(sock, server_hostname="localhost")
        print(str(tls._c.peer_ok).split()[0])
    except latchkey.TLSError as e:
        print(latchkey.errors.describe(e.cause)[0])
"""
BEFORE = """
import latchkey
class Silent:
    def write(self, data):
        raise Exception("something was sent")
    readinto = write
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=1024, send_buffer=1024)
def attempt(function, *args, **options):
    try:
        print(function(*args, **options))
    except latchkey.TLSError as e:
        print(latchkey.errors.describe(e.cause)[0])
    except ValueError as e:
        print(e)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[OpenSSL]:
    with OpenSSL(pki.demo()[1], options=["-rev"]) as peer:
        yield peer


def pin(credential: pki.Credential | None) -> bytes:
    assert credential
    spki = credential.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def connect(server: OpenSSL, code: str) -> list[str]:
    done = micropython_process(CONNECT + code, [server.port])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def before(target, code: str) -> list[str]:
    """What is printed by `code`, in which nothing may be sent."""
    return target.exec(BEFORE + code).splitlines()


def test_pins_hold_beside_anchors_and_alone(server: OpenSSL) -> None:
    _, leaf, device = pki.demo()
    code = f"""
for anchors in (None, {leaf.root.der!r}):
    if anchors:
        context.load_verify_locations(cadata=anchors)
    for pins in (({pin(leaf)!r},), [bytes(32), {pin(leaf.issuer)!r}], ({pin(device)!r},)):
        context.pins = pins
        connect()
"""
    assert connect(server, code) == ["PIN", "PIN", "UNKNOWN_ISSUER", "CHAIN", "CHAIN", "NOT_PINNED"]


def test_the_bound_for_rsa_keys_holds() -> None:
    leaf = pki.root().leaf("rsa", kind="rsa3072", dns=["localhost"])
    code = f"context.load_verify_locations(cadata={leaf.root.der!r})\nconnect()\ncontext.most_rsa_bits = 2048\nconnect()"
    with OpenSSL(leaf, options=["-rev"]) as peer:
        assert connect(peer, code) == ["CHAIN", "KEY_RSA_SIZE"]


@pytest.mark.package_only
def test_clock_floor_and_profile_are_handed_on(target) -> None:
    code = """
from latchkey import wrapping
context.load_verify_locations(cadata=%r)
context.now = lambda: 1900000000
context.profile = 1
policy = wrapping.chain_of("host", wrapping._judged(context))._policy
print(policy.now, policy.floor == context.floor, policy.profile, policy.verify, policy.ocsp, policy.keep_leaf_der)
context.now = lambda: context.floor - 1
context.ocsp = context.keep_peer_cert = True
context.verify_mode = latchkey.CERT_NONE
policy = wrapping.chain_of("host", wrapping._judged(context))._policy
print(policy.now, policy.floor == context.floor, policy.profile, policy.verify, policy.ocsp, policy.keep_leaf_der)
"""
    assert before(target, code % make.ROOT.der) == ["1900000000 True 1 True 0 False", "None True 1 False 2 True"]


@pytest.mark.package_only
def test_what_is_kept_of_names_and_whether_anchors_expire_are_handed_on(target) -> None:
    code = """
from latchkey import wrapping
context.load_verify_locations(cadata=%r)
policy = wrapping.chain_of("host", wrapping._judged(context))._policy
print(policy.arena, policy.most_constraints, policy.judge_anchor_dates)
context.most_name_octets = 1000
context.judge_anchor_dates = True
policy = wrapping.chain_of("host", wrapping._judged(context))._policy
print(policy.arena, policy.most_constraints, policy.judge_anchor_dates)
"""
    assert before(target, code % make.ROOT.der) == ["3072 12288 False", "1000 4000 True"]


@pytest.mark.parametrize("pin", [bytes(32).hex(), "sha256/" + "A" * 43 + "=", bytes(31)])
def test_a_pin_that_is_no_sha256_is_refused_before_anything_is_sent(target, pin: str | bytes) -> None:
    code = f"context.pins = [{pin!r}]\nattempt(context.wrap_socket, Silent(), server_hostname='host')"
    assert before(target, code) == ["a pin is the 32 bytes of a SHA-256, not text"]


@pytest.mark.parametrize("host", ["bücher.example", "host..example", "10.0.0.256", "fe80::1%eth0", "[::1]", "host:8883"])
def test_a_host_that_is_none_is_refused_before_anything_is_sent(target, host: str) -> None:
    code = f"context.load_verify_locations(cadata={make.ROOT.der!r})\nattempt(context.wrap_socket, Silent(), server_hostname={host!r})"
    assert before(target, code) == ["HOST_SYNTAX"]


def test_anchors_that_could_not_be_loaded_are_none(target) -> None:
    code = """
attempt(context.load_verify_locations, cadata=b"rubbish")
attempt(context.load_verify_locations, cadata=b"0")
attempt(context.wrap_socket, Silent(), server_hostname="host")
"""
    assert before(target, code) == ["TRUST_EMPTY", "TRUST_FORMAT", "NO_ANCHORS"]


def test_anchors_come_as_text_and_from_both_places(target) -> None:
    twin = make.authority("Root", key=make.ec_key("twin"))
    target.put("root.pem", make.ROOT.pem)
    code = f"""
context.load_verify_locations("root.pem", {twin.pem.decode()!r})
print(len(context._trust.find({hashlib.sha256(twin.subject).digest()!r})))
"""
    assert before(target, code) == ["2"]


def test_strings_of_an_anchors_subject_are_not_judged(target) -> None:
    """Some makers write any character into a PrintableString."""
    odd = [make.authority(make.seq(make.rdn(make.attribute("3", text, tag)))) for text, tag in (("my_root@plant", 0x13), (b"\xe9", 0x0C))]
    bundle = b"".join(c.pem for c in (*odd, make.ROOT))
    code = f"context.load_verify_locations(cadata={bundle!r})\nprint(len(context._trust.anchors))"
    assert before(target, code) == ["3"]


@pytest.mark.parametrize("torn", [b"\x30\x03\x02\x01\x01", b"?"], ids=["no certificate", "no base64"])
def test_a_torn_anchor_is_told_by_its_number(target, torn: bytes) -> None:
    """Of those given, with the ones that are left out, whatever was there before."""
    p521 = make.authority("big", spki=make.ec_key("big", "p521").spki)
    block = pki.pem("CERTIFICATE", torn) if torn != b"?" else b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"
    bundle = make.CA.pem + p521.pem + block
    target.put("bundle.pem", bundle)
    code = f"context.load_verify_locations(cadata={make.ROOT.der!r})\n"
    for source in ("'bundle.pem'", f"cadata={bundle!r}"):
        code += f"try:\n    context.load_verify_locations({source})\nexcept latchkey.TLSError as e:\n    print(e)\n"
    told = before(target, code)
    assert len(told) == 2
    assert all(": 2 is a damaged file, or the number (from 0) of a certificate" in line for line in told), told


def test_an_anchor_whose_key_is_not_accepted_is_told_by_its_number(target) -> None:
    data = make.authority("big", spki=make.ec_key("big", "p521").spki).pem * 2
    code = f"try:\n    context.load_verify_locations(cadata={data!r})\nexcept latchkey.TLSError as e:\n    print(e)\n"
    assert "certificate 1 has a key that is not accepted" in before(target, code)[0]
