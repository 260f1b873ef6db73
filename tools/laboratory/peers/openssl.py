"""OpenSSL's `s_server` in the table of peers: it sends each line back, reversed."""

from tools.laboratory.peers.real import OpenSSL, program
from tools.laboratory.peers.wish import OPENSSL_GROUPS, PSK_IDENTITY, PSK_KEY, Peer, Wish, known_to_openssl, said


class OpenSSLPeer(Peer, OpenSSL):
    name = "OpenSSL"
    packages = ("openssl",)

    def __init__(self, wish: Wish):
        groups = OPENSSL_GROUPS[wish.group] if wish.group else None
        cipher = wish.suite.openssl + ":@SECLEVEL=0"  # CCM_8 and SHA-1's MAC are below the level that Debian sets
        options = ["-rev"]
        if wish.resumption == "id":
            options.append("-no_ticket")
        if wish.suite.psk:
            options += ["-psk_identity", PSK_IDENTITY]
        super().__init__(
            wish.credential,
            wish.client_ca,
            cipher=cipher,
            groups=groups,
            resumption=bool(wish.resumption),
            psk=PSK_KEY if wish.suite.psk else b"",
            options=options,
        )

    @classmethod
    def version(cls) -> str:
        return said(program("openssl", "openssl"), "version").split()[1]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        return "" if known_to_openssl(wish.suite) else "no such suite"

    def talk(self, line: bytes) -> list[tuple[bytes, bytes]]:
        return [(line, line[-2::-1] + b"\n")]
