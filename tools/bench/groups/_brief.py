"""Handshakes without public-key work: a session resumed, and a pre-shared key. What they take on an emulated core, and the least heap."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.bench.groups._board import BOARD, conversed, least, session
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

    def least_for(peer: OpenSSL, expected: str, **options: Any) -> int:
        return least(lambda heap: expected in conversed(folder, peer, heap, 4096, "mpy", True, mutual=False, **options))

    with resuming(server) as peer:
        memory = conversed(folder, peer, 176 * 1024, 4096, "mpy", True, mutual=False, stored=bytes(1024)).split()[-1]
        heap = least_for(peer, "yekhctal\\n' True", stored=bytes.fromhex(memory))
        yield "smallest_heap_mpy_resumed_bytes", heap, "a session that was stored, 4096 byte records, context.frugal = True"
    with OpenSSL(None, **PSK) as peer:
        heap = least_for(peer, "yekhctal", psk=KEY)
        yield "smallest_heap_mpy_psk_bytes", heap, "a pre-shared key, 4096 byte records, context.frugal = True"
