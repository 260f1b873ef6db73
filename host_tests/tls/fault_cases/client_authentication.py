"""CertificateRequest and ServerHelloDone (RFC 5246 sections 7.4.4 to 7.4.6)."""

from host_tests.peers import codec
from host_tests.peers.scripted import Message, Record, Script
from tools.laboratory import pki

from .case import EC, ROOT, Case, always, appended, shortened

_SUBJECT = ROOT.certificate.subject.public_bytes()
_STRANGERS = [pki.name(f"stranger {i}").public_bytes() for i in range(400)]


def _asks(edit, **options) -> Script:
    return Script(EC, client_ca=ROOT, mutate={"certificate_request": edit}, **options)


def _for(types, schemes, authorities, **options) -> Script:
    return _asks(always(codec.certificate_request(types, schemes, authorities)), **options)


def _request(
    name: str, script: Script, cause: str | None = None, alert: int | None = None, stage: str = "certificate_request", **rest
) -> Case:
    return Case(name, script, cause, alert, stage if cause else None, **{"identity": True, **rest})


CASES = (
    # The client proves itself where its certificate fits, and sends an empty Certificate where it does not.
    _request("requests a certificate of our root", Script(EC, client_ca=ROOT)),
    _request("requests a certificate without naming authorities", _for([64], [0x0403], [])),
    _request("names our root among 400 authorities", _for([1, 64], [0x0401, 0x0403], [*_STRANGERS, _SUBJECT])),
    _request("names 400 authorities, none of which is ours", _for([64], [0x0403], _STRANGERS)),
    _request("requests an RSA certificate", _for([1], [0x0401, 0x0403], [_SUBJECT])),
    _request("requests a certificate of a type nobody knows", _for([2, 200], [0x0403], [_SUBJECT])),
    _request("requests a signature by a scheme that we lack", _for([64], [0x0401, 0x0804, 0x0807], [_SUBJECT])),
    _request("requests a certificate and knows no extended_master_secret", Script(EC, client_ca=ROOT, extended_master_secret=False)),
    _request("requests a certificate from a client that has none", Script(EC, client_ca=ROOT), identity=False),
    _request(
        "needs a certificate from a client that has none",
        Script(EC, client_ca=ROOT, need_client_certificate=True),
        "ALERT_RECEIVED",
        None,
        "change_cipher_spec",
        identity=False,
    ),
    # Form
    _request("sends an empty CertificateRequest", _asks(always(b"")), "DECODE_ERROR", 50),
    _request("requests no type of certificate", _for([], [0x0403], [_SUBJECT]), "DECODE_ERROR", 50, openssl=False),
    _request("requests no signature scheme", _for([64], [], [_SUBJECT]), "DECODE_ERROR", 50),
    _request("requests one scheme and a half", _asks(always(b"\1\x40\0\3\4\3\4\0\0")), "DECODE_ERROR", 50),
    _request("names an authority without a name", _for([64], [0x0403], [b""]), "DECODE_ERROR", 50),
    _request("names an authority that is longer than the list", _asks(always(b"\1\x40\0\2\4\3\0\4\0\5abc")), "DECODE_ERROR", 50),
    _request("sends a byte behind CertificateRequest", _asks(appended(b"\0")), "DECODE_ERROR", 50),
    _request("sends a CertificateRequest that ends early", _asks(shortened()), "DECODE_ERROR", 50),
    _request("sends a CertificateRequest of 70,000 bytes", _asks(appended(bytes(70_000))), "MESSAGE_TOO_LONG", 50),
    _request(
        "sends CertificateRequest twice",
        Script(EC, client_ca=ROOT, first_flight=("server_hello", "certificate", "server_key_exchange", *["certificate_request"] * 2)),
        "UNEXPECTED_MESSAGE",
        10,
        "server_hello_done",
    ),
    # ServerHelloDone
    _request(
        "sends a ServerHelloDone with a body",
        Script(EC, mutate={"server_hello_done": always(b"\0")}),
        "DECODE_ERROR",
        50,
        "server_hello_done",
    ),
    _request(
        "sends a ServerHelloDone with a body of 100,000 bytes",
        Script(EC, mutate={"server_hello_done": always(bytes(100_000))}),
        "DECODE_ERROR",
        50,
        "server_hello_done",
    ),
    _request(
        "sends Finished for ServerHelloDone",
        Script(
            EC,
            first_flight=("server_hello", "certificate", "server_key_exchange"),
            after={"server_key_exchange": [Message("finished", bytes(12))]},
        ),
        "UNEXPECTED_MESSAGE",
        10,
        "server_hello_done",
    ),
    _request(
        "sends a message of an unknown type",
        Script(EC, before={"server_hello_done": [Record(codec.HANDSHAKE, codec.message(99, b"?"))]}),
        "UNEXPECTED_MESSAGE",
        10,
        "server_hello_done",
    ),
    _request(
        "sends a ticket that was not asked for",
        Script(EC, before={"change_cipher_spec": [Message("new_session_ticket", bytes(6))]}),
        "UNEXPECTED_MESSAGE",
        10,
        "change_cipher_spec",
    ),
)
