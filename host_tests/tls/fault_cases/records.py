"""Records: headers, sizes, protection, and how messages are cut into them (RFC 5246 section 6, PROTOCOL rules 6, 9 and 13)."""

from host_tests.peers import codec
from host_tests.peers.codec import APPLICATION_DATA, HANDSHAKE
from host_tests.peers.scripted import Data, Raw, Record, Script

from .case import EC, ROOT, Case, flip, nth, put

PATTERN = bytes(range(256)) * 65
_READ = {"read": 100}
_SMALL = {"buffers": (512, 1024), "read": 700}


def _first(name: str, data: bytes, cause: str, alert: int) -> Case:
    """Answers the ClientHello with `data`."""
    return Case(name, Script(EC, before={"server_hello": [Raw(data)]}), cause, alert, "server_hello")


def _data(name: str, script: Script, cause: str | None = None, alert: int | None = None, read: int | str = 100, **rest) -> Case:
    return Case(name, script, cause, alert, "data" if cause else None, **{"options": {"read": read}, **rest})


def _tampered(name: str, edit, n: int = 0) -> Case:
    """Three records of data, one of which is edited on the way."""
    items = [Data(PATTERN[:100]), Data(PATTERN[100:200]), Data(PATTERN[200:300])]
    return _data(name, Script(EC, data=items, records=nth(APPLICATION_DATA, n, edit)), "BAD_TAG", 20, read=300)


def _cut(name: str, **how) -> Case:
    return Case(f"cuts its messages so: {name}", Script(EC, client_ca=ROOT, **how), identity=True, options={"write": 600, "read": 600})


CASES = (
    # Headers
    _first("answers in HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n", "UNKNOWN_RECORD_TYPE", 10),
    _first("answers in MQTT", b"\x20\x02\x00\x05\x00\x00\x00\x00", "UNKNOWN_RECORD_TYPE", 10),
    _first("sends a heartbeat", codec.record(24, b"\1\0\0"), "UNKNOWN_RECORD_TYPE", 10),
    _first("sends a record of SSL 2", codec.record(HANDSHAKE, b"\0", 0x0002), "BAD_RECORD_VERSION", 70),
    _first("sends a record of version 4.0", codec.record(HANDSHAKE, b"\0", 0x0400), "BAD_RECORD_VERSION", 70),
    Case(
        "says TLS 1.0 in the header of its first record",
        Script(EC, records=nth(HANDSHAKE, 0, lambda raw: [put(1, b"\3\1")(raw)], protected=False)),
        openssl=False,
    ),
    _data(
        "says TLS 1.1 in the header of a protected record",
        Script(EC, data=[Data(PATTERN[:100])], records=nth(APPLICATION_DATA, 0, lambda raw: [put(1, b"\3\2")(raw)])),
        "BAD_RECORD_VERSION",
        70,
    ),
    # Sizes
    _first("sends a record of 16,385 bytes in clear", codec.record(HANDSHAKE, b"\x0b" + bytes(16384)), "RECORD_OVERFLOW", 22),
    _first("sends a record of 65,535 bytes in clear", codec.record(HANDSHAKE, b"\x0b" + bytes(65534)), "RECORD_OVERFLOW", 22),
    _data("sends the largest record there is", Script(EC, data=[Data(PATTERN[:16384])]), read=16384),
    _data("sends a protected record of 16,385 bytes", Script(EC, data=[Data(PATTERN[:16385])]), "RECORD_OVERFLOW", 22, read=16385),
    _data(
        "sends a protected record of 20,000 bytes",
        Script(EC, data=[Raw(codec.record(APPLICATION_DATA, bytes(20_000)))]),
        "RECORD_OVERFLOW",
        22,
    ),
    _data(
        "ignores max_fragment_length and sends a record that fits all the same",
        Script(EC, data=[Data(PATTERN[:512])]),
        options={**_SMALL, "read": 512},
    ),
    _data(
        "ignores max_fragment_length and sends a record that does not fit",
        Script(EC, data=[Data(PATTERN[:513])]),
        "BUFFER_TOO_SMALL",
        22,
        options=_SMALL,
        openssl=False,
    ),
    _data(
        "keeps to max_fragment_length both ways",
        Script(EC, record_limit="max_fragment_length"),
        options={"buffers": (512, 1024), "write": 2000, "read": 2000},
    ),
    _data(
        "keeps to record_size_limit both ways",
        Script(EC, record_limit="record_size_limit"),
        options={"buffers": (700, 1024), "write": 2000, "read": 2000},
    ),
    # Protection
    _tampered("changes a bit of the ciphertext", lambda raw: [flip(20)(raw)]),
    _tampered("changes a bit of the tag", lambda raw: [flip(-1)(raw)]),
    _tampered("changes a bit of the explicit nonce", lambda raw: [flip(12)(raw)]),
    _tampered("changes the type of a record", lambda raw: [put(0, b"\x15")(raw)]),
    _tampered("cuts a record by one byte", lambda raw: [codec.record(raw[0], raw[5:-1])]),
    _tampered("lengthens a record by one byte", lambda raw: [codec.record(raw[0], raw[5:] + b"\0")]),
    _tampered("replays a record", lambda raw: [raw, raw]),
    _tampered("replays a later record", lambda raw: [raw, raw], 1),
    _tampered("swallows a record", lambda _: []),
    _tampered("swallows a later record", lambda _: [], 1),
    _data("sends a protected record of 23 bytes", Script(EC, data=[Record(APPLICATION_DATA, bytes(23), plain=True)]), "NOT_PROTECTED", 10),
    _data("sends a protected record without anything", Script(EC, data=[Record(APPLICATION_DATA, b"", plain=True)]), "NOT_PROTECTED", 10),
    # How messages are cut
    _cut("one byte a record", fragment=1),
    _cut("three bytes a record, messages joined", fragment=3, coalesce=True),
    _cut("five bytes a record", fragment=5),
    _cut("a flight in one record", coalesce=True),
    _cut("records of 100 bytes, messages joined", fragment=100, coalesce=True),
    _cut("one byte a segment", segment=1),
    _cut("seven bytes a segment, records of eleven", segment=7, fragment=11),
    # Floods of nothing (rule 10)
    _data("sends 16 empty records of data", Script(EC, data=[*[Data(b"")] * 16, Data(PATTERN[:100])])),
    _data(
        "sends 17 empty records of data",
        Script(EC, data=[*[Data(b"")] * 17, Data(PATTERN[:100])]),
        "TOO_MANY_EMPTY_RECORDS",
        10,
        openssl=False,
    ),
    Case("sends 16 empty records of handshake", Script(EC, before={"certificate": [Record(HANDSHAKE, b"")] * 16}), openssl=False),
    Case(
        "sends 17 empty records of handshake",
        Script(EC, before={"certificate": [Record(HANDSHAKE, b"")] * 17}),
        "TOO_MANY_EMPTY_RECORDS",
        10,
        "certificate",
        openssl=False,
    ),
    Case(
        "sends 1,000 empty records for Finished",
        Script(EC, second_flight=("change_cipher_spec",), after={"change_cipher_spec": [Record(HANDSHAKE, b"")] * 1000}),
        "TOO_MANY_EMPTY_RECORDS",
        10,
        "finished",
    ),
)
