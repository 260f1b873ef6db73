"""What a caller gives an SSLContext: names of attributes, their values, files. What is none is refused with a sentence, before anything
is sent."""

import ast
import re
from pathlib import Path

import pytest

from host_tests.targets import Target
from host_tests.x509 import maker as make
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware" / "latchkey"

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
    except (AttributeError, OSError, TypeError, ValueError) as e:
        print(type(e).__name__, e)
"""


def before(target: Target, code: str) -> list[str]:
    """What is printed by `code`, in which nothing may be sent."""
    return target.exec(BEFORE + code).splitlines()


# Names


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("pin", "pins"),
        ("pinned", "pins"),
        ("Pins", "pins"),
        ("verfy_mode", "verify_mode"),
        ("hostname", "check_hostname"),
        ("check_host_name", "check_hostname"),
        ("handshake_timout", "handshake_timeout"),
        ("keep_peer_certs", "keep_peer_cert"),
        ("rng", "random"),
        ("require_extended_master", "require_extended_master_secret"),
        ("cert_reqs", "verify_mode"),
        ("cafile", "load_verify_locations()"),
        ("load_verify_location", "load_verify_locations()"),
        ("certfile", "load_cert_chain()"),
        ("server_hostname", "wrap_socket()"),
    ],
)
def test_an_attribute_that_does_not_exist_is_refused_and_the_nearest_named(target: Target, name: str, nearest: str) -> None:
    told = before(target, f"attempt(setattr, context, {name!r}, True)\nprint(hasattr(context, {name!r}))")
    assert told == [f"AttributeError SSLContext has no attribute '{name}': the nearest is '{nearest}'", "False"]


def test_where_the_firmware_takes_any_attribute_wrap_socket_refuses_it(target: Target) -> None:
    """Small ones are built without `__setattr__`."""
    code = "object.__setattr__(context, 'pin', [bytes(32)])\nattempt(context.wrap_socket, Silent(), server_hostname='host')"
    assert before(target, code) == ["ValueError SSLContext has no attribute 'pin': the nearest is 'pins'"]


@pytest.mark.parametrize("name", ["load_verify_locations", "load_cert_chain", "wrap_socket"])
def test_a_method_is_not_set(target: Target, name: str) -> None:
    assert before(target, f"attempt(setattr, context, {name!r}, 'root.pem')") == [f"AttributeError SSLContext.{name} is a method: call it"]


def test_every_documented_attribute_can_be_set(target: Target) -> None:
    """And is listed with what it may be."""
    tree = ast.parse((FIRMWARE / "context.py").read_text())
    documented = next(ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef))
    assert documented
    lines = [line for line in documented[documented.index("Attributes") :].splitlines()[1:] if line.startswith("`")]
    names = [name for line in lines for name in re.findall(r"`(\w+)`", line.partition(":")[0])]
    code = f"""
from latchkey.errors_text.arguments import TEXT
for name in {names!r}:
    value = getattr(context, name)
    setattr(context, name, value)
print(sorted(set({names!r}) - set(TEXT)), sorted(set(TEXT) - set({names!r})))
"""
    assert before(target, code) == ["[] ['identity']"]


# Values

WRONG = {
    "check_hostname": ["None", "'no'", "2"],
    "verify_mode": ["7", "-1", "True", "None", "'2'"],
    "timeout": ["'1'", "-1", "True", "float('nan')"],
    "suppress_ragged_eofs": ["'no'"],
    "handshake_timeout": ["'30'", "0", "-1", "True", "b'30'"],
    "progress": ["5", "'print'"],
    "trace": ["True"],
    "now": ["None", "1900000000"],
    "floor": ["'2026-11-22'", "True", "-1"],
    "pins": ["None", "5", "'ab' * 32", "bytes(32)", "iter([bytes(32)])"],
    "random": ["5", "b'seed'", "latchkey"],
    "key_agreement": ["23"],
    "verifier": ["'chip'"],
    "identity": ["'device.pem'"],
    "require_extended_master_secret": ["'no'", "None"],
    "require_secure_renegotiation": ["2"],
    "identify_to_unverified": ["'yes'", "2"],
    "keep_peer_cert": ["'yes'"],
    "ocsp": ["'no'", "None", "2"],
    "profile": ["'web'", "2", "None", "True"],
    "most_rsa_bits": ["'4096'", "1024", "16384", "None"],
    "most_name_octets": ["'3072'", "0", "None"],
    "judge_anchor_dates": ["'no'", "None"],
    "frugal": ["'no'", "-1"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_is_none_is_refused_by_wrap_socket_and_what_it_may_be_said(target: Target, name: str) -> None:
    code = f"context.load_verify_locations(cadata={make.ROOT.der!r})\n"
    for value in WRONG[name]:
        code += f"context.{name} = {value}\nattempt(context.wrap_socket, Silent(), server_hostname='host')\n"
    told = before(target, code)
    assert len(told) == len(WRONG[name])
    for line in told:
        assert line.startswith(f"ValueError context.{name} is ") and ", and has to be " in line, line


@pytest.mark.parametrize("pin", ["'ab' * 16", "'ab' * 32", "bytes(31)", "32"])
def test_each_pin_is_the_digest_itself(target: Target, pin: str) -> None:
    code = f"context.pins = [bytes(32), {pin}]\nattempt(context.wrap_socket, Silent(), server_hostname='host')"
    assert before(target, code) == ["ValueError a pin is the 32 bytes of a SHA-256, not text"]


def test_a_name_is_text(target: Target) -> None:
    code = "context.pins = [bytes(32)]\nattempt(context.wrap_socket, Silent(), server_hostname=('host', 443))"
    assert before(target, code) == ["ValueError server_hostname is tuple, and has to be text"]


OTHERS = """
from latchkey import stores
store = stores.SessionStore(stores.Memory(bytearray(4096)), bytes(32))
"""


@pytest.mark.parametrize(
    ("made", "name", "says"),
    [
        ("store", "clockles", "SessionStore has no attribute 'clockles': the nearest is 'clockless'"),
        ("store", "key_file", "SessionStore has no attribute 'key_file': the nearest is "),
        ("store", "delete", "SessionStore.delete is a method: call it"),
    ],
)
def test_neither_does_a_session_store_take_an_attribute_that_it_does_not_have(target: Target, made: str, name: str, says: str) -> None:
    (told,) = before(target, OTHERS + f"attempt(setattr, {made}, {name!r}, True)")
    assert told.startswith("AttributeError " + says)


# Arguments of calls

DEFERRED = """
context.pins = [bytes(32)]
def wrapped(sock=None, server_hostname="host", **options):
    options.setdefault("do_handshake_on_connect", False)
    return context.wrap_socket(sock if sock is not None else Silent(), server_hostname=server_hostname, **options)
tls = wrapped()
"""


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("wrapped, suppress_ragged_eofs='x'", "ValueError suppress_ragged_eofs is 'x', and has to be True, False"),
        ("wrapped, suppress_ragged_eofs=2", "ValueError suppress_ragged_eofs is 2, and has to be"),
        ("wrapped, do_handshake_on_connect='no'", "ValueError do_handshake_on_connect is 'no', and has to be True or False"),
        ("wrapped, do_handshake_on_connect=None", "ValueError do_handshake_on_connect is None, and has to be"),
        ("wrapped, session='x'", "ValueError session is 'x', and has to be what tls.session gave"),
        ("wrapped, server_hostname=5", "ValueError server_hostname is 5, and has to be text"),
        ("wrapped, server_hostname=b'\\xff'", "ValueError server_hostname is bytes, and has to be text"),
        ("wrapped, sock=5", "TypeError sock is 5, and has to be a stream with readinto and write"),
        ("wrapped, sock='example.org'", "TypeError sock is 'example.org', and has to be a stream"),
        ("tls.settimeout, '5'", "ValueError seconds is '5', and has to be a number from 0"),
        ("tls.settimeout, [5]", "ValueError seconds is list, and has to be a number from 0"),
        ("tls.settimeout, float('nan')", "ValueError seconds is nan, and has to be a number from 0"),
        ("tls.getpeercert, 'x'", "ValueError binary_form is 'x', and has to be True"),
        ("tls.getpeercert", "ValueError binary_form is False, and has to be True"),
        ("tls.get_channel_binding, 'tls-exporter'", "ValueError cb_type is 'tls-exporter', and has to be 'tls-unique' or"),
        ("tls.export_keying_material, 'label', '32'", "ValueError a label of your own"),
        ("tls.export_keying_material, 'label', 32, 'context'", "ValueError a label of your own"),
        ("latchkey.SSLContext, 0, receive_buffer='4096'", "ValueError receive_buffer is 512 to 16384 bytes"),
        ("latchkey.SSLContext, 0, send_buffer=2048.5", "ValueError receive_buffer is 512 to 16384 bytes, send_buffer"),
        ("latchkey.SSLContext, 0, connections=1.5", "ValueError receive_buffer is 512 to 16384 bytes"),
        ("stores.SessionStore, 'session', bytes(32)", "TypeError place is 'session', and has to be memory or files"),
        ("stores.SessionStore, store.place, bytes(32), 'no'", "ValueError clockless is 'no', and has to be True or False"),
        ("stores.Memory, bytes(4096)", "TypeError buf is bytes, and has to be a bytearray"),
        ("stores.Files, 5", "TypeError path is 5, and has to be text"),
        ("stores.Files, 'session', '4096'", "TypeError size is '4096', and has to be a number of bytes"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused_and_what_it_may_be_said(target: Target, call: str, says: str) -> None:
    told = before(target, OTHERS + DEFERRED + f"attempt({call})")
    assert told[-1].startswith(says), told


@pytest.mark.targets("unix")  # which has sockets, and room for another context, of whole records
@pytest.mark.parametrize(
    ("call", "says"),
    [
        (f"latchkey.connect, 'host', cadata={make.ROOT.der!r}, keyfile='device.key'", "ValueError certfile is the path"),
        ("latchkey.wrap_socket, Silent(), key='device.key'", "ValueError certfile is the path"),
        ("latchkey.wrap_socket, Silent(), do_handshake='no'", "ValueError do_handshake_on_connect is 'no'"),
    ],
    ids=["connect, key alone", "wrap_socket, key alone", "wrap_socket, handshake"],
)
def test_what_makes_its_own_context_refuses_the_same(target: Target, call: str, says: str) -> None:
    told = before(target, f"attempt({call})")
    assert told[-1].startswith(says), told


@pytest.mark.parametrize(
    "call",
    [
        "readline, 'x'",
        "readline, 1.5",
        "read, '5'",
        "read, 1.5",
        "recv, None",
        "recv, '5'",
        "readinto, bytearray(4), '4'",
        "readinto, b'abcd'",
        "readinto, 'abcd'",
        "readinto, memoryview(b'abcd')",
        "readinto, memoryview(array('I', [0, 0]))",
        "recv_into, b'abcd'",
        "write, 5",
        "write, None",
        "write, ['a']",
        "write, b'abcd', '2'",
        "write, array('I', [0, 0])",
        "write, memoryview(array('I', [0, 0]))",
        "sendall, 5",
    ],
)
def test_a_wrong_argument_harms_no_connection(target: Target, call: str) -> None:
    """It is refused before anything is read, sealed or sent, and the connection goes on."""
    name = call.partition(",")[0]
    code = f"from array import array\nattempt(tls.{name}{call[len(name) :]})\nprint(tls.dead, tls._c.stage)"
    told, state = before(target, OTHERS + DEFERRED + code)
    assert told.startswith(("TypeError a", "TypeError bytes", "ValueError negative")), told
    assert state == "False client_hello", state


@pytest.mark.parametrize(("name", "value"), [("pins", "[bytes(32)]"), ("ocsp", "True")])
def test_what_cert_none_would_ignore_is_refused(target: Target, name: str, value: str) -> None:
    code = f"context.verify_mode = latchkey.CERT_NONE\ncontext.{name} = {value}\nattempt(context.wrap_socket, Silent())"
    (told,) = before(target, code)
    assert told.startswith("ValueError with CERT_NONE ") and "leave CERT_REQUIRED" in told


# check_hostname


def test_check_hostname_follows_and_sets_verify_mode(target: Target) -> None:
    code = """
def show():
    print(context.check_hostname, context.verify_mode)
show()
context.verify_mode = latchkey.CERT_NONE
show()
context.verify_mode = latchkey.CERT_REQUIRED
show()
context.check_hostname = False
show()
context.verify_mode = latchkey.CERT_NONE
context.verify_mode = latchkey.CERT_REQUIRED
show()
context.verify_mode = latchkey.CERT_NONE
context.check_hostname = True
show()
"""
    told = before(target, code)
    assert told == ["True 2", "False 0", "True 2", "False 2", "False 2", "True 2"]


CONNECT = """
import socket, sys, latchkey
def connect(name, **attributes):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(sys.argv[2])
    context.trace = latchkey.Timeline()
    for attribute, value in attributes.items():
        setattr(context, attribute, value)
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
    try:
        tls = context.wrap_socket(sock, server_hostname=name)
    except latchkey.TLSError as e:
        sock.close()
        print(latchkey.errors.describe(e.cause)[0])
        return
    report = tls.report()
    shown = ["NAME UNVERIFIED" in text for text in (repr(tls), str(context.trace), report["peer"])]
    print(report["peer_kind"], report["verified_name"], report["time_verified"], shown)
    tls.close()
"""


def connect(credential: pki.Credential, tmp_path: Path, code: str) -> list[str]:
    files = pki.root().write(tmp_path)
    with OpenSSL(credential, options=["-rev"]) as peer:
        done = micropython_process(CONNECT + code, [peer.port, files.chain])
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_check_hostname_the_chain_is_verified_for_no_name_and_all_reports_say_so(tmp_path: Path) -> None:
    code = """
connect("localhost")
connect("other.example")
connect(None)
for name in ("localhost", "other.example", None):
    connect(name, check_hostname=False)
connect("localhost", check_hostname=False, now=lambda: 4000000000)
connect("host:443", check_hostname=False)
connect("localhost", verify_mode=latchkey.CERT_OPTIONAL)
"""
    unnamed = "CHAIN None True [True, True, True]"
    named = "CHAIN localhost True [False, False, False]"
    told = connect(pki.demo()[1], tmp_path, code)
    assert told == [named, "HOST_MISMATCH", "NO_SERVER_HOSTNAME", *[unnamed] * 3, "EXPIRED", "HOST_SYNTAX", named]


def test_without_check_hostname_a_certificate_needs_no_names_but_still_its_issuer(tmp_path: Path) -> None:
    nameless = pki.root().leaf("nameless", dns=[])
    assert connect(nameless, tmp_path, "connect('localhost')\nconnect('localhost', check_hostname=False)") == [
        "NO_NAMES",
        "CHAIN None True [True, True, True]",
    ]
    stranger = pki.root("other-root").leaf("server", dns=["localhost"])
    assert connect(stranger, tmp_path, "connect('localhost', check_hostname=False)") == ["UNKNOWN_ISSUER"]


# Files


def test_what_is_no_path_is_told_where_it_belongs(target: Target) -> None:
    code = """
for given in ("no\\npath", 5, [b"x"]):
    attempt(context.load_verify_locations, given)
for given in ("root.pem", 5, [b"x"]):
    attempt(context.load_verify_locations, cadata=given)
for given in (("no\\npath",), (5,), (None,)):
    attempt(context.load_cert_chain, *given)
attempt(context.load_verify_locations, b"root.pem")
"""
    told = before(target, code)
    assert told[:3] == ["ValueError cafile is the path of a file, or certificates themselves, PEM or DER"] * 3
    assert told[3:6] == ["ValueError cadata is certificates, PEM or DER: give the path of a file as cafile="] * 3
    assert told[6:9] == ["ValueError certfile is the path of a file, PEM or DER in bytes, or PEM in text"] * 3
    assert len(told) == 10
    assert told[9].startswith("TLSError no trust anchor was found in what was given")


def test_certificates_and_keys_themselves_are_taken_as_ssl_and_tls_take_them(target: Target) -> None:
    """In the first place or by name, in bytes or, PEM, in text; a caller's text is left as it is."""
    device = pki.demo()[2]
    pem = make.ROOT.pem.decode()
    code = f"""
pem, chain, key = {pem!r}, {device.chain_pem.decode()!r}, {device.key_pem.decode()!r}
for given in (pem, pem.encode(), {make.ROOT.der!r}, memoryview({make.ROOT.der!r})):
    attempt(context.load_verify_locations, given)
    attempt(context.load_verify_locations, cadata=given)
print(len(context._trust.anchors))
attempt(context.load_cert_chain, chain, key)
attempt(context.load_cert_chain, chain + key)
attempt(context.load_cert_chain, chain.encode(), key)
print(context.identity.chain_length > 500, key[-26:-1])
"""
    assert before(target, code) == ["None"] * 8 + ["1"] + ["None"] * 3 + ["True -----END PRIVATE KEY-----"]


@pytest.mark.parametrize("name", ["verify_callback", "ecdsa_sign_callback"])
def test_a_callback_of_tls_that_would_not_be_called_is_refused(target: Target, name: str) -> None:
    """A caller's own judgement of each certificate would be left out in silence."""
    nearest = {"verify_callback": "pins", "ecdsa_sign_callback": "load_cert_chain()"}[name]
    told = before(target, f"attempt(setattr, context, {name!r}, lambda *certificate: -1)")
    assert told == [f"AttributeError SSLContext has no attribute '{name}': the nearest is '{nearest}'"]


def test_a_file_that_is_missing_is_named(target: Target) -> None:
    device = pki.demo()[2]
    target.put("device.pem", device.chain_pem)
    code = """
attempt(context.load_verify_locations, "/nowhere/root.pem")
attempt(context.load_verify_locations, cafile="missing.pem")
attempt(context.load_cert_chain, "missing.pem", "missing.key")
attempt(context.load_cert_chain, "device.pem", "missing.key")
attempt(context.wrap_socket, Silent(), server_hostname="host")
try:
    context.load_verify_locations("missing.pem")
except OSError as e:
    print(e.errno)
"""
    told = before(target, code)
    assert "cafile '/nowhere/root.pem' can't be read" in told[0]
    assert "cafile 'missing.pem' in /" in told[1]
    assert "certfile 'missing.pem' in /" in told[2]
    assert "keyfile 'missing.key' in /" in told[3]
    assert all("ENOENT" in line for line in told[:4])
    assert "no trust anchor is loaded" in told[4]
    assert told[5] == "2"
