"""mosquitto in the table of peers: a message that the client publishes comes back to it."""

from tools.laboratory.peers.real import Mosquitto, program
from tools.laboratory.peers.wish import PSK_IDENTITY, PSK_KEY, Peer, Wish, known_to_openssl, said


class MosquittoPeer(Peer, Mosquitto):
    name = "mosquitto"
    packages = ("mosquitto",)
    chooses_group = False

    def __init__(self, wish: Wish):
        super().__init__(wish.credential, wish.client_ca)
        self.lines = [f"ciphers {wish.suite.openssl}:@SECLEVEL=0"]
        if wish.suite.psk:
            self.lines += ["psk_hint plant", "psk_file keys.psk"]

    def command(self) -> list[str]:
        (self.folder / "keys.psk").write_text(f"{PSK_IDENTITY}:{PSK_KEY.hex()}\n")
        return super().command()

    @classmethod
    def version(cls) -> str:
        return said(program("mosquitto", "mosquitto"), "-h").split()[2]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if not known_to_openssl(wish.suite):
            return "no such suite"
        return ""

    def talk(self, line: bytes) -> list[tuple[bytes, bytes]]:
        connect = _packet(0x10, b"\0\4MQTT\4\2\0\x3c" + b"\0\5board")
        publish = _packet(0x30, b"\0\5doors" + line)
        return [
            (connect, b"\x20\2\0\0"),
            (b"\x82\x0a\0\1\0\5doors\0", b"\x90\3\0\1\0"),  # SUBSCRIBE, SUBACK
            (publish, publish),
        ]


def _packet(kind: int, body: bytes) -> bytes:
    """MQTT 3.1.1: the length in sevens of bits, the last ones first."""
    length, left = bytearray(), len(body)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    return bytes((kind, *length, left)) + body
