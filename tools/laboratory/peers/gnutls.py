"""GnuTLS's `gnutls-serv` in the table of peers: it sends each line back."""

from tools.laboratory.peers.real import GnuTLS, program
from tools.laboratory.peers.wish import PSK_IDENTITY, PSK_KEY, Peer, Wish, said

# What stands in a priority string, and in the list of suites
_PROTECTIONS = {
    "AES_128_GCM_SHA256": ("AES-128-GCM", "AES_128_GCM_SHA256"),
    "CHACHA20_POLY1305_SHA256": ("CHACHA20-POLY1305", "CHACHA20_POLY1305"),
    "AES_256_GCM_SHA384": ("AES-256-GCM", "AES_256_GCM_SHA384"),
    "AES_128_CCM": ("AES-128-CCM", "AES_128_CCM"),
    "AES_128_CCM_8": ("AES-128-CCM-8", "AES_128_CCM_8"),
    "AES_128_CBC_SHA256": ("AES-128-CBC:-MAC-ALL:+SHA256", "AES_128_CBC_SHA256"),
    "AES_128_CBC_SHA": ("AES-128-CBC:-MAC-ALL:+SHA1", "AES_128_CBC_SHA1"),
}


class GnuTLSPeer(Peer, GnuTLS):
    name = "GnuTLS"
    packages = ("gnutls-bin",)

    def __init__(self, wish: Wish):
        priority = f"NORMAL:-KX-ALL:+{wish.suite.exchange.replace('_', '-')}:-CIPHER-ALL:+{_PROTECTIONS[wish.suite.protection][0]}"
        if wish.group:
            priority += f":-GROUP-ALL:+GROUP-{wish.group.upper()}"
        super().__init__(
            wish.credential,
            wish.client_ca,
            priority=priority,
            psk={PSK_IDENTITY: PSK_KEY} if wish.suite.psk else None,
            tickets=wish.resumption == "ticket",
            options=[] if wish.resumption else ["--nodb"],
        )

    @classmethod
    def version(cls) -> str:
        return said(program("gnutls-serv", "gnutls-bin"), "--version").split()[1]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        listed = said(program("gnutls-cli", "gnutls-bin"), "--list").split()
        own = f"TLS_{wish.suite.exchange}_{_PROTECTIONS[wish.suite.protection][1]}"
        return "" if own in listed else "no such suite"
