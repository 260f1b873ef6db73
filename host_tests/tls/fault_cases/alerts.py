"""Alerts, HelloRequests, and how a stream ends (PROTOCOL rule 10)."""

from host_tests.peers import codec
from host_tests.peers.codec import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE
from host_tests.peers.scripted import Alert, Data, Fin, Message, Raw, Record, Reset, Script

from .case import EC, Case

PATTERN = bytes(range(256))
_HELLO_REQUEST = Message("hello_request", hashed=False)


def _alert(name: str, message: str, stage: str, *alerts, cause: str = "ALERT_RECEIVED", sends: int | None = None, **rest) -> Case:
    """Alerts before `message`."""
    return Case(name, Script(EC, before={message: list(alerts)}), cause, sends, stage, **rest)


def _tolerated(name: str, *items) -> Case:
    return Case(name, Script(EC, before={"certificate": list(items), "finished": list(items)}), openssl=False)


def _data(name: str, *items, cause: str | None = None, sends: int | None = None, read: int | str = 100, **rest) -> Case:
    return Case(name, Script(EC, data=list(items)), cause, sends, "data" if cause else None, options={"read": read}, **rest)


def _ends(name: str, message: str, stage: str, end=None, **rest) -> Case:
    cause = "ECONNRESET" if isinstance(end, Reset) else "CLOSED_IN_HANDSHAKE"
    return Case(name, Script(EC, before={message: [end or Fin()]}), cause, None, stage, needs_end=True, **rest)


CASES = (
    # A fatal alert is never answered.
    _alert("refuses the ClientHello with handshake_failure", "server_hello", "server_hello", Alert(2, 40)),
    _alert("refuses the name with a fatal unrecognized_name", "server_hello", "server_hello", Alert(2, 112)),
    _alert("sends a fatal alert in the middle of its flight", "server_key_exchange", "server_key_exchange", Alert(2, 80)),
    _alert("sends a fatal alert for ChangeCipherSpec", "change_cipher_spec", "change_cipher_spec", Alert(2, 46)),
    _alert("sends a fatal alert for Finished, protected", "finished", "finished", Alert(2, 51)),
    _alert("sends a fatal alert nobody knows", "server_hello", "server_hello", Alert(2, 255)),
    _alert("sends a fatal close_notify", "certificate", "certificate", Alert(2, 0), cause="CLOSED_IN_HANDSHAKE"),
    _alert("sends close_notify in the handshake", "certificate", "certificate", Alert(1, 0), cause="CLOSED_IN_HANDSHAKE"),
    _alert("sends close_notify for Finished", "finished", "finished", Alert(1, 0), cause="CLOSED_IN_HANDSHAKE"),
    _alert("sends an alert of level 3", "certificate", "certificate", Alert(3, 40), cause="BAD_ALERT_LEVEL", sends=47),
    _alert("sends an alert of level 0", "finished", "finished", Alert(0, 0), cause="BAD_ALERT_LEVEL", sends=47),
    Case(
        "cuts a fatal alert in two records",
        Script(EC, before={"certificate": [Record(ALERT, b"\2"), Record(ALERT, b"\x28")]}),
        "ALERT_RECEIVED",
        None,
        "certificate",
    ),
    _alert("sends a warning and a fatal alert in one record", "certificate", "certificate", Record(ALERT, b"\1\x5a\2\x28")),
    # Warnings
    _tolerated("warns of an unrecognized name", Alert(1, 112)),
    _tolerated("warns user_canceled", Alert(1, 90)),
    _tolerated("warns no_certificate", Alert(1, 41)),
    _tolerated("warns no_renegotiation in the handshake", Alert(1, 100)),
    _tolerated("warns of what is always fatal", Alert(1, 40)),
    _tolerated("warns of what nobody knows", Alert(1, 255)),
    _tolerated("warns four times in a row", *[Alert(1, 112)] * 4),
    _alert("warns five times in a row", "certificate", "certificate", *[Alert(1, 112)] * 5, cause="TOO_MANY_WARNINGS", sends=10),
    _alert("warns 1,000 times for Finished", "finished", "finished", *[Alert(1, 90)] * 1000, cause="TOO_MANY_WARNINGS", sends=10),
    _alert(
        "warns five times in one record", "certificate", "certificate", Record(ALERT, b"\1\x5a" * 5), cause="TOO_MANY_WARNINGS", sends=10
    ),
    _data("warns four times among its data", *[Alert(1, 90)] * 4, Data(PATTERN[:50]), *[Alert(1, 90)] * 4, Data(PATTERN[50:100])),
    _data("warns of what is always fatal among its data", Data(PATTERN[:50]), Alert(1, 20), Data(PATTERN[50:100])),
    _data("warns five times of it", *[Alert(1, 20)] * 5, cause="TOO_MANY_WARNINGS", sends=10),
    _data("warns 1,000 times after the handshake", *[Alert(1, 90)] * 1000, cause="TOO_MANY_WARNINGS", sends=10),
    # HelloRequest
    Case(
        "asks for a handshake during the handshake",
        Script(EC, before={name: [_HELLO_REQUEST] for name in ("server_hello", "certificate", "server_hello_done")}),
    ),
    Case(
        "asks 17 times for a handshake during the handshake",
        Script(EC, before={"certificate": [_HELLO_REQUEST] * 17}),
        "TOO_MANY_HELLO_REQUESTS",
        10,
        "certificate",
        openssl=False,
    ),
    Case(
        "sends a HelloRequest with a body",
        Script(EC, before={"certificate": [Message("hello_request", b"\0", hashed=False)]}),
        "DECODE_ERROR",
        50,
        "certificate",
    ),
    _data(
        "asks 17 times for a new handshake",
        *[_HELLO_REQUEST] * 17,
        cause="TOO_MANY_HELLO_REQUESTS",
        sends=10,
        openssl=False,
    ),
    _data("begins a new handshake by itself", Message("server_hello", bytes(38)), cause="UNEXPECTED_MESSAGE", sends=10),
    _data("asks for a handshake with a body", Message("hello_request", b"\1", hashed=False), cause="UNEXPECTED_MESSAGE", sends=10),
    # Half an alert stands before something else
    Case(
        "sends half an alert before ChangeCipherSpec and the rest after it",
        Script(EC, before={"change_cipher_spec": [Record(ALERT, b"\1")], "finished": [Record(ALERT, b"\x5a")]}),
        "LEFTOVER_AT_KEY_CHANGE",
        10,
        "change_cipher_spec",
    ),
    _alert(
        "sends half an alert before ServerHelloDone",
        "server_hello_done",
        "server_hello_done",
        Record(ALERT, b"\2"),
        cause="UNEXPECTED_MESSAGE",
        sends=10,
        openssl=False,
    ),
    _data("sends half an alert before data", Record(ALERT, b"\1"), Data(PATTERN[:100]), cause="UNEXPECTED_MESSAGE", sends=10),
    _data("sends half an alert before a HelloRequest", Record(ALERT, b"\1"), _HELLO_REQUEST, cause="UNEXPECTED_MESSAGE", sends=10),
    # Of the four types only application data may be empty
    _data("sends an empty alert", Record(ALERT, b""), cause="UNEXPECTED_MESSAGE", sends=10),
    _data("sends an empty handshake record", Record(HANDSHAKE, b""), cause="UNEXPECTED_MESSAGE", sends=10),
    _data("sends an empty ChangeCipherSpec after the handshake", Record(CHANGE_CIPHER_SPEC, b""), cause="UNEXPECTED_MESSAGE", sends=10),
    # The end of the stream
    _ends("closes before ServerHello", "server_hello", "server_hello"),
    _ends("closes before Certificate", "certificate", "certificate"),
    _ends("closes before ServerHelloDone", "server_hello_done", "server_hello_done"),
    _ends("closes before ChangeCipherSpec", "change_cipher_spec", "change_cipher_spec"),
    _ends("closes before Finished", "finished", "finished"),
    _ends("resets before ServerHello", "server_hello", "server_hello", Reset()),
    _ends("resets before Finished", "change_cipher_spec", "change_cipher_spec", Reset()),
    _data("closes without close_notify", Data(PATTERN[:50]), Fin(), cause="TRUNCATED", needs_end=True),
    _data("closes within the header of a record", Data(PATTERN[:50]), Raw(b"\x17\3\3"), Fin(), cause="TRUNCATED", needs_end=True),
    _data(
        "closes within a record",
        Data(PATTERN[:50]),
        Raw(codec.record(APPLICATION_DATA, bytes(40))[:30]),
        Fin(),
        cause="TRUNCATED",
        needs_end=True,
    ),
    _data("says close_notify", Data(PATTERN[:100]), Alert(1, 0), read="end"),
    _data("says close_notify and goes on", Data(PATTERN[:100]), Alert(1, 0), Data(b"more"), read="end"),
    _data("ends with a fatal alert", Data(PATTERN[:50]), Alert(2, 20), cause="ALERT_RECEIVED"),
)
