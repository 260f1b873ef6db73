"""Sessions that outlive the program: one process stores its session and ends, the next one resumes it, or does a full handshake where
what is stored is not, or no longer, good for it.
"""

import hashlib
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from host_tests.peers import codec
from host_tests.peers.listening import listen
from host_tests.peers.scripted import Alert, Script, Session, Sessions
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, EC, ROOT
from tools.laboratory.micropython_process import micropython_process

TICKET = codec.SESSION_TICKET
DAY = int(EC.certificate.not_valid_before_utc.timestamp()) + 86400

WAKE = """
import sys, socket, latchkey
from latchkey.stores import Files, Memory, SessionStore
folder, port, host, now = sys.argv[1:]
port, now = int(port), int(now)
place = Files(folder + "/session", rest=0)
store = SessionStore(place, folder + "/key")
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile=folder + "/root.pem")
context.check_hostname = host == "localhost"
context.now = lambda: now
exec(open(folder + "/more.py").read())
context.sessions = store
context.trace = latchkey.Timeline()
before = set(sys.modules)
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
try:
    tls = context.wrap_socket(sock, server_hostname=host)
    loaded = sorted(set(sys.modules) - before)
    print(tls.session_reused, tls.report()["peer"])
    tls.write(b"0123456789")
    print(tls.read(10) == b"0123456789", [event[4] for event in context.trace.events if event[2] == "session"])
    if context.keep_peer_cert:
        print(tls.getpeercert(True).hex())
        print(tls.get_channel_binding("tls-server-end-point").hex())
    tls.close()
except OSError as e:
    print(repr(e))
"""


@dataclass
class Board:
    """A board with files of its own, which sleeps but for its connections to one scripted server."""

    folder: Path
    sessions: Sessions = field(default_factory=Sessions)
    now: int = DAY
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "root.pem").write_bytes(ROOT.pem)

    def wake(self, host: str = "localhost", more: str = "", sleep: str = "", **script) -> Session:
        (self.folder / "more.py").write_text(more)
        with listen(Script(script.pop("server", EC), sessions=self.sessions, **script)) as peer:
            done = micropython_process(WAKE + sleep, [self.folder, peer.port, host, self.now])
            assert done.returncode == 0, done.stdout + done.stderr
            session = peer.session()
        self.said = done.stdout.splitlines()
        return session

    def full(self, *arguments: str, **options) -> None:
        """A full handshake, no error, nothing offered."""
        session = self.wake(*arguments, **options)
        assert not session.resumed and not session.violations and session.established
        assert self.said[1].startswith("True"), self.said
        assert session.hello and not session.hello.session_id and not session.hello.extensions[TICKET]

    def resumed(self, *arguments: str, **options) -> None:
        session = self.wake(*arguments, **options)
        assert session.resumed and not session.violations, self.said
        assert self.said[0].startswith("True RESUMED CHAIN server") and self.said[1].startswith("True"), self.said

    def slots(self) -> list[Path]:
        return sorted(self.folder.glob("session.*"))


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "board")


@pytest.mark.parametrize("by", ["ticket", "id"])
def test_a_process_resumes_what_an_earlier_one_stored(by: str, board: Board) -> None:
    board.sessions.by = by
    board.full()
    assert "'stored'" in board.said[1]
    for _ in range(2):
        board.resumed()


@pytest.mark.parametrize("mode", [False, True])
def test_the_record_mode_goes_with_it(mode: bool, board: Board) -> None:
    named = "context.set_ciphers(['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'])"
    told = "print(tls.report()['encrypt_then_mac'])"
    board.full(more=named, sleep=told, encrypt_then_mac=mode)
    board.resumed(more=named, sleep=told, encrypt_then_mac=mode)
    assert board.said[2] == str(mode)


@pytest.mark.parametrize("mode", [False, True])
def test_a_server_that_resumes_with_another_record_mode_is_refused(mode: bool, board: Board) -> None:
    named = "context.set_ciphers(['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'])"
    board.full(more=named, encrypt_then_mac=mode)
    board.wake(more=named, encrypt_then_mac=not mode)
    assert len(board.said) == 1 and "TLSError" in board.said[0], board.said
    board.full(more=named, encrypt_then_mac=mode)


def test_a_session_that_an_rsa_key_transported_is_resumed(board: Board) -> None:
    named = "context.set_ciphers(['TLS_RSA_WITH_AES_128_GCM_SHA256'])"
    server = CA.leaf("server-of-both", kind="rsa2048", dns=["localhost"], key_usage=["digital_signature", "key_encipherment"])
    board.full(more=named, server=server)
    board.resumed(more=named, server=server)


@pytest.mark.package_only
def test_a_resumed_handshake_loads_nothing_of_x509_nor_of_curves(board: Board) -> None:
    loaded = "import io\nprint(' '.join(loaded))"
    board.full(sleep=loaded)
    assert {"latchkey.x509.chain", "latchkey.crypto.p256", "latchkey.crypto.ecdsa"} < set(board.said[-1].split())
    board.resumed(sleep=loaded)
    names = board.said[-1].split()
    assert "latchkey.tls.resumption" in names
    public = ("x509", "crypto.field", "crypto.p256", "crypto.p384", "crypto.x25519", "crypto.ecdsa", "crypto.rsa")
    public += ("crypto.weierstrass", "crypto.double_scalar", "tls.server_auth")
    assert not [name for name in names if name.startswith(tuple("latchkey." + part for part in public))]


def test_nothing_of_it_lies_there_in_clear(board: Board) -> None:
    board.full()
    (ticket, (_, master)), *_ = board.sessions.known.items()
    there = b"".join(path.read_bytes() for path in board.slots())
    assert len(there) > len(ticket) + len(master)
    for secret in (ticket, master, b"localhost", (board.folder / "key").read_bytes()):
        assert secret not in there


def flip(at: int) -> Callable[[Board], None]:
    def edit(board: Board) -> None:
        for path in board.slots():
            data = bytearray(path.read_bytes())
            data[at] ^= 1
            path.write_bytes(data)

    return edit


def cut(n: int) -> Callable[[Board], None]:
    def edit(board: Board) -> None:
        for path in board.slots():
            path.write_bytes(path.read_bytes()[:n])

    return edit


def remove(name: str) -> Callable[[Board], None]:
    return lambda board: (board.folder / name).unlink()


def another_key(board: Board) -> None:
    (board.folder / "key").write_bytes(os.urandom(32))


def torn_key(board: Board) -> None:
    (board.folder / "key").write_bytes(b"short")


def day_after(board: Board) -> None:
    board.now += 86401


def day_before(board: Board) -> None:
    board.now -= 1


CHANGES: dict[str, Callable[[Board], None]] = {
    "its mark was changed": flip(0),
    "another version wrote it": flip(2),
    "its length was changed": flip(5),
    "its number was changed": flip(9),
    "its time was changed": flip(13),
    "its nonce was changed": flip(14),
    "its text was changed": flip(60),
    "its tag was changed": flip(-1),
    "nothing is left of it": cut(0),
    "its head is cut": cut(13),
    "its text is cut": cut(100),
    "its tag is cut": cut(-1),
    "it is gone": remove("session.0"),
    "another board sealed it": another_key,
    "its key is torn": torn_key,
    "its key is gone": remove("key"),
    "it has expired": day_after,
    "the clock went back": day_before,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_full_handshake_and_no_error_where(change: str, board: Board) -> None:
    board.full()
    CHANGES[change](board)
    board.full()
    board.resumed()


@pytest.mark.parametrize("n", range(0, 320, 9))
def test_whatever_stands_in_a_slot_is_passed_over(n: int, board: Board) -> None:
    for slot in range(2):
        (board.folder / f"session.{slot}").write_bytes((b"lk\1" + os.urandom(n))[:n])
    board.full()
    board.resumed()


def test_what_was_written_by_another_version_of_the_form_is_passed_over(board: Board) -> None:
    board.full()
    board.full(more=OLDER)
    board.resumed()


OLDER = """
real = store.load
object.__setattr__(store, "load", lambda host: bytearray(b'\\0' + bytes(real(host)[1:])))
"""


def test_it_is_not_offered_to_another_host(board: Board) -> None:
    board.full()
    board.full("other.example")
    board.resumed()


def test_one_of_another_context_s_rules_is_not_offered(board: Board) -> None:
    board.full()
    board.full(more="context.judge_anchor_dates = True")


def test_the_newer_of_two_counts_and_a_power_cut_leaves_the_other(board: Board) -> None:
    board.sessions.renews = True
    board.full()
    board.resumed()  # the new ticket goes into the other slot
    first, second = board.slots()
    newer = max(first, second, key=lambda path: struct.unpack_from(">I", path.read_bytes(), 6))
    offered = [board.wake().hello.extensions[TICKET] for _ in range(2)]  # each was given in the one before
    assert len(set(offered)) == 2
    newer = max(first, second, key=lambda path: struct.unpack_from(">I", path.read_bytes(), 6))
    newer.write_bytes(newer.read_bytes()[:50])
    board.resumed()


def test_a_failure_while_resuming_deletes_it_there(board: Board) -> None:
    board.full()
    session = board.wake(before={"change_cipher_spec": [Alert(2, 40)]})
    assert session.resumed and "handshake_failure" in board.said[0]
    assert all(len(path.read_bytes()) == 14 for path in board.slots())
    board.full()


def test_a_fatal_alert_after_the_handshake_deletes_it_there(board: Board) -> None:
    board.wake(data=[Alert(2, 80)])
    assert len(board.said) == 2 and "alert" in board.said[1]
    board.full()


def test_a_server_that_declines_gets_a_full_handshake_and_what_it_gives_is_stored(board: Board) -> None:
    board.full()
    board.sessions.known.clear()
    session = board.wake()
    assert session.established and not session.resumed and session.hello and session.hello.session_id
    board.resumed()


def test_a_file_is_written_after_full_handshakes_alone_and_seldom(board: Board) -> None:
    board.sessions.renews = True
    files = "place.rest = 600; store = SessionStore(place, folder + '/key')"
    board.full(more=files)
    (path,) = board.slots()
    stored = path.read_bytes()
    board.resumed(more=files)
    assert board.slots() == [path] and path.read_bytes() == stored
    board.sessions.known.clear()
    board.wake(more=files)
    assert "not stored: the last one was 0 s ago" in board.said[1]
    board.full(more=files)  # it was declined, so it is not there any more
    board.now += 600
    board.full(more=files)
    board.resumed(more=files)


def test_one_too_large_for_the_store_is_not_kept_and_the_trace_says_so(board: Board) -> None:
    board.full(more="place.size = 300")
    assert "too large for the store: " in board.said[1] and "it has 300" in board.said[1]
    board.full()


def test_without_a_real_time_it_is_stored_only_where_that_was_asked_for(board: Board) -> None:
    board.now = 5  # below the floor
    board.full()
    assert not board.slots()
    asked = "store = SessionStore(place, folder + '/key', clockless=True)"
    board.full(more=asked)
    session = board.wake(more=asked)
    assert session.resumed
    board.full()
    board.now = DAY
    board.full(more=asked)


def test_a_store_that_fails_harms_no_handshake(board: Board) -> None:
    for what in ("raise OSError(5)", "raise MemoryError"):
        broken = f"def broken(*_): {what}\nplace.read = place.write = broken"
        board.full(more=broken)


def test_the_leaf_goes_with_it_where_it_is_kept(board: Board) -> None:
    kept = "context.keep_peer_cert = True"
    board.full(more=kept)
    leaf, end_point = board.said[2:]
    assert leaf == EC.der.hex() and end_point == hashlib.sha256(EC.der).hexdigest()
    board.resumed(more=kept)
    assert board.said[2:] == [leaf, end_point]


@pytest.mark.parametrize("key", ["bytes(range(32))", "lambda: bytes(range(32))", "bytearray(32)"])
def test_the_key_may_be_bytes_or_a_function_s(key: str, board: Board) -> None:
    given = f"store = SessionStore(place, {key})"
    board.full(more=given)
    board.resumed(more=given)
    assert not (board.folder / "key").exists()
    board.full(more="store = SessionStore(place, bytes(31) + b'x')")


def test_what_is_no_key_is_refused(target: Target) -> None:
    assert (
        target.exec("""
from latchkey.stores import Memory, SessionStore
for key in (None, b"", bytes(31), 5, bytearray(33)):
    try:
        SessionStore(Memory(bytearray(2048)), key)
        print("taken", key)
    except ValueError as e:
        pass
""")
        == ""
    )


def test_a_store_of_one_host_is_not_another_s_and_both_may_be_there(target: Target) -> None:
    told = target.exec("""
import latchkey
from latchkey.stores import Memory, SessionStore
class Random:
    n = 0
    def fill(self, buf):
        Random.n += 1
        for i in range(len(buf)):
            buf[i] = i + Random.n & 255
buf = bytearray(1024)
store = SessionStore(Memory(buf), bytes(32))
def get(host):
    form = store.load(host)
    return form and bytes(form)
print(get("a"), store.put("a", b"of a", Random(), 0), get("a"), get("b"))
store.put("b", b"of b", Random(), 1)
print(get("a"), get("b"))
for i in range(5):
    store.put("b", b"%d" % i, Random(), 2)
    print(get("b"), get("a"))
store.delete()
print(get("a"), get("b"))
print(repr(store.put("a", bytes(512), Random(), 3)))
""")
    assert told.splitlines() == [
        "None  b'of a' None",
        "b'of a' b'of b'",
        *[f"b'{i}' None" for i in range(5)],
        "None None",
        "'too large for the store: 554 bytes, it has 512'",
    ]


def test_what_could_not_be_deleted_is_not_offered_and_deleted_later(target: Target) -> None:
    told = target.exec("""
from latchkey.stores import Memory, SessionStore
class Random:
    def fill(self, buf):
        buf[0] = 1
class Place(Memory):
    broken = None
    def write(self, slot, data):
        if self.broken:
            raise self.broken
        super().write(slot, data)
buf = bytearray(1024)
place = Place(buf)
store = SessionStore(place, bytes(32))
for broken in (OSError(5), MemoryError()):
    print(repr(store.put("a", b"of a", Random(), 0)), bytes(store.load("a")))
    place.broken = broken
    store.delete()
    print(store.load("a"), SessionStore(Memory(buf), bytes(32)).load("a") is not None)
    place.broken = None
    print(store.load("a"), SessionStore(Memory(buf), bytes(32)).load("a"))
""")
    assert told.splitlines() == ["'' b'of a'", "None True", "None None"] * 2


@pytest.mark.parametrize("given", ["{}", "b'store'", "2", "open"])
def test_what_is_no_store_is_refused(given: str, board: Board) -> None:
    with pytest.raises(AssertionError, match=r"ValueError: context.sessions is .*, and has to be True, False"):
        board.wake(more=f"store = {given}")


RTC = """
import sys
class RTC:
    kept = b""
    def memory(self, data=None):
        if data is None:
            return RTC.kept
        assert len(data) <= 2048
        RTC.kept = bytes(data)
class machine:
    pass
machine.RTC = RTC
sys.modules["machine"] = machine
try:
    with open(folder + "/rtc", "rb") as f:
        RTC.kept = f.read()
except OSError:
    pass
from latchkey.board_memory import RTCMemory
store = SessionStore(RTCMemory(), folder + "/key")
"""
SLEEP = """
with open(folder + "/rtc", "wb") as f:
    f.write(RTC.kept)
"""


def test_the_memory_of_an_esp32s_rtc_keeps_a_session_and_each_new_ticket(board: Board) -> None:
    """The class is a stand-in for the port's, by its documentation; its memory is what a deep sleep leaves."""
    board.sessions.renews = True
    board.full(more=RTC, sleep=SLEEP)
    for _ in range(3):
        board.resumed(more=RTC, sleep=SLEEP)
        assert "'stored'" in board.said[1]
    assert len((board.folder / "rtc").read_bytes()) == 2048


def test_a_part_of_the_rtcs_memory_leaves_the_rest_alone(board: Board) -> None:
    part = RTC.replace("RTCMemory()", "RTCMemory(100, 1600)")
    (board.folder / "rtc").write_bytes(bytes(range(100)))
    board.full(more=part, sleep=SLEEP)
    kept = (board.folder / "rtc").read_bytes()
    assert kept[:100] == bytes(range(100)) and len(kept) <= 1700
    board.resumed(more=part, sleep=SLEEP)


@pytest.mark.parametrize(
    ("machine", "where"),
    [
        ("PYBv1.1 with STM32F405RG", "0x40024000"),
        ("PYBD-SF6W with STM32F767IIK", "0x40024000"),
        ("NUCLEO-F446RE with STM32F446xx", "0x40024000"),
        ("NUCLEO_H743ZI2 with STM32H743ZI", "0x38800000"),
        ("NUCLEO-F411RE with STM32F411xE", None),
        ("NUCLEO-F413ZH with STM32F413xx", None),
        ("NUCLEO-L476RG with STM32L476RG", None),
        ("linux [GCC 12.2.0] version", None),
    ],
)
def test_backup_sram_is_where_the_core_has_it_and_nowhere_else(machine: str, where: str | None, target: Target) -> None:
    told = target.exec(f"""
import sys
class stand_in:
    pass
had = sys.modules.get("machine")
sys.modules["machine"] = stand_in
try:
    from latchkey.board_memory import bank
    print(hex(bank({machine!r})[0]))
except ValueError as e:
    print(e)
finally:
    sys.modules.pop("latchkey.board_memory", None)
    sys.modules.pop("machine")
    if had:
        sys.modules["machine"] = had
""")
    assert told.strip() == (where or "no backup SRAM is known of " + machine)


def test_a_context_of_install_resumes_what_another_of_them_stored(board: Board) -> None:
    """As a library's that makes a context for each connection: the store is what they share."""
    board.sessions.renews = True
    installed = """
latchkey.install(cafile=folder + "/root.pem", sessions=store)
import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.now = lambda: now
"""
    board.full(more=installed)
    board.resumed(more=installed)


@pytest.mark.package_only
@pytest.mark.parametrize("length", [0, 1, 121, 122, 400])
def test_bytes_that_are_no_session_are_none(length: int, target: Target) -> None:
    assert target.exec(f"""
from latchkey.tls.stored import decode
print(decode(bytes({length}), b"\\xc0\\x2b\\0\\0"), decode(b"\\1" + bytes({length}), b"\\xc0\\x2b\\0\\0"))
""").split() == ["None", "None"]
