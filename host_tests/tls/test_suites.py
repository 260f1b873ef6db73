"""Every cipher suite with our own server: data both ways, each thing that may be wrong with a record, signatures of each hash."""

import pytest

from host_tests.peers.codec import APPLICATION_DATA
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Data, Record, Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import DEVICE, EC, ROOT, RSA, flip, nth, put

pytestmark = pytest.mark.targets("unix", "serial")

PATTERN = bytes(range(256)) * 65
PROTECTIONS = {  # octets beside the text
    "AES_128_GCM_SHA256": 24,
    "CHACHA20_POLY1305_SHA256": 16,
    "AES_256_GCM_SHA384": 24,
    "AES_128_CCM": 24,
    "AES_128_CCM_8": 16,
}
EACH = pytest.mark.parametrize("protection", PROTECTIONS)
NUMBERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B,
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xC02F,
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA9,
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA8,
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xC030,
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM": 0xC0AC,
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8": 0xC0AE,
}
DEFAULT = list(NUMBERS)[:6]


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def suite(protection: str, rsa: bool = False) -> str:
    return f"TLS_ECDHE_{'RSA' if rsa else 'ECDSA'}_WITH_{protection}"


@EACH
@pytest.mark.parametrize("extended", [True, False], ids=["with extended master secret", "without"])
@pytest.mark.parametrize("server", [EC, RSA], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("device", [None, DEVICE], ids=["anonymous", "with a client certificate"])
def test_data_go_both_ways_under(protection: str, extended: bool, server, device, client: Client) -> None:
    if "CCM" in protection and server is RSA:
        return  # RFC 7251 has none
    name = suite(protection, server is RSA)
    script = Script(server, client_ca=ROOT if device else None, extended_master_secret=extended)
    outcome, session = client.meet(script, ROOT, device, ciphers=[name], write=5000, read=5000)
    assert outcome.name is None, outcome
    assert (outcome.data, session.violations, session.established) == (5000, [], True)
    assert session.hello is not None
    assert session.hello.suites == [NUMBERS[name]]
    assert outcome.report["cipher"] == name
    assert session.client_proven is bool(device)
    assert session.nonces_count


@EACH
@pytest.mark.parametrize("size", [0, 1, 15, 16, 63, 64, 65, 1024, 16384])
def test_a_record_of_any_length_is_opened_under(protection: str, size: int, client: Client) -> None:
    script = Script(EC, data=[Data(PATTERN[:size]), Data(PATTERN[size % 256 :][:100])])
    outcome, session = client.meet(script, ROOT, ciphers=[suite(protection)], read=size + 100)
    assert (outcome.name, outcome.data, session.violations) == (None, size + 100, []), outcome


@EACH
def test_a_record_of_16385_octets_is_refused_under(protection: str, client: Client) -> None:
    outcome, session = client.meet(Script(EC, data=[Data(PATTERN[:16385])]), ROOT, ciphers=[suite(protection)], read=16385)
    assert (outcome.name, session.alert) == ("RECORD_OVERFLOW", 22)


@EACH
def test_a_record_larger_than_a_small_buffer_names_the_buffer_under(protection: str, client: Client) -> None:
    options = {"ciphers": [suite(protection)], "buffers": (512, 1024)}
    outcome, _ = client.meet(Script(EC, data=[Data(PATTERN[:512])]), ROOT, read=512, **options)
    assert outcome.data == 512
    outcome, session = client.meet(Script(EC, data=[Data(PATTERN[:513])]), ROOT, read=513, **options)
    assert (outcome.name, session.alert) == ("BUFFER_TOO_SMALL", 22)
    assert "receive_buffer=513" in str(outcome.message)


@EACH
@pytest.mark.parametrize(
    ("edit", "before"),
    [
        (lambda raw: [flip(20)(raw)], 100),
        (lambda raw: [flip(5)(raw)], 100),
        (lambda raw: [flip(-1)(raw)], 100),
        (lambda raw: [put(0, b"\x15")(raw)], 100),
        (lambda raw: [raw, raw], 200),
        (lambda _: [], 100),
    ],
    ids=["of the text", "of the first octet", "of the tag", "of the type", "by a replay", "by a record less"],
)
def test_a_change_is_noticed_under(protection: str, edit, before: int, client: Client) -> None:
    items = [Data(PATTERN[:100]), Data(PATTERN[100:200]), Data(PATTERN[200:300])]
    script = Script(EC, data=items, records=nth(APPLICATION_DATA, 1, edit))
    outcome, session = client.meet(script, ROOT, ciphers=[suite(protection)], read=300)
    assert (outcome.name, session.alert, outcome.data) == ("BAD_TAG", 20, before)


@EACH
def test_a_record_too_short_to_be_protected_is_refused_under(protection: str, client: Client) -> None:
    short = Record(APPLICATION_DATA, bytes(PROTECTIONS[protection] - 1), plain=True)
    outcome, session = client.meet(Script(EC, data=[short]), ROOT, ciphers=[suite(protection)], read=100)
    assert (outcome.name, session.alert) == ("NOT_PROTECTED", 10)


@EACH
def test_a_suite_that_the_caller_left_out_is_refused(protection: str, client: Client) -> None:
    others = [suite(name) for name in PROTECTIONS if name != protection]
    said = put(35, NUMBERS[suite(protection)].to_bytes(2))
    outcome, session = client.meet(Script(EC, mutate={"server_hello": said}), ROOT, ciphers=others, read=100)
    assert (outcome.name, session.alert) == ("SUITE_NOT_OFFERED", 47)


def test_the_names_are_iana_s_openssl_s_and_mbedtls_s_in_a_list_or_in_text(target: Target) -> None:
    told = target.exec("""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
print(context.get_ciphers())
for ciphers in (
    ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS-ECDHE-ECDSA-WITH-CHACHA20-POLY1305-SHA256"],
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384",
    ("ecdhe-rsa-aes256-gcm-sha384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
):
    context.set_ciphers(ciphers)
    print(context.get_ciphers())
for ciphers in (
    "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-CCM",
    ["TLS-ECDHE-ECDSA-WITH-AES-128-CCM-8", "TLS-ECDHE-ECDSA-WITH-AES-128-CCM"],
):
    context.set_ciphers(ciphers)
    print(context.get_ciphers())
context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305")
for wrong in ("", [], None, 5, ["ECDHE-RSA-AES256-GCM"], "HIGH", ["TLS_AES_128_GCM_SHA256"], [b"x"]):
    try:
        context.set_ciphers(wrong)
        print("taken", wrong)
    except ValueError as e:
        print("refused", e)
print(context.get_ciphers())
""").splitlines()
    assert told[0] == str(DEFAULT)
    chosen = "['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256']"
    assert told[1:4] == [chosen] * 3
    assert told[4:6] == ["['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM']"] * 2
    assert all(line.startswith("refused") for line in told[6:14]), told
    assert "there are TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, " in told[10]
    assert told[14] == chosen


@pytest.mark.package_only
def test_what_is_not_installed_is_not_offered(client: Client) -> None:
    """A package without the modules of ChaCha20-Poly1305, X25519 and P-384."""
    client.target.reset()
    client.target.exec("""
import os
from latchkey.crypto import kernels
there = kernels.installed
assert there("chacha20poly1305") and not there("rot13")
from latchkey.tls import cipher_suites, key_agreement
assert there("x25519") and there("p384")
cipher_suites.installed = key_agreement.installed = lambda name: False
""")
    try:
        hello = client.meet(Script(EC), ROOT, write=10, read=10)[1].hello
        assert hello is not None
        assert hello.suites == [0xC02B, 0xC02F, 0xC02C, 0xC030]
        assert hello.groups == [23]
    finally:
        client.target.reset()
