"""What a row of the fault table is, who the servers in it are, and the small edits that the rows are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from host_tests.peers.scripted import Script, SentRecord
from tools.laboratory import pki

ROOT = pki.root()
CA = ROOT.authority("intermediate", path_length=0)
EC = CA.leaf("server", dns=["localhost"], ip=["127.0.0.1"])
RSA = CA.leaf("server-rsa", kind="rsa2048", dns=["localhost"])
DEVICE = CA.leaf("device", usage="client")


@dataclass(frozen=True)
class Case:
    """One thing that a server does, and what becomes of it.

    `name`: a sentence of what the server does. `cause`: the name in errors_text/, None where the connection succeeds all the same, or
    an errno's where the transport's own error is passed on. `alert`: what the server receives, None for no alert. `stage`: where
    the client says that it happened. `identity`: the client has a certificate. `options`: the client driver's. `needs_end`: the
    transport must report the end of the stream. `openssl`: OpenSSL as a client comes to the same verdict, refused or not.
    """

    name: str
    script: Script
    cause: str | None = None
    alert: int | None = None
    stage: str | None = None
    identity: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    needs_end: bool = False
    openssl: bool = True


Edit = Callable[[bytes], bytes]


def flip(at: int) -> Edit:
    """The lowest bit of byte `at` is inverted."""

    def edit(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= 1
        return bytes(changed)

    return edit


def put(at: int, new: bytes) -> Edit:
    """`new` in place of what stands at `at`."""
    return lambda data: data[:at] + new + data[at + len(new) :]


def appended(more: bytes) -> Edit:
    return lambda data: data + more


def shortened(n: int = 1) -> Edit:
    return lambda data: data[:-n]


def always(data: bytes) -> Edit:
    return lambda _: data


def nth(kind: int, n: int, edit: Callable[[bytes], list[bytes]], protected: bool = True) -> Callable[[SentRecord], list[bytes]]:
    """A `records` hook: the record number `n` of a type, among the protected ones or among the others, is edited."""

    def hook(record: SentRecord) -> list[bytes]:
        return edit(record.raw) if (record.kind, record.protected, record.index) == (kind, protected, n) else [record.raw]

    return hook
