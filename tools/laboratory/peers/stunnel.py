"""stunnel in the table of peers: it ends TLS before a server that sends back what comes."""

from tools.laboratory.peers.echoing import Fronting
from tools.laboratory.peers.real import program
from tools.laboratory.peers.wish import OPENSSL_GROUPS, PSK_IDENTITY, PSK_KEY, Wish, known_to_openssl, said


class StunnelPeer(Fronting):
    name = "stunnel"
    packages = ("stunnel4",)

    @classmethod
    def version(cls) -> str:
        told = said(program("stunnel", "stunnel4"), "-version")
        return told[told.index("stunnel ") :].split()[1]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        return "" if known_to_openssl(wish.suite) else "no such suite"

    def command(self) -> list[str]:
        wish = self.wish
        lines = [f"accept = 127.0.0.1:{self.port}", f"connect = 127.0.0.1:{self._echo.port}", "sslVersion = TLSv1.2", "securityLevel = 0"]
        lines.append(f"ciphers = {wish.suite.openssl}")
        if wish.group:
            lines.append(f"curves = {OPENSSL_GROUPS[wish.group]}")
        if self.credential:
            lines += [f"cert = {self.files.chain}", f"key = {self.files.key}"]
        else:
            (self.folder / "keys.psk").write_text(f"{PSK_IDENTITY}:{PSK_KEY.hex()}\n")
            lines.append("PSKsecrets = keys.psk")
        if self.client_ca:
            lines += ["CAfile = client-ca.pem", "verifyChain = yes", "requireCert = yes"]
        if wish.resumption != "ticket":
            lines.append("options = NO_TICKET")
        (self.folder / "stunnel.conf").write_text("\n".join(["foreground = yes", "pid =", "debug = notice", "[tls]", *lines, ""]))
        return [program("stunnel", "stunnel4"), "stunnel.conf"]
