"""mbedTLS in the table of peers: MicroPython's own `tls` as a server, in a process of the Unix port, that sends back each line."""

from pathlib import Path

from tools.build import interpreter
from tools.laboratory.peers.real import Server
from tools.laboratory.peers.wish import PSK_IDENTITY, PSK_KEY, ROOT, Peer, Wish, said

SCRIPT = Path(__file__).parents[1] / "device" / "tls_server.py"


class MbedTLSPeer(Peer, Server):
    name = "mbedTLS"
    chooses_group = False

    def __init__(self, wish: Wish):
        super().__init__(wish.below(ROOT), wish.client_ca)  # it reads DER alone, and one certificate of that
        self.wish = wish

    @classmethod
    def version(cls) -> str:
        words = said(interpreter.find().path, "-c", "import tls; print(tls.MBEDTLS_VERSION)").split()
        return f"{words[-1]} (MicroPython's tls)"

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        known = said(interpreter.find().path, "-c", "import tls\nprint(tls.SSLContext(tls.PROTOCOL_TLS_SERVER).get_ciphers())")
        if f"'{_own(wish)}'" not in known:
            return "not built in"
        if wish.group == "x25519":
            return "MicroPython's has no X25519"
        return "MicroPython's keeps no sessions" if wish.resumption else ""

    def command(self) -> list[str]:
        settings: dict[str, object] = {"port": self.port, "cipher": _own(self.wish)}
        if self.credential:
            (self.folder / "key.der").write_bytes(self.credential.key_der)
            settings |= {"cert": str(self.files.der), "key": "key.der"}
        else:
            settings["psk"] = {PSK_IDENTITY.encode(): PSK_KEY}
        if self.client_ca:
            (self.folder / "client-ca.der").write_bytes(self.client_ca.der)
            settings["client_ca"] = "client-ca.der"
        return [interpreter.find().path, str(SCRIPT), repr(settings)]

    def listening(self) -> bool:
        return "LISTENING" in self.log()  # it serves one connection at a time


def _own(wish: Wish) -> str:
    return wish.suite.name.replace("_", "-")
