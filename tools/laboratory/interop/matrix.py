"""What is tried of a suite with a peer, and what came of it.

Of each suite, with a receive buffer of 1 KB and of 16 KB, data both ways each time:

full      with each group
resumed   by session ID and by ticket: a full handshake, then one that resumes it
mutual    with each kind of device key, each of these followed by a resumed connection where the peer keeps sessions
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tools.laboratory import pki
from tools.laboratory.interop.client import Client
from tools.laboratory.peers.wish import CA, GROUPS, PSK_IDENTITY, PSK_KEY, ROOT, Peer, Suite, Wish

COLUMNS = ("full", "resumed", "mutual")
KINDS = {"P-256": "p256", "P-384": "p384", "RSA": "rsa2048", "chip": "p256"}
GROUP_LABELS = {"secp256r1": "P-256", "x25519": "X25519", "secp384r1": "P-384"}
_BUFFERS = {16384: (16384, 8192), 1024: (1024, 2048)}  # of receiving and of sending
_ALPHABET = bytes(range(33, 123))
_SENT = {16384: 5000, 1024: 700}  # octets that go both ways: a peer may know nothing of smaller records


@dataclass(frozen=True)
class Try:
    """One cell's piece: connections to one server, of one identity, with one buffer."""

    column: str
    label: str
    wish: Wish
    buffer: int
    device: str | None = None  # of KINDS


@dataclass(frozen=True)
class Result:
    column: str
    label: str
    lack: str = ""  # why it can't be
    failure: str = ""
    note: str = ""  # it went well, but for this
    where: str = ""


def tries(suite: Suite, buffers: Iterable[int] = tuple(_BUFFERS)) -> Iterator[Try]:
    """All of a suite's, those of one server after each other."""
    for group in GROUPS if suite.ephemeral else (None,):
        for buffer in buffers:
            yield Try("full", GROUP_LABELS[group] if group else "handshake", Wish(suite, group), buffer)
    for by in () if suite.psk else ("id", "ticket"):
        for buffer in buffers:
            yield Try("resumed", by, Wish(suite, None, False, by), buffer)
    for by in () if suite.psk else ("id", "ticket"):
        for buffer in buffers:
            for device in KINDS:
                yield Try("mutual", device, Wish(suite, None, True, by), buffer, device)


class Clients:
    """The client, and one whose key a chip has."""

    def __enter__(self) -> "Clients":
        with ExitStack() as stack:
            self.devices = {label: CA.leaf(f"device-{label}", kind=kind, usage="client") for label, kind in KINDS.items()}
            self.soft = stack.enter_context(Client())
            self.hard = stack.enter_context(Client(self.devices["chip"]))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def of(self, device: str | None) -> tuple[Client, pki.Credential | None]:
        return self.hard if device == "chip" else self.soft, self.devices[device] if device else None


def sample(suite: Suite, turn: int) -> list[Try]:
    """A few of a suite's, others with every turn: one group, each way to resume with one buffer, two kinds of device key."""
    everything = list(tries(suite))
    few = [attempt for attempt in everything if attempt.column == "full"][turn % 6 :: 6]
    few += [attempt for attempt in everything if attempt.column == "resumed"][turn % 2 :: 2]
    return few + [attempt for attempt in everything if attempt.column == "mutual"][turn % 7 :: 7]


def run(kind: type[Peer], suite: Suite, clients: Clients, chosen: Iterable[Try] | None = None) -> Iterator[Result]:
    """Try what can be of a suite with a peer."""
    if lack := kind.lacks(Wish(suite)):
        yield Result("full", suite.name, lack)
        return
    for wish, group in groupby(chosen or tries(suite), key=lambda attempt: attempt.wish):
        attempts = list(group)
        lack = kind.lacks(wish)
        if lack and wish.mutual and not kind.lacks(plain := Wish(suite, wish.group, True)):
            # A peer that keeps no sessions meets client certificates once.
            if wish.resumption == "ticket" and kind.lacks(Wish(suite, wish.group, True, "id")):
                yield from _with(kind, plain, attempts, clients)
            continue
        if lack:
            yield from {Result(attempt.column, attempt.label, lack) for attempt in attempts}
        else:
            yield from _with(kind, wish, attempts, clients)


def _with(kind: type[Any], wish: Wish, attempts: list[Try], clients: Clients) -> Iterator[Result]:
    """All that is tried with one server."""
    try:
        with kind(wish) as peer:
            for attempt in attempts:
                where = f"{kind.name}, {attempt.buffer // 1024} KB{', by ' * bool(wish.resumption)}{wish.resumption}"
                yield Result(attempt.column, attempt.label, where=where, **_attempt(peer, wish, attempt, clients))
    except (RuntimeError, OSError) as problem:
        lines = str(problem).splitlines()
        yield from (
            Result(attempt.column, attempt.label, failure=f"{type(problem).__name__}: {' | '.join(lines[-4:])}") for attempt in attempts
        )


def _attempt(peer: Any, wish: Wish, attempt: Try, clients: Clients) -> dict[str, str]:
    """What there is to say of it: fields of Result."""
    if attempt.device and peer.asks_for(wish) == ("EC" if attempt.device == "RSA" else "RSA"):
        return {"lack": f"{peer.name} asks a client for a key of its own certificate's kind alone"}
    client, device = clients.of(attempt.device)
    size = _SENT[attempt.buffer]
    line = (_ALPHABET * (size // len(_ALPHABET) + 1))[:size] + b"\n"
    options: dict[str, Any] = {"ciphers": [wish.suite.name], "buffers": _BUFFERS[attempt.buffer], "talk": peer.talk(line)}
    options |= {"fresh": True, "trace": True, "timeout": 30}  # of one that waits for a busy machine
    if wish.suite.psk:
        options["settings"] = {"psk_identity": PSK_IDENTITY, "psk_key": PSK_KEY}
    if wish.group and not peer.chooses_group:
        options["groups"] = _offer(wish)
    for resumed in (False, True) if wish.resumption else (False,):
        outcome = client.connect(peer.port, None if wish.suite.psk else ROOT, device, **options)
        if wrong := _wrong(outcome, wish, resumed, bool(device)):
            return {"failure": f"{'resuming: ' * resumed}{wrong}"}
        if wish.resumption and (why := _keeps_none(outcome)):
            return {"note" if wish.mutual else "lack": why}
        options["fresh"] = False
    return {}


def _keeps_none(outcome: dict[str, Any]) -> str:
    """Why the client keeps no session of this connection, as its rules have it."""
    if not outcome["report"]["extended_master_secret"]:
        return "not resumed: it has no extended master secret (RFC 7627 section 5.3)"
    large = any(name == "NewSessionTicket" and "not kept" in note for _, name, note in outcome["trace"])
    return "not resumed with 1 KB: its ticket has the client's chain in it, too large for the send buffer" if large else ""


def _offer(wish: Wish) -> tuple[int, ...]:
    """The groups of a client that wants one. A server takes none of its own certificate on a curve that is not among them (RFC 8422
    section 5.1.1): P-256 is named beside X25519."""
    group = GROUPS[wish.group or "secp256r1"]
    return (group, GROUPS["secp256r1"]) if wish.group == "x25519" and wish.suite.exchange == "ECDHE_ECDSA" else (group,)


def _wrong(outcome: dict[str, Any], wish: Wish, resumed: bool, identified: bool) -> str:
    if outcome.get("name") or outcome.get("errno") or not outcome["established"]:
        return f"{outcome['name']}: {outcome['message']}" if outcome.get("name") else os.strerror(outcome["errno"])
    report = outcome["report"]
    expected = {"cipher": wish.suite.name, "resumed": resumed}
    if wish.group:
        expected["group"] = GROUPS[wish.group]
    if identified and not resumed:
        expected["client_certificate"] = True
    return "; ".join(f"{name} is {report[name]}, not {value}" for name, value in expected.items() if report[name] != value)
