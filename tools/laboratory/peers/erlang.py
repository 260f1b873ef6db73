"""Erlang's ssl in the table of peers: a script (erlang_server.escript) that sends back what comes."""

from pathlib import Path

from tools.laboratory.peers.real import Missing, program
from tools.laboratory.peers.wish import PSK_IDENTITY, PSK_KEY, Served, Wish, said

_SCRIPT = Path(__file__).parent / "erlang_server.escript"
_PACKAGE = "erlang-ssl"


class ErlangPeer(Served):
    name = "Erlang ssl"
    packages = (_PACKAGE,)
    chooses_group = False

    @classmethod
    def version(cls) -> str:
        told = said(program("escript", _PACKAGE), str(_SCRIPT), "version")
        if not told:
            raise Missing(f"Erlang's ssl is missing: apt-get install {_PACKAGE}")
        return told.split()[0]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.name not in said(program("escript", _PACKAGE), str(_SCRIPT), "suites").split():
            return "no such suite"
        if wish.group == "x25519":
            return "no X25519 below TLS 1.3"
        return "no tickets below TLS 1.3" if wish.resumption == "ticket" else ""

    def command(self) -> list[str]:
        proof = ["cert", str(self.files.chain), str(self.files.key)] if self.credential else ["psk", PSK_IDENTITY, PSK_KEY.hex()]
        wish = self.wish
        reuse = "true" if wish.resumption else "false"
        ca = ["client-ca.pem"] if self.client_ca else []
        return [program("escript", _PACKAGE), str(_SCRIPT), str(self.port), wish.suite.name, reuse, *proof, *ca]
