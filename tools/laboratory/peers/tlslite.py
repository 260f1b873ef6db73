"""tlslite-ng in the table of peers: a server in pure Python, in a thread of this process, that sends back what comes."""

from importlib.metadata import version

from tlslite.sessioncache import SessionCache

from tools.laboratory.peers.real import Tlslite
from tools.laboratory.peers.wish import Peer, Wish

_CIPHERS = {
    "AES_128_GCM_SHA256": ("aes128gcm", "aead"),
    "CHACHA20_POLY1305_SHA256": ("chacha20-poly1305", "aead"),
    "AES_256_GCM_SHA384": ("aes256gcm", "aead"),
    "AES_128_CCM": ("aes128ccm", "aead"),
    "AES_128_CCM_8": ("aes128ccm_8", "aead"),
    "AES_128_CBC_SHA256": ("aes128", "sha256"),
    "AES_128_CBC_SHA": ("aes128", "sha"),
}


class TlslitePeer(Peer, Tlslite):
    name = "tlslite-ng"

    def __init__(self, wish: Wish):
        cipher, mac = _CIPHERS[wish.suite.protection]
        settings: dict[str, object] = {
            "cipherNames": [cipher],
            "macNames": [mac],
            "keyExchangeNames": [wish.suite.exchange.lower()],
            "keyShares": [],
        }
        if wish.group:
            settings |= {"eccCurves": [wish.group], "defaultCurve": wish.group}
        if wish.resumption == "ticket":
            settings["ticketKeys"] = [bytearray(32)]
        assert wish.credential
        cache = SessionCache() if wish.resumption == "id" else None
        super().__init__(wish.credential, request=wish.mutual, cache=cache, **settings)

    @classmethod
    def version(cls) -> str:
        return version("tlslite-ng")

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        return "no PSK below TLS 1.3" if wish.suite.psk else ""

    def log(self) -> str:
        return "\n".join(map(repr, self.problems))
