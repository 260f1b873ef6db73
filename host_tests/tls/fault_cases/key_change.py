"""ChangeCipherSpec, Finished, and what comes too early (PROTOCOL rule 9)."""

from host_tests.peers import codec
from host_tests.peers.codec import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE
from host_tests.peers.scripted import Data, Message, Record, Script

from .case import EC, Case, always, appended, flip, nth, shortened

_CCS = Record(CHANGE_CIPHER_SPEC, b"\1")
_ENDING = ("change_cipher_spec", "finished")


def _early(message: str, stage: str) -> Case:
    name = f"sends ChangeCipherSpec before {message}"
    return Case(name, Script(EC, before={message: [_CCS]}), "UNEXPECTED_MESSAGE", 10, stage)


def _key_change(name: str, script: Script, cause: str, alert: int | None, stage: str = "change_cipher_spec", **rest) -> Case:
    return Case(name, script, cause, alert, stage, **rest)


def _says(payload: bytes) -> Script:
    return Script(EC, second_flight=("finished",), before={"finished": [Record(CHANGE_CIPHER_SPEC, payload)]})


def _in_the_middle_of(index: int) -> Script:
    """A ChangeCipherSpec between the two halves of the message in handshake record `index`."""

    def cut(raw: bytes) -> list[bytes]:
        payload = raw[5:]
        half = len(payload) // 2
        return [codec.record(HANDSHAKE, payload[:half]), codec.record(CHANGE_CIPHER_SPEC, b"\1"), codec.record(HANDSHAKE, payload[half:])]

    return Script(EC, records=nth(HANDSHAKE, index, cut, protected=False))


CASES = (
    _early("server_hello", "server_hello"),
    _early("certificate", "certificate"),
    _early("server_key_exchange", "server_key_exchange"),
    _early("server_hello_done", "server_hello_done"),
    _key_change(
        "sends an empty ChangeCipherSpec before Certificate",
        Script(EC, before={"certificate": [Record(CHANGE_CIPHER_SPEC, b"")]}),
        "UNEXPECTED_MESSAGE",
        10,
        "certificate",
        openssl=False,
    ),
    _key_change(
        "sends empty data before Certificate",
        Script(EC, before={"certificate": [Data(b"")]}),
        "DATA_BEFORE_FINISHED",
        10,
        "certificate",
        openssl=False,
    ),
    _key_change("sends ChangeCipherSpec within ServerHello", _in_the_middle_of(0), "UNEXPECTED_MESSAGE", 10, "server_hello"),
    _key_change("sends ChangeCipherSpec within Certificate", _in_the_middle_of(1), "UNEXPECTED_MESSAGE", 10, "certificate"),
    _key_change("sends ChangeCipherSpec within ServerKeyExchange", _in_the_middle_of(2), "UNEXPECTED_MESSAGE", 10, "server_key_exchange"),
    _key_change(
        "sends ChangeCipherSpec twice, the second protected",
        Script(EC, second_flight=("change_cipher_spec", *_ENDING)),
        "UNEXPECTED_MESSAGE",
        10,
        "finished",
    ),
    _key_change(
        "sends ChangeCipherSpec twice, the second in clear",
        Script(EC, after={"change_cipher_spec": [Record(CHANGE_CIPHER_SPEC, b"\1", plain=True)]}),
        "NOT_PROTECTED",
        10,
        "finished",
    ),
    _key_change("sends ChangeCipherSpec after Finished", Script(EC, after={"finished": [_CCS]}), "UNEXPECTED_MESSAGE", 10, "data"),
    _key_change(
        "sends a ChangeCipherSpec after Finished that looks like a HelloRequest",
        Script(EC, after={"finished": [Record(CHANGE_CIPHER_SPEC, bytes(4))]}),
        "UNEXPECTED_MESSAGE",
        10,
        "data",
    ),
    _key_change("sends a ChangeCipherSpec of two bytes", _says(b"\1\1"), "BAD_CHANGE_CIPHER_SPEC", 10, openssl=True),
    _key_change("sends an empty ChangeCipherSpec", _says(b""), "BAD_CHANGE_CIPHER_SPEC", 10, openssl=False),
    _key_change("sends a ChangeCipherSpec that says 2", _says(b"\2"), "BAD_CHANGE_CIPHER_SPEC", 10),
    _key_change("sends no ChangeCipherSpec, but Finished in clear", Script(EC, second_flight=("finished",)), "UNEXPECTED_MESSAGE", 10),
    _key_change(
        "sends data instead of ChangeCipherSpec", Script(EC, before={"change_cipher_spec": [Data(b"early")]}), "DATA_BEFORE_FINISHED", 10
    ),
    _key_change(
        "sends data instead of Certificate", Script(EC, before={"certificate": [Data(b"early")]}), "DATA_BEFORE_FINISHED", 10, "certificate"
    ),
    _key_change("sends data before Finished", Script(EC, before={"finished": [Data(b"early")]}), "DATA_BEFORE_FINISHED", 10, "finished"),
    _key_change(
        "sends empty data before Finished",
        Script(EC, before={"finished": [Data(b"")]}),
        "DATA_BEFORE_FINISHED",
        10,
        "finished",
        openssl=False,
    ),
    *(
        _key_change(
            f"sends {n} bytes of Finished before ChangeCipherSpec and the rest after", Script(EC, straddle=n), "UNEXPECTED_MESSAGE", 10
        )
        for n in (1, 4, 15)
    ),
    _key_change(
        "begins Finished in the record of ServerHelloDone",
        Script(EC, coalesce=True, after={"server_hello_done": [Message("finished", bytes(12), hashed=False)]}),
        "LEFTOVER_AT_KEY_CHANGE",
        10,
        openssl=True,
    ),
    _key_change(
        "sends ServerHelloDone twice in a record",
        Script(EC, coalesce=True, after={"server_hello_done": [Message("server_hello_done", hashed=False)]}),
        "LEFTOVER_AT_KEY_CHANGE",
        10,
    ),
    _key_change(
        "sends ServerHelloDone twice",
        Script(EC, after={"server_hello_done": [Message("server_hello_done", hashed=False)]}),
        "UNEXPECTED_MESSAGE",
        10,
    ),
    # Finished
    _key_change("sends a wrong Finished", Script(EC, mutate={"finished": flip(0)}), "BAD_FINISHED", 51, "finished"),
    _key_change("sends a Finished whose last bit is wrong", Script(EC, mutate={"finished": flip(-1)}), "BAD_FINISHED", 51, "finished"),
    _key_change("sends a Finished of zeros", Script(EC, mutate={"finished": always(bytes(12))}), "BAD_FINISHED", 51, "finished"),
    _key_change("sends a Finished one byte short", Script(EC, mutate={"finished": shortened()}), "DECODE_ERROR", 50, "finished"),
    _key_change("sends a Finished one byte long", Script(EC, mutate={"finished": appended(b"\0")}), "MESSAGE_TOO_LONG", 50, "finished"),
    _key_change("sends an empty Finished", Script(EC, mutate={"finished": always(b"")}), "DECODE_ERROR", 50, "finished"),
    _key_change(
        "sends ServerHelloDone for Finished",
        Script(EC, before={"finished": [Message("server_hello_done")]}),
        "UNEXPECTED_MESSAGE",
        10,
        "finished",
    ),
    _key_change(
        "sends Finished twice", Script(EC, second_flight=("change_cipher_spec", "finished", "finished")), "UNEXPECTED_MESSAGE", 10, "data"
    ),
    _key_change(
        "sends another message in the record of Finished",
        Script(EC, coalesce=True, after={"finished": [Message("hello_request", hashed=False)]}),
        "UNEXPECTED_MESSAGE",
        10,
        "finished",
        openssl=False,
    ),
    # Protection at the change
    _key_change(
        "sends Finished in clear after ChangeCipherSpec",
        Script(
            EC,
            second_flight=("change_cipher_spec",),
            after={"change_cipher_spec": [Record(HANDSHAKE, codec.message(20, bytes(12)), plain=True)]},
        ),
        "NOT_PROTECTED",
        10,
        "finished",
    ),
    _key_change(
        "sends a long record in clear after ChangeCipherSpec",
        Script(EC, before={"finished": [Record(HANDSHAKE, codec.message(20, bytes(12)) * 4, plain=True)]}),
        "BAD_TAG",
        20,
        "finished",
    ),
    _key_change(
        "sends Finished under a wrong tag", Script(EC, records=nth(HANDSHAKE, 0, lambda raw: [flip(-1)(raw)])), "BAD_TAG", 20, "finished"
    ),
    _key_change(
        "sends data in clear after Finished",
        Script(EC, data=[Record(APPLICATION_DATA, bytes(range(100)), plain=True)]),
        "BAD_TAG",
        20,
        "data",
        options={"read": 100},
    ),
)
