"""HAProxy in the table of peers: it ends TLS before a server that sends back what comes."""

from tools.laboratory.peers.echoing import Fronting
from tools.laboratory.peers.real import program
from tools.laboratory.peers.wish import OPENSSL_GROUPS, Wish, known_to_openssl, said


class HAProxyPeer(Fronting):
    name = "HAProxy"
    packages = ("haproxy",)

    @classmethod
    def version(cls) -> str:
        return said(program("haproxy", "haproxy"), "-v").split()[2].partition("-")[0]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.psk:
            return "no PSK"
        return "" if known_to_openssl(wish.suite) else "no such suite"

    def command(self) -> list[str]:
        assert self.credential
        wish = self.wish
        (self.folder / "site.pem").write_bytes(self.credential.chain_pem + self.credential.key_pem)
        curves = f" curves {OPENSSL_GROUPS[wish.group]}" if wish.group else ""
        verify = " verify required ca-file client-ca.pem" if self.client_ca else ""
        tickets = "" if wish.resumption == "ticket" else " no-tls-tickets"
        cache = 1000 if wish.resumption == "id" else 0
        (self.folder / "haproxy.cfg").write_text(
            f"global\n  tune.ssl.cachesize {cache}\n  log stderr format raw local0\n"
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n  log global\n"
            f"frontend tls\n  bind 127.0.0.1:{self.port} ssl crt site.pem ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.2"
            f" ciphers {wish.suite.openssl}:@SECLEVEL=0{curves}{verify}{tickets}\n"
            f"  default_backend echo\nbackend echo\n  server echo 127.0.0.1:{self._echo.port}\n"
        )
        return [program("haproxy", "haproxy"), "-db", "-f", "haproxy.cfg"]
