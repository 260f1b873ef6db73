"""Runs the client on a target against a peer: the host's end of tools/laboratory/device/client_driver.py."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from host_tests.targets import Target
from tools.laboratory.pki import Credential

from .listening import listen
from .scripted import Script, Session


@dataclass(frozen=True)
class Outcome:
    """How a connection ended for the client. `name`: the cause of its TLSError; `errno`: of the transport's own error."""

    established: bool
    data: int  # bytes received, all of them right
    name: str | None = None
    cause: int | None = None
    alert: int | None = None
    stage: str | None = None
    message: str | None = None
    errno: int | None = None
    end: bool = False  # the peer's close_notify was seen
    dead: bool = False
    proven: str | None = None  # the kind of what the server was proven to be, at the end
    writes: int = 0
    ms: int = 0
    report: dict[str, Any] = field(default_factory=dict)
    trace: list[list[str]] = field(default_factory=list)  # direction, message, note
    hints: list[str | None] = field(default_factory=list)  # what the callback for pre-shared keys was asked
    bound: list[str | None] = field(default_factory=list)  # tls-unique, tls-server-end-point, keying material

    @property
    def refused(self) -> bool:
        """The peer ended the handshake. By which alert is its own affair, and another release's may be another."""
        return self.name in ("ALERT_RECEIVED", "CLOSED_IN_HANDSHAKE")


class Client:
    """The client on `target`. Certificates are put there once, under names that change with what is in them."""

    def __init__(self, target: Target):
        self.target = target
        self._there: set[str] = set()

    def file(self, suffix: str, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()[:12] + suffix
        if name not in self._there:
            self.target.put(name, data)
            self._there.add(name)
        return name

    def connect(self, port: int, root: Credential | None, device: Credential | None = None, **options: Any) -> Outcome:
        """One connection to 127.0.0.1:`port`; `options` are the driver's."""
        options["root"] = self.file(".pem", root.pem) if root else None
        if device:
            options["chain"] = self.file(".pem", device.chain_pem)
            options["key"] = self.file(".key", device.key_pem)
        options["more"] = [(self.file(".pem", other.chain_pem), self.file(".key", other.key_pem)) for other in options.get("more", ())]
        with self.target.reach(port) as stream:
            code = f"import client_driver, gc\ngc.collect()\nclient_driver.run({stream}, {options!r})"
            printed = self.target.exec(code)
        return Outcome(**json.loads(printed.splitlines()[-1]))

    def meet(self, script: Script, root: Credential | None, device: Credential | None = None, **options: Any) -> tuple[Outcome, Session]:
        """One connection to a scripted server; what both sides saw of it."""
        with listen(script) as peer:
            outcome = self.connect(peer.port, root, device, **options)
            return outcome, peer.session()
