"""NSS in the table of peers: its `selfserv`, which sends an HTTP request back in its answer."""

import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from tools.laboratory.peers.real import program
from tools.laboratory.peers.wish import Served, Wish, said

_PACKAGE = "libnss3-tools"
_GROUPS = {"secp256r1": "P256", "x25519": "x25519", "secp384r1": "P384"}
_PASSWORD = "latchkey"


class NssPeer(Served):
    name = "NSS"
    packages = (_PACKAGE,)

    @classmethod
    def version(cls) -> str:
        program("selfserv", _PACKAGE)
        return said("dpkg-query", "-W", "-f", "${Version}", _PACKAGE).partition(":")[2].partition("-")[0]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.psk:
            return "no PSK below TLS 1.3"
        return "no CCM" if "CCM" in wish.suite.protection else ""

    def command(self) -> list[str]:
        self._database()
        wish = self.wish
        options = ["-n", "server"] if wish.suite.exchange.endswith("RSA") else ["-e", "server"]
        if wish.group:  # the curve of its own certificate has to be among them
            options += ["-I", ",".join(_GROUPS[name] for name in dict.fromkeys((wish.group, "secp256r1", "secp384r1")))]
        if self.client_ca:
            options += ["-r", "-r"]
        if wish.resumption == "ticket":
            options.append("-u")
        if wish.resumption != "id":
            options.append("-N")
        versions = ["-V", "tls1.2:tls1.2", "-G", "-c", f":{_number(wish)}"]
        return [program("selfserv", _PACKAGE), "-p", str(self.port), "-d", "sql:.", "-w", _PASSWORD, *versions, *options]

    def _database(self) -> None:
        """Its own store of keys and certificates."""
        assert self.credential
        certificates = [x509.load_der_x509_certificate(der) for der in self.credential.chain]
        sealed = BestAvailableEncryption(_PASSWORD.encode())
        store = pkcs12.serialize_key_and_certificates(b"server", self.credential.key, certificates[0], certificates[1:], sealed)
        (self.folder / "server.p12").write_bytes(store)
        (self.folder / "password").write_text(_PASSWORD)
        place = ["-d", "sql:.", "-f", "password"]
        commands = [
            ["certutil", "-N", *place],
            ["pk12util", "-i", "server.p12", "-W", _PASSWORD, "-d", "sql:.", "-k", "password"],
        ]
        if self.client_ca:
            commands.append(["certutil", "-A", "-n", "ca", "-t", "T,,", "-i", "client-ca.pem", *place])
        for command in commands:
            subprocess.run(command, check=True, cwd=self.folder, capture_output=True)

    def talk(self, line: bytes) -> list[tuple[bytes, bytes]]:
        request = b"GET / HTTP/1.0\r\nX-Line: " + line[:-1] + b"\r\n\r\n"
        return [(request, request + b"EOF\r\n\r\n\r\n")]


def _number(wish: Wish) -> str:
    """IANA's number, as OpenSSL knows it."""
    for row in said(program("openssl", "openssl"), "ciphers", "-V", "-stdname", "ALL:@SECLEVEL=0").splitlines():
        words = row.split()
        if wish.suite.name in words:
            return words[0].replace("0x", "").replace(",", "")
    raise ValueError(wish.suite.name)
