"""An emulated board with the bench's functions on it, a server beside it, and the least heap that is enough for what they say."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tools.build import firmware, mpy
from tools.laboratory import pki
from tools.laboratory.emulator import UARTS, Emulator
from tools.laboratory.peers.real import OpenSSL

BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]
TOOLS = Path(__file__).resolve().parents[2]
SCRIPTS = (
    TOOLS / "bench" / "device" / "cortex.py",
    TOOLS / "bench" / "device" / "heap.py",
    TOOLS / "bench" / "device" / "brief.py",
    TOOLS / "bench" / "device" / "code.py",
    TOOLS / "laboratory" / "device" / "streams.py",
)
BUILTIN = {"p256": "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256", "rsa2048": "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256"}
HEAP = 384 * 1024  # where instructions are counted: room for a handshake's garbage (130 KB by viper), so that no collection falls into some
HEAP_STEP = 1024
# octets of a record -> what its rows are called by; 16 KB less what s_server takes for a line's end
RECORDS = {4096: "per_kib", 16380: "per_kib_16k_records"}
PLACES = ("frozen", "romfs", "mpy")  # where the package is: in the firmware, in mapped memory, in files that are read into the heap
PATIENCE = 300  # seconds for one function on the board
# What most of the instructions before the end of a message are for
PHASES = {
    ">ClientHello": "the generator seeded anew, this message",
    "<Certificate": "the chain read, its path and signatures",
    "<ServerKeyExchange": "its signature verified",
    ">ClientKeyExchange": "key agreement",
    ">CertificateVerify": "our signature made and verified",
    ">ChangeCipherSpec": "PRF: master secret and keys",
    ">Finished": "PRF of ours",
    "<ChangeCipherSpec": "our flight sealed and sent",
    "<Finished": "PRF of theirs, their record opened",
}


class Session:
    """A board with the bench's functions on it, and a server that its serial port is led to for each call."""

    def __init__(self, folder: Path, peer: OpenSSL, *, heap: int = HEAP, board: firmware.Board = BOARD, **options: Any) -> None:
        self.peer = peer
        self.emulator = Emulator(board, folder, heap=heap, **options)
        self.repl = self.emulator.repl()
        self.repl.exec("import cortex")

    def call(self, code: str, uarts: tuple[int, ...] = (1,)) -> dict[str, Any]:
        """Run a function of device/cortex.py with its serial ports led to the server; what it tells."""
        return json.loads(self.printed(code, uarts))

    def printed(self, code: str, uarts: tuple[int, ...] = (1,)) -> str:
        """The same, whatever it prints."""
        links = [self.emulator.connect(n, ("127.0.0.1", self.peer.port)) for n in uarts]
        try:
            told, failed = self.repl.exec_raw(f"cortex.{code}", timeout=PATIENCE)
        finally:
            for link in links:
                link.close()
        if failed:
            raise RuntimeError(failed.decode())
        return told.decode()

    def bulk(self, folder: str, builtin: str = "") -> Iterator[tuple[str, int, str]]:
        """`(name, instructions a KB, how)` of 64 KB each way, on a fresh board; `builtin`: a suite, by MicroPython's own tls."""
        prefix, by = ("builtin_tls.", ", by MicroPython's own tls") if builtin else ("", "")
        for size, name in RECORDS.items():
            self.call(f"builtin({folder!r}, {builtin!r})" if builtin else f"warm({folder!r}, records={-(-size // 1024) * 1024})")
            if not builtin:
                self.call("again()")  # as `make bench-check` has it
            told = self.call(f"bulk(['up', 'down'], {size}, {bool(builtin)})")
            for direction, count in (("send", told["up"]), ("receive", told["down"])):
                yield f"{prefix}bulk.{direction}_{name}", count, f"a KB of 64, in records of {-(-size // 1024)} KB{by}"


@contextmanager
def session(folder: Path, peer: OpenSSL, **options: Any) -> Iterator[Session]:
    running = Session(folder, peer, **options)
    try:
        yield running
    finally:
        running.emulator.close()


def vectors(folder: Path) -> None:
    """A point, and signatures over one digest, for `arithmetic`."""
    private, wide, big = pki.key("p256", "bench"), pki.key("p384", "bench"), pki.key("rsa2048", "bench")
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert isinstance(wide, ec.EllipticCurvePrivateKey)
    assert isinstance(big, rsa.RSAPrivateKey)
    h = hashes.Hash(hashes.SHA256())
    h.update(b"latchkey")
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    values = {
        "point": private.public_key().public_bytes(*form),
        "digest": h.finalize(),
        "ecdsa": private.sign(b"latchkey", ec.ECDSA(hashes.SHA256())),
        "wide_point": wide.public_key().public_bytes(*form),
        "wide_ecdsa": wide.sign(b"latchkey", ec.ECDSA(hashes.SHA256())),
        "rsa": big.sign(b"latchkey", padding.PKCS1v15(), hashes.SHA256()),
        "modulus": big.public_key().public_numbers().n.to_bytes(256),
    }
    n = big.private_numbers()
    private = [number.to_bytes(128).hex() for number in (n.p, n.q, n.dmp1, n.dmq1, n.iqmp)]
    (folder / "vectors.json").write_text(json.dumps({**{name: value.hex() for name, value in values.items()}, "private": private}))


def prepare(folder: Path, board: firmware.Board = BOARD) -> tuple[pki.Credential, dict[str, pki.Credential]]:
    """Files for the board; the root, and the servers by name."""
    for script in SCRIPTS:
        mpy.compile_file(script, folder / (script.stem + ".mpy"), script.name, board.arch, mpy.SHIPPED)
    (folder / "lib").symlink_to(mpy.package(board.arch))
    trusted, two, device = pki.demo()
    trusted.write(folder)
    device.write(folder)
    vectors(folder)
    servers = {kind: trusted.leaf(f"bench-{kind}", kind=kind, dns=["localhost"]) for kind in BUILTIN}
    return trusted, {**servers, "two": two}


def smallest_heap(folder: Path, peer: OpenSSL, receive: int, place: str, frugal: bool, connections: int, small: bool = False) -> int:
    """For so many mutual handshakes, a line both ways in each, on a board of their own. `place`: one of PLACES; `small`: the bundle."""
    return least(lambda heap: fits(folder, peer, heap, receive, place, frugal, connections, small))


def least(enough: Callable[[int], bool]) -> int:
    """The smallest heap that is enough, by bisection."""
    low, high = 16 * 1024, 192 * 1024
    while high - low > HEAP_STEP:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def largest_block(printed: str) -> int:
    """Of all that `micropython.mem_info()` printed, in bytes: it counts in blocks of 16."""
    return 16 * max(int(blocks) for blocks in re.findall(r"max blk sz: (\d+)", printed))


def fits(folder: Path, peer: OpenSSL, heap: int, receive: int, place: str, frugal: bool, connections: int = 1, small: bool = False) -> bool:
    """Whether so many mutual handshakes, one after the other, and a line both ways in each, fit in a heap of so many bytes."""
    uarts = UARTS[:connections]
    call = f"heap.converse([streams.uart(n) for n in {uarts}], '/host', True, {receive}, {frugal})"
    return printed(folder, peer, heap, call, place, uarts, small).count("yekhctal") == connections


def printed(
    folder: Path,
    peer: OpenSSL,
    heap: int,
    call: str,
    place: str = "mpy",
    uarts: tuple[int, ...] = UARTS[:1],
    small: bool = False,
    lib: Path | None = None,
) -> str:
    """What a call of a script of device/ prints in a heap of so many bytes, with nothing else on the board; "" where that is too small.
    `lib`: another folder of .mpy files than the package's, or, `small`, the bundle's."""
    lib = lib or mpy.compiled(BOARD.arch, small)
    (folder / "lib").unlink()
    (folder / "lib").symlink_to(lib)
    image = mpy.image(lib) if place == "romfs" else b""
    emulator = Emulator(BOARD, folder, heap=heap, frozen=place == "frozen", small=small, romfs=image)
    try:
        repl = emulator.repl()
        links = [emulator.connect(n, ("127.0.0.1", peer.port)) for n in uarts]
        code = f"import {call.partition('.')[0]}, streams\n{call}"
        try:
            told, failed = repl.exec_raw(code, timeout=PATIENCE)
        finally:
            for link in links:
                link.close()
    finally:
        emulator.close()
    if failed and b"MemoryError" not in failed:
        raise RuntimeError(f"not for want of memory: {failed.decode()}")
    return "" if failed else told.decode()


def print_profile(kind: str, told: dict[str, Any]) -> None:
    """Where a handshake's instructions go, and what a record takes after it."""
    print(f"profile of a handshake, {kind}, instructions up to the end of each message:", file=sys.stderr)
    handshake = [phase for phase in told["phases"] if not phase[0].endswith("record of 1 KB")]
    total = sum(count for _, count in handshake)
    for name, count in [*handshake, ("all", total), *told["phases"][len(handshake) :]]:
        print(f"  {name:24}{count:>12,}  {PHASES.get(name, '')}".rstrip(), file=sys.stderr)
