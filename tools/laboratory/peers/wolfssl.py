"""wolfSSL in the table of peers: its library, since no server of its own is packaged, in a process of Python that sends back what comes
(wolfssl_server.py)."""

import json
import sys
from ctypes.util import find_library
from pathlib import Path

from tools.laboratory.peers.real import Missing
from tools.laboratory.peers.wish import PSK_IDENTITY, PSK_KEY, Served, Wish, said

_SCRIPT = Path(__file__).parent / "wolfssl_server.py"
_PACKAGE = "libwolfssl-dev"  # names the library of whichever release


class WolfSSLPeer(Served):
    name = "wolfSSL"
    packages = (_PACKAGE,)
    chooses_group = False

    @classmethod
    def version(cls) -> str:
        if find_library("wolfssl") is None:
            raise Missing(f"wolfSSL's library is missing: apt-get install {_PACKAGE}")
        return said(sys.executable, str(_SCRIPT), "version").strip()

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        return "" if wish.suite.name in said(sys.executable, str(_SCRIPT), "suites").split() else "not built in"

    @classmethod
    def asks_for(cls, wish: Wish) -> str:
        return "RSA" if wish.suite.exchange.endswith("RSA") else "EC"

    def command(self) -> list[str]:
        settings: dict[str, object] = {"port": self.port, "suite": self.wish.suite.name, "resumption": self.wish.resumption}
        if self.credential:
            settings |= {"chain": str(self.files.chain), "key": str(self.files.key)}
        else:
            settings |= {"identity": PSK_IDENTITY, "psk": PSK_KEY.hex()}
        if self.client_ca:
            settings["client_ca"] = "client-ca.pem"
        return [sys.executable, str(_SCRIPT), json.dumps(settings)]
