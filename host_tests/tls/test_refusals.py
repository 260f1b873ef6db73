"""What a fatal alert of the server's says (rule 10): its name, what we offered and sent, and what is likely behind it, by the stage at
which it came. First the texts alone, then by handshakes with a scripted server and with real ones.
"""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from host_tests.peers import codec
from host_tests.peers.drive import Client, Outcome
from host_tests.peers.scripted import Alert, Fin, Items, Script, Sessions
from host_tests.targets import Target
from tools.laboratory import pki
from tools.laboratory.peers.real import GnuTLS, OpenSSL

TEXTS = Path(__file__).resolve().parents[2] / "firmware" / "latchkey" / "errors_text"

ROOT = pki.root()
CA = ROOT.authority("intermediate", path_length=0)
SERVER = CA.leaf("server", dns=["localhost"], ip=["127.0.0.1"])
DEVICE = CA.leaf("device", usage="client")

# IANA's registry "TLS Alerts": RFC 5246, 6066, 4279, 7301, 7507, 8446 and later; what they reserve of older versions.
REGISTRY = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}

SUITES = ", ".join(
    f"TLS_{exchange}_WITH_{protection}"
    for protection in ("AES_128_GCM_SHA256", "CHACHA20_POLY1305_SHA256", "AES_256_GCM_SHA384")
    for exchange in ("ECDHE_ECDSA", "ECDHE_RSA")
)
OFFER = f"it was offered TLS 1.2 with {SUITES}, groups secp256r1, x25519, secp384r1, "

# Where an alert can come: how explain() is told, and what it must state as a fact.
SITUATIONS = {
    "hello": (("server_hello", "OFFER"), "it was offered OFFER"),
    "nameless": (("server_hello", "OFFER", False), "it was offered OFFER"),
    "flight": (("server_key_exchange", "OFFER"), ""),
    "none": (("change_cipher_spec", "OFFER", True, True, False, "NOTE"), "it asked for a certificate and none was sent: NOTE"),
    "sent": (("change_cipher_spec", "OFFER", True, True, True), "our certificate was sent"),
    "sent below another": (("finished", "OFFER", True, True, True, "NOTE"), "our certificate was sent, though NOTE"),
    "unasked": (("change_cipher_spec", "OFFER"), "it asked for no certificate, and none was sent"),
    "data": (("data", "OFFER"), ""),
}
# And with an earlier session: offered, taken up, and of that one whose certificate was asked for when it began.
_SESSION = {"session": True}
_RESUMED = {"session": True, "resumed": True}
SESSIONS = {
    "offered": (("server_hello", "OFFER"), _SESSION, "it was offered OFFER, an earlier session"),
    "resumed": (("change_cipher_spec",), _RESUMED, "it took up our earlier session, and nothing was sent since"),
    "resumed, certified": (
        ("finished", "", True, True, True),
        _RESUMED,
        ("our certificate was sent when the session began", "it took up our earlier session, and nothing was sent since"),
    ),
    "resumed, none": (("finished", "", True, True, False), _RESUMED, "it took up our earlier session, and nothing was sent since"),
    "data": (("data",), _RESUMED, ""),
    "data, certified": (("data", "", True, True, True), _RESUMED, ("our certificate was sent when the session began", "")),
    "data, none": (
        ("data", "", True, True, False),
        _RESUMED,
        ("it asked for a certificate when the session began and none was sent", ""),
    ),
}

# alert -> situation -> what has to be among the likely causes
LIKELY = {
    None: {
        "hello": "no TLS",
        "none": "demands a certificate",
        "sent": "not accept our certificate",
        "flight": "its log",
        "data": "its log",
    },
    10: {"hello": "STARTTLS", "none": "demands a certificate; or", "sent": "a box between", "data": "repeated"},
    20: {"hello": "a fault of its own", "unasked": "could not open what we sealed", "data": "on the way"},
    21: {"unasked": "could not open what we sealed", "data": "on the way"},
    22: {"data": "smaller send_buffer"},
    40: {
        "hello": "none of these suites",
        "nameless": "wants a server name",
        "flight": "its log",
        "none": "demands a certificate",
        "sent": "not accept our certificate",
        "sent below another": "it does not know the issuer",
        "unasked": "a box between",
    },
    41: {"none": "demands a certificate"},
    42: {
        "none": "demands a certificate",
        "sent": "not registered or not active",
        "sent below another": "it does not know the issuer",
        "hello": "we sent no certificate",
    },
    43: {"none": "demands a certificate", "sent": "lacks clientAuth"},
    44: {"sent": "revoked"},
    45: {"sent": "our certificate, or one above it, has expired"},
    46: {"none": "demands a certificate", "sent": "not registered or not active", "sent below another": "it does not know the issuer"},
    47: {"hello": "record limits", "unasked": "a box between"},
    48: {"none": "demands a certificate", "sent": "lacks the CA", "sent below another": "lacks the CA that issued our certificate"},
    49: {"none": "demands a certificate", "sent": "a rule of the server's", "sent below another": "it does not know the issuer"},
    50: {"none": "demands a certificate; or", "hello": "could not read a message of ours", "sent": "could not read our certificate"},
    51: {"unasked": "could not verify our Finished", "sent": "could not verify our signature", "hello": "a fault of its own"},
    70: {"hello": "no TLS 1.2"},
    71: {"hello": "stronger suites or groups"},
    80: {"none": "demands a certificate; or", "hello": "a fault of its own", "sent": "or our certificate"},
    90: {"flight": "stopped it"},
    109: {"hello": "an extension that was not offered", "nameless": "a server name"},
    110: {"hello": "an extension of our ClientHello"},
    112: {"hello": "does not serve this name", "nameless": "an address has none"},
    115: {"unasked": "our identity"},
    116: {"none": "demands a certificate"},
    120: {"hello": "ALPN"},
    255: {"hello": "a fault of its own"},
}


def module(name: str) -> ModuleType:
    """A module of texts, as a program on the host reads it."""
    spec = importlib.util.spec_from_file_location(name, TEXTS / f"{name}.py")
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_every_alert_of_the_registry_is_named() -> None:
    assert module("alerts").NAMES == REGISTRY


@pytest.mark.parametrize("alert", [None, *REGISTRY, 255])
def test_each_alert_states_what_we_did_and_what_is_likely_at_each_stage(alert: int | None) -> None:
    explain = module("refusals").explain
    for situation, (told, fact) in SITUATIONS.items():
        said = explain(alert, *told)
        wanted = LIKELY.get(alert, {}).get(situation, "")
        done, likely, causes = said.partition("likely ")
        assert likely and causes, said
        assert wanted in causes, f"{situation}: {said}"
        assert done == (fact and f"{fact}; "), f"{situation}: {said}"
        assert not re.search(r"[{}]|None|\.$", said), said


@pytest.mark.parametrize("alert", [None, *REGISTRY, 255])
def test_with_an_earlier_session_each_alert_states_nothing_that_was_not_done(alert: int | None) -> None:
    explain = module("refusals").explain
    for situation, (told, session, facts) in SESSIONS.items():
        said = explain(alert, *told, **session)
        done, likely, causes = said.partition("likely ")
        assert likely and causes, said
        assert done in [fact and f"{fact}; " for fact in (facts if isinstance(facts, tuple) else (facts,))], f"{situation}: {said}"
        if "nothing was sent since" in done:
            assert "that session" in causes and "certificate" not in causes and "sealed" not in causes and "Finished" not in causes, said
        if situation == "offered":
            assert ("the session that was offered" in causes) == (alert in (None, 10, 20, 40, 47, 50, 51, 80)), said
        assert not re.search(r"[{}]|None|\.$", said), said


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def refused(outcome: Outcome, alert: int | None, *words: str, stage: str | None = None) -> None:
    """The alert is named, and its sentence has these words, after one another."""
    assert outcome.name == ("CLOSED_IN_HANDSHAKE" if alert is None else "ALERT_RECEIVED"), outcome
    assert outcome.alert == alert
    said = outcome.message or ""
    at = 0
    for word in ("closed the connection" if alert is None else f"alert {alert} ", REGISTRY.get(alert, "") if alert else "", *words):
        assert word in said[at:], f"{word!r} in {said!r}"
        at = said.index(word, at) + len(word)
    if stage:
        assert outcome.stage == stage and f"(in {stage})" in said


def refused_its_own_way(outcome: Outcome, situation: str, fact: str, stage: str) -> None:
    """A real server's refusal: with whatever alert its release sends, what was done is stated, and what that alert is likely to mean."""
    assert outcome.refused, outcome
    refused(outcome, outcome.alert, fact + "; likely ", LIKELY.get(outcome.alert, {}).get(situation, ""), stage=stage)


ASKED = {"client_ca": ROOT}
NAMED = OFFER + "server name localhost; likely "
NONE_LOADED = "it asked for a certificate and none was sent: none is loaded (context.load_cert_chain)"
NOT_LOADED = NONE_LOADED + "; likely it demands a certificate"
WAS_SENT = "our certificate was sent"
SENT = WAS_SENT + "; likely "
SENT_BELOW_ANOTHER = "our certificate was sent, though none of the authorities that the server names is its issuer"
TOOK_UP = "it took up our earlier session, and nothing was sent since; likely it can't go on with that session, which is given up"
SENT_THEN = "our certificate was sent when the session began; likely "
UNASKED = "it asked for no certificate, and none was sent; likely "

# (alert, message before which it comes, where the client is then, has it a certificate, what the script is more, words)
HANDSHAKES: list[tuple[int, str, str, bool, dict, tuple[str, ...]]] = [
    *((alert, "server_hello", "server_hello", False, {}, (NAMED,)) for alert in sorted({*REGISTRY, 255} - {0})),
    *((alert, "certificate", "certificate", False, {}, ("; likely a fault of its own",)) for alert in (40, 80)),
    *((alert, "server_key_exchange", "server_key_exchange", False, {}, ("; likely ",)) for alert in (40, 80, 90)),
    *((alert, "change_cipher_spec", "change_cipher_spec", False, ASKED, (NOT_LOADED,)) for alert in (40, 41, 42, 43, 46, 48, 49, 116)),
    *((alert, "change_cipher_spec", "change_cipher_spec", True, ASKED, (SENT,)) for alert in (40, 42, 43, 44, 45, 46, 48, 49, 51, 80)),
    *((alert, "change_cipher_spec", "change_cipher_spec", False, {}, (UNASKED,)) for alert in (10, 20, 40, 47, 50, 51, 80)),
    *((alert, "finished", "finished", False, {}, (UNASKED,)) for alert in (51, 80)),
]


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    ("alert", "before", "stage", "identity", "more", "words"),
    [
        pytest.param(*row, id=f"{row[0]}-{row[1]}-{'with' if row[3] else 'without'}-{'asked' if row[4] else 'unasked'}")
        for row in HANDSHAKES
    ],
)
def test_a_server_refuses_with(
    alert: int, before: str, stage: str, identity: bool, more: dict, words: tuple[str, ...], client: Client
) -> None:
    outcome, session = client.meet(Script(SERVER, before={before: [Alert(2, alert)]}, **more), ROOT, DEVICE if identity else None)
    refused(outcome, alert, *words, stage=stage)
    assert session.alert is None


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    ("alert", "identity", "asked", "words"),
    [
        (20, False, False, "likely a record was changed, lost or repeated on the way"),
        (46, True, True, SENT + "our certificate is not registered or not active there"),
        (116, False, True, NOT_LOADED),
        (42, False, False, "likely a fault of its own: we sent no certificate"),
        (80, True, True, "likely a fault of its own"),
    ],
)
def test_a_server_refuses_among_its_data_with(alert: int, identity: bool, asked: bool, words: str, client: Client) -> None:
    script = Script(SERVER, data=[Alert(2, alert)], client_ca=ROOT if asked else None)
    outcome, _ = client.meet(script, ROOT, DEVICE if identity else None, read=1)
    refused(outcome, alert, words, stage="data")


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize("identity", [True, False])
@pytest.mark.parametrize(
    ("alert", "before", "words", "certified"),
    [
        (40, "server_hello", "an earlier session; likely it does not bear the session that was offered", None),
        (47, "server_hello", "an earlier session; likely it does not bear the session that was offered", None),
        (None, "server_hello", "an earlier session; likely it does not bear the session that was offered", None),
        (20, "change_cipher_spec", TOOK_UP, None),
        (51, "finished", TOOK_UP, None),
        (40, "change_cipher_spec", TOOK_UP, None),
        (None, "change_cipher_spec", TOOK_UP, None),
        (45, "change_cipher_spec", TOOK_UP, SENT_THEN + "our certificate, or one above it, has expired"),
        (44, "data", "likely ", SENT_THEN + "our certificate, or one above it, was revoked"),
        (116, "data", "when the session began and none was sent; likely", SENT_THEN),
    ],
)
def test_a_server_that_is_to_resume_refuses_with(
    alert: int | None, before: str, words: str, certified: str | None, identity: bool, client: Client
) -> None:
    sessions = Sessions()
    device = DEVICE if identity else None
    first, _ = client.meet(Script(SERVER, sessions=sessions, client_ca=ROOT), ROOT, device, settings={"sessions": True})
    assert first.established
    end: Items = [Fin()] if alert is None else [Alert(2, alert)]
    where: dict = {"data": end} if before == "data" else {"before": {before: end}}
    outcome, session = client.meet(
        Script(SERVER, sessions=sessions, client_ca=ROOT, **where), ROOT, device, settings={"sessions": True}, read=1
    )
    assert session.resumed or before == "server_hello"
    refused(outcome, alert, certified if identity and certified else words)


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    ("settings", "root", "words"),
    [
        ({}, True, "our certificate was sent, though none of the authorities that the server names is its issuer; likely it lacks the CA"),
        ({}, False, "none was sent: the server is UNVERIFIED, and context.identify_to_unverified is not set; likely it demands"),
        ({"identify_to_unverified": True}, False, "our certificate was sent, though none of the authorities"),
    ],
)
def test_a_refused_certificate_is_told_by_what_the_server_named(settings: dict, root: bool, words: str, client: Client) -> None:
    stranger = pki.root("other-root").certificate.subject.public_bytes()
    request = codec.certificate_request((64,), (0x0403,), [stranger])
    script = Script(SERVER, client_ca=CA, mutate={"certificate_request": lambda _: request}, before={"change_cipher_spec": [Alert(2, 48)]})
    outcome, _ = client.meet(script, ROOT if root else None, replace(DEVICE, issuer=None), settings=settings)
    refused(outcome, 48, words)


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    ("before", "identity", "asked", "words"),
    [
        ("server_hello", False, False, NAMED + "the port speaks no TLS"),
        ("certificate", False, False, "likely a fault of its own"),
        ("change_cipher_spec", False, True, NOT_LOADED),
        ("change_cipher_spec", True, True, SENT + "it does not accept our certificate"),
        ("change_cipher_spec", False, False, UNASKED),
    ],
)
@pytest.mark.parametrize(
    "end", [[Fin()], [Alert(1, 0)], [Alert(2, 0)]], ids=["without a word", "by close_notify", "by a fatal close_notify"]
)
def test_a_server_that_closes_in_the_handshake_is_told_as_one_that_refuses(
    before: str, identity: bool, asked: bool, words: str, end: Items, client: Client
) -> None:
    script = Script(SERVER, before={before: end}, client_ca=ROOT if asked else None)
    outcome, _ = client.meet(script, ROOT, DEVICE if identity else None)
    refused(outcome, None, words)


def test_an_address_is_told_to_be_no_server_name(client: Client) -> None:
    script = Script(SERVER, before={"server_hello": [Alert(2, 112)]})
    refused(client.meet(script, ROOT, name="127.0.0.1")[0], 112, OFFER + "no server name; likely it wants a server name")


def test_the_trace_names_alerts(client: Client) -> None:
    code = """
import latchkey
timeline = latchkey.Timeline()
timeline("<", "alert", 2, "warning 112")
timeline("<", "alert", 2, "fatal 255")
print(str(timeline).split("\\n")[1].split()[-1], str(timeline).split("\\n")[2].split()[-1])
"""
    assert client.target.exec(code).split() == ["unrecognized_name", "255"]


def test_without_the_memory_for_causes_the_alert_is_still_named(client: Client) -> None:
    code = """
from latchkey.errors import text
def short(name):
    raise MemoryError
print(text("alerts").explain(40, type("", (), {"certificate_note": 0}), None, short))
"""
    assert client.target.exec(code).splitlines() == [": handshake_failure"]


# Real servers


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    "server",
    [
        {"cipher": "ECDHE-ECDSA-AES256-CCM"},
        {"groups": "P-521"},
        {"version": "-tls1_3"},
        {"options": ["-servername", "other.example", "-servername_fatal"]},
    ],
    ids=["no common suite", "no common group", "TLS 1.3 alone", "another name"],
)
def test_openssl_refuses_the_hello_for(server: dict, client: Client, tmp_path: Path) -> None:
    if "options" in server:  # a name wants a certificate of its own
        files = SERVER.write(tmp_path)
        server = {"options": [*server["options"], "-cert2", str(files.chain), "-key2", str(files.key)]}
    with OpenSSL(SERVER, **server) as peer:
        refused_its_own_way(client.connect(peer.port, ROOT), "hello", OFFER + "server name localhost", "server_hello")


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize("priority", ["NORMAL:-CIPHER-ALL:+AES-256-CCM", "NORMAL:-GROUP-ALL:+GROUP-X448"])
def test_gnutls_refuses_the_hello_for(priority: str, client: Client) -> None:
    with GnuTLS(SERVER, ROOT, priority=priority) as peer:
        refused_its_own_way(client.connect(peer.port, ROOT), "hello", OFFER + "server name localhost", "server_hello")


# What a server that asks for a certificate gets -> the situation, what was done. Each is refused: RFC 5280 sections 4.2.1.12 and 6.1.3.
DEVICES: dict[str, tuple[pki.Credential | None, str, str]] = {
    "none": (None, "none", NONE_LOADED),
    "another root's": (pki.root("other-root").leaf("device", usage="client"), "sent below another", SENT_BELOW_ANOTHER),
    "one without its intermediate": (replace(DEVICE, issuer=None), "sent below another", SENT_BELOW_ANOTHER),
    "an expired one": (CA.leaf("expired-device", usage="client", valid=pki.EXPIRED), "sent", WAS_SENT),
    "a server's": (CA.leaf("a-server", dns=["device"]), "sent", WAS_SENT),
}


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize(
    ("kind", "which"),
    [(kind, which) for kind in (OpenSSL, GnuTLS) for which in DEVICES if (kind, which) != (GnuTLS, "a server's")],  # which takes that
)
def test_a_real_server_refuses_the_certificate(kind: type[OpenSSL | GnuTLS], which: str, client: Client) -> None:
    device, situation, fact = DEVICES[which]
    with kind(SERVER, ROOT) as peer:
        refused_its_own_way(client.connect(peer.port, ROOT, device), situation, fact, "change_cipher_spec")
