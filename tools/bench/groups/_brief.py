"""Handshakes without public-key work: a session resumed, and a pre-shared key. What they take on an emulated core, and the least heap."""

from collections.abc import Iterator
from pathlib import Path

from tools.bench.groups._board import BOARD, least, printed, session
from tools.build import firmware
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.pki import Credential

KEY = bytes(range(32))
PSK = {"cipher": "PSK-AES128-GCM-SHA256", "psk": KEY, "options": ["-rev"]}


def resuming(credential: Credential) -> OpenSSL:
    """A server that gives tickets."""
    return OpenSSL(credential, groups="P-256", resumption=True, options=["-rev"])


def counts(folder: Path, server: Credential, board: firmware.Board = BOARD) -> Iterator[tuple[str, int, str]]:
    """`(name, instructions, how)` of each, warm as the others are: the first one resumes, too, and loads what that needs."""
    with resuming(server) as peer, session(folder, peer, board=board) as running:
        running.call("warm('/host')")
        running.call("again()")
        told = running.call("again()")
        if not told["resumed"]:
            raise RuntimeError("the server did not resume")
        yield "handshake.resumed", told["instructions"], "by ticket, the context's own"
    with OpenSSL(None, **PSK) as peer, session(folder, peer, board=board) as running:
        running.call(f"warm('/host', psk={KEY})")
        told = running.call("again()")
        yield "handshake.psk", told["instructions"], told["suite"]


def smallest_heaps(folder: Path, server: Credential) -> Iterator[tuple[str, int, str]]:
    """`(name, bytes, how)`, from .mpy files. The session is one that was stored, as after a deep sleep: a full handshake put it there."""

    def told(peer: OpenSSL, heap: int, **options: bytes) -> str:
        return printed(folder, peer, heap, f"brief.converse(streams.uart(1), '/host', **{options})")

    with resuming(server) as peer:
        memory = bytes.fromhex(told(peer, 176 * 1024, stored=bytes(1024)).split()[-1])
        heap = least(lambda heap: "yekhctal\\n' True" in told(peer, heap, stored=memory))
        yield "smallest_heap_mpy_resumed_bytes", heap, "a session that was stored, 4096 byte records, context.frugal = True"
    with OpenSSL(None, **PSK) as peer:
        heap = least(lambda heap: "yekhctal" in told(peer, heap, psk=KEY))
        yield "smallest_heap_mpy_psk_bytes", heap, "a pre-shared key, 4096 byte records, context.frugal = True"
