"""AES-CBC (RFC 5246 section 6.2.3.2, RFC 7366): off unless it is named; encrypt_then_mac binds once agreed; else one verdict for all."""

import pytest

from host_tests.peers import codec
from host_tests.peers.codec import ALERT, APPLICATION_DATA
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Data, Record, Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import DEVICE, EC, ROOT, RSA, flip, nth
from tools.laboratory.peers.real import GnuTLS, OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

SUITES = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256": (0xC023, EC, "ECDHE-ECDSA-AES128-SHA256"),
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": (0xC027, RSA, "ECDHE-RSA-AES128-SHA256"),
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": (0xC009, EC, "ECDHE-ECDSA-AES128-SHA"),
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": (0xC013, RSA, "ECDHE-RSA-AES128-SHA"),
}
PATTERN = bytes(range(256)) * 65
SHA256 = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
SHA = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
MODES = pytest.mark.parametrize("mode", [True, False], ids=["encrypt-then-MAC", "MAC-then-encrypt"])
HASHES = pytest.mark.parametrize("name", [SHA256, SHA], ids=["SHA-256", "SHA-1"])


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


@MODES
@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("device", [None, DEVICE], ids=["anonymous", "with a client certificate"])
def test_data_go_both_ways_under(name: str, mode: bool, device, client: Client) -> None:
    number, server, _ = SUITES[name]
    script = Script(server, client_ca=ROOT if device else None, encrypt_then_mac=mode)
    outcome, session = client.meet(script, ROOT, device, ciphers=[name], write=5000, read=5000)
    assert outcome.name is None, outcome
    assert (outcome.data, session.violations, session.client_proven) == (5000, [], bool(device))
    assert session.hello is not None
    assert session.hello.suites == [number]
    assert session.hello.extensions[codec.ENCRYPT_THEN_MAC] == b""
    assert (outcome.report["cipher"], outcome.report["encrypt_then_mac"]) == (name, mode)
    assert len(session.ivs) > 10
    assert len(set(session.ivs)) == len(session.ivs)


def test_it_is_off_by_default_and_nothing_of_it_offered(client: Client) -> None:
    session = client.meet(Script(EC), ROOT, write=10, read=10)[1]
    assert session.hello is not None
    assert not {number for number, _, _ in SUITES.values()} & set(session.hello.suites)
    assert codec.ENCRYPT_THEN_MAC not in session.hello.extensions


def test_encrypt_then_mac_is_not_offered_with_aead_alone(client: Client) -> None:
    session = client.meet(Script(EC), ROOT, ciphers=["ECDHE-ECDSA-AES128-GCM-SHA256"], write=10, read=10)[1]
    assert session.hello is not None
    assert codec.ENCRYPT_THEN_MAC not in session.hello.extensions


@MODES
@HASHES
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 64, 1024, 16384])
@pytest.mark.parametrize("padding", [0, 16, 240])
def test_a_record_of_any_length_and_padding_is_opened(name: str, mode: bool, size: int, padding: int, client: Client) -> None:
    items = [Data(PATTERN[:size]), Data(PATTERN[size % 256 :][:100])]
    script = Script(EC, data=items, encrypt_then_mac=mode, padding=padding)
    outcome, session = client.meet(script, ROOT, ciphers=[name], read=size + 100)
    assert (outcome.name, outcome.data, session.violations) == (None, size + 100, []), outcome


@MODES
@HASHES
def test_a_record_of_16385_octets_is_refused(name: str, mode: bool, client: Client) -> None:
    script = Script(EC, data=[Data(PATTERN[:16385])], encrypt_then_mac=mode)
    outcome, session = client.meet(script, ROOT, ciphers=[name], read=16385)
    assert (outcome.name, session.alert, outcome.data) == ("RECORD_OVERFLOW", 22, 0)


@MODES
def test_small_buffers_hold_what_they_say(mode: bool, client: Client) -> None:
    script = Script(EC, record_limit="max_fragment_length", encrypt_then_mac=mode, padding=240)
    outcome, _ = client.meet(script, ROOT, ciphers=[SHA256], buffers=(512, 1024), write=3000, read=3000)
    assert outcome.data == 3000, outcome
    script = Script(EC, data=[Data(PATTERN[:3000])], encrypt_then_mac=mode)
    outcome, session = client.meet(script, ROOT, ciphers=[SHA256], buffers=(512, 1024), read=3000)
    assert (outcome.name, session.alert) == ("BUFFER_TOO_SMALL", 22)


# Rule 28


@MODES
@HASHES
@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: [flip(5)(raw)],
        lambda raw: [flip(25)(raw)],
        lambda raw: [flip(-1)(raw)],
        lambda raw: [flip(-17)(raw)],
        lambda raw: [flip(-40)(raw)],
        lambda raw: [b"\x16" + raw[1:]],
        lambda raw: [raw, raw],
        lambda _: [],
        lambda raw: [raw[:3] + (len(raw) - 6).to_bytes(2) + raw[5:-1]],
        lambda raw: [raw[:3] + (len(raw) - 21).to_bytes(2) + raw[5:-16]],
    ],
)
def test_every_change_is_one_cause_and_one_alert(name: str, mode: bool, edit, client: Client) -> None:
    items = [Data(PATTERN[:100]), Data(PATTERN[100:200]), Data(PATTERN[200:300])]
    script = Script(EC, data=items, records=nth(APPLICATION_DATA, 1, edit), encrypt_then_mac=mode)
    outcome, session = client.meet(script, ROOT, ciphers=[name], read=300)
    assert (outcome.name, session.alert) == ("BAD_TAG", 20)
    assert outcome.data in (100, 200)


@MODES
@HASHES
@pytest.mark.parametrize("length", [0, 1, 16, 32, 35])
def test_a_record_too_short_for_a_mac_is_refused(name: str, mode: bool, length: int, client: Client) -> None:
    script = Script(EC, data=[Record(APPLICATION_DATA, bytes(length), plain=True)], encrypt_then_mac=mode)
    outcome, session = client.meet(script, ROOT, ciphers=[name], read=1)
    assert (outcome.name, session.alert) == ("NOT_PROTECTED", 10)


def spoiled(at: int):
    """The octet `at` of the second record's content is changed before it is encrypted; under its MAC where there is one behind."""
    count = 0

    def edit(inner: bytes) -> bytes:
        nonlocal count
        count += 1
        return flip(at)(inner) if count == 2 else inner

    return edit


@MODES
@HASHES
@pytest.mark.parametrize("padding", [0, 16, 240])
@pytest.mark.parametrize("at", [-1, -2, -4])
def test_wrong_padding_and_wrong_macs_read_the_same(name: str, mode: bool, padding: int, at: int, client: Client) -> None:
    """A text of 90 octets has six of padding, or two to fourteen behind a MAC."""
    messages = set()
    for where in (at, 95):
        items = [Data(PATTERN[:90])] * 3
        script = Script(EC, data=items, encrypt_then_mac=mode, padding=padding, spoil=spoiled(where))
        outcome, session = client.meet(script, ROOT, ciphers=[name], read="end")
        assert (outcome.name, session.alert) == ("BAD_TAG", 20)
        messages.add(outcome.message)
    assert len(messages) == 1


@pytest.mark.parametrize("last", [0x00, 0x2F, 0x30, 0x7F, 0xFF])
def test_a_padding_longer_than_the_record_is_refused(last: int, client: Client) -> None:
    script = Script(EC, data=[Data(b"a")], encrypt_then_mac=False, spoil=lambda inner: inner[:-1] + bytes((last,)))
    outcome, session = client.meet(script, ROOT, ciphers=[SHA256], read=1)
    assert (outcome.name, session.alert) == ("BAD_TAG", 20)


@MODES
def test_what_was_agreed_binds(mode: bool, client: Client) -> None:
    """A server that goes on the other way than it said."""
    said = (codec.ENCRYPT_THEN_MAC, b"")

    def other(extensions):
        return [one for one in extensions if one != said] if mode else [*extensions, said]

    script = Script(EC, encrypt_then_mac=mode, extensions=other)
    outcome, session = client.meet(script, ROOT, ciphers=[SHA256], read=10)
    assert "does not decrypt" in session.violations[0]
    assert not outcome.established


@pytest.mark.parametrize(
    ("ciphers", "data", "cause", "alert"),
    [
        (["ECDHE-ECDSA-AES128-GCM-SHA256", SHA256], b"", "NO_MAC_TO_PLACE", 47),
        (["ECDHE-ECDSA-AES128-GCM-SHA256"], b"", "UNSOLICITED_EXTENSION", 110),
        ([SHA256], b"\0", "DECODE_ERROR", 50),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(ciphers: list[str], data: bytes, cause: str, alert: int, client: Client) -> None:
    def answer(extensions):
        return [*(one for one in extensions if one[0] != codec.ENCRYPT_THEN_MAC), (codec.ENCRYPT_THEN_MAC, data)]

    outcome, session = client.meet(Script(EC, extensions=answer), ROOT, ciphers=ciphers, read=10)
    assert (outcome.name, session.alert) == (cause, alert)


def test_alerts_are_sealed_too(client: Client) -> None:
    script = Script(EC, data=[Record(ALERT, b"\2\x28")])
    outcome, _ = client.meet(script, ROOT, ciphers=[SHA256], read=10)
    assert (outcome.name, outcome.alert) == ("ALERT_RECEIVED", 40)


# The count of the hash's compressions


def test_there_are_as_many_compressions_whatever_the_padding_is(target: Target) -> None:
    told = target.exec("""
import hashlib, random
from latchkey.crypto.record_mac import RecordMAC
from latchkey.errors import Fault
from latchkey.tls.block_cipher import BlockCipher
count = 0
class Counting:
    def __init__(self):
        self.h = hashlib.sha256()
        self.n = 0
    def update(self, data):
        global count
        count += (self.n + len(data)) // 64 - self.n // 64
        self.n += len(data)
        self.h.update(data)
    def digest(self):
        global count
        count += (self.n % 64 + 9 + 63) // 64
        return self.h.digest()
class Source:
    def fill(self, buf):
        for i in range(len(buf)):
            buf[i] = random.getrandbits(8)
def counted(length, padding, spoil):
    global count
    mac = RecordMAC(bytes(32), Counting, 32)
    sealing, opening = BlockCipher(mac, bytes(16), Source(), 16), BlockCipher(mac, bytes(16), Source(), 1)
    text = length - padding - 1 - 32
    buf = bytearray(16 + length + 320)
    for one in (sealing, opening):
        one.start(23)
        one.aad[11], one.aad[12] = text >> 8, text & 255
    sealing._write_mac(sealing.aad, buf, 16, 16 + text)
    for i in range(padding + 1):
        buf[16 + text + 32 + i] = padding
    if spoil:
        buf[16 + (spoil if spoil > 0 else length + spoil)] ^= 1
    sealing._begin(buf, 16, 16 + length, True)
    sealing._sealing = True
    while not sealing.step():
        pass
    opening.nonce[:] = sealing.nonce
    opening.open_start(opening.nonce, opening.aad, buf, 16, length - opening.back)
    count = 0
    try:
        while not opening.step():
            pass
        good = opening.aad[11] << 8 | opening.aad[12]
        assert good == text and not spoil
    except Fault as fault:
        assert fault.cause == 602 and spoil
        assert not any(buf[16 : 16 + length])
    return count
for length in (48, 64, 112, 288, 304, 336, 512):
    counts = set()
    for padding in range(min(length - 32, 256)):
        for spoil in (0, -1, -2 if padding else -1, length - 33 - padding if length - 33 - padding > 0 else -1):
            counts.add(counted(length, padding, spoil))
    print(length, len(counts), counts)
""").splitlines()
    assert len(told) == 7
    assert all(line.split()[1] == "1" for line in told), told


# Real servers


@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("identity", [False, True], ids=["anonymous", "with a client certificate"])
def test_openssl_speaks(name: str, identity: bool, client: Client) -> None:
    _, server, openssl = SUITES[name]
    for options, mode in ((["-rev"], True), (["-rev", "-no_etm"], False)):
        with OpenSSL(server, ROOT if identity else None, cipher=openssl + ":@SECLEVEL=0", options=options) as peer:
            outcome = client.connect(peer.port, ROOT, DEVICE if identity else None, ciphers=[name], talk=[(b"hello\n", b"olleh\n")])
        assert outcome.name is None, outcome
        assert (outcome.report["cipher"], outcome.report["encrypt_then_mac"]) == (name, mode)


@pytest.mark.parametrize("name", SUITES)
@MODES
@pytest.mark.parametrize("size", [600, 16384])
def test_gnutls_speaks(name: str, mode: bool, size: int, client: Client) -> None:
    _, server, _ = SUITES[name]
    priority = "NORMAL:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+AEAD:+" + ("SHA256" if name.endswith("SHA256") else "SHA1")
    line = bytes(range(33, 123)) * 100 + b"\n"
    with GnuTLS(server, priority=priority + ("" if mode else ":%NO_ETM")) as peer:
        outcome = client.connect(peer.port, ROOT, ciphers=[name], buffers=(size, 1024), talk=[(line, line)])
    assert outcome.name is None, outcome
    assert (outcome.report["cipher"], outcome.report["encrypt_then_mac"]) == (name, mode)


def test_the_names_are_iana_s_openssl_s_and_mbedtls_s(target: Target) -> None:
    names = list(SUITES)
    openssl = ":".join(spelt for _, _, spelt in SUITES.values())
    told = target.exec(f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
for ciphers in ({names!r}, {openssl!r}, {[name.replace("_", "-") for name in names]!r}):
    context.set_ciphers(ciphers)
    print(context.get_ciphers())
""").splitlines()
    assert told == [str(names)] * 3


@pytest.mark.package_only
def test_firmware_without_sha1_says_which_suites_to_leave_out(client: Client) -> None:
    client.target.reset()
    told = client.target.exec("""
import latchkey
from latchkey.crypto import record_mac
record_mac.SHA_1 = None
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.set_ciphers(["TLS_RSA_WITH_AES_128_CBC_SHA256"])
try:
    context.set_ciphers(["TLS_RSA_WITH_AES_128_CBC_SHA"])
except ValueError as error:
    print(error)
""")
    client.target.reset()
    assert told == "this firmware has no SHA-1: leave out the suites that end with CBC_SHA\n"
