"""What a cell of the table of peers asks of a server, and a peer's own part in it.

A peer is a small file beside this one with a class of `Peer` and `real.Server` (or what behaves as one): a context manager that
listens on `port`, and says in `log()` what it met.
"""

import subprocess
from dataclasses import dataclass
from functools import cache

from tools.laboratory import pki
from tools.laboratory.peers.real import Server, program

GROUPS = {"secp256r1": 23, "x25519": 29, "secp384r1": 24}
OPENSSL_GROUPS = {"secp256r1": "P-256", "x25519": "X25519", "secp384r1": "P-384"}

ROOT = pki.root()
CA = ROOT.authority("intermediate", path_length=0)
PSK_IDENTITY = "pump-7"
PSK_KEY = bytes(range(100, 132))

_BOTH_USES = ("digital_signature", "key_encipherment")  # an RSA key that signs and is encrypted to


class Suite:
    """A cipher suite, by IANA's name."""

    def __init__(self, name: str):
        self.name = name
        exchange, _, protection = name.removeprefix("TLS_").partition("_WITH_")
        self.exchange = exchange
        self.protection = protection.removesuffix("_SHA256") if "CCM" in protection else protection
        self.psk = exchange.endswith("PSK")
        self.ephemeral = exchange.startswith("ECDHE")

    @property
    def openssl(self) -> str:
        """OpenSSL's name."""
        words = self.protection.replace("AES_", "AES").replace("CCM_8", "CCM8").replace("CBC_", "").replace("POLY1305_SHA256", "POLY1305")
        return (f"{self.exchange}_" * (self.exchange != "RSA") + words).replace("_", "-")


@dataclass(frozen=True)
class Wish:
    """A server: one suite, one group or any, whether it requires a client certificate below ROOT, by what it resumes sessions: "id",
    "ticket", or "" for nothing."""

    suite: Suite
    group: str | None = None
    mutual: bool = False
    resumption: str = ""

    def below(self, issuer: pki.Credential) -> pki.Credential | None:
        """The server's certificate. A key on P-384 stands with that group: a client that offers no other can verify it."""
        if self.suite.psk:
            return None
        if self.suite.exchange.endswith("RSA"):
            return issuer.leaf("server-rsa2048", kind="rsa2048", dns=["localhost"], key_usage=_BOTH_USES)
        kind = "p384" if self.group == "secp384r1" else "p256"
        return issuer.leaf(f"server-{kind}", kind=kind, dns=["localhost"])

    @property
    def credential(self) -> pki.Credential | None:
        return self.below(CA)

    @property
    def client_ca(self) -> pki.Credential | None:
        return ROOT if self.mutual else None

    def __hash__(self) -> int:
        return hash((self.suite.name, self.group, self.mutual, self.resumption))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wish) and hash(self) == hash(other)


class Peer:
    """What the runner asks of a peer beside starting it."""

    name: str
    chooses_group = True  # else the client offers the one group
    packages: tuple[str, ...] = ()  # Debian's

    @classmethod
    def version(cls) -> str:
        """Of what is installed; Missing says what to install."""
        raise NotImplementedError

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        """Why the peer can't be what is wished, or ""."""
        raise NotImplementedError

    @classmethod
    def asks_for(cls, wish: Wish) -> str:
        """The one kind of client's key that it asks for, "RSA" or "EC"; "" where it takes any."""
        return ""

    def talk(self, line: bytes) -> list[tuple[bytes, bytes]]:
        """What the client says, and how the answer ends; `line` is the data to go both ways."""
        return [(line, line)]


class Served(Peer, Server):
    """A peer whose server is started for a wish, which says all of it."""

    def __init__(self, wish: Wish):
        super().__init__(wish.credential, wish.client_ca)
        self.wish = wish


@cache
def said(*command: str) -> str:
    """What a program says of itself, on either stream; asked once."""
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return run.stdout or run.stderr


def known_to_openssl(suite: Suite) -> bool:
    """Whether the machine's OpenSSL, which most servers are built on, has a suite."""
    listed = said(program("openssl", "openssl"), "ciphers", "-tls1_2", "ALL:COMPLEMENTOFALL:PSK:@SECLEVEL=0")
    return suite.openssl in listed.strip().split(":")
