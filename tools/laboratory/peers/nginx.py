"""nginx in the table of peers: it answers a request with the subject of the client's certificate."""

from tools.laboratory.peers.real import Nginx, program
from tools.laboratory.peers.wish import GROUPS, OPENSSL_GROUPS, Peer, Wish, known_to_openssl, said


class NginxPeer(Peer, Nginx):
    name = "nginx"
    packages = ("nginx-light",)

    def __init__(self, wish: Wish):
        super().__init__(wish.credential, wish.client_ca)
        cache = "shared:peers:1m" if wish.resumption == "id" else "off"
        tickets = "on" if wish.resumption == "ticket" else "off"
        group = OPENSSL_GROUPS[wish.group] if wish.group else ":".join(OPENSSL_GROUPS[name] for name in GROUPS)
        self.directives = (
            f"ssl_ciphers {wish.suite.openssl}:@SECLEVEL=0; ssl_ecdh_curve {group}; ssl_session_cache {cache};"
            f" ssl_session_tickets {tickets}; large_client_header_buffers 4 16k; keepalive_timeout 0;"
        )

    @classmethod
    def version(cls) -> str:
        return said(program("nginx", "nginx-light"), "-v").split("/")[1].strip()

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.psk:
            return "no PSK"
        return "" if known_to_openssl(wish.suite) else "no such suite"

    def talk(self, line: bytes) -> list[tuple[bytes, bytes]]:
        subject = b",O=latchkey\n" if self.client_ca else b"hello \n"
        return [(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Line: " + line[:-1] + b"\r\n\r\n", subject)]
